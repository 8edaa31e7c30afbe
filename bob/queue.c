// Queueing: builds and batteries of a tree's releases, each once.
#include "bob/queue.h"

#include "bob/queue_targets.h"
#include "bob/toolchain.h"
#include "sql/queries.h"

#include <string.h>

/* One subject on its way into the queue. */
typedef struct {
    gint64 id;
    const char *name;
    int priority;
    const char *toolchain;
    const char *recipe_hash;
    int distro_id;
    gint64 build_id; // of its build job; 0: not asked for yet
    int rank; // of its boots before others of the same priority
} Subject;

/* Subjects that share a transaction: a commit is what takes the time. */
enum { BATCH_SUBJECTS = 100 };
enum { RANK_STEP = 1000 }; // more than the boots of a plan, which rank by their number
enum { TURN_RELEASES = 8 }; // enough to tell a bad hour from a bad release, few enough to end soon

/* Before the first change: what is known already begins no transaction. */
static bool batch_begin(QueueTargets *targets, Db *db, GError **error)
{
    if (!targets->is_open && !db_begin(db, error))
        return false;
    targets->is_open = true;
    return true;
}

static bool batch_end(QueueTargets *targets, Db *db, bool good, GError **error)
{
    bool was_open = targets->is_open;
    targets->is_open = false;
    targets->n_batched = 0;
    return (!was_open || db_end(db, good, good ? error : NULL)) && good;
}

/* Where asking for the build would change nothing; only builds that were loaded are known. */
static bool is_build_known(const QueueTargets *targets, const Subject *subject, const char *arch)
{
    g_autofree char *key = build_key(subject->id, subject->recipe_hash, subject->toolchain, arch);
    const KnownBuild *known = g_hash_table_lookup(targets->builds, key);
    return known != NULL && !known->is_gone && known->waits_at <= subject->priority;
}

static bool need_build(QueueTargets *targets, Db *db, Subject *subject, QueueCount *count,
                       GError **error)
{
    if (subject->build_id != 0)
        return true;
    g_autofree char *other_arch = toolchain_find_arch(subject->toolchain);
    const char *arch = other_arch != NULL ? other_arch : targets->arch;
    g_autoptr(Rows) rows = NULL;
    if (is_build_known(targets, subject, arch))
        return true;
    if (!batch_begin(targets, db, error) ||
        !db_row(db, &QUERY_BOB_QUEUE_BUILD,
                DB_PARAMS(DB_INT(subject->id), DB_TEXT(targets->tree->hash),
                          DB_TEXT(subject->recipe_hash), DB_TEXT(subject->toolchain), DB_TEXT(arch),
                          DB_INT(subject->priority)),
                &rows, error))
        return false;
    subject->build_id = rows_int(rows, 0, "job_id");
    count->builds++;
    return true;
}

static bool revive(QueueTargets *targets, Db *db, Subject *subject, const KnownBattery *known,
                   QueueCount *count, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!need_build(targets, db, subject, count, error) ||
        !db_row(db, &QUERY_BOB_BATTERY_REBUILD,
                DB_PARAMS(DB_INT(known->id), DB_INT(subject->build_id)), &rows, error))
        return false;
    count->extended += rows_bool(rows, 0, "changed");
    return true;
}

static bool queue_battery(QueueTargets *targets, Db *db, Subject *subject, int machine_id,
                          const Plan *plan, QueueCount *count, GError **error)
{
    const char *asked_by = targets->wish.asked_by ? targets->wish.asked_by : "bob";
    g_autoptr(Rows) rows = NULL;
    if (!need_build(targets, db, subject, count, error) ||
        !db_row(db, &QUERY_BOB_QUEUE_BATTERY,
                DB_PARAMS(DB_INT(subject->id), DB_INT(machine_id), DB_INT(subject->distro_id),
                          DB_TEXT(plan_name(plan)), DB_TEXT(plan_key(plan)),
                          DB_TEXT(plan_hash(plan)), DB_INT(plan_boots(plan)),
                          DB_INT(subject->priority), DB_TEXT(asked_by), DB_INT(subject->build_id)),
                &rows, error))
        return false;
    const char *what = rows_text(rows, 0, "what");
    if (subject->rank > 0 && strcmp(what, "new") == 0 &&
        !db_none(db, &QUERY_BOB_BATTERY_RANK,
                 DB_PARAMS(DB_INT(rows_int(rows, 0, "battery_id")), DB_INT(subject->rank)), error))
        return false;
    count->batteries += strcmp(what, "new") == 0;
    count->extended += strcmp(what, "more") == 0;
    count->known += strcmp(what, "known") == 0;
    return true;
}

