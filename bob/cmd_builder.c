// bob builder: only build.
#include "bob/commands.h"
#include "bob/round.h"
#include "bob/work.h"

static bool run(const Invocation *invocation, GError **error)
{
    g_autoptr(Round) round = NULL;
    g_autoptr(Builder) builder = NULL;
    bool once = cmd_flag(invocation, "once");
    int reclaimed = 0;
    guint built = 0;
    if (!round_open(&round, NULL, error) ||
        !builder_open(round->site, round->store, cmd_arguments(invocation)[0], true, &builder,
                      &reclaimed, error))
        return false;
    if (reclaimed > 0)
        cmd_note("%s: a build that was cut off is built again", builder_name(builder));
    cmd_note("%s: %d core%s%s", builder_name(builder), builder_cores(builder),
             builder_cores(builder) == 1 ? "" : "s",
             builder_is_remote(builder) ? ", sends what it makes through the database" : "");
    return builder_work(builder, !once, &built, error);
}

static const CommandOption OPTIONS[] = {
    {.name = "once", .kind = OPTION_FLAG, .help = "end when nothing is queued for it"}, {0}};

const Command CMD_BUILDER = {
    .name = "builder",
    .arguments = "[NAME]",
    .summary = "only build: announce architecture, toolchains and cores, claim build jobs",
    .help =
        "NAME is the builder's in the database; preset: the system's name, and where that is at "
        "work already, the same with -2, -3 and so on. Any number of builders may run, on one "
        "state folder or on many systems that reach the database and the store. Toolchains are "
        "the gcc and clang, with or without a version, that are on PATH.",
    .options = OPTIONS,
    .max_arguments = 1,
    .run = run,
};
