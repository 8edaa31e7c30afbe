// marvin-report aa: the self-test, on boots of the database or on simulated ones.
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/progress.h"
#include "report/aa_print.h"
#include "report/commands.h"
#include "report/load_db.h"
#include "sql/names.h"
#include "sql/queries.h"

enum { PAGES_PRESET = 200, PAGES_MOST = 1000000, BOOTS_PRESET = 5, REGROUPINGS_PRESET = 20 };
enum { REGROUPINGS_MOST = 10000, REAL_EACH = 4 }; // one page with losses to so many without
static const double SEED_MOST = 9007199254740992.0; // whole in a double

static void print_json(json_t *page)
{
    json_dumpf(page, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    putchar('\n');
    json_decref(page);
}

static bool option_int(const Invocation *invocation, const char *option, double least, double most,
                       double *ret_value, GError **error)
{
    double value = *ret_value;
    if (!cmd_number(invocation, option, SETTING_INT, &value, error))
        return false;
    if (value < least || value > most)
        return error_set(error, ERROR_USAGE, "--%s %.0f: expected %.0f to %.0f", option, value,
                         least, most);
    *ret_value = value;
    return true;
}

static bool check_stop(GError **error)
{
    if (!cmd_stop_requested())
        return true;
    return error_set(error, ERROR_INTERRUPTED, "stopped; nothing is kept of a self-test");
}

/* Options of the other way to call it. */
static bool check_unused(const Invocation *invocation, const char *const *options, const char *why,
                         GError **error)
{
    for (; *options != NULL; options++)
        if (cmd_text(invocation, *options) != NULL)
            return error_set(error, ERROR_USAGE, "--%s is %s", *options, why);
    return true;
}

/* --- simulated --- */

typedef struct {
    int pages;
    AaWorld world;
    bool has_all; // all worlds; else the one
} Simulation;

static bool simulation_parse(const Invocation *invocation, double seed, Simulation *ret_simulation,
                             GError **error)
{
    double pages = PAGES_PRESET, boots = BOOTS_PRESET;
    Simulation simulation = {.world = {.world = WORLD_MIXTURE, .seed = (guint64)seed}};
    const char *world = cmd_text(invocation, "world");
    if (!option_int(invocation, "pages", 1, PAGES_MOST, &pages, error) ||
        !option_int(invocation, "boots", 2, AA_BOOTS_MOST, &boots, error))
        return false;
    simulation.has_all = g_strcmp0(world, "all") == 0;
    if (world != NULL && !simulation.has_all && !world_parse(world, &simulation.world.world))
        return error_set(error, ERROR_USAGE,
                         "--world %s: expected normal, skew, modes5, modes8, outliers, mixture, "
                         "machine or all",
                         world);
    simulation.pages = (int)pages;
    simulation.world.boots = (int)boots;
    *ret_simulation = simulation;
    return true;
}

static bool simulate_world(const Simulation *simulation, const AaWorld *world, AaErrors *errors,
                           GError **error)
{
    g_autoptr(RankTables) tables = rank_tables_new();
    g_autoptr(Progress) progress = progress_new(stderr, "pages", simulation->pages);
    for (int page = 0; page < simulation->pages; page++) {
        aa_simulate_page(world, page, false, tables, errors);
        if (page % REAL_EACH == 0)
            aa_simulate_page(world, page, true, tables, errors);
        progress_set(progress, page + 1, world_format(world->world));
        if (!check_stop(error))
            return false;
    }
    return true;
}

static void print_world(const AaWorld *world, const AaErrors *errors, bool is_first)
{
    g_autofree char *text = aa_world_format_text(world, errors);
    printf("%s%s", is_first ? "" : "\n", text);
    fflush(stdout);
}

static void print_legend(void)
{
    putchar('\n');
    for (int rule = 0; rule < AA_RULES; rule++)
        printf("%-13s  %s\n", aa_rule_format(rule), aa_rule_explain(rule));
}

static json_t *simulation_head(const Simulation *simulation, json_t *worlds)
{
    return json_pack("{s:i, s:f, s:I, s:i, s:i, s:o}", "schema", 1, "q", 0.05, "seed",
                     (json_int_t)simulation->world.seed, "tests", AA_TESTS, "machines", AA_MACHINES,
                     "worlds", worlds);
}

static bool run_simulation(const Invocation *invocation, double seed, GError **error)
{
    static const char *const UNUSED[] = {"tree", "machine", "regroupings", NULL};
    Simulation simulation = {0};
    if (!check_unused(invocation, UNUSED, "for the boots of the database, not for --simulate",
                      error) ||
        !simulation_parse(invocation, seed, &simulation, error))
        return false;
    bool as_json = cmd_flag(invocation, "json");
    json_t *worlds = json_array();
    bool is_done = true;
    for (int kind = 0; kind < WORLD_COUNT && is_done; kind++) {
        AaWorld world = simulation.world;
        AaErrors errors[AA_RULES] = {0};
        if (!simulation.has_all && world.world != (World)kind)
            continue;
        world.world = (World)kind;
        is_done = simulate_world(&simulation, &world, errors, error);
        if (is_done && as_json)
            json_array_append_new(worlds, aa_world_format_json(&world, errors));
        else if (is_done)
            print_world(&world, errors, !simulation.has_all || kind == 0);
    }
    json_t *page = simulation_head(&simulation, worlds);
    if (is_done && as_json)
        print_json(json_incref(page));
    else if (is_done)
        print_legend();
    json_decref(page);
    return is_done;
}

/* --- of the database --- */

static bool split_tree(Db *db, int tree_id, const char *tree, const AaSplitOptions *options,
                       AaSplits *splits, GError **error)
{
    g_autoptr(Dataset) dataset = NULL;
    if (!load_releases(db, tree_id, tree, &dataset, error))
        return false;
    int n = (int)dataset->releases->len;
    if (n == 0)
        return true;
    if (!load_boots(db, dataset, 0, n - 1, error))
        return false;
    g_autoptr(AaNoise) noise = aa_noise_new(dataset);
    AaSplitOptions with_noise = *options;
    with_noise.noise = noise;
    g_autoptr(Progress) progress = progress_new(stderr, "releases", n);
    for (int release = 0; release < n; release++) {
        aa_split_release(dataset, release, &with_noise, splits);
        progress_set(progress, release + 1, tree);
        if (!check_stop(error))
            return false;
    }
    aa_split_noises(dataset, &with_noise, splits);
    return true;
}

static bool split_trees(Db *db, const char *only, const AaSplitOptions *options, AaSplits *splits,
                        GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_REPORT_TREES, DB_NO_PARAMS, &rows, error))
        return false;
    for (int i = 0; i < rows_count(rows); i++) {
        const char *tree = rows_text(rows, i, "name");
        if (only != NULL && strcmp(only, tree) != 0)
            continue;
        if (!split_tree(db, (int)rows_int(rows, i, "id"), tree, options, splits, error))
            return false;
    }
    return true;
}

