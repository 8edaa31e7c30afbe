/*
 * `marvin-report mmtests`: the text reports of MMTests' compare-mmtests.pl, byte for byte, from its
 * result directories: no Perl, no R, no MMTests needed. Its arithmetic is kept with its faults, so
 * that a report can be held against one of MMTests; what is wrong with it is said in notes, apart.
 * Not the comparison to trust: that is `marvin-report compare`.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct {
    const char *directory; // -d: holds RUN/iter-N/BENCHMARK/logs
    const char *benchmark; // -b
    const char *alternative; // -a: "latency"; NULL for the usual report
    const char *const *runs; // -n: NULL-terminated, the baseline first
    const char *sub_heading; // operations whose name starts with it (a regular expression), or NULL
    bool print_ratio;
    bool print_significance;
    bool no_compare;
} MmtestsOptions;

/*
 * Writes the report to out and the footnotes, a sentence a line, to notes (which may be NULL).
 * ERROR_USAGE: unknown benchmark or report, a bad sub-heading. ERROR_INPUT: no directory, or no
 * data of the baseline, where MMTests prints nothing either; nothing is written to out then.
 */
bool mmtests_report(const MmtestsOptions *options, FILE *out, FILE *notes, GError **error);
