// The runner of one machine.
#include "marvin/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/error.h"
#include "inventory/reserve.h"
#include "marvin/boot.h"
#include "sql/queries.h"

enum { RESERVE_MS = 30000, IDLE_MS = 60000, BUSY_MS = 5000, SLICE_MS = 1000 };

// The one runner of this machine here: a lock that the system frees when we die.
static bool lock_take(const char *state, const char *machine, int *ret_fd, GError **error)
{
    g_autofree char *folder = g_build_filename(state, "run", NULL);
    g_autofree char *name = g_strconcat(machine, ".lock", NULL);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_mkdir_with_parents(folder, 0755);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return error_set(error, ERROR_INPUT, "cannot open %s: %s", path, g_strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        char pid[32] = "";
        ssize_t n = read(fd, pid, sizeof(pid) - 1);
        close(fd);
        return error_set(error, ERROR_MACHINE, "a runner for %s is at work already (process %s)",
                         machine, n > 0 ? g_strstrip(pid) : "unknown");
    }
    g_autofree char *pid = g_strdup_printf("%d\n", (int)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, strlen(pid), 0) < 0)
        g_debug("cannot write %s, ignoring", path);
    *ret_fd = fd;
    return true;
}

// Names the computer: a later runner of the same machine here may take over a dead one's lease.
static char *holder_key(const char *state, const char *machine)
{
    g_autofree char *id = NULL;
    if (!g_file_get_contents("/etc/machine-id", &id, NULL, NULL))
        id = g_strdup("");
    return g_strdup_printf("runner:%s:%s:%s:%s", g_get_host_name(), g_strstrip(id), state, machine);
}

typedef struct {
    BootContext context;
    Machine *machine;
    char *holder;
    char *key;
    double lease_s;
    double guard_s;
    Actor actor; // who acts on the machine's devices: the lease's holder
    char *unfit; // why it gets no boots, as last noted; NULL: it is fit
} Runner;

// No action on a device without a living lease that lasts for it (promise 6).
static bool may_act(void *data, int64_t within_ms, GError **error)
{
    const BootContext *context = data;
    if (context->lease)
        return lease_may_act(context->db, context->lease, within_ms, error);
    return error_set(error, ERROR_MACHINE, "%s: nothing was done: there is no lease",
                     context->machine->name);
}

static int64_t left_ms(void *data)
{
    const BootContext *context = data;
    return context->lease ? lease_left_ms(context->lease) : 0;
}

static bool serve_boots(BootContext *context, GError **error)
{
    bool found = true, good = true;
    while (good && found && !context->is_stopped()) {
        if (lease_wants_renewal(context->lease))
            good = lease_renew(context->db, context->lease, error) &&
                   reserve_renew(context->reserve, context->lease->seconds, RESERVE_MS, error);
        good = good && boot_run_next(context, &found, error);
    }
    return good;
}

// Under the grant of the other system that hands this machine out too, where there is one.
static bool serve_reserved(Runner *runner, GError **error)
{
    BootContext *context = &runner->context;
    g_autoptr(Reserve) reserve = NULL;
    g_autoptr(GError) ignored = NULL;
    if (!reserve_open(runner->machine, &runner->actor, &reserve, error) ||
        !reserve_take(reserve, runner->lease_s, "marvin run", RESERVE_MS, error))
        return false;
    context->reserve = reserve;
    bool good = serve_boots(context, error);
    context->reserve = NULL;
    if (!reserve_release(reserve, RESERVE_MS, &ignored))
        context->note("%s, ignoring", ignored->message);
    return good;
}

// A machine out of service gets none of its boots: said once, and anew with another reason.
static void note_health(Runner *runner)
{
    g_autoptr(Rows) rows = NULL;
    const char *name = runner->machine->name;
    if (!db_row(runner->context.db, &QUERY_INVENTORY_MACHINES, DB_PARAMS(DB_TEXT(name)), &rows,
                NULL))
        return;
    const char *state = rows_text(rows, 0, "state"), *reason = rows_text(rows, 0, "reason");
    bool is_fit = g_strcmp0(state, "ok") == 0;
    g_autofree char *was = runner->unfit;
    runner->unfit =
        is_fit ? NULL : g_strdup_printf("%s%s%s", state, reason ? ": " : "", reason ? reason : "");
    if (runner->unfit && g_strcmp0(runner->unfit, was) != 0)
        runner->context.note("%s is %s; it gets no boots but canaries until somebody says that it "
                             "is fit: marvin-inventory check %s --fit --why TEXT",
                             name, runner->unfit, name);
}

