#!/bin/bash
# marvin-bisect run and what people get wrong: one clear message each, the tree left as it was found.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/story/bisect_lib.sh
. "$(dirname "$0")/bisect_lib.sh"

# refuses STATUS PATTERN ARGUMENTS..: that status, one line on stderr that matches (notes and progress
# aside), nothing on stdout, and an untouched tree
refuses() {
    local status=$1 pattern=$2
    shift 2
    bisect "$status" "$@"
    expect_says "^marvin-bisect: $pattern" "$STORY/err"
    expect "one message" 1 "$(grep -vcE '^note: |^runs ' "$STORY/err")"
    expect "no answer" 0 "$(wc -c <"$STORY/out")"
    untouched
}
ends=(--good good --bad main)
lower=(--better lower)

line_tree "$STORY/line" 12 7 120
cd "$STORY/line"
git checkout -q --orphan other
git rm -qrf .
echo alone >alone
git add alone
git -c user.name=T -c user.email=t@example.invalid commit -q -m alone
git checkout -q main
remember

echo "# commits"
refuses 2 'say between which commits' "${BENCH[@]}"
refuses 2 'an argument is missing' "${ends[@]}"
refuses 3 "bad 'good' is an ancestor of good 'main': are they swapped\\? Exchange them, or give --find fix" --good main --bad good "${lower[@]}" "${BENCH[@]}"
refuses 3 "good 'good' is an ancestor of bad 'main': .* With --find fix the bad commit comes first" "${ends[@]}" --find fix "${lower[@]}" "${BENCH[@]}"
refuses 3 "good 'c3' and bad 'main~9' are the same commit" --good c3 --bad main~9 "${lower[@]}" "${BENCH[@]}"
refuses 3 "good 'other' and bad 'main' have no history in common" --good other --bad main "${lower[@]}" "${BENCH[@]}"
refuses 3 "'v9' names no commit" --good v9 --bad main "${lower[@]}" "${BENCH[@]}"
refuses 3 "'--all' names no commit" --good=--all --bad main "${lower[@]}" "${BENCH[@]}"
refuses 3 '.*: is in no git repository' --repo "$STORY" "${ends[@]}" "${lower[@]}" "${BENCH[@]}"
refuses 3 '/nowhere: there is no such folder' --repo /nowhere "${ends[@]}" "${lower[@]}" "${BENCH[@]}"
git clone -q --depth 5 "file://$STORY/line" "$STORY/shallow"
refuses 3 '.* is a shallow clone: .*--unshallow' --repo "$STORY/shallow" --good HEAD~3 --bad HEAD "${lower[@]}" "${BENCH[@]}"

echo "# the metric"
refuses 2 "--metric-from: say which numbers are better" "${ends[@]}" --metric-from 'x(.)' "${BENCH[@]}"
refuses 2 "--metric-from 'x': has no group" "${ends[@]}" --metric-from 'x' "${lower[@]}" "${BENCH[@]}"
refuses 2 "--budget: expected a number from 0.001" "${ends[@]}" --budget 0s "${lower[@]}" "${BENCH[@]}"
refuses 2 "--max-runs: expected a number from 1 " "${ends[@]}" --max-runs 0 "${lower[@]}" "${BENCH[@]}"
refuses 2 "--better: expected 'lower' or 'higher'" "${ends[@]}" --better more "${BENCH[@]}"
refuses 2 "the command prints a number, '12 ms': say which is better" "${ends[@]}" -- echo 12 ms
refuses 2 "the command prints a number, 'time: 107.1': say which is better" "${ends[@]}" -- sh -c 'echo warm >&2; echo 3; echo time: 107.1'
# shellcheck disable=SC2016
bisect 0 "${ends[@]}" --json -- sh -c 'echo 7; echo "cost of 2 kinds: 1, 2"; [ "$(cat cost)" = 100 ]'
expect "no single number: the exit status counts" "$(git rev-parse c7)" "$(field culprit)"
refuses 3 "bad 'main' \\([0-9a-f]{12}\\) cannot be tested: .*printed no number that 't=\\(.\\*\\)' matches \\(last line: 'ok'\\)" "${ends[@]}" "${lower[@]}" --metric-from 't=(.*)' -- echo ok
refuses 3 ".* 't=\\(..\\)' matches 2 times \\(12, 13\\), and exactly one number" "${ends[@]}" "${lower[@]}" --metric-from 't=(..)' -- printf 't=12\nt=13\n'
refuses 3 ".* its last line '12 of 14' has 2 numbers" "${ends[@]}" "${lower[@]}" -- echo 12 of 14
refuses 3 ".* printed 'nan', and a finite number is wanted" "${ends[@]}" "${lower[@]}" --metric-from 't=(.*)' -- echo t=nan
refuses 3 ".* it printed 'inf s', and a finite number" "${ends[@]}" "${lower[@]}" -- echo inf s
# shellcheck disable=SC2016
refuses 3 "at commit [0-9a-f]{12} the command printed '1(0|2)0+ us', and '1(0|2)0 ms' before|at commit .* '.* ms', and '.* us' before" "${ends[@]}" "${lower[@]}" -- sh -c 'if [ "$(cat cost)" = 100 ]; then echo 100 ms; else echo 120000 us; fi'

