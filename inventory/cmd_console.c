// marvin-inventory console: what a machine's kernel prints, live.
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/error.h"
#include "common/text.h"
#include "inventory/capture.h"
#include "inventory/commands.h"
#include "inventory/console.h"
#include "inventory/grip.h"

enum { OPEN_MS = 20000, LOOK_MS = 200, SYSRQ_MS = 5000, BYTES = 4096 };

// Lines stay lines; colours, cursor moves and whatever else a console may hold are shown, not done.
static void print_escaped(const char *bytes, size_t n)
{
    g_autoptr(GString) piece = g_string_new(NULL);
    for (size_t i = 0; i <= n; i++) {
        char c = i < n ? bytes[i] : '\0';
        if (i < n && c != '\n' && c != '\t' && c != '\r') {
            g_string_append_c(piece, c ? c : '?');
            continue;
        }
        g_autofree char *safe = text_escape_terminal(piece->str);
        fputs(safe, stdout);
        g_string_truncate(piece, 0);
        if (i < n && c != '\r')
            putchar(c);
    }
    fflush(stdout);
}

// Until the user stops it, the time is over, or the console ends.
static bool watch(Console *console, double for_s, GError **error)
{
    int64_t until = clock_monotonic_ms() + (int64_t)(for_s * 1000);
    while (!cmd_stop_requested() && (for_s <= 0 || clock_monotonic_ms() < until)) {
        char bytes[BYTES];
        size_t n = 0;
        if (!console_read(console, bytes, sizeof(bytes), LOOK_MS, &n, error))
            return false;
        print_escaped(bytes, n);
    }
    return true;
}

// Kept to a file with time stamps; nothing is printed.
static bool keep(Console *console, const char *path, double for_s, GError **error)
{
    g_autoptr(Capture) capture = NULL;
    int64_t until = clock_monotonic_ms() + (int64_t)(for_s * 1000);
    if (!capture_start(console, path, &capture, error)) {
        console_close(console);
        return false;
    }
    while (!cmd_stop_requested() && (for_s <= 0 || clock_monotonic_ms() < until)) {
        g_autofree char *why = capture_ended(capture);
        if (why)
            return error_set(error, ERROR_MACHINE, "%s", why);
        clock_sleep(LOOK_MS, cmd_stop_requested_by, NULL);
    }
    return true;
}

static bool open_console(const Machine *machine, const Actor *actor, Console **ret_console,
                         GError **error)
{
    return console_open(machine, actor, OPEN_MS, ret_console, error);
}

// Asking the kernel is an act: under a lease.
static bool ask(const Invocation *invocation, const char *keys, GError **error)
{
    Grip grip = {0};
    Console *console = NULL;
    bool good = grip_take(invocation, "sysrq", OPEN_MS + SYSRQ_MS, &grip, error);
    if (!good)
        return false;
    good = open_console(grip.holding.machine, &grip.actor, &console, error);
    for (; good && *keys; keys++)
        good = console_sysrq(console, *keys, SYSRQ_MS, error);
    good = good && watch(console, 3, error);
    console_close(console);
    return grip_release(&grip, good, error);
}

static bool run(const Invocation *invocation, GError **error)
{
    g_autoptr(Site) site = NULL;
    g_autoptr(Machine) machine = NULL;
    Console *console = NULL;
    double for_s = 0;
    const char *path = cmd_text(invocation, "keep"), *keys = cmd_text(invocation, "sysrq");
    if (!cmd_number(invocation, "for", SETTING_DURATION, &for_s, error))
        return false;
    if (keys)
        return ask(invocation, keys, error);
    site = site_load();
    Actor actor = {.state = site->state};
    if (!machine_find(site->settings, cmd_arguments(invocation)[0], &machine, error) ||
        !open_console(machine, &actor, &console, error))
        return false;
    if (path)
        return keep(console, path, for_s, error);
    bool good = watch(console, for_s, error);
    console_close(console);
    return good;
}

static const CommandOption OPTIONS[] = {
    {"for", 0, OPTION_VALUE, "DURATION", "end after that time; preset: until Ctrl-C"},
    {"keep", 0, OPTION_VALUE, "FILE",
     "append it to FILE, a time stamp a line, instead of printing"},
    {"sysrq", 0, OPTION_VALUE, "KEYS",
     "send these SysRq keys (w: blocked tasks, l: all CPUs) and "
     "print the answer"},
    GRIP_FORCE,
    GRIP_WHY,
    {0},
};

const Command CMD_CONSOLE = {
    .name = "console",
    .arguments = "MACHINE",
    .summary = "watch what a machine's kernel prints",
    .help = "Control characters are shown, not done. Watching needs no lease; --sysrq does. A "
            "console that\n"
            "takes one reader (qemu, ipmi-sol) is the runner's while it runs there: its file of "
            "each run is kept.",
    .options = OPTIONS,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
