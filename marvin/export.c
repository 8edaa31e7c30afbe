// Samples of the database in formats of others.
#include "marvin/export.h"

#include <jansson.h>
#include <string.h>

#include "benchmarks/formats/gobench.h"
#include "common/text.h"

// Go's text ---------------------------------------------------------------------------------------

static bool has_values(const Rows *rows, int i)
{
    return strcmp(rows_text(rows, i, "state"), "done") == 0 && !rows_is_null(rows, i, "value");
}

static Better better_of(const char *word)
{
    Better better = BETTER_NONE;
    better_parse(word, &better);
    return better;
}

// Units of the rows that one metric has, as the metric; of several: as "".
static GHashTable *units_named(const Rows *rows)
{
    GHashTable *units = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (int i = 0; i < rows_count(rows); i++) {
        if (!has_values(rows, i))
            continue;
        const char *unit = rows_text(rows, i, "unit"), *metric = rows_text(rows, i, "metric");
        const char *known = g_hash_table_lookup(units, unit);
        if (!known)
            g_hash_table_insert(units, g_strdup(unit), g_strdup(metric));
        else if (*known && strcmp(known, metric) != 0)
            g_hash_table_insert(units, g_strdup(unit), g_strdup(""));
    }
    return units;
}

// A unit that several metrics of the rows share is written `metric:unit`; any other stands alone,
// and its Unit line says whose it is.
static void add_unit(Gobench *gobench, const Rows *rows, int i, GHashTable *units)
{
    const char *metric = rows_text(rows, i, "metric"), *unit = rows_text(rows, i, "unit");
    bool is_alone = *(const char *)g_hash_table_lookup(units, unit) != '\0';
    if (is_alone)
        gobench_unit_name(gobench, metric, unit);
    gobench_unit_add(gobench, is_alone ? NULL : metric, unit,
                     better_of(rows_text(rows, i, "better")));
}

static void set_config(Gobench *gobench, const Rows *rows, int i)
{
    static const char *const KEYS[] = {"tree", "release", "machine", "distro",
                                       "plan", "mode",    "epoch"};
    for (size_t k = 0; k < G_N_ELEMENTS(KEYS); k++)
        gobench_config_set(gobench, KEYS[k], rows_text(rows, i, KEYS[k]));
    gobench_config_set(gobench, "commit", rows_text(rows, i, "revision"));
    gobench_config_set(gobench, "run", rows_text(rows, i, "run_name"));
}

// The pairs' strings are those of params.
static GArray *pairs_of(json_t *params)
{
    GArray *pairs = g_array_new(false, false, sizeof(GobenchPair));
    json_t *value;
    const char *key;
    json_object_foreach(params, key, value)
    {
        GobenchPair pair = {key, json_string_value(value)};
        g_array_append_val(pairs, pair);
    }
    return pairs;
}

static void add_lines(Gobench *gobench, const Rows *rows, int i)
{
    json_t *params = json_loads(rows_text(rows, i, "params"), 0, NULL);
    g_autoptr(GArray) pairs = pairs_of(params);
    int n = 0;
    g_autofree double *values = rows_reals(rows, i, "value", &n);
    for (int k = 0; k < n; k++) {
        GobenchValue one = {rows_text(rows, i, "metric"), rows_text(rows, i, "unit"), values[k]};
        gobench_line_add(gobench, rows_text(rows, i, "benchmark"), (GobenchPair *)pairs->data,
                         pairs->len, 1, &one, 1);
    }
    json_decref(params);
}

static void add_failure(Gobench *gobench, const Rows *rows, int i, GHashTable *units)
{
    const char *metric = rows_text(rows, i, "metric"), *unit = rows_text(rows, i, "unit");
    const char *why = rows_text(rows, i, "message");
    const char *of_unit = unit ? g_hash_table_lookup(units, unit) : NULL;
    json_t *params = json_loads(rows_text(rows, i, "params"), 0, NULL);
    g_autoptr(GArray) pairs = pairs_of(params);
    set_config(gobench, rows, i);
    if (unit && g_strcmp0(of_unit, metric) != 0) // else its Unit line is there
        gobench_unit_add(gobench, metric, unit, better_of(rows_text(rows, i, "better")));
    gobench_failed_add(gobench, rows_text(rows, i, "benchmark"), (GobenchPair *)pairs->data,
                       pairs->len, metric, unit, why ? why : "no reason given");
    json_decref(params);
}

