#!/bin/bash
# How often marvin-bisect run names the right one of 64 commits, end to end: a loss of 5 % under 3 % of
# noise, one commit of ten does not build, N different noises; then once more, killed at random. About
# five seconds a bisection.
#   MARVIN_BIN=build/bin tests/show/bisect_run.sh [N]
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/../story/lib.sh"
# shellcheck source=tests/story/bisect_lib.sh
. "$(dirname "$0")/../story/bisect_lib.sh"
n=${1:-40}

line_tree "$STORY/line" 64 41 105 5 6 17 30 44 52
cd "$STORY/line"
culprit=$(git rev-parse c41)
export NOISE=0.03
right=0 contained=0 runs=0
for ((i = 1; i <= n; i++)); do
    echo $((i * 1000)) >"$COUNTER"
    : >"$COUNTER.log"
    bisect 0 --good good --bad main "${MEASURED[@]}" --no-revert --seed "$i" --json "${BENCH[@]}" "$i"
    [ "$(field culprit)" != "$culprit" ] || right=$((right + 1))
    ! grep -q "\"commit\": \"$culprit\"" "$STORY/out" || contained=$((contained + 1))
    runs=$((runs + $(wc -l <"$COUNTER.log")))
    echo "$i: $(git log -1 --format=%s "$(field culprit)"), probability $(field probability), $(wc -l <"$COUNTER.log") runs, $(field builds) builds"
done
echo "right $right of $n; in the credible set $contained of $n; $((runs / n)) runs on average"

kills=0
: >"$COUNTER.log"
for (( ; ; )); do
    marvin-bisect run --good good --bad main "${MEASURED[@]}" --json "${BENCH[@]}" killed >"$STORY/out" 2>"$STORY/err" &
    pid=$!
    sleep "$((RANDOM % 3)).$((RANDOM % 5 + 5))"
    kill -KILL $pid 2>/dev/null || true
    wait $pid 2>/dev/null && break
    kills=$((kills + 1))
    [ $kills -lt 1000 ] || fail "no answer after $kills kills"
done
counted=$(($(sed -n 's/^ *"\(endpoints\|search\|verify\)": \([0-9]*\),*$/\2/p' "$STORY/out" | paste -sd+)))
echo "killed $kills times: $(git log -1 --format=%s "$(field culprit)"), $(wc -l <"$COUNTER.log") runs, of which $(($(wc -l <"$COUNTER.log") - counted)) were lost"
