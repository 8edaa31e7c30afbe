#!/bin/bash
# marvin-report site on a database whose story is known: what the pages say, that they are proper
# pages, and that unchanged data rewrites no byte.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/../story/lib.sh"

printf '[tree toy]\nurl = /nowhere\nbaseline = first\n' >"$MARVIN_CONFIG/trees.d/toy.ini"
marvin db start
sql "$(cat "${MARVIN_SOURCE_DIR:?}/tests/data/report/toy.sql")" >/dev/null
site=$STORY/site
marvin-report site --output "$site" >"$STORY/first" 2>"$STORY/err" || { cat "$STORY/err" && fail "site ended with $?"; }
cat "$STORY/first"
[ ! -s "$STORY/err" ] || { cat "$STORY/err" && fail "it said something on stderr"; }
[ -n "${SITE_COPY:-}" ] && rm -rf "$SITE_COPY" && cp -R "$site" "$SITE_COPY"

says() { grep -qF -- "$1" "$site/$2" || fail "$2 does not say: $1"; }
index=toy/index.html
says "toy v1.9 against v1.1" index.html
says "sort since" $index
expect "one change, at v1.5, on both machines" "sort v1.5 left
sort v1.5 right" "$(python3 - "$site/toy/changes.json" <<'PY'
import json, sys
found = {(c["benchmark"], c["since"], c["machine"]) for c in json.load(open(sys.argv[1]))}
print("\n".join(" ".join(c) for c in sorted(found)))
PY
)"
says "status 1: &lt;no memory&gt;" $index
says "v1;touch x was refused" $index
says "2/5 boots" $index
says "pending" $index
says "sort: compare by &lt;locale&gt; &amp; collate" toy/release/v1.5/index.html
says "the recipe ended with status 2" toy/release/v1.3/index.html

# A build that failed: its kind, the line of the log, what to do; on its page, the release's and the dashboard.
for page in $index toy/builds.html toy/release/v1.3/index.html; do
    says 'missing-tool: &lt;bison&gt;: not found; install it on the builder' $page
done
build=toy/release/v1.3/build.html
says '<dd>missing-tool</dd>' $build
says '<code>&lt;bison&gt;: not found</code>' $build
says '<dd>install it on the builder</dd>' $build
says '<dd>the recipe ended with status 2</dd>' $build
says 'href="build-b3.txt"' $build
says 'toy/release/v1.3/build-b3.txt"' $index
says '9 releases taken up for building, 1 failed' $index
# What a kernel was configured by, against the release before.
says '<summary>Configuration (.config) against v1.4: 1 line new, 1 gone</summary>' toy/release/v1.5/build.html
says '+CONFIG_B=&quot;&lt;b&gt;&quot;' toy/release/v1.5/build.html
says '1 option asked for in vain' toy/release/v1.5/build.html
says 'CONFIG_C=y became &lt;n&gt;' toy/release/v1.5/build.html
says 'lib/&lt;sort&gt;' toy/release/v1.5/build-b5.svg
says 'Configured as v1.5 was.' toy/release/v1.6/build.html
says '.config against v1.4: +1 −1' toy/release/v1.5/index.html
python3 - "$site/toy" <<'PY'
import csv, json, sys
failed = json.load(open(f"{sys.argv[1]}/release/v1.3/build.json"))
assert [(b["state"], b["fault"], b["error"], b["remedy"], b["log"]) for b in failed] == [
    ("failed", "missing-tool", "<bison>: not found", "install it on the builder", "d" * 64)], failed
(configured,) = json.load(open(f"{sys.argv[1]}/release/v1.5/build.json"))
assert configured["config_difference"] == ["-CONFIG_A=y", '+CONFIG_B="<b>"'], configured
assert configured["config_in_vain"] == ["CONFIG_C=y became <n>"] and configured["config_previous"] == "v1.4", configured
rows = list(csv.DictReader(open(f"{sys.argv[1]}/builds.csv")))
assert [(r["release"], r["state"]) for r in rows][6:7] == [("v1.3", "failed")] and len(rows) == 9, rows
assert len(json.load(open(f"{sys.argv[1]}/builds.json"))) == 9
PY

pages=0
while read -r page; do
    tidy -eq "$page" >"$STORY/tidy" 2>&1 || { cat "$STORY/tidy" && fail "tidy complains of $page"; }
    pages=$((pages + 1))
done < <(find "$site" -name '*.html')
echo "$pages pages are proper"

