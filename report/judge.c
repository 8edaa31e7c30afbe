// Families, judgements and changes into their tables, each once.
#include "report/judge.h"

#include "sql/queries.h"

#include <math.h>
#include <string.h>

static const DbParam NULL_INT = {.type = DB_PARAM_TEXT, .pointer = NULL};

static int64_t subject_of(const Family *family, int release)
{
    return dataset_release(family->dataset, release)->subject_id;
}

static FamilyRow *row_of(Family *family, const Rows *rows, int i)
{
    for (int j = 0; j < family->n_rows; j++) {
        const Series *series = family->rows[j].series;
        if (series->machine_id == rows_int(rows, i, "machine_id") &&
            series->distro_id == rows_int(rows, i, "distro_id") &&
            series->metric->id == rows_int(rows, i, "metric_id") &&
            strcmp(series->trial_key, rows_text(rows, i, "trial_key")) == 0)
            return &family->rows[j];
    }
    return NULL;
}

static const char *keep(Family *family, const char *text)
{
    return text == NULL ? NULL : g_string_chunk_insert(family->strings, text);
}

/* What was stored stands: its reasons are those of the page. */
static bool take_reasons(Db *db, Family *family, int64_t id, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_REPORT_JUDGEMENTS, DB_PARAMS(DB_INT(id)), &rows, error))
        return false;
    for (int i = 0; i < rows_count(rows); i++) {
        FamilyRow *row = row_of(family, rows, i);
        if (row != NULL)
            row->reason = keep(family, rows_text(rows, i, "reason"));
    }
    return true;
}

static void explain(Family *family, FamilyRow *row, const char *was)
{
    const char *now = state_format(row->judged.state);
    if (g_strcmp0(now, was) == 0)
        return;
    g_autofree char *why =
        g_strdup_printf("%s%swas %s; its own boots are the same, what it is "
                        "judged together with is not",
                        row->reason == NULL ? "" : row->reason, row->reason == NULL ? "" : "; ",
                        was == NULL ? "without a state" : was);
    row->reason = keep(family, why);
}

/* Where the state of a row differs from the last stored one, and its inputs do not, it says so. */
static bool explain_changes(Db *db, const char *report, Family *family, GError **error)
{
    g_autoptr(Rows) last = NULL;
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_REPORT_FAMILY_LAST,
                 DB_PARAMS(DB_TEXT(report), DB_INT(subject_of(family, family->base)),
                           DB_INT(subject_of(family, family->new_))),
                 &last, error))
        return false;
    if (rows_count(last) == 0)
        return true;
    if (!db_rows(db, &QUERY_REPORT_JUDGEMENTS, DB_PARAMS(DB_INT(rows_int(last, 0, "id"))), &rows,
                 error))
        return false;
    for (int i = 0; i < rows_count(rows); i++) {
        FamilyRow *row = row_of(family, rows, i);
        if (row != NULL && strcmp(row->inputs_hash, rows_text(rows, i, "inputs_hash")) == 0)
            explain(family, row, rows_text(rows, i, "state"));
    }
    return true;
}

/* A judgement is of a metric; what failed before it gave a number in any is seen in its trials. */
static bool is_stored(const FamilyRow *row)
{
    return row->preset != STATE_PENDING && !metric_is_none(row->series->metric);
}

