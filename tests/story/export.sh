#!/bin/bash
# Samples leave the database as gobench, csv and json, and a comparison of the files says what a
# comparison in the database says.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$STORY/toy
toy_tree "$tree"
toy_release "$tree" v1.0 1000
toy_release "$tree" v1.1 900
toy_config "$tree"
mkdir "$MARVIN_CONFIG/benchmarks/bad"
printf '[benchmark bad]\nsummary = fails\nduration = 1s\nclass = a\n[metric rate]\nunit = ops/s\nbetter = higher\npattern = ^rate ([0-9]+)\n' >"$MARVIN_CONFIG/benchmarks/bad/benchmark.ini"
printf '#!/bin/sh\necho "a, b and \\"c\\""\n' >"$MARVIN_CONFIG/benchmarks/bad/run"
chmod +x "$MARVIN_CONFIG/benchmarks/bad/run"
sed -i 's/^benchmarks = .*/benchmarks = toybench toybench\/size=50 bad/' "$MARVIN_CONFIG/plans.d/toy.ini"
bob --once 2>"$STORY/bob.err" || { cat "$STORY/bob.err" && fail "bob --once ended with $?"; }
marvin run here --once 2>"$STORY/run.err" || { cat "$STORY/run.err" && fail "marvin run ended with $?"; }

marvin export gobench release=toy:v1.0 >"$STORY/v1.0.txt"
marvin export gobench release=v1.1 tree=toy >"$STORY/v1.1.txt"
expect_says '^mode: local$' "$STORY/v1.0.txt"
expect_says '^Unit ops/s better=higher metric=throughput$' "$STORY/v1.0.txt"
expect_says '^release: v1.0$' "$STORY/v1.0.txt"
expect_says '^Benchmarktoybench/size=50 1 [0-9.]+ ops/s$' "$STORY/v1.0.txt"
expect "failed lines" "5 5" "$(grep -c '^failed: bad rate:ops/s ' "$STORY/v1.0.txt") $(grep -c '^failed:$' "$STORY/v1.0.txt")"
expect "lines" 30 "$(grep -c ^Benchmark "$STORY/v1.0.txt")"
expect "runs" 5 "$(grep '^run: ' "$STORY/v1.0.txt" | sort -u | wc -l)"
n=0
for where in "toy:v1.0 toy:v1.1" "$STORY/v1.0.txt $STORY/v1.1.txt"; do
    status=0 n=$((n + 1))
    # shellcheck disable=SC2086
    marvin-report compare $where --format json >"$STORY/$n.json" || status=$?
    expect "a regression, by $where" 1 "$status"
done
marvin export csv >"$STORY/all.csv"
marvin export json benchmark=toybench >"$STORY/toybench.json"
python3 - "$STORY" <<'PY'
import csv, json, sys
from pathlib import Path
story = Path(sys.argv[1])
by_db, by_file = ({r["benchmark"] + str(r["params"]): r for r in json.load(open(story / f"{n}.json"))["rows"]} for n in (1, 2))
for key, row in by_file.items():
    same = by_db[key]
    for field in "machine n_base n_new state better".split():
        assert row[field] == same[field], (field, row, same)
    # A file's boot is the mean of its lines, the database's the median of its samples.
    assert row["state"] == "failed" or abs(row["ratio"] / same["ratio"] - 1) < 0.005, (row, same)
    assert (row["failed_base"], row["failed_new"], row["reason"]) == (same["failed_base"], same["failed_new"], same["reason"]), (row, same)
assert by_file.keys() == by_db.keys() and by_file["bad{}"]["failed_new"] == 5, by_file
rows = list(csv.DictReader(open(story / "all.csv", newline="")))
assert len(rows) == 2 * 5 * 7, len(rows)
good = [r for r in rows if r["state"] == "done"]
assert {(r["release"], r["boot"], r["position"], r["trial_key"]) for r in good} == {
    (v, str(b), str(i), k) for v in ("v1.0", "v1.1") for b in range(1, 6) for i in range(3)
    for k in ("toybench/size=1000", "toybench/size=50")}
failed = [r for r in rows if r["state"] == "failed"]
assert len(failed) == 10 and all(r["value"] == "" and '"c' in r["message"] for r in failed), failed[0]
samples = json.load(open(story / "toybench.json"))["samples"]
assert len(samples) == 20 and all(len(s["value"]) == 3 and s["params"]["size"] in ("50", "1000") for s in samples)
values = sorted(float(r["value"]) for r in good)
assert values == sorted(v for s in samples for v in s["value"])
PY

