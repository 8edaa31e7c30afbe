#!/bin/bash
# marvin-report aa on a database: every release with enough boots is dealt, what the releases differ
# in does not matter, and the answer is the same each time.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/../story/lib.sh"

printf '[tree toy]\nurl = /nowhere\nbaseline = first\n' >"$MARVIN_CONFIG/trees.d/toy.ini"
marvin db start
marvin-report aa >"$STORY/empty"
expect_says '^no release has a series of 4 boots or more' "$STORY/empty"
sql "$(cat "${MARVIN_SOURCE_DIR:?}/tests/data/report/toy.sql")" >/dev/null
marvin-report aa --json >"$STORY/one.json"
marvin-report aa --json --tree toy >"$STORY/two.json"
cmp "$STORY/one.json" "$STORY/two.json"
marvin-report aa --machine left --regroupings 3 --json >"$STORY/left.json"
python3 - "$STORY" <<'PY'
import json, sys
one, left = (json.load(open(sys.argv[1] + "/" + name + ".json")) for name in ("one", "left"))
sums = ("cells", "better", "worse", "tested", "alone_better", "alone_worse")
for page in one, left:
    for name in sums:
        assert page[name] == sum(r[name] for r in page["releases"]) == sum(b[name] for b in page["benchmarks"]), (name, page)
    assert page["pages"] == page["regroupings"] * len(page["releases"]), page
names = [r["release"] for r in one["releases"]]
assert "v1.1" in names and "v1.3" not in names, names  # the build of v1.3 failed
assert {"sort"} <= {b["benchmark"] for b in one["benchmarks"]}, one
assert one["regroupings"] == 20 and left["regroupings"] == 3 and left["cells"] < one["cells"], left
assert one["page_rate"] <= one["limit"], one
PY
marvin-report aa >"$STORY/text"
cat "$STORY/text"
expect_says '^pages with a false alarm: [0-9]+ of [0-9]+, .*: holds$' "$STORY/text"
expect_says '^toy:v1.1 ' "$STORY/text"
status=0
marvin-report aa --tree nowhere 2>"$STORY/err" || status=$?
expect "an unknown tree" 3 "$status"
expect_says "^marvin-report: --tree: there is no tree 'nowhere'; expected one of toy$" "$STORY/err"
status=0
marvin-report aa --machine lift >"$STORY/out" 2>"$STORY/err" || status=$?
expect "an unknown machine" 3 "$status"
expect_says "^marvin-report: --machine: there is no machine 'lift'; did you mean 'left'\?$" "$STORY/err"
expect "judgements are not stored" 0 "$(sql 'SELECT count(*) FROM judgement')"
