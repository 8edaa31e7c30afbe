// bob queue: have one subject tested, a release or any commit.
#include "bob/commands.h"
#include "bob/deb.h"
#include "bob/queue.h"
#include "bob/round.h"
#include "common/error.h"
#include "common/suggest.h"
#include "sql/queries.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What is asked for. Cleared with wanted_clear(). */
typedef struct {
    Tree *tree;
    GitMirror *mirror;
    char *spec; // as it was written, without the tree
    char *commit; // full hash
    char *name; // what it goes by: the release, else the commit's first digits
    char *version; // whose distro and toolchain hold
    gint64 subject_id;
} Wanted;

static void wanted_clear(Wanted *wanted)
{
    g_clear_pointer(&wanted->tree, tree_free);
    g_clear_pointer(&wanted->mirror, git_mirror_close);
    g_free(wanted->spec);
    g_free(wanted->commit);
    g_free(wanted->name);
    g_free(wanted->version);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wanted, wanted_clear)

/* Whether a release of that name was found in the tree once. */
static bool has_release(const Site *site, const Tree *tree, const char *name)
{
    g_autoptr(Rows) rows = NULL;
    return db_rows(site->db, &QUERY_BOB_RELEASE_FIND, DB_PARAMS(DB_TEXT(name), DB_TEXT(tree->name)),
                   &rows, NULL) &&
           rows_count(rows) > 0;
}

/* Whether the subject is here without a poll: in the mirror as it is, or a release, whatever became
 * of its tag. */
static bool has_subject(const Site *site, const Section *section, const char *spec)
{
    g_autoptr(Tree) tree = NULL;
    g_autoptr(GitMirror) mirror = NULL;
    g_autofree char *commit = NULL;
    if (!tree_read(site, section, &tree, NULL))
        return false;
    if (tree->is_deb)
        return has_release(site, tree, spec);
    return g_file_test(tree->mirror, G_FILE_TEST_IS_DIR) &&
           git_mirror_open(tree->mirror, &mirror, NULL) &&
           (git_mirror_resolve(mirror, spec, &commit, NULL) || has_release(site, tree, spec));
}

/* The tree of a subject that names none: the only one, or the only one that has it. */
static bool find_section(const Site *site, const char *spec, const Section **ret_section,
                         GError **error)
{
    const Section *only = settings_at(site->settings, "tree", 0), *found = NULL, *section = NULL;
    if (only != NULL && settings_at(site->settings, "tree", 1) == NULL) {
        *ret_section = only;
        return true;
    }
    for (int i = 0; (section = settings_at(site->settings, "tree", i)) != NULL; i++) {
        if (!has_subject(site, section, spec))
            continue;
        if (found != NULL)
            return error_set(error, ERROR_INPUT,
                             "'%s' is in the trees %s and %s: write %s:%s or %s:%s", spec,
                             section_name(found), section_name(section), section_name(found), spec,
                             section_name(section), spec);
        found = section;
    }
    if (found == NULL)
        return error_set(error, ERROR_INPUT,
                         "no tree has '%s': write TREE:%s, which fetches the tree too", spec, spec);
    *ret_section = found;
    return true;
}

static bool choose_tree(const Site *site, const char *argument, Wanted *wanted, GError **error)
{
    const char *colon = strchr(argument, ':');
    const Section *section = NULL;
    wanted->spec = g_strdup(colon != NULL ? colon + 1 : argument);
    g_autofree char *name = colon != NULL ? g_strndup(argument, (size_t)(colon - argument)) : NULL;
    bool found = name != NULL ? tree_section_get(site, name, &section, error)
                              : find_section(site, wanted->spec, &section, error);
    return found && tree_read(site, section, &wanted->tree, error);
}

/* Opens the mirror, fetching once when what is asked for is not here. */
static bool open_mirror(Round *round, Wanted *wanted, GError **error)
{
    Db *db = round->site->db;
    Tree *tree = wanted->tree;
    if (has_subject(round->site, tree->section, wanted->spec)) {
        if (!tree_store(db, tree, error))
            return false;
    } else {
        g_auto(Watch) watch = {0};
        if (!round_poll(round, tree, &watch, error))
            return false;
    }
    return git_mirror_open(tree->mirror, &wanted->mirror, error);
}

