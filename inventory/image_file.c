// The image of a whole disk: where it lies and what it holds.
#include "inventory/image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "common/blob.h"
#include "common/error.h"
#include "common/hash.h"
#include "common/proc.h"
#include "common/store.h"

enum { UNPACK_MS = 3600000 };

void image_file_clear(ImageFile *file)
{
    g_clear_pointer(&file->path, g_free);
    g_clear_pointer(&file->hash, g_free);
}

// A hash means an object of the store, whose files are zstd streams.
static bool find_path(const char *state, const Settings *settings, const Distro *distro,
                      char **ret_path, GError **error)
{
    g_autoptr(Store) store = NULL;
    g_autofree char *config = settings_config_folder();
    if (!hash_is_valid(distro->image)) {
        *ret_path = g_canonicalize_filename(distro->image, config);
        return true;
    }
    const Section *section = settings ? settings_find(settings, "marvin", NULL) : NULL;
    const char *set = section ? section_text(section, "store") : NULL;
    g_autofree char *folder =
        set ? g_canonicalize_filename(set, config) : g_build_filename(state, "store", NULL);
    if (!store_open(folder, &store, error))
        return false;
    *ret_path = store_find_path(store, distro->image);
    return *ret_path || error_set(error, ERROR_INPUT, "the store has no %s, the image of %s",
                                  distro->image, distro->name);
}

static bool look_packed(int fd, bool *ret_packed)
{
    static const unsigned char MAGIC[] = {0x28, 0xb5, 0x2f, 0xfd};
    unsigned char head[sizeof(MAGIC)];
    ssize_t n = pread(fd, head, sizeof(head), 0);
    *ret_packed = n == sizeof(head) && memcmp(head, MAGIC, sizeof(head)) == 0;
    return n >= 0;
}

static bool measure(int fd, const char *path, ImageFile *file, GError **error)
{
    BlobInfo info = {0};
    GStatBuf st;
    if (file->is_packed) {
        if (!blob_read_to_fd(fd, path, -1, 0, &info, error))
            return false;
        file->hash = g_strdup(info.hash);
        file->bytes = (int64_t)info.bytes;
        return true;
    }
    if (g_stat(path, &st) != 0 || !hash_file(path, &file->hash, error))
        return *error || error_set(error, ERROR_INPUT, "cannot read %s", path);
    file->bytes = st.st_size;
    return true;
}

// What was found of a file is kept under a name that changes with the file.
static char *note_path(const char *state, const char *path, const GStatBuf *st)
{
    g_autofree char *all = g_strdup_printf(
        "%s\n%" G_GUINT64_FORMAT "\n%" G_GINT64_FORMAT "\n%ld.%09ld", path, (guint64)st->st_ino,
        (gint64)st->st_size, (long)st->st_mtim.tv_sec, (long)st->st_mtim.tv_nsec);
    g_autofree char *hash = hash_string(all);
    hash[16] = '\0';
    return g_strdup_printf("%s/images/%s.sum", state, hash);
}

static bool read_note(const char *path, ImageFile *file)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return false;
    g_auto(GStrv) words = g_strsplit(g_strstrip(text), " ", 2);
    if (!words[0] || !words[1] || !hash_is_valid(words[0]))
        return false;
    file->hash = g_strdup(words[0]);
    file->bytes = g_ascii_strtoll(words[1], NULL, 10);
    return true;
}

static void write_note(const char *path, const ImageFile *file)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *text = g_strdup_printf("%s %" G_GINT64_FORMAT "\n", file->hash, file->bytes);
    g_mkdir_with_parents(folder, 0755);
    if (!g_file_set_contents(path, text, -1, NULL))
        g_debug("cannot write %s, ignoring", path);
}

bool image_file_get(const char *state, const Settings *settings, const Distro *distro,
                    ImageFile *ret_file, GError **error)
{
    g_auto(ImageFile) file = {0};
    GStatBuf st;
    if (!distro->image)
        return error_set(error, ERROR_INPUT,
                         "the distro %s names no image: set image = FILE in [distro %s]",
                         distro->name, distro->name);
    if (!find_path(state, settings, distro, &file.path, error))
        return false;
    int fd = open(file.path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set(error, ERROR_INPUT, "cannot read %s, the image of %s: %s", file.path,
                         distro->name, g_strerror(errno));
    bool good = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && look_packed(fd, &file.is_packed);
    if (!good)
        error_set(error, ERROR_INPUT, "%s, the image of %s, is no file that can be read", file.path,
                  distro->name);
    g_autofree char *note = good ? note_path(state, file.path, &st) : NULL;
    if (good && !read_note(note, &file)) {
        good = measure(fd, file.path, &file, error);
        if (good)
            write_note(note, &file);
    }
    close(fd);
    if (!good)
        return false;
    *ret_file = file;
    file = (ImageFile){0};
    return true;
}

bool image_file_unpack(const ImageFile *file, const char *path, GError **error)
{
    const char *unpack[] = {"zstd", "-d", "-q", "-f", "-o", path, file->path, NULL};
    const char *copy[] = {"cp", "--sparse=always", "--", file->path, path, NULL};
    g_auto(ProcResult) ran = {0};
    return proc_run_ok(
        &(ProcSpec){.argv = file->is_packed ? unpack : copy, .deadline_ms = UNPACK_MS}, &ran,
        error);
}
