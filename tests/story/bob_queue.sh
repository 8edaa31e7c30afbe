#!/bin/bash
# What is queued: new releases, plans, machines and boots once each; by hand a pre-release or any
# commit; a poll that failed is tried again; status says it all.
# shellcheck source=tests/story/bob_lib.sh
. "$(dirname "$0")/bob_lib.sh"

tree=$STORY/toy
toy_tree "$tree"
for tag in v0.9 v1.0 v1.1-rc1 v1.1; do toy_release "$tree" "$tag" 1000; done
git -C "$tree" tag -a -m "annotated" v1.2 HEAD
git -C "$tree" commit -q --allow-empty -m "after v1.2"
toy_config "$tree"
sed -i 's/^schedule = .*/schedule = monthly 17/' "$MARVIN_CONFIG/trees.d/toy.ini"
echo "first = v1.0" >>"$MARVIN_CONFIG/trees.d/toy.ini"
set_to() { sed -i "s/^$1 = .*/$1 = $2/" "$MARVIN_CONFIG/trees.d/toy.ini"; }
counts() { sql "SELECT (SELECT count(*) FROM job WHERE kind = 'build'), (SELECT count(*) FROM battery), (SELECT count(*) FROM job WHERE kind = 'boot')"; }
rows() { sql "SELECT (SELECT count(*) FROM release), (SELECT count(*) FROM subject), (SELECT count(*) FROM job), (SELECT count(*) FROM battery), (SELECT count(*) FROM build), (SELECT count(*) FROM definition), (SELECT count(*) FROM notice), (SELECT sum(times) FROM notice)"; }

echo "# the policy: two releases share a commit, one is older than the first, one is a pre-release"
MARVIN_NOW='2026-01-05 06:00Z' run 0
expect "releases" "v1.0 v1.1 v1.2" "$(sql "SELECT string_agg(name, ' ' ORDER BY sort_key) FROM release")"
expect "annotated" "v1.2" "$(sql "SELECT string_agg(name, ' ') FROM release WHERE annotated")"
expect "builds, batteries, boots: one a commit" "2|2|10" "$(counts)"
expect "the past fills up" 40 "$(sql "SELECT DISTINCT priority FROM battery")"
before=$(rows)
MARVIN_NOW='2026-01-06 06:00Z' run 0
MARVIN_NOW='2026-01-06 06:00Z' run 0 bob watch
expect "polling twice changes nothing" "$before" "$(rows)"
toy_release "$tree" v1.3 1000
MARVIN_NOW='2026-01-16 06:00Z' run 0
expect "it is not the 17th" "$before" "$(rows)"

echo "# a remote that is away on the 17th is asked again in the next round"
mv "$tree" "$tree.away"
MARVIN_NOW='2026-01-17 06:00Z' run 3
mv "$tree.away" "$tree"
MARVIN_NOW='2026-01-18 06:00Z' run 0
expect "a new release comes before the past" 30 "$(sql "SELECT b.priority FROM battery b JOIN release r USING (subject_id) WHERE r.name = 'v1.3'")"
expect "builds, batteries, boots" "3|3|15" "$(counts)"
expect "the slot that was served" "2026-01-17" "$(sql "SELECT (last_slot AT TIME ZONE 'UTC')::date FROM schedule WHERE kind = 'tree'")"

echo "# another machine, a plan, more boots: what is missing is queued, nothing is built again"
cat >"$MARVIN_CONFIG/machines.d/there.ini" <<'INI'
[machine there]
driver = local
cpus = 1
INI
printf '[plan wide]\nbenchmarks = toybench/size=1 toybench/size=2\nboots = 2\n' >"$MARVIN_CONFIG/plans.d/wide.ini"
printf '[plan same]\nbenchmarks = toybench/size=1000\nboots = 5\n' >"$MARVIN_CONFIG/plans.d/same.ini"
set_to machines "here there"
set_to plans "toy wide same"
MARVIN_NOW='2026-01-19 06:00Z' run 0
expect "3 releases x 2 machines x 2 plans (same is toy)" "3|12|42" "$(counts)"
sed -i 's/^boots = .*/boots = 7/' "$MARVIN_CONFIG/plans.d/toy.ini"
MARVIN_NOW='2026-01-20 06:00Z' run 0
expect "two boots more for toy" "3|12|54" "$(counts)"
sed -i 's/^summary = .*/summary = reworded/' "$MARVIN_CONFIG/benchmarks/toybench/benchmark.ini"
sed -i 's/^margin = .*//' "$MARVIN_CONFIG/plans.d/toy.ini" && echo "margin = 3%" >>"$MARVIN_CONFIG/plans.d/toy.ini"
MARVIN_NOW='2026-01-20 06:00Z' run 0
expect "words and margins are no other series" "3|12|54" "$(counts)"
sed -i 's/^pattern = .*/pattern = ^throughput: ([0-9.]+)/' "$MARVIN_CONFIG/benchmarks/toybench/benchmark.ini"
MARVIN_NOW='2026-01-20 06:00Z' run 0
expect "another extraction runs nothing again" "3|12|54" "$(counts)"
expect "the folder is in the store" t "$(sql "SELECT bool_and(body ? 'folder') FROM definition WHERE kind = 'benchmark'")"
folder=$(sql "SELECT body->>'folder' FROM definition WHERE kind = 'benchmark' LIMIT 1")
zstd -dc "$MARVIN_HOME/store/objects/${folder:0:2}/${folder:2}" | tar -t | grep -q '^run$' || fail "the stored folder has no run"
expect "all its plans say" '["here","there"]' "$(sql "SELECT jsonb_agg(DISTINCT m.name ORDER BY m.name) FROM battery b JOIN machine m ON m.id = b.machine_id" | tr -d ' ')"

