// A machine brought into a kernel under test.
#include "inventory/bootup.h"

#include <glib/gstdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/error.h"
#include "inventory/capture.h"
#include "inventory/console.h"
#include "inventory/deploy.h"
#include "inventory/kernel.h"
#include "inventory/power.h"
#include "inventory/verify.h"
#include "inventory/vm.h"

enum {
    POWER_MS = 60000,
    CONSOLE_MS = 15000,
    DEPLOY_MS = 1800000,
    IMAGE_MS = 7200000, // some GB over a slow network
    SETTLE_MS = 60000,
    LOOK_MS = 300, // between two looks at a machine that boots
    TRACE_MS = 2000, // a panic's trace follows its first line
    ALIVE_MS = 3000, // for a process to answer on the console
    PROBE_MS = 4000, // for the answer to SysRq and NMI
    DUMP_MS = 120000,
    GREETING_MS = 1000,
    GOING_MS = 60000, // a system that was told to reboot
    BOOT_ID_MS = 20000,
    BOOT_ID_BYTES = 4096,
};

struct Bootup {
    BootupPlan plan;
    Power *power; // NULL: the machine has none
    Deploy *deploy;
    Capture *capture; // NULL: no console, or not yet
    Transport *transport;
    char *boot_id; // of the system that a driver of needs_system works on
    bool has_left; // that system was left: it is not taken for the next one
    Kernel kernel;
    size_t looked; // bytes of the console that bootup_is_dead() has seen
    SshAnswer ssh; // the last one
    Answer processes; // whether one answered on the console
};

void finding_clear(Finding *finding)
{
    g_clear_pointer(&finding->sentence, g_free);
    finding->symptom = SYMPTOM_NONE;
}

char *finding_text(const Finding *finding)
{
    const char *name = symptom_name(finding->symptom);
    const char *sentence = finding->sentence ? finding->sentence : "";
    return strcasestr(sentence, name) ? g_strdup(sentence)
                                      : g_strdup_printf("%s: %s", name, sentence);
}

bool bootup_open(const BootupPlan *plan, Bootup **ret_bootup, GError **error)
{
    g_autoptr(Bootup) bootup = g_new0(Bootup, 1);
    bootup->plan = *plan;
    if (!deploy_open(plan->machine, plan->actor, plan->settings, &bootup->deploy, error) ||
        (plan->machine->power.driver &&
         !power_open(plan->machine, plan->actor, &bootup->power, error)))
        return false;
    if (bootup->deploy->restart == RESTART_POWER && !bootup->power)
        return error_set(error, ERROR_MACHINE, "%s: deploy = %s needs a power driver",
                         plan->machine->name, plan->machine->deploy.text);
    *ret_bootup = g_steal_pointer(&bootup);
    return true;
}

void bootup_close(Bootup *bootup)
{
    if (!bootup)
        return;
    g_clear_pointer(&bootup->transport, transport_close);
    g_clear_pointer(&bootup->capture, capture_stop);
    g_clear_pointer(&bootup->deploy, deploy_close);
    g_clear_pointer(&bootup->power, power_close);
    kernel_clear(&bootup->kernel);
    g_free(bootup->boot_id);
    g_free(bootup);
}

Transport *bootup_transport(Bootup *bootup)
{
    return bootup->transport;
}

// Waiting ----------------------------------------------------------------------------------------

static bool fail_stopped(const Bootup *bootup, GError **error)
{
    return error_set(error, ERROR_INTERRUPTED, "stopped while %s was starting",
                     bootup->plan.machine->name);
}

static bool rest(const Bootup *bootup, int64_t ms, GError **error)
{
    const Actor *actor = bootup->plan.actor;
    return clock_sleep(ms, actor->is_cancelled, actor->data) || fail_stopped(bootup, error);
}

// The console so far; NULL: none. Freed by the caller.
static char *console_text(const Bootup *bootup, size_t *ret_size)
{
    char *text = NULL;
    gsize size = 0;
    *ret_size = 0;
    if (!bootup->plan.console_path ||
        !g_file_get_contents(bootup->plan.console_path, &text, &size, NULL))
        return NULL;
    *ret_size = size;
    return text;
}

