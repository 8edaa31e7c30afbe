// Names and contents of a folder of raw logs; decompression of one file.
#include "benchmarks/formats/mmtests/logs.h"

#include <string.h>
#include <sys/stat.h>

#include "benchmarks/bytes.h"
#include "benchmarks/complaint.h"
#include "benchmarks/formats/mmtests/inflate.h"

static const size_t FILE_LIMIT_BYTES = 256u << 20;
static const size_t PLAIN_LIMIT_BYTES = 1024u << 20;
static const unsigned NAMES_LIMIT = 200000;
static const unsigned COMPLAINTS_MAX = 20;

struct MmtestsLogs {
    char *folder; // NULL: in memory
    GPtrArray *names; // char *, sorted, without .gz and .xz, once each
    GHashTable *memory; // name -> GBytes
    GPtrArray *complaints;
    GPtrArray *damages; // clauses
    GHashTable *damaged; // name -> its place in damages
    guint left_out, left_out_end; // places in damages
};

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Of the log called name the file is not whole; told once, however often it is read.
static void damage_add(MmtestsLogs *logs, const char *name, const char *file, const char *what)
{
    if (g_hash_table_contains(logs->damaged, name))
        return;
    g_hash_table_insert(logs->damaged, g_strdup(name), GUINT_TO_POINTER(logs->damages->len));
    g_ptr_array_add(logs->damages, g_strdup_printf("%s %s", file, what));
    complaint_add(logs->complaints, COMPLAINTS_MAX, "%s/%s: %s", logs->folder, file, what);
}

static bool is_left_out(const MmtestsLogs *logs, const char *name)
{
    gpointer place = NULL;
    return g_hash_table_lookup_extended(logs->damaged, name, NULL, &place) &&
           GPOINTER_TO_UINT(place) >= logs->left_out &&
           GPOINTER_TO_UINT(place) < logs->left_out_end;
}

// Symbolic links are none: they may lead anywhere, and a stored copy would not have what they name.
static bool is_regular(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    struct stat info;
    return lstat(path, &info) == 0 && S_ISREG(info.st_mode);
}

static char *plain_name(const char *name)
{
    bool packed = g_str_has_suffix(name, ".gz") || g_str_has_suffix(name, ".xz");
    return g_strndup(name, strlen(name) - (packed ? 3 : 0));
}

static void names_unique(GPtrArray *names)
{
    g_ptr_array_sort(names, by_name);
    guint kept = 0;
    for (guint i = 0; i < names->len; i++) {
        if (kept > 0 && strcmp(names->pdata[i], names->pdata[kept - 1]) == 0)
            g_free(names->pdata[i]);
        else
            names->pdata[kept++] = names->pdata[i];
        if (kept <= i)
            names->pdata[i] = NULL;
    }
    g_ptr_array_set_size(names, (gint)kept);
}

MmtestsLogs *mmtests_logs_new(void)
{
    MmtestsLogs *logs = g_new0(MmtestsLogs, 1);
    logs->names = g_ptr_array_new_with_free_func(g_free);
    logs->memory =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
    logs->complaints = g_ptr_array_new_with_free_func(g_free);
    logs->damages = g_ptr_array_new_with_free_func(g_free);
    logs->damaged = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return logs;
}

MmtestsLogs *mmtests_logs_open(const char *folder)
{
    MmtestsLogs *logs = mmtests_logs_new();
    logs->folder = g_strdup(folder);
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    if (!entries)
        return logs;
    for (const char *name = g_dir_read_name(entries); name; name = g_dir_read_name(entries)) {
        if (name[0] == '.' || !is_regular(folder, name))
            continue;
        if (logs->names->len == NAMES_LIMIT) {
            complaint_add(logs->complaints, COMPLAINTS_MAX,
                          "%s: more than %u files; the others are left out", folder, NAMES_LIMIT);
            break;
        }
        g_ptr_array_add(logs->names, plain_name(name));
    }
    names_unique(logs->names);
    return logs;
}

void mmtests_logs_add(MmtestsLogs *logs, const char *name, GBytes *plain)
{
    g_hash_table_replace(logs->memory, g_strdup(name), g_bytes_ref(plain));
    g_ptr_array_add(logs->names, g_strdup(name));
    names_unique(logs->names);
}

void mmtests_logs_free(MmtestsLogs *logs)
{
    if (!logs)
        return;
    g_free(logs->folder);
    g_ptr_array_unref(logs->names);
    g_hash_table_unref(logs->memory);
    g_ptr_array_unref(logs->complaints);
    g_ptr_array_unref(logs->damages);
    g_hash_table_unref(logs->damaged);
    g_free(logs);
}

