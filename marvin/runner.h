/*
 * The runner of one machine: claims its next boot job, leases the machine, deploys, runs the
 * trials, stores each as it ends, releases. Two runners never serve one machine: a lock file that
 * the system frees when its holder dies says who is the one here, the lease says it everywhere.
 */
#pragma once

#include <stdbool.h>

#include "sql/site.h"

typedef struct {
    bool once; // until the machine's queue is empty, else for ever
    bool (*is_stopped)(void); // the user's wish to stop
    void (*note)(const char *, ...) G_GNUC_PRINTF(1, 2); // progress, a line each
} RunnerOptions;

/* Serves a machine of the settings. ERROR_MACHINE: another runner has it, or it does not answer;
 * ERROR_INTERRUPTED: stopped, and can be started again. */
bool runner_serve(Site *site, const char *machine, const RunnerOptions *options, GError **error);
