/*
 * A machine brought into a kernel under test, and what is found out when that fails: reserve,
 * power, console, deploy and transport used together. One bootup is one boot: deployed, started,
 * watched, verified ("it came back" is not "it runs the kernel"), ended.
 *
 * Two kinds of trouble are told apart. A device of the rack that does not answer is an error
 * (ERROR_MACHINE): the machine needs a person. What the kernel does, from the first byte on its
 * console to a benchmark in the middle of which it dies, is a Finding: it is about that kernel, and
 * the machine is good for the next one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/settings.h"
#include "inventory/device.h"
#include "inventory/symptom.h"
#include "inventory/transport.h"

/* What went wrong with a kernel; symptom NONE: nothing did. Freed with finding_clear(). */
typedef struct {
    Symptom symptom;
    char *sentence; // what, and the evidence, for people
} Finding;

void finding_clear(Finding *finding);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Finding, finding_clear)

/* The sentence, with the symptom's name in front where it does not say it. Freed by the caller. */
char *finding_text(const Finding *finding);

/* Borrowed for as long as the bootup lives. */
typedef struct {
    const Machine *machine;
    const Actor *actor;
    const Settings *settings; // [distro NAME]; may be NULL
    const char *distro; // the image that is wanted; NULL or "host": the machine's
    const char *const *packages; // that the image must have beside its own; may be NULL
    const char *console_path; // the console is appended here, with time stamps
    const char *dump_path; // the memory of a kernel that failed is written here; NULL: it is not
} BootupPlan;

typedef struct Bootup Bootup;

/* Talks to nobody yet. ERROR_MACHINE: the machine lacks a driver that a kernel needs. */
bool bootup_open(const BootupPlan *plan, Bootup **ret_bootup, GError **error);
/* Leaves the machine as it is. */
void bootup_close(Bootup *bootup);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bootup, bootup_close)

/*
 * Brings the image that the plan wants, where the machine has another one: written and started, of
 * a virtual machine for its next start. Nothing to do where none is wanted, or the way of deploying
 * brings none. A machine that works on its running system is up afterwards.
 */
bool bootup_image(Bootup *bootup, GError **error);

/* For who asked for an image by name: ERROR_MACHINE where the way of deploying brings none. */
bool bootup_needs_images(const Bootup *bootup, GError **error);

/*
 * Brings the image, deploys the kernel of an artifact's folder, starts the machine and waits until
 * it answers over the transport and is proved to run that kernel (uname -r, uname -v and, where the
 * artifact has one, the build id). *ret_finding NONE: it does, and bootup_transport() is open.
 */
bool bootup_kernel(Bootup *bootup, const char *folder, Finding *ret_finding, GError **error);

/* Connects to a machine that an earlier process left in the middle of a boot; false where it does
 * not answer at once. Nothing is changed there. */
bool bootup_resume(Bootup *bootup);

/* Of a machine that is up; owned by the bootup. NULL: it is not. */
Transport *bootup_transport(Bootup *bootup);

/*
 * The machine has failed in the middle of something: `what` says which. Asks its kernel where it
 * is (SysRq or NMI), dumps its memory where that is wished, and tells what the console shows.
 */
bool bootup_diagnose(Bootup *bootup, const char *what, Finding *ret_finding, GError **error);

/* True where the console shows that the kernel is beyond help: no use to wait any longer. */
bool bootup_is_dead(Bootup *bootup);

/* Back to where the next boot can begin: a virtual machine is off, another one is at its next start
 * in its own system. */
bool bootup_end(Bootup *bootup, GError **error);
