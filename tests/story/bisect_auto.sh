#!/bin/bash
# bisect = obvious: bob begins the bisection of a loss that its pages show, moves it on round by
# round, and the dashboard names the commit beside the change. Off, the preset, begins nothing.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$STORY/toy
toy_tree "$tree"
toy_config "$tree"
for i in 0 1 2 3 4 5 6; do
    value=1000
    [ "$i" -lt 5 ] || value=900
    toy_release "$tree" "v1.$i" $value
    git -C "$tree" commit -q --allow-empty -m "toy: after v1.$i"
done
git -C "$tree" tag -d v1.5 >/dev/null # the commit that did it is no release
culprit=$(git -C "$tree" log --format=%H --grep='^toy: v1.5$')
rounds() {
    for _ in $(seq "$1"); do
        bob --once >"$STORY/out" 2>&1 || fail "bob: $(cat "$STORY/out")"
        marvin run here --once >"$STORY/out" 2>&1 || fail "run: $(cat "$STORY/out")"
    done
}
rounds 1
bob --once >"$STORY/out" 2>&1
expect "a change at v1.6" v1.6 "$(sql "SELECT r.name FROM change c JOIN release r ON r.subject_id = c.subject_id")"
expect "off" 0 "$(sql "SELECT count(*) FROM bisection")"

echo "bisect = obvious" >>"$MARVIN_CONFIG/trees.d/toy.ini"
for _ in $(seq 30); do
    rounds 1
    [ "$(sql "SELECT string_agg(state, ' ') FROM bisection")" = running ] || break
done
expect "one, found" "found|v1.4|v1.6|$culprit" "$(sql "SELECT state, options->>'good', options->>'bad', answer->>'culprit' FROM bisection")"
expect "it explains the change" 1 "$(sql "SELECT count(*) FROM bisection b JOIN change c ON c.id = b.change_id")"
bob --once >"$STORY/out" 2>&1
expect "never begun again" 1 "$(sql "SELECT count(*) FROM bisection")"
marvin-report site --output "$STORY/site" >/dev/null
expect_says "${culprit:0:12}.*toy: v1.5.*probability" "$STORY/site/index.html"
tidy -eq "$STORY/site/index.html" || fail tidy

echo "# a person's verdict has the bisection as evidence, whichever was there first"
cell='toybench/size=1000:throughput@here#v1.6'
marvin-report verdict "$cell" real --why "the inner loop" >"$STORY/out"
expect_says "^evidence: bisection 1 found ${culprit:0:12} \\(toy: v1.5\\), probability [01]\\.[0-9]+" "$STORY/out"
sql "UPDATE bisection SET answer = jsonb_set(answer, '{layout}', '{\"state\": \"code-layout\", \"says\": \"apparent: code layout: as it might be\"}')" >/dev/null
marvin-report verdict "$cell" real --why "the inner loop" >"$STORY/out" 2>"$STORY/err"
expect_says "apparent: code layout" "$STORY/out"
expect_says "the bisection says that it is not real" "$STORY/err"
marvin-report site --output "$STORY/site" >/dev/null
expect_says "evidence: bisection 1 found ${culprit:0:12}" "$STORY/site/toy/index.html"
grep -rqE "\"evidence\": \"bisection 1 found" "$STORY"/site --include=changes.json || fail "no evidence in the twin"
echo "ok"
