// marvin-inventory deploy: a kernel onto a machine, booted once and proved to run; or an image.
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/proc.h"
#include "common/store.h"
#include "inventory/bootup.h"
#include "inventory/commands.h"
#include "inventory/grip.h"
#include "inventory/kernel.h"
#include "sql/queries.h"

enum { COPY_S = 1800 };

// RELEASE is [TREE:]TAG; the folder is made, and removed by the caller.
static bool artifact_unpack(Site *site, const char *release, char **ret_folder, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    g_autoptr(Store) store = NULL;
    const char *colon = strchr(release, ':');
    g_autofree char *tree = colon ? g_strndup(release, (gsize)(colon - release)) : NULL;
    g_autofree char *folder = g_build_filename(site->state, "deploy-XXXXXX", NULL);
    if (!db_rows(site->db, &QUERY_INVENTORY_ARTIFACTS,
                 DB_PARAMS(DB_TEXT(colon ? colon + 1 : release), DB_TEXT(tree)), &rows, error))
        return false;
    if (rows_count(rows) == 0)
        return error_set(error, ERROR_INPUT,
                         "no built artifact of %s is there: `bob queue %s`, or give a folder with "
                         "a kernel.txt",
                         release, release);
    if (rows_count(rows) > 1)
        return error_set(error, ERROR_INPUT, "%s is in several trees (%s, %s): write TREE:%s",
                         release, rows_text(rows, 0, "tree"), rows_text(rows, 1, "tree"), release);
    if (!store_open(site->store, &store, error))
        return false;
    if (!g_mkdtemp(folder))
        return error_set(error, ERROR_INPUT, "cannot make a folder in %s", site->state);
    *ret_folder = g_strdup(folder);
    if (!store_unpack(store, rows_text(rows, 0, "hash"), folder, 0, error))
        return false;
    return kernel_is_in(folder) ||
           error_set(error, ERROR_INPUT,
                     "%s is no kernel (its artifact has no kernel.txt): there is nothing to boot",
                     release);
}

static void folder_remove(const char *folder)
{
    const char *argv[] = {"rm", "-rf", "--", folder, NULL};
    g_auto(ProcResult) ran = {0};
    proc_run(&(ProcSpec){.argv = argv}, &ran, NULL);
}

static bool boot(Bootup *bootup, const char *machine, const char *folder, GError **error)
{
    g_auto(Finding) finding = {0};
    g_auto(Kernel) kernel = {0};
    if (!kernel_read(folder, &kernel, error) || !bootup_kernel(bootup, folder, &finding, error))
        return false;
    if (finding.symptom)
        return error_set(error, ERROR_NO, "%s does not run %s: %s: %s", machine, kernel.release,
                         symptom_name(finding.symptom), finding.sentence);
    printf("%s runs %s\n", machine, kernel.release);
    return true;
}

static bool bring_image(Bootup *bootup, const Machine *machine, const char *image, GError **error)
{
    if (!bootup_image(bootup, error))
        return false;
    printf("%s %s the image of %s\n", machine->name,
           bootup_transport(bootup) ? "runs" : "starts next from", image);
    return true;
}

static bool act(const Invocation *invocation, Grip *grip, const char *folder, GError **error)
{
    g_autoptr(Bootup) bootup = NULL;
    const char *image = cmd_text(invocation, "image");
    BootupPlan plan = {.machine = grip->holding.machine,
                       .actor = &grip->actor,
                       .settings = grip->site->settings,
                       .distro = image,
                       .console_path = cmd_text(invocation, "keep")};
    return bootup_open(&plan, &bootup, error) && (!image || bootup_needs_images(bootup, error)) &&
           (folder ? boot(bootup, plan.machine->name, folder, error)
                   : bring_image(bootup, plan.machine, image, error));
}

static bool deploy(const Invocation *invocation, Grip *grip, GError **error)
{
    const char *what = cmd_arguments(invocation)[1];
    g_autofree char *made = NULL;
    bool good = !what || g_file_test(what, G_FILE_TEST_IS_DIR) ||
                artifact_unpack(grip->site, what, &made, error);
    good = good && act(invocation, grip, made ? made : what, error);
    if (made)
        folder_remove(made);
    return good;
}

static bool run(const Invocation *invocation, GError **error)
{
    Grip grip = {0};
    if (!cmd_arguments(invocation)[1] && !cmd_text(invocation, "image"))
        return error_set(error, ERROR_USAGE,
                         "a kernel is wanted (RELEASE or FOLDER), or an image: --image DISTRO");
    return grip_take(invocation, "deploying a kernel", (int64_t)COPY_S * 1000, &grip, error) &&
           grip_release(&grip, deploy(invocation, &grip, error), error);
}

static const CommandOption OPTIONS[] = {
    {"image", 0, OPTION_VALUE, "DISTRO",
     "the system of [distro DISTRO] first; without a kernel: only that"},
    {"keep", 0, OPTION_VALUE, "FILE", "append the console of the boot to FILE"},
    GRIP_FORCE,
    GRIP_WHY,
    {0},
};

const Command CMD_DEPLOY = {
    .name = "deploy",
    .arguments = "MACHINE [RELEASE|FOLDER]",
    .summary = "boot a kernel once, and prove that it runs",
    .help = "RELEASE: [TREE:]TAG whose build is in the store; FOLDER: an artifact with a "
            "kernel.txt. Ends with\n"
            "1 where the kernel does not come up (what the console shows is said: a finding about "
            "it, not about\n"
            "the machine), with 5 where a device of the machine does not answer.",
    .options = OPTIONS,
    .min_arguments = 1,
    .max_arguments = 2,
    .run = run,
};