# A bundle says what the database says, here and in another database, and is stored once.
# compare_json NAME BASE NEW: the judgement without what only a place has
compare_json() {
    local status=0
    marvin-report compare "$2" "$3" --json >"$STORY/$1.json" || status=$?
    expect "a regression, by $1" 1 "$status"
}
marvin export bundle tree=toy >"$STORY/toy.bundle"
marvin export bundle release=v1.0 --no-raw >"$STORY/v1.0.bundle"
marvin export bundle release=v1.1 --no-raw >"$STORY/v1.1.bundle"
compare_json db toy:v1.0 toy:v1.1
compare_json mixed toy:v1.0 "$STORY/v1.1.txt"
compare_json bundle_text "$STORY/v1.0.bundle" "$STORY/v1.1.txt"
export MARVIN_HOME=$STORY/other
mkdir -m 755 "$MARVIN_HOME"
compare_json one "$STORY/toy.bundle:v1.0" "$STORY/toy.bundle:v1.1"
(cd "$STORY" && compare_json two v1.0.bundle v1.1.bundle)
[ ! -e "$MARVIN_HOME/postgres" ] || fail "comparing files started a database"
marvin import bundle "$STORY/toy.bundle" >"$STORY/out"
expect_says '^10 boots: 10 imported$' "$STORY/out"
compare_json imported toy:v1.0 toy:v1.1
marvin extract --again tree=toy >"$STORY/out"
expect_says '^[0-9]+ trials: 0 changed' "$STORY/out"
marvin doctor >"$STORY/out"
expect_says ' 0 missing' "$STORY/out"
marvin import gobench "$STORY/v1.0.txt" "$STORY/v1.1.txt" --tree text >"$STORY/out"
expect_says '^10 boots: 10 imported$' "$STORY/out"
compare_json text text:v1.0 text:v1.1
compare_json files "$STORY/v1.0.txt" "$STORY/v1.1.txt"
# The metric is what it was, and so is the text of another database.
expect "the metric" "throughput|ops/s|higher" "$(sql "SELECT DISTINCT name, unit, better FROM metric WHERE identity = 'gobench-1' AND benchmark = 'toybench'")"
marvin export gobench tree=text release=v1.0 >"$STORY/again.txt"
diff <(grep -v '^tree' "$STORY/v1.0.txt") <(grep -v '^tree' "$STORY/again.txt") || fail "a text through another database"
marvin import gobench "$STORY/again.txt" >"$STORY/out"
expect_says '^5 boots: 0 imported, 5 known already' "$STORY/out"
# A file that grows: what was there is not stored twice, another run of the same name is.
printf 'release: v1\nmachine: here\nrun: 1\nBenchmarkX 1 5 count\nBenchmarkX 1 5 count\n' >"$STORY/grown.txt"
marvin import gobench "$STORY/grown.txt" --tree grown >"$STORY/out"
printf 'BenchmarkX 1 5 count\nrun: 2\nBenchmarkX 1 5 count\n' >>"$STORY/grown.txt"
marvin import gobench "$STORY/grown.txt" --tree grown >"$STORY/out"
expect_says '^2 boots: 1 imported, 1 replaced$' "$STORY/out"
marvin import gobench "$STORY/grown.txt" --tree grown >"$STORY/out"
expect_says '^2 boots: 0 imported, 2 known' "$STORY/out"
expect "the boots that count" "{5,5,5}{5}" "$(sql "SELECT string_agg(value::text, '' ORDER BY run_id) FROM boot_sample WHERE tree_id = (SELECT id FROM tree WHERE name = 'grown')")"
sed -i 's/ 5 count/ 6 count/' "$STORY/grown.txt"
marvin import gobench "$STORY/grown.txt" --tree grown >"$STORY/out"
expect_says '^2 boots: 2 imported$' "$STORY/out"
# Benchmarks of one name in two packages are two, which leave as they came.
printf 'release: v1\nmachine: here\npkg: a/b\nUnit ns/op better=lower\nBenchmarkX 1 5 ns/op\nBenchmarkX 1 5.1 ns/op\npkg: c\nBenchmarkX 1 50 ns/op\nBenchmarkX 1 51 ns/op\n' >"$STORY/packages.txt"
marvin import gobench "$STORY/packages.txt" --tree packages >"$STORY/out"
expect_says '^4 boots: 4 imported$' "$STORY/out"
series_of() { marvin-report compare "$1" "$1" --json | python3 -c 'import json, sys; print(*((r["params"]["pkg"], r["n_base"], r["base"]) for r in json.load(sys.stdin)["rows"]))'; }
expect "packages" "('a/b', 2, 5.05) ('c', 2, 50.5)" "$(series_of packages:v1)"
marvin export gobench tree=packages >"$STORY/packages_again.txt"
expect_says '^BenchmarkX/pkg=a%2Fb 1 5 ns/op$' "$STORY/packages_again.txt"
for f in packages packages_again; do
    expect "packages in a file" "$(series_of packages:v1)" "$(series_of "$STORY/$f.txt")"
    compare_same() { marvin-report compare packages:v1 "$STORY/$f.txt" --json | python3 -c 'import json, sys; print(*sorted((r["params"]["pkg"], r["n_base"], r["n_new"]) for r in json.load(sys.stdin)["rows"]))'; }
    expect "packages of the database and of a file" "('a/b', 2, 2) ('c', 2, 2)" "$(compare_same)"
