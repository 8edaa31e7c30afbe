/*
 * What must be ready before the fork: the path, the descriptors, the user, the cpus. Private to
 * common/proc.c.
 */
#pragma once

#include "common/proc.h"
#include "common/proc_guard.h"

/* Descriptors are -1 or owned; all are closed by proc_setup_clear(). */
typedef struct {
    GuardPlan plan; // borrows from the fields below and from the spec
    char *path;
    gid_t *groups;
    int their_fds[5]; // input, output, error, control, exec: the far ends
    int control_fd; // and our ends
    int exec_fd;
    int pipe_fds[2];
    int file_fds[2]; // copies of ours of output files, to look at their size
} ProcSetup;

void proc_setup_init(ProcSetup *setup);
bool proc_setup_prepare(ProcSetup *setup, const ProcSpec *spec, GError **error);
/* After the fork: the far ends. */
void proc_setup_close_theirs(ProcSetup *setup);
void proc_setup_clear(ProcSetup *setup);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ProcSetup, proc_setup_clear)

/* Fills *error for a program that could not be started. */
void proc_setup_explain(const ProcSpec *spec, const GuardFailure *failure, GError **error);
