#!/bin/bash
# What people do to the queue and the store, and what the doctor finds.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$STORY/toy
toy_tree "$tree"
toy_release "$tree" v1.0 1000
toy_release "$tree" v1.1 1000
toy_config "$tree"
sed -i 's/^boots = .*/boots = 2/; s/^iterations = .*/iterations = 1/' "$MARVIN_CONFIG/plans.d/toy.ini"

states() { sql "SELECT string_agg(state, ' ' ORDER BY id) FROM job WHERE kind = 'boot'"; }
serve() { runs 0 marvin run here --once; }

runs 0 marvin doctor
expect_says '^note +database +no private cluster yet' "$STORY/out"
runs 0 bob --once
echo "# the queue"
runs 0 marvin queue
expect_says '^ +2 +boot +toy +v1.1 +here +toy +1/2 +backfill .*waits for here, next$' "$STORY/out"
runs 2 marvin queue hold
runs 2 marvin queue hold three
runs 2 marvin queue hodl 3
runs 3 marvin queue hold 99
expect_says 'there is no job 99' "$STORY/err"
runs 0 marvin queue hold 2-3 --why "the fan is loud"
runs 0 marvin queue list
expect_says 'held: the fan is loud' "$STORY/out"
runs 1 marvin queue hold 2 5
expect_says 'job 2 is held' "$STORY/err"
expect "the rest was done" "held held held queued" "$(states)"
runs 0 marvin queue release 2 5
runs 0 marvin queue cancel 5
runs 0 marvin queue move --to urgent 6
runs 2 marvin queue move --to nowhere 6
expect "taken next" 6 "$(marvin queue --json | python3 -c 'import json, sys; print([j["job"] for j in json.load(sys.stdin) if j["state"] == "queued" and j["before"] == 0][0])')"
serve
expect "all but the held one" "done held cancelled done" "$(states)"
expect "the urgent one first" 6 "$(sql "SELECT job_id FROM run ORDER BY id LIMIT 1")"
runs 1 marvin queue retry 2
runs 0 marvin queue retry 5
runs 0 marvin queue release 3
runs 2 marvin queue pin 3
runs 0 marvin queue move --to first 3
runs 0 marvin queue list
expect_says '^ +3 .*waits for here, next' "$STORY/out"
expect_says '^ +5 .*waits for here, 1 before it, about 1 min' "$STORY/out"
serve
expect "all" "done done done done" "$(states)"
expect "batteries" "complete complete" "$(sql "SELECT string_agg(state, ' ') FROM battery")"
runs 0 marvin queue
expect_says 'the queue is empty' "$STORY/out"

echo "# a boot that fails"
toy_release "$tree" v1.2 1000
runs 0 bob --once
artifact=$(sql "SELECT artifact_hash FROM job WHERE kind = 'build' ORDER BY id DESC LIMIT 1")
object=$MARVIN_HOME/store/objects/${artifact:0:2}/${artifact:2}
mv "$object" "$STORY/aside"
serve
expect "used up" "2|3" "$(sql "SELECT count(*), max(attempts) FROM job WHERE state = 'failed'")"
runs 0 marvin queue --failed --machine here
expect_says 'v1.2 .*2/2 .* failed: ' "$STORY/out"
runs 0 marvin queue list --failed --json
python3 -c 'import json, sys; assert [(j["state"], j["before"]) for j in json.load(open(sys.argv[1]))] == [("failed", None)] * 2' "$STORY/out"
expect "the battery" 1 "$(sql "SELECT count(*) FROM battery WHERE state = 'failed'")"
runs 1 marvin store verify
expect_says "missing  $artifact  artifact" "$STORY/out"
runs 1 marvin doctor
expect_says '^mend +store .*1 missing' "$STORY/out"
mv "$STORY/aside" "$object"
runs 0 marvin store verify
jobs=$(sql "SELECT string_agg(id::text, ' ') FROM job WHERE state = 'failed'")
# shellcheck disable=SC2086
runs 0 marvin queue retry $jobs
serve
expect "retried" 0 "$(sql "SELECT count(*) FROM job WHERE state <> 'done'")"