# Every link goes somewhere below the site, and none is absolute.
python3 - "$site" <<'PY'
import html.parser, os, sys, urllib.parse
top = os.path.realpath(sys.argv[1])
class Links(html.parser.HTMLParser):
    def handle_starttag(self, tag, attrs):
        for key, value in attrs:
            if key in ("href", "src"):
                assert "://" not in value and not value.startswith("/"), (self.page, value)
                at = os.path.realpath(os.path.join(os.path.dirname(self.page), urllib.parse.unquote(value)))
                assert at.startswith(top) and os.path.exists(at), (self.page, value)
                self.seen.add(at)
seen = set()
for folder, _, files in os.walk(top):
    for name in files:
        if name.endswith(".html"):
            links = Links(); links.page = os.path.join(folder, name); links.seen = seen
            links.feed(open(links.page).read())
pages = {os.path.join(f, n) for f, _, ns in os.walk(top) for n in ns if n.endswith((".html", ".csv", ".json", ".svg"))}
lost = {p for p in pages - seen if not p.endswith("toy/index.html")}
assert not lost, lost
PY

families=$(sql "SELECT (SELECT count(*) FROM family), (SELECT count(*) FROM judgement), (SELECT count(*) FROM change)")
find "$site" -type f -printf '%P %T@ %i\n' | sort >"$STORY/before"
marvin-report site --output "$site" >"$STORY/second"
find "$site" -type f -printf '%P %T@ %i\n' | sort >"$STORY/after"
diff "$STORY/before" "$STORY/after" || fail "unchanged data rewrote a file"
expect "judgements after a second site" "$families" "$(sql "SELECT (SELECT count(*) FROM family), (SELECT count(*) FROM judgement), (SELECT count(*) FROM change)")"

# A build that failed without a word has an empty log.
empty=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
mkdir -p "$MARVIN_HOME/store/objects/${empty:0:2}"
zstd -q </dev/null >"$MARVIN_HOME/store/objects/${empty:0:2}/${empty:2}"
sql "UPDATE build SET log_hash = '$empty'" >/dev/null
marvin-report site --output "$STORY/silent" >/dev/null || fail "with an empty log site ended with $?"
expect "an empty log" "The recipe wrote nothing." "$(cat "$STORY/silent/toy/release/v1.3/build-b3.txt")"

# What a page says is what compare says.
marvin-report compare v1.1 v1.6 --format json >"$STORY/compare.json" || [ $? = 1 ]
python3 - "$STORY/compare.json" "$site/toy/release/v1.6/index.json" <<'PY'
import json, sys
compare, page = (json.load(open(path)) for path in sys.argv[1:])
assert compare["rows"] == page["rows"], "compare and page differ"
states = {(r["benchmark"], r["machine"]): r["state"] for r in page["rows"]}
assert states["sort", "left"] == states["sort", "right"] == "regressed", states
assert all(abs(r["ratio"] - .75) < .02 for r in page["rows"] if r["benchmark"] == "sort")
assert not [r for r in page["rows"] if r["benchmark"] != "sort" and r["state"] in ("regressed", "improved")]
PY

# A file that says no machine, against a release that has run on two.
printf 'run: %d\nBenchmarksort/size=1000 1 %d ops/s\n' 1 700 2 701 3 699 4 702 5 700 >"$STORY/open.txt"
marvin-report compare v1.1 "$STORY/open.txt" --json >"$STORY/json" 2>"$STORY/err" || fail "compare with an open file ended with $?"
expect_says 'does not say on which machine it ran, .*\(left, right\).*--machine left.*`machine: left`' "$STORY/err"
status=0
marvin-report compare v1.1 "$STORY/open.txt" --machine right --json >"$STORY/json" 2>"$STORY/err" || status=$?
expect "a file on the machine that is said" 1 "$status"
[ ! -s "$STORY/err" ] || { cat "$STORY/err" && fail "a note about a machine that was said"; }
expect "its row" "right regressed 5" "$(python3 -c 'import json, sys; print(*[" ".join((r["machine"], r["state"], str(r["n_new"]))) for r in json.load(open(sys.argv[1]))["rows"] if r["n_new"]])' "$STORY/json")"

# The same change on the command line, from the stored rows and from the series itself.
marvin-report changes --found >"$STORY/found"
expect_says '^▼ toy: sort since v1.5$' "$STORY/found"
expect_says '^1 change$' "$STORY/found"
marvin-report changes sort/size=1000:throughput@left >"$STORY/series"
expect_says '^since v1.5: ' "$STORY/series"
expect "points with a change" 3 "$(marvin-report changes sort/size=1000:throughput@left --json | python3 -c 'import json,sys; c=json.load(sys.stdin)["changes"]; assert len(c)==1; print(c[0]["index"])')"
status=0
marvin-report changes sort:nothing@left 2>"$STORY/err" || status=$?
expect "status of an unknown series" 3 "$status"

