#!/bin/bash
# marvin-report aa --simulate: the fields that scripts rely on, and that on pages where nothing
# changed we call no more different than any rule of the field does.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
aa() { "$MARVIN_BIN/marvin-report" aa --simulate "$@"; }

aa --pages 20 --json >"$folder/mixture.json"
aa --pages 2 --json >"$folder/once.json"
aa --pages 2 --json >"$folder/again.json"
cmp "$folder/once.json" "$folder/again.json"
aa --pages 4 --world all --boots 3 --seed 7 --json >"$folder/all.json"
python3 - "$folder" <<'PY'
import json, sys
mixture, every = (json.load(open(sys.argv[1] + "/" + name + ".json")) for name in ("mixture", "all"))
assert set(mixture) == {"schema", "q", "seed", "tests", "machines", "worlds"}, mixture
(world,) = mixture["worlds"]
assert (world["world"], world["boots"], world["pages"], world["real_pages"]) == ("mixture", 5, 20, 5), world
rules = {rule["rule"]: rule for rule in world["rules"]}
assert list(rules) == ["marvin", "lkp", "lkp-gap", "mmtests", "mmtests-sdiff", "t7", "mann-whitney"]
fields = {"rule", "explanation", "false_pages", "page_rate", "cell_rate", "better", "worse", "power", "false_discovery"}
ours = rules["marvin"]
for name, rule in rules.items():
    assert set(rule) == fields, rule
    assert rule["page_rate"] == rule["false_pages"] / 20, rule
    assert abs(rule["cell_rate"] - (rule["better"] + rule["worse"]) / 20000) < 1e-12, rule
    assert ours["false_pages"] <= rule["false_pages"] and ours["cell_rate"] <= rule["cell_rate"], (name, rule, ours)
assert ours["page_rate"] <= world["limit"] < 0.15, ours
assert ours["power"] > 0.3 and ours["false_discovery"] < 0.2, ours
# what STATISTICS has of them: most of the field calls something on every page
for name in ("lkp", "mmtests-sdiff", "mann-whitney"):
    assert rules[name]["false_pages"] == 20, rules[name]
assert 0.02 < rules["mann-whitney"]["cell_rate"] < 0.06, rules["mann-whitney"]
assert every["seed"] == 7 and [w["world"] for w in every["worlds"]] == [
    "normal", "skew", "modes5", "modes8", "outliers", "mixture", "machine"], every
assert all(w["boots"] == 3 and w["pages"] == 4 for w in every["worlds"]), every
# three boots a side cannot reach p = .05 by ranks
assert all(w["rules"][6]["false_pages"] == 0 and w["rules"][6]["power"] == 0 for w in every["worlds"]), every
PY
aa --pages 1 --world normal >"$folder/text"
grep -qE '^marvin +0\.0 % ' "$folder/text"
aa --pages 1 --world nowhere 2>"$folder/err" && exit 1
[ "$?" = 2 ] && grep -q -- '--world nowhere: expected normal' "$folder/err"
aa --pages 0 2>"$folder/err" && exit 1
[ "$?" = 2 ] && grep -q -- '--pages 0: expected 1 to' "$folder/err"
aa --machine left 2>"$folder/err" && exit 1
[ "$?" = 2 ]
