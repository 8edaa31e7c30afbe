#!/bin/bash
# marvin-bisect run in trees whose culprit is known: the right commit, the tree left as it was.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/story/bisect_lib.sh
. "$(dirname "$0")/bisect_lib.sh"

# replays LOG TAG: git goes through the log to that commit
replays() {
    git bisect replay "$1" >"$STORY/replay" 2>&1
    expect_says "^$(git rev-parse "$2^{commit}") is the first (bad|fixed) commit" "$STORY/replay"
    git bisect reset >"$STORY/replay" 2>&1
}

echo "# a slow commit, a noisy command, one commit of ten that does not build"
line_tree "$STORY/line" 64 41 105 5 6 17 30 44 52
cd "$STORY/line"
remember
NOISE=0.03 bisect 0 --good good --bad main "${MEASURED[@]}" --json --log "$STORY/log" "${BENCH[@]}"
expect "the state" found "$(field state)"
expect "the culprit" "$(git rev-parse c41)" "$(field culprit)"
expect_says '^good 1[0-9.]+ ms \(n=[0-9]+\), main 1[0-9.]+ ms .*: \+[0-9.]+ % \[.*\]: reproduces' "$STORY/err"
runs=$(($(sed -n 's/^ *"\(endpoints\|search\|verify\)": \([0-9]*\),*$/\2/p' "$STORY/out" | paste -sd+)))
expect "every run is counted" "$(wc -l <"$COUNTER.log")" "$runs"
untouched
replays "$STORY/log" c41
marvin-bisect log >"$STORY/log2"
cmp "$STORY/log" "$STORY/log2"

echo "# the same command line has the answer already"
NOISE=0.03 bisect 0 --good good --bad main "${MEASURED[@]}" "${BENCH[@]}"
expect "no further run" "$runs" "$(wc -l <"$COUNTER.log")"
expect_says "^culprit +$(git rev-parse c41)$" "$STORY/out"
expect_says '^ +A U Thor <author@example.org>, 2001-09-09$' "$STORY/out"
expect_says '^effect +\+[0-9.]+ % \[.*\] against [0-9a-f]{12}$' "$STORY/out"
expect_says '^revert +on main it recovers [0-9]+ % \[-?[0-9]+, [0-9]+\] of the loss \(n=[0-9]+ each\)$' "$STORY/out"
expect_says "^tag +Fixes: $(git rev-parse --short=12 c41) \\(\"change 41\"\\)$" "$STORY/out"
untouched

echo "# a row of commits that do not build: one of them did it, and none is accused"
# shellcheck disable=SC2046
line_tree "$STORY/class" 32 20 120 $(seq 10 22)
cd "$STORY/class"
bisect 0 --good good --bad main "${MEASURED[@]}" --json "${BENCH[@]}"
expect "the state" found "$(field state)"
expect "why" "it is one of 14 commits which no testable commit tells apart" "$(field why)"
expect "the suspects" "$(git rev-list c9..c23 | sort)" "$(sed -n 's/^      "commit": "\(.*\)",$/\1/p' "$STORY/out" | sort)"
awk -v one="$(field probability)" -v all="$(field class_probability)" 'BEGIN { exit !(one < 0.08 && all >= 0.95) }' ||
    fail "probability $(field probability), of the class $(field class_probability)"
bisect 0 --good good --bad main "${MEASURED[@]}" "${BENCH[@]}"
expect "no tag" 0 "$(grep -c 'Fixes:' "$STORY/out")"
expect_says "^effect +\\+[0-9.]+ % \\[.*\\] against $(git rev-parse --short=12 c9), 14 commits together$" "$STORY/out"

echo "# two commits did it: both are named, each with its own part, and git replays to the first"
line_tree "$STORY/two" 64 20 110
cd "$STORY/two"
git checkout -q c44
for i in $(seq 45 64); do
    echo 121 >cost && git add cost && git -c user.name=A -c user.email=a@example.org commit -q --allow-empty -m "change $i" && git tag -f "c$i" >/dev/null
done
git branch -qf main && git checkout -q main
NOISE=0.02 bisect 0 --good good --bad main "${MEASURED[@]}" --no-layout --json --log "$STORY/log" "${BENCH[@]}"
expect "the state" found "$(field state)"
both=$(sed -n '/"further_culprits"/,/]/s/^ *"commit": "\(.*\)",$/\1/p' "$STORY/out")
expect "both of them" "$(git rev-parse c20 c45 | sort)" "$(printf '%s\n' "$(field culprit)" "$both" | sort)"
expect "the suspect is the culprit" "$(field culprit)" "$(sed -n '/"credible_set"/,/]/s/^ *"commit": "\(.*\)",$/\1/p' "$STORY/out")"
replays "$STORY/log" "$(field culprit)"

