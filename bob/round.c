// A round of bob: what all of its commands share, and polling what is due.
#include "bob/round.h"

#include "bob/queue.h"
#include "common/cmd.h"
#include "common/error.h"
#include "common/progress.h"
#include "common/text.h"
#include "sql/queries.h"
#include "sql/transfer.h"

#include <string.h>

/* A daemon tries a remote that is gone again after this long. */
enum { RETRY_S = 300 };

/* Whether a sentence is to be said: always, and by a daemon once. */
static bool is_news(Round *round, const char *sentence)
{
    return round->said == NULL || g_hash_table_add(round->said, g_strdup(sentence));
}

bool round_open(Round **ret_round, GHashTable *said, GError **error)
{
    g_autoptr(Round) round = g_new0(Round, 1);
    round->said = said;
    if (!site_open(&round->site, "bob", "marvin_builder", error) ||
        !store_open(round->site->store, &round->store, error))
        return false;
    for (guint i = 0; i < round->site->complaints->len; i++) {
        const char *complaint = g_ptr_array_index(round->site->complaints, i);
        if (is_news(round, complaint))
            cmd_note("bob: %s", complaint);
    }
    round->troubles = round->site->complaints->len;
    *ret_round = g_steal_pointer(&round);
    return true;
}

void round_close(Round *round)
{
    if (round == NULL)
        return;
    g_clear_pointer(&round->store, store_close);
    g_clear_pointer(&round->site, site_close);
    g_free(round);
}

bool round_trouble(Round *round, const char *source, const char *sentence, bool once,
                   GError **error)
{
    Db *db = round->site->db;
    g_autoptr(Rows) known = NULL;
    if (once && !db_row(db, &QUERY_BOB_NOTICE_FIND, DB_PARAMS(DB_TEXT(source), DB_TEXT(sentence)),
                        &known, error))
        return false;
    if (once && rows_bool(known, 0, "is_known"))
        return true;
    round->troubles += !once;
    if (!is_news(round, sentence))
        return true;
    cmd_note("bob: %s: %s", source, sentence);
    return db_none(db, &QUERY_BOB_NOTICE_STORE, DB_PARAMS(DB_TEXT(source), DB_TEXT(sentence)),
                   error);
}

bool round_now(Round *round, gint64 *ret_now_s, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_row(round->site->db, &QUERY_BOB_NOW, DB_NO_PARAMS, &rows, error))
        return false;
    *ret_now_s = rows_int(rows, 0, "now_s");
    return true;
}

bool round_last(Round *round, const char *kind, const char *name, gint64 *ret_slot_s,
                gint64 *ret_at_s, bool *ret_failed, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(round->site->db, &QUERY_BOB_SCHEDULE_FIND, DB_PARAMS(DB_TEXT(kind), DB_TEXT(name)),
                 &rows, error))
        return false;
    bool is_there = rows_count(rows) == 1;
    bool is_served = is_there && !rows_is_null(rows, 0, "last_slot_s");
    *ret_slot_s = is_served ? rows_int(rows, 0, "last_slot_s") : SCHEDULE_NEVER;
    *ret_at_s = is_there ? rows_int(rows, 0, "last_s") : SCHEDULE_NEVER;
    *ret_failed = is_there && !rows_is_null(rows, 0, "last_error");
    return true;
}

bool round_served(Round *round, const char *kind, const char *name, const char *expression,
                  gint64 slot_s, const char *complaint, GError **error)
{
    return db_none(round->site->db, &QUERY_BOB_SCHEDULE_STORE,
                   DB_PARAMS(DB_TEXT(kind), DB_TEXT(name), DB_TEXT(expression),
                             complaint == NULL ? DB_INT(slot_s) : DB_NULL, DB_TEXT(complaint)),
                   error);
}

/* Tells of a cause that concerns one tree, and takes it; false when it concerns all. */
static bool tell_of_tree(Round *round, const char *name, GError *cause, GError **error)
{
    g_autofree char *source = g_strconcat("tree ", name, NULL);
    if (!g_error_matches(cause, MARVIN_ERROR, ERROR_INPUT) && cause->domain != G_FILE_ERROR) {
        g_propagate_error(error, cause);
        return false;
    }
    bool told = round_trouble(round, source, cause->message, false, error);
    g_error_free(cause);
    return told;
}

