#!/bin/bash
# Runs of MMTests in the database: whole, once, judged as their folders are, extracted again from
# the store, and whatever is bad in them told and the rest kept.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"
cases=${MARVIN_SOURCE_DIR:?the folder of the source}/tests/data/mmtests

# compare_both TREE BASE NEW FOLDER: the judgement of the database is that of the folders.
compare_both() {
    local status=0
    marvin-report compare "$1:$2" "$1:$3" --json >"$STORY/db.json" 2>"$STORY/err" || status=$?
    [ "$status" -le 1 ] || { cat "$STORY/err" >&2 && fail "compare $1 ended with $status"; }
    marvin-report compare "$4/$2" "$4/$3" --json >"$STORY/files.json" 2>/dev/null || true
    python3 - "$STORY" "$1" <<'PY'
import json, sys
read = lambda name: {(r["benchmark"], json.dumps(r["params"], sort_keys=True), r["metric"]): r
                     for r in json.load(open(f"{sys.argv[1]}/{name}.json"))["rows"]}
db, files = read("db"), read("files")
assert db.keys() == files.keys() and db, (sys.argv[2], db.keys() ^ files.keys())
for key, row in db.items():
    for field in row.keys() - {"tree", "machine", "distro"}:
        a, b = row[field], files[key][field]  # rows stand in another order: sums differ in the last bit
        close = isinstance(a, float) and isinstance(b, float) and abs(a - b) <= 1e-12 * abs(a)
        assert a == b or close, (sys.argv[2], key, field, a, b)
    assert row["machine"] == "ivor"
PY
}

# The cases, each as a tree of its own.
for case in s12-aim9:6.1-vanilla:6.2-vanilla r01-hackbench:6.1-vanilla:6.1-busy r06-fio:6.1-vanilla:6.1-busy \
    s13-edge-kernbench:base-one:comp-two m13-dbench:6.1-vanilla:6.2-rc3 x01-zeros:a-1:z-1; do
    IFS=: read -r name base new <<<"$case"
    marvin import mmtests "$cases/$name/log" --machine ivor --tree "$name" >"$STORY/out" 2>"$STORY/err" ||
        { cat "$STORY/err" >&2 && fail "import of $name"; }
    [ -d "$cases/$name/log/$base" ] || fail "$name has the runs $(ls "$cases/$name/log")"
    compare_both "$name" "$base" "$new" "$cases/$name/log"
done
# One side from the database, the other a folder.
status=0
marvin-report compare s12-aim9:6.1-vanilla "$cases/s12-aim9/log/6.2-vanilla" >"$STORY/out" 2>/dev/null || status=$?
expect "a release against a folder" 1 "$status"
expect_says '4 comparisons, 1 regressed, 1 improved, 2 same' "$STORY/out"
expect_says '^6.1-busy/iter-0: new, ' <(marvin import mmtests "$cases/r01-hackbench/log/6.1-busy" --machine ivy 2>/dev/null)

# A second time nothing is stored, and that is said.
count() { sql 'SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM trial), (SELECT count(*) FROM sample), (SELECT count(*) FROM battery)'; }
before=$(count) objects=$(find "$MARVIN_HOME/store" -type f | wc -l)
marvin import mmtests "$cases/s12-aim9/log" --machine ivor --tree s12-aim9 >"$STORY/out"
expect_says '^4 boots: 0 imported, 4 known already and not stored again$' "$STORY/out"
expect "rows after a second import" "$before" "$(count)"
expect "objects after a second import" "$objects" "$(find "$MARVIN_HOME/store" -type f | wc -l)"

