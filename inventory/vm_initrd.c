// What a kernel needs beside itself to start in a virtual machine.
#include "inventory/vm_initrd.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/error.h"
#include "common/proc.h"
#include "inventory/recent.h"
#include "inventory/vm_cpio.h"
#include "inventory/vm_scripts.h"

enum { TOOL_MS = 120000, KEEP = 12 };

// Without these there is no root and no way in. What a kernel has built in is not in its
// modules.dep and needs no loading. crc32c: ext4 asks for it by another name than the module's.
static const char *const WANTED[] = {"crc32c_generic", "virtio_pci", "virtio_blk", "virtio_net",
                                     "ext4"};

// modules.dep: module name -> the line behind it ------------------------------------------------

// "kernel/fs/ext4/ext4.ko.xz" -> "ext4"; "-" and "_" are the same in a module's name.
static char *module_name(const char *path)
{
    g_autofree char *base = g_path_get_basename(path);
    char *end = strstr(base, ".ko");
    if (end)
        *end = '\0';
    return g_strdup(g_strdelimit(base, "-", '_'));
}

static bool dependencies_read(const char *modules, GHashTable **ret_lines, GError **error)
{
    g_autofree char *path = g_build_filename(modules, "modules.dep", NULL), *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return error_set(error, ERROR_INPUT,
                         "%s is missing: the recipe must run depmod -b for the kernel's modules",
                         path);
    GHashTable *lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_auto(GStrv) all = g_strsplit(text, "\n", -1);
    for (char **line = all; *line; line++) {
        char *colon = strchr(*line, ':');
        if (!colon)
            continue;
        *colon = ' ';
        g_autofree char *first = g_strndup(*line, (gsize)(colon - *line));
        g_hash_table_insert(lines, module_name(first), g_strdup(*line));
    }
    *ret_lines = lines;
    return true;
}

// The paths to load, each once and behind what it needs: modules.dep lists a module's needs so that
// the last one is to be loaded first.
static GPtrArray *loading_order(GHashTable *lines)
{
    GPtrArray *order = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < G_N_ELEMENTS(WANTED); i++) {
        const char *line = g_hash_table_lookup(lines, WANTED[i]);
        g_auto(GStrv) paths = g_strsplit(line ? line : "", " ", -1);
        for (guint n = g_strv_length(paths); n > 0; n--) {
            const char *path = paths[n - 1];
            if (*path && !g_ptr_array_find_with_equal_func(order, path, g_str_equal, NULL))
                g_ptr_array_add(order, g_strdup(path));
        }
    }
    return order;
}

// The initramfs ----------------------------------------------------------------------------------

// The unpacker of a module's file by its ending; NULL: it is not packed.
static const char *unpacker_of(const char *path)
{
    return g_str_has_suffix(path, ".xz")    ? "xz"
           : g_str_has_suffix(path, ".zst") ? "zstd"
           : g_str_has_suffix(path, ".gz")  ? "gzip"
                                            : NULL;
}

static bool add_module(GByteArray *archive, GString *list, const char *path, GError **error)
{
    g_autofree char *name = module_name(path), *member = g_strdup_printf("modules/%s.ko", name);
    const char *unpacker = unpacker_of(path);
    g_string_append_printf(list, "%s.ko\n", name);
    if (!unpacker)
        return cpio_add_file(archive, member, 0644, path, error);
    const char *argv[] = {unpacker, "-dc", path, NULL};
    g_auto(ProcResult) ran = {0};
    if (!proc_run_ok(&(ProcSpec){.argv = argv, .deadline_ms = TOOL_MS}, &ran, error))
        return false;
    cpio_add(archive, member, S_IFREG | 0644, ran.out, ran.out_size);
    return true;
}

static bool add_modules(GByteArray *archive, const char *modules, GError **error)
{
    g_autoptr(GString) list = g_string_new(NULL);
    if (modules) {
        g_autoptr(GHashTable) lines = NULL;
        if (!dependencies_read(modules, &lines, error))
            return false;
        g_autoptr(GPtrArray) order = loading_order(lines);
        for (guint i = 0; i < order->len; i++) {
            g_autofree char *path = g_build_filename(modules, order->pdata[i], NULL);
            if (!add_module(archive, list, path, error))
                return false;
        }
    }
    cpio_add(archive, "modules/list", S_IFREG | 0644, list->str, list->len);
    return true;
}

// A busybox that needs no library: one with a loader would end the guest's first program at once.
static bool add_busybox(GByteArray *archive, GError **error)
{
    g_autofree char *path = proc_find_program("busybox"), *data = NULL;
    gsize size = 0;
    if (!path || !g_file_get_contents(path, &data, &size, NULL) ||
        memmem(data, size, "/ld-linux", strlen("/ld-linux")))
        return error_set(error, ERROR_INPUT,
                         "a static busybox is needed for virtual machines: install the package "
                         "busybox-static");
    cpio_add(archive, "bin/busybox", S_IFREG | 0755, data, size);
    cpio_add_link(archive, "bin/sh", "busybox");
    return true;
}

