#!/bin/bash
# marvin-report compare on files: its formats against goldens, its exit status, its complaints.
set -euo pipefail
export LC_ALL=C TZ=UTC
bin=${MARVIN_BIN:?the folder of the built programs}
cd "${MARVIN_SOURCE_DIR:?the folder of the source}/tests/data/report"
out=$(mktemp -d "${TMPDIR:-/tmp}/compare-XXXXXX")
trap 'rm -rf "$out"' EXIT
fail() { echo "FAILED: $*" >&2 && exit 1; }

sed 's/^release: .*/release: v1.2/; /^Benchmarksort/d; s/ [0-9.]* tail:ns//' v1.1.txt >"$out/one"

# MAKE=yes writes the goldens anew: look at the difference before it is committed.
for format in text json csv gobench html; do
    status=0
    "$bin/marvin-report" compare v1.0.txt v1.1.txt --format $format >"$out/$format" || status=$?
    [ $status = 1 ] || fail "$format: something regressed, and the exit status is $status"
    [ -z "${MAKE:-}" ] || [ $format = html ] || cp "$out/$format" "compare.$format"
    [ $format = html ] || diff -u "compare.$format" "$out/$format" || fail "$format differs from its golden"
done
if command -v tidy >/dev/null; then tidy -eq "$out/html" || fail "tidy complains of the page"; fi

# Each NEW is a family of its own, and described.
"$bin/marvin-report" compare v1.0.txt v1.0.txt v1.1.txt "$out/one" --json >"$out/json" 2>/dev/null && fail "nothing regressed"
python3 - "$out" <<'PY'
import json, sys
page = json.load(open(sys.argv[1] + "/json"))
assert [(f["new_release"], f["size"], f["rows"], f["q"]) for f in page["families"]] == [
    ("v1.0", 3, 3, .05), ("v1.1", 3, 3, .05), ("v1.2", 1, 3, .05)], page["families"]
assert page["family"] == {"size": 3, "q": .05} and len(page["rows"]) == 9, page["family"]
PY
# Boots that failed beside those that gave a number are counted in every format.
sed '/^run: b0/,/^run: b1/s/^Benchmarkpipe 1 [0-9.]*/Benchmarkpipe 1 NaN/' v1.1.txt >"$out/nan"
"$bin/marvin-report" compare v1.0.txt "$out/nan" >"$out/text" 2>/dev/null || true
grep -q '^ *pipe .*1 boot failed' "$out/text" || fail "text: $(cat "$out/text")"
"$bin/marvin-report" compare v1.0.txt "$out/nan" --format csv >"$out/csv" 2>/dev/null || true
"$bin/marvin-report" compare v1.0.txt "$out/nan" --json >"$out/json" 2>/dev/null || true
python3 - "$out" <<'PY'
import csv, json, sys
for rows in (csv.DictReader(open(sys.argv[1] + "/csv", newline="")), json.load(open(sys.argv[1] + "/json"))["rows"]):
    counts = {r["benchmark"] + " " + r["metric"]: (int(r["failed_base"]), int(r["failed_new"]), int(r["n_new"])) for r in rows}
    assert counts["pipe ns"] == (0, 1, 4) and counts["sort ops/s"] == (0, 0, 5), counts
PY
# A side of nothing else has failed, and is no error of the file.
sed 's/^\(Benchmark[^ ]* 1\) [0-9.]* \([a-z/]*\).*/\1 NaN \2/' v1.1.txt >"$out/nan"
"$bin/marvin-report" compare v1.0.txt "$out/nan" >"$out/text" 2>/dev/null || fail "a file of failed runs ends with $?"
grep -q '^ *pipe  *ns  *5/0 .*failed .*v1.1: .*nan:[0-9]*: its value is not a finite number' "$out/text" || fail "all failed: $(cat "$out/text")"
grep -q '^toy v1.1 against v1.0: 3 comparisons, 1 no-data, 2 failed$' "$out/text" || fail "all failed: $(cat "$out/text")"
"$bin/marvin-report" compare v1.0.txt v1.0.txt >"$out/same" || fail "a file against itself ends with $?"
grep -q 'regressed,\|improved,' "$out/same" && fail "a file differs from itself"
grep -q $'\033' "$out/text" && fail "colour without a terminal"

refuses() {
    local expected=$1 pattern=$2 status=0
    shift 2
    "$bin/marvin-report" compare "$@" >"$out/stdout" 2>"$out/stderr" || status=$?
    [ $status = "$expected" ] || fail "compare $*: status $status, expected $expected"
    grep -q -- "$pattern" "$out/stderr" || { cat "$out/stderr" && fail "compare $*: nothing says '$pattern'"; }
    [ "$(wc -l <"$out/stderr")" = 1 ] || fail "compare $*: more than one line of error"
}
refuses 2 'expected text' v1.0.txt v1.1.txt --format yaml
for margin in -5% nan% 91% 300% 2; do
    refuses 2 "margin $margin: expected a percentage from 0% to 90%" v1.0.txt v1.1.txt --margin $margin
