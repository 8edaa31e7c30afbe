/*
 * A bisection in a git tree without a database: git, the user's commands, the journal and the
 * search (marvin/bisect/search.h, which decides everything) brought together. Not its report
 * (marvin/bisect/report.h) and not the planner over the queue.
 */
#pragma once

#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "marvin/bisect/between.h"
#include "marvin/bisect/configs.h"
#include "marvin/bisect/journal.h"
#include "marvin/bisect/layout.h"
#include "marvin/bisect/probe.h"
#include "marvin/bisect/search.h"
#include "marvin/bisect/trees.h"

/* What the user asks. All borrowed: must outlive the bisection. */
typedef struct {
    const char *repo;
    const char *const *goods;
    const char *bad;
    const char *config_old, *config_new; // files whose differences are searched, instead of commits
    bool find_fix;
    bool first_parent;
    const char *const *command;
    const char *build; // or NULL
    const char *metric_from; // or NULL
    Better better; // BETTER_NONE: not said
    bool by_exit; // said
    double stop;
    double reported; // bad / good - 1, or NAN
    double budget_s; // 0: none
    int max_runs; // 0: no limit
    uint64_t seed;
    double run_limit_s, build_limit_s;
    int keep; // work trees
    bool in_place;
    const char *state; // folder, or NULL: in the repository's
    bool restart; // forget earlier runs
    bool resume; // go on with the commits that the names meant when it began
    bool no_revert;
    bool no_layout;
} BisectionOptions;

/* Numbers where nothing is said. */
#define BISECTION_PRESET                                                                           \
    {                                                                                              \
        .stop = 0.95, .reported = NAN, .seed = 1, .run_limit_s = 3600, .build_limit_s = 4 * 3600,  \
        .keep = 8                                                                                  \
    }

/* What undoing the culprit on the new end came to. */
typedef struct {
    char *why_not; // it was not tried or could not be; NULL: share holds
    int n; // runs of each of the two
    double share, low, high; // of the endpoints' change that is gone; 95 %
} Undo;

typedef struct {
    const BisectionOptions *options;
    BisectionOptions own; // of bisection_read(), with its list of goods
    char **own_goods;
    GitRepo *repo;
    Between *between; // of configurations: steps are named by their options
    Configs *configs; // or NULL
    char *config_commit; // what is built with them
    Question question;
    Journal *journal;
    char *journal_path, *trees_path, *log_path, *config_path;
    Search *search;
    Trees *trees; // while it runs
    GRegex *pattern;
    Probe probe;
    Value first; // of the first run: its unit is that of all
    bool has_first;
    char *settings; // of the desk, when last looked at
    GPtrArray *notes; // of char *: what people should know beside the answer
    GPtrArray *news; // of char *: what happened on the way
    Undo undo;
    LayoutResult layout;
    void (*watch)(void *data); // called now and then; may be NULL
    void *data;
    const char *doing; // what is in hand, for the watcher
    char *doing_commit; // and where
} Bisection;

/* Everything up to the first run: checks what was asked, reads history, takes the journal up.
 * ERROR_USAGE and ERROR_INPUT, one sentence each. */
bool bisection_open(const BisectionOptions *options, Bisection **ret_bisection, GError **error);
/* What the journal at path has, for reports: nothing is written and nothing can be run. */
bool bisection_read(const char *repo, const char *path, Bisection **ret_bisection, GError **error);
void bisection_close(Bisection *bisection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bisection, bisection_close)

/* Runs until there is an answer, or the budget is used up (true), or a signal comes
 * (ERROR_INTERRUPTED). Whatever happens, bisection_tidy() is called next. */
bool bisection_run(Bisection *bisection, GError **error);

/* Removes the work trees, or puts the owner's one back: takes a while where trees are large, so
 * people get their answer before it. */
bool bisection_tidy(Bisection *bisection, GError **error);

/* watch(data) is called now and then while it runs; NULL: no more. */
void bisection_watch(Bisection *bisection, void (*watch)(void *data), void *data);

/* Whether time or runs are used up; then the outcome counts as undecided. */
bool bisection_is_spent(const Bisection *bisection);

/* The full hash of a commit of the search (COMMIT_GOOD: the old end). Borrowed. */
const char *bisection_hash(const Bisection *bisection, int commit);

/* How often the command and builds were started, from the journal. */
typedef struct {
    int endpoints, search, verify;
    int builds, failed_builds;
    double seconds; // of all
} BisectionCosts;
BisectionCosts bisection_costs(const Bisection *bisection);

/* Mean and number of the values at a commit; the mean is NAN without any. */
double bisection_level(const Bisection *bisection, int commit, int *ret_n);

/* Undoing the culprit on the new end: builds, runs interleaved, fills bisection->undo. Only within
 * bisection_run(). */
bool bisection_undo(Bisection *bisection, GError **error);

/* Culprit and parent built once more, with MARVIN_LAYOUT=other where --build mentions it: fills
 * bisection->layout. Only within bisection_run(), behind bisection_undo(). */
bool bisection_layout(Bisection *bisection, GError **error);

/* For these two: a tree with the commit, built; *ret_why (g_free) says why it cannot be,
 * then *ret_dir stays. prepare may be NULL; runs in a new tree before the build. */
typedef char *(*TreePrepare)(Bisection *bisection, const char *dir);
bool bisection_place(Bisection *bisection, const char *hash, int variant, TreePrepare prepare,
                     char **ret_dir, char **ret_why, GError **error);
