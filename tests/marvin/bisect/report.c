// What a bisection found: for people, for scripts, for git.
#include "marvin/bisect/report.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "marvin/bisect/report_facts.h"

#define CULPRIT "c111111111111111111111111111111111111111"
#define PARENT "p222222222222222222222222222222222222222"
#define NEW "e333333333333333333333333333333333333333"
#define OLD "a444444444444444444444444444444444444444"

static GitTitle *title(const char *hash, const char *subject)
{
    GitTitle *t = g_new0(GitTitle, 1);
    t->hash = g_strdup(hash);
    t->subject = g_strdup(subject);
    t->author = g_strdup("A U Thor");
    t->mail = g_strdup("author@example.org");
    t->author_s = 1000000000;
    return t;
}

static void suspect(Report *r, const char *hash, double probability, bool is_untestable)
{
    ReportSuspect *s = g_new0(ReportSuspect, 1);
    s->title = title(hash, "a suspect");
    s->probability = probability;
    s->is_untestable = is_untestable;
    g_ptr_array_add(r->suspects, s);
}

static void mark(Report *r, MarkKind kind, const char *hash, double bad)
{
    ReportMark *m = g_new0(ReportMark, 1);
    m->kind = kind;
    m->hash = g_strdup(hash);
    m->subject = g_strdup("a commit");
    m->bad = bad;
    g_ptr_array_add(r->marks, m);
}

static void base(Report *r)
{
    report_init(r);
    r->why = g_strdup("the reason");
    r->old_name = g_strdup("v1.0");
    r->new_name = g_strdup("v1.5");
    r->unit = g_strdup("ms");
    r->old_level = 12;
    r->new_level = 12.8;
    r->n_old = 8;
    r->n_new = 9;
    r->n_commits = 64;
    r->stop = 0.95;
    r->endpoints = (Change){log(1.0667), log(1.061), log(1.0724), true};
    r->effect = (Change){NAN, NAN, NAN, true};
    r->undo_why_not = g_strdup("not asked for");
    r->command = g_strdup("marvin-bisect run ..");
    r->journal = g_strdup("/x.jsonl");
}

static void found(Report *r)
{
    base(r);
    r->state = OUTCOME_FOUND;
    r->is_confirmed = true;
    suspect(r, CULPRIT, 0.98, false);
    r->class_probability = 0.98;
    r->effect = (Change){log(1.065), log(1.05), log(1.08), true};
    r->share = 0.98;
    r->share_low = 0.9;
    r->share_high = 1.07;
    g_ptr_array_add(r->before, title(PARENT, "its parent"));
    r->runs_endpoints = 16;
    r->runs_search = 14;
    r->runs_verify = 10;
    r->builds = 9;
    r->seconds = 200;
    mark(r, MARK_NEW, NEW, NAN);
    mark(r, MARK_OLD, OLD, NAN);
    mark(r, MARK_OLD, PARENT, 0.01);
    mark(r, MARK_NEW, CULPRIT, 0.99);
}

static void assert_has(const char *text, const char *wanted)
{
    if (!strstr(text, wanted))
        g_test_message("no '%s' in:\n%s", wanted, text);
    g_assert_nonnull(strstr(text, wanted));
}

static void a_culprit_is_told_with_all_that_belongs_to_it(void)
{
    g_auto(Report) r = {0};
    found(&r);
    g_free(g_steal_pointer(&r.undo_why_not));
    r.undo_n = 5;
    r.undo_share = 0.94;
    r.undo_low = 0.81;
    r.undo_high = 1.07;
    g_autofree char *text = report_text(&r);
    assert_has(text, "ends        v1.0 12.00 ms (n=8), v1.5 12.80 ms (n=9): +6.7 % [+6.1, +7.2]: "
                     "reproduces\n");
    assert_has(text, "culprit     " CULPRIT "\n            a suspect\n"
                     "            A U Thor <author@example.org>, 2001-09-09\n");
    assert_has(text, "probability 0.980\n");
    assert_has(text, "effect      +6.5 % [+5.0, +8.0] against p22222222222\n"
                     "            98 % [90, 107] of the change between the ends\n");
    assert_has(text, "revert      on v1.5 it recovers 94 % [81, 107] of the loss (n=5 each)\n");
    assert_has(text, "runs        16 of the ends, 14 to search, 10 to verify; 9 builds; 3m20s\n");
    assert_has(text, "tag         Fixes: c11111111111 (\"a suspect\")\n");
}

