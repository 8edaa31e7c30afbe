#!/bin/bash
# The queue for people: reasons with times, turns of what has waited too long, pins, and cancelling
# what is at work.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$STORY/toy
toy_tree "$tree"
toy_release "$tree" v1.0 1000
toy_release "$tree" v1.1 1000
toy_config "$tree"
sed -i 's/^boots = .*/boots = 1/; s/^iterations = .*/iterations = 1/' "$MARVIN_CONFIG/plans.d/toy.ini"
printf '[marvin]\nlease = 10s\nguard = 2s\n' >"$MARVIN_CONFIG/marvin.ini"

# waits SECONDS SQL TEXT: until the database says so
waits() {
    local until=$((SECONDS + $1))
    until [ "$(sql "$2")" = "$3" ]; do
        [ $SECONDS -lt $until ] || fail "after $1 s: $2 is $(sql "$2"), not $3"
        sleep 0.2
    done
}
reason() { marvin queue --json | python3 -c 'import json, sys; print([j["reason"] for j in json.load(sys.stdin) if j["job"] == int(sys.argv[1])][0])' "$1"; }
boots() { sql "SELECT coalesce(string_agg(id::text, ' ' ORDER BY id), '') FROM job WHERE kind = 'boot' AND state = '$1'"; }

echo "# what waits too long gets every fourth turn"
MARVIN_NOW=$(date -u -d '-20 days' '+%F %T')Z runs 0 bob --once
old=$(boots queued)
expect "two boots wait" 2 "$(wc -w <<<"$old")"
git -C "$tree" checkout -q -b side
for i in 1 2 3 4 5 6 7; do
    toy_release "$tree" "side-$i" "100$i"
    runs 0 bob queue "toy:side-$i" --urgent --plan toy --machine here
done
runs 0 bob --once
expect_says '^ *[0-9]+ +boot +toy +v1.0 .*: every fourth turn is for such' <(marvin queue)
runs 0 marvin run here --once
order=$(sql "SELECT string_agg(CASE priority WHEN 10 THEN 'u' ELSE 'b' END, '' ORDER BY run.id) FROM run JOIN job ON job.id = run.job_id")
expect "the order of the claims" uuubuuubu "$order"

echo "# without anything that waits too long, urgent is first"
printf '[marvin]\nlease = 10s\nguard = 2s\nlongest-wait = 30d\n' >"$MARVIN_CONFIG/marvin.ini"
toy_release "$tree" v1.2 1000
MARVIN_NOW=$(date -u -d '-20 days' '+%F %T')Z runs 0 bob --once
for i in 8 9 10 11; do
    toy_release "$tree" "side-$i" "10$i"
    runs 0 bob queue "toy:side-$i" --urgent --plan toy --machine here
done
runs 0 bob --once

echo "# reasons"
sql "UPDATE run SET started_at = ended_at - interval '70 min'"
last=$(sql "SELECT id FROM job WHERE state = 'queued' ORDER BY priority DESC, id LIMIT 1")
expect "the last of five" "waits for here, 4 before it, about 5 h" "$(reason "$last")"
sql "UPDATE machine SET state = 'quarantined', reason = 'three panics'"
expect "the machine" "waits: here is quarantined (three panics), 4 before it, about 5 h" "$(reason "$last")"
sql "UPDATE machine SET state = 'ok', reason = NULL"
# shellcheck disable=SC2046
runs 0 marvin queue cancel $(boots queued) --why "enough"

echo "# a pin to a machine"
printf '[machine there]\ndriver = local\ncpus = 1\n' >"$MARVIN_CONFIG/machines.d/there.ini"
toy_release "$tree" side-12 1012
runs 0 bob queue toy:side-12 --plan toy --machine here
runs 0 bob --once
job=$(boots queued)
runs 3 marvin queue pin "$job" --to ther
expect_says "job $job is a boot, and 'ther' is no machine of the settings: give one that .marvin-inventory list. names" "$STORY/err"
expect "no row yet" 0 "$(sql "SELECT count(*) FROM machine WHERE name = 'there'")"
runs 0 marvin queue pin "$job" --to there
expect "it waits there" "waits for there, next" "$(reason "$job" | sed 's/, about.*//; s/, [0-9]* before it/, next/')"
runs 0 marvin run there --once
expect "and ran there" there "$(sql "SELECT m.name FROM run r JOIN machine m ON m.id = r.machine_id WHERE r.job_id = $job")"
runs 1 marvin queue pin "$job" --to here