/* A known battery is asked for by its name, so what was cancelled of it is wanted after all. A
 * bisection asks for boots to come only: it has seen that the others were cancelled. */
static bool want_known(QueueTargets *targets, Db *db, const Subject *subject,
                       const KnownBattery *known, bool *ret_again, GError **error)
{
    bool is_by_people = subject->priority != PRIORITY_BISECT;
    g_autoptr(Rows) rows = NULL;
    if (!batch_begin(targets, db, error) ||
        !db_row(db, &QUERY_BOB_BATTERY_WANT,
                DB_PARAMS(DB_INT(known->id), DB_INT(subject->priority), DB_BOOL(is_by_people)),
                &rows, error))
        return false;
    *ret_again = rows_bool(rows, 0, "changed");
    return true;
}

/* Asks for a battery unless it is there with all it needs. */
static bool want_battery(QueueTargets *targets, Db *db, Subject *subject, int machine_id,
                         const Plan *plan, QueueCount *count, GError **error)
{
    g_autofree char *key = battery_key(subject->id, machine_id, subject->distro_id, plan_key(plan));
    const KnownBattery *known = g_hash_table_lookup(targets->known, key);
    bool is_by_name = targets->wish.priority != 0, again = false;
    if (known == NULL)
        return queue_battery(targets, db, subject, machine_id, plan, count, error);
    if ((known->has_failed_build || (is_by_name && known->has_cancelled_build)) &&
        g_strcmp0(known->recipe_hash, subject->recipe_hash) != 0)
        return revive(targets, db, subject, known, count, error);
    if (is_by_name && !want_known(targets, db, subject, known, &again, error))
        return false;
    if (known->boots < plan_boots(plan) && (is_by_name || !known->is_cancelled))
        return queue_battery(targets, db, subject, machine_id, plan, count, error);
    count->again += again;
    count->known += !again;
    return true;
}

static bool want_all(QueueTargets *targets, Db *db, Subject *subject, QueueCount *count,
                     GError **error)
{
    if (targets->machines->len == 0 || targets->plans->len == 0)
        return need_build(targets, db, subject, count, error);
    for (guint m = 0; m < targets->machines->len; m++) {
        const TargetMachine *machine = &g_array_index(targets->machines, TargetMachine, m);
        for (guint p = 0; p < targets->plans->len; p++) {
            if (!want_battery(targets, db, subject, machine->id,
                              g_ptr_array_index(targets->plans, p), count, error))
                return false;
        }
    }
    return true;
}

/* One subject within the open batch, which it ends when that is full. */
static bool add_subject(QueueTargets *targets, Db *db, Subject *subject, QueueCount *count,
                        GPtrArray *troubles, GError **error)
{
    g_autoptr(GArray) distros = g_array_new(FALSE, FALSE, sizeof(TargetDistro));
    subject->toolchain = target_toolchain(targets, subject->name, troubles);
    if (subject->toolchain == NULL)
        return true;
    if (!target_distros(targets, db, subject->name, distros, troubles, error))
        return false;
    for (guint i = 0; i < distros->len; i++) {
        const TargetDistro *distro = &g_array_index(distros, TargetDistro, i);
        const char *last = subject->recipe_hash;
        subject->distro_id = distro->id;
        if (!target_recipe(targets, db, subject->name, distro->name, &subject->recipe_hash,
                           troubles, error))
            return false;
        if (g_strcmp0(last, subject->recipe_hash) != 0)
            subject->build_id = 0; // the distro's kernels are configured in another way
        if (subject->recipe_hash != NULL && !want_all(targets, db, subject, count, error))
            return false;
    }
    targets->n_batched += targets->is_open;
    return targets->n_batched < BATCH_SUBJECTS || batch_end(targets, db, true, error);
}

bool queue_subject(QueueTargets *targets, Db *db, gint64 subject_id, const char *name, int priority,
                   QueueCount *count, GPtrArray *troubles, GError **error)
{
    Subject subject = {.id = subject_id, .name = name, .priority = priority};
    if (!targets_load_known(targets, db, error))
        return false;
    bool good = add_subject(targets, db, &subject, count, troubles, error);
    return batch_end(targets, db, good, error);
}

bool queue_batteries(const QueueTargets *targets, Db *db, gint64 subject_id, Rows **ret_rows,
                     GError **error)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    g_autoptr(GArray) machines = g_array_new(FALSE, FALSE, sizeof(gint64));
    for (guint p = 0; p < targets->plans->len; p++)
        g_ptr_array_add(keys, (gpointer)(guintptr)plan_key(g_ptr_array_index(targets->plans, p)));
    g_ptr_array_add(keys, NULL);
    for (guint m = 0; m < targets->machines->len; m++) {
        gint64 id = g_array_index(targets->machines, TargetMachine, m).id;
        g_array_append_val(machines, id);
    }
    return db_rows(db, &QUERY_BOB_BATTERY_FIND,
                   DB_PARAMS(DB_INT(subject_id), DB_INTS((gint64 *)machines->data, machines->len),
                             DB_TEXTS((const char *const *)keys->pdata)),
                   ret_rows, error);
}

