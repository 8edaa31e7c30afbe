/*
 * One boot of one battery on a leased machine: the kernel under test (marvin/target.h), deployment,
 * trials in the order of the run's seed, the run's end. A kernel that does not boot, or dies in the
 * middle, is a finding of its run and leaves the machine ready for the next job. Resumes what an
 * earlier runner left in the same boot. Used by marvin/runner.c.
 */
#pragma once

#include <stdbool.h>

#include "common/store.h"
#include "inventory/lease.h"
#include "inventory/reserve.h"
#include "inventory/transport.h"
#include "marvin/spool.h"
#include "marvin/target.h"

/* What a runner has open; borrowed. */
typedef struct {
    Db *db;
    Store *store;
    Spool *spool;
    const Machine *machine;
    Target *target;
    Transport *transport; // the target's, in a boot
    Lease *lease;
    Reserve *reserve; // of another system that grants the machine too; held as long as the lease
    const char *state;
    bool (*is_stopped)(void);
    void (*note)(const char *, ...) G_GNUC_PRINTF(1, 2);
    int boots_done; // by this runner
    double boots_s; // that they took
    const char *doing; // key of the trial that is at work, or "the deployment"; for messages
    bool is_dead; // the kernel under test is beyond help
    int64_t retry_ms; // when the database is tried again; monotonic
    int64_t job_id; // of the boot that is at work; 0 before the first
} BootContext;

/*
 * Claims and runs the next boot. *ret_found is false when the queue is empty. A boot that failed is
 * no error: its run says so and the queue goes on. ERROR_INTERRUPTED, ERROR_MACHINE and
 * ERROR_DATABASE end the runner; the next one resumes.
 */
bool boot_run_next(BootContext *context, bool *ret_found, GError **error);

/* Keeps with the machine why its runner left it, where the machine is the cause (ERROR_MACHINE):
 * nobody reads a runner's log. what: "toy v1.0, boot 1 of 5". */
void boot_note_trouble(Db *db, const char *machine, const char *what, const GError *cause);

/* Keeps the lease alive; asked at least every 200 ms while something takes long. data: the
 * BootContext. True: stop, the lease or the user says so. */
bool boot_tend(void *data);
