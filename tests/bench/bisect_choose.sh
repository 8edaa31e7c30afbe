#!/bin/bash
# Choosing the next step on 100,000 commits (the shape of git's own history, repeated), beside
# `git rev-list --bisect` on the same range with a commit-graph. CPU seconds, both in one run.
# Usage: bisect_choose.sh BUILD [COUNT]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?usage: bisect_choose.sh BUILD [COUNT]} count=${2:-100000}
data=$here/../data/bisect/git-2771.parents
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
git init -q --bare "$scratch/all.git"
"$build/tests/bench_bisect_choose" stream "$data" "$count" | git -C "$scratch/all.git" fast-import --quiet
git -C "$scratch/all.git" commit-graph write --reachable 2>/dev/null
TIMEFORMAT='%U %S'
n=$(git -C "$scratch/all.git" rev-list --count all ^good)
{ time git -C "$scratch/all.git" rev-list all ^good >/dev/null; } 2>"$scratch/list"
{ time git -C "$scratch/all.git" rev-list --bisect all ^good >/dev/null; } 2>"$scratch/bisect"
read -r user system <"$scratch/list" && list=$(awk "BEGIN { print $user + $system }")
read -r user system <"$scratch/bisect" && bisect=$(awk "BEGIN { print $user + $system }")
read -r ours first later chosen < <("$build/tests/bench_bisect_choose" time "$data" "$count")
awk -v n="$n" -v ours="$ours" -v list="$list" -v bisect="$bisect" -v first="$first" -v later="$later" \
    -v chosen="$chosen" 'BEGIN {
    printf "%d commits in git, %d in ours\n", n, ours
    printf "git rev-list --bisect %.3f s, of which loading about %.3f s\n", bisect, list
    printf "ours: first step %.4f s (commit %d), later ones %.4f s each\n", first, chosen, later
    printf "ratio to git: %.3f first, %.3f later; to git less its loading: %.3f, %.3f\n", \
        first / bisect, later / bisect, first / (bisect - list), later / (bisect - list)
}'
