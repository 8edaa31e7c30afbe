// The right to act on a device: a lock by its name, a fence by the machine's tokens.
#include "inventory/device.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/error.h"

enum { POLL_MS = 20, SLACK_MS = 200 };

int64_t actor_limit_ms(const Actor *actor, int64_t wish_ms)
{
    // a little less: the lease runs while the limit is passed on
    int64_t left = actor->left_ms ? actor->left_ms(actor->data) - SLACK_MS : wish_ms;
    return MAX(MIN(wish_ms, left), 1);
}

// The folder of locks and fences; path of one of them.
static char *device_path(const char *state, const char *name, const char *suffix)
{
    g_autofree char *folder = g_build_filename(state, "device", NULL);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, name, -1);
    g_autofree char *file = g_strdup_printf("%.24s.%s", hash, suffix);
    g_mkdir_with_parents(folder, 0755);
    return g_build_filename(folder, file, NULL);
}

static char *read_text(int fd)
{
    char text[128] = "";
    ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
    return g_strstrip(g_strndup(text, n > 0 ? (gsize)n : 0));
}

static bool write_text(int fd, const char *text)
{
    return ftruncate(fd, 0) == 0 && pwrite(fd, text, strlen(text), 0) == (ssize_t)strlen(text);
}

// Waits for the lock of a file; the holder's name is its content.
static bool file_lock(int fd, const char *device, int64_t deadline_ms, GError **error)
{
    int64_t until = clock_monotonic_ms() + deadline_ms;
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return error_set(error, ERROR_MACHINE, "cannot lock %s: %s", device, g_strerror(errno));
        if (clock_monotonic_ms() >= until) {
            g_autofree char *holder = read_text(fd);
            return error_set(error, ERROR_MACHINE, "%s is in use by %s; try again", device,
                             *holder ? holder : "another process");
        }
        g_usleep(POLL_MS * 1000);
    }
    g_autofree char *who = g_strdup_printf("process %d\n", (int)getpid());
    if (!write_text(fd, who))
        g_debug("cannot write the lock of %s, ignoring", device);
    return true;
}

// Raises the machine's fence to the actor's token, or refuses it.
static bool fence_pass(const Actor *actor, const char *machine, GError **error)
{
    g_autofree char *path = device_path(actor->state, machine, "fence");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || flock(fd, LOCK_EX) != 0) {
        if (fd >= 0)
            close(fd);
        return error_set(error, ERROR_INPUT, "cannot open %s: %s", path, g_strerror(errno));
    }
    g_autofree char *text = read_text(fd);
    int64_t seen = g_ascii_strtoll(text, NULL, 10);
    g_autofree char *ours = g_strdup_printf("%" G_GINT64_FORMAT "\n", actor->token);
    bool good = true;
    if (actor->token < seen)
        good = error_set(error, ERROR_MACHINE,
                         "the machine %s was granted to another since (lease %" G_GINT64_FORMAT
                         ", ours is %" G_GINT64_FORMAT "): nothing was done",
                         machine, seen, actor->token);
    else if (actor->token > seen && !write_text(fd, ours))
        good = error_set(error, ERROR_INPUT, "cannot write %s: %s", path, g_strerror(errno));
    close(fd);
    return good;
}

bool device_lock(const Actor *actor, const char *machine, const char *device, int64_t deadline_ms,
                 DeviceLock *ret_lock, GError **error)
{
    g_autofree char *path = device_path(actor->state, device, "lock");
    int64_t begun = clock_monotonic_ms();
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return error_set(error, ERROR_INPUT, "cannot open %s: %s", path, g_strerror(errno));
    bool good = file_lock(fd, device, deadline_ms, error);
    int64_t left = MAX(deadline_ms - (clock_monotonic_ms() - begun), 0);
    good = good && (!actor->may_act || actor->may_act(actor->data, left, error)) &&
           (!actor->token || fence_pass(actor, machine, error));
    if (!good) {
        close(fd);
        return false;
    }
    ret_lock->fd = fd;
    return true;
}

void device_unlock(DeviceLock *lock)
{
    if (lock->fd > 0)
        close(lock->fd);
    lock->fd = -1;
}