# A run as a machine leaves it: environment, monitors, a test that failed, one that did not end,
# one of a benchmark that nobody knows, damaged and oversized files, links and names that lead away.
run=$STORY/log/6.9-rc1-test
mkdir -p "$run"/iter-{0,1}/{perfpipe,stream,kernbench}/logs "$run/iter-0/newbench/logs"
for i in 0 1; do
    begin=$((1795226675 + 1000 * i))
    printf 'start :: %d\ntest begin :: perfpipe %d\ntest end :: perfpipe %d 0\ntime :: perfpipe 0.17 user 0.50 system 0.70 elapsed\n' \
        $begin $((begin + 10)) $((begin + 20)) >"$run/iter-$i/tests-timestamp"
    printf '8.38475%d usecs/op\n' $i >"$run/iter-$i/perfpipe/logs/benchlog-_-_-1"
    echo "Linux ivor 6.9.0-rc1 #1 SMP x x86_64 GNU/Linux" >"$run/iter-$i/kernel.version"
    printf 'Model name: Some CPU\nCPU(s): 8\n' | gzip -n >"$run/iter-$i/lscpu.txt.gz"
    printf 'version :: 1\nMemTotal:       16310000 kB\n' | gzip -n >"$run/iter-$i/tests-sysstate.gz"
    echo "time: 1795226690" >"$run/iter-$i/mpstat-perfpipe"
done
printf 'test begin :: stream 1795226700\ntest end :: stream 1795226710 3\ntest begin :: ../evil 1795226711\nnonsense\n' >>"$run/iter-0/tests-timestamp"
printf 'test begin :: kernbench 1795226720\n' >>"$run/iter-0/tests-timestamp"
printf 'Copy: 19059.8 1 1 1\n' >"$run/iter-0/stream/logs/benchlog-1-_-1"
printf '0.80user 0.19system 0:01.01elapsed 98%%CPU\n' | gzip -n | head -c 30 >"$run/iter-0/kernbench/logs/time-4-1.gz"
ln -s /etc/passwd "$run/iter-0/perfpipe/logs/benchlog-_-_-2"
ln -s /etc "$run/iter-1/evil"
mkdir "$run/iter-1/linked" && ln -s "$run/iter-0/perfpipe/logs" "$run/iter-1/linked/logs"
mkfifo "$run/iter-1/perfpipe/logs/benchlog-_-_-3"
echo "1 status :: 0" >"$run/mmtests-activity"
marvin import mmtests "$STORY/log" --json >"$STORY/out" 2>"$STORY/err" || { cat "$STORY/err" >&2 && fail "a bad part spoilt the whole"; }
python3 - "$STORY/out" <<'PY'
import json, sys
boots = json.load(open(sys.argv[1]))["boots"]
assert [(b["source"], b["tree"], b["release"], b["machine"], b["state"]) for b in boots] == [
    (f"6.9-rc1-test/iter-{i}", "mmtests", "6.9-rc1-test", "ivor", "new") for i in (0, 1)], boots
assert boots[0]["failed"] == 3 and boots[1]["trials"] >= 1, boots
PY
expect_says 'iter-0/tests-timestamp:[0-9]+: .*evil' "$STORY/err"
expect_says 'time-4-1.gz: is damaged' "$STORY/err"
expect_says 'stream: failed with status 3' "$STORY/err"
runs="run_id IN (SELECT i.run_id FROM import i WHERE i.source LIKE '6.9-rc1-test/%')"
expect "states" "kernbench:failed:begun and not ended,newbench:failed:of a benchmark that has no parser here,perfpipe:done:,stream/threads=1:failed:failed with status 3" \
    "$(sql "SELECT string_agg(trial_key || ':' || state || ':' || coalesce(message, ''), ',' ORDER BY trial_key) FROM trial WHERE $runs AND run_id = (SELECT min(run_id) FROM import WHERE source LIKE '6.9-rc1-test/%')" | sed 's/kernbench[^:]*/kernbench/')"