void export_gobench(const Rows *rows, FILE *out)
{
    g_autoptr(Gobench) gobench = gobench_new();
    g_autoptr(GHashTable) units = units_named(rows);
    for (int i = 0; i < rows_count(rows); i++) {
        if (!has_values(rows, i))
            continue;
        set_config(gobench, rows, i);
        add_unit(gobench, rows, i, units);
        add_lines(gobench, rows, i);
    }
    for (int i = 0; i < rows_count(rows); i++) {
        if (strcmp(rows_text(rows, i, "state"), "done") != 0)
            add_failure(gobench, rows, i, units);
    }
    g_autofree char *text = gobench_format(gobench);
    fputs(text, out);
}

// CSV and JSON ------------------------------------------------------------------------------------

static const char *const TEXTS[] = {"tree", "release", "revision",  "machine",   "distro",
                                    "plan", "mode",    "benchmark", "trial_key", "metric",
                                    "unit", "better",  "statistic", "state",     "message"};
static const char *const NUMBERS[] = {"boot", "job_id", "run_id", "epoch"};

static void print_cell(const char *text, FILE *out)
{
    if (!text)
        return;
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void print_csv_row(const Rows *rows, int i, const double *position, const double *value,
                          FILE *out)
{
    for (size_t k = 0; k < G_N_ELEMENTS(TEXTS); k++) {
        print_cell(rows_text(rows, i, TEXTS[k]), out);
        fputc(',', out);
    }
    for (size_t k = 0; k < G_N_ELEMENTS(NUMBERS); k++) {
        print_cell(rows_text(rows, i, NUMBERS[k]), out);
        fputc(',', out);
    }
    g_autofree char *where = position ? text_number_exact(*position) : NULL;
    g_autofree char *what = value ? text_number_exact(*value) : NULL;
    fprintf(out, "%s,%s\r\n", where ? where : "", what ? what : "");
}

void export_csv(const Rows *rows, FILE *out)
{
    for (size_t k = 0; k < G_N_ELEMENTS(TEXTS); k++)
        fprintf(out, "%s,", TEXTS[k]);
    for (size_t k = 0; k < G_N_ELEMENTS(NUMBERS); k++)
        fprintf(out, "%s,", NUMBERS[k]);
    fputs("position,value\r\n", out);
    for (int i = 0; i < rows_count(rows); i++) {
        int n = 0;
        g_autofree double *positions = rows_reals(rows, i, "position", &n);
        g_autofree double *values = rows_reals(rows, i, "value", &n);
        for (int k = 0; k < n; k++)
            print_csv_row(rows, i, &positions[k], &values[k], out);
        if (n == 0)
            print_csv_row(rows, i, NULL, NULL, out);
    }
}

static json_t *reals_json(const Rows *rows, int i, const char *column)
{
    int n = 0;
    g_autofree double *reals = rows_reals(rows, i, column, &n);
    json_t *list = json_array();
    for (int k = 0; k < n; k++)
        json_array_append_new(list, json_real(reals[k]));
    return list;
}

static json_t *row_json(const Rows *rows, int i)
{
    json_t *object = json_object();
    for (size_t k = 0; k < G_N_ELEMENTS(TEXTS); k++) {
        const char *text = rows_text(rows, i, TEXTS[k]);
        json_object_set_new(object, TEXTS[k], text ? json_string(text) : json_null());
    }
    for (size_t k = 0; k < G_N_ELEMENTS(NUMBERS); k++)
        json_object_set_new(object, NUMBERS[k],
                            rows_is_null(rows, i, NUMBERS[k])
                                ? json_null()
                                : json_integer(rows_int(rows, i, NUMBERS[k])));
    json_object_set_new(object, "params", json_loads(rows_text(rows, i, "params"), 0, NULL));
    json_object_set_new(object, "position", reals_json(rows, i, "position"));
    json_object_set_new(object, "value", reals_json(rows, i, "value"));
    return object;
}

void export_json(const Rows *rows, FILE *out)
{
    fputs("{\"schema\": 1, \"samples\": [", out);
    for (int i = 0; i < rows_count(rows); i++) {
        json_t *object = row_json(rows, i);
        fputs(i ? ",\n" : "\n", out);
        json_dumpf(object, out, JSON_COMPACT | JSON_REAL_PRECISION(17));
        json_decref(object);
    }
    fputs("\n]}\n", out);
}
