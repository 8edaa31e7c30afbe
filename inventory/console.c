// What a machine's kernel prints: what all drivers share.
#include "inventory/console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/error.h"

enum { TEND_MS = 1000 };

// One line a driver, by the first member of its table.
static const FacetWord *const DRIVERS[] = {
    &CONSOLE_DRIVER_FAKE.word,    &CONSOLE_DRIVER_CONMAN.word, &CONSOLE_DRIVER_IPMI_SOL.word,
    &CONSOLE_DRIVER_COMMAND.word, &CONSOLE_DRIVER_QEMU.word,   NULL,
};

const FacetWord *const *console_words(void)
{
    return DRIVERS;
}

static const ConsoleDriver *driver_find(const char *name)
{
    for (const FacetWord *const *word = DRIVERS; *word; word++) {
        if (g_strcmp0((*word)->name, name) == 0)
            return (const ConsoleDriver *)*word;
    }
    return NULL;
}

bool console_open(const Machine *machine, const Actor *actor, int64_t deadline_ms,
                  Console **ret_console, GError **error)
{
    const ConsoleDriver *driver = driver_find(machine->console.driver);
    if (!driver)
        return error_set(error, ERROR_MACHINE,
                         "the machine %s has no console driver: what its kernel prints is not kept "
                         "until its section sets console =",
                         machine->name);
    g_autoptr(Console) console = g_new0(Console, 1);
    console->driver = driver;
    console->machine = machine;
    console->facet = &machine->console;
    console->actor = actor;
    console->fd = -1;
    GError *cause = NULL;
    if (!driver->open(console, deadline_ms, &cause))
        return error_pass(error, cause, "%s: console %s", machine->name, console->facet->text);
    int flags = driver->read ? 0 : fcntl(console->fd, F_GETFL);
    if (flags < 0 || (!driver->read && fcntl(console->fd, F_SETFL, flags | O_NONBLOCK) != 0))
        return error_set(error, ERROR_MACHINE, "%s: console %s: %s", machine->name,
                         console->facet->text, g_strerror(errno));
    *ret_console = g_steal_pointer(&console);
    return true;
}

void console_close(Console *console)
{
    if (!console)
        return;
    if (console->driver->close)
        console->driver->close(console);
    if (console->fd >= 0)
        close(console->fd);
    g_free(console);
}

static bool fail_ended(Console *console, GError **error)
{
    g_autofree char *why = console->driver->reason ? console->driver->reason(console) : NULL;
    return error_set(error, ERROR_MACHINE, "%s: console %s: %s", console->machine->name,
                     console->facet->text, why ? why : "the console was closed");
}

// Waits until the descriptor is ready; false at the deadline.
static bool wait_ready(const Console *console, short events, int64_t until)
{
    int64_t left = MAX(until - clock_monotonic_ms(), 0);
    struct pollfd fd = {.fd = console->fd, .events = events};
    return poll(&fd, 1, (int)MIN(left, TEND_MS)) > 0;
}

bool console_read(Console *console, char *bytes, size_t size, int64_t deadline_ms, size_t *ret_n,
                  GError **error)
{
    int64_t until = clock_monotonic_ms() + deadline_ms;
    if (console->driver->read)
        return console->driver->read(console, bytes, size, deadline_ms, ret_n, error);
    do {
        if (console->driver->tend)
            console->driver->tend(console);
        if (!wait_ready(console, POLLIN, until))
            continue;
        ssize_t n = read(console->fd, bytes, size);
        // The master of a pseudo terminal whose other end was closed says EIO.
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return fail_ended(console, error);
        if (n > 0) {
            *ret_n = (size_t)n;
            return true;
        }
    } while (clock_monotonic_ms() < until);
    *ret_n = 0;
    return true;
}

bool console_write(Console *console, const char *bytes, size_t n, int64_t deadline_ms,
                   GError **error)
{
    int64_t until = clock_monotonic_ms() + deadline_ms;
    if (!console->driver->can_write)
        return error_set(error, ERROR_MACHINE, "%s: console %s takes no input",
                         console->machine->name, console->facet->text);
    if (console->driver->write)
        return console->driver->write(console, bytes, n, deadline_ms, error);
    while (n > 0) {
        ssize_t done = wait_ready(console, POLLOUT, until) ? write(console->fd, bytes, n) : -1;
        if (done > 0) {
            bytes += done;
            n -= (size_t)done;
        } else if (clock_monotonic_ms() >= until) {
            return error_set(error, ERROR_MACHINE, "%s: console %s does not take what is typed",
                             console->machine->name, console->facet->text);
        } else if (done < 0 && errno != EAGAIN && errno != EINTR) {
            return fail_ended(console, error);
        }
    }
    return true;
}

bool console_sysrq(Console *console, char key, int64_t deadline_ms, GError **error)
{
    if (!console->driver->sysrq)
        return error_set(error, ERROR_MACHINE, "%s: console %s cannot send a break",
                         console->machine->name, console->facet->text);
    return console->driver->sysrq(console, key, deadline_ms, error);
}
