// What a bisection found, for scripts.
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "marvin/bisect/report.h"

static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *text(const char *string)
{
    return string ? json_string(string) : json_null();
}

static double effect(const Change *change, double x)
{
    return change->is_log ? expm1(x) : x;
}

static json_t *change_format(const Change *change)
{
    return json_pack("{s:o, s:o, s:o}", "effect", number(effect(change, change->change)), "ci_low",
                     number(effect(change, change->low)), "ci_high",
                     number(effect(change, change->high)));
}

static json_t *share_format(double share, double low, double high)
{
    if (!isfinite(share))
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "share", number(share), "low", number(low), "high",
                     number(high));
}

static json_t *layout_json(const Report *r)
{
    const LayoutResult *layout = &r->layout;
    g_autofree char *says = report_layout(r);
    if (r->state != OUTCOME_FOUND || !says)
        return json_null();
    bool is_measured = layout->n > 0 && layout->kind != LAYOUT_OPEN;
    Change none = {NAN, NAN, NAN, true};
    json_t *json = change_format(is_measured ? &layout->effect : &none);
    json_object_set_new(json, "state", json_string(layout_format(layout->kind)));
    json_object_set_new(json, "says", json_string(says));
    json_object_set_new(json, "n", json_integer(layout->n));
    json_object_set_new(json, "share", number(is_measured ? layout->share : NAN));
    json_object_set_new(json, "low", number(is_measured ? layout->low : NAN));
    json_object_set_new(json, "high", number(is_measured ? layout->high : NAN));
    return json;
}

static json_t *suspects_format(const Report *r)
{
    json_t *array = json_array();
    for (guint i = 0; i < r->suspects->len; i++) {
        const ReportSuspect *s = r->suspects->pdata[i];
        json_array_append_new(array,
                              json_pack("{s:s, s:f, s:s, s:b}", "commit", s->title->hash,
                                        "probability", s->probability, "subject", s->title->subject,
                                        "untestable", (int)s->is_untestable));
    }
    return array;
}

static json_t *notes_format(const Report *r)
{
    json_t *array = json_array();
    for (guint i = 0; i < r->notes->len; i++)
        json_array_append_new(array, json_string(r->notes->pdata[i]));
    return array;
}

static json_t *others_format(const Report *r)
{
    json_t *array = json_array();
    for (guint i = 0; i < r->others->len; i++) {
        const ReportStep *step = r->others->pdata[i];
        json_t *json = change_format(&step->effect);
        json_object_set_new(json, "commit", json_string(step->title->hash));
        json_object_set_new(json, "subject", json_string(step->title->subject));
        json_object_set_new(json, "probability", number(step->probability));
        json_array_append_new(array, json);
    }
    return array;
}

static void culprit_set(const Report *r, json_t *json)
{
    const ReportSuspect *s = r->suspects->len ? r->suspects->pdata[0] : NULL;
    bool is_found = s && r->state == OUTCOME_FOUND;
    json_object_set_new(json, "culprit", is_found ? text(s->title->hash) : json_null());
    json_object_set_new(json, "probability", s ? number(s->probability) : json_null());
    json_object_set_new(json, "class_probability",
                        s ? number(r->n_class == 1 ? s->probability : r->class_probability)
                          : json_null());
    json_object_set_new(json, "subject", is_found ? text(s->title->subject) : json_null());
    json_object_set_new(json, "author", is_found ? text(s->title->author) : json_null());
    json_object_set_new(json, "author_mail", is_found ? text(s->title->mail) : json_null());
}

char *report_json(const Report *r)
{
    // What the culprit did; without one what the ends show.
    bool has_effect = r->state == OUTCOME_FOUND && !isnan(r->effect.change);
    json_t *json = change_format(has_effect ? &r->effect : &r->endpoints);
    json_object_set_new(json, "schema", json_integer(1));
    json_object_set_new(json, "state",
                        json_string(outcome_format(r->is_open ? OUTCOME_RUNNING : r->state)));
    json_object_set_new(json, "why", text(r->why));
    culprit_set(r, json);
    json_object_set_new(json, "credible_set", suspects_format(r));
    json_object_set_new(json, "runs",
                        json_pack("{s:i, s:i, s:i}", "endpoints", r->runs_endpoints, "search",
                                  r->runs_search, "verify", r->runs_verify));
    json_object_set_new(json, "builds", json_integer(r->builds));
    json_object_set_new(json, "seconds", number(r->seconds));
    json_object_set_new(json, "commits", json_integer(r->n_commits));
    json_object_set_new(json, "untestable", json_integer(r->untestable));
    json_object_set_new(json, "unit", text(r->unit));
    json_t *ends = change_format(&r->endpoints);
    json_object_set_new(ends, "old", number(r->old_level));
    json_object_set_new(ends, "new", number(r->new_level));
    json_object_set_new(ends, "n_old", json_integer(r->n_old));
    json_object_set_new(ends, "n_new", json_integer(r->n_new));
    json_object_set_new(ends, "confirmed", json_boolean(r->is_confirmed));
    json_object_set_new(json, "endpoints", ends);
    json_object_set_new(json, "explained", share_format(r->share, r->share_low, r->share_high));
    json_object_set_new(json, "revert",
                        r->undo_why_not || r->state != OUTCOME_FOUND
                            ? json_null()
                            : share_format(r->undo_share, r->undo_low, r->undo_high));
    json_object_set_new(json, "layout", layout_json(r));
    json_object_set_new(json, "further_culprits", others_format(r));
    json_object_set_new(json, "notes", notes_format(r));
    json_object_set_new(json, "journal", text(r->journal));
    char *dumped = json_dumps(json, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_REAL_PRECISION(10));
    json_decref(json);
    char *owned = g_strconcat(dumped, "\n", NULL);
    free(dumped);
    return owned;
}
