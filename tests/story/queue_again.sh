#!/bin/bash
# What becomes of jobs that people took out of the queue, and how they come back to it.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$STORY/toy
toy_tree "$tree"
for n in 0 1 2 3; do toy_release "$tree" "v1.$n" 1000; done
toy_config "$tree"
sed -i 's/^boots = .*/boots = 2/; s/^iterations = .*/iterations = 1/' "$MARVIN_CONFIG/plans.d/toy.ini"

# boots RELEASE: its boot jobs
boots() { sql "SELECT string_agg(j.id::text, ' ' ORDER BY j.id) FROM job j JOIN battery b ON b.id = j.battery_id JOIN release r ON r.subject_id = b.subject_id WHERE r.name = '$1'"; }
# states RELEASE: of its battery and its boots
states() { sql "SELECT b.state || ': ' || (SELECT string_agg(j.state, ' ' ORDER BY j.id) FROM job j WHERE j.battery_id = b.id) FROM battery b JOIN release r USING (subject_id) WHERE r.name = '$1'"; }

runs 0 bob --once
echo "# what people cancelled never failed"
# shellcheck disable=SC2046
runs 0 marvin queue cancel $(boots v1.3) --why "the wrong tag"
expect "the battery" "cancelled: cancelled cancelled" "$(states v1.3)"
runs 0 marvin run here --once
runs 0 bob --once
pages=$MARVIN_HOME/site
expect_says '^v1.3,here,.*,cancelled,2,0,0,.*cancelled: the wrong tag' "$pages/toy/coverage.csv"
expect_says 'no-data,v1.3: cancelled: the wrong tag' "$pages/index.csv"
! grep -q ',failed,' "$pages/index.csv" || fail "the pages say that it failed"
toy_release "$tree" v1.4 1000
runs 0 bob watch toy
build=$(sql "SELECT max(id) FROM job WHERE kind = 'build'")
runs 0 marvin queue cancel "$build" --why "no need"
expect "without its build" "cancelled: failed failed" "$(states v1.4)"
expect "its boots say why" "the build cancelled: no need" "$(sql "SELECT DISTINCT reason FROM job WHERE needs_job_id = $build")"
runs 0 marvin queue retry "$build"
expect "and wait again" "pending: waiting waiting" "$(states v1.4)"
echo "# what was tried again reaches the pages"
runs 0 bob --once
runs 0 marvin run here --once
runs 0 bob --once
expect "all is shown" 0 "$(sql "SELECT count(*) FROM battery WHERE reported_at IS NULL")"
# shellcheck disable=SC2046
runs 0 marvin queue retry $(boots v1.3)
expect "asked for again" "pending: queued queued" "$(states v1.3)"
runs 0 marvin run here --once
runs 0 bob --once
expect_says '^v1.3,here,.*,complete,2,2,0,' "$pages/toy/coverage.csv"

echo "# who asks by name for what was cancelled gets it"
toy_release "$tree" v1.5 1000
runs 0 bob --once
# shellcheck disable=SC2046
runs 0 marvin queue cancel $(boots v1.5) --why "no time"
runs 0 bob --once
expect "bob does not bring it back" "cancelled: cancelled cancelled" "$(states v1.5)"
printf '# by another recipe\n' >>"$MARVIN_CONFIG/recipes/toy"
builds=$(sql "SELECT count(*) FROM job WHERE kind = 'build'")
runs 0 bob queue toy:v1.5 --urgent
expect_says ': 0 new, 0 extended, 1 queued again, 0 known battery' "$STORY/out"
expect "both boots" "pending: queued queued" "$(states v1.5)"
expect "urgent" 10 "$(sql "SELECT DISTINCT priority FROM job WHERE state = 'queued' AND kind = 'boot'")"
runs 0 bob queue toy:v1.5
expect_says ': 0 new, 0 extended, 1 known battery' "$STORY/out"
expect "no build that nothing waits for" "$builds" "$(sql "SELECT count(*) FROM job WHERE kind = 'build'")"
runs 0 marvin run here --once
printf '#!/bin/sh\nexit 1\n' >"$MARVIN_CONFIG/recipes/toy"
toy_release "$tree" v1.6 1000
runs 0 bob --once
expect "its build fails" "failed: failed failed" "$(states v1.6)"
runs 0 bob queue toy:v1.6
expect_says ': 0 new, 0 extended, 1 known battery' "$STORY/out"
expect_says "^toy:v1.6 on here, plan toy: failed: .*; .marvin queue retry $(boots v1.6). has it tried again" "$STORY/out"
toy_release "$tree" v1.7 1000
runs 0 bob watch toy
runs 0 marvin queue cancel "$(sql "SELECT max(id) FROM job WHERE kind = 'build'")"
expect "without its build" "cancelled: failed failed" "$(states v1.7)"
printf '#!/bin/sh\ncc -O2 -o "$MARVIN_OUT/toy" "$MARVIN_SOURCE/toy.c"\n' >"$MARVIN_CONFIG/recipes/toy"
runs 0 bob queue toy:v1.7
expect_says ': 0 new, 1 extended, 0 known battery' "$STORY/out"
runs 0 bob --once
runs 0 marvin run here --once
expect "by the recipe as it is" "complete: done done" "$(states v1.7)"