/* The release as it was found. rows: of QUERY_BOB_RELEASE_FIND, one at least. */
static void take_release(Wanted *wanted, const Rows *rows)
{
    wanted->commit = g_strdup(rows_text(rows, 0, "revision"));
    wanted->name = g_strdup(rows_text(rows, 0, "name"));
    wanted->version = g_strdup(wanted->name);
    wanted->subject_id = rows_int(rows, 0, "subject_id");
}

/* A version of a package becomes a release, a pre-release too, after one poll if need be. */
static bool want_package(Round *round, Wanted *wanted, GError **error)
{
    Tree *tree = wanted->tree;
    Db *db = round->site->db;
    g_auto(Watch) watch = {0};
    g_autoptr(Rows) rows = NULL;
    if (!tree_store(db, tree, error))
        return false;
    if (!has_release(round->site, tree, wanted->spec) &&
        (!round_poll(round, tree, &watch, error) ||
         (!has_release(round->site, tree, wanted->spec) &&
          !deb_release_want(db, tree, wanted->spec, error))))
        return false;
    if (!db_row(db, &QUERY_BOB_RELEASE_FIND, DB_PARAMS(DB_TEXT(wanted->spec), DB_TEXT(tree->name)),
                &rows, error))
        return false;
    take_release(wanted, rows);
    return true;
}

static const GitTag *tag_find(const GPtrArray *tags, const char *name)
{
    for (guint i = 0; i < tags->len; i++) {
        const GitTag *tag = g_ptr_array_index(tags, i);
        if (strcmp(tag->name, name) == 0)
            return tag;
    }
    return NULL;
}

/* A tag becomes a release, a pre-release too: it was asked for. One that is known stays as it is.
 */
static bool store_release(Round *round, Wanted *wanted, const GitTag *tag, GError **error)
{
    Db *db = round->site->db;
    const char *what = NULL;
    g_autofree char *why = release_name_complaint(tag->name);
    g_autoptr(Rows) rows = NULL;
    if (why != NULL)
        return error_set(error, ERROR_INPUT,
                         "the tag '%s' cannot be a release: %s; name its commit instead", tag->name,
                         why);
    if (!release_store(db, wanted->tree, wanted->mirror, tag, &what, error) ||
        !db_row(db, &QUERY_BOB_RELEASE_FIND,
                DB_PARAMS(DB_TEXT(tag->name), DB_TEXT(wanted->tree->name)), &rows, error))
        return false;
    if (strcmp(what, "moved") == 0)
        cmd_note("the tag %s has moved to %.12s; the release is %.12s, as it was found", tag->name,
                 tag->commit, rows_text(rows, 0, "revision"));
    take_release(wanted, rows);
    return true;
}

/* A release stays though its tag is gone. *ret_found: there is one. */
static bool find_release(Round *round, Wanted *wanted, bool *ret_found, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(round->site->db, &QUERY_BOB_RELEASE_FIND,
                 DB_PARAMS(DB_TEXT(wanted->spec), DB_TEXT(wanted->tree->name)), &rows, error))
        return false;
    *ret_found = rows_count(rows) > 0;
    if (!*ret_found)
        return true;
    take_release(wanted, rows);
    cmd_note("the tree %s has no tag %s any more; the release is %.12s, as it was found",
             wanted->tree->name, wanted->name, wanted->commit);
    return true;
}

static bool store_commit(Round *round, Wanted *wanted, GError **error)
{
    Db *db = round->site->db;
    g_autoptr(GitCommit) commit = NULL;
    g_autoptr(Rows) rows = NULL;
    if (!subject_store(db, wanted->tree, wanted->mirror, wanted->commit, &wanted->subject_id,
                       error) ||
        !git_mirror_commit(wanted->mirror, wanted->commit, &commit, error) ||
        !db_rows(db, &QUERY_BOB_RELEASE_BEFORE,
                 DB_PARAMS(DB_INT(wanted->tree->id), DB_INT(commit->commit_s)), &rows, error))
        return false;
    wanted->name = g_strndup(wanted->commit, 12);
    wanted->version = g_strdup(rows_count(rows) > 0 ? rows_text(rows, 0, "name") : wanted->name);
    return true;
}

