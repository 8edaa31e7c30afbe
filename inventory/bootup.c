// A machine brought into a kernel under test.
#include "inventory/bootup_steps.h"

#include <glib/gstdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/error.h"
#include "inventory/verify.h"

enum {
    SETTLE_MS = 60000,
    ALIVE_MS = 3000, // for a process to answer on the console
    PROBE_MS = 4000, // for the answer to SysRq and NMI
    DUMP_MS = 120000,
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

// The way there ---------------------------------------------------------------------------------

static bool restart(Bootup *bootup, GError **error)
{
    bool good = true;
    switch (bootup->deploy->restart) {
    case RESTART_POWER:
        good = bootup_switch_power(bootup, POWER_DO_OFF, error);
        bootup_console_begin(bootup, false);
        good = good && bootup_switch_power(bootup, POWER_DO_ON, error);
        break;
    case RESTART_REBOOT:
        bootup_console_begin(bootup, true);
        good = bootup_reboot_system(bootup, error);
        break;
    case RESTART_NONE:
        bootup_console_begin(bootup, true);
        good = bootup_leave_system(bootup, error);
        break;
    }
    bootup_drop_transport(bootup);
    if (good)
        bootup_console_begin(bootup, true);
    return good;
}

// What went wrong --------------------------------------------------------------------------------

// Types a line and looks whether a process answers: a kernel whose processes are stuck only echoes.
static bool ask_processes(Bootup *bootup, Answer *ret_answer, GError **error)
{
    g_autoptr(GError) ignored = NULL;
    size_t before = bootup_console_size(bootup), size = 0;
    *ret_answer = ANSWER_NOT_ASKED;
    if (!capture_write(bootup->capture, "\n", 1, ALIVE_MS, &ignored))
        return true;
    if (!bootup_rest(bootup, ALIVE_MS, error))
        return false;
    g_autofree char *text = bootup_console_text(bootup, &size);
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
    *ret_offset = bootup_console_size(bootup);
    bool asked = capture_sysrq(bootup->capture, 'w', limit, NULL) &&
                 capture_sysrq(bootup->capture, 'l', limit, NULL);
    bool by_nmi = bootup->power && bootup->power->driver->nmi;
    if (by_nmi && !power_nmi(bootup->power, limit, &ignored))
        g_debug("%s, ignoring", ignored->message);
    if (!asked && !by_nmi)
        *ret_offset = 0;
    return bootup_rest(bootup, PROBE_MS, error);
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
    g_autofree char *text = bootup_console_text(bootup, &size);
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
    if (!bootup_rest(bootup, TRACE_MS, error))
        return false;
    g_clear_pointer(&bootup->transport, transport_close);
    if (!bootup_is_dead(bootup))
        bootup_try_transport(bootup);
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

bool bootup_kernel(Bootup *bootup, const char *folder, Finding *ret_finding, GError **error)
{
    bool up = false;
    GStatBuf console = {0};
    if (bootup->plan.console_path)
        g_stat(bootup->plan.console_path, &console);
    bootup->console_from = (size_t)console.st_size;
    kernel_clear(&bootup->kernel);
    *ret_finding = (Finding){SYMPTOM_NONE, NULL};
    if (!kernel_read(folder, &bootup->kernel, error) || !bootup_image(bootup, error) ||
        !deploy_kernel(bootup->deploy, folder, DEPLOY_MS, error) || !restart(bootup, error))
        return false;
    int64_t until = clock_monotonic_ms() + (int64_t)(bootup->plan.machine->boot_s * 1000);
    if (!bootup_wait_up(bootup, until, &up, error))
        return false;
    return up ? check_kernel(bootup, ret_finding, error) : fail_boot(bootup, ret_finding, error);
}

bool bootup_resume(Bootup *bootup)
{
    if (!bootup_try_transport(bootup))
        return false;
    bootup_console_begin(bootup, true);
    return true;
}

bool bootup_end(Bootup *bootup, GError **error)
{
    int64_t limit = actor_limit_ms(bootup->plan.actor, SETTLE_MS);
    g_clear_pointer(&bootup->transport, transport_close);
    bool good = bootup->deploy->driver->needs_system || !bootup->power ||
                bootup_switch_power(bootup, POWER_DO_OFF, error);
    g_clear_pointer(&bootup->capture, capture_stop);
    return good && deploy_settle(bootup->deploy, limit, error);
}
