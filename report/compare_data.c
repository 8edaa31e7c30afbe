// Comparisons for programs: JSON, CSV and gobench.
#include "report/compare.h"

#include "benchmarks/formats/gobench.h"
#include "common/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *text_or_null(const char *text)
{
    if (text == NULL)
        return json_null();
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

static json_t *params_json(const char *params)
{
    json_t *object = params == NULL ? NULL : json_loads(params, 0, NULL);
    return json_is_object(object) ? object : (json_decref(object), json_object());
}

static void set_releases(json_t *object, const Family *family)
{
    const Release *base = dataset_release(family->dataset, family->base);
    const Release *new_ = dataset_release(family->dataset, family->new_);
    const char *tree = new_->tree != NULL ? new_->tree : family->dataset->tree;
    json_object_set_new(object, "tree", text_or_null(tree));
    json_object_set_new(object, "base_release", text_or_null(base->name));
    json_object_set_new(object, "new_release", text_or_null(new_->name));
}

static void set_decision(json_t *object, const Judged *judged)
{
    json_object_set_new(object, "n_base", json_integer(judged->n_base));
    json_object_set_new(object, "n_new", json_integer(judged->n_new));
    json_object_set_new(object, "base", real_or_null(judged->n_base > 0 ? judged->base : NAN));
    json_object_set_new(object, "new", real_or_null(judged->n_new > 0 ? judged->new_ : NAN));
    json_object_set_new(object, "ratio", real_or_null(judged->ratio));
    json_object_set_new(object, "ci_low", real_or_null(judged->ci_low));
    json_object_set_new(object, "ci_high", real_or_null(judged->ci_high));
    json_object_set_new(object, "p_mwu", real_or_null(judged->p_mwu));
    json_object_set_new(object, "p_welch", real_or_null(judged->p_welch));
    bool tested = judged->test != NULL && strcmp(judged->test, "none") != 0;
    json_object_set_new(object, "test", text_or_null(tested ? judged->test : NULL));
    json_object_set_new(object, "p", real_or_null(judged->p));
    json_object_set_new(object, "q", real_or_null(judged->q));
    json_object_set_new(object, "q_red", real_or_null(judged->q_red));
    json_object_set_new(object, "state", text_or_null(state_format(judged->state)));
}

json_t *compare_row_json(const Family *family, const FamilyRow *row)
{
    const Series *series = row->series;
    const Judged *judged = &row->judged;
    bool none = metric_is_none(series->metric); // it failed before it gave a number in any
    json_t *object = json_object();
    set_releases(object, family);
    json_object_set_new(object, "machine", text_or_null(series->machine));
    json_object_set_new(object, "distro", text_or_null(series->distro));
    json_object_set_new(object, "benchmark", text_or_null(series->benchmark));
    json_object_set_new(object, "params", params_json(series->params));
    json_object_set_new(object, "metric", text_or_null(none ? NULL : series->metric->name));
    json_object_set_new(object, "unit", text_or_null(none ? NULL : series->metric->unit));
    json_object_set_new(object, "better", json_string(better_format(series->metric->better)));
    set_decision(object, judged);
    json_object_set_new(object, "reason", text_or_null(row->reason));
    json_object_set_new(object, "mde", real_or_null(judged->mde));
    json_object_set_new(object, "boots_needed",
                        judged->boots_needed < 0 ? json_null()
                                                 : json_integer(judged->boots_needed));
    json_object_set_new(object, "failed_base", json_integer(row->failed_base));
    json_object_set_new(object, "failed_new", json_integer(row->failed_new));
    return object;
}

char *compare_json_text(const json_t *value)
{
    char *text = json_dumps(value, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    char *copy = g_strconcat(text == NULL ? "null" : text, "\n", NULL);
    free(text);
    return copy;
}

json_t *compare_family_json(const Family *family)
{
    json_t *object = json_object();
    json_object_set_new(object, "size", json_integer(family->summary.size));
    json_object_set_new(object, "q", json_real(family->summary.q));
    return object;
}

/* `family` is the first one's, which is all there is with one NEW; `families` has each. */
char *compare_json(const GPtrArray *families)
{
    json_t *page = json_object(), *list = json_array(), *rows = json_array();
    for (guint i = 0; i < families->len; i++) {
        const Family *family = families->pdata[i];
        json_t *about = compare_family_json(family);
        set_releases(about, family);
        json_object_set_new(about, "rows", json_integer(family->n_rows));
        json_array_append_new(list, about);
        for (int j = 0; j < family->n_rows; j++)
            json_array_append_new(rows, compare_row_json(family, &family->rows[j]));
    }
    json_object_set_new(page, "schema", json_integer(1));
    json_object_set_new(page, "family", compare_family_json(families->pdata[0]));
    json_object_set_new(page, "families", list);
    json_object_set_new(page, "rows", rows);
    char *text = compare_json_text(page);
    json_decref(page);
    return text;
}

/* --- CSV (RFC 4180): the columns are the fields of a row of JSON, in its order --- */

static void csv_text(GString *out, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        g_string_append(out, text);
        return;
    }
    g_string_append_c(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            g_string_append_c(out, '"');
        g_string_append_c(out, *text);
    }
    g_string_append_c(out, '"');
}

static void csv_value(GString *out, const json_t *value)
{
    if (json_is_real(value)) {
        g_autofree char *number = text_number_exact(json_real_value(value));
        g_string_append(out, number);
    } else if (json_is_integer(value)) {
        g_string_append_printf(out, "%lld", (long long)json_integer_value(value));
    } else if (json_is_string(value)) {
        csv_text(out, json_string_value(value));
    } else if (json_is_object(value)) {
        char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
        csv_text(out, text == NULL ? "" : text);
        free(text);
    }
}

void compare_csv_keys(json_t *object, GString *out)
{
    const char *key = NULL, *comma = "";
    json_t *value = NULL;
    json_object_foreach(object, key, value)
    {
        g_string_append_printf(out, "%s%s", comma, key);
        comma = ",";
    }
    g_string_append(out, "\r\n");
}

void compare_csv_values(json_t *object, GString *out)
{
    const char *key = NULL, *comma = "";
    json_t *value = NULL;
    json_object_foreach(object, key, value)
    {
        g_string_append(out, comma);
        csv_value(out, value);
        comma = ",";
    }
    g_string_append(out, "\r\n");
}

void compare_csv_header(GString *out)
{
    static const char FIELDS[] = "tree,base_release,new_release,machine,distro,benchmark,params,"
                                 "metric,unit,better,n_base,n_new,"
                                 "base,new,ratio,ci_low,ci_high,p_mwu,p_welch,test,p,q,q_red,state,"
                                 "reason,mde,boots_needed,failed_base,failed_new\r\n";
    g_string_append(out, FIELDS);
}

void compare_csv_row(const Family *family, const FamilyRow *row, GString *out)
{
    json_t *object = compare_row_json(family, row);
    compare_csv_values(object, out);
    json_decref(object);
}

char *compare_csv(const GPtrArray *families)
{
    GString *out = g_string_new(NULL);
    compare_csv_header(out);
    for (guint i = 0; i < families->len; i++) {
        const Family *family = families->pdata[i];
        for (int j = 0; j < family->n_rows; j++)
            compare_csv_row(family, &family->rows[j], out);
    }
    return g_string_free(out, FALSE);
}

/* --- gobench --- */

static void gobench_boot(Gobench *gobench, const Series *series, double value)
{
    json_t *object = params_json(series->params);
    g_autoptr(GArray) params = g_array_new(FALSE, FALSE, sizeof(GobenchPair));
    const char *key = NULL;
    json_t *item = NULL;
    json_object_foreach(object, key, item)
    {
        GobenchPair pair = {key, json_is_string(item) ? json_string_value(item) : ""};
        g_array_append_val(params, pair);
    }
    GobenchValue number = {series->metric->name, series->metric->unit, value};
    gobench_line_add(gobench, series->benchmark, (const GobenchPair *)(const void *)params->data,
                     params->len, 1, &number, 1);
    json_decref(object);
}

static void gobench_release(Gobench *gobench, const Family *family, int release, bool is_base)
{
    const Release *about = dataset_release(family->dataset, release);
    gobench_config_set(gobench, "release", about->name);
    for (int i = 0; i < family->n_rows; i++) {
        const FamilyRow *row = &family->rows[i];
        const Metric *metric = row->series->metric;
        if (metric_is_none(metric))
            continue;
        gobench_config_set(gobench, "machine", row->series->machine);
        gobench_config_set(gobench, "distro", row->series->distro);
        gobench_unit_add(gobench, metric->name, metric->unit, metric->better);
        int n = is_base ? row->n_base : row->n_new;
        for (int j = 0; j < n; j++)
            gobench_boot(gobench, row->series, is_base ? row->base_values[j] : row->new_values[j]);
    }
}

char *compare_gobench(const GPtrArray *families)
{
    g_autoptr(Gobench) gobench = gobench_new();
    for (guint i = 0; i < families->len; i++) {
        const Family *family = families->pdata[i];
        const char *tree = dataset_release(family->dataset, family->new_)->tree;
        gobench_config_set(gobench, "tree", tree != NULL ? tree : family->dataset->tree);
        if (i == 0)
            gobench_release(gobench, family, family->base, true);
        gobench_release(gobench, family, family->new_, false);
    }
    return gobench_format(gobench);
}
