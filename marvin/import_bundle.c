// Bundles into boots: they are boots already; their raw files go to the store first.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "benchmarks/formats/bundle.h"
#include "common/archive.h"
#include "common/cmd.h"
#include "common/error.h"
#include "common/proc.h"
#include "marvin/import_formats.h"

enum { PIECE_BYTES = 1 << 20 };

static bool folder_remove(const char *folder, GError **error)
{
    const char *argv[] = {"rm", "-rf", "--", folder, NULL};
    g_auto(ProcResult) ran = {0};
    return proc_run_ok(&(ProcSpec){.argv = argv}, &ran, error);
}

// A StoreNextFunc over a file descriptor.
static bool piece_next(gpointer data, GBytes **ret_bytes, GError **error)
{
    int fd = *(int *)data;
    g_autofree char *buffer = g_malloc(PIECE_BYTES);
    ssize_t n;
    do
        n = read(fd, buffer, PIECE_BYTES);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return error_set(error, ERROR_INPUT, "a raw file of the bundle cannot be read: %s",
                         g_strerror(errno));
    *ret_bytes = n == 0 ? NULL : g_bytes_new_take(g_steal_pointer(&buffer), (gsize)n);
    return true;
}

static bool object_take(Store *store, const char *folder, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *hash = g_strndup(name, strlen(name) - strlen(".zst"));
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return error_set(error, ERROR_INPUT, "%s: %s", path, g_strerror(errno));
    bool is_damaged = false;
    bool good =
        store_take(store, hash, piece_next, &fd, BUNDLE_RAW_LIMIT_BYTES, &is_damaged, error);
    close(fd);
    return good;
}

// What is no object of its name is a note, and its trials go without.
static bool objects_take(const Import *import, const char *folder, GError **error)
{
    g_autofree char *raw = g_build_filename(folder, BUNDLE_RAW, NULL);
    g_autoptr(GDir) dir = g_dir_open(raw, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autoptr(GError) cause = NULL;
        if (!g_str_has_suffix(name, ".zst") || object_take(import->store, raw, name, &cause))
            continue;
        if (!g_error_matches(cause, MARVIN_ERROR, ERROR_INPUT)) {
            g_propagate_error(error, g_steal_pointer(&cause));
            return false;
        }
        cmd_note("%s; it is left out", cause->message);
    }
    return true;
}

// A hash that the store lacks is not cited.
static void hash_check(const Import *import, json_t *object, const char *key)
{
    const char *hash = json_string_value(json_object_get(object, key));
    if (hash && !store_has(import->store, hash))
        json_object_set_new(object, key, json_null());
}

static json_t *trials_take(void *data, GError **error)
{
    (void)error;
    return json_incref((json_t *)data);
}

static void say(json_t *boot, const char *key, const char *value)
{
    if (value)
        json_object_set_new(boot, key, json_string(value));
}

static bool boot_import(Import *import, json_t *boot, GError **error)
{
    json_t *trials = json_object_get(boot, "trials"), *files = json_object_get(boot, "files");
    json_t *item;
    size_t i;
    json_array_foreach(trials, i, item)
    {
        hash_check(import, item, "raw_hash");
        hash_check(import, json_object_get(item, "definition"), "folder");
    }
    for (i = json_array_size(files); i-- > 0;) {
        const char *hash = json_string_value(json_object_get(json_array_get(files, i), "hash"));
        if (!hash || !store_has(import->store, hash))
            json_array_remove(files, i);
    }
    say(boot, "tree", import->tree);
    say(boot, "machine", import->machine);
    say(boot, "release", import->release);
    say(boot, "distro", import->distro);
    if (!json_is_string(json_object_get(boot, "source")))
        say(boot, "source", "a boot of the bundle");
    if (!json_is_string(json_object_get(boot, "format")))
        say(boot, "format", "bundle");
    return import_boot(import, boot, trials_take, trials, error);
}

bool import_bundle(Import *import, const char *path, GError **error)
{
    json_t *boots = NULL, *boot;
    size_t i;
    g_autofree char *scratch = g_strdup_printf("%s/import-%d", import->site->state, (int)getpid());
    if (!bundle_read(path, &boots, error))
        return false;
    bool good = folder_remove(scratch, error) &&
                archive_unpack(path, scratch, BUNDLE_RAW_LIMIT_BYTES, error) &&
                objects_take(import, scratch, error);
    json_array_foreach(boots, i, boot)
    {
        good = good && boot_import(import, boot, error);
    }
    json_decref(boots);
    return folder_remove(scratch, good ? error : NULL) && good;
}
