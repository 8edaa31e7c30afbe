// marvin-inventory console, deploy: facets of a machine that need a driver.
#include "common/error.h"
#include "inventory/commands.h"
#include "inventory/machine.h"
#include "sql/site.h"

static bool refuse(const Invocation *invocation, const char *facet, const char *instead,
                   GError **error)
{
    g_autoptr(Site) site = site_load();
    g_autoptr(Machine) machine = NULL;
    if (!machine_find(site->settings, cmd_arguments(invocation)[0], &machine, error))
        return false;
    return error_set(error, ERROR_MACHINE, "the machine %s has no %s driver: %s", machine->name,
                     facet, instead);
}

static bool run_console(const Invocation *invocation, GError **error)
{
    return refuse(invocation, "console", "what its kernel prints is not kept", error);
}

static bool run_deploy(const Invocation *invocation, GError **error)
{
    return refuse(invocation, "deploy", "it runs the system that is installed there", error);
}

const Command CMD_CONSOLE = {.name = "console",
                             .arguments = "MACHINE",
                             .summary = "what a machine's kernel prints",
                             .min_arguments = 1,
                             .max_arguments = 1,
                             .run = run_console};

const Command CMD_DEPLOY = {.name = "deploy",
                            .arguments = "MACHINE RELEASE",
                            .summary = "put a release on a machine",
                            .min_arguments = 1,
                            .max_arguments = 2,
                            .run = run_deploy};
