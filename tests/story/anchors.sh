#!/bin/bash
# A machine changes and opens an epoch: the latest two releases that were complete there before run
# again in it, once, and the release that came with the change is compared with the one before.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"

queue() { bob --once 2>"$STORY/bob.err" || { cat "$STORY/bob.err" && fail "bob --once ended with $?"; }; }
serve() { marvin run here --once 2>"$STORY/run.err" || { cat "$STORY/run.err" && fail "marvin run ended with $?"; }; }
compare() { marvin-report compare "toy:$1" "toy:$2" >"$STORY/out" || [ $? = 1 ] || fail "compare ended with $?"; }
anchors() { sql "SELECT r.name, b.plan, b.boots, b.priority, b.state FROM battery b JOIN release r USING (subject_id) WHERE b.asked_by = 'anchor' ORDER BY 1, b.id"; }
counts() { sql "SELECT (SELECT count(*) FROM battery), (SELECT count(*) FROM job), (SELECT count(*) FROM job WHERE state = 'queued')"; }

tree=$STORY/toy
toy_tree "$tree"
toy_release "$tree" v1.0 1000
toy_release "$tree" v1.1 1000
toy_release "$tree" v1.2-rc1 1000
toy_release "$tree" v1.2 900
toy_config "$tree"
queue
bob queue v1.2-rc1 >/dev/null 2>"$STORY/bob.err" || fail "bob queue ended with $?"
queue
serve
expect "one epoch" "1|20" "$(sql "SELECT count(DISTINCT epoch_id), count(*) FROM run")"
before=$(counts)
queue
expect "no change, no anchors" "$before" "$(counts)"

echo "# the machine changes while a new release comes"
sed -i "/^cpus = /d" "$MARVIN_CONFIG/machines.d/here.ini" # not pinned any more
toy_release "$tree" v1.3 900
queue
serve
if [ "$(sql "SELECT count(*) FROM machine_epoch")" = 1 ]; then fail "the change opened no epoch"; fi
compare v1.2 v1.3
expect_says 'not-comparable.*the machine changed: v1.2 ran in its epoch 1, v1.3 in its epoch 2' "$STORY/out"
queue
expect_says 'toy: queued 2 batteries again' "$STORY/bob.err"
expect "two releases, at backfill" "v1.1|toy|5|40|pending
v1.2|toy|5|40|pending" "$(anchors)"
compare v1.2 v1.3
expect_says 'pending' "$STORY/out"
compare v1.1 v1.2
expect_says ' regressed' "$STORY/out"
before=$(counts)
queue
expect "queued once" "$before" "$(counts)"
serve
expect "they ran in epoch 2" "v1.1|2|5
v1.2|2|5" "$(sql "SELECT r.name, e.number, count(*) FROM run JOIN battery b ON b.id = run.battery_id JOIN release r USING (subject_id) JOIN machine_epoch e ON e.id = run.epoch_id WHERE b.asked_by = 'anchor' GROUP BY 1, 2 ORDER BY 1")"
compare v1.2 v1.3
expect_says '5/5.* same' "$STORY/out"
compare v1.1 v1.2
expect_says '5/5.* regressed' "$STORY/out"
compare v1.0 v1.1
expect_says '5/5.* same' "$STORY/out"
before=$(counts)
queue
expect "the change to v1.2 is known once" 1 "$(sql "SELECT count(*) FROM change")"
expect "and never again" "$before" "$(counts)"

echo "# more boots of the plan are more of its own batteries; what an anchor was stays"
sed -i 's/^boots = .*/boots = 6/' "$MARVIN_CONFIG/plans.d/toy.ini"
queue
expect "the anchors" "v1.1|toy|5|40|complete
v1.2|toy|5|40|complete" "$(anchors)"
expect "a boot for each release" 4 "$(sql "SELECT count(*) FROM job WHERE state = 'queued'")"
serve
queue
expect "the change to v1.2 is known once, wherever it shows" 1 "$(sql "SELECT count(*) FROM change")"

echo "# another change: the releases of the second epoch bridge to the third"
echo "cpus = 1" >>"$MARVIN_CONFIG/machines.d/here.ini"
toy_release "$tree" v1.4 900
queue
serve
expect "a third epoch" 3 "$(sql "SELECT max(number) FROM machine_epoch")"
queue
expect "anchors of it" "v1.2|toy|6|40|pending
v1.3|toy|6|40|pending" "$(anchors | grep pending)"
serve
compare v1.3 v1.4
expect_says '6/6.* same' "$STORY/out"
queue
expect "and never again" 1 "$(sql "SELECT count(*) FROM change")"
echo ok
