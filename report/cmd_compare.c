// marvin-report compare: releases of the database and files, judged and written out.
#include "report/commands.h"

#include "benchmarks/formats/mmtests_run.h"
#include "report/compare.h"
#include "report/load_bundle.h"
#include "report/load_db.h"
#include "report/load_gobench.h"
#include "report/load_mmtests.h"
#include "sql/names.h"
#include "sql/site.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    char *(*write)(const GPtrArray *families);
} FORMATS[] = {{"json", compare_json},
               {"csv", compare_csv},
               {"html", compare_html},
               {"gobench", compare_gobench}};

/* What the command line asks for, while it is gathered. */
typedef struct {
    Site *site; // NULL until a release of the database is named
    Dataset *dataset;
    GArray *releases; // of int: indices, the baseline first
    GPtrArray *complaints;
    double margin;
} Gathered;

static void gathered_clear(Gathered *gathered)
{
    g_clear_pointer(&gathered->site, site_close);
    g_clear_pointer(&gathered->dataset, dataset_free);
    g_clear_pointer(&gathered->releases, g_array_unref);
    g_clear_pointer(&gathered->complaints, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Gathered, gathered_clear)

static bool is_bundle(const char *argument)
{
    const char *release = NULL;
    g_autofree char *path = bundle_argument_parse(argument, &release);
    return path != NULL;
}

static bool is_file(const char *argument)
{
    return strchr(argument, '/') != NULL || g_file_test(argument, G_FILE_TEST_EXISTS) ||
           is_bundle(argument);
}

static void print_complaints(const GPtrArray *complaints)
{
    for (guint i = 0; i < complaints->len; i++)
        cmd_note("%s", (const char *)complaints->pdata[i]);
}

static bool open_site(Gathered *gathered, GError **error)
{
    if (gathered->site != NULL)
        return true;
    if (!site_open(&gathered->site, "marvin-report compare", "marvin_report", error))
        return false;
    print_complaints(gathered->site->complaints);
    return true;
}

/* A name that is no file: of a release that there is, or with what is near it. */
static bool check_release(const Site *site, const char *name, GError **error)
{
    const char *colon = strchr(name, ':');
    g_autofree char *tree = colon == NULL ? NULL : g_strndup(name, (gsize)(colon - name));
    g_autofree char *said = g_strdup_printf("%s is no file here", name);
    return (tree == NULL || name_check(site, "tree", tree, said, error)) &&
           name_check(site, "release", colon == NULL ? name : colon + 1, said, error);
}

/* The releases of the database that are named; all of one tree. */
static bool find_releases(Gathered *gathered, const char *const *names, int *indices,
                          GError **error)
{
    int first_named = -1;
    for (int i = 0; names[i] != NULL; i++) {
        indices[i] = -1;
        if (is_file(names[i]))
            continue;
        g_auto(ReleaseName) name = {0};
        if (!open_site(gathered, error)) {
            g_prefix_error(error, "%s is no file here: ", names[i]);
            return false;
        }
        if (!check_release(gathered->site, names[i], error) ||
            !load_release_name(gathered->site->db, names[i], &name, error))
            return false;
        if (first_named < 0 &&
            !load_releases(gathered->site->db, name.tree_id, name.tree, &gathered->dataset, error))
            return false;
        first_named = first_named < 0 ? i : first_named;
        if (gathered->dataset->tree_id != name.tree_id)
            return error_set(error, ERROR_USAGE,
                             "%s and %s are of different trees; name releases of one tree",
                             names[first_named], names[i]);
        indices[i] = dataset_release_alias(gathered->dataset, name.name);
        if (indices[i] < 0)
            return error_set(error, ERROR_INPUT,
                             "%s has not been tested; `marvin queue` says what will be", names[i]);
        for (int j = 0; j < i; j++)
            if (indices[j] == indices[i] && strcmp(names[i], names[j]) != 0)
                return error_set(error, ERROR_INPUT,
                                 "%s and %s are the same commit: there is nothing to compare",
                                 names[j], names[i]);
    }
    return true;
}

/* The releases that are named, with as many before them as make their history. */
static bool load_named(Gathered *gathered, const int *indices, int n, GError **error)
{
    enum { HISTORY = 21 };
    int first = G_MAXINT, last = -1;
    for (int i = 0; i < n; i++) {
        if (indices[i] < 0)
            continue;
        first = MIN(first, indices[i] - HISTORY);
        last = MAX(last, indices[i]);
    }
    return last < 0 || load_boots(gathered->site->db, gathered->dataset, first, last, error);
}

static bool load_file(Gathered *gathered, const char *path, int *ret_release, GError **error)
{
    if (mmtests_run_is(path))
        return load_mmtests(gathered->dataset, path, gathered->margin, gathered->complaints,
                            ret_release, error);
    if (is_bundle(path))
        return load_bundle(gathered->dataset, path, gathered->margin, ret_release, error);
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        return error_set(error, ERROR_INPUT,
                         "%s is a folder; expected a file in the Go benchmark text format, or a "
                         "run of MMTests (with iter-0 in it)",
                         path);
    return load_gobench(gathered->dataset, path, gathered->margin, gathered->complaints,
                        ret_release, error);
}

/* Without a database or its bundles, which know packages as parameters. */
static bool are_files_alone(const char *const *names)
{
    for (; *names != NULL; names++)
        if (!is_file(*names) || is_bundle(*names))
            return false;
    return true;
}

static bool gather(Gathered *gathered, const char *const *names, int n, const char *machine,
                   GError **error)
{
    g_autofree int *indices = g_new0(int, (gsize)n);
    if (!find_releases(gathered, names, indices, error) || !load_named(gathered, indices, n, error))
        return false;
    if (gathered->dataset == NULL)
        gathered->dataset = dataset_new(NULL);
    gathered->dataset->machine = dataset_string(gathered->dataset, machine);
    gathered->dataset->is_one_package = are_files_alone(names) && gobench_is_one_package(names);
    for (int i = 0; i < n; i++)
        if (is_file(names[i]) && !load_file(gathered, names[i], &indices[i], error))
            return false;
    dataset_failures_spread(gathered->dataset);
    dataset_failures_end(gathered->dataset);
    g_array_append_vals(gathered->releases, indices, (guint)n);
    print_complaints(gathered->complaints);
    return true;
}

static bool check_format(const char *format, GError **error)
{
    if (format == NULL || strcmp(format, "text") == 0)
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(FORMATS); i++)
        if (strcmp(FORMATS[i].name, format) == 0)
            return true;
    return error_set(error, ERROR_USAGE, "--format %s: expected text, json, csv, html or gobench",
                     format);
}

