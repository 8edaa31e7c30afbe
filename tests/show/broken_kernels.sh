#!/bin/bash
# Kernels that fail in eight ways, on one virtual machine, one after the other: each is told apart, its
# console is kept, and the machine does the next job. Prints a table: what was done, what was found,
# what the console shows. Long: each way is tried twice. MARVIN_BIN: the built programs.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/../story/lib.sh"
# shellcheck source=tests/story/vm_lib.sh
. "$(dirname "$0")/../story/vm_lib.sh"

package=$(kernel_names 6.1.0- 1)
[ -n "$package" ] || fail "apt knows no kernel package: apt-get update first"
cat >"$MARVIN_CONFIG/trees.d/linux.ini" <<INI
[tree linux]
url = apt:
kind = deb
packages = $package
INI
vm_machine vm0 'boot-deadline = 4m' 'dump = yes'
vm_machine vm1 'append = rdinit=/nonexistent' 'boot-deadline = 4m'
vm_plan good 'syscall/calls=50K' 1 1
# A task of the highest real-time priority that never sleeps: with one processor nothing else runs.
hog='echo -1 >/proc/sys/kernel/sched_rt_runtime_us; sleep 10; chrt -f 99 sh -c "while :; do :; done"'
fault panic 'sleep 1; echo c >/proc/sysrq-trigger; sleep 100'
fault hang "echo 1 >/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress; $hog" 600s
fault stall "echo 5 >/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout; $hog" 600s
fault network '(sleep 2; ip link set eth0 down) >/dev/null 2>&1 & sleep 600' 900s
fault memory 'tail /dev/zero'
# shellcheck disable=SC2016 # for the guest's shell
fault disk 'dd if=/dev/zero of=/fill bs=1M 2>/dev/null; cp /bin/bash "$MARVIN_RAW/copy" || exit 1'

bob --once >/dev/null
release=$(sql "SELECT name FROM release LIMIT 1")
ways=${WAYS:-panic hang stall network memory disk}
for way in $ways; do
    bob queue "linux:$release" --plan "fault-$way" --machine vm0 >/dev/null
    begin=$SECONDS
    marvin run vm0 --once || true
    printf '%-10s -> %-28s %4d s  %s\n' "$way" "$(finding "fault-$way" vm0)" $((SECONDS - begin)) \
        "$(console_of "fault-$way" vm0 | wc -l) lines of console kept" | tee -a "$STORY/table"
done
bob queue "linux:$release" --plan good --machine vm0 >/dev/null
bob queue "linux:$release" --plan good --machine vm1 >/dev/null
marvin run vm1 --once || true
printf '%-10s -> %-28s\n' "no init" "$(finding good vm1)" | tee -a "$STORY/table"
marvin run vm0 --once
printf '%-10s -> %-28s\n' "the next" "$(finding good vm0)" | tee -a "$STORY/table"
echo
cat "$STORY/table"
[ ! -e "$MARVIN_HOME/dumps/vm0.core" ] || readelf -h "$MARVIN_HOME/dumps/vm0.core" | grep -E 'Class|Type'
