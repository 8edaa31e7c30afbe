#!/bin/bash
# marvin-bisect run, interrupted and killed on the way: the same command line goes on, the tree is as it
# was found.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/story/bisect_lib.sh
. "$(dirname "$0")/bisect_lib.sh"

# A run takes a while, and waits as long as there is a gate.
sed -i 's/^n=/sleep 0.03\nwhile [ -e "$COUNTER.gate" ]; do sleep 0.02; done\nn=/' "$STORY/bench"
runs_made() { cat "$COUNTER.log" 2>/dev/null | wc -l; }

# begins N ARGUMENTS..: starts a bisection in the background and waits until it has made N more runs;
# its process is $pid
begins() {
    local wanted=$(($(runs_made) + $1)) deadline=$((SECONDS + 60))
    shift
    marvin-bisect run "$@" >"$STORY/out" 2>"$STORY/err" &
    pid=$!
    until [ "$(runs_made)" -ge "$wanted" ]; do
        kill -0 "$pid" 2>/dev/null || { cat "$STORY/out" "$STORY/err" >&2 && fail "it ended before it was stopped"; }
        [ $SECONDS -lt $deadline ] || fail "no $wanted runs within a minute"
        sleep 0.02
    done
}
# ends SIGNAL STATUS: sends it to $pid, which ends with that status
ends() {
    local status=0
    kill "-$1" "$pid"
    wait "$pid" 2>/dev/null || status=$?
    expect "the status behind $1" "$2" "$status"
}
between=(--good good --bad main)

line_tree "$STORY/line" 40 23 110 4 9 18 31
cd "$STORY/line"
remember

echo "# killed three times"
for n in 4 9 6; do
    begins $n "${between[@]}" "${MEASURED[@]}" "${BENCH[@]}"
    ends KILL 137
    expect "its work trees are still there" yes "$(git worktree list | grep -q marvin-bisect && echo yes)"
done
before=$(runs_made)
bisect 0 "${between[@]}" "${MEASURED[@]}" --json "${BENCH[@]}"
expect "the culprit" "$(git rev-parse c23)" "$(field culprit)"
[ "$before" -ge 19 ] || fail "only $before runs were made before"
counted=$(sed -n 's/^ *"\(endpoints\|search\|verify\)": \([0-9]*\),*$/\2/p' "$STORY/out" | paste -sd+)
lost=$(($(runs_made) - (counted)))
[ "$lost" -ge 0 ] && [ "$lost" -le 3 ] || fail "$lost runs are not in the record, after three kills"
untouched

echo "# interrupted: nothing is left but the record"
begins 7 "${between[@]}" "${MEASURED[@]}" "${BENCH[@]}" 2
ends INT 6
expect_says '^marvin-bisect: interrupted; the same command goes on where it was' "$STORY/err"
expect_says '^runs +[0-9]+ of the ends' "$STORY/out"
untouched
begins 2 "${between[@]}" "${MEASURED[@]}" "${BENCH[@]}" 2
touch "$COUNTER.gate"
marvin-bisect log | grep -q '^git bisect start' || fail "no log while it runs"
bisect 3 "${between[@]}" "${MEASURED[@]}" "${BENCH[@]}" 2
expect_says 'another process works on this bisection' "$STORY/err"
rm "$COUNTER.gate"
status=0
wait "$pid" || status=$?
expect "the rest of it" 0 "$status"
expect_says "^culprit +$(git rev-parse c23)$" "$STORY/out"
untouched

echo "# what a killed one left goes away with the next one"
begins 3 "${between[@]}" "${MEASURED[@]}" "${BENCH[@]}" 3
ends KILL 137
bisect 0 "${between[@]}" "${MEASURED[@]}" "${BENCH[@]}" 2
untouched

echo "# in place: the branch comes back"
begins 5 "${between[@]}" --in-place "${MEASURED[@]}" "${BENCH[@]}" 4
ends TERM 6
rm -f built
untouched
begins 3 "${between[@]}" --in-place "${MEASURED[@]}" "${BENCH[@]}" 4
ends KILL 137
if git symbolic-ref -q HEAD >"$STORY/replay"; then fail "the kill came too early"; fi
bisect 0 "${between[@]}" --in-place "${MEASURED[@]}" "${BENCH[@]}" 4
expect_says "^note: $STORY/line: put back to refs/heads/main, where a killed bisection had found it" "$STORY/err"
expect_says "^culprit +$(git rev-parse c23)$" "$STORY/out"
rm -f built
untouched

echo "# killed while culprit and parent run with another layout"
line_tree "$STORY/laid" 8 4 110
cd "$STORY/laid"
remember
# shellcheck disable=SC2016
laid=("${MEASURED[@]:0:4}" --build 'sh ./make-it; [ -z "${MARVIN_LAYOUT:-}" ] || touch laid-out')
journal() { cat .git/marvin-bisect/*.jsonl; }
begins 1 "${between[@]}" "${laid[@]}" "${BENCH[@]}"
until [ "$(journal | grep -c '"layout":')" -ge 3 ]; do
    kill -0 "$pid" 2>/dev/null || { cat "$STORY/out" "$STORY/err" >&2 && fail "it ended before it was killed"; }
    sleep 0.02
done
ends KILL 137
begun=$(journal | grep -c '"layout":')
bisect 0 "${between[@]}" "${laid[@]}" "${BENCH[@]}"
expect_says '^layout +the effect stays with another layout: .*\(n=[0-9]+ each\)$' "$STORY/out"
n=$(sed -n 's/^layout.*(n=\([0-9]*\) each)$/\1/p' "$STORY/out")
expect "what ran before the kill counts" $((2 * n)) "$(journal | grep -c '"layout":')"
[ "$begun" -lt $((2 * n)) ] || fail "the kill came too late"
untouched