expect "values" "{8.38475}{8.384751}" "$(sql "SELECT string_agg(value::text, '' ORDER BY run_id) FROM sample WHERE state = 'done' AND $runs" | sed 's/8.384750/8.38475/')"
expect "nothing of a failed test counts" 0 "$(sql "SELECT count(*) FROM sample WHERE state = 'failed' AND value IS NOT NULL")"
expect "time stamps" "2026-11-21 02:04:45+00" "$(sql "SELECT min(started_at AT TIME ZONE 'UTC')::text || '+00' FROM trial WHERE $runs AND benchmark = 'perfpipe'")"
expect "the environment" "Some CPU|8|x86_64|16 GiB" "$(sql "SELECT DISTINCT must->>'cpu', must->>'cpus', must->>'architecture', must->>'memory' FROM run r JOIN fingerprint f ON f.hash = r.fingerprint_hash WHERE r.id IN (SELECT run_id FROM import WHERE source LIKE '6.9-rc1-test/%')")"
expect "exit codes, times, monitors" '0|0.7|["mpstat-perfpipe"]|3' "$(sql "SELECT facts->'tests'->0->>'exit', (facts->'tests'->0->>'elapsed_s')::float8, facts->'tests'->0->'monitors', facts->'tests'->1->>'exit' FROM import WHERE source = '6.9-rc1-test/iter-0'")"

# What is kept of it: the whole iteration, the files beside it, nothing from behind a link.
marvin store verify >/dev/null
raw=$(sql "SELECT DISTINCT raw_hash FROM trial WHERE $runs AND benchmark = 'newbench'")
zstd -dc "$MARVIN_HOME/store/objects/${raw:0:2}/${raw:2}" | tar -tf - >"$STORY/kept"
expect_says 'mpstat-perfpipe$' "$STORY/kept"
expect_says 'lscpu.txt.gz$' "$STORY/kept"
file=$(sql "SELECT files->0->>'hash' FROM import WHERE source = '6.9-rc1-test/iter-0'")
expect "mmtests-activity" "1 status :: 0" "$(zstd -dc "$MARVIN_HOME/store/objects/${file:0:2}/${file:2}")"
marvin store gc --dry-run >"$STORY/out" 2>&1 || marvin store gc --help >/dev/null
marvin doctor >"$STORY/out"
expect_says '0 missing' "$STORY/out"

# It goes on: the boot that was not at its end is replaced, the other one is known.
printf 'test end :: kernbench 1795226790 0\nfinish :: 1795226800\n' >>"$run/iter-0/tests-timestamp"
printf '0.80user 0.19system 0:01.01elapsed 98%%CPU\n' | gzip -n >"$run/iter-0/kernbench/logs/time-4-1.gz"
marvin import mmtests "$run" >"$STORY/out" 2>/dev/null
expect_says '^6.9-rc1-test/iter-0: replaced, mmtests:6.9-rc1-test on ivor' "$STORY/out"
expect_says '^6.9-rc1-test/iter-1: known' "$STORY/out"
expect "what counts" "accepted|2" "$(sql "SELECT r.state, count(*) FROM run r JOIN import i ON i.run_id = r.id WHERE i.source LIKE '6.9-rc1-test/%' AND r.state = 'accepted' GROUP BY 1")"
expect "kernbench is done" 3 "$(sql "SELECT count(*) FROM boot_sample WHERE trial_key = 'kernbench/threads=4' AND state = 'done' AND tree_id = (SELECT id FROM tree WHERE name = 'mmtests')")"

# In the wrong place: stored in the right one instead.
marvin import mmtests "$run" --tree mainline --release v6.9-rc1 --again >"$STORY/out" 2>/dev/null
expect_says '^6.9-rc1-test/iter-1: replaced, mainline:v6.9-rc1 on ivor' "$STORY/out"
expect "the old place is empty" 0 "$(sql "SELECT count(*) FROM boot_sample b JOIN release r ON r.subject_id = b.subject_id WHERE r.name = '6.9-rc1-test'")"

