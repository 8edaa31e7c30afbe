/*
 * Builds for people: which of them are meant, read from the database, and what all of their pages
 * share. Pictures and tables of them: report/builds_waterfall.h, report/builds_matrix.h.
 */
#pragma once

#include "report/chart_gantt.h"
#include "sql/site.h"

/* What `key=value ..` means, as the query wants it. Cleared with build_filter_clear(). */
typedef struct {
    char *patterns[11]; // of LIKE, in the order of the query; NULL: any
    double from_s, to_s, ago_s; // NAN: none
} BuildFilter;

void build_filter_clear(BuildFilter *filter);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(BuildFilter, build_filter_clear)

/*
 * Words such as tree=toy status=failed package=zlib* since=7d since=2026-01-17; in values * and ?
 * are wild. keys: tree release target builder arch distro toolchain status package step build since
 * until. ERROR_USAGE names a key that is none, or a time that is none. Pure.
 */
bool build_filter_parse(const char *const *words, BuildFilter *ret_filter, GError **error);

/* One attempt. Borrows from its Builds. */
typedef struct {
    const char *key; // b12 or f3
    const char *tree, *release, *target, *arch, *distro, *toolchain, *builder;
    double started_s, ended_s; // since 1970
    const char *state, *failed_step, *message, *log_hash,
        *artifact_hash; // NULL but for state: none
    const char *fault, *error, *remedy; // kind of failure, the line of the log, what to do; or NULL
    gint64 artifact_bytes, files; // 0: none
    bool clean;
    double cpu_s; // NAN: not known
    const char *facts; // JSON
    gint64 subject_id, job_id; // 0: others' build
    const char *job_state; // NULL: others' build
    const char *unit_kind, *unit; // that was asked for; NULL: none was
    double unit_s;
} BuildRow;

typedef struct {
    Rows *rows;
    BuildRow *builds;
    int n;
} Builds;

void builds_clear(Builds *builds);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Builds, builds_clear)

/*
 * Whether there is anything of the names that words of the same form give, tree, release, target,
 * builder, arch, distro and toolchain, and whether there is such a status: for an answer that would
 * be empty. What is wild is passed over. ERROR_INPUT with a near name.
 */
bool build_names_check(const Site *site, const char *const *words, GError **error);

/* In order of release and start. ERROR_DATABASE. */
bool builds_load(Db *db, const BuildFilter *filter, Builds *ret_builds, GError **error);

/* How a state looks: "✓", "✗", "…", "?", "–"; '#', 'x', '>', '?', '-'; and in a chart. */
const char *build_state_symbol(const char *state);
char build_state_letter(const char *state);
GanttTone build_state_tone(const char *state);
