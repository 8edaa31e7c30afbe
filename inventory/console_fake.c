// A console that is a FIFO in a folder (inventory/fake.h): console = fake FOLDER. What a test
// writes into FOLDER/console is what the machine prints; what is typed goes the same way and is
// read back.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "inventory/console.h"
#include "inventory/fake.h"

static bool fake_open(Console *console, int64_t deadline_ms, GError **error)
{
    FakeTurn turn;
    const char *folder = facet_argument(console->facet, 0);
    g_autofree char *path = g_build_filename(folder, "console", NULL);
    if (!fake_take(folder, "console", "open", deadline_ms, &turn, error))
        return false;
    if (mkfifo(path, 0600) != 0 && errno != EEXIST)
        return error_set(error, ERROR_MACHINE, "cannot make %s: %s", path, g_strerror(errno));
    // Open for writing too: it has no end while a test opens and closes it.
    console->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    return console->fd >= 0 ||
           error_set(error, ERROR_MACHINE, "cannot open %s: %s", path, g_strerror(errno));
}

const ConsoleDriver CONSOLE_DRIVER_FAKE = {
    .word = {.name = "fake", .usage = "fake FOLDER", .min_arguments = 1, .max_arguments = 1},
    .open = fake_open,
    .can_write = true,
};
