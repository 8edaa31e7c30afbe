#!/bin/bash
# Ours, R and scipy on the same comparisons of 30 v 30, each with p, shift and interval, in one run,
# and the growth of change points with length. Usage: stats.sh BUILD [COUNT]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?usage: stats.sh BUILD [COUNT]} count=${2:-10000}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
"$build/tests/bench_stats" pairs "$count" >"$scratch/pairs"
ours=$("$build/tests/bench_stats" ranks <"$scratch/pairs")
r=$(Rscript "$here/stats.R" "$scratch/pairs")
scipy=$(/usr/bin/python3 "$here/stats.py" "$scratch/pairs")
awk -v ours="$ours" -v r="$r" -v scipy="$scipy" 'BEGIN {
    split(ours, o); split(r, x); split(scipy, s)
    printf "%d Mann-Whitney comparisons with interval, 30 v 30 (checksums %s %s %s)\n", o[2], o[3], x[3], s[3]
    printf "CPU: ours %.3f s, R %.2f s (%.0f times), scipy %.2f s (%.0f times); ratio to the faster %.0f (target 20)\n", \
        o[1], x[1], x[1] / o[1], s[1], s[1] / o[1], (x[1] < s[1] ? x[1] : s[1]) / o[1]
}'
"$build/tests/bench_stats" changes
