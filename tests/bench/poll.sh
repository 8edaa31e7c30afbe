#!/bin/bash
# A poll that finds nothing new, of a tree with 50,000 tags against `git ls-remote`, and of one with a
# million commits against `git for-each-ref`: wall time, the queries to the database included, in a
# bob that is at work (its start is not). Prints ratios of medians of runs that take turns.
#     tests/bench/poll.sh [BUILD]        default: build
set -euo pipefail
build=$(cd "${1:-build}" && pwd)
PATH=$build/bin:$PATH
export LC_ALL=C TZ=UTC GIT_CONFIG_GLOBAL=/dev/null
command -v bob >/dev/null || { echo "poll: $build has no bob: build it first" >&2 && exit 2; }
folder=$(mktemp -d)
chmod 755 "$folder"
export MARVIN_HOME=$folder/state MARVIN_CONFIG=$folder/config
trap 'marvin db stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
mkdir -p "$MARVIN_CONFIG"/{trees.d,machines.d,plans.d,recipes}
# shellcheck disable=SC2016 # the recipe's variable
printf '#!/bin/sh\ntouch "$MARVIN_OUT/x"\n' >"$MARVIN_CONFIG/recipes/none"
printf '[machine here]\ndriver = local\n' >"$MARVIN_CONFIG/machines.d/here.ini"
printf '[plan calls]\nbenchmarks = syscall\nboots = 1\n' >"$MARVIN_CONFIG/plans.d/calls.ini"

# history COMMITS TAGS: what git fast-import reads
history() {
    awk -v commits="$1" -v tags="$2" 'BEGIN {
        print "blob\nmark :1\ndata 2\nx\n"
        for (i = 1; i <= commits; i++) {
            printf "commit refs/heads/main\nmark :%d\ncommitter T <t@example.org> %d +0000\ndata 2\nc\n", i + 1, 1000000000 + i
            if (i > 1) printf "from :%d\n", i
            print "M 100644 :1 f\n"
        }
        for (i = 1; i <= tags; i++)
            printf "reset refs/tags/v%d.%d\nfrom :%d\n\n", int(i / 100), i % 100, 1 + int(1 + (i - 1) * commits / tags)
    }'
}

# tree NAME COMMITS TAGS
tree() {
    git init -q --bare -b main "$folder/$1.git"
    history "$2" "$3" | git -C "$folder/$1.git" fast-import --quiet
    git -C "$folder/$1.git" pack-refs --all
    printf '[tree %s]\nurl = %s\nrecipe = recipes/none\nmachines = here\nplans = calls\n' "$1" "$folder/$1.git" \
        >"$MARVIN_CONFIG/trees.d/$1.ini"
    bob watch "$1" 2>/dev/null
    [ "$(bob status --json | grep -c '"tree"')" -ge 1 ] || { echo "poll: $1 was not found" >&2 && exit 1; }
}

runs=${RUNS:-21}
tree tags 5000 50000
"$build/tests/bench_poll" tags "$runs" "a tree with 50,000 tags, all of them releases" ls-remote git ls-remote "file://$folder/tags.git"
tree commits 1000000 5000
"$build/tests/bench_poll" commits "$runs" "a tree with a million commits and 5,000 tags" for-each-ref git --git-dir="$folder/commits.git" for-each-ref