/* Old releases, the newest and the oldest first, for what is between them says less. The boots of
 * TURN_RELEASES take turns, so that a bad hour of the machine falls on none of them alone; the next
 * ones begin behind their last boot. past: of int, rows in version order. */
static bool add_past(QueueTargets *targets, Db *db, const Rows *rows, const GArray *past,
                     QueueCount *count, GPtrArray *troubles, GError **error)
{
    for (guint n = 0; n < past->len; n++) {
        guint at = n % 2 == 0 ? past->len - 1 - n / 2 : n / 2;
        int i = g_array_index(past, int, at);
        Subject subject = {.id = rows_int(rows, i, "subject_id"),
                           .name = rows_text(rows, i, "name"),
                           .priority = PRIORITY_BACKFILL,
                           .rank = (int)(n / TURN_RELEASES) * RANK_STEP};
        if (!add_subject(targets, db, &subject, count, troubles, error))
            return false;
    }
    return true;
}

static bool add_releases(QueueTargets *targets, Db *db, const Rows *rows, QueueCount *count,
                         GPtrArray *troubles, GError **error)
{
    g_autoptr(GArray) past = g_array_new(FALSE, FALSE, sizeof(int));
    for (int i = 0; i < rows_count(rows); i++) {
        const char *name = rows_text(rows, i, "name");
        if (policy_judge(&targets->tree->policy, name) != TAG_ADMITTED)
            continue;
        // A release that came after the first batteries is news; all else fills up the past.
        bool is_news = rows_bool(rows, i, "late") && !rows_bool(rows, i, "has_battery");
        Subject subject = {
            .id = rows_int(rows, i, "subject_id"), .name = name, .priority = PRIORITY_NORMAL};
        if (!is_news)
            g_array_append_val(past, i);
        else if (!add_subject(targets, db, &subject, count, troubles, error))
            return false;
    }
    return add_past(targets, db, rows, past, count, troubles, error);
}

bool queue_releases(QueueTargets *targets, Db *db, QueueCount *count, GPtrArray *troubles,
                    GError **error)
{
    g_autofree char *digest = troubles->len == 0 ? targets_digest(targets) : NULL;
    g_autoptr(Rows) rows = NULL;
    if (digest != NULL && g_strcmp0(digest, targets->tree->queued) == 0)
        return true; // all of it was gone through before
    if (!targets_load_known(targets, db, error) ||
        !db_rows(db, &QUERY_BOB_RELEASE_LIST, DB_PARAMS(DB_INT(targets->tree->id)), &rows, error))
        return false;
    bool good = add_releases(targets, db, rows, count, troubles, error);
    if (!batch_end(targets, db, good, error))
        return false;
    return digest == NULL || troubles->len > 0 || tree_note(db, targets->tree, NULL, digest, error);
}

bool queue_anchors(const QueueTargets *targets, Db *db, int *ret_made, GError **error)
{
    guint n_machines = targets->machines->len, n_plans = targets->plans->len;
    g_autofree gint64 *machines = g_new(gint64, n_machines + 1);
    g_autofree gint64 *boots = g_new(gint64, n_plans + 1);
    g_autofree const char **keys = g_new0(const char *, n_plans + 1);
    g_autofree const char **hashes = g_new0(const char *, n_plans + 1);
    g_autoptr(Rows) rows = NULL;
    *ret_made = 0;
    if (n_machines == 0 || n_plans == 0)
        return true;
    for (guint m = 0; m < n_machines; m++)
        machines[m] = g_array_index(targets->machines, TargetMachine, m).id;
    for (guint p = 0; p < n_plans; p++) {
        const Plan *plan = g_ptr_array_index(targets->plans, p);
        keys[p] = plan_key(plan);
        hashes[p] = plan_hash(plan);
        boots[p] = plan_boots(plan);
    }
    if (!db_row(db, &QUERY_BOB_QUEUE_ANCHORS,
                DB_PARAMS(DB_INT(targets->tree->id), DB_INTS(machines, n_machines), DB_TEXTS(keys),
                          DB_TEXTS(hashes), DB_INTS(boots, n_plans),
                          DB_BOOL(targets->tree->policy.prereleases)),
                &rows, error))
        return false;
    *ret_made = (int)rows_int(rows, 0, "made");
    return true;
}
