// The raw output of one trial in memory: iterations by number, each a table of named files.
#include "benchmarks/raw.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "benchmarks/bytes.h"
#include "benchmarks/complaint.h"
#include "benchmarks/number.h"
#include "common/error.h"

enum { ITERATION_DIGITS_MAX = 6 };

typedef struct {
    GBytes *bytes; // NULL: see reason
    char *reason;
} RawFile;

typedef struct {
    unsigned number;
    GHashTable *files; // name -> RawFile *
} Iteration;

struct RawFolder {
    GPtrArray *iterations; // of Iteration *, by ascending number
    size_t total; // bytes kept
};

static void file_free(gpointer data)
{
    RawFile *file = data;
    g_clear_pointer(&file->bytes, g_bytes_unref);
    g_free(file->reason);
    g_free(file);
}

static void iteration_free(gpointer data)
{
    Iteration *iteration = data;
    g_hash_table_unref(iteration->files);
    g_free(iteration);
}

static Iteration *iteration_need(RawFolder *raw, unsigned number)
{
    unsigned at = 0;
    while (at < raw->iterations->len) {
        Iteration *there = g_ptr_array_index(raw->iterations, at);
        if (there->number == number)
            return there;
        if (there->number > number)
            break;
        at++;
    }
    Iteration *made = g_new0(Iteration, 1);
    made->number = number;
    made->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, file_free);
    g_ptr_array_insert(raw->iterations, (gint)at, made);
    return made;
}

// "iter-12" -> 12.
static bool iteration_parse(const char *name, size_t length, unsigned *ret_number)
{
    const size_t prefix = strlen("iter-");
    if (length <= prefix || length > prefix + ITERATION_DIGITS_MAX ||
        strncmp(name, "iter-", prefix) != 0)
        return false;
    unsigned number = 0;
    for (size_t i = prefix; i < length; i++) {
        if (!g_ascii_isdigit(name[i]))
            return false;
        number = number * 10 + (unsigned)(name[i] - '0');
    }
    *ret_number = number;
    return true;
}

static void file_put(RawFolder *raw, Iteration *iteration, const char *name, GBytes *bytes,
                     const char *reason)
{
    RawFile *file = g_new0(RawFile, 1);
    if (bytes && raw->total + g_bytes_get_size(bytes) > RAW_TRIAL_LIMIT_BYTES) {
        bytes = NULL;
        reason = "is not read: the trial's raw files are larger than 256 MiB together";
    }
    if (bytes) {
        raw->total += g_bytes_get_size(bytes);
        file->bytes = g_bytes_ref(bytes);
    }
    file->reason = g_strdup(reason);
    g_hash_table_replace(iteration->files, g_strdup(name), file);
}

// Reads one file of an iteration's folder; one that is absent is left out.
static void file_load(RawFolder *raw, Iteration *iteration, const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    struct stat status;
    if (lstat(path, &status) != 0 && errno == ENOENT)
        return;
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GError) error = NULL;
    if (bytes_read(path, RAW_FILE_LIMIT_BYTES, BYTES_REGULAR, &bytes, &error)) {
        file_put(raw, iteration, name, bytes, NULL);
        return;
    }
    const char *reason = error->message; // "PATH: is larger than 64 MiB ..."
    size_t prefix = strlen(path);
    if (strncmp(reason, path, prefix) == 0 && g_str_has_prefix(reason + prefix, ": "))
        reason += prefix + 2;
    file_put(raw, iteration, name, NULL, reason);
}

