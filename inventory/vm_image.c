// The root file system of virtual machines.
#include "inventory/vm_image.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/error.h"
#include "common/proc.h"
#include "inventory/recent.h"
#include "inventory/vm_scripts.h"

enum { KEY_MS = 30000, POLL_MS = 200, KEEP = 8 };

char *vm_key_path(const char *state)
{
    return g_build_filename(state, "vm", "key", NULL);
}

// One process at a time: a lock that the system frees.
static bool file_lock(const char *path, int64_t deadline_ms, int *ret_fd, GError **error)
{
    int64_t until = clock_monotonic_ms() + deadline_ms;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return error_set(error, ERROR_INPUT, "cannot open %s: %s", path, g_strerror(errno));
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (clock_monotonic_ms() >= until) {
            close(fd);
            return error_set(error, ERROR_MACHINE, "another process is still busy with %s", path);
        }
        g_usleep(POLL_MS * 1000);
    }
    *ret_fd = fd;
    return true;
}

static bool key_generate(const char *path, GError **error)
{
    g_auto(ProcResult) ran = {0};
    const char *argv[] = {"ssh-keygen", "-q",     "-t", "ed25519", "-N", "",
                          "-C",         "marvin", "-f", path,      NULL};
    return proc_run_ok(&(ProcSpec){.argv = argv, .deadline_ms = KEY_MS}, &ran, error);
}

bool vm_key_make(const char *state, GError **error)
{
    g_autofree char *path = vm_key_path(state), *folder = g_path_get_dirname(path);
    g_autofree char *lock = g_strconcat(path, ".lock", NULL);
    int fd = -1;
    g_mkdir_with_parents(folder, 0755);
    if (!file_lock(lock, KEY_MS, &fd, error))
        return false;
    bool good = g_file_test(path, G_FILE_TEST_EXISTS) || key_generate(path, error);
    close(fd);
    return good;
}

// What makes two images the same.
static char *image_hash(const Distro *distro, const char *public_key)
{
    g_autofree char *packages = g_strjoinv(" ", distro->packages);
    g_autofree char *all =
        g_strdup_printf("%s\n%s\n%" G_GINT64_FORMAT "\n%s\n%s\n%s", distro->suite, packages,
                        distro->bytes, public_key, VM_SYSTEM_SH, VM_IMAGE_SH);
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, all, -1);
}

// The image's folder, and our public key.
static bool image_place(const char *state, const Distro *distro, char **ret_folder, char **ret_key,
                        GError **error)
{
    g_autofree char *key = vm_key_path(state), *path = g_strconcat(key, ".pub", NULL);
    g_autofree char *public_key = NULL;
    if (!vm_key_make(state, error) || !g_file_get_contents(path, &public_key, NULL, error))
        return false;
    g_autofree char *hash = image_hash(distro, public_key);
    hash[16] = '\0';
    *ret_folder = g_build_filename(state, "vm", "images", hash, NULL);
    *ret_key = g_steal_pointer(&public_key);
    return true;
}

static bool is_made(const char *folder)
{
    g_autofree char *image = g_build_filename(folder, "image", NULL);
    return g_file_test(image, G_FILE_TEST_IS_REGULAR);
}

bool vm_image_is_made(const char *state, const Distro *distro)
{
    g_autofree char *folder = NULL, *key = NULL;
    return image_place(state, distro, &folder, &key, NULL) && is_made(folder);
}

static bool write_file(const char *folder, const char *name, const char *text, int mode,
                       GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    return g_file_set_contents(path, text, -1, error) &&
           (g_chmod(path, mode) == 0 ||
            error_set(error, ERROR_INPUT, "cannot chmod %s: %s", path, g_strerror(errno)));
}

// mmdebstrap says what went wrong in lines that begin with "E: ", not always in the last one.
static char *complaint_of(const char *path, const char *otherwise)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return g_strdup(otherwise);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        if (g_str_has_prefix(*line, "E: "))
            return g_strdup_printf("%s (%s)", *line + 3, otherwise);
    }
    return g_strdup(otherwise);
}

