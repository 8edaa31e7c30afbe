// A runner of forty machines that knows no benchmarks: takes one, switches it, works, gives it
// back, until it is killed or its time is over. tests/story/rack_forty.sh starts two of them, kills
// them at random, and reads what the machines and the database saw.
//
//     rack_worker NAME SEED SECONDS MACHINES [LATE]
//
// One turn in LATE (preset 12) outlives its lease and tries to act with it.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/error.h"
#include "inventory/lease.h"
#include "inventory/power.h"
#include "sql/site.h"

enum { LEASE_S = 3, GUARD_S = 1, POWER_MS = 1500, MAX_WORK_MS = 250, LATE = 12 };

typedef struct {
    Site *site;
    Db *db;
    Lease lease;
    char *key;
    GRand *random;
    int late; // one turn in so many outlives its lease
    int held, refused, stale, failed;
} Worker;

static bool may_act(void *data, int64_t within_ms, GError **error)
{
    const Worker *worker = data;
    return lease_may_act(worker->db, &worker->lease, within_ms, error);
}

static bool act(const Machine *machine, const Actor *actor, PowerAction action, GError **error)
{
    g_autoptr(Power) power = NULL;
    return power_open(machine, actor, &power, error) && power_do(power, action, POWER_MS, error);
}

static bool take(Worker *worker, const Machine *machine, GError **error)
{
    return lease_take(worker->db, machine->name, worker->key, worker->key, "forty machines",
                      LEASE_S, GUARD_S, &worker->lease, error);
}

// Lets the lease run out, has another take the machine and act, and acts once more with the old
// token, as one does that was frozen between asking and acting: the fence must refuse it.
static void act_late(Worker *worker, const Machine *machine)
{
    g_autoptr(GError) error = NULL;
    Actor old = {.state = worker->site->state, .token = worker->lease.token};
    Actor asking = {.state = old.state, .token = old.token, .may_act = may_act, .data = worker};
    clock_sleep((LEASE_S + GUARD_S) * 1000 + 200, NULL, NULL);
    if (act(machine, &asking, POWER_DO_CYCLE, &error))
        g_error("%s: a holder acted after the end of its lease", machine->name);
    g_clear_error(&error);
    g_autofree char *was = g_steal_pointer(&worker->key);
    worker->key = g_strconcat(was, "-later", NULL);
    lease_clear(&worker->lease);
    Actor fresh = {.state = old.state, .may_act = may_act, .data = worker};
    if (take(worker, machine, &error)) {
        fresh.token = worker->lease.token;
        bool acted = act(machine, &fresh, POWER_DO_CYCLE, &error);
        g_clear_error(&error);
        if (acted && act(machine, &old, POWER_DO_CYCLE, &error))
            g_error("%s: the stale lease %" G_GINT64_FORMAT " acted", machine->name, old.token);
        worker->stale += acted;
        lease_release(worker->db, &worker->lease, NULL);
    }
    g_free(worker->key);
    worker->key = g_steal_pointer(&was);
}

static void turn(Worker *worker, const Machine *machine)
{
    g_autoptr(GError) error = NULL;
    if (!take(worker, machine, &error)) {
        worker->refused++;
        return;
    }
    Actor actor = {.state = worker->site->state,
                   .token = worker->lease.token,
                   .may_act = may_act,
                   .data = worker};
    bool on = g_rand_boolean(worker->random);
    worker->held++;
    if (!act(machine, &actor, on ? POWER_DO_ON : POWER_DO_OFF, &error)) {
        worker->failed++;
        fprintf(stderr, "%s\n", error->message);
    }
    if (g_rand_int_range(worker->random, 0, worker->late) == 0)
        act_late(worker, machine);
    else
        clock_sleep(g_rand_int_range(worker->random, 0, MAX_WORK_MS), NULL, NULL);
    lease_release(worker->db, &worker->lease, NULL);
    lease_clear(&worker->lease);
}

static Machine *machine_get(const Worker *worker, int i)
{
    Machine *machine = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *name = g_strdup_printf("f%d", i);
    int id = 0;
    if (!machine_find(worker->site->settings, name, &machine, &error) ||
        !machine_store(worker->db, machine, &id, &error))
        g_error("%s", error->message);
    return machine;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    Worker worker = {0};
    g_assert_true(argc == 5 || argc == 6);
    worker.late = argc == 6 ? atoi(argv[5]) : LATE;
    if (!site_open(&worker.site, "rack_worker", "marvin_runner", &error))
        g_error("%s", error->message);
    worker.db = worker.site->db;
    worker.key = g_strdup_printf("%s-%d", argv[1], (int)getpid());
    worker.random = g_rand_new_with_seed((guint32)atoi(argv[2]));
    int64_t until = clock_monotonic_ms() + atoi(argv[3]) * 1000;
    int n = atoi(argv[4]);
    while (clock_monotonic_ms() < until) {
        g_autoptr(Machine) machine =
            machine_get(&worker, g_rand_int_range(worker.random, 1,
                                                  (g_rand_boolean(worker.random) ? 4 : n) + 1));
        turn(&worker, machine);
    }
    printf("held %d refused %d stale %d failed %d\n", worker.held, worker.refused, worker.stale,
           worker.failed);
    g_rand_free(worker.random);
    g_free(worker.key);
    site_close(worker.site);
    return 0;
}
