#!/bin/bash
# Builders: several on one state folder, killed in the middle, stopped in the middle, with the
# database going away; and the daemon.
# shellcheck source=tests/story/bob_lib.sh
. "$(dirname "$0")/bob_lib.sh"

tree=$STORY/toy
toy_tree "$tree"
for i in 1 2 3 4 5 6; do toy_release "$tree" "v1.$i" 1000; done
toy_config "$tree"
# A recipe that says that it began, and waits until it may go on.
cat >"$MARVIN_CONFIG/recipes/toy" <<SH
#!/bin/sh
set -eu
echo "\$MARVIN_RELEASE" >>$STORY/begun
while [ -e $STORY/hold ]; do sleep 0.05; done
cc -O2 -o "\$MARVIN_OUT/toy" "\$MARVIN_SOURCE/toy.c"
SH
# until_true COMMAND..: for at most 20 s
until_true() { for _ in $(seq 400); do "$@" && return; sleep 0.05; done; fail "never came true: $*"; }
begun() { [ "$(cat "$STORY/begun" 2>/dev/null | wc -l)" -ge "$1" ]; }
none_runs() { ! pgrep -f "$1" >/dev/null; }
states() { sql "SELECT string_agg(DISTINCT state || ' ' || n, ', ' ORDER BY state || ' ' || n) FROM (SELECT state, count(*) AS n FROM job WHERE kind = 'build' GROUP BY state) s"; }
quiet_end() { kill "-$1" "$2" && wait "$2" 2>/dev/null; }

run 0 bob watch
expect "queued" "queued 6" "$(states)"
expect "nothing built by watching" 0 "$(sql "SELECT count(*) FROM build")"

echo "# two builders at once"
touch "$STORY/hold"
bob builder one --once 2>"$STORY/one" &
one=$!
bob builder two --once 2>"$STORY/two" &
two=$!
until_true begun 2
expect "both at work" "claimed 2, queued 4" "$(states)"
run 5 bob builder one --once
expect_says "a builder of the name one is at work here already" "$STORY/err"

echo "# one is killed: the other goes on, and the next of the name takes its build back"
quiet_end KILL $one || true
rm "$STORY/hold"
wait $two
expect "the one that was cut off" "claimed 1, done 5" "$(states)"
until_true none_runs "$MARVIN_HOME/build/one/"
run 0 bob builder one --once
expect_says "a build that was cut off is built again" "$STORY/err"
expect "all done" "done 6" "$(states)"
expect "builds" "done 6|lost 1" "$(sql "SELECT string_agg(s, '|') FROM (SELECT state || ' ' || count(*) AS s FROM build GROUP BY state ORDER BY state) x")"
expect "attempts" "1 5|2 1" "$(sql "SELECT string_agg(s, '|') FROM (SELECT attempts || ' ' || count(*) AS s FROM job WHERE kind = 'build' GROUP BY attempts ORDER BY 1) x")"
expect "leftovers" "" "$(find "$MARVIN_HOME/build" -mindepth 2)"
expect "boots that may run" 30 "$(sql "SELECT count(*) FROM job WHERE kind = 'boot' AND state = 'queued' AND artifact_hash IS NOT NULL")"

echo "# a claim that has ended is another builder's; who comes late changes nothing"
toy_release "$tree" v2.0 1000 && rm "$STORY/begun" && touch "$STORY/hold"
run 0 bob watch
bob builder slow --once 2>"$STORY/slow" &
slow=$!
until_true begun 1
kill -STOP $slow
MARVIN_NOW="$(date -u -d '+1 hour' '+%F %TZ')" bob builder fast --once 2>"$STORY/fast" &
fast=$!
until_true begun 2
rm "$STORY/hold"
wait $fast
kill -CONT $slow
wait $slow || fail "the slow builder ended with $?"
expect_says "another builder has it now" "$STORY/slow"
expect "whose build counts" "fast" "$(sql "SELECT w.name FROM build b JOIN builder w ON w.id = b.builder_id JOIN job j ON j.id = b.job_id JOIN release r USING (subject_id) WHERE r.name = 'v2.0' AND b.state = 'done'")"

echo "# stopped in the middle: the build is queued again, and no attempt is counted"
toy_release "$tree" v2.1 1000 && rm "$STORY/begun" && touch "$STORY/hold"
status=0
bob --once 2>"$STORY/err" &
pid=$!
until_true begun 1
quiet_end TERM $pid || status=$?
expect "exit status" 6 "$status"
expect_says "queued again" "$STORY/err"
expect "the job" "queued|0" "$(sql "SELECT j.state, j.attempts FROM job j JOIN release r USING (subject_id) WHERE r.name = 'v2.1' AND j.kind = 'build'")"

echo "# the database goes away during a build and comes back"
rm "$STORY/begun"
bob --once 2>"$STORY/err" &
pid=$!
until_true begun 1
marvin db stop >/dev/null
rm "$STORY/hold"
sleep 1
marvin db start
wait $pid || { cat "$STORY/err" && fail "bob ended with $?"; }
expect "the job" "done|1" "$(sql "SELECT j.state, j.attempts FROM job j JOIN release r USING (subject_id) WHERE r.name = 'v2.1' AND j.kind = 'build'")"

echo "# three builders that do not come back fail the job, and the boots behind it"
toy_release "$tree" v2.2 1000 && rm "$STORY/begun" && touch "$STORY/hold"
run 0 bob watch
for i in 1 2 3; do
    bob builder doomed --once 2>/dev/null &
    pid=$!
    until_true begun $i
    quiet_end KILL $pid || true
done
run 0 bob builder doomed --once
expect "the job" "failed|3 builders took it and did not come back" "$(sql "SELECT j.state, j.reason FROM job j JOIN release r USING (subject_id) WHERE r.name = 'v2.2' AND j.kind = 'build'")"
expect "its battery" failed "$(sql "SELECT b.state FROM battery b JOIN release r USING (subject_id) WHERE r.name = 'v2.2'")"
rm "$STORY/hold"

echo "# the daemon: polls, builds by a program of its own, and ends well when it is told"
toy_release "$tree" v3.0 1000
bob 2>"$STORY/err" &
pid=$!
done_3() { [ "$(sql "SELECT j.state FROM job j JOIN release r USING (subject_id) WHERE r.name = 'v3.0' AND j.kind = 'build'")" = done ]; }
until_true done_3
kill -TERM $pid && wait $pid || { cat "$STORY/err" && fail "the daemon ended with $?"; }
until_true none_runs "$STORY/bin/bob"
echo "ok"
