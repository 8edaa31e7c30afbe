// A reservation as a file in a folder (inventory/fake.h): reserve = fake FOLDER. FOLDER/holder has
// the process that holds it; a second one is refused.
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "inventory/fake.h"
#include "inventory/reserve.h"

static char *holder_path(const Reserve *reserve)
{
    return g_build_filename(facet_argument(reserve->facet, 0), "holder", NULL);
}

static char *our_name(void)
{
    return g_strdup_printf("process %d", (int)getpid());
}

static bool turn_take(const Reserve *reserve, const char *action, int64_t deadline_ms,
                      GError **error)
{
    FakeTurn turn;
    return fake_take(facet_argument(reserve->facet, 0), "reserve", action, deadline_ms, &turn,
                     error);
}

static bool fake_holder(Reserve *reserve, int64_t deadline_ms, char **ret_holder, GError **error)
{
    g_autofree char *path = holder_path(reserve), *text = NULL;
    if (!turn_take(reserve, "holder", deadline_ms, error))
        return false;
    *ret_holder = g_file_get_contents(path, &text, NULL, NULL) && *g_strstrip(text)
                      ? g_steal_pointer(&text)
                      : NULL;
    return true;
}

static bool fake_take_grant(Reserve *reserve, double seconds, const char *purpose,
                            int64_t deadline_ms, GError **error)
{
    (void)seconds;
    (void)purpose;
    g_autofree char *path = holder_path(reserve), *us = our_name(), *text = NULL;
    if (!turn_take(reserve, "take", deadline_ms, error))
        return false;
    if (g_file_get_contents(path, &text, NULL, NULL) && *g_strstrip(text) && strcmp(text, us) != 0)
        return error_set(error, ERROR_MACHINE, "%s holds it", text);
    return g_file_set_contents(path, us, -1, error);
}

static bool fake_renew(Reserve *reserve, double seconds, int64_t deadline_ms, GError **error)
{
    (void)seconds;
    g_autofree char *path = holder_path(reserve), *us = our_name(), *text = NULL;
    if (!turn_take(reserve, "renew", deadline_ms, error))
        return false;
    return (g_file_get_contents(path, &text, NULL, NULL) && strcmp(g_strstrip(text), us) == 0) ||
           error_set(error, ERROR_MACHINE, "it is no longer ours");
}

static bool fake_release(Reserve *reserve, int64_t deadline_ms, GError **error)
{
    g_autofree char *path = holder_path(reserve);
    if (!turn_take(reserve, "release", deadline_ms, error))
        return false;
    return g_unlink(path) == 0 || errno == ENOENT ||
           error_set(error, ERROR_MACHINE, "cannot give it back: %s", g_strerror(errno));
}

const ReserveDriver RESERVE_DRIVER_FAKE = {
    .word = {.name = "fake", .usage = "fake FOLDER", .min_arguments = 1, .max_arguments = 1},
    .take = fake_take_grant,
    .renew = fake_renew,
    .release = fake_release,
    .holder = fake_holder,
};