echo "# a runner that was killed in a boot"
printf '[marvin]\nlease = 10s\nguard = 1s\n' >"$MARVIN_CONFIG/marvin.ini"
cat >"$MARVIN_CONFIG/benchmarks/toybench/run" <<RUN
#!/bin/sh
[ ! -e $STORY/slow ] || sleep 300
exec "\$MARVIN_ARTIFACT/toy" --size "\$MARVIN_P_SIZE"
RUN
toy_release "$tree" v1.8 1000
runs 0 bob --once
reason() { marvin queue --json | python3 -c 'import json, sys; print([j["reason"] for j in json.load(sys.stdin) if j["job"] == int(sys.argv[1])][0])' "$1"; }
touch "$STORY/slow"
setsid marvin run here --once >"$STORY/runner" 2>&1 &
runner=$!
for _ in $(seq 200); do
    [ "$(sql "SELECT count(*) FROM run WHERE state = 'running'")" = 0 ] || break
    sleep 0.1
done
job=$(sql "SELECT job_id FROM run WHERE state = 'running'")
expect_says "^at marvin run on .*, about 1 min left" <(reason "$job")
kill -KILL -- "-$runner"
wait "$runner" 2>/dev/null || true
rm "$STORY/slow"
sql "UPDATE lease SET ends_at = marvin_now() - interval '2 s' WHERE released_at IS NULL"
expect_says '^waits for here, next; marvin run on .* did not come back to it$' <(reason "$job")
runs 0 marvin queue hold "$job" --why "let it be"
expect "held" "held|interrupted" "$(sql "SELECT j.state, r.state FROM job j JOIN run r ON r.job_id = j.id WHERE j.id = $job")"
runs 0 marvin queue release "$job"
runs 0 marvin queue move "$job" --to last
runs 0 marvin run here --once
expect "and it was done" "complete: done done" "$(states v1.8)"

echo "# a machine that its runner cannot reach says so"
printf '[machine away]\ntransport = ssh nobody@127.0.0.1 -p 1\ncpus = 1\n' >"$MARVIN_CONFIG/machines.d/away.ini"
runs 0 bob queue toy:v1.8 --machine away
runs 5 marvin run away --once
runs 0 marvin-inventory show away
expect_says 'trouble +its runner left before its first boot: away does not answer over ssh' "$STORY/out"
# shellcheck disable=SC2046
runs 0 marvin queue cancel $(sql "SELECT string_agg(j.id::text, ' ') FROM job j JOIN machine m ON m.id = j.machine_id WHERE m.name = 'away'")

echo "# moving takes the build along, and keeps the order"
toy_release "$tree" v1.9 1000
runs 0 bob watch toy
read -r -a jobs <<<"$(boots v1.9)"
runs 0 marvin queue move "${jobs[0]}" --to urgent
expect "its build too" 10 "$(sql "SELECT b.priority FROM job b JOIN job j ON j.needs_job_id = b.id WHERE j.id = ${jobs[0]}")"
runs 0 marvin queue move "${jobs[0]}" --to normal
runs 0 bob --once
runs 0 marvin queue move "${jobs[0]}-${jobs[1]}" --to first
expect "as they were named" "${jobs[*]}" "$(sql "SELECT string_agg(id::text, ' ' ORDER BY priority, rank, id) FROM job WHERE kind = 'boot' AND state = 'queued'")"
runs 0 marvin queue move "${jobs[0]}-${jobs[1]}" --to last
expect "at the end too" "${jobs[*]}" "$(sql "SELECT string_agg(id::text, ' ' ORDER BY priority, rank, id) FROM job WHERE kind = 'boot' AND state = 'queued'")"

echo "# nobody is at work"
expect_says '^waits for here, next' <(reason "${jobs[0]}")
sql "UPDATE lease SET released_at = '2026-01-02 03:04Z', ends_at = '2026-01-02 03:04Z'; UPDATE builder SET last_seen_at = '2026-01-02 03:05Z'"
expect "no runner" "waits for here, next; no runner has been there since 2026-01-02 03:04 UTC" "$(reason "${jobs[0]}")"
expect "no time is promised" None "$(marvin queue --json | python3 -c 'import json, sys; print({j["about_s"] for j in json.load(sys.stdin)}.pop())')"
toy_release "$tree" v2.0 1000
runs 0 bob watch toy
build=$(sql "SELECT max(id) FROM job WHERE kind = 'build'")
expect "no builder" "waits for a builder, next; no builder has been seen since 2026-01-02 03:05 UTC" "$(reason "$build")"
expect "its boots say so" "waits for the build, job $build; no builder has been seen since 2026-01-02 03:05 UTC" "$(reason $((build + 1)))"
mv "$MARVIN_CONFIG/machines.d/here.ini" "$STORY/here.ini"
expect_says "^waits for here, next; .*; the settings have no machine here$" <(reason "${jobs[0]}")
mv "$STORY/here.ini" "$MARVIN_CONFIG/machines.d/here.ini"

echo "# a release whose tag is gone upstream"
git -C "$tree" tag -d v1.3 >/dev/null
runs 0 bob watch toy
printf '[plan more]\nbenchmarks = toybench/size=2\nboots = 1\n' >"$MARVIN_CONFIG/plans.d/more.ini"
runs 0 bob queue toy:v1.3 --plan more
expect_says '^toy:v1.3 [0-9a-f]{12}: 1 new' "$STORY/out"
expect_says 'the tree toy has no tag v1.3 any more; the release is [0-9a-f]{12}, as it was found' "$STORY/err"
expect "it is that release" 2 "$(sql "SELECT count(*) FROM battery b JOIN release r USING (subject_id) WHERE r.name = 'v1.3'")"
runs 3 bob queue toy:v9.9
expect_says '"v9.9" names no commit' "$STORY/err"

echo "# a second tag on a commit"
git -C "$tree" tag v01.1 v1.5^{}
runs 0 bob watch toy
runs 0 bob status toy
expect_says '^toy +v1.5 = v01.1 +done' "$STORY/out"
runs 0 bob queue toy:v01.1 --plan more
expect_says '^ *[0-9]+ +boot +toy +v1.5 +here +more ' <(marvin queue)
echo ok