echo "# the command line that is printed goes on with what is unfinished, and makes an answer again"
cd "$STORY/line"
again() { sed -n 's/^again  *//p' "$STORY/out"; }
line="marvin-bisect run --repo $STORY/line --good good --bad main --first-parent --build 'sh ./make-it' --metric-from 'time: ([0-9.]+)'"
line="$line --better lower --state $STORY/state --no-revert --stop 0.97 --timeout 90s --reported +5.5% --seed 3"
NOISE=0.03 bisect 6 --repo "$STORY/line" --good good --bad main --first-parent "${MEASURED[@]}" --state "$STORY/state" --no-revert \
    --stop 0.97 --timeout 90s --reported 5.5% --seed 3 --max-runs 12 "${BENCH[@]}"
expect "to go on" "$line -- $STORY/bench" "$(again)"
runs=$(wc -l <"$COUNTER.log")
NOISE=0.03 bash -c "$(again)" >"$STORY/out" 2>"$STORY/err"
expect "to do it again" "$line --restart -- $STORY/bench" "$(again)"
runs=$(($(wc -l <"$COUNTER.log") - runs + 12))
made=$(sed -n 's/^runs  *\([0-9]*\) of the ends, \([0-9]*\) to search, \([0-9]*\) to verify;.*/\1+\2+\3/p' "$STORY/out")
expect "no run was set aside" "$runs" "$((made))"
untouched

echo "# nothing changed: it does not reproduce"
line_tree "$STORY/flat" 8 9 100
cd "$STORY/flat"
bisect 1 --good good --bad main --reported +5% "${MEASURED[@]}" "${BENCH[@]}"
expect_says '^ends +does not reproduce: reported \+5.0 %, now [+-][0-9.]+ % \[.*\], n=[0-9]+ ' "$STORY/out"
bisect 1 --good good --bad main --reported +5% "${MEASURED[@]}" --json "${BENCH[@]}"
expect "the state" not-reproduced "$(field state)"
expect "no culprit" null "$(field culprit)"

echo "# merges: the culprit is on a side branch, and good is no ancestor of bad"
line_tree "$STORY/merges" 12 99 100
cd "$STORY/merges"
git config user.name Tester
git config user.email tester@example.invalid
for side in 2 5 8; do
    git checkout -q -b "side$side" "c$side"
    for i in 1 2 3; do
        if [ "$side$i" = 52 ]; then echo 110 >cost; else echo "$i" >"text/side$side-$i"; fi
        git add -A
        git commit -q -m "side $side.$i"
        git tag "s$side.$i"
    done
done
git checkout -q main
for side in 2 5 8; do git merge -q --no-ff -m "merge side$side" "side$side"; done
git checkout -q -b stable c3
echo stable >text/stable
git add -A
git commit -q -m "only in stable"
git checkout -q main
remember
bisect 0 --good good --bad main "${MEASURED[@]}" --json --log "$STORY/log" "${BENCH[@]}"
expect "the culprit" "$(git rev-parse s5.2)" "$(field culprit)"
replays "$STORY/log" s5.2
bisect 0 --good stable --bad main "${MEASURED[@]}" --log "$STORY/log" "${BENCH[@]}"
expect_says "^culprit +$(git rev-parse s5.2)$" "$STORY/out"
expect_says "^note +good 'stable' is no ancestor of bad 'main': their merge base $(git rev-parse --short=12 c3) is tested" "$STORY/out"
replays "$STORY/log" s5.2
bisect 0 --good good --bad main --first-parent "${MEASURED[@]}" --json --log "$STORY/log" "${BENCH[@]}"
expect "the merge" "$(git rev-parse 'main^')" "$(field culprit)"
replays "$STORY/log" 'main^'
bisect 0 --good good --good side2 --good stable --bad main "${MEASURED[@]}" --json --log "$STORY/log" "${BENCH[@]}"
expect "the culprit" "$(git rev-parse s5.2)" "$(field culprit)"
expect "what no good one has" "$(git rev-list --count main ^side2 ^c3)" "$(field commits)"
replays "$STORY/log" s5.2
untouched

echo "# the commit that fixed it"
line_tree "$STORY/fixed" 24 9 90
cd "$STORY/fixed"
bisect 0 --find fix --bad good --good main "${MEASURED[@]}" --json --log "$STORY/log" "${BENCH[@]}"
expect "the fix" "$(git rev-parse c9)" "$(field culprit)"
replays "$STORY/log" c9