echo "# a pin to a builder"
toy_release "$tree" side-13 1013
runs 0 bob builder alpha --once
runs 0 bob queue toy:side-13 --plan toy --machine here
build=$(sql "SELECT max(id) FROM job WHERE kind = 'build'")
runs 3 marvin queue pin "$build" --to here
expect_says "job $build is a build, and 'here' is no builder that has been seen: give one that .bob farm status. names" "$STORY/err"
runs 0 marvin queue pin "$build" --to alpha
expect "it waits for it" "waits for the builder alpha, next" "$(reason "$build")"
runs 0 bob builder beta --once
expect "another leaves it" queued "$(sql "SELECT state FROM job WHERE id = $build")"
runs 0 marvin queue pin "$build" --to any
runs 0 bob builder beta --once
expect "then any takes it" done "$(sql "SELECT state FROM job WHERE id = $build")"
# shellcheck disable=SC2046
runs 0 marvin queue cancel $(boots queued)

echo "# cancelling a boot that is at work"
cat >"$MARVIN_CONFIG/benchmarks/toybench/run" <<SH
#!/bin/sh
[ ! -e $STORY/slow ] || sleep 300
exec "\$MARVIN_ARTIFACT/toy" --size "\$MARVIN_P_SIZE"
SH
toy_release "$tree" side-14 1014
toy_release "$tree" side-15 1015
runs 0 bob queue toy:side-14 --plan toy --machine here
runs 0 bob queue toy:side-15 --plan toy --machine here
runs 0 bob --once
touch "$STORY/slow"
marvin run here --once >"$STORY/runner" 2>&1 &
runner=$!
waits 20 "SELECT count(*) FROM run WHERE state = 'running'" 1
job=$(boots claimed)
# Whoever ends a run locks job and run in the same order as whoever cancels its job.
both=$(sql "SELECT id || ', ' || token FROM run WHERE state = 'running'")
coproc PERSON { psql -XAtq -h "$MARVIN_HOME/postgres" -U marvin_admin -d marvin 2>&1; }
person=$PERSON_PID
echo "BEGIN; SELECT id FROM marvin.job WHERE id = $job FOR UPDATE;" >&"${PERSON[1]}"
read -r locked <&"${PERSON[0]}"
expect "a person has the job" "$job" "$locked"
sql "BEGIN; SELECT run_finish(${both#*, }, ${both%, *}, 'failed', 'never', NULL, NULL); ROLLBACK" >"$STORY/ending" 2>&1 &
ending=$!
waits 20 "SELECT count(*) FROM pg_locks WHERE NOT granted" 1
echo "UPDATE marvin.run SET message = message WHERE job_id = $job; ROLLBACK; \\q" >&"${PERSON[1]}"
wait $ending || fail "the end of the run: $(cat "$STORY/ending")"
wait "$person" || fail "the person: $?"
expect "the run could end" t "$(cat "$STORY/ending")"
rm "$STORY/slow"
runs 0 marvin queue cancel "$job" --why "not now"
wait $runner || fail "the runner failed: $(cat "$STORY/runner")"
expect "it ended cancelled" "cancelled|not now" "$(sql "SELECT state, reason FROM job WHERE id = $job")"
expect "its run is no result" "interrupted|cancelled: not now" "$(sql "SELECT state, message FROM run WHERE job_id = $job")"
expect "the next one was done" 0 "$(sql "SELECT count(*) FROM job WHERE kind = 'boot' AND state IN ('queued', 'claimed')")"
expect_says "side-14, boot 1 of 1: cancelled" "$STORY/runner"
runs 0 marvin queue retry "$job"
runs 0 marvin run here --once
expect "and can be had again" done "$(sql "SELECT state FROM job WHERE id = $job")"

