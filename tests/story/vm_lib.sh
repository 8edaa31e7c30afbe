# Sourced by what boots kernels in virtual machines, behind lib.sh.
# shellcheck shell=bash

# The system image is made once: with MARVIN_VM_CACHE=DIR it is kept there for the next story.
if [ -n "${MARVIN_VM_CACHE:-}" ]; then
    mkdir -p "$MARVIN_VM_CACHE" "$MARVIN_HOME"
    ln -s "$MARVIN_VM_CACHE" "$MARVIN_HOME/vm"
fi

# vm_end: no QEMU of this story is left, however it ends
vm_end() {
    local status=$? pid
    for pid in "$MARVIN_HOME"/vm/*/pid; do
        [ -e "$pid" ] && kill "$(cat "$pid")" 2>/dev/null
    done
    story_end "$status"
}
trap vm_end EXIT

# kernel_names PATTERN N: the newest N kernel packages that apt knows of the pattern (6.1.0-, 6.12.)
kernel_names() {
    apt-cache pkgnames linux-image- | grep -E "^linux-image-${1//./\\.}[0-9]+(\+deb12)?-cloud-amd64$" | sort -V | tail -n "$2" | xargs
}

# vm_machine NAME [LINE..]: a virtual machine whose guest time counts instructions
vm_machine() {
    local name=$1
    shift
    {
        printf '[machine %s]\ndriver = qemu\naccel = icount\nmemory = 512M\n' "$name"
        [ $# = 0 ] || printf '%s\n' "$@"
    } >"$MARVIN_CONFIG/machines.d/$name.ini"
}

# vm_plan NAME BENCHMARKS BOOTS ITERATIONS
vm_plan() {
    printf '[plan %s]\nbenchmarks = %s\nboots = %s\niterations = %s\n' "$1" "$2" "$3" "$4" >"$MARVIN_CONFIG/plans.d/$1.ini"
}

# fault NAME SHELL: a benchmark that does something to the kernel under it
fault() {
    local folder=$MARVIN_CONFIG/benchmarks/fault-$1
    mkdir -p "$folder"
    cat >"$folder/benchmark.ini" <<INI
[benchmark fault-$1]
summary = makes a kernel fail
duration = 5s
deadline = ${3:-240s}
class = c
[metric reached]
unit = count
better = none
statistic = median
pattern = ^reached: ([0-9]+)\$
INI
    printf '#!/bin/sh\n%s\necho reached: 1\n' "$2" >"$folder/run"
    chmod +x "$folder/run"
    vm_plan "fault-$1" "fault-$1" 1 1
}

# finding PLAN MACHINE: what the runs of that plan were found to be, each once
finding() {
    sql "SELECT coalesce(string_agg(DISTINCT coalesce(r.finding, r.state), ', '), 'no run') FROM run r
         JOIN battery b ON b.id = r.battery_id JOIN machine m ON m.id = b.machine_id
         WHERE b.plan = '$1' AND m.name = '$2'"
}

# console_of PLAN MACHINE: the console that was kept with the last run of it
console_of() {
    local hash
    hash=$(sql "SELECT coalesce(console_hash, '') FROM run r JOIN battery b ON b.id = r.battery_id JOIN machine m ON m.id = b.machine_id
                WHERE b.plan = '$1' AND m.name = '$2' ORDER BY r.id DESC LIMIT 1")
    [ -n "$hash" ] && zstd -dcq "$MARVIN_HOME/store/objects/${hash:0:2}/${hash:2}"
}
