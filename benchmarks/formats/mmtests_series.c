// Rows gathered into series, and what became of a test.
#include "benchmarks/formats/mmtests_run.h"

#include <math.h>
#include <string.h>

#include "benchmarks/formats/mmtests/span.h"

enum { DAMAGES_APART = 20 };

static void series_free(gpointer data)
{
    MmtestsSeries *series = data;
    g_free(series->metric);
    g_free(series->factor_a);
    g_free(series->factor_b);
    g_free(series->operation);
    g_array_unref(series->positions);
    g_array_unref(series->values);
    g_free(series->damage);
    g_free(series);
}

static char *factor(const char *text)
{
    return g_strdup(strcmp(text, "_") == 0 ? "" : text);
}

static MmtestsSeries *series_new(const MmtestsFamily *family, const MmtestsRow *row,
                                 const char *operation)
{
    MmtestsSeries *series = g_new0(MmtestsSeries, 1);
    series->metric = g_strdup(row->metric);
    series->factor_a = factor(row->factor_a);
    series->factor_b = factor(row->factor_b);
    series->operation = g_strdup(operation);
    series->unit = family ? mmtests_unit(family, operation) : NULL;
    series->better = family ? mmtests_better(family, operation) : BETTER_NONE;
    series->positions = g_array_new(FALSE, FALSE, sizeof(double));
    series->values = g_array_new(FALSE, FALSE, sizeof(double));
    return series;
}

GPtrArray *mmtests_rows_series(const MmtestsFamily *family, const char *text, size_t length)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(series_free);
    g_autoptr(GHashTable) by_operation = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(MmtestsRows) rows = mmtests_rows_parse(text, length);
    g_autoptr(GString) operation = g_string_new(NULL);
    for (size_t i = 0; i < rows->n_rows; i++) {
        const MmtestsRow *row = &rows->rows[i];
        mmtests_row_label(row, operation);
        MmtestsSeries *series = g_hash_table_lookup(by_operation, operation->str);
        if (!series) {
            series = series_new(family, row, operation->str);
            g_ptr_array_add(list, series);
            g_hash_table_insert(by_operation, series->operation, series);
        }
        double position = 0;
        if (!row->numeric || !isfinite(row->number) ||
            !span_is_number(span_of(row->interval), &position) || !isfinite(position))
            continue;
        g_array_append_val(series->positions, position);
        g_array_append_val(series->values, row->number);
    }
    return list;
}

static bool is_equal(const GArray *a, const GArray *b)
{
    return a->len == b->len &&
           (a->len == 0 || memcmp(a->data, b->data, a->len * sizeof(double)) == 0);
}

// Marks the series that are others without the damaged log, or not there; whether there are any.
static bool damage_mark(const GPtrArray *all, const GPtrArray *without, const char *damage)
{
    g_autoptr(GHashTable) by_operation = g_hash_table_new(g_str_hash, g_str_equal);
    bool any = false;
    for (guint i = 0; i < without->len; i++)
        g_hash_table_insert(by_operation, ((MmtestsSeries *)without->pdata[i])->operation,
                            without->pdata[i]);
    for (guint i = 0; i < all->len; i++) {
        MmtestsSeries *series = all->pdata[i];
        const MmtestsSeries *other = g_hash_table_lookup(by_operation, series->operation);
        if (other && is_equal(other->values, series->values) &&
            is_equal(other->positions, series->positions))
            continue;
        any = true;
        if (!series->damage)
            series->damage = g_strdup(damage);
    }
    return any;
}

// Which series come from damaged logs is seen by reading again without them, one by one, and from
// DAMAGES_APART on together. seen: damage -> whether a series shows something of that log.
static void damages_mark(const MmtestsFamily *family, MmtestsLogs *logs, const GPtrArray *all,
                         GHashTable *seen)
{
    const GPtrArray *damages = mmtests_logs_damages(logs);
    for (guint i = 0, end; i < damages->len; i = end) {
        const char *damage = damages->pdata[i];
        end = i + 1 < DAMAGES_APART ? i + 1 : damages->len;
        mmtests_logs_leave_out(logs, i, end);
        g_autofree char *text = mmtests_rows_extract(family, logs, MMTESTS_SOUND);
        g_autoptr(GPtrArray) without = mmtests_rows_series(family, text, strlen(text));
        bool any = damage_mark(all, without, damage) || g_hash_table_lookup(seen, damage);
        g_hash_table_insert(seen, g_strdup(damage), GINT_TO_POINTER(any));
    }
}

