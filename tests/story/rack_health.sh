#!/bin/bash
# A machine's health: a new release that fails condemns nobody, two known-good ones that fail do; a canary
# is queued after trouble and on schedule, and one that drifts quarantines. People see why, and say when
# the machine is fit again.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/story/rack_lib.sh
. "$(dirname "$0")/rack_lib.sh"

tree=$STORY/toy
toy_tree "$tree"
toy_release "$tree" v1.0 1000
toy_release "$tree" v1.1 1000
toy_config "$tree"
printf '[marvin]\nlease = 1m\nguard = 5s\n' >"$MARVIN_CONFIG/marvin.ini"
cat >"$MARVIN_CONFIG/benchmarks/toybench/run" <<SH
#!/bin/sh
[ ! -e "$STORY/broken" ] || exit 1
exec "\$MARVIN_ARTIFACT/toy" --size "\$MARVIN_P_SIZE"
SH
bob --once 2>"$STORY/bob.err" || { cat "$STORY/bob.err" && fail "bob --once ended with $?"; }
run() { marvin run here --once 2>"$STORY/run.err" || { cat "$STORY/run.err" && fail "marvin run ended with $?"; }; }
run
state() { sql "SELECT state FROM machine WHERE name = 'here'"; }
open_jobs() { sql "SELECT count(*) FROM job j JOIN battery b ON b.id = j.battery_id JOIN definition d ON d.hash = b.plan_hash WHERE j.state = 'queued' AND j.kind = 'boot' AND coalesce(d.body->>'realm', '') = '$1'"; }
canaries() { open_jobs canary; }
expect "accepted" 10 "$(sql "SELECT count(*) FROM run WHERE state = 'accepted'")"

# fails RELEASE FINDING: one more boot of it is asked for, and fails with this finding
fails() {
    sql "SELECT queue_battery(b.subject_id, b.machine_id, b.distro_id, b.plan, b.plan_key, b.plan_hash, b.boots + 1, 10, 'the story', j.needs_job_id)
         FROM battery b JOIN release r ON r.subject_id = b.subject_id JOIN definition d ON d.hash = b.plan_hash
         JOIN job j ON j.battery_id = b.id AND j.boot = 1 WHERE r.name = '$1' AND NOT d.body ? 'realm'" >/dev/null
    sql "UPDATE job SET priority = 1, max_attempts = 1 FROM battery b JOIN release r ON r.subject_id = b.subject_id
         JOIN definition d ON d.hash = b.plan_hash
         WHERE job.battery_id = b.id AND r.name = '$1' AND job.state = 'queued' AND NOT d.body ? 'realm'" >/dev/null
    sql "DO \$\$
    DECLARE l bigint; c record; r record;
    BEGIN
        SELECT token INTO l FROM lease_take('here', 'the story', 'story', 'fails', 60, 5);
        SELECT * INTO c FROM claim_boot(l);
        IF c.release <> '$1' THEN RAISE EXCEPTION 'claimed % instead of $1', c.release; END IF;
        SELECT * INTO r FROM run_begin(l, c.job_id, 'boot-' || c.job_id, 'local', 1);
        PERFORM run_finish(l, r.run_id, 'failed', 'it does not boot', '$2', NULL);
        PERFORM lease_release(l, 'holder');
    END \$\$"
}

# A release that never ran here: whatever it does, and however often, the machine is fine.
toy_release "$tree" v1.2 1000
bob --once 2>"$STORY/bob.err"
for _ in 1 2; do
    sql "UPDATE job SET attempts = 0, max_attempts = 9 WHERE kind = 'boot' AND state = 'queued'" >/dev/null
    sql "DO \$\$
    DECLARE l bigint; c record; r record;
    BEGIN
        UPDATE job SET priority = 1 FROM battery b JOIN release rel ON rel.subject_id = b.subject_id
        WHERE job.battery_id = b.id AND rel.name = 'v1.2' AND job.state = 'queued';
        SELECT token INTO l FROM lease_take('here', 'the story', 'story', 'fails', 60, 5);
        SELECT * INTO c FROM claim_boot(l);
        SELECT * INTO r FROM run_begin(l, c.job_id, 'boot-' || c.job_id, 'local', 1);
        PERFORM run_finish(l, r.run_id, 'failed', 'it does not boot', 'kernel panic', NULL);
        PERFORM lease_release(l, 'holder');
    END \$\$"
done
expect "after a new release that panics" ok "$(state)"
expect "failed runs of it" 2 "$(sql "SELECT count(*) FROM run WHERE state = 'failed' AND finding = 'kernel panic'")"
expect "canaries after trouble" 1 "$(canaries)"
sql "UPDATE job SET state = 'cancelled' FROM battery b JOIN release r ON r.subject_id = b.subject_id WHERE job.battery_id = b.id AND r.name = 'v1.2' AND job.state = 'queued'" >/dev/null
run
expect "the canary was run, and is no boot of a page" "1|canary-good" "$(sql "SELECT count(*), min(e.event) FROM machine_event e WHERE e.event LIKE 'canary-%'")"
expect "still" ok "$(state)"

