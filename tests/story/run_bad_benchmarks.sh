#!/bin/bash
# Benchmarks that go wrong in every way that we know, beside a good one: each gives one clear
# message, the good one is kept, the boots are accepted, and a comparison spells what failed.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$STORY/toy
toy_tree "$tree"
toy_release "$tree" v1.0 1000
toy_release "$tree" v1.1 1000
toy_config "$tree"

# bad NAME SCRIPT [SETTING]: a benchmark with one metric, of which SCRIPT is the run file.
bad() {
    local folder=$MARVIN_CONFIG/benchmarks/$1
    mkdir "$folder"
    cat >"$folder/benchmark.ini" <<INI
[benchmark $1]
summary = goes wrong
duration = 1s
class = a
${3:-}
[metric rate]
unit = ops/s
better = higher
statistic = median
pattern = ^rate: (.*) ops/s
INI
    printf '#!/bin/sh\n%s\n' "$2" >"$folder/run"
    chmod +x "$folder/run"
}
bad bad-nan 'echo "rate: NaN ops/s"'
bad bad-nothing 'exit 0'
bad bad-line 'echo "rate: 10 ops/s"; echo "rate: ten ops/s"; echo "rate: 12 ops/s"'
bad bad-size 'echo "rate: 1 ops/s"; head -c 1G /dev/zero | tr "\0" x'
bad bad-status 'echo "rate: 5 ops/s"; echo "no such device" >&2; exit 3'
bad bad-signal 'echo "rate: 5 ops/s"; kill -SEGV $$'
bad bad-hang 'echo "rate: 5 ops/s"; sleep 86399' 'deadline = 2s'
bad bad-bytes 'printf "rate: \377\033[2J ops/s\nrate: 4 ops/s\n"'
cat >"$MARVIN_CONFIG/plans.d/toy.ini" <<'INI'
[plan toy]
benchmarks = toybench bad-nan bad-nothing bad-line bad-size bad-status bad-signal bad-hang bad-bytes
boots = 2
iterations = 1
INI

bob --once 2>"$STORY/bob.err" || { cat "$STORY/bob.err" && fail "bob --once ended with $?"; }
began=$(date +%s)
marvin run here --once 2>"$STORY/run.err" || { cat "$STORY/run.err" && fail "marvin run ended with $?"; }
seconds=$(($(date +%s) - began))
[ "$seconds" -lt 60 ] || fail "36 trials took $seconds s"
grep -qP '\x1b' "$STORY/run.err" && fail "control characters on the terminal"

expect "accepted runs" 4 "$(sql "SELECT count(*) FROM run WHERE state = 'accepted'")"
expect "complete batteries" 2 "$(sql "SELECT count(*) FROM battery WHERE state = 'complete'")"
expect "trials" 36 "$(sql "SELECT count(*) FROM trial")"
expect "every trial has its raw folder" 0 "$(sql "SELECT count(*) FROM trial WHERE raw_hash IS NULL")"
state() { sql "SELECT DISTINCT t.state, sa.state, array_to_string(sa.value, ' ') FROM trial t JOIN sample sa ON sa.trial_id = t.id AND sa.run_id = t.run_id WHERE t.benchmark = '$1'"; }
message() { sql "SELECT DISTINCT coalesce(sa.message, t.message) FROM trial t JOIN sample sa ON sa.trial_id = t.id AND sa.run_id = t.run_id WHERE t.benchmark = '$1'"; }
says() { # BENCHMARK STATES PATTERN
    expect "state of $1" "$2" "$(state "$1")"
    local found
    found=$(message "$1")
    [ "$(wc -l <<<"$found")" = 1 ] || fail "$1 has several messages: $found"
    grep -qE -- "$3" <<<"$found" || fail "the message of $1 is '$found', not: $3"
}
expect "the good one" "done|done" "$(sql "SELECT DISTINCT t.state, sa.state FROM trial t JOIN sample sa ON sa.trial_id = t.id AND sa.run_id = t.run_id WHERE t.benchmark = 'toybench'")"
says bad-nan 'failed|failed|' 'iter-0/stdout:1: .*NaN'
says bad-nothing 'failed|failed|' 'stdout'
says bad-line 'done|done|10 12' 'iter-0/stdout:2: .*ten'
says bad-size 'failed|failed|' '64 MiB'
says bad-status 'failed|failed|' 'status 3'
says bad-signal 'failed|failed|' 'signal 11|SIGSEGV|Segmentation'
says bad-hang 'failed|failed|' 'iter-0 was stopped: its deadline of 2 s'
says bad-bytes 'done|done|4' 'iter-0/stdout:1: '
expect "no bad character in the database" 0 "$(sql "SELECT count(*) FROM trial WHERE message ~ E'[\\x01-\\x08\\x1b]'")"
for name in nan nothing size status signal hang; do
    expect_says "bad-$name.* failed: " "$STORY/run.err"
done
[ -z "$(find "$MARVIN_HOME/raw" "$MARVIN_HOME/spool" -type f)" ] || fail "left behind: $(find "$MARVIN_HOME/raw" "$MARVIN_HOME/spool" -type f)"
! pgrep -f 'sleep 86399' >/dev/null || fail "a benchmark that was stopped still runs"

marvin-report compare toy:v1.0 toy:v1.1 >"$STORY/compare.txt" || [ $? = 1 ]
expect_says 'toybench' "$STORY/compare.txt"
for name in nan nothing size status signal hang; do
    expect_says "bad-$name.*failed" "$STORY/compare.txt"
done
echo "ok: 36 trials in $seconds s"
