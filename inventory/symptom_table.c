// What the lines of a console mean: data. The first row that matches a line names it. Taken from
// the messages of Linux 3.x to 6.x, GRUB 2, SeaBIOS, iPXE and systemd; tests/data/console has logs.
#include "inventory/symptom.h"

const SymptomPattern SYMPTOM_PATTERNS[] = {
    // Memory before panic: "System is deadlocked on memory" is a panic that memory caused.
    {SYMPTOM_OUT_OF_MEMORY, true,
     "^Out of memory(?: and no killable processes|: Kill(?:ed)? process|: Killed)"},
    {SYMPTOM_OUT_OF_MEMORY, true, "^Memory cgroup out of memory: Kill"},
    {SYMPTOM_OUT_OF_MEMORY, true, "invoked oom-killer: "},
    {SYMPTOM_OUT_OF_MEMORY, true, "System is deadlocked on memory"},
    {SYMPTOM_OUT_OF_MEMORY, true, "^Kernel panic - not syncing: Out of memory"},
    {SYMPTOM_OUT_OF_MEMORY, true, "^Out of memory\\b(?!.*expected behavior)"},
    {SYMPTOM_OUT_OF_MEMORY, false, "Cannot allocate memory|page allocation failure: order:"},

    {SYMPTOM_RCU_STALL, true,
     "^(?:rcu: )?INFO: (?:rcu\\w* )?(?:self-)?detected (?:expedited )?stalls?\\b"},
    {SYMPTOM_RCU_STALL, true,
     "^(?:rcu: )?(?:INFO: )?rcu\\w* (?:self-)?detected (?:expedited )?stalls? "},
    {SYMPTOM_RCU_STALL, true,
     "rcu\\w* kthread (?:timer wakeup didn't happen|starved) for \\d+ jiffies"},
    {SYMPTOM_RCU_STALL, true, "^Kernel panic - not syncing: RCU Stall"},

    {SYMPTOM_SOFT_LOCKUP, true, "soft lockup - CPU#\\d+ stuck for"},
    {SYMPTOM_SOFT_LOCKUP, true, "Watchdog detected hard LOCKUP"},
    {SYMPTOM_SOFT_LOCKUP, true, "BUG: workqueue lockup - pool"},
    {SYMPTOM_SOFT_LOCKUP, true, "^Kernel panic - not syncing: (?:softlockup|Hard LOCKUP)"},

    {SYMPTOM_HUNG_TASK, true, "^INFO: task .+ blocked (?:in I/O wait )?for more than \\d+ seconds"},
    {SYMPTOM_HUNG_TASK, true, "^Kernel panic - not syncing: hung_task"},

    {SYMPTOM_OOPS, true, "^BUG: (?!sleeping function|scheduling while atomic|using)"},
    {SYMPTOM_OOPS, true, "^kernel BUG at "},
    {SYMPTOM_OOPS, true, "^(?:Internal error: )?Oops\\b"},
    {SYMPTOM_OOPS, true, "^Unable to handle kernel (?:NULL pointer|paging request|access)"},
    {SYMPTOM_OOPS, true, "^general protection fault\\b(?!.*\\bip:)"},
    {SYMPTOM_OOPS, true,
     "^(?:stack segment|divide error|invalid opcode|double fault): [0-9a-f]{4} \\[#"},

    {SYMPTOM_PANIC, true, "^Kernel panic - not syncing"},
    {SYMPTOM_PANIC, true, "^---\\[ end Kernel panic"},
    {SYMPTOM_PANIC, true, "^(?:sysrq|SysRq) ?: (?:Trigger a crash|Crash)"},

    // The system stopped where a person should go on.
    {SYMPTOM_HANG, true,
     "^You are in (?:emergency|rescue) mode|^Gave up waiting for (?:the )?root"},

    {SYMPTOM_NO_SPACE, false, "No space left on device"},
    {SYMPTOM_NO_SPACE, false, "[Ff]ile ?system (?:is )?full|Disk quota exceeded"},

    {SYMPTOM_NO_NETWORK, false, "NETDEV WATCHDOG: .*transmit queue \\d+ timed out"},
    {SYMPTOM_NO_NETWORK, false, "Failed to (?:start|bring up) .*[Nn]etwork"},
    {SYMPTOM_NO_NETWORK, false,
     "No DHCPOFFERS received|Cannot find device \"\\w+\"|Network is unreachable"},
    {SYMPTOM_NO_NETWORK, false, "Failed to start .*(?:OpenBSD Secure Shell|OpenSSH|ssh)"},

    // Firmware and boot loaders; a sign only while no kernel has started.
    {SYMPTOM_BOOTLOADER, true,
     "^error: .*(?:not found|no such (?:device|partition|disk)|unknown filesystem)"},
    {SYMPTOM_BOOTLOADER, true,
     "^error: .*(?:invalid magic number|premature end of file|out of (?:memory|disk|partition))"},
    {SYMPTOM_BOOTLOADER, true,
     "^error: .*(?:you need to load the kernel first|bad shim signature|attempt to read)"},
    {SYMPTOM_BOOTLOADER, true,
     "^(?:grub rescue>|grub> ?$|Minimal BASH-like line editing)|Entering rescue mode"},
    {SYMPTOM_BOOTLOADER, true,
     "^(?:No bootable device|Boot failed: |Operating system not found|Missing operating system)"},
    {SYMPTOM_BOOTLOADER, true,
     "^(?:No more network devices|PXE-[EM][0-9A-F]+: |Could not boot: )|BootDevice.* [Ff]ailed"},
};
const size_t N_SYMPTOM_PATTERNS = G_N_ELEMENTS(SYMPTOM_PATTERNS);