echo "# by hand"
MARVIN_NOW='2026-01-20 06:00Z' run 0 bob queue v1.1-rc1 --urgent --plan wide --machine here
expect_says "^toy:v1.1-rc1 [0-9a-f]{12}: 1 new, 0 extended, 0 known" "$STORY/out"
expect "urgent" "10|2" "$(sql "SELECT b.priority, b.boots FROM battery b JOIN release r USING (subject_id) WHERE r.name = 'v1.1-rc1' AND r.prerelease")"
run 0 bob queue toy:main --plan toy --machine there
expect_says "0 new, 0 extended, 1 known" "$STORY/out" # main is v1.3
run 0 bob queue "toy:main~1" --plan toy --machine there
expect_says "1 new" "$STORY/out"
expect "a commit is no release" 0 "$(sql "SELECT count(*) FROM release r JOIN subject s ON s.id = r.subject_id WHERE s.summary = 'after v1.2'")"
run 0
expect "no other plan for the pre-release" 1 "$(sql "SELECT count(*) FROM battery b JOIN release r USING (subject_id) WHERE r.prerelease")"
run 3 bob queue toy:nothing
expect_says '"nothing" names no commit' "$STORY/err"
run 3 bob queue toi:v1.0
expect_says "there is no tree 'toi'.*did you mean 'toy'" "$STORY/err"
run 3 bob queue v1.0 --plan nosuch
expect_says "there is no plan 'nosuch'" "$STORY/err"
run 2 bob queue
run 0 bob queue toy:v1.3 --benchmark toybench/size=1000 --boots 2 --machine here --priority bisect --json
python3 - "$STORY/out" <<'PY'
import json, sys
got = json.load(open(sys.argv[1]))
assert got["subject"] == "v1.3" and len(got["commit"]) == 40, got
assert [(b["machine"], b["boots"], b["state"]) for b in got["batteries"]] == [("here", 2, "pending")], got
PY
run 0 bob queue toy:v1.3 --benchmark toybench/size=1000 --boots 3 --machine here --priority bisect
expect_says "0 new, 1 extended, 0 known" "$STORY/out"
expect "apart from the plan's battery" "20|3" "$(sql "SELECT priority, boots FROM battery WHERE plan = 'by hand'")"
run 2 bob queue toy:v1.3 --boots 3
expect_says "belong to --benchmark" "$STORY/err"
run 2 bob queue toy:v1.3 --priority soon
expect_says "expected urgent, bisect, normal or backfill" "$STORY/err"
run 2 bob queue toy:v1.3 --urgent --priority backfill
expect_says "give it or --priority backfill, not both" "$STORY/err"
run 0 bob queue toy:v1.3 --urgent --priority urgent
run 3 bob queue toy:v1.3 --benchmark toybenc
expect_says "^bob: --benchmark: .*toybenc" "$STORY/err"
toy_release "$tree" v1.4-rc1 1000
run 0 bob queue v1.4-rc1
expect_says "^toy:v1.4-rc1 " "$STORY/out"
toy_tree "$STORY/other" && toy_release "$STORY/other" v1.0 1000
sed "s|^\[tree toy\]|[tree other]|; s|^url = .*|url = $STORY/other|; s/^distros.*//" "$MARVIN_CONFIG/trees.d/toy.ini" >"$MARVIN_CONFIG/trees.d/other.ini"
run 0 bob watch other
run 3 bob queue v1.0
expect_says "'v1.0' is in the trees other and toy: write other:v1.0 or toy:v1.0" "$STORY/err"
run 0 bob queue v1.3
expect_says "^toy:v1.3" "$STORY/out"

