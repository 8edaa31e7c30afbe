#!/bin/bash
# marvin-report changes on files: a step among releases and a step among commits, each found once.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 - "$folder" <<'PY'
import random, sys
random.seed(20260117)
with open(sys.argv[1] + "/releases.csv", "w") as f:
    f.write("value,release\n")
    for k in range(12):
        for boot in range(6):
            f.write("%.4f,v1.%d\n" % ((100 if k < 7 else 92) * (1 + random.gauss(0, .005)), k))
with open(sys.argv[1] + "/commits.csv", "w") as f:
    f.write("value\n")
    for k in range(400):
        f.write("%.4f\n" % ((50 if k < 250 else 53) * (1 + random.gauss(0, .01))))
PY
"$MARVIN_BIN/marvin-report" changes "$folder/releases.csv" --json --better higher >"$folder/releases.json"
"$MARVIN_BIN/marvin-report" changes "$folder/commits.csv" --json >"$folder/commits.json"
python3 - "$folder" <<'PY'
import json, sys
releases, commits = (json.load(open(sys.argv[1] + "/" + name + ".json")) for name in ("releases", "commits"))
assert releases["n"] == 12 and [c["index"] for c in releases["changes"]] == [7], releases
assert abs(releases["changes"][0]["ratio"] - 0.92) < 0.01, releases
assert commits["n"] == 400 and len(commits["changes"]) == 1, commits
assert abs(commits["changes"][0]["index"] - 250) <= 2 and abs(commits["changes"][0]["ratio"] - 1.06) < 0.01, commits
assert set(commits["changes"][0]) == {"index", "before", "after", "ratio", "ci_low", "ci_high", "p"}
PY
# Lines without a number keep their place; index is a line's of the file, from 0.
{ printf '\xef\xbb\xbf"value"\r\n' && sed '1d; 11,30s/.*/NaN/; 41s/.*//' "$folder/commits.csv"; } >"$folder/gaps.csv"
"$MARVIN_BIN/marvin-report" changes "$folder/gaps.csv" --json >"$folder/gaps.json" 2>"$folder/err"
grep -q 'gaps.csv:11: not a finite number' "$folder/err"
python3 - "$folder" <<'PY'
import json, sys
one, other = (json.load(open(sys.argv[1] + "/" + name + ".json")) for name in ("commits", "gaps"))
assert other["n"] == 400 and [c["index"] for c in other["changes"]] == [c["index"] for c in one["changes"]], other
PY
printf 'value\nnan\n-Inf\n' >"$folder/nan.csv"
"$MARVIN_BIN/marvin-report" changes "$folder/nan.csv" 2>/dev/null | grep -q '^2 points, 2 of them without a number, .*: 0 changes$'
"$MARVIN_BIN/marvin-report" changes "$folder/releases.csv" | grep -q '^since v1.7: '
status=0
"$MARVIN_BIN/marvin-report" changes "$folder/releases.csv" --margin -5% >/dev/null 2>"$folder/err" || status=$?
grep -q 'margin -5%: expected a percentage from 0% to 90%' "$folder/err" && [ $status = 2 ] || { cat "$folder/err" && exit 1; }
status=0
"$MARVIN_BIN/marvin-report" changes Alpha/size=1 >/dev/null 2>"$folder/err" || status=$?
grep -q 'Alpha/size=1: is neither a file nor a series: a series .* is BENCHMARK\[/k=v\]:METRIC@MACHINE' "$folder/err" && [ $status = 3 ] || { cat "$folder/err" && exit 1; }
