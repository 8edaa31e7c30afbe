// Builds for people: filters, rows, states.
#include "report/builds.h"

#include "common/error.h"
#include "common/suggest.h"
#include "common/text.h"
#include "sql/names.h"
#include "sql/queries.h"

#include <math.h>
#include <string.h>

/* In the order of the query's parameters. */
static const char *const KEYS[] = {"tree",      "release", "target",  "builder", "arch", "distro",
                                   "toolchain", "status",  "package", "step",    "build"};
static const char *const WORDS[] = {"tree",   "release",   "target", "builder", "arch",
                                    "distro", "toolchain", "status", "package", "step",
                                    "build",  "since",     "until"};

void build_filter_clear(BuildFilter *filter)
{
    for (size_t i = 0; i < G_N_ELEMENTS(filter->patterns); i++)
        g_clear_pointer(&filter->patterns[i], g_free);
}

/* "zlib*" -> "zlib%"; what LIKE takes for wild is escaped. */
static char *pattern_of(const char *glob)
{
    GString *pattern = g_string_new(NULL);
    for (const char *c = glob; *c != '\0'; c++) {
        if (*c == '%' || *c == '_' || *c == '\\')
            g_string_append_c(pattern, '\\');
        g_string_append_c(pattern, *c == '*' ? '%' : *c == '?' ? '_' : *c);
    }
    return g_string_free(pattern, FALSE);
}

/* "2026-01-17" or "2026-01-17T04:05". */
static bool parse_time(const char *text, double *ret_s)
{
    g_autofree char *whole =
        strchr(text, 'T') != NULL ? g_strdup(text) : g_strconcat(text, "T00:00:00", NULL);
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(whole, utc);
    if (time == NULL) {
        g_autofree char *longer = g_strconcat(whole, ":00", NULL);
        time = g_date_time_new_from_iso8601(longer, utc);
    }
    if (time == NULL)
        return false;
    *ret_s = (double)g_date_time_to_unix(time);
    return true;
}

static bool parse_since(BuildFilter *filter, const char *key, const char *value, GError **error)
{
    bool is_since = strcmp(key, "since") == 0;
    if ((is_since && text_parse_seconds(value, &filter->ago_s)) ||
        parse_time(value, is_since ? &filter->from_s : &filter->to_s))
        return true;
    return error_set(error, ERROR_USAGE, "%s=%s is no time: write 2026-01-17%s", key, value,
                     is_since ? " or 7d (ago)" : "");
}

static bool parse_word(BuildFilter *filter, const char *word, GError **error)
{
    const char *equals = strchr(word, '=');
    if (equals == NULL)
        return error_set(error, ERROR_USAGE, "'%s' is no key=value such as builder=ivor", word);
    g_autofree char *key = g_strndup(word, (gsize)(equals - word));
    if (strcmp(key, "since") == 0 || strcmp(key, "until") == 0)
        return parse_since(filter, key, equals + 1, error);
    for (size_t i = 0; i < G_N_ELEMENTS(KEYS); i++) {
        if (strcmp(key, KEYS[i]) != 0)
            continue;
        g_free(filter->patterns[i]);
        filter->patterns[i] = pattern_of(equals + 1);
        return true;
    }
    g_autofree char *hint = suggest_format(key, WORDS, (int)G_N_ELEMENTS(WORDS));
    return error_set(error, ERROR_USAGE,
                     "'%s' is no key%s; keys are tree release target builder arch distro toolchain "
                     "status package step build since until",
                     key, hint);
}

bool build_filter_parse(const char *const *words, BuildFilter *ret_filter, GError **error)
{
    g_auto(BuildFilter) filter = {.from_s = NAN, .to_s = NAN, .ago_s = NAN};
    for (; *words != NULL; words++) {
        if (!parse_word(&filter, *words, error))
            return false;
    }
    *ret_filter = filter;
    filter = (BuildFilter){0};
    return true;
}

void builds_clear(Builds *builds)
{
    g_clear_pointer(&builds->builds, g_free);
    g_clear_pointer(&builds->rows, rows_free);
}

