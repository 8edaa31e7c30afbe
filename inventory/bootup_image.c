// The image that is wanted, brought to a machine that has another one.
#include "inventory/bootup_steps.h"

#include <string.h>

#include "common/clock.h"
#include "common/error.h"

enum { IMAGE_MS = 7200000 }; // some GB over a slow network

// The image that is wanted; NULL: the system that the machine has.
static const char *image_name(const Bootup *bootup)
{
    const char *distro = bootup->plan.distro;
    bool host = !distro || strcmp(distro, "host") == 0;
    return host ? bootup->plan.machine->distro : distro;
}

static bool image_put(Bootup *bootup, GError **error)
{
    return !bootup->deploy->driver->image || deploy_image(bootup->deploy, image_name(bootup),
                                                          bootup->plan.packages, DEPLOY_MS, error);
}

// Waits for the system that was started to write an image from, or from an image.
static bool image_wait(Bootup *bootup, const char *what, GError **error)
{
    int64_t until = clock_monotonic_ms() + (int64_t)(bootup->plan.machine->boot_s * 1000);
    bool up = false;
    bootup_drop_transport(bootup);
    bootup_console_begin(bootup, true);
    if (!bootup_wait_up(bootup, until, &up, error))
        return false;
    return up ? bootup_take_system(bootup, error)
              : error_set(error, ERROR_MACHINE, "%s does not come up in %s: see its console",
                          bootup->plan.machine->name, what);
}

static bool image_start(Bootup *bootup, GError **error)
{
    return (bootup->power ? bootup_switch_power(bootup, POWER_DO_CYCLE, error)
                          : bootup_reboot_system(bootup, error)) &&
           image_wait(bootup, "its new image", error);
}

static bool image_rescue(Bootup *bootup, GError **error)
{
    return deploy_image_rescue(bootup->deploy, DEPLOY_MS, error) &&
           bootup_leave_system(bootup, error) && image_wait(bootup, "its rescue system", error);
}

static bool fail_again(const Bootup *bootup, ImageStep step, GError **error)
{
    const char *name = bootup->plan.machine->name, *how = bootup->plan.machine->deploy.text;
    return step == IMAGE_RESCUE
               ? error_set(error, ERROR_MACHINE,
                           "%s: deploy %s: its rescue system uses that disk too", name, how)
               : error_set(error, ERROR_MACHINE,
                           "%s: deploy %s: the image is on that disk, and the machine was started, "
                           "and runs from elsewhere: set in its firmware that it starts from there",
                           name, how);
}

// Writes the image where the machine has another one, and starts it; each step once.
static bool image_bring(Bootup *bootup, GError **error)
{
    const char *name = image_name(bootup);
    bool was_rescued = false, was_started = false;
    while (name && bootup->deploy->driver->image_look) {
        ImageStep step;
        if (!deploy_image_look(bootup->deploy, name, bootup->plan.packages, DEPLOY_MS, &step,
                               error))
            return false;
        if (step == IMAGE_THERE)
            break;
        if (step == IMAGE_RESCUE ? was_rescued : was_started)
            return fail_again(bootup, step, error);
        if (step == IMAGE_WRITE &&
            !deploy_image(bootup->deploy, name, bootup->plan.packages, IMAGE_MS, error))
            return false;
        if (step == IMAGE_RESCUE ? !image_rescue(bootup, error) : !image_start(bootup, error))
            return false;
        was_rescued = was_rescued || step == IMAGE_RESCUE;
        was_started = was_started || step != IMAGE_RESCUE;
    }
    return true;
}

bool bootup_image(Bootup *bootup, GError **error)
{
    return bootup->deploy->driver->needs_system
               ? bootup_need_system(bootup, error) && image_bring(bootup, error)
               : image_put(bootup, error);
}

bool bootup_needs_images(const Bootup *bootup, GError **error)
{
    return deploy_needs_images(bootup->deploy, bootup->plan.distro, error);
}
