// marvin-inventory check: whether a machine answers, and what makes its numbers vary.
#include <stdio.h>

#include "common/text.h"
#include "inventory/checkup.h"
#include "inventory/commands.h"
#include "inventory/holding.h"

static bool run(const Invocation *invocation, GError **error)
{
    g_autoptr(Site) site = NULL;
    g_auto(Holding) holding = {0};
    g_autoptr(Transport) transport = NULL;
    g_autoptr(Checkup) checkup = checkup_new();
    if (!holding_load("marvin-inventory", cmd_arguments(invocation)[0], &site, &holding, error) ||
        !transport_open(holding.machine, site->state, &transport, error) ||
        !checkup_machine(checkup, transport, error))
        return false;
    g_autofree char *what = g_strdup_printf("%s: lease", holding.machine->name);
    g_autofree char *until = text_time(holding.ends_at);
    g_autofree char *found = holding.token ? g_strdup_printf("held by %s (%s) until %s",
                                                             holding.holder, holding.purpose, until)
                                           : g_strdup("free");
    checkup_good(checkup, what, found);
    checkup_print(checkup, stdout, cmd_flag(invocation, "json"));
    return checkup_is_good(checkup);
}

static const CommandOption OPTIONS[] = {{"json", 0, OPTION_FLAG, NULL, "as JSON"}, {0}};

const Command CMD_CHECK = {
    .name = "check",
    .arguments = "MACHINE",
    .summary = "whether a machine answers and is fit for work, and what makes its numbers vary",
    .help = "Looks only; takes no lease. Ends with 1 where something must be mended, with 5 where "
            "the machine\n"
            "does not answer.",
    .options = OPTIONS,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