echo "# commands that cannot go well"
refuses 3 ".* cannot be tested: the command ended with status 3: no such device" "${ends[@]}" "${lower[@]}" -- sh -c 'echo no such device >&2; exit 3'
refuses 3 ".* cannot be tested: the command was ended by signal 11" "${ends[@]}" "${lower[@]}" -- sh -c 'kill -SEGV $$'
refuses 3 ".* cannot be tested: the command cannot be started: cannot run .*/bench': no such file" "${ends[@]}" "${lower[@]}" -- ./bench
cp "$STORY/bench" mine
remember
refuses 3 ".* no such file \\(it is in the current folder and not in this commit: give its full path\\)" "${ends[@]}" "${lower[@]}" -- ./mine
rm mine
remember
refuses 3 ".* cannot be tested: the command did not end within 500ms" "${ends[@]}" "${lower[@]}" --timeout 500ms -- sleep 1000
refuses 3 ".* cannot be tested: the command printed more than 16.0M" "${ends[@]}" "${lower[@]}" -- yes
refuses 3 ".* cannot be tested: the build did not end within 500ms \\(.*build.log\\)" "${ends[@]}" "${lower[@]}" --build 'sleep 1000' --build-timeout 500ms "${BENCH[@]}"
refuses 3 ".* cannot be tested: the build ended with status 2: no rule \\(.*build.log\\)" "${ends[@]}" "${lower[@]}" --build 'echo no rule; exit 2' "${BENCH[@]}"
refuses 3 "at commit .* the command ended with status 130: 128 and above end a bisection" "${ends[@]}" --exit-code -- sh -c 'exit 130'
refuses 3 "at the good end, .* the command ended with status 126 or 127" "${ends[@]}" --exit-code -- sh -c 'no-such-program-here'
refuses 3 ".* cannot be tested: the command says so \\(status 125\\)" "${ends[@]}" --exit-code -- sh -c 'exit 125'

echo "# a work tree in use"
echo changed >>cost
remember
refuses 3 "$STORY/line: has changes that are not committed; commit or stash them, or leave out --in-place" "${ends[@]}" --in-place "${MEASURED[@]}" "${BENCH[@]}"
bisect 0 "${ends[@]}" "${MEASURED[@]}" "${BENCH[@]}"
expect_says "^culprit +$(git rev-parse c7)$" "$STORY/out"
expect_says "^note +changes in $STORY/line that are not committed are not part" "$STORY/out"
untouched
git checkout -q cost
touch .git/index.lock
remember
refuses 3 "$STORY/line: is locked by another git" "${ends[@]}" --in-place "${MEASURED[@]}" "${BENCH[@]}"
rm .git/index.lock
git bisect start main good >"$STORY/replay"
remember
refuses 3 "$STORY/line: is in the middle of a git bisect" "${ends[@]}" --in-place "${MEASURED[@]}" "${BENCH[@]}"
git bisect reset >"$STORY/replay" 2>&1
git clone -q --bare . "$STORY/bare"
cd "$STORY/bare"
refuses_bare() { bisect 3 "$@" && expect_says 'is a bare repository' "$STORY/err"; }
refuses_bare "${ends[@]}" --in-place "${MEASURED[@]}" "${BENCH[@]}"
bisect 0 "${ends[@]}" "${MEASURED[@]}" --json "${BENCH[@]}"
expect "a bare repository will do" "$(git rev-parse c7)" "$(field culprit)"

