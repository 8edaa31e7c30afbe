# Trees whose speed is known, and a command that measures it with noise; for the stories of
# marvin-bisect. Sourced after lib.sh.
# shellcheck shell=bash

# A commit's file `cost` is what the command prints, give or take $NOISE of it; `make-it` builds it.
# Noise is drawn anew at each run, from a counter: the same in every run of the story.
export NOISE=0.02 COUNTER=$STORY/counter
cat >"$STORY/bench" <<'SH'
#!/bin/sh
n=$(cat "$COUNTER" 2>/dev/null || echo 0)
n=$((n + 1))
echo $n >"$COUNTER"
echo "$MARVIN_COMMIT" >>"$COUNTER.log"
awk -v seed=$n -v cost="$(cat built)" -v noise="$NOISE" 'BEGIN {
    srand(seed * 7919)
    for (i = 0; i < 12; i++)
        g += rand()
    printf "time: %.4f ms\n", cost * (1 + noise * (g - 6))
}'
SH
chmod +x "$STORY/bench"

# line_tree DIR N AT COST BROKEN..: N commits behind the tag `good`; the cost is 100, and from
# commit AT on COST; the commits BROKEN do not build. The tag cN names commit N.
line_tree() {
    local dir=$1 n=$2 at=$3 cost=$4 i value broken
    shift 4
    broken=" $* "
    git init -q -b main "$dir"
    {
        for ((i = 0; i <= n; i++)); do
            value=100
            [ "$i" -lt "$at" ] || value=$cost
            printf 'commit refs/heads/main\nmark :%d\nauthor A U Thor <author@example.org> %d +0000\n' "$((i + 1))" "$((1000000000 + i * 60))"
            printf 'committer A U Thor <author@example.org> %d +0000\n' "$((1000000000 + i * 60))"
            file_data "data" "change $i"
            file_data "M 100644 inline cost
data" "$value
"
            file_data "M 100644 inline make-it
data" "$(case $broken in *" $i "*) echo 'echo cannot compile >&2; exit 2' ;; *) echo 'cp cost built' ;; esac)
"
            [ "$i" = "$at" ] || file_data "M 100644 inline text/$i
data" "text $i
"
            printf 'reset refs/tags/c%d\nfrom :%d\n\n' "$i" "$((i + 1))"
        done
    } | git -C "$dir" fast-import --quiet
    git -C "$dir" tag good c0
    git -C "$dir" reset -q --hard main
}
file_data() { printf '%s %d\n%s\n' "$1" "$(printf %s "$2" | wc -c)" "$2"; }

# bisect STATUS ARGUMENTS..: marvin-bisect run in the tree of the working folder, with the command above;
# wants that status. Answers in $STORY/out, $STORY/err.
bisect() {
    local status=0 wanted=$1
    shift
    marvin-bisect run "$@" >"$STORY/out" 2>"$STORY/err" || status=$?
    [ "$status" = "$wanted" ] || { cat "$STORY/out" "$STORY/err" >&2 && fail "marvin-bisect run $*: $status, not $wanted"; }
}
MEASURED=(--better lower --metric-from 'time: ([0-9.]+)' --build 'sh ./make-it')
BENCH=(-- "$STORY/bench")

# field NAME: a text or number of the JSON in $STORY/out
field() { sed -n "s/^  \"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" "$STORY/out"; }

# untouched: HEAD, index, files and work trees of the tree are as remember left them
remember() { state_of >"$STORY/before"; }
untouched() { state_of | cmp -s - "$STORY/before" || { state_of | diff "$STORY/before" - >&2 && fail "the tree is not as it was found"; }; }
state_of() {
    git symbolic-ref -q HEAD || git rev-parse HEAD
    git status --porcelain --ignored
    git worktree list --porcelain
    git for-each-ref
    find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
}
