// How the kernel under test gets onto a machine: what all drivers share.
#include "inventory/deploy.h"

#include "common/clock.h"
#include "common/error.h"

enum { LOCK_MS = 60000 };

// One line a driver, by the first member of its table.
static const FacetWord *const DRIVERS[] = {
    &DEPLOY_DRIVER_FAKE.word,
    &DEPLOY_DRIVER_GRUB_ONCE.word,
    &DEPLOY_DRIVER_KEXEC.word,
    &DEPLOY_DRIVER_IMAGE.word,
    &DEPLOY_DRIVER_COMMAND.word,
    &DEPLOY_DRIVER_QEMU.word,
    NULL,
};

const FacetWord *const *deploy_words(void)
{
    return DRIVERS;
}

static const DeployDriver *driver_find(const char *name)
{
    for (const FacetWord *const *word = DRIVERS; *word; word++) {
        if (g_strcmp0((*word)->name, name) == 0)
            return (const DeployDriver *)*word;
    }
    return NULL;
}

bool deploy_open(const Machine *machine, const Actor *actor, const Settings *settings,
                 Deploy **ret_deploy, GError **error)
{
    const DeployDriver *driver = driver_find(machine->deploy.driver);
    if (!driver)
        return error_set(
            error, ERROR_MACHINE,
            "the machine %s has no deploy driver: it runs the system that is installed "
            "there until its section sets deploy =",
            machine->name);
    g_autoptr(Deploy) deploy = g_new0(Deploy, 1);
    deploy->driver = driver;
    deploy->machine = machine;
    deploy->facet = &machine->deploy;
    deploy->actor = actor;
    deploy->settings = settings;
    deploy->restart = driver->restart;
    if (driver->open && !driver->open(deploy, error))
        return false;
    *ret_deploy = g_steal_pointer(&deploy);
    return true;
}

void deploy_close(Deploy *deploy)
{
    if (!deploy)
        return;
    if (deploy->driver->close)
        deploy->driver->close(deploy);
    g_free(deploy);
}

// The lock is asked for with what the lease lasts. The work itself may take longer: it asks the
// actor's is_cancelled meanwhile, which renews the lease or says that it is over.
static bool lock(const Deploy *deploy, int64_t *deadline_ms, DeviceLock *ret_lock, GError **error)
{
    int64_t begun = clock_monotonic_ms();
    g_autofree char *device = g_strdup_printf("deploy %s", deploy->machine->name);
    if (!device_lock(deploy->actor, deploy->machine->name, device,
                     actor_limit_ms(deploy->actor, MIN(*deadline_ms, LOCK_MS)), ret_lock, error))
        return false;
    *deadline_ms = MAX(*deadline_ms - (clock_monotonic_ms() - begun), 1);
    return true;
}

static bool fail_named(const Deploy *deploy, GError *cause, GError **error)
{
    return error_pass(error, cause, "%s: deploy %s", deploy->machine->name, deploy->facet->text);
}

bool deploy_kernel(Deploy *deploy, const char *folder, int64_t deadline_ms, GError **error)
{
    g_auto(Kernel) kernel = {0};
    g_auto(DeviceLock) held = {-1};
    GError *cause = NULL;
    return kernel_read(folder, &kernel, error) && lock(deploy, &deadline_ms, &held, error) &&
           (deploy->driver->kernel(deploy, folder, &kernel, deadline_ms, &cause) ||
            fail_named(deploy, cause, error));
}

bool deploy_settle(Deploy *deploy, int64_t deadline_ms, GError **error)
{
    g_auto(DeviceLock) held = {-1};
    GError *cause = NULL;
    return !deploy->driver->settle || (lock(deploy, &deadline_ms, &held, error) &&
                                       (deploy->driver->settle(deploy, deadline_ms, &cause) ||
                                        fail_named(deploy, cause, error)));
}

void deploy_look_clear(DeployLook *look)
{
    g_clear_pointer(&look->found, g_free);
    g_clear_pointer(&look->remedy, g_free);
}

bool deploy_check(Deploy *deploy, int64_t deadline_ms, DeployLook *ret_look, GError **error)
{
    g_auto(DeployLook) look = {0};
    GError *cause = NULL;
    if (deploy->driver->check && !deploy->driver->check(deploy, deadline_ms, &look, &cause))
        return fail_named(deploy, cause, error);
    if (!look.found)
        look.found = g_strdup(deploy->facet->text);
    *ret_look = look;
    look = (DeployLook){0};
    return true;
}

bool deploy_needs_images(const Deploy *deploy, const char *distro, GError **error)
{
    return deploy->driver->image ||
           error_set(error, ERROR_MACHINE,
                     "%s: deploy %s brings no system image: the machine has the system that was "
                     "installed by hand, and %s is not put onto it",
                     deploy->machine->name, deploy->facet->text, distro);
}

bool deploy_image(Deploy *deploy, const char *distro, const char *const *packages,
                  int64_t deadline_ms, GError **error)
{
    g_auto(DeviceLock) held = {-1};
    GError *cause = NULL;
    return deploy_needs_images(deploy, distro, error) && lock(deploy, &deadline_ms, &held, error) &&
           (deploy->driver->image(deploy, distro, packages, deadline_ms, &cause) ||
            fail_named(deploy, cause, error));
}

bool deploy_image_look(Deploy *deploy, const char *distro, const char *const *packages,
                       int64_t deadline_ms, ImageStep *ret_step, GError **error)
{
    GError *cause = NULL;
    if (!deploy->driver->image_look) {
        *ret_step = IMAGE_WRITE;
        return true;
    }
    return deploy->driver->image_look(deploy, distro, packages, deadline_ms, ret_step, &cause) ||
           fail_named(deploy, cause, error);
}

bool deploy_image_rescue(Deploy *deploy, int64_t deadline_ms, GError **error)
{
    g_auto(DeviceLock) held = {-1};
    GError *cause = NULL;
    return lock(deploy, &deadline_ms, &held, error) &&
           (deploy->driver->image_rescue(deploy, deadline_ms, &cause) ||
            fail_named(deploy, cause, error));
}
