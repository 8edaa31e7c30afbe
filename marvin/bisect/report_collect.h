/*
 * The facts of a bisection's report, from the search, the journal and git.
 */
#pragma once

#include "marvin/bisect/bisection.h"
#include "marvin/bisect/report.h"

/* *ret_report is to be cleared. ERROR_INPUT: git does not answer. */
bool report_collect(const Bisection *bisection, Report *ret_report, GError **error);

/* What report_endpoints() needs, and no more: cheap. */
void report_collect_ends(const Bisection *bisection, Report *ret_report);
