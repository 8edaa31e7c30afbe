#!/bin/bash
# marvin-bisect over the queue: the planted commit among 64, by ordinary builds and boots, while a
# tenth of the commits do not build and the planner is killed three times; its revert recovers the
# loss; what there was before is evidence; a change that is none does not reproduce.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$STORY/toy
toy_tree "$tree"
toy_config "$tree"
toy_release "$tree" v1.0 1000
for i in $(seq 1 63); do
    value=1000
    [ "$i" -lt 41 ] || value=996
    sed -i "s|printf(.*|printf(\"throughput: %.4f ops/s\\\\n\", $value * (1 + 0.004 * ((double)rand() / RAND_MAX - 0.5)));|" "$tree/toy.c"
    [ $((i % 10)) -ne 5 ] || sed -i 's|^int main|#error "does not build"\nint main|' "$tree/toy.c"
    echo "$i" >"$tree/change-$i"
    git -C "$tree" add -A
    git -C "$tree" commit -q -m "toy: change $i"
    [ $((i % 10)) -ne 5 ] || sed -i '/^#error/d' "$tree/toy.c"
done
git -C "$tree" tag v1.1
culprit=$(git -C "$tree" log --format=%H --grep='^toy: change 41$')
bob --once >/dev/null 2>&1 || fail "bob --once"
marvin run here --once >/dev/null 2>&1 || fail "marvin run"
before=$(sql "SELECT count(*) FROM run WHERE state = 'accepted'")
expect "five boots of both releases were there" 10 "$before"

echo "# asked for, and killed three times on the way"
ask=(--tree toy --good v1.0 --bad v1.1 --benchmark toybench --machine here --iterations 1 --stop 0.95)
marvin-bisect start "${ask[@]}" --once >"$STORY/out" 2>"$STORY/err" || fail "start: $(cat "$STORY/err")"
coproc other { psql -XAtq -h "$MARVIN_HOME/postgres" -U marvin_admin -d marvin; }
printf '%s\n' "SELECT pg_advisory_lock(hashtext('marvin bisection'), 1);" '\echo held' >&"${other[1]}"
until [ "${line:-}" = held ]; do read -r line <&"${other[0]}"; done
status=0
marvin-bisect resume 1 --once >/dev/null 2>"$STORY/err" || status=$?
expect "a second planner" 3 "$status"
expect_says 'another process plans for the bisection 1' "$STORY/err"
marvin-bisect status 1 >"$STORY/out" || fail "status while another process plans"
expect_says '^ends +' "$STORY/out"
printf '\\q\n' >&"${other[1]}"
wait
for seconds in 2.3 4.1 3.2; do
    timeout -s KILL "$seconds" marvin-bisect resume 1 --work >/dev/null 2>&1 && break
done
marvin-bisect resume 1 --work --json >"$STORY/answer.json" 2>"$STORY/err" || { cat "$STORY/err" >&2; fail "resume"; }
python3 - "$STORY/answer.json" "$culprit" <<'PY'
import json, sys
a = json.load(open(sys.argv[1]))
print({k: a[k] for k in ("state", "probability", "runs", "builds", "effect", "ci_low", "ci_high", "revert")})
assert a["state"] == "found" and a["culprit"] == sys.argv[2], a
assert a["probability"] >= .95 and -.006 < a["effect"] < -.002, a
assert a["credible_set"][0]["commit"] == sys.argv[2], a
PY
expect "no boot twice" 0 "$(sql "SELECT count(*) FROM (SELECT job_id FROM run WHERE state = 'accepted' GROUP BY job_id HAVING count(*) > 1) x")"
# Every boot that gave a value is one of those that it says it ran: the revert's are of the verification.
expect "the boots that it tells of" "$(sql "SELECT count(*) FROM bisection_request q JOIN job j ON j.battery_id = q.battery_id AND j.boot BETWEEN q.first_boot AND q.last_boot
    JOIN run r ON r.job_id = j.id AND r.state = 'accepted' JOIN trial t ON t.run_id = r.id AND t.state = 'done'
    WHERE q.bisection_id = 1")" "$(python3 -c 'import json, sys; print(sum(json.load(open(sys.argv[1]))["runs"].values()))' "$STORY/answer.json")"