// Serves the queue under one lease until it is empty.
static bool serve_queue(Runner *runner, GError **error)
{
    BootContext *context = &runner->context;
    g_auto(Lease) lease = {0};
    context->lease = &lease;
    if (!lease_take(context->db, runner->machine->name, runner->holder, runner->key,
                    "running its queue", runner->lease_s, runner->guard_s, &lease, error))
        return false;
    runner->actor.token = lease.token;
    bool good = serve_reserved(runner, error);
    if (good)
        note_health(runner);
    if (!db_is_lost(context->db) || db_reopen(context->db, NULL)) {
        g_autoptr(GError) ignored = NULL;
        if (!lease_release(context->db, &lease, &ignored))
            g_debug("%s, ignoring", ignored->message);
    }
    return good;
}

// Waits for work: a notification, or a while; true when it is worth looking again.
static bool wait_for_work(BootContext *context, int64_t timeout_ms, GError **error)
{
    int64_t until = g_get_monotonic_time() / 1000 + timeout_ms;
    bool came = false;
    while (!came && !context->is_stopped() && g_get_monotonic_time() / 1000 < until) {
        if (db_is_lost(context->db)) {
            g_usleep(SLICE_MS * 1000);
            db_reopen(context->db, NULL);
        } else if (!db_wait(context->db, SLICE_MS, &came, error)) {
            g_clear_error(error);
        }
    }
    return true;
}

static bool is_passing(const GError *error)
{
    return error->domain == MARVIN_ERROR &&
           (error->code == ERROR_MACHINE || error->code == ERROR_DATABASE);
}

static bool serve(Runner *runner, const RunnerOptions *options, GError **error)
{
    while (!options->is_stopped()) {
        g_autoptr(GError) cause = NULL;
        bool good = serve_queue(runner, &cause);
        if (options->once || (!good && !is_passing(cause))) {
            if (!good)
                g_propagate_error(error, g_steal_pointer(&cause));
            else if (options->is_stopped())
                return error_set(error, ERROR_INTERRUPTED,
                                 "stopped; start the runner again to go on");
            return good;
        }
        if (!good)
            options->note("%s: %s; trying again", runner->machine->name, cause->message);
        if (!wait_for_work(&runner->context, good ? IDLE_MS : BUSY_MS, error))
            return false;
    }
    return error_set(error, ERROR_INTERRUPTED, "stopped; start the runner again to go on");
}

static bool serve_open(Site *site, Runner *runner, const RunnerOptions *options, GError **error)
{
    g_autoptr(Store) store = NULL;
    g_autoptr(Spool) spool = NULL;
    g_autoptr(Target) target = NULL;
    g_autoptr(GError) cause = NULL;
    int machine_id = 0;
    if (!store_open(site->store, &store, error) ||
        !spool_open(site->state, runner->machine->name, &spool, error) ||
        !machine_store(site->db, runner->machine, &machine_id, error) ||
        !db_listen(site->db, "marvin_boot", error))
        return false;
    const TargetPlace place = {.machine = runner->machine,
                               .settings = site->settings,
                               .state = site->state,
                               .store = store,
                               .actor = &runner->actor,
                               .note = options->note};
    if (!target_open(&place, &target, &cause)) {
        boot_note_trouble(site->db, runner->machine->name, "before its first boot", cause);
        g_propagate_error(error, g_steal_pointer(&cause));
        return false;
    }
    runner->context = (BootContext){.db = site->db,
                                    .store = store,
                                    .spool = spool,
                                    .machine = runner->machine,
                                    .target = target,
                                    .state = site->state,
                                    .is_stopped = options->is_stopped,
                                    .note = options->note};
    return serve(runner, options, error);
}

bool runner_serve(Site *site, const char *machine, const RunnerOptions *options, GError **error)
{
    Runner runner = {.lease_s = section_real(site->marvin, "lease"),
                     .guard_s = section_real(site->marvin, "guard")};
    g_autoptr(Machine) found = NULL;
    int lock = -1;
    if (!machine_find(site->settings, machine, &found, error) ||
        !lock_take(site->state, machine, &lock, error))
        return false;
    g_autofree char *holder =
        g_strdup_printf("marvin run on %s, process %d", g_get_host_name(), (int)getpid());
    g_autofree char *key = holder_key(site->state, machine);
    runner.machine = found;
    runner.actor = (Actor){.state = site->state,
                           .may_act = may_act,
                           .left_ms = left_ms,
                           .is_cancelled = boot_tend,
                           .data = &runner.context};
    runner.holder = holder;
    runner.key = key;
    bool good = serve_open(site, &runner, options, error);
    close(lock);
    g_free(runner.unfit);
    return good;
}