static BuildRow row_of(const Rows *rows, int i)
{
    return (BuildRow){.key = rows_text(rows, i, "key"),
                      .tree = rows_text(rows, i, "tree"),
                      .release = rows_text(rows, i, "release"),
                      .target = rows_text(rows, i, "target"),
                      .arch = rows_text(rows, i, "arch"),
                      .distro = rows_text(rows, i, "distro"),
                      .toolchain = rows_text(rows, i, "toolchain"),
                      .builder = rows_text(rows, i, "builder"),
                      .started_s = rows_real(rows, i, "started_s"),
                      .ended_s = rows_real(rows, i, "ended_s"),
                      .state = rows_text(rows, i, "state"),
                      .failed_step = rows_text(rows, i, "failed_step"),
                      .fault = rows_text(rows, i, "fault"),
                      .error = rows_text(rows, i, "error"),
                      .remedy = rows_text(rows, i, "remedy"),
                      .message = rows_text(rows, i, "message"),
                      .log_hash = rows_text(rows, i, "log_hash"),
                      .artifact_hash = rows_text(rows, i, "artifact_hash"),
                      .artifact_bytes = rows_int(rows, i, "artifact_bytes"),
                      .files = rows_int(rows, i, "files"),
                      .clean = rows_bool(rows, i, "clean"),
                      .cpu_s = rows_real(rows, i, "cpu_s"),
                      .facts = rows_text(rows, i, "facts"),
                      .subject_id = rows_int(rows, i, "subject_id"),
                      .job_id = rows_int(rows, i, "job_id"),
                      .job_state = rows_text(rows, i, "job_state"),
                      .unit_kind = rows_text(rows, i, "unit_kind"),
                      .unit = rows_text(rows, i, "unit"),
                      .unit_s = rows_real(rows, i, "unit_s")};
}

bool builds_load(Db *db, const BuildFilter *filter, Builds *ret_builds, GError **error)
{
    char *const *p = filter->patterns;
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_REPORT_BUILDS,
                 DB_PARAMS(DB_TEXT(p[0]), DB_TEXT(p[1]), DB_TEXT(p[2]), DB_TEXT(p[3]),
                           DB_TEXT(p[4]), DB_TEXT(p[5]), DB_TEXT(p[6]), DB_TEXT(p[7]),
                           DB_TEXT(p[8]), DB_TEXT(p[9]), DB_TEXT(p[10]), DB_REAL(filter->from_s),
                           DB_REAL(filter->to_s), DB_REAL(filter->ago_s)),
                 &rows, error))
        return false;
    Builds builds = {.n = rows_count(rows)};
    builds.builds = g_new(BuildRow, (gsize)builds.n);
    for (int i = 0; i < builds.n; i++)
        builds.builds[i] = row_of(rows, i);
    builds.rows = g_steal_pointer(&rows);
    *ret_builds = builds;
    return true;
}

static const struct {
    const char *state, *symbol;
    char letter;
    GanttTone tone;
} STATES[] = {
    {"done", "✓", '#', GANTT_GOOD},      {"failed", "✗", 'x', GANTT_BAD},
    {"deadline", "✗", 'x', GANTT_BAD},   {"too-big", "✗", 'x', GANTT_BAD},
    {"running", "…", '>', GANTT_OPEN},   {"lost", "?", '?', GANTT_OPEN},
    {"cancelled", "–", '-', GANTT_OPEN},
};

static size_t state_index(const char *state)
{
    size_t i = 0;
    while (i + 1 < G_N_ELEMENTS(STATES) && strcmp(STATES[i].state, state) != 0)
        i++;
    return i;
}

const char *build_state_symbol(const char *state)
{
    return STATES[state_index(state)].symbol;
}

char build_state_letter(const char *state)
{
    return STATES[state_index(state)].letter;
}

GanttTone build_state_tone(const char *state)
{
    return STATES[state_index(state)].tone;
}

static bool check_status(const char *name, GError **error)
{
    const char *names[G_N_ELEMENTS(STATES)];
    for (size_t i = 0; i < G_N_ELEMENTS(STATES); i++) {
        names[i] = STATES[i].state;
        if (strcmp(names[i], name) == 0)
            return true;
    }
    g_autofree char *hint = suggest_format(name, names, (int)G_N_ELEMENTS(STATES));
    return error_set(error, ERROR_INPUT, "status=%s: there is no such state of a build%s", name,
                     hint);
}

bool build_names_check(const Site *site, const char *const *words, GError **error)
{
    static const char *const KINDS[] = {"tree", "release", "target",    "builder",
                                        "arch", "distro",  "toolchain", NULL};
    for (; *words != NULL; words++) {
        const char *equals = strchr(*words, '=');
        if (equals == NULL || strpbrk(equals, "*?") != NULL)
            continue;
        g_autofree char *key = g_strndup(*words, (gsize)(equals - *words));
        if (strcmp(key, "status") == 0 && !check_status(equals + 1, error))
            return false;
        if (g_strv_contains(KINDS, key) && !name_check(site, key, equals + 1, *words, error))
            return false;
    }
    return true;
}