/* Resolves what is asked for and keeps it as a subject. */
static bool find_subject(Round *round, Wanted *wanted, GError **error)
{
    g_autoptr(GPtrArray) tags = NULL;
    if (wanted->tree->is_deb)
        return want_package(round, wanted, error);
    bool found = false;
    if (!open_mirror(round, wanted, error) || !git_mirror_tags(wanted->mirror, &tags, NULL, error))
        return false;
    const GitTag *tag = tag_find(tags, wanted->spec);
    if (tag != NULL)
        return store_release(round, wanted, tag, error);
    if (!find_release(round, wanted, &found, error) || found)
        return found;
    return git_mirror_resolve(wanted->mirror, wanted->spec, &wanted->commit, error) &&
           store_commit(round, wanted, error);
}

/* Another subject of the same files stands for what is asked for: its boots are not those of the
 * commit. Where the version and the name come from stays. */
static bool relayout(Round *round, Wanted *wanted, GError **error)
{
    char *twin = NULL;
    if (wanted->tree->is_deb)
        return error_set(error, ERROR_INPUT,
                         "a package is built already: --other-layout needs a tree of commits");
    if (!git_mirror_relayout(wanted->mirror, wanted->commit, &twin, error))
        return false;
    g_free(wanted->commit);
    wanted->commit = twin;
    return subject_store(round->site->db, wanted->tree, wanted->mirror, wanted->commit,
                         &wanted->subject_id, error);
}

/* Names of sections that the user wrote: an unknown one is the user's error. */
static bool check_names(const Site *site, const char *kind, const char *const *names,
                        GError **error)
{
    for (const char *const *name = names; *name != NULL; name++) {
        if (settings_find(site->settings, kind, *name) != NULL)
            continue;
        g_autoptr(GPtrArray) known = g_ptr_array_new();
        const Section *section = NULL;
        for (int i = 0; (section = settings_at(site->settings, kind, i)) != NULL; i++)
            g_ptr_array_add(known, (gpointer)(guintptr)section_name(section));
        g_autofree char *hint =
            suggest_format(*name, (const char *const *)known->pdata, (int)known->len);
        return error_set(error, ERROR_INPUT, "there is no %s '%s' in %s%s", kind, *name,
                         site->config, hint);
    }
    return true;
}

static bool check_targets(const Wanted *wanted, const QueueWish *wish, GError **error)
{
    const Section *section = wanted->tree->section;
    const char *const *machines =
        wish->machines ? wish->machines : section_words(section, "machines");
    const char *const *plans = wish->plans ? wish->plans : section_words(section, "plans");
    if (*machines == NULL || (*plans == NULL && wish->work == NULL))
        return error_set(
            error, ERROR_INPUT, "%s: the tree %s has no %s: write them there, or give --%s",
            section_origin(section, NULL), wanted->tree->name,
            *machines == NULL ? "machines" : "plans", *machines == NULL ? "machine" : "plan");
    return true;
}

/* A battery that has ended without a number is known, and nothing will come of it: why, and what to
 * type. */
static void print_ended(const Wanted *wanted, const Rows *batteries)
{
    for (int i = 0; i < rows_count(batteries); i++) {
        const char *reason = rows_text(batteries, i, "reason");
        if (rows_text(batteries, i, "jobs") == NULL)
            continue;
        printf("%s:%s on %s, plan %s: %s%s%s; `marvin queue retry %s` has it tried again\n",
               wanted->tree->name, wanted->name, rows_text(batteries, i, "machine"),
               rows_text(batteries, i, "plan"), rows_text(batteries, i, "state"),
               reason != NULL ? ": " : "", reason != NULL ? reason : "",
               rows_text(batteries, i, "jobs"));
    }
}

/* One subject and its batteries, a line for people. */
static void print_text(const Wanted *wanted, const QueueCount *count, const Rows *batteries)
{
    g_autofree char *again =
        count->again > 0 ? g_strdup_printf("%d queued again, ", count->again) : g_strdup("");
    printf("%s:%s %.12s: %d new, %d extended, %s%d known batter%s\n", wanted->tree->name,
           wanted->name, wanted->commit, count->batteries, count->extended, again, count->known,
           count->batteries + count->extended + count->again + count->known == 1 ? "y" : "ies");
    print_ended(wanted, batteries);
}