// The first name that is not before prefix.
static guint first_with(const GPtrArray *names, const char *prefix)
{
    guint low = 0;
    guint high = names->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (strcmp(names->pdata[middle], prefix) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

GPtrArray *mmtests_logs_match(const MmtestsLogs *logs, const char *prefix, const char *suffix)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    size_t least = strlen(prefix) + strlen(suffix);
    for (guint i = first_with(logs->names, prefix); i < logs->names->len; i++) {
        const char *name = logs->names->pdata[i];
        if (!g_str_has_prefix(name, prefix))
            break;
        if (strlen(name) >= least && g_str_has_suffix(name, suffix))
            g_ptr_array_add(found, g_strdup(name));
    }
    return found;
}

bool mmtests_logs_has(const MmtestsLogs *logs, const char *name)
{
    return logs->names->len > 0 &&
           bsearch(&name, logs->names->pdata, logs->names->len, sizeof(gpointer), by_name) != NULL;
}

// The text in packed, which is the content of file; what could be read of it where it is damaged.
static GBytes *unpack(MmtestsLogs *logs, const char *name, const char *file, GBytes *packed)
{
    g_autofree char *damage = NULL, *what = NULL;
    InflateFormat format = g_str_has_suffix(file, ".gz") ? INFLATE_GZIP : INFLATE_XZ;
    GBytes *plain = inflate_bytes(format, packed, PLAIN_LIMIT_BYTES, &damage);
    size_t size = g_bytes_get_size(plain);
    if (damage && size == 0)
        what = g_strdup_printf("is damaged, and nothing of it can be read: %s", damage);
    else if (damage)
        what = g_strdup_printf("is damaged, and only the %zu bytes of text before that are read: "
                               "%s",
                               size, damage);
    else if (size >= PLAIN_LIMIT_BYTES)
        what = g_strdup_printf("is too large, only its first %zu MiB are read",
                               PLAIN_LIMIT_BYTES >> 20);
    if (what)
        damage_add(logs, name, file, what);
    return plain;
}

static GBytes *file_read(MmtestsLogs *logs, const char *name)
{
    static const char *const SUFFIXES[] = {".gz", ".xz", ""};
    if (is_left_out(logs, name))
        return NULL;
    for (unsigned i = 0; i < G_N_ELEMENTS(SUFFIXES); i++) {
        g_autofree char *file = g_strconcat(name, SUFFIXES[i], NULL);
        if (!is_regular(logs->folder, file))
            continue;
        g_autofree char *path = g_build_filename(logs->folder, file, NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) bytes = NULL;
        if (!bytes_read(path, FILE_LIMIT_BYTES, BYTES_ANY, &bytes, &error)) {
            // The messages start with the path and a colon.
            damage_add(logs, name, file, error->message + strlen(path) + 2);
            return NULL;
        }
        return SUFFIXES[i][0] ? unpack(logs, name, file, bytes) : g_steal_pointer(&bytes);
    }
    return NULL;
}

GBytes *mmtests_logs_read(MmtestsLogs *logs, const char *name)
{
    GBytes *bytes = g_hash_table_lookup(logs->memory, name);
    if (bytes)
        return g_bytes_ref(bytes);
    // Names made of what was found in logs: never a way out of the folder.
    if (logs->folder && !strchr(name, '/'))
        bytes = file_read(logs, name);
    return bytes ? bytes : g_bytes_new_static("", 0);
}

GBytes *mmtests_logs_read_span(MmtestsLogs *logs, const char *prefix, Span middle,
                               const char *suffix)
{
    g_autofree char *text = g_strndup(middle.start, middle.length);
    g_autofree char *name = g_strconcat(prefix, text, suffix, NULL);
    return mmtests_logs_read(logs, name);
}

GBytes *mmtests_logs_read_below(MmtestsLogs *logs, const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    GBytes *bytes = g_hash_table_lookup(logs->memory, path);
    if (bytes)
        return g_bytes_ref(bytes);
    bytes = logs->folder ? file_read(logs, path) : NULL;
    return bytes ? bytes : g_bytes_new_static("", 0);
}

Span mmtests_bytes_span(GBytes *bytes)
{
    size_t length = 0;
    const char *start = g_bytes_get_data(bytes, &length);
    return (Span){start ? start : "", length};
}

const GPtrArray *mmtests_logs_complaints(const MmtestsLogs *logs)
{
    return logs->complaints;
}

const GPtrArray *mmtests_logs_damages(const MmtestsLogs *logs)
{
    return logs->damages;
}

void mmtests_logs_leave_out(MmtestsLogs *logs, guint first, guint end)
{
    logs->left_out = first;
    logs->left_out_end = end;
}
