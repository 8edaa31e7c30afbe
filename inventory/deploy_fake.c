// Deployment into a folder (inventory/fake.h): deploy = fake FOLDER. FOLDER/kernel has the release
// that the machine would boot next.
#include <errno.h>
#include <glib/gstdio.h>

#include "inventory/deploy.h"
#include "inventory/fake.h"

static const char *folder_of(const Deploy *deploy)
{
    return facet_argument(deploy->facet, 0);
}

static bool write_word(const Deploy *deploy, const char *file, const char *action, const char *word,
                       int64_t deadline_ms, GError **error)
{
    FakeTurn turn;
    g_autofree char *path = g_build_filename(folder_of(deploy), file, NULL);
    if (!fake_take(folder_of(deploy), "deploy", action, deadline_ms, &turn, error))
        return false;
    return turn == FAKE_IGNORE || g_file_set_contents(path, word, -1, error);
}

static bool fake_kernel(Deploy *deploy, const char *folder, const Kernel *kernel,
                        int64_t deadline_ms, GError **error)
{
    (void)folder;
    return write_word(deploy, "kernel", "kernel", kernel->release, deadline_ms, error);
}

static bool fake_settle(Deploy *deploy, int64_t deadline_ms, GError **error)
{
    FakeTurn turn;
    g_autofree char *path = g_build_filename(folder_of(deploy), "kernel", NULL);
    if (!fake_take(folder_of(deploy), "deploy", "settle", deadline_ms, &turn, error))
        return false;
    return g_unlink(path) == 0 || errno == ENOENT ||
           error_set(error, ERROR_MACHINE, "cannot remove %s: %s", path, g_strerror(errno));
}

static bool fake_image(Deploy *deploy, const char *distro, const char *const *packages,
                       int64_t deadline_ms, GError **error)
{
    (void)packages;
    return write_word(deploy, "image", "image", distro, deadline_ms, error);
}

static bool fake_check(Deploy *deploy, int64_t deadline_ms, DeployLook *ret_look, GError **error)
{
    FakeTurn turn;
    if (!fake_take(folder_of(deploy), "deploy", "check", deadline_ms, &turn, error))
        return false;
    ret_look->found = g_strdup("a folder");
    if (turn == FAKE_IGNORE)
        ret_look->remedy = g_strdup("see its script");
    return true;
}

const DeployDriver DEPLOY_DRIVER_FAKE = {
    .word = {.name = "fake", .usage = "fake FOLDER", .min_arguments = 1, .max_arguments = 1},
    .kernel = fake_kernel,
    .settle = fake_settle,
    .image = fake_image,
    .check = fake_check,
};