echo "# distros and toolchains by version"
mkdir -p "$MARVIN_CONFIG/distros.d"
printf '[distro os-13]\nsuite = wheezy\n' >"$MARVIN_CONFIG/distros.d/os.ini"
printf 'distros = ..1.1:os-13 1.2..:os-14\ntoolchains = ..1.1:no-such-gcc-1 1.2..:gcc\n' >>"$MARVIN_CONFIG/trees.d/other.ini"
toy_release "$STORY/other" v1.1 1000
toy_release "$STORY/other" v1.2 1000
run 3 bob watch other
expect_says "other.ini:[0-9]+: there is no distro 'os-14'" "$STORY/err"
expect "v1.1" "no-such-gcc-1|os-13" "$(sql "SELECT DISTINCT j.toolchain, d.name FROM job j JOIN battery b USING (subject_id) JOIN distro d ON d.id = b.distro_id JOIN release r USING (subject_id) JOIN tree t ON t.id = r.tree_id WHERE j.kind = 'build' AND r.name = 'v1.1' AND t.name = 'other'")"
run 3
expect_says "queue: builds wait for a builder with the toolchain 'no-such-gcc-1'" "$STORY/err"
run 3
expect "said again" 0 "$(times no-such-gcc-1)"
expect "no builder here has that toolchain" queued "$(sql "SELECT DISTINCT j.state FROM job j WHERE j.toolchain = 'no-such-gcc-1'")"

echo "# a tree that is only built: what is there already is neither asked for nor written again"
rm "$MARVIN_CONFIG/trees.d/other.ini"
toy_tree "$STORY/alone"
for n in 0 1 2; do toy_release "$STORY/alone" "v1.$n" "100$n"; done
printf '[tree alone]\nurl = %s\nrecipe = recipes/toy\n' "$STORY/alone" >"$MARVIN_CONFIG/trees.d/alone.ini"
psql -XAtq -h "$MARVIN_HOME/postgres" -U postgres -d marvin -c "ALTER SYSTEM SET log_statement = 'all'" -c "SELECT pg_reload_conf()" >/dev/null
# asked COMMAND..: how many statements of it ask for a build, and what is in the queue then
asked() {
    local log=$MARVIN_HOME/postgres/log before
    before=$(wc -l <"$log")
    run 0 "$@"
    echo "$(tail -n +"$((before + 1))" "$log" | grep -cF 'queue_build($1' || true)" \
        "$(sql "SELECT count(*) FROM job JOIN subject s ON s.id = job.subject_id JOIN tree t ON t.id = s.tree_id WHERE t.name = 'alone' AND job.kind = 'build'")"
}
expect "three new ones" "3 3" "$(asked bob watch alone)"
expect "nothing new" "0 3" "$(asked bob watch alone)"
toy_release "$STORY/alone" v1.3 1003
expect "a fourth" "1 4" "$(asked bob watch alone)"
echo "build-deadline = 1h" >>"$MARVIN_CONFIG/trees.d/alone.ini"
expect "the same releases by other settings" "0 4" "$(asked bob watch alone)"
run 0
expect "all are built" 4 "$(sql "SELECT count(*) FROM job j JOIN subject s ON s.id = j.subject_id JOIN tree t ON t.id = s.tree_id WHERE t.name = 'alone' AND j.state = 'done'")"
sql "UPDATE artifact SET removed_at = marvin_now() WHERE hash = (SELECT j.artifact_hash FROM job j JOIN release r USING (subject_id) JOIN tree t ON t.id = r.tree_id WHERE t.name = 'alone' AND r.name = 'v1.1' AND j.kind = 'build')" >/dev/null
sed -i '$d' "$MARVIN_CONFIG/trees.d/alone.ini"
expect "one whose artifact is gone is asked for" "1 4" "$(asked bob watch alone)"

echo "# status"
run 0 bob status
expect_says "^toy +monthly 17 " "$STORY/out"
run 0 bob status toy
expect_says "^toy +v1.0 +done" "$STORY/out"
run 0 bob status toy --json
python3 - "$STORY/out" <<'PY'
import json, sys
rows = json.load(open(sys.argv[1]))
assert [r["subject"] for r in rows][:2] == ["v1.0", "v1.1-rc1"], rows
assert rows[0]["state"] == "done" and len(rows[0]["log"]) == 64 and rows[0]["artifact"] > 0
PY
run 3 bob status toi
echo "ok"
