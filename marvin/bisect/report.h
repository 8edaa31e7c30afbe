/*
 * What a bisection found, for people, for scripts, and for git. Pure: values in, text out; the
 * caller collects the facts (report_collect.h). Texts of people (names, subjects) must come without
 * control characters.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/git_repo.h"
#include "marvin/bisect/layout.h"
#include "marvin/bisect/search.h"

/* A suspect, most probable first. */
typedef struct {
    GitTitle *title;
    double probability;
    bool is_untestable;
} ReportSuspect;

/* A further culprit. */
typedef struct {
    GitTitle *title;
    double probability;
    Change effect;
} ReportStep;

/* A commit that git should know about, for its log. */
typedef enum { MARK_OLD, MARK_NEW, MARK_SKIP } MarkKind;
typedef struct {
    MarkKind kind;
    char *hash;
    char *subject;
    double bad; // posterior probability that the change is in it
} ReportMark;

/* Everything the texts are made of. Owned, freed with report_clear(). */
typedef struct {
    OutcomeKind state;
    char *why; // one clause
    bool find_fix, first_parent, by_exit;
    bool is_config; // suspects are options of a configuration
    char *old_name, *new_name; // as written
    char *unit; // "" for none
    double old_level, new_level; // means, in the unit
    int n_old, n_new;
    bool is_confirmed;
    bool is_open; // of the queue: what state says is not final yet, boots are under way
    double reported; // new / old - 1, or NAN
    Change endpoints;
    int n_commits; // in the range
    int untestable;
    GPtrArray *suspects; // of ReportSuspect *
    int n_class; // found: commits that no testable one tells from the culprit, itself included
    double class_probability, stop;
    Change effect;
    GPtrArray *before; // of GitTitle *: what the effect was measured against
    int n_between; // commits that the effect is of
    double share, share_low, share_high;
    char *undo_why_not; // NULL: the next four hold
    int undo_n;
    double undo_share, undo_low, undo_high;
    LayoutResult layout; // all zeros: nothing is said of it
    GPtrArray *others; // of ReportStep *: what explains the rest of the change
    int runs_endpoints, runs_search, runs_verify, builds;
    double seconds;
    double runs_left; // while it runs
    GPtrArray *notes; // of char *
    GPtrArray *marks; // of ReportMark *: the ends first, oldest first
    char *command; // the command line that does it again, quoted
    char *by_hand; // builds and runs at the culprit, quoted; or NULL
    char *journal; // path
} Report;

void report_clear(Report *report);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Report, report_clear)

void report_suspect_free(gpointer suspect);
void report_step_free(gpointer step);
void report_mark_free(gpointer mark);

/* "+6.8 % [+6.1, +7.5]", "+1.2 [..] ms" where it is no ratio, "from 2 % to 97 % bad" ..; g_free. */
char *report_change(const Report *report, const Change *change);

/* What building with another layout said of a culprit, a sentence without a full stop: "the effect
 * stays ..", "apparent: code layout: ..", "identical binaries: noise: .."; NULL where nothing is
 * said. g_free. */
char *report_layout(const Report *report);

/* The sentence about the ends, told as soon as it is known: "v1.0 12.0 ms (n=8), v1.5 12.8 ms
 * (n=8): +6.8 % [+6.1, +7.5]: reproduces"; g_free. */
char *report_endpoints(const Report *report);

/* All of it, lines; g_free. */
char *report_text(const Report *report);

/* DESIGN 9: {"state", "culprit", "probability", "class_probability", "credible_set", "runs",
 * "builds", "effect", "ci_low", "ci_high"} and more; effect is new / old - 1 of the metric as it is
 * (not oriented). g_free. */
char *report_json(const Report *report);

/* A log that `git bisect replay` takes to the same commit; g_free. */
char *report_git_log(const Report *report);
