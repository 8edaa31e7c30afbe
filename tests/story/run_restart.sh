#!/bin/bash
# The runner stopped, killed, frozen, its database restarted, a second one beside it: every trial is
# stored once, every boot accepted once.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$STORY/toy
toy_tree "$tree"
toy_release "$tree" v1.0 1000
toy_config "$tree"
# A benchmark that takes a while, and leaves a line for each time that it ran.
cat >"$MARVIN_CONFIG/benchmarks/toybench/run" <<SH
#!/bin/sh
echo "\$MARVIN_P_SIZE" >>"$STORY/ran"
sleep 0.2
exec "\$MARVIN_ARTIFACT/toy" --size "\$MARVIN_P_SIZE"
SH
cat >"$MARVIN_CONFIG/plans.d/toy.ini" <<'INI'
[plan toy]
benchmarks = toybench toybench/size=1 toybench/size=2 toybench/size=3
boots = 2
iterations = 2
INI
printf '[marvin]\nlease = 10s\nguard = 1s\n' >"$MARVIN_CONFIG/marvin.ini"
bob --once 2>"$STORY/bob.err" || { cat "$STORY/bob.err" && fail "bob --once ended with $?"; }

start() { setsid marvin run here --once >>"$STORY/run.out" 2>>"$STORY/run.err" & pid=$!; }
trials() { sql "SELECT count(*) FROM trial"; }
# wait_for N: until N trials are stored
wait_for() {
    for _ in $(seq 300); do
        [ "$(trials 2>/dev/null || echo 0)" -ge "$1" ] && return 0
        sleep 0.05
    done
    cat "$STORY/run.err" >&2
    fail "no $1 trials after 15 s"
}
# ends_with STATUS WHAT
ends_with() {
    local status=0
    wait "$pid" || status=$?
    [ "$status" = "$1" ] || { cat "$STORY/run.err" >&2 && fail "$2: the runner ended with $status, not $1"; }
}

# A second runner for the same machine refuses, and says who is there.
start
wait_for 1
status=0
marvin run here --once 2>"$STORY/second.err" || status=$?
expect "exit status of a second runner" 5 "$status"
expect_says "at work already.*$pid" "$STORY/second.err"

# SIGTERM: in the middle of a trial, at once, resumable.
kill -TERM "$pid"
ends_with 6 "SIGTERM"
expect_says "start the runner again" "$STORY/run.err"
expect "no trial twice" "$(trials)" "$(sql "SELECT count(DISTINCT (run_id, trial_key)) FROM trial")"
expect "the lease was given back" 0 "$(sql "SELECT count(*) FROM lease WHERE released_at IS NULL")"
before=$(trials)

# Goes on in the same run; killed in the middle.
start
wait_for $((before + 1))
expect "one run so far" 1 "$(sql "SELECT count(*) FROM run")"
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true
expect "the machine is still leased" 1 "$(sql "SELECT count(*) FROM lease WHERE released_at IS NULL")"

# Quarantined in the middle: the boot is not continued there, and both the runner and the queue say why.
marvin-inventory check here --quarantine --why "its disk clicks" >/dev/null
before=$(trials)
start
ends_with 0 "a runner of a quarantined machine"
expect "trials of a quarantined machine" "$before" "$(trials)"
expect_says 'here is quarantined: its disk clicks; .*check here --fit --why' "$STORY/run.err"
marvin queue >"$STORY/queue"
expect_says 'stopped in the middle, waits: here is quarantined \(its disk clicks\)' "$STORY/queue"
marvin-inventory check here --fit --why "a new disk" >/dev/null

# The database restarts under a runner.
before=$(trials)
start
wait_for $((before + 1))
marvin db stop
sleep 1
marvin db start
ends_with 0 "a restarted database"

expect "accepted runs" 2 "$(sql "SELECT count(*) FROM run WHERE state = 'accepted'")"
expect "other runs" 0 "$(sql "SELECT count(*) FROM run WHERE state <> 'accepted'")"
expect "trials" 8 "$(trials)"
expect "trials that count, once a boot" "8|8" "$(sql "SELECT count(*), count(DISTINCT (job_id, trial_key)) FROM boot_sample WHERE state = 'done'")"
expect "samples a trial" "2|2" "$(sql "SELECT min(cardinality(value)), max(cardinality(value)) FROM sample")"
expect "the battery" complete "$(sql "SELECT state FROM battery")"
[ "$(wc -l <"$STORY/ran")" -le 24 ] || fail "more was run again than was interrupted: $(wc -l <"$STORY/ran") iterations"

# A runner that is frozen beyond its lease: another process takes over, the frozen one wakes to
# find that nothing is its own any more, and stores nothing.
toy_release "$tree" v1.1 1000
bob --once 2>"$STORY/bob.err"
start
frozen=$pid
wait_for 9
kill -STOP "$frozen"
token=$(sql "SELECT token FROM lease WHERE released_at IS NULL")
for _ in $(seq 150); do
    taken=$(sql "SELECT granted FROM lease_take('here', 'another', 'another key', 'the story', 30, 1)")
    [ "$taken" = t ] && break
    sleep 0.1
done
expect "granted after the end and its guard" t "$taken"
expect "the old lease" expiry "$(sql "SELECT released_by FROM lease WHERE token = $token")"
stored=$(trials)
kill -CONT "$frozen"
pid=$frozen
status=0
wait "$pid" || status=$?
case $status in 5 | 6) ;; *) cat "$STORY/run.err" >&2 && fail "a frozen runner ended with $status" ;; esac
expect "what a frozen runner stored" "$stored" "$(trials)"
status=0
marvin run here --once 2>"$STORY/held.err" || status=$?
expect "the machine is another's" 5 "$status"
expect_says "held by another \(the story\)" "$STORY/held.err"
sql "SELECT lease_release((SELECT token FROM lease WHERE released_at IS NULL), 'person')" >/dev/null
start
ends_with 0 "after the freeze"
expect "accepted runs" 4 "$(sql "SELECT count(*) FROM run WHERE state = 'accepted'")"
expect "trials that count, once a boot" "16|16" "$(sql "SELECT count(*), count(DISTINCT (job_id, trial_key)) FROM boot_sample WHERE state = 'done'")"
expect "complete batteries" 2 "$(sql "SELECT count(*) FROM battery WHERE state = 'complete'")"
[ -z "$(find "$MARVIN_HOME/spool" -type f -name '*.json' -not -path '*/refused/*')" ] || fail "trials left in the spool"
echo "ok: $(wc -l <"$STORY/ran") iterations for 32"