# A benchmark without a parser here, through parse-results of a source tree of MMTests. One that
# prints rubbish spoils its rows alone.
src=$STORY/checkout/shellpack_src/src/newbench
mkdir -p "$src"
printf '#!/bin/sh\nprintf "speed\\t4\\t_\\t1\\t%%s.5\\t_\\nspeed\\t4\\t_\\t2\\tnan\\t_\\nrubbish\\n" "$(cat "$1/log")"\n' >"$src/parse-results"
chmod +x "$src/parse-results"
echo 7 >"$run/iter-0/newbench/logs/log"
marvin import mmtests "$run" --tree mainline --release v6.9-rc1 --again --mmtests "$STORY/checkout" >"$STORY/out" 2>"$STORY/err"
expect_says '^6.9-rc1-test/iter-0: (new|replaced), mainline:v6.9-rc1 on ivor' "$STORY/out"
expect "its value" 'newbench/a=4|speed|{7.5}' "$(sql "SELECT t.trial_key, m.name, s.value FROM sample s JOIN trial t ON t.id = s.trial_id AND t.run_id = s.run_id JOIN metric m ON m.id = s.metric_id WHERE t.benchmark = 'newbench' AND s.state = 'done'")"

# Samples anew, from the store: what a parser had wrong is right again, everything else stays.
marvin extract --again tree=mainline >"$STORY/out" 2>/dev/null
expect_says '^[0-9]+ trials: 0 changed' "$STORY/out"
psql -XAtq -h "$MARVIN_HOME/postgres" -U marvin_admin -d marvin -c "UPDATE marvin.sample SET value = '{1}' WHERE run_id IN (SELECT id FROM marvin.run WHERE state = 'accepted') AND value = '{8.384751}'"
marvin extract --again tree=mainline >"$STORY/out" 2>/dev/null
expect_says '^[0-9]+ trials: 1 changed' "$STORY/out"
expect "the value of the raw files" '{8.384751}|2' "$(sql "SELECT DISTINCT value, extraction FROM sample WHERE value = '{8.384751}' AND extraction > 1")"

# Of damaged logs one gives its numbers and one none: neither counts, both are told with the reason,
# what is whole stays, and the database and the folders judge alike.
mkdir "$STORY/cut"
cp -r "$cases/s05-tbench/log/6.1-vanilla" "$STORY/cut/base"
cp -r "$cases/s05-tbench/log/6.2-vanilla" "$STORY/cut/new"
logs=$STORY/cut/new/iter-0/tbench/logs
truncate -s -20 "$logs/benchlog-loadfile-1.xz"
truncate -s 30 "$logs/benchlog-loadfile-2.xz"
marvin import mmtests "$STORY/cut" --machine ivor --tree cut >"$STORY/out" 2>"$STORY/err" || fail "a damaged log spoilt the import"
expect_says 'new/iter-0/tbench/logs/benchlog-loadfile-1.xz: is damaged, and only the [0-9]{4} bytes of text before' "$STORY/err"
compare_both cut base new "$STORY/cut"
for where in "cut:base cut:new" "$STORY/cut/base $STORY/cut/new"; do
    # shellcheck disable=SC2086
    marvin-report compare $where >"$STORY/out" 2>/dev/null || true
    expect_says 'tbench/clients=1 +loadfile .*failed +new: benchlog-loadfile-1.xz is damaged' "$STORY/out"
    expect_says 'tbench/clients=2 +loadfile .*failed +new: benchlog-loadfile-2.xz is damaged' "$STORY/out"
    expect_says '18 comparisons, 16 unconfirmed, 2 failed' "$STORY/out"
done
expect "its trials" "tbench:failed:benchlog-loadfile-2.xz,tbench/clients=1:done:benchlog-loadfile-1.xz,tbench/clients=2:done:,tbench/clients=4:done:" \
    "$(sql "SELECT string_agg(trial_key || ':' || state || ':' || coalesce(split_part(message, ' ', 1), ''), ',' ORDER BY trial_key) FROM trial WHERE run_id IN (SELECT run_id FROM import WHERE source = 'new/iter-0')")"
expect "its sample" "failed" "$(sql "SELECT s.state FROM sample s JOIN metric m ON m.id = s.metric_id JOIN trial t ON t.id = s.trial_id AND t.run_id = s.run_id WHERE t.trial_key = 'tbench/clients=1' AND m.name = 'loadfile' AND s.run_id IN (SELECT run_id FROM import WHERE source = 'new/iter-0')")"
marvin extract --again tree=cut >"$STORY/out" 2>/dev/null
expect_says '^[0-9]+ trials: 0 changed' "$STORY/out"