done
sed 's/^pkg: .*/run: 1/' "$STORY/packages.txt" >"$STORY/run.txt"
for pkg in a c; do sed "1ipkg: $pkg" "$STORY/run.txt" >"$STORY/run_$pkg.txt"; done
marvin import gobench "$STORY/run_a.txt" "$STORY/run_c.txt" --tree twopackages >"$STORY/out"
expect_says '^2 boots: 2 imported$' "$STORY/out"
# A benchmark that failed in every metric, in one of two runs and in all.
printf 'release: v1\nmachine: here\nrun: 1\nBenchmarkX 1 5 s\nfailed: Y/n=1 - killed by signal 9\nfailed:\nrun: 2\nfailed: X - no log\n' >"$STORY/failed.txt"
marvin import gobench "$STORY/failed.txt" --tree failed >"$STORY/out"
expect_says '^2 boots: 2 imported$' "$STORY/out"
marvin export gobench tree=failed >"$STORY/failed_again.txt"
expect_says '^failed: Y/n=1 - killed by signal 9$' "$STORY/failed_again.txt"
failed_of() { marvin-report compare "$1" "$1" --json 2>/dev/null | python3 -c 'import json, sys; print(*((r["benchmark"], r["n_base"], r["failed_base"], r["state"], r["reason"]) for r in sorted(json.load(sys.stdin)["rows"], key=lambda r: r["benchmark"])))'; }
expect "failed runs" "('X', 1, 1, 'unconfirmed', None) ('Y', 0, 1, 'failed', 'v1: killed by signal 9')" "$(failed_of failed:v1)"
for f in failed failed_again; do
    expect "failed runs of $f" "$(failed_of failed:v1)" "$(failed_of "$STORY/$f.txt")"
done
# What is no number is a failed boot, in files and when imported.
sed '0,/^Benchmarktoybench.size=50 1 [0-9.]*/s//Benchmarktoybench\/size=50 1 NaN/' "$STORY/v1.1.txt" | sed 's/^\(Benchmarktoybench.size=1000\) 1 [0-9.]*/\1 1 +Inf/' >"$STORY/nan.txt"
expect "Inf" 15 "$(grep -c Inf "$STORY/nan.txt")"
marvin import gobench "$STORY/v1.0.txt" "$STORY/nan.txt" --tree nan >"$STORY/out" 2>/dev/null
compare_json text_nan nan:v1.0 nan:v1.1
compare_json files_nan "$STORY/v1.0.txt" "$STORY/nan.txt"
printf 'release: v9\nmachine: here\nBenchmarkX 1 NaN s\n' >"$STORY/only_nan.txt"
marvin import gobench "$STORY/only_nan.txt" --tree onlynan >"$STORY/out" 2>/dev/null
expect_says 'new, onlynan:v9 on here, 1 trial, 1 of them failed' "$STORY/out"
marvin import gobench "$STORY/v1.0.txt" --tree text >"$STORY/out"
expect_says '^5 boots: 0 imported, 5 known already and not stored again$' "$STORY/out"
marvin db stop
export MARVIN_HOME=$STORY/state
marvin import bundle "$STORY/toy.bundle" >"$STORY/out"
expect_says '^10 boots: 0 imported, 10 known already and not stored again$' "$STORY/out"
marvin import gobench "$STORY/v1.0.txt" "$STORY/v1.1.txt" >"$STORY/out"
expect_says '^10 boots: 0 imported, 10 known already and not stored again$' "$STORY/out"
expect "metrics of texts" 0 "$(sql "SELECT count(*) FROM metric WHERE identity = 'gobench-1'")"
python3 - "$STORY" <<'PY'
import json, sys
def read(name):
    return {(r["benchmark"], str(sorted(r["params"].items())), r["metric"]): r for r in json.load(open(f"{sys.argv[1]}/{name}.json"))["rows"]}