/* An empty answer to a name that nothing has would look like one of no boots. */
static bool check_names(const Invocation *invocation, const Site *site, GError **error)
{
    static const char *const KINDS[] = {"tree", "machine"};
    for (size_t i = 0; i < G_N_ELEMENTS(KINDS); i++) {
        const char *name = cmd_text(invocation, KINDS[i]);
        g_autofree char *said = g_strconcat("--", KINDS[i], NULL);
        if (name != NULL && !name_check(site, KINDS[i], name, said, error))
            return false;
    }
    return true;
}

static bool run_splits(const Invocation *invocation, double seed, GError **error)
{
    static const char *const UNUSED[] = {"pages", "boots", "world", NULL};
    double regroupings = REGROUPINGS_PRESET;
    if (!check_unused(invocation, UNUSED, "for --simulate", error) ||
        !option_int(invocation, "regroupings", 1, REGROUPINGS_MOST, &regroupings, error))
        return false;
    AaSplitOptions options = {.regroupings = (int)regroupings,
                              .seed = (guint64)seed,
                              .machine = cmd_text(invocation, "machine")};
    g_autoptr(Site) site = NULL;
    g_autoptr(AaSplits) splits = aa_splits_new();
    if (!site_open(&site, "marvin-report aa", "marvin_report", error))
        return false;
    for (guint i = 0; i < site->complaints->len; i++)
        cmd_note("%s", (const char *)site->complaints->pdata[i]);
    if (!check_names(invocation, site, error) ||
        !split_trees(site->db, cmd_text(invocation, "tree"), &options, splits, error))
        return false;
    if (cmd_flag(invocation, "json")) {
        print_json(aa_splits_format_json(splits, &options));
        return true;
    }
    g_autofree char *text = aa_splits_format_text(splits, &options);
    fputs(text, stdout);
    return true;
}