static bool tell_all(Round *round, const char *name, const GPtrArray *troubles, bool once,
                     GError **error)
{
    g_autofree char *source = g_strconcat("tree ", name, NULL);
    for (guint i = 0; i < troubles->len; i++) {
        if (!round_trouble(round, source, g_ptr_array_index(troubles, i), once, error))
            return false;
    }
    return true;
}

static void say_found(const Tree *tree, const Watch *watch)
{
    enum { NAMES_SHOWN = 8 };
    if (watch->found->len == 0)
        return;
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < MIN(watch->found->len, NAMES_SHOWN); i++)
        g_string_append_printf(names, " %s", (const char *)g_ptr_array_index(watch->found, i));
    cmd_note("%s: %u new release%s:%s%s", tree->name, watch->found->len,
             watch->found->len == 1 ? "" : "s", names->str,
             watch->found->len > NAMES_SHOWN ? " .." : "");
}

static bool on_fetch(const GitProgress *fetched, gpointer data)
{
    Progress *progress = data;
    g_autofree char *size = text_bytes((int64_t)fetched->bytes);
    progress_set_total(progress, fetched->n_objects);
    progress_set(progress, fetched->n_received, size);
    return !cmd_stop_requested();
}

bool round_poll(Round *round, Tree *tree, Watch *ret_watch, GError **error)
{
    g_autofree char *what = g_strdup_printf("%s: objects", tree->name);
    g_autoptr(Progress) progress = progress_new(stderr, what, 0);
    return tree_watch(round->site->db, tree, on_fetch, progress, ret_watch, error);
}

/* Polls one tree; what is wrong with it alone is told and noted with the schedule. */
static bool poll_tree(Round *round, Tree *tree, gint64 now_s, GError **error)
{
    const char *expression = section_text(tree->section, "schedule");
    gint64 slot_s = schedule_slot(&tree->schedule, now_s);
    g_auto(Watch) watch = {0};
    GError *cause = NULL;
    if (!round_poll(round, tree, &watch, &cause)) {
        g_autofree char *message = g_strdup(cause->message);
        return tell_of_tree(round, tree->name, cause, error) &&
               round_served(round, "tree", tree->name, expression, slot_s, message, error);
    }
    say_found(tree, &watch);
    return tell_all(round, tree->name, watch.troubles, true, error) &&
           round_served(round, "tree", tree->name, expression, slot_s, NULL, error);
}

static bool is_due(Round *round, const Tree *tree, gint64 now_s, bool *ret_due, GError **error)
{
    gint64 slot_s = 0, at_s = 0;
    bool failed = false;
    if (!round_last(round, "tree", tree->name, &slot_s, &at_s, &failed, error))
        return false;
    bool must_wait = round->said != NULL && failed && now_s < at_s + RETRY_S;
    *ret_due = !must_wait && schedule_is_due(&tree->schedule, slot_s, now_s);
    return true;
}

static bool queue_tree(Round *round, Tree *tree, GError **error)
{
    Db *db = round->site->db;
    QueueWish wish = {0};
    QueueCount count = {0};
    int anchors = 0;
    g_autoptr(GPtrArray) troubles = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(QueueTargets) targets = NULL;
    GError *cause = NULL;
    if (!tree_store(db, tree, &cause) ||
        !queue_targets_new(round->site, round->store, tree, &wish, &targets, troubles, &cause) ||
        !queue_releases(targets, db, &count, troubles, &cause) ||
        !queue_anchors(targets, db, &anchors, &cause)) {
        return tell_all(round, tree->name, troubles, false, error) &&
               tell_of_tree(round, tree->name, cause, error);
    }
    if (count.batteries + count.extended > 0)
        cmd_note("%s: queued %d batter%s and %d build%s", tree->name,
                 count.batteries + count.extended,
                 count.batteries + count.extended == 1 ? "y" : "ies", count.builds,
                 count.builds == 1 ? "" : "s");
    if (anchors > 0)
        cmd_note("%s: queued %d batter%s again: anchors of a machine that has changed", tree->name,
                 anchors, anchors == 1 ? "y" : "ies");
    return tell_all(round, tree->name, troubles, false, error);
}

