// Records of builds on their way to the database: a file, a call, no file.
#include "bob/builder_spool.h"

#include "common/error.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>

enum { FOLDER_MODE = 0755, FILE_MODE = 0644 };

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

static char *folder_of(const Builder *builder)
{
    return g_build_filename(builder_site((Builder *)(guintptr)builder)->state, "spool", "builds",
                            builder_name(builder), NULL);
}

static json_t *record_of(const BuildJob *job, const BuildOutcome *outcome)
{
    return json_pack("{s:I, s:I, s:s, s:i, s:f, s:f, s:f, s:s?, s:s?, s:s?, s:I, s:s?, s:s?}",
                     "job", (json_int_t)job->id, "token", (json_int_t)job->token, "state",
                     outcome->state, "exit_status", outcome->exit_status, "elapsed_s",
                     outcome->elapsed_s, "user_s", outcome->user_s, "system_s", outcome->system_s,
                     "message", outcome->message, "log_hash", outcome->log_hash, "artifact_hash",
                     outcome->artifact_hash, "artifact_bytes", (json_int_t)outcome->artifact_bytes,
                     "files", outcome->files, "facts", outcome->facts);
}

bool builder_spool_add(const Builder *builder, const BuildJob *job, const BuildOutcome *outcome,
                       GError **error)
{
    g_autofree char *folder = folder_of(builder);
    g_autofree char *name = g_strdup_printf("%020" G_GINT64_FORMAT ".json", job->token);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(json_t) record = record_of(job, outcome);
    if (g_mkdir_with_parents(folder, FOLDER_MODE) != 0)
        return error_set(error, ERROR_INPUT, "cannot make the folder %s: %s", folder,
                         g_strerror(errno));
    if (record == NULL)
        return error_set(error, ERROR_INPUT, "the record of a build is no UTF-8");
    char *text = json_dumps(record, JSON_COMPACT | JSON_REAL_PRECISION(17));
    bool good = g_file_set_contents_full(
        path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, FILE_MODE,
        error);
    free(text);
    return good;
}

static const char *text_of(const json_t *record, const char *key)
{
    return json_string_value(json_object_get(record, key));
}

static gint64 integer_of(const json_t *record, const char *key)
{
    return json_integer_value(json_object_get(record, key));
}

static double real_of(const json_t *record, const char *key)
{
    return json_number_value(json_object_get(record, key));
}

/* One of the words that an outcome's state is a constant of; NULL for another. */
static const char *find_state(const char *word)
{
    static const char *const STATES[] = {"done", "failed", "deadline", "too-big"};
    for (size_t i = 0; i < G_N_ELEMENTS(STATES); i++) {
        if (g_strcmp0(word, STATES[i]) == 0)
            return STATES[i];
    }
    return NULL;
}

/* False for what is no record. */
static bool read_record(const json_t *record, BuildJob *job, BuildOutcome *outcome)
{
    job->id = integer_of(record, "job");
    job->token = integer_of(record, "token");
    *outcome = (BuildOutcome){.state = find_state(text_of(record, "state")),
                              .exit_status = (int)integer_of(record, "exit_status"),
                              .elapsed_s = real_of(record, "elapsed_s"),
                              .user_s = real_of(record, "user_s"),
                              .system_s = real_of(record, "system_s"),
                              .message = g_strdup(text_of(record, "message")),
                              .log_hash = g_strdup(text_of(record, "log_hash")),
                              .artifact_hash = g_strdup(text_of(record, "artifact_hash")),
                              .artifact_bytes = (guint64)integer_of(record, "artifact_bytes"),
                              .files = g_strdup(text_of(record, "files")),
                              .facts = g_strdup(text_of(record, "facts"))};
    return outcome->state != NULL && job->token > 0;
}

/* Tells one; the file is gone afterwards. */
static bool flush_file(Builder *builder, const char *path, int *told, GError **error)
{
    g_autoptr(json_t) record = json_load_file(path, 0, NULL);
    g_autoptr(BuildJob) job = g_new0(BuildJob, 1);
    g_auto(BuildOutcome) outcome = {0};
    bool is_ended = false, is_ours = false;
    if (!read_record(record, job, &outcome)) {
        g_autofree char *aside = g_strconcat(path, ".bad", NULL);
        g_rename(path, aside);
        return true;
    }
    if (!builder_finish_try(builder, job, &outcome, NULL, NULL, &is_ended, &is_ours, error))
        return false;
    if (!is_ended)
        return true; // there is no room for what it would send
    g_unlink(path);
    ++*told;
    return true;
}

static int text_compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool builder_spool_flush(Builder *builder, int *ret_told, GError **error)
{
    g_autofree char *folder = folder_of(builder);
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    int told = 0;
    for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
        if (g_str_has_suffix(name, ".json"))
            g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
    }
    g_ptr_array_sort(paths, text_compare);
    for (guint i = 0; i < paths->len; i++) {
        if (!flush_file(builder, g_ptr_array_index(paths, i), &told, error))
            return false;
    }
    *ret_told = told;
    return true;
}