echo "# numbers of clean work trees and of one's own are not mixed"
cd "$STORY/line"
echo built >.git/info/exclude
remember
bisect 6 "${ends[@]}" --max-runs 4 "${MEASURED[@]}" "${BENCH[@]}" 5
refuses 3 "its runs were made in clean work trees of its own, without --in-place, .*: --restart begins anew" "${ends[@]}" --in-place "${MEASURED[@]}" "${BENCH[@]}" 5
bisect 6 "${ends[@]}" --max-runs 4 --in-place --restart "${MEASURED[@]}" "${BENCH[@]}" 5
go_on=$(sed -n 's/^again  *//p' "$STORY/out")
git clean -qfX
refuses 3 "its runs were made with --in-place, and with it they go on: --restart begins anew" "${ends[@]}" "${MEASURED[@]}" "${BENCH[@]}" 5
bash -c "$go_on" >"$STORY/out" 2>"$STORY/err"
expect_says "^culprit +$(git rev-parse c7)$" "$STORY/out"
git clean -qfX
untouched
rm .git/info/exclude

echo "# in place, submodules that --build moves are put back too"
git init -q -b main "$STORY/lib" && git init -q -b main "$STORY/super"
set_as() { git -C "$1" -c user.name=A -c user.email=a@example.org -c protocol.file.allow=always "${@:2}"; }
for i in 1 2 3 4; do
    echo $((i < 3 ? 100 : 120)) >"$STORY/lib/cost" && set_as "$STORY/lib" add cost
    echo "$i" >"$STORY/lib/n" && set_as "$STORY/lib" add n && set_as "$STORY/lib" commit -qm "lib $i"
    [ "$i" != 1 ] || set_as "$STORY/super" submodule --quiet add "$STORY/lib" lib
    set_as "$STORY/super/lib" fetch -q && set_as "$STORY/super/lib" checkout -q "$(git -C "$STORY/lib" rev-parse HEAD)"
    set_as "$STORY/super" add lib && set_as "$STORY/super" commit -qm "super $i" && git -C "$STORY/super" tag "s$i"
done
cd "$STORY/super"
status=0
marvin-bisect run --in-place --good s1 --bad s4 --better lower --build 'git -c protocol.file.allow=always submodule --quiet update' -- sh -c 'cat lib/cost' >"$STORY/out" 2>"$STORY/err" || status=$?
expect "found in place" 0 "$status"
expect_says "^culprit +$(git rev-parse s3)$" "$STORY/out"
expect "nothing has moved" "" "$(git status --short)"

echo "# history rewritten in the middle"
cd "$STORY/line"
git config user.name Tester
git config user.email tester@example.invalid
rewrite() { git commit -q --amend --no-edit --date="$1" -m "rewritten $1"; }
bisect 6 "${ends[@]}" --max-runs 6 "${MEASURED[@]}" "${BENCH[@]}" 2
expect_says '^marvin-bisect: undecided: .* --max-runs' "$STORY/err"
old=$(git rev-parse main)
rewrite 1700000000
remember
refuses 3 "'main' was $(git rev-parse --short=12 "$old") when this bisection began and is $(git rev-parse --short=12 main) now .*--resume goes on with what it was; --restart begins anew" \
    "${ends[@]}" "${MEASURED[@]}" "${BENCH[@]}" 2
