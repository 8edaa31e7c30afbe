#!/bin/bash
# The worked example of the design, from an empty state folder: two releases, the second slower;
# the runner is killed at random moments and started again until it is done.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"

status=0 # a mistyped file leaves no server behind
marvin-report compare old.txt new.txt 2>"$STORY/err" || status=$?
expect "no file, no database" 3 "$status"
expect_says 'old.txt is no file here: there is no database yet in ' "$STORY/err"
expect "and none is made" "" "$(ls "$MARVIN_HOME" 2>/dev/null)"

tree=$STORY/toy
toy_tree "$tree"
toy_release "$tree" A-not-a-release 1000
toy_release "$tree" v1.0 1000
toy_release "$tree" v1.1-rc1 1000
toy_release "$tree" v1.1 1000
toy_release "$tree" v1.2 920
toy_config "$tree"

bob --once 2>"$STORY/bob.err" || { cat "$STORY/bob.err" && fail "bob --once ended with $?"; }
expect "releases found" "v1.0 v1.1 v1.2" "$(sql "SELECT string_agg(name, ' ' ORDER BY sort_key) FROM release")"
expect "builds done" 3 "$(sql "SELECT count(*) FROM build WHERE state = 'done'")"
expect "boots queued" 15 "$(sql "SELECT count(*) FROM job WHERE kind = 'boot' AND state = 'queued'")"
before=$(sql "SELECT (SELECT count(*) FROM release), (SELECT count(*) FROM job), (SELECT count(*) FROM build), (SELECT count(*) FROM definition)")
bob --once 2>"$STORY/bob.err"
expect "a second poll" "$before" "$(sql "SELECT (SELECT count(*) FROM release), (SELECT count(*) FROM job), (SELECT count(*) FROM build), (SELECT count(*) FROM definition)")"

RANDOM=4711
echo "# kills at moments from the seed 4711"
kills=0
while :; do
    setsid marvin run here --once 2>"$STORY/run.err" &
    pid=$!
    if [ "$kills" -lt 8 ]; then
        (sleep "0.$((RANDOM % 9))$((RANDOM % 10))" && kill -KILL "$pid") 2>/dev/null &
        killer=$!
        kills=$((kills + 1))
        done_early=yes
        wait "$pid" 2>/dev/null || done_early=no
        kill "$killer" 2>/dev/null || true
        wait "$killer" 2>/dev/null || true
        [ "$done_early" = no ] || break
    else
        wait "$pid" || { cat "$STORY/run.err" && fail "marvin run ended with $?"; }
        break
    fi
done
echo "# $kills kills"
expect "boots done" 15 "$(sql "SELECT count(*) FROM job WHERE kind = 'boot' AND state = 'done'")"
expect "accepted runs" 15 "$(sql "SELECT count(*) FROM run WHERE state = 'accepted'")"
expect "trials that count, one a boot" "15|15" "$(sql "SELECT count(*), count(DISTINCT job_id) FROM boot_sample WHERE state = 'done'")"
expect "samples a trial" "3|3" "$(sql "SELECT min(cardinality(value)), max(cardinality(value)) FROM boot_sample")"
expect "batteries complete" 3 "$(sql "SELECT count(*) FROM battery WHERE state = 'complete'")"
marvin run here --once || fail "an empty queue is no error"

marvin-report compare toy:v1.0 toy:v1.1 --format json >"$STORY/same.json" || fail "compare of equals ended with $?"
marvin-report compare toy:v1.1 toy:v1.2 --format json >"$STORY/slow.json" || status=$?
expect "exit status of a regression" 1 "${status:-0}"
python3 - "$STORY/same.json" "$STORY/slow.json" <<'PY'
import json, sys
same, slow = (json.load(open(path)) for path in sys.argv[1:])
for page in (same, slow):
    assert page["schema"] == 1 and set(page["family"]) == {"size", "q"}, page
    assert len(page["rows"]) == 1
row = same["rows"][0]
assert row["state"] == "same", row
row = slow["rows"][0]
assert row["state"] == "regressed", row
assert abs(row["ratio"] - 0.92) < 0.01, row
assert row["n_base"] == row["n_new"] == 5
assert row["benchmark"] == "toybench" and row["params"] == {"size": "1000"} and row["metric"] == "throughput", row
fields = "tree base_release new_release machine distro benchmark params metric unit better n_base n_new base new ratio ci_low ci_high p_mwu p_welch test p q q_red state reason mde boots_needed failed_base failed_new"
assert set(row) == set(fields.split()), set(row) ^ set(fields.split())
PY
echo "ok"

# refuses WHAT ARGUMENTS..: marvin-report says so, with status 3
refuses() {
    status=0
    marvin-report "${@:2}" >/dev/null 2>"$STORY/err" || status=$?
    expect "$1" 3 "$status"
    expect_says "$1" "$STORY/err"
}
refuses "there is no release 'v1.11'; did you mean 'v1.1'" compare v1.0 v1.11
refuses "there is no tree 'tyo'; did you mean 'toy'" compare tyo:v1.0 v1.1
refuses "there is no machine 'here2'; did you mean 'here'" compare v1.0 v1.1 --machine here2
refuses "there is no tree 'tyo'; did you mean 'toy'" changes --found --tree tyo