static void write_out(const GPtrArray *families, const char *format)
{
    g_autofree char *text = NULL;
    for (size_t i = 0; format != NULL && i < G_N_ELEMENTS(FORMATS); i++)
        if (strcmp(FORMATS[i].name, format) == 0)
            text = FORMATS[i].write(families);
    if (text == NULL)
        text = compare_text(families, isatty(STDOUT_FILENO) && g_getenv("NO_COLOR") == NULL);
    fputs(text, stdout);
}

/* Of files: a unit of which nobody said whether more is better. */
static void note_directions(const GPtrArray *families)
{
    g_autoptr(GHashTable) told = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < families->len; i++) {
        const Family *family = families->pdata[i];
        for (int k = 0; k < family->n_rows; k++) {
            const Metric *metric = family->rows[k].series->metric;
            if (metric->is_unsaid && !metric_is_none(metric) &&
                g_hash_table_add(told, (gpointer)(guintptr)metric->unit))
                cmd_note(
                    "%s: not known whether more or less is better: its ratio is new / base, and no "
                    "change of it regresses; a line `Unit %s better=higher` (or lower) at the "
                    "top of BASE says it",
                    metric->unit, metric->unit);
        }
    }
}

static bool is_same_metric(const Series *a, const Series *b)
{
    return strcmp(a->trial_key, b->trial_key) == 0 && strcmp(a->metric->unit, b->metric->unit) == 0;
}

/* Of files that say no machine: where what they have ran, if that is on several. */
static void note_machines(const Dataset *dataset)
{
    g_autoptr(GPtrArray) machines = g_ptr_array_new();
    for (guint i = 0; i < dataset->series->len; i++) {
        const Series *open = dataset->series->pdata[i];
        for (guint j = 0; open->machine == NULL && j < dataset->series->len; j++) {
            const Series *other = dataset->series->pdata[j];
            if (other->machine != NULL && is_same_metric(open, other) &&
                !g_ptr_array_find_with_equal_func(machines, other->machine, g_str_equal, NULL))
                g_ptr_array_add(machines, (gpointer)(guintptr)other->machine);
        }
    }
    if (machines->len < 2)
        return;
    const char *first = machines->pdata[0];
    g_ptr_array_add(machines, NULL);
    g_autofree char *all = g_strjoinv(", ", (char **)machines->pdata);
    cmd_note("a file does not say on which machine it ran, and what it has ran on several (%s): it "
             "is compared with none; add --machine %s, or a line `machine: %s` at its top",
             all, first, first);
}