# One known-good release that fails is not enough; a success in between starts anew; a second one is.
fails v1.0 "no network"
expect "after one known-good release" ok "$(state)"
expect "a canary is queued" 1 "$(canaries)"
run
fails v1.1 "hang"
expect "another one, but the canary was good in between" ok "$(state)"
sql "UPDATE job SET state = 'cancelled' WHERE state = 'queued'" >/dev/null
fails v1.0 "RCU stall"
expect "two in a row" quarantined "$(state)"
inventory 0 list
expect_says '^here +quarantined .*known-good releases fail on it: v1.0 \(RCU stall\), v1.1 \(hang\)' "$STORY/out"
toy_release "$tree" v1.3 1000
bob --once 2>"$STORY/bob.err"
run
expect "boots of a quarantined machine" 0 "$(sql "SELECT count(*) FROM run r JOIN battery b ON b.id = r.battery_id JOIN release l ON l.subject_id = b.subject_id WHERE l.name = 'v1.3'")"
inventory 1 check here
expect_says '^mend +here: health +quarantined: known-good releases fail' "$STORY/out"
expect_says 'check here --fit --why' "$STORY/out"
inventory 2 check here --fit
inventory 0 check here --fit --why "new cable"
expect "a person's word" "ok|$(id -un) on $(hostname): new cable" "$(sql "SELECT m.state, e.who || ': ' || e.reason FROM machine m JOIN machine_event e ON e.machine_id = m.id WHERE e.event = 'fit'")"
run
expect "boots of a machine that is fit" 5 "$(sql "SELECT count(*) FROM run r JOIN battery b ON b.id = r.battery_id JOIN release l ON l.subject_id = b.subject_id WHERE l.name = 'v1.3' AND r.state = 'accepted'")"

# On schedule; and a machine that became slow is found by the release that has not changed.
sed -i 's/^driver = local/driver = local\ncanary = 7d/' "$MARVIN_CONFIG/machines.d/here.ini"
run
expect "not yet" 0 "$(canaries)"
sql "UPDATE machine_event SET at = at - interval '8 days'" >/dev/null
sql "UPDATE run SET ended_at = ended_at - interval '8 days' WHERE state = 'accepted'" >/dev/null
before=$(sql "SELECT count(*) FROM machine_event WHERE event = 'canary-good'")
run
expect "on schedule, and good" $((before + 1)) "$(sql "SELECT count(*) FROM machine_event WHERE event = 'canary-good'")"
sql "UPDATE sample SET value = (SELECT array_agg(v * 1.25) FROM unnest(value) v)" >/dev/null
sql "UPDATE machine_event SET at = at - interval '8 days'" >/dev/null
inventory 0 check here --canary
expect_says 'queued' "$STORY/out"
run
expect "a canary that drifted" quarantined "$(state)"
inventory 0 show here
expect_says 'quarantined +its canary drifted: 1 of 1 metrics of a known-good release moved, most of all toybench.* throughput -(19|2[01])\.' "$STORY/out"
inventory 0 check here --fit --why "cooled down"

# A canary none of whose benchmarks works is not good: what it had before and lacks now is named.
sql "UPDATE sample SET value = (SELECT array_agg(v / 1.25) FROM unnest(value) v) WHERE run_id < (SELECT max(run_id) FROM sample)" >/dev/null
last_event() { sql "SELECT event || ': ' || reason FROM machine_event ORDER BY id DESC LIMIT 1"; }
touch "$STORY/broken"
inventory 0 check here --canary
run
expect "a canary without a number" quarantined "$(state)"
[[ $(last_event) == 'quarantined: its canary drifted: 1 of 1 metrics of a known-good release are missing: toybench'*' throughput' ]] || fail "$(last_event)"
rm "$STORY/broken"
inventory 0 check here --canary
run
expect "works again" "canary-good: 1 metrics as before" "$(last_event)"
inventory 0 check here --fit --why "a new disk"
inventory 0 check here --quarantine --why "its disk clicks"
expect "by a person" "quarantined|its disk clicks" "$(sql "SELECT state, reason FROM machine")"

# A canary is what a person may ask for there, and it says how the machine does; nothing else is run.
inventory 0 check here --canary
toy_release "$tree" v1.4 1000
bob --once 2>"$STORY/bob.err"
marvin queue >"$STORY/out"
expect_says 'v1.4 .*waits: here is quarantined \(its disk clicks\)' "$STORY/out"
before=$(sql "SELECT count(*) FROM run")
run
expect "boots of a quarantined machine: the canary" $((before + 1)) "$(sql "SELECT count(*) FROM run")"
expect "it said something" "canary-|quarantined" "$(sql "SELECT left(e.event, 7), m.state FROM machine m JOIN machine_event e ON e.machine_id = m.id ORDER BY e.id DESC LIMIT 1")"
sql "UPDATE run SET epoch_id = NULL" >/dev/null
inventory 0 check here --canary
run
[[ $(last_event) == 'canary: it ran and says nothing: '* ]] || fail "$(last_event)"
inventory 0 list --tools
expect_says '^kernel +Linux|^kernel +[0-9]|libc +glibc' "$STORY/out"
inventory 0 list --tools --json
python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); assert {x["machine"] for x in r} == {"here"} and {"machine", "tool", "version", "at"} == set(r[0])' "$STORY/out"
echo ok
