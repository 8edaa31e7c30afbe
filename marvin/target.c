// The system that a boot's trials run on.
#include "marvin/target.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/error.h"
#include "common/proc.h"
#include "common/text.h"
#include "inventory/kernel.h"
#include "inventory/vm.h"

enum { LOOK_MS = 1000, FULL_KIB = 16384 };
static const guint64 ARTIFACT_BYTES = (guint64)8 << 30;

struct Target {
    TargetPlace place;
    Bootup *bootup; // of this boot
    BootupPlan plan; // that bootup borrows
    Transport *transport; // of a machine that we do not start
    char *console; // file of the console's text
    char *dump; // file for the memory of a kernel that failed; NULL: it is not wanted
    char *mode;
    bool is_kernel;
    int64_t looked_ms; // when the console was last looked at
};

bool target_boots(const Target *target)
{
    return target->place.machine->deploy.driver != NULL;
}

static char *dump_path(const TargetPlace *place)
{
    g_autofree char *folder = g_build_filename(place->state, "dumps", NULL);
    g_autofree char *name = g_strconcat(place->machine->name, ".core", NULL);
    g_mkdir_with_parents(folder, 0700);
    return g_build_filename(folder, name, NULL);
}

bool target_open(const TargetPlace *place, Target **ret_target, GError **error)
{
    g_autoptr(Target) target = g_new0(Target, 1);
    target->place = *place;
    target->mode = g_strdup(place->machine->mode);
    if (place->machine->dump)
        target->dump = dump_path(place);
    if (!target_boots(target) &&
        !transport_open(place->machine, place->state, &target->transport, error))
        return false;
    if (target->transport)
        transport_tend(target->transport, place->actor->is_cancelled, place->actor->data);
    *ret_target = g_steal_pointer(&target);
    return true;
}

void target_close(Target *target)
{
    if (!target)
        return;
    g_clear_pointer(&target->bootup, bootup_close);
    g_clear_pointer(&target->transport, transport_close);
    g_free(target->console);
    g_free(target->dump);
    g_free(target->mode);
    g_free(target);
}

Transport *target_transport(Target *target)
{
    return target->bootup ? bootup_transport(target->bootup) : target->transport;
}

const char *target_mode(const Target *target)
{
    return target->mode ? target->mode : "metal";
}

bool target_is_kernel(const Target *target)
{
    return target->is_kernel;
}

// Starting ---------------------------------------------------------------------------------------

static void remove_folder(const char *folder)
{
    const char *argv[] = {"rm", "-rf", "--", folder, NULL};
    g_auto(ProcResult) ran = {0};
    proc_run(&(ProcSpec){.argv = argv}, &ran, NULL);
}

// Unpacks the artifact; whether it is a kernel.
static bool artifact_unpack(const Target *target, const char *hash, const char *folder,
                            bool *ret_is_kernel, GError **error)
{
    *ret_is_kernel = false;
    remove_folder(folder);
    if (!hash)
        return true;
    g_autofree char *parent = g_path_get_dirname(folder);
    g_mkdir_with_parents(parent, 0755);
    if (!store_unpack(target->place.store, hash, folder, ARTIFACT_BYTES, error))
        return false;
    *ret_is_kernel = kernel_is_in(folder);
    return true;
}

static bool bootup_begin(Target *target, const TargetJob *job, GError **error)
{
    const Machine *machine = target->place.machine;
    g_autofree char *folder = g_build_filename(target->place.state, "console", NULL);
    g_autofree char *name = g_strconcat(machine->name, ".log", NULL);
    g_mkdir_with_parents(folder, 0755);
    g_free(target->console);
    target->console = g_build_filename(folder, name, NULL);
    target->plan = (BootupPlan){.machine = machine,
                                .actor = target->place.actor,
                                .settings = target->place.settings,
                                .distro = job->distro,
                                .packages = job->packages,
                                .console_path = target->console,
                                .dump_path = target->dump};
    g_clear_pointer(&target->bootup, bootup_close);
    return bootup_open(&target->plan, &target->bootup, error);
}

// The boot that an earlier runner was in the middle of, if the machine is in it still.
static bool try_resume(Target *target, const TargetJob *job)
{
    if (!bootup_resume(target->bootup))
        return false;
    Transport *transport = bootup_transport(target->bootup);
    g_autofree char *path = g_build_filename(transport_work(transport), job->mark, NULL);
    g_autofree char *left = transport_find_text(transport, path);
    g_autofree char *boot_id = NULL;
    return left && transport_boot_id(transport, &boot_id, NULL) && g_str_has_suffix(left, boot_id);
}

static bool start_kernel(Target *target, const TargetJob *job, const char *folder,
                         Finding *ret_finding, GError **error)
{
    const Machine *machine = target->place.machine;
    int64_t begun = clock_monotonic_ms();
    g_unlink(target->console);
    if (!bootup_begin(target, job, error) ||
        !bootup_kernel(target->bootup, folder, ret_finding, error))
        return false;
    g_autofree char *took = text_seconds((double)(clock_monotonic_ms() - begun) / 1000);
    g_autofree char *found = finding_text(ret_finding);
    if (ret_finding->symptom == SYMPTOM_NONE)
        target->place.note("%s: %s is up after %s", machine->name, job->label, took);
    else
        target->place.note("%s: %s: %s", machine->name, job->label, found);
    return true;
}

