#!/bin/bash
# Repeated batteries of one release show how much a series differs from battery to battery: a change
# within that is none, in `compare` and on the pages; `aa` says how much it is.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/../story/lib.sh"

# battery TREE RELEASE NAME LEVEL: a run of MMTests with four iterations around the level
battery() {
    local i dir
    for i in 0 1 2 3; do
        dir=$STORY/log/$3/iter-$i/perfpipe/logs
        mkdir -p "$dir"
        awk -v level="$4" -v i="$i" 'BEGIN { printf "%.5f usecs/op\n", level * (1 + .002 * (i - 1.5)) }' >"$dir/benchlog-_-_-1"
    done
    marvin import mmtests "$STORY/log/$3" --machine ivor --tree "$1" --release "$2" >/dev/null 2>"$STORY/err" || { cat "$STORY/err" >&2 && fail "import of $3"; }
}
# Two batteries of each release: alike in one tree, 8 % apart, up or down, in the other.
for n in 1 2 3 4 5 6; do
    battery quiet "v$n" "quiet-$n-a" 10
    battery quiet "v$n" "quiet-$n-b" 10.00$n
    battery noisy "v$n" "noisy-$n-a" 10
    battery noisy "v$n" "noisy-$n-b" "$([ $((n % 2)) = 0 ] && echo 10.8 || echo 9.2)"
done
for tree in quiet noisy; do
    battery "$tree" v7 "$tree-7-a" 10
    battery "$tree" v8 "$tree-8-a" 10.6
done
status=0
marvin-report compare quiet:v7 quiet:v8 >"$STORY/quiet" || status=$?
expect "6 % slower where batteries are alike" 1 "$status"
expect_says 'perfpipe .* regressed' "$STORY/quiet"
marvin-report compare noisy:v7 noisy:v8 --json >"$STORY/noisy.json"
python3 - "$STORY/noisy.json" <<'PY'
import json, sys
row, = json.load(open(sys.argv[1]))["rows"]
assert row["state"] == "small-loss" and row["reason"].startswith("within the noise between batteries of one release, "), row
assert row["p_welch"] < .001 and row["ratio"] < .95, row
PY
marvin-report aa --json >"$STORY/aa.json"
python3 - "$STORY/aa.json" <<'PY'
import json, sys
noises = {n["tree"]: n for n in json.load(open(sys.argv[1]))["noises"]}
assert noises["quiet"]["pairs"] == noises["noisy"]["pairs"] == 6, noises
assert noises["quiet"]["noise"] < .02 < .1 < noises["noisy"]["noise"] < .3, noises
PY
marvin-report aa >"$STORY/aa"
expect_says '^noisy perfpipe:.*@ivor%host: [0-9.]+ % of 6 pairs, margin 2.00 %$' "$STORY/aa"
for tree in quiet noisy; do
    printf '[report %s]\ntree = %s\noutput = %s\n' "$tree" "$tree" "$STORY/www-$tree" >"$MARVIN_CONFIG/reports.d/$tree.ini"
done
marvin-report site >"$STORY/out" 2>"$STORY/err" || { cat "$STORY/err" >&2 && fail "site ended with $?"; }
expect "judged on the pages" "noisy:small-loss quiet:regressed" "$(sql "SELECT string_agg(t.name || ':' || j.state, ' ' ORDER BY t.name) FROM judgement j JOIN family f ON f.id = j.family_id JOIN tree t ON t.id = f.tree_id JOIN release b ON b.subject_id = f.base_subject_id JOIN release r ON r.subject_id = f.subject_id WHERE f.report LIKE '%:previous' AND r.name = 'v8' AND b.name = 'v7'")"
grep -rqs 'within the noise between batteries' "$STORY/www-noisy" || fail "no page says that it is within the noise"
echo ok
