// Boots that others ran, into the database: one transaction each, once.
#include "marvin/import.h"

#include <stdio.h>
#include <string.h>

#include "common/cmd.h"
#include "common/error.h"
#include "common/hash.h"
#include "common/text.h"
#include "common/version.h"
#include "marvin/metrics.h"
#include "sql/queries.h"

json_t *import_text(const char *text)
{
    if (!text)
        return json_null();
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

json_t *import_time(int64_t unix_s)
{
    g_autoptr(GDateTime) time = unix_s > 0 ? g_date_time_new_from_unix_utc(unix_s) : NULL;
    g_autofree char *text = time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : NULL;
    return text ? json_string(text) : json_null();
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

// The value of a key as text, freed by the caller; preset where it is absent.
static char *dump(const json_t *object, const char *key, const char *preset)
{
    const json_t *value = json_object_get(object, key);
    char *text =
        value ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17)) : NULL;
    char *owned = g_strdup(text ? text : preset);
    free(text);
    return owned;
}

static bool is_name(const char *text)
{
    if (!text || !*text || strlen(text) > 200)
        return false;
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return false;
    return g_utf8_validate(text, -1, NULL);
}

static bool names_check(const json_t *boot, GError **error)
{
    static const char *const WORDS[][2] = {
        {"tree", "--tree"}, {"machine", "--machine"}, {"distro", "--distro"}};
    for (size_t i = 0; i < G_N_ELEMENTS(WORDS); i++) {
        const char *word = text_of(boot, WORDS[i][0]);
        if (!word || !text_is_word(word))
            return error_set(error, ERROR_INPUT, "%s %s%s%s; give one with %s", WORDS[i][0],
                             word ? "'" : "", word ? word : "is not known",
                             word ? "' is not a name" : "", WORDS[i][1]);
    }
    if (!text_of(boot, "release") && !text_of(boot, "revision"))
        return error_set(error, ERROR_INPUT, "release is not known; give one with --release");
    if (text_of(boot, "release") && !is_name(text_of(boot, "release")))
        return error_set(error, ERROR_INPUT,
                         "the name of the release is not one; give one with --release");
    if (!is_name(text_of(boot, "plan")) || !is_name(text_of(boot, "revision")) ||
        !hash_is_valid(text_of(boot, "content")))
        return error_set(error, ERROR_INPUT, "its plan, revision or content is not one");
    return true;
}

static bool release_store(Db *db, const json_t *boot, int64_t *ret_subject, GError **error)
{
    const char *release = text_of(boot, "release"), *kind = text_of(boot, "kind");
    g_autofree char *sort_key = version_sort_key(release ? release : "");
    g_autoptr(Rows) rows = NULL;
    if (!db_row(db, &QUERY_MARVIN_IMPORT_RELEASE,
                DB_PARAMS(DB_TEXT(text_of(boot, "tree")), DB_TEXT(kind ? kind : "program"),
                          DB_TEXT(release), DB_TEXT(text_of(boot, "revision")), DB_TEXT(sort_key),
                          DB_BOOL(release && version_is_prerelease(release)),
                          DB_TEXT(text_of(boot, "released"))),
                &rows, error))
        return false;
    *ret_subject = rows_int(rows, 0, "id");
    return true;
}

// The same content in the same place.
static char *boot_key(const json_t *boot)
{
    const char *release = text_of(boot, "release");
    g_autofree char *text =
        g_strjoin("\n", text_of(boot, "format"), text_of(boot, "content"), text_of(boot, "tree"),
                  release ? release : text_of(boot, "revision"), text_of(boot, "machine"),
                  text_of(boot, "distro"), NULL);
    return hash_string(text);
}

static bool run_store(const Import *import, const json_t *boot, int64_t subject, Rows **ret_rows,
                      GError **error)
{
    g_autofree char *must = dump(boot, "must", "{}"), *note = dump(boot, "note", "{}");
    g_autofree char *info = dump(boot, "info", "{}"), *files = dump(boot, "files", "[]");
    g_autofree char *facts = dump(boot, "facts", "{}"), *key = boot_key(boot);
    g_autofree char *all = g_strjoin("\n", must, note, info, NULL);
    g_autofree char *must_hash = hash_string(must), *hash = hash_string(all);
    const char *mode = text_of(boot, "mode");
    return db_row(import->site->db, &QUERY_MARVIN_IMPORT_RUN,
                  DB_PARAMS(DB_TEXT(key), DB_TEXT(text_of(boot, "format")),
                            DB_TEXT(text_of(boot, "source")), DB_TEXT(text_of(boot, "content")),
                            DB_INT(subject), DB_TEXT(text_of(boot, "machine")),
                            DB_TEXT(text_of(boot, "distro")), DB_TEXT(text_of(boot, "plan")),
                            DB_TEXT(text_of(boot, "margin")), DB_TEXT(mode ? mode : "metal"),
                            DB_TEXT(text_of(boot, "started")), DB_TEXT(text_of(boot, "ended")),
                            DB_TEXT(hash), DB_TEXT(must_hash), DB_TEXT(must), DB_TEXT(note),
                            DB_TEXT(info), DB_TEXT(files), DB_TEXT(facts), DB_BOOL(import->again)),
                  ret_rows, error);
}