// The kernel of the artifact, or the machine's own for a program.
static bool start(Target *target, const TargetJob *job, const char *folder, Finding *ret_finding,
                  GError **error)
{
    const Machine *machine = target->place.machine;
    if (target->is_kernel)
        return start_kernel(target, job, folder, ret_finding, error);
    if (!machine->kernel)
        return error_set(error, ERROR_INPUT,
                         "%s boots a kernel for each boot, and this artifact has none (no "
                         "kernel.txt): set kernel = FOLDER in the machine's section for programs",
                         machine->name);
    return start_kernel(target, job, machine->kernel, ret_finding, error);
}

static void find_mode(Target *target)
{
    g_autofree char *folder = NULL;
    if (target->place.machine->transport != TRANSPORT_QEMU)
        return;
    folder = vm_folder(target->place.state, target->place.machine);
    g_free(target->mode);
    target->mode = vm_mode(folder);
}

// Numbers of the kernel that runs there would go by the name of the one under test.
static void find_no_kernel(const Target *target, const TargetJob *job, Finding *ret_finding)
{
    const char *name = target->place.machine->name;
    *ret_finding = (Finding){
        SYMPTOM_WRONG_KERNEL,
        g_strdup_printf("%s boots no kernels: its section has no `deploy`, and this is one", name)};
    g_autofree char *found = finding_text(ret_finding);
    target->place.note("%s: %s: %s", name, job->label, found);
}

bool target_begin(Target *target, const TargetJob *job, Finding *ret_finding, GError **error)
{
    g_autofree char *folder =
        g_build_filename(target->place.state, "unpacked", target->place.machine->name, NULL);
    *ret_finding = (Finding){SYMPTOM_NONE, NULL};
    if (!target_boots(target)) {
        if (job->is_kernel)
            find_no_kernel(target, job, ret_finding);
        return true;
    }
    bool good = bootup_begin(target, job, error) &&
                artifact_unpack(target, job->artifact, folder, &target->is_kernel, error) &&
                (try_resume(target, job) || start(target, job, folder, ret_finding, error));
    remove_folder(folder);
    find_mode(target);
    return good;
}

// Running ----------------------------------------------------------------------------------------

bool target_is_dead(Target *target)
{
    int64_t now = clock_monotonic_ms();
    if (!target->bootup || now - target->looked_ms < LOOK_MS)
        return false;
    target->looked_ms = now;
    return bootup_is_dead(target->bootup);
}

bool target_diagnose(Target *target, const char *what, Finding *ret_finding, GError **error)
{
    return bootup_diagnose(target->bootup, what, ret_finding, error);
}

// df -P: the fourth word of its second line are the free blocks.
static bool is_full(Transport *transport)
{
    const char *argv[] = {"df", "-P", "-k", transport_work(transport), NULL};
    g_autofree char *text = NULL;
    if (!transport_run_ok(transport, argv, &text, NULL))
        return false;
    g_auto(GStrv) lines = g_strsplit(text, "\n", 3);
    g_autoptr(GRegex) words = g_regex_new("^\\S+\\s+\\d+\\s+\\d+\\s+(\\d+)\\s", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    if (!lines[0] || !lines[1] || !g_regex_match(words, lines[1], 0, &match))
        return false;
    g_autofree char *free_blocks = g_match_info_fetch(match, 1);
    // what the failed trial had written last is removed by now
    return g_ascii_strtoll(free_blocks, NULL, 10) < FULL_KIB;
}

void target_look(Target *target, Finding *ret_finding)
{
    g_autofree char *text = NULL;
    gsize size = 0;
    g_auto(Diagnosis) diagnosis = {0};
    *ret_finding = (Finding){SYMPTOM_NONE, NULL};
    if (!target->bootup || !g_file_get_contents(target->console, &text, &size, NULL))
        return;
    const SymptomFacts good = {.has_console = true, .ssh = SSH_GOOD};
    symptom_diagnose(text, size, &good, &diagnosis);
    ret_finding->symptom = diagnosis.symptom;
    ret_finding->sentence = g_strdup(diagnosis.sentence);
    if (diagnosis.symptom == SYMPTOM_NONE && is_full(bootup_transport(target->bootup))) {
        ret_finding->symptom = SYMPTOM_NO_SPACE;
        ret_finding->sentence = g_strdup("no space is left on its root file system");
    }
}

bool target_keep_console(Target *target, char **ret_hash, GError **error)
{
    StoreObject kept = {0};
    *ret_hash = NULL;
    if (!target->bootup || !g_file_test(target->console, G_FILE_TEST_EXISTS))
        return true;
    if (!store_put_file(target->place.store, target->console, 0, &kept, error))
        return false;
    *ret_hash = g_strdup(kept.hash);
    return true;
}

bool target_end(Target *target, GError **error)
{
    if (!target->bootup)
        return true;
    bool good = bootup_end(target->bootup, error);
    g_clear_pointer(&target->bootup, bootup_close);
    return good;
}
