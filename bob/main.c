// bob: watches trees, queues what is to be tested, and builds it.
#include "benchmarks/find.h"
#include "bob/commands.h"
#include "bob/plan.h"
#include "bob/tree.h"
#include "inventory/machine.h"
#include "sql/config.h"
#include "sql/config_check.h"

static const Command *const COMMANDS[] = {&CMD_RUN,   &CMD_BUILDER, &CMD_WATCH, &CMD_STATUS,
                                          &CMD_QUEUE, &CMD_FARM,    NULL};

static void complain(GPtrArray *complaints, GError *cause)
{
    if (!g_ptr_array_find_with_equal_func(complaints, cause->message, g_str_equal, NULL))
        g_ptr_array_add(complaints, g_strdup(cause->message));
    g_error_free(cause);
}

/* What a round would say of the settings, without looking at trees or recipes. */
static void check_config(GPtrArray *complaints)
{
    g_autoptr(Site) site = site_load();
    g_auto(GStrv) search = benchmark_search_path(site->config);
    const Section *section = NULL;
    config_check(site, complaints);
    machine_check_all(site->settings, complaints);
    for (int i = 0; (section = settings_at(site->settings, "tree", i)) != NULL; i++) {
        g_autoptr(Tree) tree = NULL;
        GError *cause = NULL;
        if (!tree_read(site, section, &tree, &cause))
            complain(complaints, cause);
    }
    for (int i = 0; (section = settings_at(site->settings, "plan", i)) != NULL; i++) {
        g_autoptr(Plan) plan = NULL;
        GError *cause = NULL;
        if (!plan_read(section, (const char *const *)search, &plan, &cause))
            complain(complaints, cause);
    }
}

int main(int argc, char **argv)
{
    const Program program = {.name = "bob",
                             .summary = "watches trees, queues their releases and builds them",
                             .commands = COMMANDS,
                             .config_kinds = CONFIG_KINDS,
                             .n_config_kinds = &N_CONFIG_KINDS,
                             .check_config = check_config};
    return cmd_main(&program, argc, argv);
}
