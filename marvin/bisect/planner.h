/*
 * The planner of a queued bisection: reads what there is, asks the search what is worth doing next,
 * and has bob queue it as ordinary builds and boots (`bob queue`, priority bisect). It keeps
 * nothing to itself: killed anywhere and started again, it goes on from the rows.
 *
 * Not the search (search.h), and no builder or runner: those are the site's.
 */
#pragma once

#include "common/git_repo.h"
#include "marvin/bisect/layout_queued.h"
#include "marvin/bisect/queued.h"
#include "marvin/bisect/revert.h"
#include "sql/site.h"

typedef struct Planner Planner;

/*
 * Takes up a bisection: its commits are read from the tree's mirror. site: connected as
 * marvin_builder, outlives it. ERROR_INPUT: there is none of that number, or its commits are gone.
 */
bool planner_open(Site *site, int64_t id, Planner **ret_planner, GError **error);
void planner_close(Planner *planner);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Planner, planner_close)

/* Reads what there is, and changes nothing: for reports. ERROR_DATABASE, ERROR_INPUT. */
bool planner_look(Planner *planner, GError **error);

/*
 * One step: what has come since is taken in, what is worth doing next is queued, the answer so far
 * is stored. *ret_ended is true once there is nothing left to do: the answer is final. note: what
 * was asked for, a line each; may be NULL. From the first step on nobody else plans for it while
 * the connection lives. ERROR_DATABASE; ERROR_INPUT, another process plans it among others.
 */
bool planner_step(Planner *planner, void (*note)(const char *, ...) G_GNUC_PRINTF(1, 2),
                  bool *ret_ended, GError **error);

Db *planner_db(const Planner *planner);
const GitRepo *planner_repo(const Planner *planner); // the tree's mirror
const GitRange *planner_range(const Planner *planner);
const Graph *planner_graph(const Planner *planner);

/* As of the last look or step; borrowed until the next one. */
const Queued *planner_bisection(const Planner *planner);
const EvidenceRows *planner_rows(const Planner *planner);
Search *planner_search(const Planner *planner);
const Revert *planner_revert(const Planner *planner);
const LayoutResult *planner_layout(const Planner *planner);