static bool image_build(const Actor *actor, const char *folder, const Distro *distro,
                        int64_t deadline_ms, GError **error)
{
    g_autofree char *include = g_strjoinv(",", distro->packages);
    g_autofree char *all = g_strdup_printf("--include=dropbear-bin,iproute2,%s", include);
    g_autofree char *hook = g_build_filename(folder, "image.sh", NULL);
    g_autofree char *hooked = g_strdup_printf("--customize-hook=%s", hook);
    g_autofree char *log = g_build_filename(folder, "log", NULL);
    g_autofree char *size = g_strdup_printf("%" G_GINT64_FORMAT "k", distro->bytes >> 10);
    g_auto(GStrv) env = g_environ_setenv(g_get_environ(), "MARVIN_IMAGE", folder, TRUE);
    env = g_environ_setenv(env, "MARVIN_IMAGE_SIZE", size, TRUE);
    env = g_environ_setenv(env, "DEBIAN_FRONTEND", "noninteractive", TRUE);
    const char *argv[] = {"mmdebstrap",
                          "--variant=minbase",
                          "--format=null",
                          "--dpkgopt=force-unsafe-io",
                          "--dpkgopt=path-exclude=/usr/share/doc/*",
                          "--dpkgopt=path-exclude=/usr/share/locale/*",
                          "--dpkgopt=path-exclude=/usr/share/man/*",
                          all,
                          hooked,
                          distro->suite,
                          NULL};
    ProcSpec spec = {.argv = argv,
                     .env = (const char *const *)env,
                     .stdout_path = log,
                     .stderr_path = log,
                     .deadline_ms = deadline_ms,
                     .is_cancelled = actor->is_cancelled,
                     .data = actor->data};
    g_auto(ProcResult) ran = {0};
    if (!proc_run(&spec, &ran, error))
        return false;
    if (ran.cancelled)
        return error_set(error, ERROR_INTERRUPTED, "stopped while the image of %s was being made",
                         distro->name);
    g_autofree char *otherwise = proc_result_complaint(&spec, &ran);
    if (!otherwise && is_made(folder))
        return true;
    g_autofree char *why = complaint_of(log, otherwise ? otherwise : "no image was written");
    return error_set(error, ERROR_INPUT, "cannot make the image of the distro %s: %s", distro->name,
                     why);
}

static bool image_make(const Actor *actor, const char *folder, const char *public_key,
                       const Distro *distro, int64_t deadline_ms, GError **error)
{
    g_autofree char *fresh = g_strconcat(folder, ".new", NULL);
    const char *clean[] = {"rm", "-rf", "--", fresh, NULL};
    g_auto(ProcResult) cleaned = {0}, cleaned_after = {0};
    proc_run(&(ProcSpec){.argv = clean}, &cleaned, NULL);
    g_mkdir_with_parents(fresh, 0755);
    bool good = write_file(fresh, "authorized_keys", public_key, 0644, error) &&
                write_file(fresh, "system.sh", VM_SYSTEM_SH, 0755, error) &&
                write_file(fresh, "image.sh", VM_IMAGE_SH, 0755, error) &&
                image_build(actor, fresh, distro, deadline_ms, error) &&
                (g_rename(fresh, folder) == 0 ||
                 error_set(error, ERROR_INPUT, "cannot rename %s: %s", fresh, g_strerror(errno)));
    if (!good)
        proc_run(&(ProcSpec){.argv = clean}, &cleaned_after, NULL);
    return good;
}

bool vm_image_get(const Actor *actor, const Distro *distro, int64_t deadline_ms, char **ret_folder,
                  GError **error)
{
    g_autofree char *folder = NULL, *key = NULL;
    int64_t until = clock_monotonic_ms() + deadline_ms;
    int fd = -1;
    if (!image_place(actor->state, distro, &folder, &key, error))
        return false;
    g_autofree char *parent = g_path_get_dirname(folder),
                    *lock = g_strconcat(folder, ".lock", NULL);
    g_mkdir_with_parents(parent, 0755);
    if (!is_made(folder)) {
        if (!file_lock(lock, deadline_ms, &fd, error))
            return false;
        recent_keep(parent, NULL, KEEP - 1);
        bool good = is_made(folder) || image_make(actor, folder, key, distro,
                                                  MAX(until - clock_monotonic_ms(), 1), error);
        close(fd);
        if (!good)
            return false;
    }
    recent_use(folder);
    *ret_folder = g_steal_pointer(&folder);
    return true;
}
