// The power of a virtual machine: its process. power = qemu.
#include <string.h>

#include "common/error.h"
#include "inventory/power.h"
#include "inventory/vm.h"
#include "inventory/vm_accel.h"

static bool qemu_open(Power *power, GError **error)
{
    (void)error;
    power->data = vm_folder(power->actor->state, power->machine);
    power->device = g_strdup_printf("qemu %s", (char *)power->data);
    return true;
}

static void qemu_close(Power *power)
{
    g_free(power->data);
}

static bool qemu_status(Power *power, int64_t deadline_ms, PowerState *ret_state, GError **error)
{
    g_autofree char *status = NULL, *mode = vm_mode(power->data);
    if (!vm_status(power->data, deadline_ms, &status, error))
        return false;
    // A guest of KVM that died of KVM: the next one does without.
    if (status && strcmp(status, "internal-error") == 0 && g_strcmp0(mode, "kvm") == 0)
        vm_accel_condemn(power->actor->state, "a guest died of an internal error of KVM");
    *ret_state = status ? POWER_ON : POWER_OFF;
    return true;
}

static bool qemu_on(Power *power, int64_t deadline_ms, GError **error)
{
    return vm_start(power->machine, power->data, deadline_ms, error);
}

static bool qemu_off(Power *power, int64_t deadline_ms, GError **error)
{
    return vm_stop(power->data, deadline_ms, error);
}

static bool qemu_nmi(Power *power, int64_t deadline_ms, GError **error)
{
    return vm_ask(power->data, "inject-nmi", NULL, deadline_ms, error);
}

static bool qemu_dump(Power *power, const char *path, int64_t deadline_ms, GError **error)
{
    // QEMU has a folder of its own for names: the path must be a whole one.
    g_autofree char *whole = g_canonicalize_filename(path, NULL);
    g_autofree char *protocol = g_strdup_printf("file:%s", whole);
    json_t *arguments = json_pack("{s:b, s:s}", "paging", 0, "protocol", protocol);
    return vm_ask(power->data, "dump-guest-memory", arguments, deadline_ms, error);
}

const PowerDriver POWER_DRIVER_QEMU = {
    .word = {.name = "qemu", .usage = "qemu"},
    .open = qemu_open,
    .close = qemu_close,
    .status = qemu_status,
    .on = qemu_on,
    .off = qemu_off,
    .nmi = qemu_nmi,
    .dump = qemu_dump,
    .poll_ms = 50,
};