echo "# the store"
runs 0 marvin store status --json
python3 - "$STORY/out" <<'PY'
import json, sys
rows = {r["kind"]: r for r in json.load(open(sys.argv[1]))}
assert rows["raw"]["objects"] == 6 and rows["uncited"]["objects"] == 0, rows
assert all(r["missing"] == 0 for r in rows.values()), rows
PY
cp "$object" "$STORY/copy"
stray=$MARVIN_HOME/store/objects/00/$(printf '%062d' 7)
mkdir -p "${stray%/*}"
cp "$object" "$stray"
runs 0 marvin store gc
[ -e "$stray" ] || fail "a young object was removed"
touch -d '2 days ago' "$MARVIN_HOME"/store/objects/*/*
runs 0 marvin store gc --dry-run
expect_says '^1 object, .* would be removed' "$STORY/out"
[ -e "$stray" ] || fail "a dry run removed something"
# What a spool holds is cited, though no row has it yet.
printf '{"raw_hash": "00%062d"}' 7 >"$MARVIN_HOME/spool/here/1.json"
runs 0 marvin store gc
[ -e "$stray" ] || fail "the raw folder of a spooled trial was removed"
rm "$MARVIN_HOME/spool/here/1.json"
runs 0 marvin store gc
expect_says '^1 object, ' "$STORY/out"
[ ! -e "$stray" ] || fail "an uncited object stayed"
runs 0 marvin store verify

# The artifact of a commit goes after 30 days, those of releases stay; who needs it builds it again.
git -C "$tree" checkout -q -b side v1.0
toy_release "$tree" side-1 1001
runs 0 bob queue "toy:side" --plan toy --machine here
runs 0 bob --once
serve
objects() { find "$MARVIN_HOME/store/objects" -type f | wc -l; }
before=$(objects)
later=$(date -u -d '31 days' '+%F %T')Z
MARVIN_NOW=$later runs 0 marvin store gc
expect_says '^1 artifact of no release, older than 30 days' "$STORY/out"
expect "young still" "$before" "$(objects)"
touch -d '2 days ago' "$MARVIN_HOME"/store/objects/*/*
MARVIN_NOW=$later runs 0 marvin store gc
expect "one went" $((before - 1)) "$(objects)"
runs 0 marvin store verify
sed -i 's/^boots = .*/boots = 3/' "$MARVIN_CONFIG/plans.d/toy.ini"
runs 0 bob queue "toy:side" --plan toy --machine here
expect "built again" "queued|waiting" "$(sql "SELECT b.state, j.state FROM job j JOIN job b ON b.id = j.needs_job_id WHERE j.boot = 3 AND j.state <> 'done' ORDER BY j.id DESC LIMIT 1")"
runs 0 bob --once
serve
expect "all done" 0 "$(sql "SELECT count(*) FROM job WHERE state <> 'done'")"
runs 0 marvin store verify

echo "# the doctor"
sed -i 's/^machines = .*/machines = here there/; s/^recipe = .*/recipe = recipes\/none/' "$MARVIN_CONFIG/trees.d/toy.ini"
sed -i 's/^benchmarks = .*/benchmarks = toybanch/' "$MARVIN_CONFIG/plans.d/toy.ini"
printf '[machine odd]\ndriver = locl\n' >"$MARVIN_CONFIG/machines.d/odd.ini"
printf '[plan x]\nboots = many\n' >"$MARVIN_CONFIG/plans.d/x.ini"
runs 1 marvin doctor
expect_says 'toy.ini:[0-9]+: there is no machine .there.' "$STORY/out"
expect_says 'recipes/none is no executable file' "$STORY/out"
expect_says 'plans.d/toy.ini:[0-9]+: .*toybanch' "$STORY/out"
expect_says 'odd.ini:2: ' "$STORY/out"
expect_says 'x.ini:2: ' "$STORY/out"
runs 1 marvin doctor --json
python3 -c 'import json, sys; assert {r["state"] for r in json.load(open(sys.argv[1]))} <= {"ok", "note", "mend"}' "$STORY/out"
echo ok