done
refuses 3 'no-such-file' v1.0.txt ./no-such-file
refuses 3 'folder' v1.0.txt ./
refuses 3 'nothing to compare' v1.0.txt v1.1.txt --machine elsewhere
# Benchmarks of one name in two packages are two, in every format and in one that is read back.
printf 'Unit ns better=lower\npkg: %s\nBenchmarkX-8 1 %s ns\nBenchmarkX-8 1 5.1 ns\n' foo 5 x/bar 50 >"$out/two"
printf 'Unit ns better=lower\npkg: %s\nBenchmarkX-8 1 %s ns\nBenchmarkX-8 1 5.1 ns\n' foo 5 >"$out/alone"
for format in text csv gobench; do
    "$bin/marvin-report" compare "$out/two" "$out/alone" --format $format >"$out/$format" || fail "packages as $format end with $?"
done
grep -q '^ *X/gomaxprocs=8/pkg=x/bar  *ns .*no-data .*alone has not run here$' "$out/text" || fail "packages: $(cat "$out/text")"
grep -q '^ *X/gomaxprocs=8/pkg=foo  *ns  *2/2 ' "$out/text" || fail "packages: $(cat "$out/text")"
[ "$(cut -d, -f 5-8 "$out/csv" | grep -c 'pkg')" = 2 ] || fail "packages: $(cat "$out/csv")"
# one package in all files tells nothing apart, and may be left out
grep -v '^pkg' "$out/alone" >"$out/bare"
for file in alone bare; do
    "$bin/marvin-report" compare "$out/alone" "$out/$file" 2>&1 | grep -q '^ *X/gomaxprocs=8  *ns  *2/2 ' || fail "one package, $file"
done
sed -n '/alone/q; p' "$out/gobench" >"$out/again"
for file in two again; do
    "$bin/marvin-report" compare "$out/$file" "$out/$file" --json |
        python3 -c 'import json, sys; print(*((r["params"]["pkg"], r["n_new"], r["new"]) for r in json.load(sys.stdin)["rows"]))' >"$out/$file.rows"
done
diff "$out/two.rows" "$out/again.rows" || fail "packages read back from gobench"
printf 'BenchmarkX 1 %s req/s\n' 100 101 99 >"$out/q1"
printf 'BenchmarkX 1 %s req/s\n' 50 51 49 >"$out/q2"
"$bin/marvin-report" compare "$out/q1" "$out/q2" >/dev/null 2>"$out/stderr" || fail "a unit without a direction"
grep -q '^req/s: not known whether more or less is better: .*Unit req/s better=higher' "$out/stderr" || fail "nobody says it has no direction"
for direction in none lower; do
    for side in q1 q2; do { echo "Unit req/s better=$direction" && cat "$out/$side"; } >"$out/said_$side"; done
    "$bin/marvin-report" compare "$out/said_q1" "$out/said_q2" >/dev/null 2>"$out/stderr" || fail "better=$direction ends with $?"
    [ ! -s "$out/stderr" ] || fail "a direction that is said, $direction: $(cat "$out/stderr")"
done
# Files that contradict each other on what is better are not judged; one that says nothing is.
{ echo 'Unit req/s better=lower' && cat "$out/q1"; } >"$out/lower"
{ echo 'Unit req/s better=higher' && cat "$out/q2"; } >"$out/higher"
for sides in "lower higher" "higher lower" "lower lower higher"; do
    # shellcheck disable=SC2086
    (cd "$out" && "$bin/marvin-report" compare $sides >"$out/text" 2>"$out/stderr") || fail "directions $sides end with $?"
    last=${sides##* } first=${sides%% *}
    grep -q "^ *X .* –  *–  .*not-comparable .*$last says better=$last of req/s, elsewhere it is better=$first; " "$out/text" || fail "directions $sides: $(cat "$out/text")"
    (cd "$out" && "$bin/marvin-report" compare "$first" "$last" --json 2>/dev/null | python3 -c 'import json, sys; row, = json.load(sys.stdin)["rows"]; assert row["ratio"] is None and row["n_base"] == row["n_new"] == 3, row')
done
"$bin/marvin-report" compare "$out/higher" "$out/q1" >"$out/text" 2>"$out/stderr" || fail "a direction of BASE alone ends with $?"
grep -q '^ *X .*improved' "$out/text" || fail "a direction of BASE alone: $(cat "$out/text")"
{ echo 'release: v1' && cat "$out/q1" && echo 'release: v2' && cat "$out/q2"; } >"$out/q3"
refuses 3 'several releases (v1 and others)' "$out/q3" "$out/q2"
echo ok