static bool judge(Gathered *gathered, const char *machine, const char *format, GError **error)
{
    g_autoptr(GPtrArray) families = g_ptr_array_new_with_free_func((GDestroyNotify)family_free);
    g_autoptr(AaNoise) noise = aa_noise_new(gathered->dataset);
    FamilyFilter filter = {.machine = machine, .noise = noise};
    if (gathered->site != NULL)
        filter.q = section_real(gathered->site->marvin, "error-rate");
    int rows = 0, regressed = 0;
    for (guint i = 1; i < gathered->releases->len; i++) {
        Family *family = family_make(gathered->dataset, g_array_index(gathered->releases, int, 0),
                                     g_array_index(gathered->releases, int, i), &filter);
        g_ptr_array_add(families, family);
        rows += family->n_rows;
        regressed += family_count(family, STATE_REGRESSED);
    }
    g_autofree char *said = machine == NULL ? NULL : g_strdup_printf("--machine %s", machine);
    if (rows == 0 && machine != NULL && gathered->site != NULL &&
        !name_check(gathered->site, "machine", machine, said, error))
        return false;
    if (rows == 0)
        return error_set(error, ERROR_INPUT,
                         "there is nothing to compare: no benchmark has run with these%s%s",
                         machine == NULL ? "" : " on ", machine == NULL ? "" : machine);
    write_out(families, format);
    if (gathered->site == NULL)
        note_directions(families);
    note_machines(gathered->dataset);
    return regressed == 0; // "regressed" is exit status 1, without a message
}

static bool run(const Invocation *invocation, GError **error)
{
    const char *format = cmd_flag(invocation, "json") ? "json" : cmd_text(invocation, "format");
    double margin = .02;
    if (!check_format(format, error) ||
        !cmd_percent(invocation, "margin", 0, MARGIN_MOST, &margin, error))
        return false;
    g_auto(Gathered) gathered = {.releases = g_array_new(FALSE, FALSE, sizeof(int)),
                                 .complaints = g_ptr_array_new_with_free_func(g_free),
                                 .margin = margin};
    if (!gather(&gathered, cmd_arguments(invocation), cmd_argument_count(invocation),
                cmd_text(invocation, "machine"), error))
        return false;
    if (gathered.site != NULL && cmd_text(invocation, "margin") != NULL)
        return error_set(error, ERROR_USAGE,
                         "--margin is of files: the margin of a release in the database is its "
                         "plan's or metric's");
    return judge(&gathered, cmd_text(invocation, "machine"), format, error);
}

static const CommandOption OPTIONS[] = {
    {"machine", 'm', OPTION_VALUE, "M",
     "only this machine; a file that does not say where it ran, ran there"},
    {"format", 'f', OPTION_VALUE, "FORMAT", "text, json, csv, html or gobench; preset: text"},
    {"json", 0, OPTION_FLAG, NULL, "the same as --format json"},
    {"margin", 0, OPTION_VALUE, "PERCENT",
     "the smallest change that matters, of files; preset: 2%"},
    {0},
};

const Command CMD_COMPARE = {
    .name = "compare",
    .arguments = "BASE NEW [NEW..]",
    .summary = "compare releases or files, with a stated error rate",
    .help =
        "BASE and NEW are each a release in the database, [TREE:]TAG, or a file in the Go "
        "benchmark\n"
        "text format, or the folder of a run of MMTests, or a bundle, PATH[:TAG], of `marvin "
        "export\n"
        "bundle` (a path contains a '/' or exists; then no database is needed). In a Go benchmark\n"
        "file a key line `run: ID` groups the lines that follow as one boot; without it each line "
        "is\n"
        "one. The boot is the unit of replication. Ratios above 1 are better, whatever the "
        "metric.\n"
        "Ends with 1 where something regressed.",
    .options = OPTIONS,
    .min_arguments = 2,
    .max_arguments = -1,
    .run = run,
};