static void what_another_layout_says_is_told_first_where_it_is_the_answer(void)
{
    g_auto(Report) r = {0};
    found(&r);
    r.layout = (LayoutResult){.kind = LAYOUT_STAYS,
                              .n = 5,
                              .effect = {log(1.06), log(1.05), log(1.07), true},
                              .share = .93,
                              .low = .8,
                              .high = 1.05};
    g_autofree char *stays = report_text(&r);
    assert_has(stays, "layout      the effect stays with another layout: +6.0 % [+5.0, +7.0], "
                      "93 % [80, 105] of it (n=5 each)\n");
    r.layout.kind = LAYOUT_APPARENT;
    g_autofree char *apparent = report_text(&r);
    g_assert_true(g_str_has_prefix(apparent, "but         apparent: code layout: built with "));
    r.layout = (LayoutResult){.kind = LAYOUT_IDENTICAL};
    g_autofree char *same = report_text(&r), *json = report_json(&r);
    g_assert_true(g_str_has_prefix(same, "but         identical binaries: noise: "));
    json_t *answer = json_loads(json, 0, NULL), *layout = json_object_get(answer, "layout");
    g_assert_cmpstr(json_string_value(json_object_get(layout, "state")), ==, "identical");
    g_assert_true(json_is_null(json_object_get(layout, "share")));
    json_decref(answer);
}

static void what_does_not_reproduce_is_said_first(void)
{
    g_auto(Report) r = {0};
    base(&r);
    r.state = OUTCOME_NOT_REPRODUCED;
    r.reported = -0.052;
    r.endpoints = (Change){log(0.996), log(0.981), log(1.011), true};
    r.n_old = r.n_new = 40;
    g_autofree char *text = report_text(&r);
    g_assert_true(g_str_has_prefix(text, "ends        does not reproduce: reported -5.2 %, now "
                                         "-0.4 % [-1.9, +1.1], n=40"));
    assert_has(text, "because     the reason\n");
}

static double real_of(const json_t *json, const char *key)
{
    const json_t *value = json_object_get(json, key);
    g_assert_true(json_is_number(value));
    return json_number_value(value);
}

static void suspects_that_cannot_be_told_apart_are_all_listed(void)
{
    g_auto(Report) r = {0};
    found(&r);
    ((ReportSuspect *)r.suspects->pdata[0])->probability = 0.49;
    suspect(&r, PARENT, 0.48, true);
    r.class_probability = 0.97;
    r.n_class = r.n_between = 2;
    g_autofree char *text = report_text(&r), *json = report_json(&r);
    assert_has(text, "probability 0.490; 0.970 with commits that no testable one tells from it\n");
    assert_has(text, "suspects     49.0 %  c11111111111 a suspect\n"
                     "             48.0 %  p22222222222 a suspect  (cannot be tested)\n");
    g_assert_null(strstr(text, "Fixes:"));
    assert_has(text, "effect      +6.5 % [+5.0, +8.0] against p22222222222, 2 commits together\n");
    json_t *answer = json_loads(json, 0, NULL);
    g_assert_cmpfloat_with_epsilon(real_of(answer, "probability"), 0.49, 1e-9);
    g_assert_cmpfloat_with_epsilon(real_of(answer, "class_probability"), 0.97, 1e-9);
    json_decref(answer);
}

static void scripts_get_the_fields_that_they_rely_on(void)
{
    g_auto(Report) r = {0};
    found(&r);
    g_autofree char *text = report_json(&r);
    json_t *json = json_loads(text, 0, NULL);
    g_assert_nonnull(json);
    g_assert_cmpstr(json_string_value(json_object_get(json, "state")), ==, "found");
    g_assert_cmpstr(json_string_value(json_object_get(json, "culprit")), ==, CULPRIT);
    g_assert_cmpfloat_with_epsilon(real_of(json, "probability"), 0.98, 1e-9);
    g_assert_cmpfloat_with_epsilon(real_of(json, "class_probability"), 0.98, 1e-9);
    g_assert_cmpfloat_with_epsilon(real_of(json, "effect"), 0.065, 1e-9);
    g_assert_cmpfloat_with_epsilon(real_of(json, "ci_low"), 0.05, 1e-9);
    g_assert_cmpfloat_with_epsilon(real_of(json, "ci_high"), 0.08, 1e-9);
    g_assert_cmpfloat(real_of(json, "builds"), ==, 9);
    const json_t *runs = json_object_get(json, "runs");
    g_assert_cmpfloat(real_of(runs, "endpoints"), ==, 16);
    g_assert_cmpfloat(real_of(runs, "search"), ==, 14);
    g_assert_cmpfloat(real_of(runs, "verify"), ==, 10);
    const json_t *first = json_array_get(json_object_get(json, "credible_set"), 0);
    g_assert_cmpstr(json_string_value(json_object_get(first, "commit")), ==, CULPRIT);
    g_assert_cmpfloat_with_epsilon(real_of(first, "probability"), 0.98, 1e-9);
    json_decref(json);
}