static bool trial_store(Db *db, int64_t run, int position, json_t *trial, GError **error)
{
    json_t *samples = json_object_get(trial, "samples");
    if (!metrics_resolve(db, text_of(trial, "benchmark"), samples, error))
        return false;
    g_autofree char *list = dump(trial, "samples", "[]"), *params = dump(trial, "params", "{}");
    g_autofree char *definition = dump(trial, "definition", "{}");
    g_autoptr(Rows) rows = NULL;
    return db_row(db, &QUERY_MARVIN_IMPORT_TRIAL,
                  DB_PARAMS(DB_INT(run), DB_TEXT(text_of(trial, "benchmark")), DB_TEXT(definition),
                            DB_TEXT(params), DB_TEXT(text_of(trial, "key")), DB_INT(position),
                            DB_TEXT(text_of(trial, "state")), DB_TEXT(text_of(trial, "message")),
                            DB_TEXT(text_of(trial, "started")), DB_TEXT(text_of(trial, "ended")),
                            DB_TEXT(text_of(trial, "raw_hash")), DB_TEXT(list)),
                  &rows, error);
}

// What became of a boot.
typedef struct {
    const char *what; // static: new, known, replaced, refused
    int64_t run;
    int n_trials, n_failed;
} Outcome;

static bool trials_store(Db *db, json_t *trials, Outcome *outcome, GError **error)
{
    size_t i;
    json_t *trial;
    json_array_foreach(trials, i, trial)
    {
        if (!trial_store(db, outcome->run, (int)i, trial, error))
            return false;
        outcome->n_trials++;
        outcome->n_failed += g_strcmp0(text_of(trial, "state"), "failed") == 0;
    }
    return true;
}

static bool boot_store(const Import *import, const json_t *boot, ImportTrials trials, void *data,
                       Outcome *outcome, GError **error)
{
    Db *db = import->site->db;
    int64_t subject = 0;
    g_autoptr(Rows) rows = NULL;
    if (!release_store(db, boot, &subject, error) ||
        !run_store(import, boot, subject, &rows, error))
        return false;
    const char *what = rows_text(rows, 0, "what");
    outcome->run = rows_int(rows, 0, "run_id");
    outcome->what = strcmp(what, "new") == 0     ? "new"
                    : strcmp(what, "known") == 0 ? "known"
                                                 : "replaced";
    if (!rows_is_null(rows, 0, "place"))
        cmd_note("%s: the same files are stored as %s too; --again would have this instead of that",
                 text_of(boot, "source"), rows_text(rows, 0, "place"));
    if (strcmp(what, "known") == 0)
        return true;
    json_t *list = trials(data, error);
    bool good = list && trials_store(db, list, outcome, error);
    json_decref(list);
    return good;
}

static void tell(Import *import, const json_t *boot, const Outcome *outcome, const char *why)
{
    const char *release = text_of(boot, "release");
    if (!import->boots && why)
        cmd_note("%s: %s", text_of(boot, "source"), why);
    else if (!import->boots) {
        g_autofree char *source = text_escape_terminal(text_of(boot, "source"));
        g_autofree char *name = text_escape_terminal(release ? release : text_of(boot, "revision"));
        printf("%s: %s, %s:%s on %s", source, outcome->what, text_of(boot, "tree"), name,
               text_of(boot, "machine"));
        if (outcome->n_trials > 0)
            printf(", %d trial%s", outcome->n_trials, outcome->n_trials == 1 ? "" : "s");
        if (outcome->n_failed > 0)
            printf(", %d of them failed", outcome->n_failed);
        putchar('\n');
    }
    if (import->boots)
        json_array_append_new(
            import->boots,
            json_pack("{s:s*, s:s*, s:s*, s:s*, s:s*, s:s, s:s*, s:I, s:i, s:i}", "source",
                      text_of(boot, "source"), "tree", text_of(boot, "tree"), "release", release,
                      "revision", text_of(boot, "revision"), "machine", text_of(boot, "machine"),
                      "state", outcome->what, "reason", why, "run", (json_int_t)outcome->run,
                      "trials", outcome->n_trials, "failed", outcome->n_failed));
}

static void count(Import *import, const Outcome *outcome)
{
    import->n_new += strcmp(outcome->what, "new") == 0;
    import->n_known += strcmp(outcome->what, "known") == 0;
    import->n_replaced += strcmp(outcome->what, "replaced") == 0;
    import->n_refused += strcmp(outcome->what, "refused") == 0;
}

bool import_boot(Import *import, const json_t *boot, ImportTrials trials, void *data,
                 GError **error)
{
    Outcome outcome = {.what = "refused"};
    g_autoptr(GError) cause = NULL;
    Db *db = import->site->db;
    if (cmd_stop_requested())
        return error_set(error, ERROR_INTERRUPTED,
                         "stopped; start it again: what is stored is not stored twice");
    bool good = names_check(boot, &cause);
    if (good) {
        if (!db_begin(db, error))
            return false;
        good = boot_store(import, boot, trials, data, &outcome, &cause);
        if (!db_end(db, good, good ? &cause : NULL))
            good = false;
    }
    if (!good && !g_error_matches(cause, MARVIN_ERROR, ERROR_INPUT)) {
        g_propagate_prefixed_error(error, g_steal_pointer(&cause), "%s: ", text_of(boot, "source"));
        return false;
    }
    if (!good)
        outcome = (Outcome){.what = "refused"};
    tell(import, boot, &outcome, good ? NULL : cause->message);
    count(import, &outcome);
    return true;
}