echo "# another layout of the code: the loss stays, or it was only where the code lay"
line_tree "$STORY/laid" 8 4 110
cd "$STORY/laid"
remember
# shellcheck disable=SC2016
stays='sh ./make-it; [ -z "${MARVIN_LAYOUT:-}" ] || touch laid-out'
bisect 0 --good good --bad main "${MEASURED[@]:0:4}" --build "$stays" "${BENCH[@]}"
expect_says '^layout +the effect stays with another layout: \+[0-9.]+ % \[.*\], [0-9]+ % \[.*\] of it \(n=[0-9]+ each\)$' "$STORY/out"
expect_says '^revert +on main it recovers' "$STORY/out"
cp "$STORY/out" "$STORY/out.stays"
bisect 0 --good good --bad main "${MEASURED[@]:0:4}" --build "$stays" "${BENCH[@]}"
diff "$STORY/out.stays" "$STORY/out" || fail "the answer is not what it was"
# shellcheck disable=SC2016
apparent='sh ./make-it; [ -z "${MARVIN_LAYOUT:-}" ] || echo 100 >built'
bisect 0 --good good --bad main "${MEASURED[@]:0:4}" --build "$apparent" --json "${BENCH[@]}"
expect_says '"state": "code-layout"' "$STORY/out"
bisect 0 --good good --bad main "${MEASURED[@]:0:4}" --build "$apparent" "${BENCH[@]}"
expect_says '^but +apparent: code layout: ' "$STORY/out"
bisect 0 --good good --bad main "${MEASURED[@]:0:4}" --build "$apparent" --no-layout --restart "${BENCH[@]}"
expect_says '^layout +not measured: not asked for$' "$STORY/out"
bisect 0 --good good --bad main "${MEASURED[@]}" "${BENCH[@]}"
expect_says '^layout +not measured: --build knows no other layout' "$STORY/out"
untouched

echo "# exit codes: the bad ones fail two times of three, the good ones now and then"
line_tree "$STORY/flaky" 24 15 200
cd "$STORY/flaky"
# shellcheck disable=SC2016
flaky='n=$(wc -c <"$COUNTER.flaky"); printf x >>"$COUNTER.flaky"; [ "$(cat cost)" != 150 ] || exit 125
       if [ "$(cat cost)" = 100 ]; then [ $((n * 37 % 25)) != 0 ]; else [ $((n * 7 % 3)) = 0 ]; fi'
: >"$COUNTER.flaky"
bisect 0 --good good --bad main --exit-code --json --log "$STORY/log" -- sh -c "$flaky"
expect "the culprit" "$(git rev-parse c15)" "$(field culprit)"
replays "$STORY/log" c15

echo "# which option of a configuration did it"
cd "$STORY/flat"
for i in $(seq 1 40); do
    echo "CONFIG_OPTION_$i=y" >>"$STORY/old.config"
    case $i in
    9 | 18 | 27) echo "CONFIG_OPTION_$i=y" ;;
    23) echo "CONFIG_OPTION_$i=m" ;;
    *) echo "# CONFIG_OPTION_$i is not set" ;;
    esac >>"$STORY/new.config"
done
remember
# Option 23 costs a tenth; a mixture that ends between 12 and 14 does not build.
# shellcheck disable=SC2016
configure='if grep -q "OPTION_12 is not" "$MARVIN_CONFIG_FILE" && ! grep -q "OPTION_14 is not" "$MARVIN_CONFIG_FILE"; then exit 1; fi
           if grep -q "^CONFIG_OPTION_23=m" "$MARVIN_CONFIG_FILE"; then echo 110; else echo 100; fi >built'
bisect 0 --config "$STORY/old.config" "$STORY/new.config" "${MEASURED[@]:0:4}" --build "$configure" "${BENCH[@]}"
expect_says '^culprit +CONFIG_OPTION_23$' "$STORY/out"
expect_says '^ +y -> m$' "$STORY/out"
expect_says "^revert +on $STORY/new.config it recovers [0-9]+ % " "$STORY/out"
bisect 0 --config "$STORY/old.config" "$STORY/new.config" "${MEASURED[@]:0:4}" --build "$configure" --json "${BENCH[@]}"
expect "the option" CONFIG_OPTION_23 "$(field culprit)"
untouched
bisect 3 --config "$STORY/old.config" "$STORY/old.config" "${MEASURED[@]:0:4}" "${BENCH[@]}"
expect_says 'set the same options to the same values' "$STORY/err"