# What failed in every iteration of every run is seen as failed, in compare and on the pages.
for name in first second; do
    mkdir -p "$STORY/broken/$name/iter-0/newbench/logs" "$STORY/broken/$name/iter-0/perfpipe/logs"
    printf 'start :: 1795226675\ntest begin :: newbench 1795226680\ntest end :: newbench 1795226690 4\n' >"$STORY/broken/$name/iter-0/tests-timestamp"
    printf 'test begin :: perfpipe 1795226690\ntest end :: perfpipe 1795226691 0\nfinish :: 1795226700\n' >>"$STORY/broken/$name/iter-0/tests-timestamp"
    printf '8.384756 usecs/op\n' >"$STORY/broken/$name/iter-0/perfpipe/logs/benchlog-_-_-1"
done
marvin import mmtests "$STORY/broken" --machine ivor --tree broken >"$STORY/out" 2>/dev/null
for where in "broken:first broken:second" "$STORY/broken/first $STORY/broken/second"; do
    # shellcheck disable=SC2086
    marvin-report compare $where >"$STORY/out" 2>/dev/null
    expect_says '^ *newbench +none .*failed +second: ' "$STORY/out"
    expect_says '2 comparisons, 1 unconfirmed, 1 failed' "$STORY/out"
done
marvin-report compare broken:first broken:second --json >"$STORY/out"
expect "what it has of a metric" "(None, None, 'failed')" "$(python3 -c 'import json, sys; print(*[(r["metric"], r["unit"], r["state"]) for r in json.load(open(sys.argv[1]))["rows"] if r["benchmark"] == "newbench"])' "$STORY/out")"
printf '[report broken]\ntree = broken\noutput = %s\n' "$STORY/broken-www" >"$MARVIN_CONFIG/reports.d/broken.ini"
marvin-report site broken --output "$STORY/broken-www" >/dev/null 2>"$STORY/err" || { cat "$STORY/err" >&2 && fail "site of what failed"; }
marvin-report site broken --output "$STORY/broken-www" >/dev/null
grep -q 'It failed before it gave a number' "$STORY"/broken-www/broken/release/second/*/newbench.html || fail "no page says that newbench failed"
rm "$MARVIN_CONFIG/reports.d/broken.ini"

# Refused: no run, no name for the machine, a bad name, two runs under one name.
refuses() { # STATUS PATTERN ARGUMENTS
    local expected=$1 pattern=$2 status=0
    shift 2
    marvin import mmtests "$@" >"$STORY/out" 2>"$STORY/err" || status=$?
    expect "import $*" "$expected" "$status"
    expect_says "$pattern" "$STORY/err"
}
mkdir "$STORY/empty"
refuses 3 'neither a run of MMTests' "$STORY/empty"
refuses 3 'nowhere: is not there' "$STORY/nowhere"
refuses 3 'neither a run of MMTests' "$STORY/out"
refuses 3 'machine is not known; give one with --machine' "$cases/x01-zeros/log"
refuses 2 'machine ../x: expected letters' "$cases/x01-zeros/log" --machine ../x
refuses 2 'holds 3 runs' "$cases/x01-zeros/log" --machine ivor --release v1
before=$(count)
mkdir -p "$STORY/huge/iter-0/perfpipe/logs" && truncate -s 5G "$STORY/huge/iter-0/perfpipe/logs/benchlog-_-_-1"
refuses 3 'iteration is left out' "$STORY/huge" --machine ivor
expect "rows after what was refused" "$before" "$(count)"

# Pages of what was imported.
printf '[report home]\ntree = s12-aim9\noutput = %s\n' "$STORY/www" >"$MARVIN_CONFIG/reports.d/home.ini"
marvin-report site --output "$STORY/www" >/dev/null 2>"$STORY/err" || { cat "$STORY/err" >&2 && fail "site"; }
grep -rq 'page_test' "$STORY/www" || fail "no page has page_test"
echo ok
