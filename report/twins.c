// CSV and JSON beside the tables, and the tails of the logs of failed builds.
#include "report/site_pages.h"

#include "common/text.h"
#include "report/compare.h"
#include "report/verdict.h"
#include "report/words.h"

#include <math.h>
#include <string.h>

enum { LOG_BYTES_MAX = 64 * 1024 };
static const guint64 LOG_READ_BYTES_MAX = 256u << 20;

bool twins_family(Pages *pages, const char *path, const Family *family,
                  const FamilyRow *const *rows, int n, GError **error)
{
    g_autoptr(GString) csv = g_string_new(NULL);
    json_t *page = json_object(), *list = json_array();
    compare_csv_header(csv);
    for (int i = 0; i < n; i++) {
        compare_csv_row(family, rows[i], csv);
        json_array_append_new(list, compare_row_json(family, rows[i]));
    }
    json_object_set_new(page, "schema", json_integer(1));
    json_object_set_new(page, "family", compare_family_json(family));
    json_object_set_new(page, "rows", list);
    g_autofree char *json = compare_json_text(page);
    json_decref(page);
    g_autofree char *csv_path = site_path_twin(path, "csv");
    g_autofree char *json_path = site_path_twin(path, "json");
    return pages_write(pages, csv_path, csv->str, error) &&
           pages_write(pages, json_path, json, error);
}

static json_t *text_or_null(const char *text)
{
    return text == NULL ? json_null() : json_string(text);
}

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* --- changes --- */

/* CELL as `marvin-report verdict` takes it. */
static json_t *cell_json(const SiteTree *tree, const Shift *shift)
{
    g_autofree char *series = series_format(shift->series, true);
    g_autofree char *cell = g_strconcat(series, "#", tree->dataset->tree, ":",
                                        site_release_name(tree, shift->release), NULL);
    return json_string(cell);
}

static json_t *shift_json(const SiteTree *tree, const Shift *shift)
{
    json_t *object = json_object();
    int until = site_shift_until(tree, shift);
    g_autofree char *series = series_format(shift->series, true);
    json_object_set_new(object, "series", json_string(series));
    json_object_set_new(object, "cell", cell_json(tree, shift));
    json_object_set_new(object, "benchmark", json_string(shift->series->benchmark));
    json_object_set_new(object, "metric", json_string(shift->series->metric->name));
    json_object_set_new(object, "machine", json_string(shift->series->machine));
    json_object_set_new(object, "distro", text_or_null(shift->series->distro));
    json_object_set_new(object, "before_release",
                        json_string(site_release_name(tree, shift->before)));
    json_object_set_new(object, "since", json_string(site_release_name(tree, shift->release)));
    json_object_set_new(object, "until",
                        until < 0 ? json_null() : json_string(site_release_name(tree, until)));
    json_object_set_new(object, "state", json_string(state_word(shift->state)));
    json_object_set_new(object, "before", real_or_null(shift->level_before));
    json_object_set_new(object, "after", real_or_null(shift->level_after));
    json_object_set_new(object, "ratio", real_or_null(shift->ratio));
    json_object_set_new(object, "ci_low", real_or_null(shift->ci_low));
    json_object_set_new(object, "ci_high", real_or_null(shift->ci_high));
    json_object_set_new(object, "p", real_or_null(shift->p));
    const Verdict *verdict = g_hash_table_lookup(tree->verdicts, shift);
    json_object_set_new(object, "verdict", text_or_null(verdict == NULL ? NULL : verdict->verdict));
    json_object_set_new(object, "why", text_or_null(verdict == NULL ? NULL : verdict->why));
    json_object_set_new(object, "evidence",
                        text_or_null(verdict == NULL ? NULL : verdict->evidence));
    return object;
}

/* A list of flat objects with the same keys, as CSV. */
static char *csv_of(json_t *list)
{
    GString *csv = g_string_new(NULL);
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *object = json_array_get(list, i);
        if (i == 0)
            compare_csv_keys(object, csv);
        compare_csv_values(object, csv);
    }
    return g_string_free(csv, FALSE);
}