static void print_json(const Wanted *wanted, const Rows *batteries)
{
    json_t *list = json_array();
    for (int i = 0; i < rows_count(batteries); i++)
        json_array_append_new(list, json_pack("{s:I, s:s, s:s, s:I, s:s, s:s?, s:s?}", "battery",
                                              (json_int_t)rows_int(batteries, i, "id"), "machine",
                                              rows_text(batteries, i, "machine"), "plan",
                                              rows_text(batteries, i, "plan"), "boots",
                                              (json_int_t)rows_int(batteries, i, "boots"), "state",
                                              rows_text(batteries, i, "state"), "build_state",
                                              rows_text(batteries, i, "build_state"), "reason",
                                              rows_text(batteries, i, "reason")));
    json_t *all = json_pack("{s:s, s:s, s:s, s:I, s:o}", "tree", wanted->tree->name, "subject",
                            wanted->name, "commit", wanted->commit, "subject_id",
                            (json_int_t)wanted->subject_id, "batteries", list);
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
}

static bool queue(Round *round, Wanted *wanted, const QueueWish *wish, bool as_json, GError **error)
{
    Db *db = round->site->db;
    QueueCount count = {0};
    g_autoptr(GPtrArray) troubles = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(QueueTargets) targets = NULL;
    g_autoptr(Rows) batteries = NULL;
    if (!queue_targets_new(round->site, round->store, wanted->tree, wish, &targets, troubles,
                           error) ||
        !queue_subject(targets, db, wanted->subject_id, wanted->version, wish->priority, &count,
                       troubles, error) ||
        !queue_batteries(targets, db, wanted->subject_id, &batteries, error))
        return false;
    for (guint i = 0; i < troubles->len; i++)
        cmd_note("bob: %s", (const char *)g_ptr_array_index(troubles, i));
    round->troubles += troubles->len;
    if (as_json)
        print_json(wanted, batteries);
    else
        print_text(wanted, &count, batteries);
    return round_conclude(round, error);
}

static bool read_priority(const Invocation *invocation, int *ret_priority, GError **error)
{
    static const struct {
        const char *name;
        int priority;
    } WORDS[] = {{"urgent", PRIORITY_URGENT},
                 {"bisect", PRIORITY_BISECT},
                 {"normal", PRIORITY_NORMAL},
                 {"backfill", PRIORITY_BACKFILL}};
    const char *word = cmd_text(invocation, "priority");
    *ret_priority = PRIORITY_NORMAL;
    if (cmd_flag(invocation, "urgent") && g_strcmp0(word, "urgent") != 0 && word != NULL)
        return error_set(error, ERROR_USAGE,
                         "--urgent is --priority urgent: give it or --priority %s, not both", word);
    if (cmd_flag(invocation, "urgent"))
        word = "urgent";
    for (size_t i = 0; word != NULL && i < G_N_ELEMENTS(WORDS); i++) {
        if (strcmp(word, WORDS[i].name) == 0) {
            *ret_priority = WORDS[i].priority;
            return true;
        }
    }
    return word == NULL ||
           error_set(error, ERROR_USAGE,
                     "--priority %s: expected urgent, bisect, normal or backfill", word);
}

static bool read_count(const Invocation *invocation, const char *option, int preset, int *ret_count,
                       GError **error)
{
    double count = preset;
    if (!cmd_number(invocation, option, SETTING_INT, &count, error))
        return false;
    if (!(count >= 1 && count <= 10000))
        return error_set(error, ERROR_USAGE, "--%s: expected 1 to 10000", option);
    *ret_count = (int)count;
    return true;
}

/* Benchmarks that are named one by one are a plan of their own, apart from those of the settings:
 * what people ask for by hand must not add boots to a battery that a page shows. */
