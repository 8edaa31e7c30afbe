// A console behind a program on a pseudo terminal.
#include "inventory/console_program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/error.h"
#include "common/proc.h"
#include "common/text.h"
#include "inventory/device_program.h"

enum { GREETING_BYTES = 4096, END_MS = 500, PATH_BYTES = 64 };

// The program and what it was told; owned by console->data.
typedef struct {
    Proc *proc;
    char escape;
    char *said; // its last line, where it ended before it greeted; NULL: nothing
} Behind;

// A pseudo terminal: the master, and the path of a raw slave that stays open in *ret_slave.
static bool terminal_open(int *ret_master, int *ret_slave, char *path, GError **error)
{
    struct termios raw;
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    int slave = -1;
    if (master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0 &&
        ptsname_r(master, path, PATH_BYTES) == 0)
        slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    bool good = slave >= 0 && tcgetattr(slave, &raw) == 0;
    if (good) {
        cfmakeraw(&raw);
        good = tcsetattr(slave, TCSANOW, &raw) == 0;
    }
    if (!good) {
        error_set(error, ERROR_MACHINE, "cannot make a pseudo terminal: %s", g_strerror(errno));
        if (slave >= 0)
            close(slave);
        if (master >= 0)
            close(master);
        return false;
    }
    *ret_master = master;
    *ret_slave = slave;
    return true;
}

static bool program_start(const ConsoleProgram *program, int slave, const char *path,
                          Proc **ret_proc, GError **error)
{
    g_auto(GStrv) env = device_environment(program->variables);
    ProcSpec spec = {.argv = program->argv,
                     .env = (const char *const *)env,
                     .input_fd = slave,
                     .stdout_path = path,
                     .stderr_path = path,
                     .grace_ms = END_MS};
    *ret_proc = proc_start(&spec, error);
    return *ret_proc != NULL;
}

// Reads byte by byte until the greeting has come, so that nothing of the console is lost.
static bool greeting_wait(Console *console, const char *greeting, int64_t until, GError **error)
{
    Behind *behind = console->data;
    g_autoptr(GString) said = g_string_new(NULL);
    while (said->len < GREETING_BYTES) {
        char byte = 0;
        struct pollfd fd = {.fd = console->fd, .events = POLLIN};
        int64_t left_ms = MAX(until - clock_monotonic_ms(), 0);
        if (poll(&fd, 1, (int)MIN(left_ms, G_MAXINT)) == 0 || read(console->fd, &byte, 1) != 1)
            break;
        g_string_append_c(said, byte ? byte : ' ');
        if (g_str_has_suffix(said->str, greeting))
            return true;
    }
    g_strstrip(said->str);
    const char *line = strrchr(said->str, '\n');
    g_autofree char *safe = text_escape_terminal(line ? line + 1 : said->str);
    if (*safe)
        return error_set(error, ERROR_MACHINE, "no connection: %s", safe);
    g_autofree char *why = proc_poll(behind->proc, 0) ? console_program_reason(console) : NULL;
    return error_set(error, ERROR_MACHINE, "no connection: %s", why ? why : "no answer in time");
}

bool console_program_open(Console *console, const ConsoleProgram *program, int64_t deadline_ms,
                          GError **error)
{
    int64_t until = clock_monotonic_ms() + deadline_ms;
    char path[PATH_BYTES];
    int slave = -1;
    if (!terminal_open(&console->fd, &slave, path, error))
        return false;
    Behind *behind = g_new0(Behind, 1);
    console->data = behind;
    behind->escape = program->escape;
    bool good = program_start(program, slave, path, &behind->proc, error);
    close(slave);
    return good && (!program->greeting || greeting_wait(console, program->greeting, until, error));
}

void console_program_close(Console *console)
{
    Behind *behind = console->data;
    if (!behind)
        return;
    // Asked to end, so that the other side frees its connection; then ended.
    if (behind->escape && !proc_poll(behind->proc, 0))
        console_program_command(console, '.', END_MS, NULL);
    if (behind->proc && !proc_poll(behind->proc, behind->escape ? END_MS : 0))
        proc_stop(behind->proc);
    proc_free(behind->proc);
    g_free(behind->said);
    g_free(behind);
    console->data = NULL;
}

char *console_program_reason(Console *console)
{
    Behind *behind = console->data;
    if (!behind->proc || !proc_poll(behind->proc, END_MS))
        return NULL;
    if (!behind->said) {
        const char *const argv[] = {console->facet->driver, NULL};
        ProcSpec spec = {.argv = argv};
        g_auto(ProcResult) ran = {0};
        proc_take_result(behind->proc, &ran);
        behind->said = proc_result_complaint(&spec, &ran);
        behind->said = behind->said ? behind->said : g_strdup("its program has ended");
    }
    return g_strdup(behind->said);
}

// The terminal has an end only when the program is reaped: we hold its other side for it.
void console_program_tend(Console *console)
{
    proc_poll(((Behind *)console->data)->proc, 0);
}

bool console_program_command(Console *console, char letter, int64_t deadline_ms, GError **error)
{
    const Behind *behind = console->data;
    const char command[] = {behind->escape, letter};
    return console_write(console, command, sizeof(command), deadline_ms, error);
}
