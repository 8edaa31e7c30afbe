#!/bin/bash
# marvin-report on MMTests' result directories: `compare` judges them, `mmtests` prints MMTests' own
# report with the options of compare-mmtests.pl.
set -euo pipefail
export LC_ALL=C TZ=UTC
bin=${MARVIN_BIN:?the folder of the built programs}
cd "${MARVIN_SOURCE_DIR:?the folder of the source}/tests/data/mmtests"
out=$(mktemp -d "${TMPDIR:-/tmp}/mmtests-XXXXXX")
trap 'rm -rf "$out"' EXIT
fail() { echo "FAILED: $*" >&2 && exit 1; }

# 5 % fewer page faults a second regressed, 3 % more execs improved, whatever MMTests calls them.
status=0
"$bin/marvin-report" compare s12-aim9/log/6.1-vanilla s12-aim9/log/6.2-vanilla >"$out/text" 2>"$out/notes" || status=$?
[ $status = 1 ] || fail "something regressed, and the exit status is $status"
grep -q '^aim9 .*page_test ops/s .*regressed' "$out/text" || fail "page_test: $(cat "$out/text")"
grep -q '^aim9 .*exec_test ops/s .*improved' "$out/text" || fail "exec_test: $(cat "$out/text")"
grep -q 'iterations count as boots' "$out/notes" || fail "nothing says what a boot is"

# One iteration each: nothing is red or green. The direction is ours: more events are better.
"$bin/marvin-report" compare m02-sysbenchcpu/log/6.1-vanilla m02-sysbenchcpu/log/6.2-rc3 --json >"$out/json" 2>/dev/null
grep -q '"better": *"higher"' "$out/json" || fail "sysbenchcpu: $(head -c 600 "$out/json")"
grep -q '"state": *"unconfirmed"' "$out/json" || fail "one iteration is one boot: $(head -c 600 "$out/json")"

"$bin/marvin-report" mmtests -d s06-schbench/log -b schbench -n 6.1-vanilla,6.2-vanilla --sub-heading RPS \
    --print-ratio >"$out/report" 2>"$out/notes"
cmp "$out/report" s06-schbench/compare-rps-ratio.txt || fail "the drop-in differs"
[ ! -s "$out/notes" ] || fail "notes without need: $(cat "$out/notes")"
"$bin/marvin-report" mmtests --directory=m04-redis/log --benchmark=redis --names=6.1-vanilla,6.2-rc3, >"$out/report" 2>"$out/notes"
cmp "$out/report" m04-redis/compare.txt || fail "redis differs"
grep -q 'MMTests has the direction wrong for' "$out/notes" || fail "redis: nothing about its direction"

refuses() {
    local expected=$1 pattern=$2 status=0
    shift 2
    "$bin/marvin-report" mmtests "$@" >"$out/stdout" 2>"$out/stderr" || status=$?
    [ $status = "$expected" ] || fail "mmtests $*: status $status, expected $expected"
    grep -q -- "$pattern" "$out/stderr" || { cat "$out/stderr" && fail "mmtests $*: nothing says '$pattern'"; }
    [ ! -s "$out/stdout" ] || fail "mmtests $*: a report all the same"
}
refuses 2 'names is missing' -d s06-schbench/log -b schbench
refuses 2 'known are aim9, ' -d s06-schbench/log -b nosuch -n a,b
refuses 2 'format html' -d s06-schbench/log -b schbench -n 6.1-vanilla,6.2-vanilla --format html
refuses 3 'not a folder' -d nosuch -b schbench -n 6.1-vanilla,6.2-vanilla
refuses 3 'has no data' -d s06-schbench/log -b schbench -n nosuch,6.2-vanilla
echo ok
