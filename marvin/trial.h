/*
 * One trial: the iterations of one benchmark on a machine, their raw files, and the samples.
 * Not here: the database (marvin/spool.h takes what comes out) and the order of trials.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/store.h"
#include "inventory/transport.h"
#include "marvin/plan.h"

/* Where and how; borrowed for the call. */
typedef struct {
    Transport *transport;
    Store *store;
    const char *there; // the deployment's folder on the machine
    const char *raw_there; // a folder there for raw files, emptied first; locally the same as here
    const char *here; // a folder here for raw files, emptied first
    const char *cpus; // pinned to these; NULL: all
    int n_cpus; // MARVIN_CPUS
    const char *mode; // "local", "metal"
    int iterations;
    bool (*is_cancelled)(void *data);
    void *data;
} TrialPlace;

/*
 * Runs it. *ret_trial: the object of marvin/spool.h without token, run and position; freed with
 * json_decref. A benchmark that fails is a trial with state failed and a message, not an error.
 * ERROR_MACHINE: the machine is gone. ERROR_INTERRUPTED: is_cancelled said so; nothing is kept.
 */
bool trial_run(const PlanTrial *trial, const TrialPlace *place, json_t **ret_trial, GError **error);