bool bootup_is_dead(Bootup *bootup)
{
    size_t size = bootup->capture ? capture_size(bootup->capture) : 0;
    if (size == bootup->looked)
        return false;
    bootup->looked = size;
    g_autofree char *text = console_text(bootup, &size);
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
static bool try_transport(Bootup *bootup)
{
    const Machine *machine = bootup->plan.machine;
    g_autofree char *vm = vm_folder(bootup->plan.actor->state, machine);
    g_autoptr(GError) cause = NULL;
    bootup->ssh = SSH_NO_ANSWER;
    if (machine->transport == TRANSPORT_QEMU && !vm_greets(vm, GREETING_MS, NULL))
        return false;
    if (transport_open(machine, bootup->plan.actor->state, &bootup->transport, &cause)) {
        bootup->ssh = SSH_GOOD;
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
static bool wait_up(Bootup *bootup, int64_t until, bool *ret_up, GError **error)
{
    *ret_up = false;
    while (!(*ret_up = try_transport(bootup))) {
        if (bootup_is_dead(bootup))
            return rest(bootup, TRACE_MS, error);
        if (clock_monotonic_ms() >= until)
            return true;
        if (!rest(bootup, LOOK_MS, error))
            return false;
    }
    return true;
}

// The way there ----------------------------------------------------------------------------------

static bool switch_power(Bootup *bootup, PowerAction action, GError **error)
{
    return power_do(bootup->power, action, actor_limit_ms(bootup->plan.actor, POWER_MS), error);
}

// A console that is there only while the machine is on is opened behind the power action. A machine
// without console, or whose console gives no answer, is booted all the same: facts say so.
static void console_begin(Bootup *bootup, bool is_on)
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
static bool take_system(Bootup *bootup, GError **error)
{
    bootup->deploy->transport = bootup->transport;
    g_clear_pointer(&bootup->boot_id, g_free);
    return transport_boot_id(bootup->transport, &bootup->boot_id, error);
}

// A driver that works on the running system gets one: switched on where it is off.
static bool need_system(Bootup *bootup, GError **error)
{
    int64_t until = clock_monotonic_ms() + (int64_t)(bootup->plan.machine->boot_s * 1000);
    bool up = false;
    bootup->has_left = false;
    if (bootup->power && !switch_power(bootup, POWER_DO_ON, error))
        return false;
    if (!wait_up(bootup, until, &up, error))
        return false;
    if (!up && bootup->power) {
        // What the last kernel left behind: once more from the start.
        until = clock_monotonic_ms() + (int64_t)(bootup->plan.machine->boot_s * 1000);
        if (!switch_power(bootup, POWER_DO_CYCLE, error) || !wait_up(bootup, until, &up, error))
            return false;
    }
    return (up || error_set(error, ERROR_MACHINE,
                            "%s does not come up in its own system: nothing can be deployed to it",
                            bootup->plan.machine->name)) &&
           take_system(bootup, error);
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
        if (!rest(bootup, LOOK_MS, error))
            return false;
    }
}

static bool fail_stays(const Bootup *bootup, const char *what, GError **error)
{
    return error_set(error, ERROR_MACHINE, "%s was told to %s, and does not",
                     bootup->plan.machine->name, what);
}

static bool reboot_system(Bootup *bootup, GError **error)
{
    const char *argv[] = {"sh", "-c", "nohup sh -c 'sleep 1; reboot' >/dev/null 2>&1 &", NULL};
    bool left = false;
    if (!transport_run_ok(bootup->transport, argv, NULL, error) ||
        !wait_left(bootup, bootup->boot_id, &left, error))
        return false;
    return left || (bootup->power ? switch_power(bootup, POWER_DO_CYCLE, error)
                                  : fail_stays(bootup, "reboot", error));
}

// The next kernel was started by the driver itself: without this wait the old one would be taken
// for it.
static bool leave_system(Bootup *bootup, GError **error)
{
    bool left = false;
    return wait_left(bootup, bootup->boot_id, &left, error) &&
           (left || fail_stays(bootup, "start the kernel", error));
}

// The image that is wanted; NULL: the system that the machine has.
static const char *image_name(const Bootup *bootup)
{
    const char *distro = bootup->plan.distro;
    bool host = !distro || strcmp(distro, "host") == 0;
    return host ? bootup->plan.machine->distro : distro;
}

static bool image_put(Bootup *bootup, GError **error)
{
    return !bootup->deploy->driver->image || deploy_image(bootup->deploy, image_name(bootup),
                                                          bootup->plan.packages, DEPLOY_MS, error);
}

static void drop_transport(Bootup *bootup)
{
    g_clear_pointer(&bootup->transport, transport_close);
    bootup->deploy->transport = NULL;
}

// Waits for the system that was started to write an image from, or from an image.
static bool image_wait(Bootup *bootup, const char *what, GError **error)
{
    int64_t until = clock_monotonic_ms() + (int64_t)(bootup->plan.machine->boot_s * 1000);
    bool up = false;
    drop_transport(bootup);
    console_begin(bootup, true);
    if (!wait_up(bootup, until, &up, error))
        return false;
    return up ? take_system(bootup, error)
              : error_set(error, ERROR_MACHINE, "%s does not come up in %s: see its console",
                          bootup->plan.machine->name, what);
}

static bool image_start(Bootup *bootup, GError **error)
{
    return (bootup->power ? switch_power(bootup, POWER_DO_CYCLE, error)
                          : reboot_system(bootup, error)) &&
           image_wait(bootup, "its new image", error);
}

static bool image_rescue(Bootup *bootup, GError **error)
{
    return deploy_image_rescue(bootup->deploy, DEPLOY_MS, error) && leave_system(bootup, error) &&
           image_wait(bootup, "its rescue system", error);
}

static bool fail_again(const Bootup *bootup, ImageStep step, GError **error)
{
    const char *name = bootup->plan.machine->name, *how = bootup->plan.machine->deploy.text;
    return step == IMAGE_RESCUE
               ? error_set(error, ERROR_MACHINE,
                           "%s: deploy %s: its rescue system uses that disk too", name, how)
               : error_set(error, ERROR_MACHINE,
                           "%s: deploy %s: the image is on that disk, and the machine was started, "
                           "and runs from elsewhere: set in its firmware that it starts from there",
                           name, how);
}

// Writes the image where the machine has another one, and starts it; each step once.
static bool image_bring(Bootup *bootup, GError **error)
{
    const char *name = image_name(bootup);
    bool was_rescued = false, was_started = false;
    while (name && bootup->deploy->driver->image_look) {
        ImageStep step;
        if (!deploy_image_look(bootup->deploy, name, bootup->plan.packages, DEPLOY_MS, &step,
                               error))
            return false;
        if (step == IMAGE_THERE)
            break;
        if (step == IMAGE_RESCUE ? was_rescued : was_started)
            return fail_again(bootup, step, error);
        if (step == IMAGE_WRITE &&
            !deploy_image(bootup->deploy, name, bootup->plan.packages, IMAGE_MS, error))
            return false;
        if (step == IMAGE_RESCUE ? !image_rescue(bootup, error) : !image_start(bootup, error))
            return false;
        was_rescued = was_rescued || step == IMAGE_RESCUE;
        was_started = was_started || step != IMAGE_RESCUE;
    }
    return true;
}

static bool restart(Bootup *bootup, GError **error)
{
    bool good = true;
    switch (bootup->deploy->restart) {
    case RESTART_POWER:
        good = switch_power(bootup, POWER_DO_OFF, error);
        console_begin(bootup, false);
        good = good && switch_power(bootup, POWER_DO_ON, error);
        break;
    case RESTART_REBOOT:
        console_begin(bootup, true);
        good = reboot_system(bootup, error);
        break;
    case RESTART_NONE:
        console_begin(bootup, true);
        good = leave_system(bootup, error);
        break;
    }
    drop_transport(bootup);
    if (good)
        console_begin(bootup, true);
    return good;
}

// What went wrong --------------------------------------------------------------------------------

// Types a line and looks whether a process answers: a kernel whose processes are stuck only echoes.
static bool ask_processes(Bootup *bootup, Answer *ret_answer, GError **error)
{
    g_autoptr(GError) ignored = NULL;
    size_t before = capture_size(bootup->capture), size = 0;
    *ret_answer = ANSWER_NOT_ASKED;
    if (!capture_write(bootup->capture, "\n", 1, ALIVE_MS, &ignored))
        return true;
    if (!rest(bootup, ALIVE_MS, error))
        return false;
    g_autofree char *text = console_text(bootup, &size);
    if (!text || (!strstr(text, "marvin: the system is up") && !strstr(text, "login:")))
        return true; // nobody was ever there to answer
    const char *fresh = before < size ? text + before : "";
    *ret_answer =
        strstr(fresh, "marvin: alive") || strstr(fresh, "login:") ? ANSWER_GOOD : ANSWER_NONE;
    return true;
}

// Asks the kernel where it is, so that a hang is proved and not presumed. What it prints is its
// answer, from *ret_offset on.
static bool ask_kernel(Bootup *bootup, size_t *ret_offset, GError **error)
{
    int64_t limit = actor_limit_ms(bootup->plan.actor, PROBE_MS);
    g_autoptr(GError) ignored = NULL;
    *ret_offset = capture_size(bootup->capture);
    bool asked = capture_sysrq(bootup->capture, 'w', limit, NULL) &&
                 capture_sysrq(bootup->capture, 'l', limit, NULL);
    bool by_nmi = bootup->power && bootup->power->driver->nmi;
    if (by_nmi && !power_nmi(bootup->power, limit, &ignored))
        g_debug("%s, ignoring", ignored->message);
    if (!asked && !by_nmi)
        *ret_offset = 0;
    return rest(bootup, PROBE_MS, error);
}

static void dump_memory(const Bootup *bootup)
{
    g_autoptr(GError) cause = NULL;
    if (bootup->plan.dump_path && bootup->power && bootup->power->driver->dump &&
        !power_dump(bootup->power, bootup->plan.dump_path,
                    actor_limit_ms(bootup->plan.actor, DUMP_MS), &cause))
        g_debug("%s, ignoring", cause->message);
}

// *facts gets the console, power, and the kernel's own answer.
static bool gather(Bootup *bootup, SymptomFacts *facts, GError **error)
{
    PowerState state = POWER_UNKNOWN;
    facts->has_console = bootup->capture != NULL;
    facts->expected = bootup->kernel.release;
    facts->power = ANSWER_NOT_ASKED;
    if (bootup->power) {
        if (!power_status(bootup->power, actor_limit_ms(bootup->plan.actor, POWER_MS), &state,
                          error))
            return false;
        facts->power = ANSWER_GOOD;
    }
    bootup->processes = ANSWER_NOT_ASKED;
    if (bootup->capture && !bootup_is_dead(bootup) && state != POWER_OFF &&
        (!ask_processes(bootup, &bootup->processes, error) ||
         !ask_kernel(bootup, &facts->probe_offset, error)))
        return false;
    dump_memory(bootup);
    return true;
}

static void diagnose(const Bootup *bootup, const SymptomFacts *facts, Finding *ret_finding)
{
    size_t size = 0;
    g_autofree char *text = console_text(bootup, &size);
    g_auto(Diagnosis) diagnosis = {0};
    symptom_diagnose(text, size, facts, &diagnosis);
    bool is_stuck = diagnosis.symptom == SYMPTOM_NO_NETWORK && bootup->processes == ANSWER_NONE &&
                    diagnosis.has_userland;
    ret_finding->symptom = is_stuck ? SYMPTOM_HANG : diagnosis.symptom;
    ret_finding->sentence =
        is_stuck
            ? g_strdup("hang: the kernel answers on the console, and no process does, there or on "
                       "the network")
            : g_strdup(diagnosis.sentence);
}

bool bootup_diagnose(Bootup *bootup, const char *what, Finding *ret_finding, GError **error)
{
    // Bytes are still on their way, and a panic takes a moment to be told.
    SymptomFacts facts = {.deadline_passed = true};
    if (!rest(bootup, TRACE_MS, error))
        return false;
    g_clear_pointer(&bootup->transport, transport_close);
    if (!bootup_is_dead(bootup))
        try_transport(bootup);
    facts.ssh = bootup->ssh;
    if (!gather(bootup, &facts, error))
        return false;
    if (bootup->ssh == SSH_GOOD)
        facts = (SymptomFacts){.has_console = facts.has_console,
                               .ssh = SSH_GOOD,
                               .probe_offset = facts.probe_offset,
                               .benchmark_failed = what};
    diagnose(bootup, &facts, ret_finding);
    g_autofree char *sentence = g_steal_pointer(&ret_finding->sentence);
    ret_finding->sentence =
        g_strdup_printf("%s: %s", what, sentence ? sentence : "no reason found");
    return true;
}

// The whole way ----------------------------------------------------------------------------------

// Up: whether it is the kernel that was deployed.
static bool check_kernel(Bootup *bootup, Finding *ret_finding, GError **error)
{
    g_auto(Running) running = {0};
    SymptomFacts facts = {.has_console = bootup->capture != NULL,
                          .ssh = SSH_GOOD,
                          .expected = bootup->kernel.release};
    if (!running_ask(bootup->transport, &running, error))
        return false;
    g_autofree char *difference = running_difference(&running, &bootup->kernel);
    if (!difference)
        return true;
    facts.running = running.release;
    facts.build_id_differs = strcmp(running.release, bootup->kernel.release) == 0;
    diagnose(bootup, &facts, ret_finding);
    g_autofree char *diagnosed = g_steal_pointer(&ret_finding->sentence);
    // A kernel that died and left the machine to its old one is known by what it died of.
    if (ret_finding->symptom == SYMPTOM_NONE || ret_finding->symptom == SYMPTOM_WRONG_KERNEL ||
        diagnosed == NULL) {
        ret_finding->symptom = SYMPTOM_WRONG_KERNEL;
        ret_finding->sentence = g_steal_pointer(&difference);
    } else {
        ret_finding->sentence = g_strdup_printf("%s; then %s", diagnosed, difference);
    }
    return true;
}

static bool fail_boot(Bootup *bootup, Finding *ret_finding, GError **error)
{
    SymptomFacts facts = {.deadline_passed = true, .ssh = bootup->ssh};
    if (!gather(bootup, &facts, error))
        return false;
    diagnose(bootup, &facts, ret_finding);
    if (ret_finding->symptom == SYMPTOM_NONE) {
        ret_finding->symptom = SYMPTOM_DEADLINE;
        ret_finding->sentence =
            g_strdup_printf("it did not answer within %.0f s", bootup->plan.machine->boot_s);
    }
    return true;
}

bool bootup_image(Bootup *bootup, GError **error)
{
    return bootup->deploy->driver->needs_system
               ? need_system(bootup, error) && image_bring(bootup, error)
               : image_put(bootup, error);
}

bool bootup_kernel(Bootup *bootup, const char *folder, Finding *ret_finding, GError **error)
{
    bool up = false;
    kernel_clear(&bootup->kernel);
    *ret_finding = (Finding){SYMPTOM_NONE, NULL};
    if (!kernel_read(folder, &bootup->kernel, error) || !bootup_image(bootup, error) ||
        !deploy_kernel(bootup->deploy, folder, DEPLOY_MS, error) || !restart(bootup, error))
        return false;
    int64_t until = clock_monotonic_ms() + (int64_t)(bootup->plan.machine->boot_s * 1000);
    if (!wait_up(bootup, until, &up, error))
        return false;
    return up ? check_kernel(bootup, ret_finding, error) : fail_boot(bootup, ret_finding, error);
}

bool bootup_resume(Bootup *bootup)
{
    if (!try_transport(bootup))
        return false;
    console_begin(bootup, true);
    return true;
}

bool bootup_end(Bootup *bootup, GError **error)
{
    int64_t limit = actor_limit_ms(bootup->plan.actor, SETTLE_MS);
    g_clear_pointer(&bootup->transport, transport_close);
    bool good = bootup->deploy->driver->needs_system || !bootup->power ||
                switch_power(bootup, POWER_DO_OFF, error);
    g_clear_pointer(&bootup->capture, capture_stop);
    return good && deploy_settle(bootup->deploy, limit, error);
}
