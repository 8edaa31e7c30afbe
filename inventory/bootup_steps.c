// The steps of a bootup that its parts share: waiting, switching, the running system.
#include "inventory/bootup_steps.h"

#include <string.h>

#include "common/clock.h"
#include "common/error.h"
#include "inventory/vm.h"

enum {
    CONSOLE_MS = 15000,
    LOOK_MS = 300, // between two looks at a machine that boots
    GREETING_MS = 1000,
    GOING_MS = 60000, // a system that was told to reboot
    BOOT_ID_MS = 20000,
    BOOT_ID_BYTES = 4096,
};

// Waiting ----------------------------------------------------------------------------------------

static bool fail_stopped(const Bootup *bootup, GError **error)
{
    return error_set(error, ERROR_INTERRUPTED, "stopped while %s was starting",
                     bootup->plan.machine->name);
}

bool bootup_rest(const Bootup *bootup, int64_t ms, GError **error)
{
    const Actor *actor = bootup->plan.actor;
    return clock_sleep(ms, actor->is_cancelled, actor->data) || fail_stopped(bootup, error);
}

size_t bootup_console_size(const Bootup *bootup)
{
    size_t size = bootup->capture ? capture_size(bootup->capture) : 0;
    return size > bootup->console_from ? size - bootup->console_from : 0;
}

char *bootup_console_text(const Bootup *bootup, size_t *ret_size)
{
    return capture_read(bootup->plan.console_path, bootup->console_from, ret_size);
}

bool bootup_is_dead(Bootup *bootup)
{
    size_t size = bootup_console_size(bootup);
    if (size == bootup->looked)
        return false;
    bootup->looked = size;
    g_autofree char *text = bootup_console_text(bootup, &size);
    g_auto(Diagnosis) diagnosis = {0};
    const SymptomFacts nothing_asked = {.has_console = true};
    symptom_diagnose(text, size, &nothing_asked, &diagnosis);
    for (guint i = 0; i < diagnosis.signs->len; i++) {
        if (g_array_index(diagnosis.signs, SymptomSign, i).symptom == SYMPTOM_PANIC)
            return true;
    }
    return false;
}

// What the kernel that answers now calls its boot; NULL: none answers soon. Freed by the caller.
static char *ask_boot_id(const Bootup *bootup)
{
    const char *argv[] = {"cat", "/proc/sys/kernel/random/boot_id", NULL};
    const Actor *actor = bootup->plan.actor;
    g_auto(ProcResult) ran = {0};
    TransportRun what = {.argv = argv,
                         .env = (const char *const[]){"PATH=/usr/bin:/bin", NULL},
                         .dir = "/",
                         .output_limit_bytes = BOOT_ID_BYTES,
                         .deadline_ms = BOOT_ID_MS,
                         .is_cancelled = actor->is_cancelled,
                         .data = actor->data};
    return transport_run(bootup->transport, &what, &ran, NULL) && ran.status == 0
               ? g_strstrip(g_steal_pointer(&ran.out))
               : NULL;
}

// Whether it is still the system that was told to go.
static bool is_left_one(const Bootup *bootup)
{
    g_autofree char *now = bootup->has_left ? ask_boot_id(bootup) : NULL;
    return bootup->has_left && g_strcmp0(now, bootup->boot_id) == 0;
}

// Whether the machine can be spoken to: the transport is opened, or ssh's last answer kept.
bool bootup_try_transport(Bootup *bootup)
{
    const Machine *machine = bootup->plan.machine;
    g_autofree char *vm = vm_folder(bootup->plan.actor->state, machine);
    g_autoptr(GError) cause = NULL;
    bootup->ssh = SSH_NO_ANSWER;
    if (machine->transport == TRANSPORT_QEMU && !vm_greets(vm, GREETING_MS, NULL))
        return false;
    if (transport_open(machine, bootup->plan.actor->state, &bootup->transport, &cause)) {
        bootup->ssh = SSH_GOOD;
        transport_tend(bootup->transport, bootup->plan.actor->is_cancelled,
                       bootup->plan.actor->data);
        if (!is_left_one(bootup))
            return true;
        g_clear_pointer(&bootup->transport, transport_close);
        return false;
    }
    if (strstr(cause->message, "refused") || strstr(cause->message, "denied"))
        bootup->ssh = SSH_REFUSED;
    return false;
}