static bool is_folder(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

void run_status_clear(RunStatus *status)
{
    g_clear_pointer(&status->reason, g_free);
}

char *run_status_format(const RunStatus *status)
{
    GString *text = g_string_new(NULL);
    if (status->signal != 0)
        g_string_append_printf(text, "signal: %d\n", status->signal);
    else
        g_string_append_printf(text, "exit: %d\n", status->exit_status);
    char seconds[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd(seconds, sizeof seconds, "%.6f", status->seconds);
    g_string_append_printf(text, "seconds: %s\n", seconds);
    if (status->reason) {
        g_autofree char *line = g_strdelimit(g_strdup(status->reason), "\r\n", ' ');
        g_string_append_printf(text, "reason: %s\n", line);
    }
    return g_string_free(text, FALSE);
}

static bool status_line_parse(const char *line, RunStatus *status)
{
    const char *value = strchr(line, ':');
    if (!value)
        return *line == '\0';
    size_t key = (size_t)(value - line);
    value += strspn(value + 1, " \t") + 1;
    double number = 0;
    bool is_number = number_parse(value, strlen(value), &number) && number >= 0;
    if (key == 6 && strncmp(line, "reason", key) == 0) {
        g_free(status->reason);
        status->reason = g_strdup(value);
    } else if (key == 7 && strncmp(line, "seconds", key) == 0) {
        status->seconds = number;
        return is_number;
    } else if (key == 4 && strncmp(line, "exit", key) == 0) {
        status->exit_status = (int)number;
        return is_number && number <= 255;
    } else if (key == 6 && strncmp(line, "signal", key) == 0) {
        status->signal = (int)number;
        status->exit_status = -1;
        return is_number && number <= 128;
    }
    return true;
}

bool run_status_parse(const char *place, const char *text, size_t length, RunStatus *ret_status,
                      GError **error)
{
    g_auto(RunStatus) status = {0};
    g_autofree char *copy = g_utf8_make_valid(text, (gssize)length);
    g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
    for (unsigned i = 0; lines[i]; i++) {
        if (status_line_parse(g_strchomp(lines[i]), &status))
            continue;
        g_autofree char *excerpt = complaint_excerpt(lines[i], strlen(lines[i]));
        return error_set(error, ERROR_INPUT,
                         "%s:%u: bad status line %s; expected `exit: N`, `signal: N`, "
                         "`seconds: S` or `reason: TEXT`",
                         place, i + 1, excerpt);
    }
    *ret_status = status;
    status.reason = NULL;
    return true;
}

char *run_status_problem(const RunStatus *status)
{
    if (status->reason && *status->reason)
        return g_strdup_printf("was stopped: %s", status->reason);
    if (status->signal != 0)
        return g_strdup_printf("was killed by signal %d (%s)", status->signal,
                               g_strsignal(status->signal));
    if (status->exit_status != 0)
        return g_strdup_printf("exited with status %d", status->exit_status);
    return NULL;
}

RawFolder *raw_folder_new(void)
{
    RawFolder *raw = g_new0(RawFolder, 1);
    raw->iterations = g_ptr_array_new_with_free_func(iteration_free);
    return raw;
}

void raw_folder_free(RawFolder *raw)
{
    if (!raw)
        return;
    g_ptr_array_unref(raw->iterations);
    g_free(raw);
}

void raw_folder_add(RawFolder *raw, const char *path, GBytes *bytes)
{
    unsigned number = 0;
    const char *slash = strchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    if (slash && !iteration_parse(path, (size_t)(slash - path), &number))
        return;
    if (*name == '\0' || strchr(name, '/'))
        return;
    bool is_large = g_bytes_get_size(bytes) > RAW_FILE_LIMIT_BYTES;
    file_put(raw, iteration_need(raw, number), name, is_large ? NULL : bytes,
             is_large ? "is larger than 64 MiB, which is all that is read" : NULL);
}

bool raw_folder_read(const char *folder, const char *const *names, RawFolder **ret_raw,
                     GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autoptr(GDir) entries = g_dir_open(folder, 0, &cause);
    if (!entries)
        return error_set(error, ERROR_INPUT, "%s: cannot be read as a raw folder: %s", folder,
                         cause->message);
    g_autoptr(RawFolder) raw = raw_folder_new();
    for (const char *entry = g_dir_read_name(entries); entry; entry = g_dir_read_name(entries)) {
        unsigned number = 0;
        g_autofree char *path = g_build_filename(folder, entry, NULL);
        if (!iteration_parse(entry, strlen(entry), &number) || !is_folder(path))
            continue;
        Iteration *iteration = iteration_need(raw, number);
        for (size_t i = 0; names[i]; i++)
            file_load(raw, iteration, path, names[i]);
    }
    if (raw->iterations->len == 0) {
        Iteration *only = iteration_need(raw, 0);
        for (size_t i = 0; names[i]; i++)
            file_load(raw, only, folder, names[i]);
        if (g_hash_table_size(only->files) == 0)
            g_ptr_array_set_size(raw->iterations, 0);
    }
    *ret_raw = g_steal_pointer(&raw);
    return true;
}

size_t raw_iteration_count(const RawFolder *raw)
{
    return raw->iterations->len;
}

unsigned raw_iteration_number(const RawFolder *raw, size_t index)
{
    return ((const Iteration *)g_ptr_array_index(raw->iterations, index))->number;
}

GBytes *raw_file_get(const RawFolder *raw, size_t index, const char *name, const char **ret_reason)
{
    const Iteration *iteration = g_ptr_array_index(raw->iterations, index);
    const RawFile *file = g_hash_table_lookup(iteration->files, name);
    if (file && file->bytes)
        return file->bytes;
    *ret_reason = file ? file->reason : "is missing";
    return NULL;
}