echo "# cancelling a boot while its machine is made ready"
toy_release "$tree" side-20 1020
toy_release "$tree" side-21 1021
runs 0 bob queue toy:side-20 --plan toy --machine here
runs 0 bob queue toy:side-21 --plan toy --machine here
runs 0 bob --once
job=$(sql "SELECT min(id) FROM job WHERE kind = 'boot' AND state = 'queued'")
sql "CREATE FUNCTION cancel_at_once() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM marvin.job_change(NEW.id, ''cancel'', ''at once''); RETURN NULL; END'"
sql "CREATE TRIGGER cancel_at_once AFTER UPDATE ON job FOR EACH ROW WHEN (NEW.id = $job AND NEW.state = 'claimed') EXECUTE FUNCTION cancel_at_once()"
runs 0 marvin run here --once
sql "DROP TRIGGER cancel_at_once ON job; DROP FUNCTION cancel_at_once"
expect_says "side-20, boot 1 of 1: cancelled" "$STORY/err"
expect "it never began" 0 "$(sql "SELECT count(*) FROM run WHERE job_id = $job")"
expect "the next one was done" done "$(sql "SELECT state FROM job WHERE id = $job + 1")"

echo "# cancelling a build that is at work"
printf '#!/bin/sh\nset -eu\n[ ! -e %s/slow ] || sleep 300\ncc -O2 -o "$MARVIN_OUT/toy" "$MARVIN_SOURCE/toy.c"\n' "$STORY" >"$MARVIN_CONFIG/recipes/toy"
toy_release "$tree" side-16 1016
runs 0 bob queue toy:side-16 --plan toy --machine here
touch "$STORY/slow"
bob builder gamma --once >"$STORY/builder" 2>&1 &
builder=$!
waits 20 "SELECT count(*) FROM build WHERE state = 'running'" 1
build=$(sql "SELECT max(id) FROM job WHERE kind = 'build'")
start=$SECONDS
runs 0 marvin queue cancel "$build"
wait $builder || fail "the builder failed: $(cat "$STORY/builder")"
[ $((SECONDS - start)) -lt 30 ] || fail "the builder took $((SECONDS - start)) s to stop"
expect "it ended cancelled" cancelled "$(sql "SELECT state FROM job WHERE id = $build")"
expect "its attempt too" cancelled "$(sql "SELECT state FROM build WHERE job_id = $build")"
expect_says "side-16: cancelled, and stopped" "$STORY/builder"
expect "its boot says why" "the build cancelled" "$(sql "SELECT reason FROM job WHERE needs_job_id = $build")"
rm "$STORY/slow"
runs 0 marvin queue retry "$build"
runs 0 bob builder gamma --once
runs 0 marvin run here --once
expect "and can be had again" done "$(sql "SELECT state FROM job WHERE needs_job_id = $build")"

echo "# a boot that was held or cancelled while it was built gets what was built"
toy_release "$tree" side-17 1017
toy_release "$tree" side-18 1018
runs 0 bob queue toy:side-17 --plan toy --machine here
runs 0 bob queue toy:side-18 --plan toy --machine here
held=$(sql "SELECT min(id) FROM job WHERE kind = 'boot' AND state = 'waiting'")
cancelled=$(sql "SELECT max(id) FROM job WHERE kind = 'boot' AND state = 'waiting'")
runs 0 marvin queue hold "$held"
runs 0 marvin queue cancel "$cancelled"
runs 0 bob builder gamma --once
runs 0 marvin queue release "$held"
runs 0 marvin queue retry "$cancelled"
expect "each has its build's" "queued|t queued|t" "$(sql "SELECT string_agg(b.state || '|' || (b.artifact_hash = n.artifact_hash), ' ') FROM job b JOIN job n ON n.id = b.needs_job_id WHERE b.id IN ($held, $cancelled)" | sed 's/true/t/g')"
runs 0 marvin run here --once
expect "and they ran it" 2 "$(sql "SELECT count(*) FROM trial t JOIN run r ON r.id = t.run_id WHERE r.job_id IN ($held, $cancelled) AND t.state = 'done'")"

echo "# a boot whose build failed is told so, and a retry has it built again"
printf '#!/bin/sh\nexit 1\n' >"$MARVIN_CONFIG/recipes/toy"
toy_release "$tree" side-19 1019
runs 0 bob queue toy:side-19 --plan toy --machine here
job=$(sql "SELECT max(id) FROM job WHERE kind = 'boot'")
runs 0 marvin queue hold "$job"
runs 0 bob builder gamma --once
runs 0 marvin queue release "$job"
expect "it does not wait for ever" "failed|the build failed" "$(sql "SELECT state, reason FROM job WHERE id = $job")"
runs 0 marvin queue retry "$job"
expect "its build is asked for again" "waiting|queued" "$(sql "SELECT b.state, n.state FROM job b JOIN job n ON n.id = b.needs_job_id WHERE b.id = $job")"
runs 3 marvin queue list --machine nobody
echo ok
