/*
 * The report of a queued bisection: its rows, its search and the tree's mirror brought together.
 */
#pragma once

#include "marvin/bisect/planner.h"
#include "marvin/bisect/report.h"

/* As of the planner's last look or step. *ret_report is to be cleared. ERROR_INPUT: git does not
 * answer. */
bool queued_collect(const Planner *planner, Report *ret_report, GError **error);