[ "$(sql "SELECT count(*) FROM bisection_request WHERE bisection_id = 1 AND purpose = 'revert'")" -gt 0 ] || fail "no revert was measured"
expect "nothing waits for it any more" 0 "$(sql "SELECT count(*) FROM job WHERE state IN ('waiting', 'queued', 'held', 'claimed')")"
expect "the pages' batteries have no boot more" "5|5" "$(sql "SELECT min(boots), max(boots) FROM battery WHERE plan = 'toy'")"
marvin-bisect report 1 >"$STORY/out"
cat "$STORY/out"
expect_says "^ends .*: reproduces" "$STORY/out"
expect_says "^culprit +$culprit" "$STORY/out"
expect_says "^revert +on v1.1 it recovers [0-9]+ %" "$STORY/out"
marvin-bisect report 1 --format mail >"$STORY/mail"
expect_says "^Subject: \[toy\]  ${culprit:0:10}:  toybench.throughput -0.[0-9]% regression" "$STORY/mail"
marvin-bisect report 1 --format log >"$STORY/log"
marvin-bisect log 1 | cmp - "$STORY/log" || fail "log 1 is not the report's log"
expect "its metric is kept by name" throughput "$(sql "SELECT metric FROM bisection WHERE id = 1")"
git clone -q "$tree" "$STORY/clone"
git -C "$STORY/clone" bisect replay "$STORY/log" >"$STORY/replayed"
expect_says "$culprit is the first bad commit" "$STORY/replayed"
marvin-bisect status >"$STORY/out"
expect_says "^ *1 +toy +v1.0 +v1.1 .* found +${culprit:0:12}" "$STORY/out"
marvin-report site --output "$STORY/site" >/dev/null
expect_says "toy: change 41" "$STORY/site/toy/bisections/1.html"
grep -q 'toy/bisections/1.html' "$STORY/site/index.html" || fail "the dashboard does not name the bisection"
tidy -eq "$STORY/site/toy/bisections/1.html" || fail "tidy"
# What a page says of a second culprit, and of commits that no testable one tells apart.
answer=$(sql "SELECT answer FROM bisection WHERE id = 1")
more='{"probability": 0.07, "class_probability": 0.98, "further_culprits": [{"commit": "0123456789abcdef", "subject": "toy: <b>", "effect": -0.02, "ci_low": -0.03, "ci_high": -0.01, "probability": 0.97}]}'
sql "UPDATE bisection SET answer = answer || '$more' WHERE id = 1" >/dev/null
marvin-report site --output "$STORY/site" >/dev/null
expect_says '0123456789ab .*toy: &lt;b&gt;.*: -2.00 % \[-3.00, -1.00\], probability 0.97<' "$STORY/site/toy/bisections/1.html"
expect_says '0.07; 0.98 with commits that no testable one tells from it<' "$STORY/site/toy/bisections/1.html"
sql "UPDATE bisection SET answer = '${answer//\'/\'\'}' WHERE id = 1" >/dev/null

echo "# again: what was run is evidence, and hardly anything is left to do"
marvin-bisect start "${ask[@]}" --work --json >"$STORY/again.json" 2>"$STORY/err" || { cat "$STORY/err" >&2; fail "again"; }
python3 - "$STORY/again.json" "$culprit" <<'PY'
import json, sys
a = json.load(open(sys.argv[1]))
assert a["state"] == "found" and a["culprit"] == sys.argv[2], a
assert sum(a["runs"].values()) <= 3, a["runs"]
PY

echo "# no change between the ends"
status=0
marvin-bisect start --tree toy --good v1.0 --bad "${culprit}~1" --benchmark toybench --machine here --iterations 1 \
    --reported -0.4% --work --json >"$STORY/none.json" 2>"$STORY/err" || status=$?
expect "the answer is no" 1 "$status"
expect_says '"state": "not-reproduced"' "$STORY/none.json"