static GPtrArray *report_series(const MmtestsTest *test, const char *alternative,
                                GPtrArray *complaints, GHashTable *seen)
{
    const MmtestsFamily *family =
        alternative ? mmtests_family_find(test->name, alternative) : test->family;
    if (!family || !mmtests_family_has_parser(family))
        return mmtests_rows_series(NULL, "", 0);
    g_autoptr(MmtestsLogs) logs = mmtests_logs_open(test->logs_folder);
    g_autofree char *text = mmtests_rows_extract(family, logs, MMTESTS_SOUND);
    GPtrArray *all = mmtests_rows_series(family, text, strlen(text));
    damages_mark(family, logs, all, seen);
    const GPtrArray *said = mmtests_logs_complaints(logs);
    for (guint i = 0; i < said->len; i++)
        g_ptr_array_add(complaints, g_strdup(said->pdata[i]));
    return all;
}

static GHashTable *seen_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

GPtrArray *mmtests_test_series(const MmtestsTest *test, const char *alternative,
                               GPtrArray *complaints)
{
    g_autoptr(GHashTable) seen = seen_new();
    return report_series(test, alternative, complaints, seen);
}

static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void lost_add(GHashTable *seen, GPtrArray *lost)
{
    GHashTableIter iter;
    gpointer damage = NULL, any = NULL;
    g_hash_table_iter_init(&iter, seen);
    while (g_hash_table_iter_next(&iter, &damage, &any))
        if (!any)
            g_ptr_array_add(lost, g_strdup(damage));
    g_ptr_array_sort(lost, by_text);
}

// Moves the series of others into all; those of a name that is seen already go.
static void series_merge(GPtrArray *all, GHashTable *seen, GPtrArray *others)
{
    g_ptr_array_set_free_func(others, NULL);
    for (guint i = 0; i < others->len; i++) {
        MmtestsSeries *series = others->pdata[i];
        if (g_hash_table_add(
                seen, g_strjoin("\t", series->metric, series->factor_a, series->factor_b, NULL)))
            g_ptr_array_add(all, series);
        else
            series_free(series);
    }
}

GPtrArray *mmtests_test_series_all(const MmtestsTest *test, const char *rows, GPtrArray *complaints,
                                   GPtrArray *lost)
{
    bool has_parser = test->family && mmtests_family_has_parser(test->family);
    if (rows && !has_parser)
        return mmtests_rows_series(test->family, rows, strlen(rows));
    GPtrArray *all = g_ptr_array_new_with_free_func(series_free);
    g_autoptr(GHashTable) known = seen_new(), seen = seen_new();
    g_autoptr(GPtrArray) usual = report_series(test, NULL, complaints, seen);
    series_merge(all, known, usual);
    for (const char *const *name = mmtests_alternatives(test->family); *name; name++) {
        g_autoptr(GPtrArray) others = report_series(test, *name, complaints, seen);
        series_merge(all, known, others);
    }
    lost_add(seen, lost);
    return all;
}

int mmtests_series_parameters(const MmtestsTest *test, const MmtestsSeries *series,
                              MmtestsParameter ret_parameters[2])
{
    const char *const factors[] = {series->factor_a, series->factor_b};
    int n = 0;
    for (int i = 0; i < 2; i++)
        if (factors[i][0] != '\0')
            ret_parameters[n++] =
                (MmtestsParameter){mmtests_factor_name(test->family, i), factors[i]};
    return n;
}

char *mmtests_series_trial_key(const MmtestsTest *test, const MmtestsSeries *series)
{
    MmtestsParameter parameters[2];
    int n = mmtests_series_parameters(test, series, parameters);
    GString *key = g_string_new(test->name);
    for (int i = 0; i < n; i++)
        g_string_append_printf(key, "/%s=%s", parameters[i].name, parameters[i].value);
    return g_string_free(key, FALSE);
}

MmtestsTestState mmtests_test_state(const MmtestsTest *test, const GPtrArray *series)
{
    if (test->exit_status > 0)
        return MMTESTS_TEST_FAILED;
    if (test->begin_s > 0 && test->end_s == 0)
        return MMTESTS_TEST_UNFINISHED;
    for (guint i = 0; i < series->len; i++)
        if (((const MmtestsSeries *)series->pdata[i])->values->len > 0)
            return MMTESTS_TEST_DONE;
    bool readable = test->family && mmtests_family_has_parser(test->family);
    return readable ? MMTESTS_TEST_NO_DATA : MMTESTS_TEST_NO_PARSER;
}

char *mmtests_test_state_format(const MmtestsTest *test, MmtestsTestState state)
{
    switch (state) {
    case MMTESTS_TEST_DONE:
        return g_strdup("done");
    case MMTESTS_TEST_FAILED:
        return g_strdup_printf("failed with status %d", test->exit_status);
    case MMTESTS_TEST_UNFINISHED:
        return g_strdup("begun and not ended");
    case MMTESTS_TEST_NO_DATA:
        return g_strdup("ended without any sample");
    case MMTESTS_TEST_NO_PARSER:
        break;
    }
    return g_strdup("of a benchmark that has no parser here");
}
