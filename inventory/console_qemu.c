// The console of a virtual machine: console = qemu. QEMU keeps all that its serial port printed
// since the start in console.raw, also while nobody looks: that file is read, by as many as want
// to. The port's socket serves to type, one at a time.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/error.h"
#include "inventory/console.h"
#include "inventory/socket.h"
#include "inventory/vm.h"

enum { POLL_MS = 50 };

static bool qemu_open(Console *console, int64_t deadline_ms, GError **error)
{
    g_autofree char *folder = vm_folder(console->actor->state, console->machine);
    g_autofree char *path = g_build_filename(folder, "console.raw", NULL), *status = NULL;
    if (!vm_status(folder, deadline_ms, &status, error))
        return false;
    console->fd = status ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    return console->fd >= 0 || error_set(error, ERROR_MACHINE, "the virtual machine is off");
}

static bool qemu_read(Console *console, char *bytes, size_t size, int64_t deadline_ms,
                      size_t *ret_n, GError **error)
{
    int64_t until = clock_monotonic_ms() + deadline_ms;
    for (;;) {
        ssize_t n = read(console->fd, bytes, size);
        if (n > 0) {
            *ret_n = (size_t)n;
            return true;
        }
        if (clock_monotonic_ms() >= until)
            break;
        g_usleep(POLL_MS * 1000);
    }
    g_autofree char *folder = vm_folder(console->actor->state, console->machine);
    *ret_n = 0;
    return vm_is_alive(folder) ||
           error_set(error, ERROR_MACHINE, "%s: the virtual machine has ended",
                     console->machine->name);
}

static bool qemu_write(Console *console, const char *bytes, size_t n, int64_t deadline_ms,
                       GError **error)
{
    g_autofree char *folder = vm_folder(console->actor->state, console->machine);
    g_autofree char *path = g_build_filename(folder, "console", NULL);
    int fd = -1;
    if (!socket_connect(path, deadline_ms, &fd, error))
        return false;
    bool good = write(fd, bytes, n) == (ssize_t)n;
    close(fd);
    return good || error_set(error, ERROR_MACHINE, "%s: its serial port takes no input",
                             console->machine->name);
}

// A break on the serial line, then the key: the kernel's "magic SysRq".
static bool qemu_sysrq(Console *console, char key, int64_t deadline_ms, GError **error)
{
    g_autofree char *folder = vm_folder(console->actor->state, console->machine);
    json_t *arguments = json_pack("{s:s}", "id", "console");
    return vm_ask(folder, "chardev-send-break", arguments, deadline_ms, error) &&
           qemu_write(console, &key, 1, deadline_ms, error);
}

const ConsoleDriver CONSOLE_DRIVER_QEMU = {
    .word = {.name = "qemu", .usage = "qemu"},
    .open = qemu_open,
    .read = qemu_read,
    .write = qemu_write,
    .sysrq = qemu_sysrq,
    .can_write = true,
    .needs_power = true,
};
