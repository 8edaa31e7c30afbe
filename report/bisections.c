// Bisections, read for the pages.
#include "report/bisections.h"

#include <math.h>
#include <string.h>

#include "sql/queries.h"

static void entry_free(gpointer data)
{
    BisectionEntry *entry = data;
    g_free(entry->good);
    g_free(entry->bad);
    g_free(entry->trial_key);
    g_free(entry->metric);
    g_free(entry->machines);
    g_free(entry->state);
    g_free(entry->why);
    g_free(entry->begun);
    g_free(entry->ended);
    json_decref(entry->answer);
    g_free(entry);
}

static json_t *answer_parse(const char *text)
{
    json_t *answer = text == NULL ? NULL : json_loads(text, 0, NULL);
    if (json_is_object(answer))
        return answer;
    json_decref(answer);
    return json_object();
}

bool bisections_load(Db *db, int tree_id, GPtrArray **ret_entries, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_REPORT_BISECTIONS, DB_PARAMS(DB_INT(tree_id)), &rows, error))
        return false;
    GPtrArray *entries = g_ptr_array_new_with_free_func(entry_free);
    for (int i = 0; i < rows_count(rows); i++) {
        BisectionEntry *entry = g_new0(BisectionEntry, 1);
        *entry = (BisectionEntry){.id = rows_int(rows, i, "id"),
                                  .good = g_strdup(rows_text(rows, i, "good")),
                                  .bad = g_strdup(rows_text(rows, i, "bad")),
                                  .trial_key = g_strdup(rows_text(rows, i, "trial_key")),
                                  .metric = g_strdup(rows_text(rows, i, "metric")),
                                  .machines = g_strdup(rows_text(rows, i, "machines")),
                                  .state = g_strdup(rows_text(rows, i, "state")),
                                  .why = g_strdup(rows_text(rows, i, "why")),
                                  .begun = g_strdup(rows_text(rows, i, "begun")),
                                  .ended = g_strdup(rows_text(rows, i, "ended")),
                                  .answer = answer_parse(rows_text(rows, i, "answer"))};
        g_ptr_array_add(entries, entry);
    }
    *ret_entries = entries;
    return true;
}

const char *bisection_culprit(const BisectionEntry *entry)
{
    if (strcmp(entry->state, "found") != 0)
        return NULL;
    return json_string_value(json_object_get(entry->answer, "culprit"));
}

double bisection_probability(const BisectionEntry *entry)
{
    const json_t *value = json_object_get(entry->answer, "probability");
    return json_is_number(value) ? json_number_value(value) : NAN;
}

const char *bisection_subject(const BisectionEntry *entry)
{
    const char *subject = json_string_value(json_object_get(entry->answer, "subject"));
    return subject == NULL ? "" : subject;
}