static bool store_row(Db *db, int64_t family_id, const FamilyRow *row, GError **error)
{
    const Series *series = row->series;
    const Judged *judged = &row->judged;
    return db_none(
        db, &QUERY_REPORT_JUDGEMENT_STORE,
        DB_PARAMS(DB_INT(family_id), DB_INT(series->machine_id),
                  row->epoch_id == 0 ? NULL_INT : DB_INT(row->epoch_id), DB_INT(series->distro_id),
                  DB_TEXT(series->trial_key), DB_INT(series->metric->id), DB_TEXT(row->inputs_hash),
                  DB_INT(judged->n_base), DB_INT(judged->n_new),
                  DB_REAL(judged->n_base > 0 ? judged->base : NAN),
                  DB_REAL(judged->n_new > 0 ? judged->new_ : NAN), DB_REAL(judged->ratio),
                  DB_REAL(judged->ci_low), DB_REAL(judged->ci_high), DB_REAL(series->margin),
                  DB_REAL(judged->prior_df > 0 ? judged->prior_var : NAN),
                  DB_REAL(judged->prior_df), DB_TEXT(judged->test), DB_REAL(judged->p_mwu),
                  DB_REAL(judged->p_welch), DB_REAL(judged->p), DB_REAL(judged->q),
                  DB_REAL(judged->q_red), DB_REAL(judged->mde),
                  judged->boots_needed < 0 ? NULL_INT : DB_INT(judged->boots_needed),
                  DB_TEXT(state_format(judged->state)), DB_TEXT(row->reason)),
        error);
}

static bool store_rows(Db *db, const char *report, const Family *family, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_REPORT_FAMILY_STORE,
                 DB_PARAMS(DB_TEXT(report), DB_INT(family->dataset->tree_id),
                           DB_INT(subject_of(family, family->base)),
                           DB_INT(subject_of(family, family->new_)), DB_TEXT(family->inputs_hash),
                           DB_TEXT(FAMILY_PROCEDURE), DB_REAL(family->summary.q),
                           DB_INT(family->summary.size)),
                 &rows, error))
        return false;
    if (rows_count(rows) == 0)
        return true;
    int64_t id = rows_int(rows, 0, "id");
    for (int i = 0; i < family->n_rows; i++)
        if (is_stored(&family->rows[i]) && !store_row(db, id, &family->rows[i], error))
            return false;
    return true;
}

bool judge_store(Db *db, const char *report, Family *family, GError **error)
{
    if (family->n_rows == family_count(family, STATE_PENDING))
        return true;
    g_autoptr(Rows) known = NULL;
    if (!db_rows(db, &QUERY_REPORT_FAMILY_FIND,
                 DB_PARAMS(DB_TEXT(report), DB_INT(subject_of(family, family->base)),
                           DB_INT(subject_of(family, family->new_)), DB_TEXT(family->inputs_hash),
                           DB_TEXT(FAMILY_PROCEDURE)),
                 &known, error))
        return false;
    if (rows_count(known) > 0)
        return take_reasons(db, family, rows_int(known, 0, "id"), error);
    if (!explain_changes(db, report, family, error) || !db_begin(db, error))
        return false;
    bool stored = store_rows(db, report, family, error);
    return db_end(db, stored, stored ? error : NULL) && stored;
}

bool judge_store_shifts(Db *db, const Dataset *dataset, const GArray *shifts, int *ret_new,
                        GError **error)
{
    int n_new = 0;
    for (guint i = 0; i < shifts->len; i++) {
        const Shift *shift = &g_array_index(shifts, Shift, i);
        const Series *series = shift->series;
        if (!isfinite(shift->ratio))
            continue;
        g_autoptr(Rows) rows = NULL;
        if (!db_rows(db, &QUERY_REPORT_CHANGE_STORE,
                     DB_PARAMS(DB_INT(dataset->tree_id), DB_INT(series->machine_id),
                               shift->epoch_id == 0 ? NULL_INT : DB_INT(shift->epoch_id),
                               DB_INT(series->distro_id), DB_TEXT(series->trial_key),
                               DB_INT(series->metric->id),
                               DB_INT(dataset_release(dataset, shift->release)->subject_id),
                               DB_REAL(shift->level_before), DB_REAL(shift->level_after),
                               DB_REAL(shift->ratio), DB_REAL(shift->ci_low),
                               DB_REAL(shift->ci_high), DB_REAL(shift->p)),
                     &rows, error))
            return false;
        n_new += rows_count(rows);
    }
    if (ret_new != NULL)
        *ret_new = n_new;
    return true;
}