static void what_is_still_checked_is_running(void)
{
    g_auto(Report) r = {0};
    found(&r);
    r.is_open = true;
    g_autofree char *text = report_text(&r), *answer = report_json(&r);
    assert_has(text, "running     boots that check this answer are under way");
    json_t *json = json_loads(answer, 0, NULL);
    g_assert_cmpstr(json_string_value(json_object_get(json, "state")), ==, "running");
    g_assert_cmpstr(json_string_value(json_object_get(json, "culprit")), ==, CULPRIT);
    json_decref(json);
}

static void without_an_answer_scripts_get_null(void)
{
    g_auto(Report) r = {0};
    base(&r);
    r.state = OUTCOME_RUNNING;
    r.endpoints = (Change){NAN, NAN, NAN, true};
    g_autofree char *text = report_json(&r);
    json_t *json = json_loads(text, 0, NULL);
    g_assert_nonnull(json);
    g_assert_true(json_is_null(json_object_get(json, "culprit")));
    g_assert_true(json_is_null(json_object_get(json, "effect")));
    g_assert_cmpint(json_array_size(json_object_get(json, "credible_set")), ==, 0);
    json_decref(json);
}

static void git_gets_marks_that_end_at_the_culprit(void)
{
    g_auto(Report) r = {0};
    found(&r);
    mark(&r, MARK_SKIP, PARENT, NAN);
    g_autofree char *log = report_git_log(&r);
    g_assert_cmpstr(log, ==,
                    "git bisect start\n"
                    "# bad: [" NEW "] a commit\ngit bisect bad " NEW "\n"
                    "# good: [" OLD "] a commit\ngit bisect good " OLD "\n"
                    "# good: [" PARENT "] a commit (P(bad) = 0.010)\ngit bisect good " PARENT "\n"
                    "# bad: [" CULPRIT "] a commit (P(bad) = 0.990)\ngit bisect bad " CULPRIT "\n"
                    "# skip: [" PARENT "] a commit\ngit bisect skip " PARENT "\n"
                    "# first bad commit: [" CULPRIT "] a suspect (probability 0.980)\n");
}

static void a_fix_has_its_own_words(void)
{
    g_auto(Report) r = {0};
    found(&r);
    r.find_fix = r.first_parent = true;
    g_autofree char *log = report_git_log(&r), *text = report_text(&r);
    g_assert_true(g_str_has_prefix(log, "git bisect start '--term-new' 'fixed' '--term-old' "
                                        "'broken' '--first-parent'\n"));
    assert_has(log, "git bisect broken " OLD "\n");
    assert_has(log, "git bisect fixed " CULPRIT "\n");
    assert_has(text, "fix         " CULPRIT "\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/report/found", a_culprit_is_told_with_all_that_belongs_to_it);
    g_test_add_func("/report/layout",
                    what_another_layout_says_is_told_first_where_it_is_the_answer);
    g_test_add_func("/report/not-reproduced", what_does_not_reproduce_is_said_first);
    g_test_add_func("/report/suspects", suspects_that_cannot_be_told_apart_are_all_listed);
    g_test_add_func("/report/json", scripts_get_the_fields_that_they_rely_on);
    g_test_add_func("/report/open", what_is_still_checked_is_running);
    g_test_add_func("/report/json/null", without_an_answer_scripts_get_null);
    g_test_add_func("/report/git", git_gets_marks_that_end_at_the_culprit);
    g_test_add_func("/report/fix", a_fix_has_its_own_words);
    return g_test_run();
}