// Waits for the machine to answer. *ret_up false: the time is over, or it is dead.
bool bootup_wait_up(Bootup *bootup, int64_t until, bool *ret_up, GError **error)
{
    *ret_up = false;
    while (!(*ret_up = bootup_try_transport(bootup))) {
        if (bootup_is_dead(bootup))
            return bootup_rest(bootup, TRACE_MS, error);
        if (clock_monotonic_ms() >= until)
            return true;
        if (!bootup_rest(bootup, LOOK_MS, error))
            return false;
    }
    return true;
}

// The way there ----------------------------------------------------------------------------------

bool bootup_switch_power(Bootup *bootup, PowerAction action, GError **error)
{
    return power_do(bootup->power, action, actor_limit_ms(bootup->plan.actor, POWER_MS), error);
}

// A console that is there only while the machine is on is opened behind the power action. A machine
// without console, or whose console gives no answer, is booted all the same: facts say so.
void bootup_console_begin(Bootup *bootup, bool is_on)
{
    g_autoptr(GError) cause = NULL;
    Console *console = NULL;
    if (bootup->capture || !bootup->plan.machine->console.driver || !bootup->plan.console_path)
        return;
    if (!console_open(bootup->plan.machine, bootup->plan.actor, CONSOLE_MS, &console, &cause)) {
        if (is_on)
            g_debug("%s, ignoring", cause->message);
        return;
    }
    if (!capture_start(console, bootup->plan.console_path, &bootup->capture, &cause))
        console_close(console);
}

// The running system is what the driver works on.
bool bootup_take_system(Bootup *bootup, GError **error)
{
    bootup->deploy->transport = bootup->transport;
    g_clear_pointer(&bootup->boot_id, g_free);
    return transport_boot_id(bootup->transport, &bootup->boot_id, error);
}

// A driver that works on the running system gets one: switched on where it is off.
bool bootup_need_system(Bootup *bootup, GError **error)
{
    int64_t until = clock_monotonic_ms() + (int64_t)(bootup->plan.machine->boot_s * 1000);
    bool up = false;
    bootup->has_left = false;
    if (bootup->power && !bootup_switch_power(bootup, POWER_DO_ON, error))
        return false;
    if (!bootup_wait_up(bootup, until, &up, error))
        return false;
    if (!up && bootup->power) {
        // What the last kernel left behind: once more from the start.
        until = clock_monotonic_ms() + (int64_t)(bootup->plan.machine->boot_s * 1000);
        if (!bootup_switch_power(bootup, POWER_DO_CYCLE, error) ||
            !bootup_wait_up(bootup, until, &up, error))
            return false;
    }
    return (up || error_set(error, ERROR_MACHINE,
                            "%s does not come up in its own system: nothing can be deployed to it",
                            bootup->plan.machine->name)) &&
           bootup_take_system(bootup, error);
}

// Waits until a system that was told to go is gone: no answer, or that of another boot.
static bool wait_left(Bootup *bootup, const char *before, bool *ret_left, GError **error)
{
    int64_t until = clock_monotonic_ms() + GOING_MS;
    bootup->has_left = true;
    for (;;) {
        g_autofree char *now = ask_boot_id(bootup);
        *ret_left = g_strcmp0(before, now) != 0;
        if (*ret_left || clock_monotonic_ms() >= until)
            return true;
        if (!bootup_rest(bootup, LOOK_MS, error))
            return false;
    }
}

static bool fail_stays(const Bootup *bootup, const char *what, GError **error)
{
    return error_set(error, ERROR_MACHINE, "%s was told to %s, and does not",
                     bootup->plan.machine->name, what);
}

bool bootup_reboot_system(Bootup *bootup, GError **error)
{
    const char *argv[] = {"sh", "-c", "nohup sh -c 'sleep 1; reboot' >/dev/null 2>&1 &", NULL};
    bool left = false;
    if (!transport_run_ok(bootup->transport, argv, NULL, error) ||
        !wait_left(bootup, bootup->boot_id, &left, error))
        return false;
    return left || (bootup->power ? bootup_switch_power(bootup, POWER_DO_CYCLE, error)
                                  : fail_stays(bootup, "reboot", error));
}

// The next kernel was started by the driver itself: without this wait the old one would be taken
// for it.
bool bootup_leave_system(Bootup *bootup, GError **error)
{
    bool left = false;
    return wait_left(bootup, bootup->boot_id, &left, error) &&
           (left || fail_stays(bootup, "start the kernel", error));
}

void bootup_drop_transport(Bootup *bootup)
{
    g_clear_pointer(&bootup->transport, transport_close);
    bootup->deploy->transport = NULL;
}
