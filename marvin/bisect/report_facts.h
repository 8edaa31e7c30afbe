/*
 * What a search and a git repository say, for a report: suspects, culprit, effect, marks. What
 * belongs to one way of bisecting only (costs, commands) is filled in by that way:
 * report_collect.h for a git tree without a database, queued_collect.h for the queue.
 */
#pragma once

#include "common/git_repo.h"
#include "marvin/bisect/report.h"
#include "marvin/bisect/search.h"

/* Borrowed for the call. */
typedef struct {
    const GitRepo *repo;
    const GitRange *range; // the last commit is the new end
    const Graph *graph; // of range, the same numbers
    Search *search;
    char *const *olds; // full hashes of the old end, NULL-terminated; the first is COMMIT_GOOD
    const bool *untestable; // a flag a commit
    const bool *tested; // the same: it has runs
} ReportSource;

/* Empties a report: arrays without entries, shares not known. */
void report_init(Report *ret_report);

/* Adds what the search found to a report from report_init(). ERROR_INPUT: git does not answer. */
bool report_add_search(const ReportSource *source, Report *report, GError **error);

/* A word of a command line, behind a blank, quoted where a shell needs it; with its option, if any.
 * Nothing for a NULL value. */
void report_command_add(GString *command, const char *option, const char *value);