static bool run(const Invocation *invocation, GError **error)
{
    double seed = 1;
    if (!option_int(invocation, "seed", 0, SEED_MOST, &seed, error))
        return false;
    return cmd_flag(invocation, "simulate") ? run_simulation(invocation, seed, error)
                                            : run_splits(invocation, seed, error);
}

static const CommandOption OPTIONS[] = {
    {"tree", 0, OPTION_VALUE, "TREE", "only this one"},
    {"machine", 0, OPTION_VALUE, "MACHINE", "only this one"},
    {"regroupings", 0, OPTION_VALUE, "N",
     "how often the boots of a release are dealt; preset 20, the first in the order of boots"},
    {"simulate", 0, OPTION_FLAG, NULL,
     "no database: error rates on simulated pages, beside those of other tools' rules"},
    {"pages", 0, OPTION_VALUE, "N", "simulated pages where nothing changed; preset 200"},
    {"boots", 0, OPTION_VALUE, "N", "boots a side of the simulated pages; preset 5"},
    {"world", 0, OPTION_VALUE, "WORLD",
     "normal, skew, modes5, modes8, outliers, mixture, machine or all; preset mixture"},
    {"seed", 0, OPTION_VALUE, "N", "of all that is drawn; preset 1"},
    {"json", 0, OPTION_FLAG, NULL, "as JSON"},
    {0},
};

const Command CMD_AA = {
    .name = "aa",
    .arguments = "",
    .summary = "the self-test: how often the judgement calls equal releases different",
    .help =
        "Deals the boots of each release, 4 or more on a machine, into two pretended releases and\n"
        "judges them as a page. Between them nothing changed: what is called better or worse is a\n"
        "false alarm, and as many should be called one as the other. `p <= .05 alone` is the rate\n"
        "without regard to the page; 5 % is expected of it.\n"
        "JSON: {schema, q, regroupings, seed, pages, false_pages, page_rate, limit, cells, "
        "better,\n"
        "worse, cell_rate, tested, alone_better, alone_worse, alone_rate, benchmarks: "
        "[{benchmark,\n"
        "cells, ..}], noises: [{tree, series, pairs, of_machine, tau, noise, margin}], releases: "
        "[{tree, release, pages, .., cells, ..}]}; rates are fractions,\n"
        "limit is q and two standard errors over as many releases.\n"
        "With --simulate: {schema, q, seed, tests, machines, worlds: [{world, boots, pages,\n"
        "real_pages, limit, rules: [{rule, explanation, false_pages, page_rate, cell_rate, "
        "better,\n"
        "worse, power, false_discovery}]}]}. Pages have 200 tests on 5 machines, sd .5 to 3 %,\n"
        "margin 2 %; beside every fourth one is another where 5 % of the cells lost 4 %, from\n"
        "which power (losses found) and false_discovery come.",
    .options = OPTIONS,
    .min_arguments = 0,
    .max_arguments = 0,
    .run = run,
};
