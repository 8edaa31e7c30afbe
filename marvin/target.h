/*
 * The system that a boot's trials run on: for a machine whose kernel is not ours to choose, what is
 * installed there; else the kernel of the artifact, deployed and booted for this boot alone
 * (inventory/bootup.h), its console kept, and the machine ended afterwards. Used by marvin/boot.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/store.h"
#include "inventory/bootup.h"

typedef struct Target Target;

/* Borrowed for as long as the target lives. */
typedef struct {
    const Machine *machine;
    const Settings *settings;
    const char *state;
    Store *store;
    const Actor *actor;
    void (*note)(const char *, ...) G_GNUC_PRINTF(1, 2);
} TargetPlace;

/* What is to run; borrowed for the call. */
typedef struct {
    const char *label; // for notes: "debian 6.1.0-49, boot 1 of 5"
    const char *artifact; // its hash; NULL: none
    const char *distro; // name; NULL or "host": the machine's own
    bool is_kernel; // of a tree of kernels: it has to boot
    const char *const *packages; // that the benchmarks need there
    const char *mark; // a file below the transport's work folder: there where an earlier runner
                      // has deployed this same boot
} TargetJob;

bool target_open(const TargetPlace *place, Target **ret_target, GError **error);
/* Leaves the machine as it is: a later runner may go on in the same boot. */
void target_close(Target *target);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Target, target_close)

/* True where each boot deploys and starts the machine. */
bool target_boots(const Target *target);

/*
 * Brings the machine to where the job's trials can run; target_transport() is open then, unless
 * *ret_finding says what is wrong with the kernel. ERROR_INPUT: the artifact is unfit for the
 * machine. ERROR_MACHINE: the machine is.
 */
bool target_begin(Target *target, const TargetJob *job, Finding *ret_finding, GError **error);

/* NULL before target_begin(). */
Transport *target_transport(Target *target);

/* "local", "metal", "kvm", "tcg" or "icount": where a metric says something. */
const char *target_mode(const Target *target);

/* True where the artifact of this boot is the kernel that runs. */
bool target_is_kernel(const Target *target);

/* Looks at the console now and then; true: the kernel is dead, what runs there has no end. */
bool target_is_dead(Target *target);

/* What became of a kernel that stopped answering in the middle of `what`. */
bool target_diagnose(Target *target, const char *what, Finding *ret_finding, GError **error);

/* Signs of trouble of a kernel that answers: on its console (a task killed for want of memory, a
 * stall), or a file system that is full; NONE: none. */
void target_look(Target *target, Finding *ret_finding);

/* Keeps the console in the store; *ret_hash NULL: there is none. Freed by the caller. */
bool target_keep_console(Target *target, char **ret_hash, GError **error);

/* The boot is over: the machine is made ready for the next one. Nothing to do where it is not ours
 * to start. */
bool target_end(Target *target, GError **error);
