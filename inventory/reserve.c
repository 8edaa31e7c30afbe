// Who else must grant a machine: what all drivers share.
#include "inventory/reserve.h"

#include "common/error.h"

static const FacetWord BUILTIN = {.name = "builtin", .usage = "builtin"};

// One line a driver, by the first member of its table.
static const FacetWord *const DRIVERS[] = {
    &BUILTIN, &RESERVE_DRIVER_FAKE.word, &RESERVE_DRIVER_SLURM.word, &RESERVE_DRIVER_COMMAND.word,
    NULL,
};

const FacetWord *const *reserve_words(void)
{
    return DRIVERS;
}

static const ReserveDriver *driver_find(const char *name)
{
    for (const FacetWord *const *word = DRIVERS; *word; word++) {
        if (*word != &BUILTIN && g_strcmp0((*word)->name, name) == 0)
            return (const ReserveDriver *)*word;
    }
    return NULL;
}

bool reserve_open(const Machine *machine, const Actor *actor, Reserve **ret_reserve, GError **error)
{
    g_autoptr(Reserve) reserve = g_new0(Reserve, 1);
    reserve->driver = driver_find(machine->reserve.driver);
    reserve->machine = machine;
    reserve->facet = &machine->reserve;
    reserve->actor = actor;
    if (reserve->driver && reserve->driver->open && !reserve->driver->open(reserve, error))
        return false;
    *ret_reserve = g_steal_pointer(&reserve);
    return true;
}

void reserve_close(Reserve *reserve)
{
    if (!reserve)
        return;
    if (reserve->driver && reserve->driver->close)
        reserve->driver->close(reserve);
    g_free(reserve);
}

static bool fail_named(const Reserve *reserve, GError *cause, GError **error)
{
    return error_pass(error, cause, "%s: %s", reserve->machine->name, reserve->facet->text);
}

bool reserve_take(Reserve *reserve, double seconds, const char *purpose, int64_t deadline_ms,
                  GError **error)
{
    GError *cause = NULL;
    return !reserve->driver ||
           reserve->driver->take(reserve, seconds, purpose, deadline_ms, &cause) ||
           fail_named(reserve, cause, error);
}

bool reserve_renew(Reserve *reserve, double seconds, int64_t deadline_ms, GError **error)
{
    GError *cause = NULL;
    return !reserve->driver || !reserve->driver->renew ||
           reserve->driver->renew(reserve, seconds, deadline_ms, &cause) ||
           fail_named(reserve, cause, error);
}

bool reserve_release(Reserve *reserve, int64_t deadline_ms, GError **error)
{
    GError *cause = NULL;
    return !reserve->driver || reserve->driver->release(reserve, deadline_ms, &cause) ||
           fail_named(reserve, cause, error);
}

bool reserve_holder(Reserve *reserve, int64_t deadline_ms, char **ret_holder, GError **error)
{
    GError *cause = NULL;
    if (reserve->driver)
        return reserve->driver->holder(reserve, deadline_ms, ret_holder, &cause) ||
               fail_named(reserve, cause, error);
    *ret_holder = NULL;
    return true;
}