bool twins_list(Pages *pages, const char *path, json_t *flat, json_t *full, GError **error)
{
    g_autofree char *json = compare_json_text(full);
    g_autofree char *csv = csv_of(flat);
    g_autofree char *json_path = site_path_twin(path, "json");
    g_autofree char *csv_path = site_path_twin(path, "csv");
    return pages_write(pages, json_path, json, error) && pages_write(pages, csv_path, csv, error);
}

/* Takes the list. */
static bool write_list(Pages *pages, const SiteTree *tree, const char *name, json_t *list,
                       GError **error)
{
    g_autofree char *path = g_strconcat(tree->folder, "/", name, NULL);
    bool good = twins_list(pages, path, list, list, error);
    json_decref(list);
    return good;
}

bool twins_changes(Pages *pages, const SiteTree *tree, GError **error)
{
    json_t *list = json_array();
    for (guint i = 0; i < tree->shifts->len; i++)
        json_array_append_new(list, shift_json(tree, &g_array_index(tree->shifts, Shift, i)));
    return write_list(pages, tree, "changes.html", list, error);
}

bool twins_coverage(Pages *pages, const SiteTree *tree, GError **error)
{
    json_t *list = json_array();
    for (guint i = 0; i < tree->dataset->batteries->len; i++) {
        const Battery *battery = tree->dataset->batteries->pdata[i];
        if (battery->release < tree->first || battery->release > tree->last)
            continue;
        json_t *object = json_object();
        json_object_set_new(object, "release",
                            json_string(site_release_name(tree, battery->release)));
        json_object_set_new(object, "machine", json_string(battery->machine));
        json_object_set_new(object, "distro", text_or_null(battery->distro));
        json_object_set_new(object, "plan", json_string(battery->plan));
        json_object_set_new(object, "state", json_string(battery->state));
        json_object_set_new(object, "boots", json_integer(battery->boots));
        json_object_set_new(object, "done", json_integer(battery->done));
        json_object_set_new(object, "failed", json_integer(battery->failed));
        json_object_set_new(object, "build", text_or_null(battery->build));
        json_object_set_new(object, "reason", text_or_null(battery->reason));
        json_array_append_new(list, object);
    }
    return write_list(pages, tree, "coverage.html", list, error);
}

/* --- build logs --- */

/* The end of a log, from a line's beginning, without control characters. */
static char *tail_of(GBytes *bytes)
{
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    if (size == 0)
        return g_strdup("The recipe wrote nothing.\n");
    gsize from = size > LOG_BYTES_MAX ? size - LOG_BYTES_MAX : 0;
    g_autofree char *raw = g_strndup(data + from, size - from);
    const char *begin = from == 0 ? raw : strchr(raw, '\n');
    g_auto(GStrv) lines = g_strsplit(begin == NULL ? raw : begin + (from > 0), "\n", -1);
    GString *text = g_string_new(from > 0 ? "[the beginning is left out]\n" : NULL);
    for (char **line = lines; *line != NULL; line++) {
        g_autofree char *escaped = text_escape_terminal(*line);
        g_string_append_printf(text, "%s%s", escaped, line[1] == NULL ? "" : "\n");
    }
    return g_string_free(text, FALSE);
}

static bool write_log(Pages *pages, const SiteTree *tree, Store *store, int release,
                      const BuildRow *build, GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *text = NULL;
    if (store_read(store, build->log_hash, LOG_READ_BYTES_MAX, &bytes, NULL))
        text = tail_of(bytes);
    g_autofree char *path = site_path_build_log(tree, release, build->key);
    return pages_write(pages, path, text == NULL ? "The log is no longer in the store.\n" : text,
                       error);
}

bool twins_build_logs(Pages *pages, const SiteTree *tree, Store *store, GError **error)
{
    for (int i = tree->first; i <= tree->last; i++) {
        const GPtrArray *attempts = release_builds_of(tree->builds, i);
        for (guint k = 0; attempts != NULL && k < attempts->len; k++) {
            const BuildRow *build = attempts->pdata[k];
            if (build->log_hash != NULL && release_build_counts(tree->builds, build) &&
                build_state_tone(build->state) == GANTT_BAD &&
                !write_log(pages, tree, store, i, build, error))
                return false;
        }
    }
    return true;
}
