#!/bin/bash
# The mmtests report of 100 operations against what compare-mmtests.pl must start for the same: two
# `R --slave` for each operation and run, to compute one quantile each. CPU time of both, in one
# run. Prints the ratio; 500 and more is what is aimed at. Needs R (package r-base-core).
#     tests/bench/mmtests.sh [PROGRAM]        default: build/bin/marvin-report
set -euo pipefail
export LC_ALL=C
program=${1:-${MARVIN_BIN:-build/bin}/marvin-report}
command -v R >/dev/null || { echo "mmtests: R is not installed: apt-get install r-base-core" >&2 && exit 2; }
[ -x "$program" ] || { echo "mmtests: $program is not there: build it first" >&2 && exit 2; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
RANDOM=1
for run in base new; do
    logs=$folder/$run/iter-0/wis-bench/logs
    mkdir -p "$logs"
    for workload in $(seq 20); do
        for threads in 1 2 4 8 16; do
            for _ in $(seq 10); do
                echo "min:1 max:2 total:$((100000 + RANDOM))"
            done >"$logs/benchlog-w${workload}_threads-$threads"
        done
    done
done

cpu_of() { # COMMAND...: user and system seconds of it and its children
    local TIMEFORMAT='%U %S'
    { time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ print $1 + $2 }'
}
ours() {
    for _ in $(seq 50); do
        "$program" mmtests -d "$folder" -b wis-bench -n base,new
    done
}
theirs() {
    for _ in $(seq 20); do
        echo 'qnorm(1-0.05/2, mean=0, sd=1.5)' | R --slave
    done
}
"$program" mmtests -d "$folder" -b wis-bench -n base,new --quiet | wc -l | awk '$1 != 602 { exit 1 }' ||
    { echo "mmtests: the report is not that of 100 operations" >&2 && exit 1; }
awk -v ours="$(cpu_of ours)" -v theirs="$(cpu_of theirs)" 'BEGIN {
    ours /= 50; theirs = theirs / 20 * 400
    printf "mmtests report, 100 operations, 2 runs: %.1f ms CPU; 400 starts of R: %.1f s CPU; ", ours * 1000, theirs
    printf "ratio %.0f (target 500)\n", theirs / ours
}'
