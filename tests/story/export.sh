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
expect_says '^Unit ops/s better=higher' "$STORY/v1.0.txt"
expect_says '^release: v1.0$' "$STORY/v1.0.txt"
expect_says '^Benchmarktoybench/size=50 1 [0-9.]+ ops/s$' "$STORY/v1.0.txt"
expect_says '^# failed: v1.0 here, boot 3: bad rate: ' "$STORY/v1.0.txt"
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
    assert abs(row["ratio"] / same["ratio"] - 1) < 0.005, (row, same)
assert {r["benchmark"] for r in by_file.values()} == {"toybench"}
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
status=0
marvin export csv release=v9 2>"$STORY/err" || status=$?
expect "nothing selected" 3 "$status"
status=0
marvin export xml 2>"$STORY/err" || status=$?
expect "an unknown format" 2 "$status"
echo ok
