/*
 * How the kernel under test, or a system image, gets onto a machine: a table of functions, filled
 * by a file for each way. Whatever the way, a kernel is tried ONCE: a machine that is reset
 * afterwards comes back with what it ran before. Not here: switching the machine
 * (inventory/power.h) and whether it runs what was deployed (inventory/bootup.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "inventory/device.h"
#include "inventory/kernel.h"
#include "inventory/machine.h"
#include "inventory/transport.h"

/* How a machine gets into what was deployed. */
typedef enum {
    RESTART_POWER, // power cycle
    RESTART_REBOOT, // the running system reboots by itself; power cycle where it does not
    RESTART_NONE, // it is on its way already (kexec)
} RestartKind;

/* What must be done next for a machine to run the image that is wanted. */
typedef enum {
    IMAGE_THERE, // it runs it
    IMAGE_START, // it is on the disk: start the machine
    IMAGE_WRITE, // image()
    IMAGE_RESCUE, // its disk is in use: image_rescue(), then look again
} ImageStep;

typedef struct Deploy Deploy;

/* What a look at a way of deploying found. Freed with deploy_look_clear(). */
typedef struct {
    char *found; // for people: "kexec 2.0.25"
    char *remedy; // what a person must do before it can work; NULL: nothing
} DeployLook;

typedef struct {
    FacetWord word;
    bool needs_system; // works on a machine that runs and answers: deploy->transport is set
    RestartKind restart;
    bool (*open)(Deploy *deploy, GError **error); // parses the arguments; NULL: nothing to do
    void (*close)(Deploy *deploy); // NULL: nothing to free
    /* Makes the kernel of an artifact's folder here the next one that the machine boots, once. */
    bool (*kernel)(Deploy *deploy, const char *folder, const Kernel *kernel, int64_t deadline_ms,
                   GError **error);
    /* Back to the machine's own kernel at its next start, and what was copied is removed. NULL:
     * nothing stays behind. */
    bool (*settle)(Deploy *deploy, int64_t deadline_ms, GError **error);
    /* Puts the system of a distro (inventory/distro.h) with further packages (may be NULL) onto the
     * machine, for its next start. NULL: it has the one that was installed by hand. */
    bool (*image)(Deploy *deploy, const char *distro, const char *const *packages,
                  int64_t deadline_ms, GError **error);
    /* Of those that write an image from a running system: how far the machine is. NULL: image() is
     * all there is to do. */
    bool (*image_look)(Deploy *deploy, const char *distro, const char *const *packages,
                       int64_t deadline_ms, ImageStep *ret_step, GError **error);
    /* Sends the machine into the system from which its disk can be written; it is on its way. */
    bool (*image_rescue)(Deploy *deploy, int64_t deadline_ms, GError **error);
    /* Whether it could work, changing nothing. NULL: nothing can be said without trying. */
    bool (*check)(Deploy *deploy, int64_t deadline_ms, DeployLook *ret_look, GError **error);
} DeployDriver;

struct Deploy {
    const DeployDriver *driver;
    const Machine *machine; // borrowed, as is the actor
    const Facet *facet;
    const Actor *actor;
    const Settings *settings; // borrowed: [distro NAME]; NULL where there are none
    RestartKind restart; // the driver's, unless its open says otherwise
    Transport *transport; // borrowed; NULL unless needs_system; set before kernel() and image()
    void *data;
};

const FacetWord *const *deploy_words(void); // static

/* ERROR_MACHINE: the machine has no deploy driver. settings may be NULL. */
bool deploy_open(const Machine *machine, const Actor *actor, const Settings *settings,
                 Deploy **ret_deploy, GError **error);
void deploy_close(Deploy *deploy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Deploy, deploy_close)

/* As in DeployDriver, under the lock of the machine ("deploy MACHINE") and the lease's fence.
 * folder: an artifact with kernel.txt, unpacked here. ERROR_INPUT: the artifact is unfit. */
bool deploy_kernel(Deploy *deploy, const char *folder, int64_t deadline_ms, GError **error);
bool deploy_settle(Deploy *deploy, int64_t deadline_ms, GError **error);
/* Takes no lock and is not fenced: it only looks. found is never NULL. */
bool deploy_check(Deploy *deploy, int64_t deadline_ms, DeployLook *ret_look, GError **error);
void deploy_look_clear(DeployLook *look);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DeployLook, deploy_look_clear)
/* ERROR_MACHINE where this way of deploying brings no image; distro is for the message. */
bool deploy_needs_images(const Deploy *deploy, const char *distro, GError **error);
bool deploy_image(Deploy *deploy, const char *distro, const char *const *packages,
                  int64_t deadline_ms, GError **error);
bool deploy_image_look(Deploy *deploy, const char *distro, const char *const *packages,
                       int64_t deadline_ms, ImageStep *ret_step, GError **error);
bool deploy_image_rescue(Deploy *deploy, int64_t deadline_ms, GError **error);

extern const DeployDriver DEPLOY_DRIVER_FAKE;
extern const DeployDriver DEPLOY_DRIVER_QEMU;
extern const DeployDriver DEPLOY_DRIVER_GRUB_ONCE;
extern const DeployDriver DEPLOY_DRIVER_KEXEC;
extern const DeployDriver DEPLOY_DRIVER_IMAGE;
extern const DeployDriver DEPLOY_DRIVER_COMMAND;
