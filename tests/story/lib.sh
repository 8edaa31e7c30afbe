# Sourced by every story. Makes a folder of its own with settings and state, removes it and stops
# its database at the end, and says what failed where.
# shellcheck shell=bash
set -euo pipefail
export TZ=UTC LC_ALL=C GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
unset MARVIN_NOW
PATH=${MARVIN_BIN:?the folder of the built programs}:$PATH
STORY=$(mktemp -d "${TMPDIR:-/tmp}/story-XXXXXX")
chmod 755 "$STORY"
export MARVIN_HOME=$STORY/state MARVIN_CONFIG=$STORY/config
mkdir -p "$MARVIN_CONFIG"/{trees.d,machines.d,plans.d,reports.d,recipes,benchmarks}

# story_end [STATUS]: traps that do more first hand on what the story ended with.
story_end() {
    local status=${1:-$?}
    trap - EXIT
    marvin db stop >/dev/null 2>&1 || true
    if [ -n "${KEEP:-}" ]; then
        echo "kept: $STORY" >&2
    else
        rm -rf "$STORY"
    fi
    exit "$status"
}
trap story_end EXIT
trap 'echo "FAILED at ${BASH_SOURCE[0]}:$LINENO: $BASH_COMMAND" >&2' ERR

fail() { echo "FAILED: $*" >&2 && exit 1; }

# sql TEXT: what the database says, as its reader; columns separated by |
sql() { psql -XAtq -h "$MARVIN_HOME/postgres" -U marvin_admin -d marvin -v ON_ERROR_STOP=1 -c 'SET search_path = marvin' -c "$1"; }

# expect WHAT EXPECTED ACTUAL
expect() { [ "$2" = "$3" ] || fail "$1: expected '$2', found '$3'"; }

# expect_says PATTERN FILE: a line of the file matches
expect_says() { grep -qE -- "$1" "$2" || { cat "$2" >&2 && fail "nothing in $2 matches: $1"; }; }

# runs STATUS PROGRAM ARGUMENTS..: wants that status; output in $STORY/out, errors in $STORY/err.
runs() {
    local status=0 wanted=$1
    shift
    "$@" >"$STORY/out" 2>"$STORY/err" || status=$?
    [ "$status" = "$wanted" ] || { cat "$STORY/out" "$STORY/err" >&2 && fail "$*: $status, not $wanted"; }
}

# toy_tree FOLDER: the tree of the design's worked example. toy prints a throughput that its source
# states, with a spread of its own; a release is a commit that changes the stated value.
toy_tree() {
    git init -q -b main "$1"
    git -C "$1" config user.name Tester
    git -C "$1" config user.email tester@example.invalid
}

# toy_release TREE TAG VALUE: commits a toy of that value and tags it.
toy_release() {
    cat >"$1/toy.c" <<C
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
int main(int argc, char **argv)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    srand((unsigned)now.tv_nsec);
    int size = argc == 3 && strcmp(argv[1], "--size") == 0 ? atoi(argv[2]) : 0;
    if (!size)
        return 2;
    printf("throughput: %.4f ops/s\n", $3 * (1 + 0.004 * ((double)rand() / RAND_MAX - 0.5)));
    return 0;
}
C
    git -C "$1" add toy.c
    git -C "$1" commit -q -m "toy: $2" --allow-empty
    git -C "$1" tag "$2"
}

# toy_config TREE: DESIGN 6 and 7 as they stand there.
toy_config() {
    cat >"$MARVIN_CONFIG/trees.d/toy.ini" <<INI
# trees.d/toy.ini
[tree toy]
url = $1
kind = program
releases = v*
recipe = recipes/toy
schedule = continual
machines = here
plans = toy
baseline = previous
INI
    cat >"$MARVIN_CONFIG/machines.d/here.ini" <<'INI'
[machine here]
driver = local
cpus = 1
INI
    cat >"$MARVIN_CONFIG/plans.d/toy.ini" <<'INI'
[plan toy]
benchmarks = toybench
boots = 5
iterations = 3
INI
    cat >"$MARVIN_CONFIG/recipes/toy" <<'SH'
#!/bin/sh
set -eu
cc -O2 -o "$MARVIN_OUT/toy" "$MARVIN_SOURCE/toy.c"
SH
    mkdir -p "$MARVIN_CONFIG/benchmarks/toybench"
    cat >"$MARVIN_CONFIG/benchmarks/toybench/benchmark.ini" <<'INI'
[benchmark toybench]
summary = operations of the toy program
duration = 5s
class = a
packages =
[parameter size]
default = 1000
[metric throughput]
unit = ops/s
better = higher
statistic = median
pattern = ^throughput: ([0-9.]+) ops/s$
plausible = 1..1e9
INI
    cat >"$MARVIN_CONFIG/benchmarks/toybench/run" <<'SH'
#!/bin/sh
exec "$MARVIN_ARTIFACT/toy" --size "$MARVIN_P_SIZE"
SH
    chmod +x "$MARVIN_CONFIG/recipes/toy" "$MARVIN_CONFIG/benchmarks/toybench/run"
}