bisect 0 "${ends[@]}" --resume "${MEASURED[@]}" "${BENCH[@]}" 2
expect_says "^culprit +$(git rev-parse c7)$" "$STORY/out"
untouched
bisect 6 "${ends[@]}" --max-runs 6 "${MEASURED[@]}" "${BENCH[@]}" 3
rewrite 1700000001
git reflog expire --expire=now --all
git gc -q --prune=now
remember
refuses 3 "commit [0-9a-f]{12}, with which this bisection began, is gone" "${ends[@]}" --resume "${MEASURED[@]}" "${BENCH[@]}" 3
was=$(git rev-parse --short=12 main)
cat >"$STORY/rewriting" <<SH
#!/bin/sh
git -C "$STORY/line" commit -q --amend --no-edit -m "rewritten at run \$(cat "$COUNTER")" >&2
git -C "$STORY/line" reflog expire --expire=now --all
git -C "$STORY/line" gc -q --prune=now
exec "$STORY/bench"
SH
chmod +x "$STORY/rewriting"
bisect 0 "${ends[@]}" "${MEASURED[@]}" -- "$STORY/rewriting"
expect_says "^culprit +$(git rev-parse c7)$" "$STORY/out"
expect_says "^note +'main' was $was, and that was searched; it is $(git rev-parse --short=12 main) now$" "$STORY/out"
bisect 6 "${ends[@]}" --max-runs 4 "${MEASURED[@]}" "${BENCH[@]}" 4
echo "# changed" >>"$STORY/bench"
remember
refuses 3 "a file of the command changed since its runs .*: --restart begins anew" "${ends[@]}" "${MEASURED[@]}" "${BENCH[@]}" 4
bisect 0 "${ends[@]}" --restart "${MEASURED[@]}" "${BENCH[@]}" 4
expect_says "^culprit +$(git rev-parse c7)$" "$STORY/out"

echo "# behind an answer the same change begins anew, and says so once"
# set_aside WHAT: the note names the change and the record, which has the old answer
set_aside() {
    expect_says "^note: begun anew, for there was an answer and $1.*; its record is /.*[.]jsonl-[^ ]+ now$" "$STORY/err"
    expect "one note" 1 "$(grep -c 'begun anew' "$STORY/err")"
    expect "the old answer" 1 "$(grep -c '"end":' "$(sed -n 's/.*; its record is \(.*\) now$/\1/p' "$STORY/err")")"
}
bisect 0 "${ends[@]}" "${MEASURED[@]}" "${BENCH[@]}" 4
expect "no note without a change" 0 "$(grep -c 'begun anew' "$STORY/err")"
echo "# changed again" >>"$STORY/bench"
bisect 0 "${ends[@]}" "${MEASURED[@]}" "${BENCH[@]}" 4
set_aside 'a file of the command changed since its runs \(then [0-9a-f]+ .*; now [0-9a-f]+ .*\)'
sleep 1 # records set aside are named by the second
rewrite 1700000002
bisect 0 "${ends[@]}" "${MEASURED[@]}" "${BENCH[@]}" 4
set_aside "'main' was [0-9a-f]{12} when this bisection began and is $(git rev-parse --short=12 main) now \(history"

echo "# fixes: a branch from before the commit has nothing to fix"
mkdir "$STORY/fixes"
cd "$STORY/fixes"
git init -q -b main
does() { echo "$1" >file && git add file && git -c user.name=T -c user.email=t@example.invalid commit -q -m "$2"; }
does fast base
git branch base
does slow 'make it slow'
git branch stable
slow=$(git rev-parse --short=12 HEAD)
does quick "mend it

Fixes: $slow (\"make it slow\")"
for expected in '0:base:not-needed absent' '1:stable:absent itself' '0:main:itself itself'; do
    IFS=: read -r wanted branch words <<<"$expected"
    status=0
    marvin-bisect fixes "$slow" --upstream main --in "$branch" >"$STORY/out" || status=$?
    expect "status of fixes in $branch" "$wanted" "$status"
    [ "$branch" != base ] || expect "what is said" "$slow itself is not in base: nothing to fix" "$(cat "$STORY/out")"
    marvin-bisect fixes "$slow" --upstream main --in "$branch" --json >"$STORY/out" || true
    expect "JSON in $branch" "$words" "$(python3 -c 'import json, sys; r, = json.load(open(sys.argv[1])); print(r["present"], r["commit"])' "$STORY/out")"
done