echo "# a broken end, an unknown one, swapped ones, a stop"
broken=$(git -C "$tree" log --format=%H --grep='^toy: change 25$')
refused() { # STATUS PATTERN arguments ..
    local want=$1 pattern=$2 status=0
    shift 2
    marvin-bisect start --tree toy --benchmark toybench --machine here --work "$@" >"$STORY/out" 2>"$STORY/err" || status=$?
    expect "status of $*" "$want" "$status"
    cat "$STORY/out" "$STORY/err" >"$STORY/both"
    expect_says "$pattern" "$STORY/both"
}
refused 6 "the bad endpoint ${broken:0:12}.* cannot be built" --good v1.0 --bad "$broken" --iterations 1
refused 3 "v9.9" --good v1.0 --bad v9.9
refused 3 "bad 'v1.0' is an ancestor of good 'toy:v1.1': are they swapped" --good toy:v1.1 --bad v1.0
refused 3 "good 'v1.0' is an ancestor of bad 'v1.1': .* With --find fix the bad commit comes first" --good v1.0 --bad v1.1 --find fix
refused 3 "there is no machine 'her'.*did you mean 'here'" --good v1.0 --bad v1.1 --machine her
refused 3 "has no metric" --good v1.0 --bad v1.1 --metric speed
# What is refused after it was noted leaves no row: the queue does not know the recipe.
bisections=$(sql "SELECT count(*) FROM bisection")
mv "$MARVIN_CONFIG/recipes/toy" "$MARVIN_CONFIG/recipes/toy.away"
refused 5 "recipe" --good v1.0 --bad v1.1~3
mv "$MARVIN_CONFIG/recipes/toy.away" "$MARVIN_CONFIG/recipes/toy"
expect "bisections after one that was refused" "$bisections" "$(sql "SELECT count(*) FROM bisection")"
expect "none runs" 0 "$(sql "SELECT count(*) FROM bisection WHERE state = 'running'")"
marvin-bisect start --tree toy --good v1.0 --bad v1.1~2 --benchmark toybench --machine here --once >"$STORY/out" 2>&1 || fail "start --once: $(cat "$STORY/out")"
id=$(sql "SELECT max(id) FROM bisection")
marvin-bisect stop "$id" >"$STORY/out"
expect_says "stopped, [1-9][0-9]* boots are asked for no more" "$STORY/out"
expect "nothing waits for it" 0 "$(sql "SELECT count(*) FROM job WHERE kind = 'boot' AND state IN ('waiting', 'queued')")"

echo "# a machine of its own: what others ask for waits, and says why"
sql "UPDATE bisection SET options = options || '{\"exclusive\": true}' WHERE id = $id"
bob queue toy:v1.0 --benchmark toybench/size=7 --boots 1 --machine here --urgent >/dev/null
marvin-bisect resume "$id" --once >/dev/null 2>&1
marvin queue list >"$STORY/out"
expect_says "waits: the bisection $id has here to itself" "$STORY/out"
# Step by step: what a step says is what the list says, also between "found" and the end of its checks.
checked=no
until grep -q '"state": "found"' "$STORY/resumed.json" 2>/dev/null; do
    marvin-bisect resume "$id" --once --json >"$STORY/resumed.json" 2>"$STORY/err" || { cat "$STORY/err" >&2; fail "resume"; }
    expect "the state of the list" "$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["state"])' "$STORY/resumed.json")" "$(sql "SELECT state FROM bisection WHERE id = $id")"
    if grep -q '"culprit": "' "$STORY/resumed.json" && grep -q '"state": "running"' "$STORY/resumed.json"; then
        checked=yes
        marvin-bisect report "$id" >"$STORY/out"
        expect_says '^running +boots that check this answer' "$STORY/out"
    fi
    bob builder --once >/dev/null 2>&1 || true
    marvin run here --once >/dev/null 2>&1 || true
done
expect "a step between" yes "$checked"
expect_says "\"culprit\": \"$culprit\"" "$STORY/resumed.json"
expect "others ran behind it" t "$(sql "
    SELECT (SELECT coalesce(min(r.started_at), 'infinity') FROM run r JOIN battery b ON b.id = r.battery_id JOIN trial t ON t.run_id = r.id
            WHERE t.trial_key = 'toybench/size=7') > (SELECT max(r.started_at) FROM run r JOIN bisection_request q ON q.battery_id = r.battery_id
            WHERE q.bisection_id = $id AND q.purpose = 'endpoints')")"
echo "ok"