static bool read_work(const Invocation *invocation, PlanTerms *ret_work, GError **error)
{
    *ret_work = (PlanTerms){.name = "by hand",
                            .realm = "by hand",
                            .origin = "--benchmark",
                            .benchmarks = cmd_texts(invocation, "benchmark"),
                            .interleave = true,
                            .margin = NAN,
                            .margin_icount = NAN};
    if (*ret_work->benchmarks != NULL && *cmd_texts(invocation, "plan") != NULL)
        return error_set(error, ERROR_USAGE, "give --plan or --benchmark, not both");
    if (*ret_work->benchmarks == NULL &&
        (cmd_text(invocation, "boots") != NULL || cmd_text(invocation, "iterations") != NULL))
        return error_set(error, ERROR_USAGE,
                         "--boots and --iterations belong to --benchmark; a plan has its own");
    return read_count(invocation, "boots", 5, &ret_work->boots, error) &&
           read_count(invocation, "iterations", 3, &ret_work->iterations, error);
}

static bool run(const Invocation *invocation, GError **error)
{
    const char *const *plans = cmd_texts(invocation, "plan");
    const char *const *machines = cmd_texts(invocation, "machine");
    g_autofree char *asked_by = g_strdup_printf("bob queue by %s", g_get_user_name());
    PlanTerms work = {0};
    QueueWish wish = {.machines = *machines != NULL ? machines : NULL,
                      .plans = *plans != NULL ? plans : NULL,
                      .asked_by = asked_by};
    if (!read_priority(invocation, &wish.priority, error) || !read_work(invocation, &work, error))
        return false;
    wish.work = *work.benchmarks != NULL ? &work : NULL;
    wish.other_layout = cmd_flag(invocation, "other-layout");
    g_autoptr(Round) round = NULL;
    g_auto(Wanted) wanted = {0};
    if (!round_open(&round, NULL, error))
        return false;
    round->troubles = 0; // what is wrong elsewhere in the settings was said, and is not ours
    return check_names(round->site, "plan", plans, error) &&
           check_names(round->site, "machine", machines, error) &&
           choose_tree(round->site, cmd_arguments(invocation)[0], &wanted, error) &&
           check_targets(&wanted, &wish, error) && find_subject(round, &wanted, error) &&
           (!wish.other_layout || relayout(round, &wanted, error)) &&
           queue(round, &wanted, &wish, cmd_flag(invocation, "json"), error);
}

static const CommandOption OPTIONS[] = {
    {.name = "urgent", .kind = OPTION_FLAG, .help = "before all else that is queued"},
    {.name = "plan",
     .kind = OPTION_VALUE,
     .value = "P",
     .help = "this plan instead of the tree's; may be repeated"},
    {.name = "machine",
     .kind = OPTION_VALUE,
     .value = "M",
     .help = "on this machine instead of the tree's; may be repeated"},
    {.name = "benchmark",
     .kind = OPTION_VALUE,
     .value = "B",
     .help = "this benchmark, NAME or NAME/k=v, instead of a plan; may be repeated"},
    {.name = "boots",
     .kind = OPTION_VALUE,
     .value = "N",
     .help = "of --benchmark: boots in all; preset: 5"},
    {.name = "iterations", .kind = OPTION_VALUE, .value = "N", .help = "of --benchmark; preset: 3"},
    {.name = "priority",
     .kind = OPTION_VALUE,
     .value = "P",
     .help = "urgent, bisect, normal or backfill; preset: normal"},
    {.name = "other-layout",
     .kind = OPTION_FLAG,
     .help =
         "built with another layout of the code (MARVIN_LAYOUT=other), as a subject of its own"},
    {.name = "json", .kind = OPTION_FLAG, .help = "what was queued, for scripts"},
    {0}};

const Command CMD_QUEUE = {
    .name = "queue",
    .arguments = "[TREE:]SUBJECT",
    .summary = "have a release or any commit built and tested",
    .help =
        "SUBJECT is what git takes for a commit: a tag, a branch, a hash; of a tree of packages "
        "a version. A tag counts as a "
        "release from then on, a pre-release such as v6.1-rc1 too. A subject that the mirror "
        "does not have is fetched first. What is queued already stays queued once; --urgent "
        "raises it. What was cancelled is queued again; what failed is named, with the `marvin "
        "queue retry` that tries it again.",
    .options = OPTIONS,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
