// A kernel brought by a program of the site: deploy = command PROGRAM [ARGUMENTS..]. It is run as
// PROGRAM ARGUMENTS.. kernel FOLDER | settle | image DISTRO [PACKAGES..], with MARVIN_MACHINE and
// MARVIN_RELEASE in its environment; the machine is switched off and on behind it.
#include "inventory/deploy.h"
#include "inventory/device_program.h"
#include "inventory/distro.h"

static bool ask(const Deploy *deploy, const char *const *words, const char *const *more,
                const char *release, int64_t deadline_ms, GError **error)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autofree char *machine = g_strconcat("MARVIN_MACHINE=", deploy->machine->name, NULL);
    g_autofree char *version = g_strconcat("MARVIN_RELEASE=", release, NULL);
    const char *variables[] = {machine, release ? version : NULL, NULL};
    for (char **word = deploy->facet->arguments; *word; word++)
        g_ptr_array_add(argv, *word);
    for (; *words; words++)
        g_ptr_array_add(argv, (gpointer)(guintptr)*words);
    for (; more && *more; more++)
        g_ptr_array_add(argv, (gpointer)(guintptr)*more);
    g_ptr_array_add(argv, NULL);
    DeviceQuestion question = {.argv = (const char *const *)argv->pdata,
                               .variables = variables,
                               .deadline_ms = deadline_ms};
    return device_ask(&question, NULL, error);
}

static bool command_kernel(Deploy *deploy, const char *folder, const Kernel *kernel,
                           int64_t deadline_ms, GError **error)
{
    const char *words[] = {"kernel", folder, NULL};
    return ask(deploy, words, NULL, kernel->release, deadline_ms, error);
}

static bool command_settle(Deploy *deploy, int64_t deadline_ms, GError **error)
{
    const char *words[] = {"settle", NULL};
    return ask(deploy, words, NULL, NULL, deadline_ms, error);
}

static bool command_image(Deploy *deploy, const char *distro, const char *const *packages,
                          int64_t deadline_ms, GError **error)
{
    const char *words[] = {"image", distro, NULL};
    g_auto(Distro) known = {0};
    if (distro && !distro_find(deploy->settings, distro, NULL, &known, error))
        return false;
    return ask(deploy, words, packages, NULL, deadline_ms, error);
}

static bool command_check(Deploy *deploy, int64_t deadline_ms, DeployLook *ret_look, GError **error)
{
    const char *name = facet_argument(deploy->facet, 0);
    g_autofree char *path = g_find_program_in_path(name);
    (void)deadline_ms;
    (void)error;
    ret_look->found = path ? g_strdup(path) : g_strdup_printf("%s is no program here", name);
    if (!path)
        ret_look->remedy = g_strdup_printf("put it there and make it executable, or mend %s",
                                           deploy->facet->origin);
    return true;
}

const DeployDriver DEPLOY_DRIVER_COMMAND = {
    .word = {.name = "command",
             .usage = "command PROGRAM [ARGUMENTS..]",
             .min_arguments = 1,
             .max_arguments = -1},
    .restart = RESTART_POWER,
    .kernel = command_kernel,
    .settle = command_settle,
    .image = command_image,
    .check = command_check,
};
