// Copies of pages, without raw logs.
#include "bob/mirror.h"

#include "common/error.h"
#include "common/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define RAW_FOLDER "raw"
#define INDEX_FILE "index.html"
#define MARK_FILE ".marvin-mirror" /* only a folder that we made is cleared of other files */
#define RSYNC_DEADLINE_MS (60 * 60 * 1000)

static int name_compare(gconstpointer a, gconstpointer b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    bool x_index = strcmp(x, INDEX_FILE) == 0, y_index = strcmp(y, INDEX_FILE) == 0;
    return x_index != y_index ? (x_index ? 1 : -1) : strcmp(x, y);
}

/* The names in a folder in order, index.html last; NULL when it cannot be read. */
static GPtrArray *names_in(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    if (dir == NULL)
        return NULL;
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const char *name = NULL;
    while ((name = g_dir_read_name(dir)) != NULL)
        g_ptr_array_add(names, g_strdup(name));
    g_dir_close(dir);
    g_ptr_array_sort(names, name_compare);
    return names;
}

/* Size and time are equal: our copies keep the time. */
static bool is_equal(const struct stat *a, const struct stat *b)
{
    return S_ISREG(b->st_mode) && a->st_size == b->st_size && a->st_mtime == b->st_mtime;
}

static bool copy_bytes(int from, int to, off_t left)
{
    while (left > 0) {
        ssize_t n = sendfile(to, from, NULL, (size_t)left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        left -= n;
    }
    return true;
}

static bool write_temporary(const char *from, const char *temporary, const struct stat *stat)
{
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int out =
        in < 0 ? -1 : open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    struct timespec times[2] = {stat->st_atim, stat->st_mtim};
    bool done = out >= 0 && copy_bytes(in, out, stat->st_size) && futimens(out, times) == 0;
    int cause = errno;
    if (in >= 0)
        close(in);
    if (out >= 0 && close(out) != 0)
        done = false;
    errno = cause;
    return done;
}

static bool copy_file(const char *from, const char *to, const struct stat *stat, MirrorCount *count,
                      GError **error)
{
    struct stat there;
    count->files++;
    if (lstat(to, &there) == 0 && is_equal(stat, &there))
        return true;
    g_autofree char *temporary = g_strconcat(to, ".new", NULL);
    if (!write_temporary(from, temporary, stat) || g_rename(temporary, to) != 0) {
        int cause = errno;
        g_unlink(temporary);
        return error_set(error, ERROR_INPUT, "cannot write %s: %s", to, g_strerror(cause));
    }
    count->written++;
    return true;
}

static bool copy_folder(const char *from, const char *to, MirrorCount *count, GError **error);

static bool copy_entry(const char *from, const char *to, const char *name, MirrorCount *count,
                       GError **error)
{
    g_autofree char *source = g_build_filename(from, name, NULL);
    g_autofree char *target = g_build_filename(to, name, NULL);
    struct stat stat;
    if (lstat(source, &stat) != 0)
        return error_set(error, ERROR_INPUT, "cannot read %s: %s", source, g_strerror(errno));
    if (S_ISDIR(stat.st_mode))
        return strcmp(name, RAW_FOLDER) == 0 || copy_folder(source, target, count, error);
    return !S_ISREG(stat.st_mode) || copy_file(source, target, &stat, count, error);
}

static bool copy_folder(const char *from, const char *to, MirrorCount *count, GError **error)
{
    g_autoptr(GPtrArray) names = names_in(from);
    if (names == NULL)
        return error_set(error, ERROR_INPUT, "cannot read the folder %s", from);
    if (g_mkdir_with_parents(to, 0755) != 0)
        return error_set(error, ERROR_INPUT, "cannot make the folder %s: %s", to,
                         g_strerror(errno));
    for (guint i = 0; i < names->len; i++) {
        if (!copy_entry(from, to, g_ptr_array_index(names, i), count, error))
            return false;
    }
    return true;
}

/* Removes from the copy what the pages do not have (any more). */
static void remove_others(const char *from, const char *to, bool is_gone, MirrorCount *count)
{
    g_autoptr(GPtrArray) names = names_in(to);
    for (guint i = 0; names != NULL && i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *source = g_build_filename(from, name, NULL);
        g_autofree char *target = g_build_filename(to, name, NULL);
        struct stat here, there;
        bool is_kept = !is_gone && lstat(source, &here) == 0 && strcmp(name, RAW_FOLDER) != 0;
        if (lstat(target, &there) != 0 || strcmp(name, MARK_FILE) == 0)
            continue;
        if (S_ISDIR(there.st_mode)) {
            remove_others(source, target, !is_kept, count);
            if (!is_kept)
                g_rmdir(target);
        } else if (!is_kept && g_unlink(target) == 0) {
            count->removed++;
        }
    }
}

static bool run_rsync(const char *pages, const char *target, GError **error)
{
    g_autofree char *from = g_strconcat(pages, "/", NULL);
    g_autofree char *to = g_strconcat(target, "/", NULL);
    static const char EXCLUDE[] = "--exclude=" RAW_FOLDER "/";
    const char *const argv[] = {"rsync",
                                "--recursive",
                                "--times",
                                "--delete-delay",
                                "--delay-updates",
                                EXCLUDE,
                                "--rsh=ssh -o BatchMode=yes",
                                "--",
                                from,
                                to,
                                NULL};
    ProcSpec spec = {.argv = argv, .deadline_ms = RSYNC_DEADLINE_MS};
    g_auto(ProcResult) ran = {0};
    return proc_run_ok(&spec, &ran, error);
}

/* The folder of NAME:FOLDER or of FOLDER; NULL for one of another system. */
static const char *local_folder(const char *target)
{
    const char *colon = strchr(target, ':');
    const char *slash = strchr(target, '/');
    if (colon == NULL || (slash != NULL && slash < colon))
        return target;
    return memchr(target, '@', (size_t)(colon - target)) == NULL ? colon + 1 : NULL;
}

static bool is_below(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* A folder may be made equal to the pages when it is new, empty or a mirror already. */
static bool check_folder(const char *pages, const char *folder, GError **error)
{
    g_autofree char *from = g_canonicalize_filename(pages, NULL);
    g_autofree char *to = g_canonicalize_filename(folder, NULL);
    if (is_below(from, to) || is_below(to, from))
        return error_set(error, ERROR_INPUT,
                         "the mirror %s and the pages %s lie in one another; choose another folder",
                         to, from);
    g_autofree char *mark = g_build_filename(folder, MARK_FILE, NULL);
    g_autoptr(GPtrArray) names = names_in(folder);
    if (names != NULL && names->len > 0 && !g_file_test(mark, G_FILE_TEST_EXISTS))
        return error_set(error, ERROR_INPUT,
                         "%s holds files that no mirror wrote; empty it, or choose another folder",
                         folder);
    if (g_mkdir_with_parents(folder, 0755) != 0)
        return error_set(error, ERROR_INPUT, "cannot make the folder %s: %s", folder,
                         g_strerror(errno));
    return g_file_test(mark, G_FILE_TEST_EXISTS) || g_file_set_contents(mark, "", 0, error);
}

bool mirror_run(const char *pages, const char *target, MirrorCount *ret_count, GError **error)
{
    MirrorCount count = {0};
    const char *folder = local_folder(target);
    if (folder == NULL) {
        if (target[0] == '-')
            return error_set(error, ERROR_INPUT, "a mirror's name does not begin with '-'");
        if (!run_rsync(pages, target, error))
            return false;
        *ret_count = count;
        return true;
    }
    if (!g_path_is_absolute(folder))
        return error_set(error, ERROR_INPUT,
                         "'%s' is no mirror: it is NAME:FOLDER or USER@SYSTEM:FOLDER, the folder "
                         "with its whole path",
                         target);
    if (!check_folder(pages, folder, error) || !copy_folder(pages, folder, &count, error))
        return false;
    remove_others(pages, folder, false, &count);
    *ret_count = count;
    return true;
}
