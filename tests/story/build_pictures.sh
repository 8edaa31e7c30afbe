#!/bin/bash
# Builds for people: Yocto's buildstats and our own, searched, over time, as matrix and as pictures.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"
DATA=${MARVIN_SOURCE_DIR:?}/tests/data/buildstats
check() { python3 -c "import json, sys; d = json.load(open('$STORY/out')); assert $1, d"; }

echo "# Yocto's"
runs 0 marvin import buildstats "$DATA"
expect_says '^2 builds: 2 imported' "$STORY/out"
expect_says '^20260118120000: 5 tasks, failed at gmp-6.3.0-r0:do_compile: new' "$STORY/err"
runs 0 marvin import buildstats "$DATA/20260117120000"
expect_says '^1 build: 0 imported, 1 known already' "$STORY/out"
runs 0 marvin import buildstats "$DATA/20260117120000" --tree poky --again
expect "now of that tree" "poky" "$(sql "SELECT tree FROM foreign_build WHERE source = '20260117120000'")"
runs 0 marvin store verify
expect "it is kept whole" 2 "$(marvin store status --json | python3 -c 'import json, sys; print([r["objects"] for r in json.load(sys.stdin) if r["kind"] == "raw"][0])')"
mkdir "$STORY/empty"
runs 3 marvin import buildstats "$STORY/empty"
expect_says 'there are no buildstats' "$STORY/err"
mkdir -p "$STORY/odd/x/a-1-r0"
head -c 100000 /dev/urandom >"$STORY/odd/x/a-1-r0/do_compile"
printf 'Started: 1e308\n' >"$STORY/odd/x/a-1-r0/do_fetch"
ln -s /dev/zero "$STORY/odd/x/a-1-r0/do_zero"
runs 3 marvin import buildstats "$STORY/odd"

echo "# ours beside them"
tree=$STORY/toy
toy_tree "$tree"
toy_release "$tree" v1.0 1000
toy_config "$tree"
sed -i '/^machines/d; /^plans/d' "$MARVIN_CONFIG/trees.d/toy.ini"
printf '#!/bin/sh\nset -eu\necho "== compile"\necho "  CC      lib/a.o"\ncc -O2 -o "$MARVIN_OUT/toy" "$MARVIN_SOURCE/toy.c"\n' >"$MARVIN_CONFIG/recipes/toy"
bob builder alpha --once 2>/dev/null
bob --once
toy_release "$tree" v1.1 1000
echo 'int main(' >"$tree/toy.c"
git -C "$tree" commit -qam broken && git -C "$tree" tag -f v1.1 >/dev/null
bob --once

echo "# search"
runs 0 marvin-report search --json
check 'len(d) == 4'
runs 0 marvin-report search status=failed --json
check 'sorted(b["tree"] for b in d) == ["toy", "yocto"]'
runs 0 marvin-report search package='gmp*' builder=forge --json
check 'len(d) == 9 and {b["unit_kind"] for b in d} == {"task", "package"}'
runs 0 marvin-report search package=zlib-1.3.1-r0:do_compile status=done --json
check '[round(b["unit_took"]) for b in d] == [20]'
runs 0 marvin-report search package=lib tree=toy --json
check 'len(d) == 2 and all(b["unit_kind"] == "directory" for b in d)'
runs 0 marvin-report search step=compile --json
check '[b["release"] for b in d] == ["v1.1"]'
runs 0 marvin-report search since=2026-01-18 until=2026-01-19 --json
check '[b["release"] for b in d] == ["20260118120000"]'
runs 1 marvin-report search 'builder=nobody*'
runs 1 marvin-report search builder=alpha status=failed release=v1.0
runs 3 marvin-report search builder=aplha
expect_says "^marvin-report: builder=aplha: there is no builder 'aplha'; did you mean 'alpha'" "$STORY/err"
runs 3 marvin-report search status=faild
expect_says "status=faild: there is no such state of a build; did you mean 'failed'" "$STORY/err"
git -C "$tree" tag v1.0.1 v1.0
bob watch 2>/dev/null
runs 0 marvin-report search release=v1.0.1 --json
check '[(b["tree"], b["release"]) for b in d] == [("toy", "v1.0.1")]'
runs 0 marvin-report search 'release=v1.0*' --json
check '[b["release"] for b in d] == ["v1.0"]'
git -C "$tree" tag -d v1.0.1 >/dev/null
runs 2 marvin-report search biulder=alpha
expect_says "did you mean 'builder'" "$STORY/err"
runs 2 marvin-report search since=yesterday
runs 2 marvin-report search alpha

echo "# builders over time"
runs 0 marvin-report waterfall builder=forge
expect_says '^forge +\|#.*x\| ' "$STORY/out"
runs 0 marvin-report waterfall --json
check '[(l["builder"], len(l["builds"])) for l in d][1:] == [] or {l["builder"] for l in d} >= {"forge"}'
runs 0 marvin-report waterfall --format svg
python3 -c "import sys, xml.dom.minidom as m; m.parse(sys.argv[1])" "$STORY/out"
runs 0 marvin-report waterfall --format html
tidy -q -e "$STORY/out" 2>&1 | grep -i error && fail "the page is no HTML"
expect_says '✗ failed' "$STORY/out"
runs 3 marvin-report waterfall tree=nothing --format html
expect_says "tree=nothing: there is no tree 'nothing'; expected one of toy, poky, yocto" "$STORY/err"
runs 0 marvin-report waterfall 'tree=nothing*' --format html
runs 0 marvin-report waterfall 'tree=nothing*'
expect_says 'no builds' "$STORY/out"

echo "# one build"
runs 0 marvin-report waterfall f1
expect_says '^package +linux-yocto-6.6.21-r0 +\|.*#' "$STORY/out"
runs 0 marvin-report waterfall f1 --json
check 'len(d["units"]) == 24 and d["facts"]["load"]["every_s"] == 10'
runs 0 marvin-report waterfall f1 --format svg
cp "$STORY/out" "$STORY/once"
expect_says 'do_compile' "$STORY/out"
expect_says 'processors busy' "$STORY/out"
runs 0 marvin-report waterfall f1 --format svg
cmp "$STORY/once" "$STORY/out" || fail "the picture of unchanged data has other bytes"
runs 0 marvin-report waterfall f2 --format html
expect_says '✗ failed' "$STORY/out"
runs 3 marvin-report waterfall b999
runs 2 marvin-report waterfall f1 --format pdf

echo "# releases and targets"
runs 0 marvin-report matrix
expect_says '^toy +v1.0 .*✓ done' "$STORY/out"
expect_says '^toy +v1.1 .*✗ failed' "$STORY/out"
runs 0 marvin-report matrix tree=toy --json
check '[(c["release"], c["state"], c["attempts"]) for c in d] == [("v1.0", "done", 1), ("v1.1", "failed", 1)]'
runs 3 marvin-report matrix tree=toy release=v1.6
expect_says "release=v1.6: there is no release 'v1.6'; did you mean 'v1.[01]'" "$STORY/err"
runs 0 marvin-report matrix --format html
tidy -q -e "$STORY/out" 2>&1 | grep -i error && fail "the page is no HTML"
echo ok