static bool watch_section(Round *round, const Section *section, gint64 now_s, bool regardless,
                          GError **error)
{
    g_autoptr(Tree) tree = NULL;
    GError *cause = NULL;
    bool due = regardless;
    if (!tree_read(round->site, section, &tree, &cause))
        return tell_of_tree(round, section_name(section), cause, error);
    if (!due && !is_due(round, tree, now_s, &due, error))
        return false;
    if (due && !poll_tree(round, tree, now_s, error))
        return false;
    return queue_tree(round, tree, error);
}

/* Who watches has the store that others send to. */
static bool set_home(Round *round, GError **error)
{
    bool changed = false;
    guint64 limit_bytes = (guint64)section_int(round->site->marvin, "transfers");
    if (!transfer_set_home(round->site->db, round->store, limit_bytes, &changed, error))
        return false;
    if (!changed)
        return true;
    g_autofree char *sentence = g_strdup_printf(
        "what builders make is kept in %s from now on, which is another folder than before: all "
        "bobs that watch for one database use one store, see the setting `store`",
        store_dir(round->store));
    return round_trouble(round, "store", sentence, false, error);
}

static void say_refused(const char *hash, const char *why, gpointer data)
{
    (void)data;
    cmd_note("bob: %.12s: %s", hash, why);
}

bool round_take(Round *round, GError **error)
{
    guint taken = 0;
    bool is_home = false;
    GError *cause = NULL;
    if (!transfer_is_home(round->site->db, round->store, &is_home, error))
        return false;
    if (!is_home)
        return true;
    if (!transfer_take(round->site->db, round->store, say_refused, NULL, &taken, &cause)) {
        if (!g_error_matches(cause, MARVIN_ERROR, ERROR_INPUT)) {
            g_propagate_error(error, cause);
            return false;
        }
        bool told = round_trouble(round, "store", cause->message, false, error);
        g_error_free(cause);
        return told;
    }
    if (taken > 0)
        cmd_note("bob: %u object%s of other builders came into the store", taken,
                 taken == 1 ? "" : "s");
    return true;
}

/* Keeps what functions of the schema go by, where that is other. */
static bool store_settings(Round *round, GError **error)
{
    g_autofree char *value =
        g_strdup_printf("%.0f", section_real(round->site->marvin, "longest-wait"));
    return db_none(round->site->db, &QUERY_BOB_SETTING_STORE,
                   DB_PARAMS(DB_TEXT("longest-wait"), DB_TEXT(value)), error);
}

bool round_watch(Round *round, const char *only, bool regardless, GError **error)
{
    const Section *section = NULL;
    gint64 now_s = 0;
    if (!set_home(round, error) || !store_settings(round, error) || !round_take(round, error) ||
        !round_now(round, &now_s, error))
        return false;
    if (only != NULL)
        return tree_section_get(round->site, only, &section, error) &&
               watch_section(round, section, now_s, regardless, error);
    for (int i = 0; (section = settings_at(round->site->settings, "tree", i)) != NULL; i++) {
        if (cmd_stop_requested())
            return error_set(error, ERROR_INTERRUPTED, "stopped; start it again to go on");
        if (!watch_section(round, section, now_s, regardless, error))
            return false;
    }
    return true;
}

bool round_tell_unclaimable(Round *round, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(round->site->db, &QUERY_BOB_BUILD_UNCLAIMABLE, DB_NO_PARAMS, &rows, error))
        return false;
    for (int i = 0; i < rows_count(rows); i++) {
        const char *toolchain = rows_text(rows, i, "toolchain");
        g_autofree char *sentence = g_strdup_printf(
            "builds wait for a builder with %s%s%s on %s: start `bob builder` where that is on "
            "PATH",
            *toolchain ? "the toolchain '" : "any toolchain", toolchain, *toolchain ? "'" : "",
            rows_text(rows, i, "arch"));
        if (!round_trouble(round, "queue", sentence, true, error))
            return false;
    }
    return true;
}

bool round_conclude(const Round *round, GError **error)
{
    if (round->troubles == 0)
        return true;
    return error_set(error, ERROR_INPUT, "%u trouble%s above; all else was done", round->troubles,
                     round->troubles == 1 ? "" : "s");
}