def same(one, other, but):
    a, b = read(one), read(other)
    assert a and a.keys() == b.keys(), (one, other)
    for key, row in a.items():
        for field in row.keys() - but:
            x, y = row[field], b[key][field]
            close = isinstance(x, float) and isinstance(y, float) and abs(x - y) <= 1e-9 * abs(x)
            assert x == y or close, (one, other, key, field, x, y)
for name in ("one", "two", "imported"):
    same("db", name, set())
for name in ("mixed", "bundle_text"):  # a file in the place of a release
    rows = {key: row for key, row in read(name).items() if key[0] == "toybench"}
    assert len(rows) == 2
    for key, row in rows.items():
        for field in ("metric", "n_base", "n_new", "base", "new", "ratio", "state"):
            x, y = row[field], read("db")[key][field]
            assert x == y or abs(x - y) <= 1e-9 * abs(x), (name, key, field, x, y)
assert {r["state"] for r in read("db").values()} >= {"regressed", "failed"}
same("text", "files", {"tree", "distro"})
same("text_nan", "files_nan", {"tree", "distro", "reason"})
assert sorted(r["state"] for r in read("files_nan").values()) == ["failed", "failed", "regressed"], read("files_nan")
PY

# Bundles that are none, cut short, of another schema, or lie about their objects.
head -c 300 "$STORY/toy.bundle" >"$STORY/cut.bundle"
mkdir -p "$STORY/b/raw"
echo '{"schema": 2, "boots": []}' >"$STORY/b/bundle.json" && tar -C "$STORY/b" --zstd -cf "$STORY/schema.bundle" .
echo '{"schema": 1, "boots": [{"tree": "x"}]}' >"$STORY/b/bundle.json" && tar -C "$STORY/b" --zstd -cf "$STORY/lacks.bundle" bundle.json
for name in cut schema lacks; do
    status=0
    marvin import bundle "$STORY/$name.bundle" 2>"$STORY/err" || status=$?
    expect "the bundle $name" 3 "$status"
    status=0
    marvin-report compare "$STORY/$name.bundle" "$STORY/v1.1.txt" 2>"$STORY/err" || status=$?
    expect "compare of the bundle $name" 3 "$status"
done
expect_says 'lacks what every boot has' "$STORY/err"
status=0
marvin-report compare "$STORY/toy.bundle" "$STORY/v1.1.bundle" 2>"$STORY/err" || status=$?
expect "a bundle of several releases" 3 "$status"
expect_says 'several releases \(v1.0, v1.1\); write .*toy.bundle:v1.0' "$STORY/err"
tar -C "$STORY/b" --zstd -xf "$STORY/toy.bundle"
chmod -R u+w "$STORY/b"
for f in "$STORY"/b/raw/*.zst; do echo other | zstd -qf -o "$f"; done
sed -i 's/"content": "./"content": "0/g; s/"format": "marvin"/"format": "bundle"/g' "$STORY/b/bundle.json"
tar -C "$STORY/b" --zstd -cf "$STORY/liar.bundle" bundle.json raw
marvin import bundle "$STORY/liar.bundle" --tree liar >"$STORY/out" 2>"$STORY/err"
marvin store verify >"$STORY/out" || { cat "$STORY/out" && fail "a bundle damaged the store"; }
sed -i -E 's/"content": "./"content": "1/g; s/"started": "[^"]*"/"started": "a day in May"/g' "$STORY/b/bundle.json"
tar -C "$STORY/b" --zstd -cf "$STORY/dateless.bundle" bundle.json raw
status=0
marvin import bundle "$STORY/dateless.bundle" --tree dateless 2>"$STORY/err" || status=$?
expect "a bundle whose times are none" 3 "$status"
expect_says '"a day in May"' "$STORY/err"

status=0
marvin export csv release=v9 2>"$STORY/err" || status=$?
expect "nothing selected" 3 "$status"
status=0
marvin export xml 2>"$STORY/err" || status=$?
expect "an unknown format" 2 "$status"
echo ok
