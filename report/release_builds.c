// Builds of releases, by release and job.
#include "report/release_builds.h"

#include "sql/queries.h"

#include <string.h>

void release_builds_free(ReleaseBuilds *builds)
{
    if (builds == NULL)
        return;
    g_clear_pointer(&builds->of_release, g_ptr_array_unref);
    g_clear_pointer(&builds->last, g_hash_table_unref);
    g_clear_pointer(&builds->config_rows, g_hash_table_unref);
    g_clear_pointer(&builds->configs, rows_free);
    builds_clear(&builds->all);
    g_free(builds);
}

static void attempts_free(gpointer data)
{
    if (data != NULL)
        g_ptr_array_unref(data);
}

/* A commit with several names is the first one's. */
static GHashTable *releases_by_subject(const Dataset *dataset)
{
    GHashTable *releases = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (int i = (int)dataset->releases->len - 1; i >= 0; i--) {
        gint64 *subject = g_new(gint64, 1);
        *subject = dataset_release(dataset, i)->subject_id;
        g_hash_table_replace(releases, subject, GINT_TO_POINTER(i + 1));
    }
    return releases;
}

static void sort_in(ReleaseBuilds *builds, const Dataset *dataset)
{
    g_autoptr(GHashTable) releases = releases_by_subject(dataset);
    g_ptr_array_set_size(builds->of_release, (int)dataset->releases->len);
    for (int i = 0; i < builds->all.n; i++) {
        const BuildRow *build = &builds->all.builds[i];
        int at = GPOINTER_TO_INT(g_hash_table_lookup(releases, &build->subject_id)) - 1;
        if (build->job_id == 0 || at < 0)
            continue;
        if (builds->of_release->pdata[at] == NULL)
            builds->of_release->pdata[at] = g_ptr_array_new();
        g_ptr_array_add(builds->of_release->pdata[at], (gpointer)(guintptr)build);
        g_hash_table_replace(builds->last, (gpointer)(guintptr)&build->job_id,
                             (gpointer)(guintptr)build);
    }
    for (int i = 0; i < rows_count(builds->configs); i++)
        g_hash_table_replace(builds->config_rows,
                             (gpointer)(guintptr)rows_text(builds->configs, i, "key"),
                             GINT_TO_POINTER(i + 1));
}

bool release_builds_load(Db *db, const Dataset *dataset, ReleaseBuilds **ret_builds, GError **error)
{
    g_autoptr(ReleaseBuilds) builds = g_new0(ReleaseBuilds, 1);
    g_autofree char *of_tree = g_strconcat("tree=", dataset->tree, NULL);
    const char *const words[] = {of_tree, NULL};
    g_auto(BuildFilter) filter = {0};
    builds->of_release = g_ptr_array_new_with_free_func(attempts_free);
    builds->last = g_hash_table_new(g_int64_hash, g_int64_equal);
    builds->config_rows = g_hash_table_new(g_str_hash, g_str_equal);
    if (!build_filter_parse(words, &filter, error) ||
        !builds_load(db, &filter, &builds->all, error) ||
        !db_rows(db, &QUERY_REPORT_BUILD_CONFIGS, DB_PARAMS(DB_TEXT(dataset->tree), DB_NULL),
                 &builds->configs, error))
        return false;
    sort_in(builds, dataset);
    *ret_builds = g_steal_pointer(&builds);
    return true;
}

const GPtrArray *release_builds_of(const ReleaseBuilds *builds, int release)
{
    return release < 0 ? NULL : builds->of_release->pdata[release];
}

bool release_build_counts(const ReleaseBuilds *builds, const BuildRow *build)
{
    return g_hash_table_lookup(builds->last, &build->job_id) == build;
}

bool release_build_failed(const ReleaseBuilds *builds, const BuildRow *build)
{
    return release_build_counts(builds, build) && g_strcmp0(build->job_state, "failed") == 0;
}

bool release_has_failed_build(const ReleaseBuilds *builds, int release)
{
    const GPtrArray *attempts = release_builds_of(builds, release);
    for (guint i = 0; attempts != NULL && i < attempts->len; i++) {
        if (release_build_failed(builds, attempts->pdata[i]))
            return true;
    }
    return false;
}

/* Lines that begin so. */
static int count_lines(const char *text, char sign)
{
    int n = 0;
    for (const char *line = text; line != NULL && *line != '\0';) {
        n += *line == sign;
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    return n;
}

BuildConfig release_build_config(const ReleaseBuilds *builds, const BuildRow *build)
{
    int row = GPOINTER_TO_INT(g_hash_table_lookup(builds->config_rows, build->key)) - 1;
    if (row < 0)
        return (BuildConfig){0};
    const char *difference = rows_text(builds->configs, row, "difference");
    return (BuildConfig){.hash = rows_text(builds->configs, row, "config_hash"),
                         .previous = rows_text(builds->configs, row, "previous"),
                         .difference = difference,
                         .added = count_lines(difference, '+'),
                         .removed = count_lines(difference, '-')};
}
