// Deployment to a virtual machine: QEMU boots the kernel's file itself, over a fresh overlay of the
// distribution image. deploy = qemu.
#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "common/error.h"
#include "inventory/deploy.h"
#include "inventory/image_file.h"
#include "inventory/recent.h"
#include "inventory/vm.h"
#include "inventory/vm_accel.h"
#include "inventory/vm_image.h"
#include "inventory/vm_initrd.h"

enum { KEEP = 4 }; // unpacked images, some GB each

static char *disk_path(const Deploy *deploy)
{
    g_autofree char *folder = vm_folder(deploy->actor->state, deploy->machine);
    return g_build_filename(folder, "disk", NULL);
}

// An image that the site made, for QEMU to read as it is: a packed one is unpacked once.
static bool site_image(const Deploy *deploy, const Distro *distro, char **ret_path, GError **error)
{
    const char *state = deploy->actor->state;
    g_auto(ImageFile) file = {0};
    if (!image_file_get(state, deploy->settings, distro, &file, error) ||
        !vm_key_make(state, error))
        return false;
    if (!file.is_packed) {
        *ret_path = g_steal_pointer(&file.path);
        return true;
    }
    g_autofree char *folder = g_build_filename(state, "images", NULL);
    g_autofree char *raw = g_strdup_printf("%s/%s.raw", folder, file.hash);
    g_autofree char *fresh = g_strdup_printf("%s.%d", raw, (int)getpid());
    bool is_there = g_file_test(raw, G_FILE_TEST_EXISTS);
    if (!is_there)
        recent_keep(folder, ".raw", KEEP - 1);
    bool good = is_there ||
                (image_file_unpack(&file, fresh, error) &&
                 (g_rename(fresh, raw) == 0 ||
                  error_set(error, ERROR_INPUT, "cannot rename %s: %s", fresh, g_strerror(errno))));
    if (good) {
        recent_use(raw);
        *ret_path = g_steal_pointer(&raw);
    }
    return good;
}

static bool made_image(const Deploy *deploy, const Distro *distro, int64_t deadline_ms,
                       char **ret_path, GError **error)
{
    g_autofree char *folder = NULL;
    if (!vm_image_get(deploy->actor, distro, deadline_ms, &folder, error))
        return false;
    *ret_path = g_build_filename(folder, "image", NULL);
    return true;
}

static bool qemu_image(Deploy *deploy, const char *name, const char *const *packages,
                       int64_t deadline_ms, GError **error)
{
    g_auto(Distro) distro = {0};
    g_autofree char *image = NULL, *path = disk_path(deploy);
    return distro_find(deploy->settings, name, packages, &distro, error) &&
           (distro.image ? site_image(deploy, &distro, &image, error)
                         : made_image(deploy, &distro, deadline_ms, &image, error)) &&
           g_file_set_contents(path, image, -1, error);
}

static bool qemu_kernel(Deploy *deploy, const char *folder, const Kernel *kernel,
                        int64_t deadline_ms, GError **error)
{
    const char *state = deploy->actor->state;
    g_autofree char *path = disk_path(deploy), *kept = NULL, *disk = NULL;
    g_autofree char *vm = vm_folder(state, deploy->machine);
    if ((!g_file_get_contents(path, &disk, NULL, NULL) || !g_file_test(disk, G_FILE_TEST_EXISTS)) &&
        !qemu_image(deploy, deploy->machine->distro, NULL, deadline_ms, error))
        return false;
    g_clear_pointer(&disk, g_free);
    if (!g_file_get_contents(path, &disk, NULL, error) ||
        !vm_initrd_get(state, folder, kernel, deadline_ms, &kept, error))
        return false;
    g_autofree char *modules = g_build_filename(kept, "modules", NULL);
    g_auto(VmBoot) boot = {.kernel = g_build_filename(kept, "kernel", NULL),
                           .initrd = g_build_filename(kept, "initrd", NULL),
                           .disk = g_steal_pointer(&disk)};
    if (g_file_test(modules, G_FILE_TEST_EXISTS))
        boot.modules = g_steal_pointer(&modules);
    const char *mode = NULL;
    if (!vm_mode_choose(deploy->machine, state, &boot, deadline_ms, &mode, NULL, error))
        return false;
    boot.mode = g_strdup(mode);
    return vm_boot_write(vm, &boot, error);
}

static bool qemu_check(Deploy *deploy, int64_t deadline_ms, DeployLook *ret_look, GError **error)
{
    static const char *const PROGRAMS[] = {"qemu-system-x86_64", "mmdebstrap", "mkfs.ext4",
                                           "busybox", NULL};
    g_auto(Distro) distro = {0};
    (void)deadline_ms;
    for (const char *const *name = PROGRAMS; *name; name++) {
        g_autofree char *path = g_find_program_in_path(*name);
        if (path)
            continue;
        ret_look->found = g_strdup_printf("%s is not installed here", *name);
        ret_look->remedy = g_strdup("apt-get install qemu-system-x86 mmdebstrap e2fsprogs "
                                    "busybox-static");
        return true;
    }
    if (!distro_find(deploy->settings, deploy->machine->distro, NULL, &distro, error))
        return false;
    if (distro.image) {
        g_auto(ImageFile) file = {0};
        if (!image_file_get(deploy->actor->state, deploy->settings, &distro, &file, error))
            return false;
        ret_look->found = g_strdup_printf("the image of %s is %s", distro.name, file.path);
        return true;
    }
    ret_look->found = g_strdup_printf(
        "the image of %s %s", distro.name,
        vm_image_is_made(deploy->actor->state, &distro) ? "is made" : "is made at its first start");
    return true;
}

const DeployDriver DEPLOY_DRIVER_QEMU = {
    .word = {.name = "qemu", .usage = "qemu"},
    .restart = RESTART_POWER,
    .kernel = qemu_kernel,
    .image = qemu_image,
    .check = qemu_check,
};
