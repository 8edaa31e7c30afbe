#!/bin/bash
# A released kernel of Debian is booted in a virtual machine, proved to be the one that was deployed,
# and measured; kernels that fail are findings, and the machine does the next job.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/story/vm_lib.sh
. "$(dirname "$0")/vm_lib.sh"

package=$(kernel_names 6.1.0- 1)
[ -n "$package" ] || { apt-get update -q >/dev/null 2>&1 || true && package=$(kernel_names 6.1.0- 1); }
[ -n "$package" ] || fail "apt knows no kernel package: are its lists there?"
cat >"$MARVIN_CONFIG/trees.d/linux.ini" <<INI
[tree linux]
url = apt:
kind = deb
packages = $package
INI
vm_machine vm0
vm_machine vm1 'append = rdinit=/nonexistent' 'dump = yes' 'boot-deadline = 4m'
vm_plan short 'syscall/calls=100K pipe-write/writes=10K memory-bandwidth/size=1M/passes=2' 1 2
# shellcheck disable=SC2016 # for the guest's shell
fault crash 'echo c >/proc/sysrq-trigger; sleep 100'

bob --once
release=$(sql "SELECT name FROM release")
bob queue "linux:$release" --plan fault-crash --machine vm0
bob queue "linux:$release" --plan short --machine vm0
bob queue "linux:$release" --plan short --machine vm1

echo "a kernel that dies in a benchmark, then the next job on the same machine"
marvin run vm0 --once 2>&1 | tee "$STORY/out"
expect "a panic is a finding" "kernel panic" "$(finding fault-crash vm0)"
expect "the runs have failed" failed "$(sql "SELECT DISTINCT state FROM run WHERE finding IS NOT NULL")"
console_of fault-crash vm0 >"$STORY/console"
expect_says '^20[0-9T:.-]+Z .*Kernel panic - not syncing: sysrq triggered crash' "$STORY/console"
expect "the next job was done" accepted "$(finding short vm0)"
expect "the kernel is the package's" "${package#linux-image-}" "$(sql "SELECT DISTINCT note->>'kernel' FROM fingerprint")"
expect "the mode is written" "icount" "$(sql "SELECT DISTINCT mode FROM run WHERE state = 'accepted'")"
expect "and must match" "icount" "$(sql "SELECT DISTINCT must->>'mode' FROM fingerprint")"
expect "what means nothing there is left out" "pipe-write syscall" \
    "$(sql "SELECT string_agg(DISTINCT m.benchmark, ' ' ORDER BY m.benchmark) FROM sample s JOIN metric m ON m.id = s.metric_id")"
expect_says 'memory-bandwidth/.* in mode icount it says nothing of copy, scale, add, triad' "$STORY/out"
expect "the console of a good boot is kept" 1 "$(sql "SELECT count(*) FROM run WHERE state = 'accepted' AND console_hash IS NOT NULL")"

echo "a kernel that does not boot"
marvin run vm1 --once 2>&1 | tee "$STORY/out"
expect "it panics at boot" "kernel panic" "$(finding short vm1)"
expect_says 'Kernel panic - not syncing: VFS' "$STORY/out"
readelf -h "$MARVIN_HOME/dumps/vm1.core" >"$STORY/elf" || fail "the memory was not dumped"
expect_says 'Type: *CORE' "$STORY/elf"
expect "the machine is not condemned" "ok ok" "$(sql "SELECT string_agg(state, ' ') FROM machine")"
expect "no virtual machine is left running" "" "$(for pid in "$MARVIN_HOME"/vm/vm?/pid; do [ ! -e "$pid" ] || ps -o pid= -p "$(cat "$pid")" || true; done)"

echo "the page says what was found"
marvin-report site --output "$STORY/site" >/dev/null
grep -rqi 'kernel panic' "$STORY/site" || fail "no page mentions the panic"