# A verdict binds to the change and shows beside it.
refuses() {
    local expected=$1 pattern=$2 status=0
    shift 2
    marvin-report verdict "$@" 2>"$STORY/err" || status=$?
    expect "status of verdict $*" "$expected" "$status"
    expect_says "$pattern" "$STORY/err"
}
refuses 2 'expected a cell' sort real --why x
refuses 2 'expected real, apparent' 'sort/size=1000:throughput@left#v1.5' maybe --why x
refuses 2 'says why' 'sort/size=1000:throughput@left#v1.5' real
refuses 2 'names what won' 'sort/size=1000:throughput@left#v1.5' trade-off --why x
refuses 3 'no change is known' 'sort/size=1000:throughput@left#v1.6' real --why x
refuses 3 'no change is known' 'sort/size=1000:throughput@left#other:v1.5' real --why x
# The cells that pages and lists print are taken as they stand.
for cell in "$(marvin-report changes --found --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["changes"][0]["cell"])')" \
    "$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[0]["cell"])' "$site/toy/changes.json")" 'sort/size=1000:throughput@left#toy:v1.5'; do
    marvin-report verdict "$cell" deferred --why 'as it is printed' >"$STORY/out" || fail "verdict $cell"
done
sql 'DELETE FROM verdict'
marvin-report verdict 'sort/size=1000:throughput@left#v1.5' deferred --why 'the <locale> is slow' --who Ann >/dev/null
marvin-report site --output "$site" >/dev/null
says '<strong>deferred</strong>: the &lt;locale&gt; is slow (Ann, ' $index
tidy -eq "$site/$index" || fail "tidy complains of a page with a verdict"

# The level falls further, and the verdict reopens by itself, once.
sql "UPDATE sample sa SET value = ARRAY(SELECT x * 0.7 FROM unnest(sa.value) x)
     FROM trial t, run r, battery b
     WHERE t.run_id = sa.run_id AND t.id = sa.trial_id AND r.id = t.run_id AND b.id = r.battery_id
       AND t.benchmark = 'sort' AND b.subject_id >= 8" >/dev/null
marvin-report site --output "$site" >/dev/null
says '<strong>reopened</strong>: v1.8 moved the level further: it was deferred (marvin-report, ' $index
marvin-report site --output "$site" >"$STORY/again"
expect_says ': 0 files written' "$STORY/again"
expect "verdicts" 2 "$(sql "SELECT count(*) FROM verdict")"

# A second tag of a commit shows what ran under the first, and nothing is judged twice.
judged=$(sql "SELECT (SELECT count(*) FROM family), (SELECT count(*) FROM judgement), (SELECT count(*) FROM change)")
sql "INSERT INTO release (tree_id, subject_id, name, sort_key, prerelease, annotated, released_at)
     SELECT tree_id, subject_id, 'v1.6-lts', '06a', false, true, released_at FROM release WHERE name = 'v1.6'" >/dev/null
marvin-report site --output "$site" >/dev/null
lts=toy/release/v1.6-lts/index.html
says 'toy v1.6-lts against v1.1' $lts
says 'The same commit as <a href="../../../toy/release/v1.6/index.html">v1.6</a>, under which name it has run' $lts
grep -q 'has not run here' "$site/$lts" && fail "the second tag of a commit has not run"
expect "the rows of both tags" "" "$(diff "$site/toy/release/v1.6/index.csv" "$site/toy/release/v1.6-lts/index.csv")"
tidy -eq "$site/$lts" || fail "tidy complains of the page of a second tag"
expect "judgements after a second tag" "$judged" "$(sql "SELECT (SELECT count(*) FROM family), (SELECT count(*) FROM judgement), (SELECT count(*) FROM change)")"
sql "DELETE FROM release WHERE name = 'v1.6-lts'" >/dev/null

# A release that is gone from the range takes its pages along.
printf '[report late]\ntree = toy\nrange = 1.4..\n' >"$MARVIN_CONFIG/reports.d/late.ini"
marvin-report site late --output "$site" >"$STORY/third"
[ ! -e "$site/toy/release/v1.2" ] || fail "the pages of v1.2 are still there"
[ -e "$site/toy/release/v1.5/index.html" ] || fail "the pages of v1.5 are gone"

# Two reports do not share a folder.
printf "[report other]\ntree = toy\n" >"$MARVIN_CONFIG/reports.d/other.ini"
status=0
marvin-report site other --output "$site" 2>"$STORY/err" || status=$?
expect "status of a folder of another report" 3 "$status"
expect_says "has the pages of the report late" "$STORY/err"

