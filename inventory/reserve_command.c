// A machine that a program of the site hands out: reserve = command PROGRAM [ARGUMENTS..]. It is
// run as PROGRAM ARGUMENTS.. take SECONDS PURPOSE | renew SECONDS | release | holder; holder prints
// who holds it, or nothing; a status other than 0 is a refusal.
#include "common/error.h"
#include "inventory/device_program.h"
#include "inventory/reserve.h"

static bool ask(const Reserve *reserve, const char *const *words, int64_t deadline_ms,
                char **ret_out, GError **error)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autofree char *machine = g_strconcat("MARVIN_MACHINE=", reserve->machine->name, NULL);
    const char *variables[] = {machine, NULL};
    for (char **word = reserve->facet->arguments; *word; word++)
        g_ptr_array_add(argv, *word);
    for (; *words; words++)
        g_ptr_array_add(argv, (gpointer)(guintptr)*words);
    g_ptr_array_add(argv, NULL);
    DeviceQuestion question = {.argv = (const char *const *)argv->pdata,
                               .variables = variables,
                               .deadline_ms = deadline_ms};
    return device_ask(&question, ret_out, error);
}

static bool command_take(Reserve *reserve, double seconds, const char *purpose, int64_t deadline_ms,
                         GError **error)
{
    g_autofree char *length = g_strdup_printf("%.0f", seconds);
    const char *words[] = {"take", length, purpose, NULL};
    return ask(reserve, words, deadline_ms, NULL, error);
}

static bool command_renew(Reserve *reserve, double seconds, int64_t deadline_ms, GError **error)
{
    g_autofree char *length = g_strdup_printf("%.0f", seconds);
    const char *words[] = {"renew", length, NULL};
    return ask(reserve, words, deadline_ms, NULL, error);
}

static bool command_release(Reserve *reserve, int64_t deadline_ms, GError **error)
{
    const char *words[] = {"release", NULL};
    return ask(reserve, words, deadline_ms, NULL, error);
}

static bool command_holder(Reserve *reserve, int64_t deadline_ms, char **ret_holder, GError **error)
{
    g_autofree char *out = NULL;
    const char *words[] = {"holder", NULL};
    if (!ask(reserve, words, deadline_ms, &out, error))
        return false;
    *ret_holder = *g_strstrip(out) ? g_steal_pointer(&out) : NULL;
    return true;
}

const ReserveDriver RESERVE_DRIVER_COMMAND = {
    .word = {.name = "command",
             .usage = "command PROGRAM [ARGUMENTS..]",
             .min_arguments = 1,
             .max_arguments = -1},
    .take = command_take,
    .renew = command_renew,
    .release = command_release,
    .holder = command_holder,
};