static bool initrd_write(const char *path, const char *modules, GError **error)
{
    static const char *const FOLDERS[] = {"bin", "dev", "modules", "proc", "root", "sys"};
    g_autoptr(GByteArray) archive = g_byte_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(FOLDERS); i++)
        cpio_add_folder(archive, FOLDERS[i]);
    cpio_add(archive, "init", S_IFREG | 0755, VM_INIT_SH, strlen(VM_INIT_SH));
    if (!add_busybox(archive, error) || !add_modules(archive, modules, error))
        return false;
    cpio_end(archive);
    return g_file_set_contents(path, (const char *)archive->data, archive->len, error);
}

// The disk of modules ----------------------------------------------------------------------------

static bool modules_write(const char *path, const char *modules, GError **error)
{
    const char *measure[] = {"du", "-s", "-k", "--apparent-size", "--", modules, NULL};
    g_auto(ProcResult) measured = {0}, made = {0};
    if (!proc_run_ok(&(ProcSpec){.argv = measure, .deadline_ms = TOOL_MS}, &measured, error))
        return false;
    int64_t kib = g_ascii_strtoll(measured.out, NULL, 10);
    g_autofree char *size = g_strdup_printf("%" G_GINT64_FORMAT "k", kib + kib / 4 + 16384);
    const char *argv[] = {"mkfs.ext4",    "-q", "-F",    "-m", "0",  "-O",
                          "^has_journal", "-d", modules, path, size, NULL};
    return proc_run_ok(&(ProcSpec){.argv = argv, .deadline_ms = TOOL_MS}, &made, error);
}

// The kept folder --------------------------------------------------------------------------------

static bool add_hash(GChecksum *sum, const char *folder, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL), *data = NULL;
    gsize size = 0;
    if (!g_file_get_contents(path, &data, &size, error))
        return false;
    g_checksum_update(sum, (const guchar *)data, (gssize)size);
    return true;
}

static int name_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// All files below a folder, in name order: a change in one module alone is another kernel.
static bool add_hashes(GChecksum *sum, const char *folder, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, error);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    if (!dir)
        return false;
    for (const char *name; (name = g_dir_read_name(dir));)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, name_compare);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
        g_checksum_update(sum, names->pdata[i], -1);
        if (g_file_test(path, G_FILE_TEST_IS_SYMLINK))
            continue;
        if (g_file_test(path, G_FILE_TEST_IS_DIR) ? !add_hashes(sum, path, error)
                                                  : !add_hash(sum, folder, names->pdata[i], error))
            return false;
    }
    return true;
}

static char *kept_folder(const char *state, const char *folder, const Kernel *kernel,
                         GError **error)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, (const guchar *)VM_INIT_SH, -1);
    if (!add_hash(sum, folder, "kernel.txt", error) || !add_hash(sum, folder, kernel->image, error))
        return NULL;
    g_autofree char *modules =
        kernel->modules ? g_build_filename(folder, kernel->modules, NULL) : NULL;
    if (modules && !add_hashes(sum, modules, error))
        return NULL;
    g_autofree char *name = g_strndup(g_checksum_get_string(sum), 16);
    return g_build_filename(state, "vm", "kernels", name, NULL);
}

static bool folder_make(const char *fresh, const char *kept, const char *folder,
                        const Kernel *kernel, GError **error)
{
    g_autofree char *image = g_build_filename(folder, kernel->image, NULL);
    g_autofree char *to = g_build_filename(fresh, "kernel", NULL);
    g_autofree char *initrd = g_build_filename(fresh, "initrd", NULL);
    g_autofree char *disk = g_build_filename(fresh, "modules", NULL);
    g_autofree char *modules =
        kernel->modules ? g_build_filename(folder, kernel->modules, NULL) : NULL;
    const char *copy[] = {"cp", "--", image, to, NULL};
    g_auto(ProcResult) copied = {0};
    return proc_run_ok(&(ProcSpec){.argv = copy, .deadline_ms = TOOL_MS}, &copied, error) &&
           initrd_write(initrd, modules, error) &&
           (!modules || modules_write(disk, modules, error)) &&
           (g_rename(fresh, kept) == 0 || errno == EEXIST || errno == ENOTEMPTY ||
            error_set(error, ERROR_INPUT, "cannot rename %s: %s", fresh, g_strerror(errno)));
}

bool vm_initrd_get(const char *state, const char *folder, const Kernel *kernel, int64_t deadline_ms,
                   char **ret_folder, GError **error)
{
    (void)deadline_ms; // each tool has its own limit
    g_autofree char *kept = kept_folder(state, folder, kernel, error);
    if (!kept)
        return false;
    if (!g_file_test(kept, G_FILE_TEST_IS_DIR)) {
        g_autofree char *parent = g_path_get_dirname(kept);
        g_mkdir_with_parents(parent, 0755);
        recent_keep(parent, NULL, KEEP - 1);
        g_autofree char *fresh = g_strconcat(kept, ".XXXXXX", NULL);
        if (!g_mkdtemp(fresh))
            return error_set(error, ERROR_INPUT, "cannot make a folder in %s: %s", parent,
                             g_strerror(errno));
        bool good = folder_make(fresh, kept, folder, kernel, error);
        const char *clean[] = {"rm", "-rf", "--", fresh, NULL};
        g_auto(ProcResult) ran = {0};
        proc_run(&(ProcSpec){.argv = clean}, &ran, NULL);
        if (!good)
            return false;
    }
    recent_use(kept);
    *ret_folder = g_steal_pointer(&kept);
    return true;
}