# The index of several trees says of each what changed and what failed.
rm "$MARVIN_CONFIG"/reports.d/*.ini
sql "INSERT INTO tree (name, kind, definition_hash) VALUES ('later', 'program', repeat('1', 64))" >/dev/null
marvin-report site --output "$STORY/two" >/dev/null
expect_says "Nothing has run yet" "$STORY/two/index.html"
expect_says "toy/release/v1[.].*/index.html" "$STORY/two/index.html"
expect_says "1 build failed" "$STORY/two/index.html"
expect_says "failed trials" "$STORY/two/index.html"
tidy -eq "$STORY/two/index.html" || fail "tidy complains of the index of several trees"

# Two tags of one commit are tested once, and compared by either name.
sql "INSERT INTO release (tree_id, subject_id, name, sort_key, prerelease, annotated, released_at)
     SELECT tree_id, subject_id, 'v1.9-again', sort_key || '~', false, false, released_at FROM release WHERE name = 'v1.9'" >/dev/null
compare() { marvin-report compare "$@" --json | python3 -c '
import json, sys
print(sorted({(r["new_release"], r["state"]) for r in json.load(sys.stdin)["rows"] if r["benchmark"] == "sort"}))'; }
expect "the second tag of v1.9" "$(compare toy:v1.4 toy:v1.9 | sed 's/v1.9/v1.9-again/g')" "$(compare toy:v1.4 toy:v1.9-again)"
refused() { # STATUS PATTERN arguments of marvin-report ..
    local want=$1 pattern=$2 status=0
    shift 2
    marvin-report "$@" >"$STORY/out" 2>"$STORY/err" || status=$?
    expect "status of $*" "$want" "$status"
    expect_says "$pattern" "$STORY/err"
}
refused 3 'toy:v1.9 and toy:v1.9-again are the same commit' compare toy:v1.9 toy:v1.9-again
refused 2 'margin is of files' compare toy:v1.4 toy:v1.9 --margin 5%
refused 2 'a verdict says why' verdict 'sort/n=10:time@left#v1.5' real --why ' '
sql "DELETE FROM release WHERE name = 'v1.9-again'" >/dev/null

# A machine whose times count instructions: said beside its changes, over the table and on its series.
sql "UPDATE run SET mode = 'icount' WHERE machine_id = (SELECT id FROM machine WHERE name = 'right')" >/dev/null
marvin-report site --output "$STORY/icount" >/dev/null
grep -q 'instructions, not time' "$STORY/two/$index" && fail "where time is time it says otherwise"
site=$STORY/icount
says '; instructions, not time' $index
says 'right counts instructions, not time: caches, memory, locks and disks are not seen.' $index
! grep -q 'left counts instructions' "$site/$index" || fail "left counts no instructions"
grep -rl 'Here it is instructions, not time' "$site/toy/series/"*right* >/dev/null || fail "no series of right says it"
! grep -rl 'instructions, not time' "$site/toy/series/"*left* || fail "a series of left says it"
marvin-report changes --found >"$STORY/found"
expect_says '^ +right .*instructions, not time$' "$STORY/found"
! grep -E '^ +right ' "$STORY/found" | grep -v 'instructions, not time$' || fail "a change on right does not say it"
! grep -E '^ +left .*instructions' "$STORY/found" || fail "a change on left says it"

# A trade-off names changes for the better, and reopens when one of them is gone.
loss='sort/size=1000:throughput@left#v1.5' win='memory:latency@left#v1.6'
times() { # FACTOR BENCHMARK SUBJECT: what it measured on left from that subject on
    sql "UPDATE sample sa SET value = ARRAY(SELECT x * $1 FROM unnest(sa.value) x)
         FROM trial t, run r, battery b, machine m
         WHERE t.run_id = sa.run_id AND t.id = sa.trial_id AND r.id = t.run_id AND b.id = r.battery_id
           AND m.id = r.machine_id AND m.name = 'left' AND t.benchmark = '$2' AND b.subject_id >= $3" >/dev/null
    marvin-report site --output "$site" >/dev/null
}
refuses 3 'won, in the tree toy: memory:latency@left#v1.6: no change is known there' "$loss" trade-off --why x --won "$win"
times 0.7 memory 6
times 1/0.7 sort 8 # the loss goes no further
refuses 3 'won .*v1.5: is the change that the verdict is about' "$loss" trade-off --why x --won "$loss"
refuses 3 'won .*right#v1.5: did not win, it became worse there .*25' "$loss" trade-off --why x --won "$win" --won 'sort/size=1000:throughput@right#v1.5'
marvin-report verdict "$loss" trade-off --why 'memory is worth it' --won "$win" >/dev/null || fail "a trade-off"
marvin-report site --output "$site" >/dev/null
says '<strong>trade-off</strong>: memory is worth it' $index
says "won: $win" $index
times 1/0.7 memory 6
says "<strong>reopened</strong>: what won, $win, is not seen any more (marvin-report, " $index
echo ok
