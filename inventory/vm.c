// A virtual machine of QEMU: its folder, what it boots, starting, stopping and asking it.
#include "inventory/vm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/error.h"
#include "common/proc.h"
#include "inventory/qmp.h"
#include "inventory/vm_image.h"

enum { START_TRIES = 3, POLL_MS = 50, QUIT_MS = 5000 };

// console: where symptoms are read. panic: at once, so that QEMU stops in the state it died in.
// random: no waiting for entropy. The trailing words are the machine's and the boot's own.
#define KERNEL_WORDS "console=ttyS0 panic=-1 random.trust_cpu=on sysrq_always_enabled net.ifnames=0"

// Files of the folder ----------------------------------------------------------------------------

void vm_boot_clear(VmBoot *boot)
{
    g_clear_pointer(&boot->kernel, g_free);
    g_clear_pointer(&boot->initrd, g_free);
    g_clear_pointer(&boot->append, g_free);
    g_clear_pointer(&boot->disk, g_free);
    g_clear_pointer(&boot->modules, g_free);
    g_clear_pointer(&boot->mode, g_free);
}

char *vm_folder(const char *state, const Machine *machine)
{
    char *folder = g_build_filename(state, "vm", machine->name, NULL);
    g_autofree char *overlay = g_build_filename(folder, "tmp", NULL);
    g_mkdir_with_parents(overlay, 0755);
    return folder;
}

bool vm_boot_write(const char *folder, const VmBoot *boot, GError **error)
{
    const struct {
        const char *key, *value;
    } rows[] = {{"kernel", boot->kernel}, {"initrd", boot->initrd},   {"append", boot->append},
                {"disk", boot->disk},     {"modules", boot->modules}, {"mode", boot->mode}};
    g_autofree char *path = g_build_filename(folder, "next", NULL);
    g_autoptr(GKeyFile) file = g_key_file_new();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].value)
            g_key_file_set_string(file, "boot", rows[i].key, rows[i].value);
    }
    return g_key_file_save_to_file(file, path, error);
}

bool vm_boot_read(const char *folder, VmBoot *ret_boot, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "next", NULL);
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_auto(VmBoot) boot = {0};
    if (g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL)) {
        boot.kernel = g_key_file_get_string(file, "boot", "kernel", NULL);
        boot.initrd = g_key_file_get_string(file, "boot", "initrd", NULL);
        boot.append = g_key_file_get_string(file, "boot", "append", NULL);
        boot.disk = g_key_file_get_string(file, "boot", "disk", NULL);
        boot.modules = g_key_file_get_string(file, "boot", "modules", NULL);
        boot.mode = g_key_file_get_string(file, "boot", "mode", NULL);
    }
    if (!boot.kernel || !boot.initrd || !boot.disk || !boot.mode)
        return error_set(error, ERROR_MACHINE,
                         "no kernel has been deployed to this virtual machine: there is nothing to "
                         "boot");
    *ret_boot = boot;
    boot = (VmBoot){0};
    return true;
}

static char *read_word(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) ? g_strstrip(text) : NULL;
}

static bool write_word(const char *folder, const char *name, const char *word, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    return g_file_set_contents(path, word, -1, error);
}

char *vm_mode(const char *folder)
{
    return read_word(folder, "mode");
}

// The process ------------------------------------------------------------------------------------

// The process of this folder's QEMU; 0: none. A number that was given to another program since is
// told by its command line, which has our folder's name.
static pid_t find_process(const char *folder)
{
    g_autofree char *text = read_word(folder, "pid"), *line = NULL;
    g_autofree char *pidfile = g_build_filename(folder, "pid", NULL);
    gsize size = 0;
    pid_t pid = text ? (pid_t)atoi(text) : 0;
    g_autofree char *path = g_strdup_printf("/proc/%d/cmdline", (int)pid);
    if (pid <= 0 || !g_file_get_contents(path, &line, &size, NULL))
        return 0;
    for (gsize i = 0; i < size; i += strlen(line + i) + 1) {
        if (strcmp(line + i, pidfile) == 0)
            return pid;
    }
    return 0;
}

bool vm_is_alive(const char *folder)
{
    return find_process(folder) != 0;
}

bool vm_ask(const char *folder, const char *command, json_t *arguments, int64_t deadline_ms,
            GError **error)
{
    g_autofree char *path = g_build_filename(folder, "qmp", NULL);
    return qmp_ask(path, command, arguments, deadline_ms, NULL, error);
}

bool vm_status(const char *folder, int64_t deadline_ms, char **ret_status, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "qmp", NULL);
    GError *cause = NULL;
    json_t *answer = NULL;
    if (qmp_ask(path, "query-status", NULL, deadline_ms, &answer, &cause)) {
        const char *word = json_string_value(json_object_get(answer, "status"));
        *ret_status = g_strdup(word ? word : "unknown");
        json_decref(answer);
        return true;
    }
    if (g_error_matches(cause, MARVIN_ERROR, ERROR_NO) && find_process(folder) == 0) {
        g_error_free(cause);
        *ret_status = NULL;
        return true;
    }
    error_set(error, ERROR_MACHINE, "%s", cause->message);
    g_error_free(cause);
    return false;
}

static bool wait_gone(const char *folder, int64_t until)
{
    while (find_process(folder) != 0) {
        if (clock_monotonic_ms() >= until)
            return false;
        g_usleep(POLL_MS * 1000);
    }
    return true;
}

bool vm_stop(const char *folder, int64_t deadline_ms, GError **error)
{
    int64_t begun = clock_monotonic_ms(), until = begun + deadline_ms;
    int64_t quit_ms = MIN(deadline_ms / 2, QUIT_MS);
    g_autoptr(GError) ignored = NULL;
    if (vm_ask(folder, "quit", NULL, quit_ms, &ignored) && wait_gone(folder, begun + quit_ms))
        return true;
    pid_t pid = find_process(folder);
    if (pid > 0)
        kill(pid, SIGKILL);
    return wait_gone(folder, until) ||
           error_set(error, ERROR_MACHINE, "QEMU (process %d) does not end", (int)pid);
}

// A start ----------------------------------------------------------------------------------------

// A port of the loopback that nobody has now.
static bool find_port(int *ret_port, GError **error)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good = fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 &&
                getsockname(fd, (struct sockaddr *)&address, &size) == 0;
    if (!good)
        error_set(error, ERROR_MACHINE, "there is no free port on the loopback: %s",
                  g_strerror(errno));
    if (fd >= 0)
        close(fd);
    *ret_port = ntohs(address.sin_port);
    return good;
}

G_GNUC_PRINTF(2, 3) static void add(GPtrArray *argv, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    g_ptr_array_add(argv, g_strdup_vprintf(format, list));
    va_end(list);
}

static void add_words(GPtrArray *argv, const char *const *words)
{
    for (; *words; words++)
        g_ptr_array_add(argv, g_strdup(*words));
}

// A comma ends an option's value in QEMU's notation; two of them are one.
static char *escape_commas(const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, ",", -1);
    return g_strjoinv(",,", parts);
}

static void add_mode(GPtrArray *argv, const char *mode)
{
    static const char *const KVM[] = {"-machine", "q35,accel=kvm", "-cpu", "host", NULL};
    static const char *const TCG[] = {"-machine", "q35,accel=tcg", "-cpu", "max,la57=off", NULL};
    static const char *const COUNT[] = {"-icount", "shift=2", NULL};
    add_words(argv, strcmp(mode, "kvm") == 0 ? KVM : TCG);
    if (strcmp(mode, "icount") == 0)
        add_words(argv, COUNT);
}

static void add_disk(GPtrArray *argv, const char *path, bool overlay)
{
    g_autofree char *name = escape_commas(path);
    add(argv, "-drive");
    add(argv, "if=virtio,format=raw,file=%s,%s", name, overlay ? "snapshot=on" : "readonly=on");
}

static GPtrArray *format_argv(const Machine *machine, const char *folder, const VmBoot *boot,
                              int port)
{
    static const char *const FIXED[] = {
        "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-daemonize",
        // A guest that resets or panics stops, and its memory stays until somebody has looked.
        "-action", "reboot=shutdown,shutdown=pause",
        // Sockets by names within the folder: a socket's path holds 107 bytes.
        "-qmp", "unix:qmp,server=on,wait=off", "-chardev",
        "socket,id=console,path=console,server=on,wait=off,logfile=console.raw,logappend=off",
        "-serial", "chardev:console", NULL};
    GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
    int cpus = strcmp(boot->mode, "icount") == 0 ? 1 : MAX(machine->cpus, 1);
    add_words(argv, FIXED);
    add_mode(argv, boot->mode);
    add(argv, "-name");
    add(argv, "marvin-%s", machine->name);
    add(argv, "-pidfile");
    add(argv, "%s/pid", folder);
    add(argv, "-m");
    add(argv, "%" G_GINT64_FORMAT "M", machine->memory_bytes >> 20);
    add(argv, "-smp");
    add(argv, "%d,sockets=1,cores=%d,threads=1", cpus, cpus);
    add(argv, "-kernel");
    add(argv, "%s", boot->kernel);
    add(argv, "-initrd");
    add(argv, "%s", boot->initrd);
    add(argv, "-append");
    add(argv, "%s%s%s%s%s", KERNEL_WORDS, machine->append ? " " : "",
        machine->append ? machine->append : "", boot->append ? " " : "",
        boot->append ? boot->append : "");
    add_disk(argv, boot->disk, true);
    if (boot->modules)
        add_disk(argv, boot->modules, false);
    add(argv, "-netdev");
    add(argv, "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:%d-:22", port);
    add(argv, "-device");
    add(argv, "virtio-net-pci,netdev=net,romfile=");
    g_ptr_array_add(argv, NULL);
    return argv;
}

static char **format_env(const char *folder)
{
    g_autofree char *overlay = g_build_filename(folder, "tmp", NULL);
    char **env = g_get_environ();
    return g_environ_setenv(env, "TMPDIR", overlay, TRUE);
}

static bool start_once(const Machine *machine, const char *folder, const VmBoot *boot,
                       int64_t deadline_ms, GError **error)
{
    int port = 0;
    if (!find_port(&port, error))
        return false;
    g_autoptr(GPtrArray) argv = format_argv(machine, folder, boot, port);
    g_auto(GStrv) env = format_env(folder);
    g_auto(ProcResult) ran = {0};
    g_autofree char *number = g_strdup_printf("%d\n", port);
    ProcSpec spec = {.argv = (const char *const *)argv->pdata,
                     .env = (const char *const *)env,
                     .dir = folder,
                     .deadline_ms = deadline_ms,
                     .cpus = machine->cpu_list,
                     .may_leave_children = true};
    return proc_run_ok(&spec, &ran, error) && write_word(folder, "port", number, error) &&
           write_word(folder, "mode", boot->mode, error);
}

bool vm_start(const Machine *machine, const char *folder, int64_t deadline_ms, GError **error)
{
    g_auto(VmBoot) boot = {0};
    int64_t until = clock_monotonic_ms() + deadline_ms;
    if (!vm_boot_read(folder, &boot, error))
        return false;
    for (int i = 1;; i++) {
        g_autoptr(GError) cause = NULL;
        int64_t left = MAX(until - clock_monotonic_ms(), 1);
        if (start_once(machine, folder, &boot, left, &cause))
            return true;
        // Another program may have taken the port meanwhile.
        if (i < START_TRIES && strstr(cause->message, "forwarding"))
            continue;
        g_propagate_error(error, g_steal_pointer(&cause));
        return false;
    }
}

bool vm_ssh_words(const char *state, const char *folder, char ***ret_words, GError **error)
{
    g_autofree char *port = read_word(folder, "port");
    g_autofree char *key = vm_key_path(state);
    if (!port)
        return error_set(error, ERROR_MACHINE, "this virtual machine was never started");
    // Images are made anew with other keys, and the port is ours on the loopback: no known hosts.
    const char *words[] = {"-F", "/dev/null",
                           "-p", port,
                           "-i", key,
                           "-o", "IdentitiesOnly=yes",
                           "-o", "StrictHostKeyChecking=no",
                           "-o", "UserKnownHostsFile=/dev/null",
                           "-o", "LogLevel=ERROR",
                           "--", "root@127.0.0.1",
                           NULL};
    *ret_words = g_strdupv((char **)(gpointer)(guintptr)words);
    return true;
}

bool vm_greets(const char *folder, int64_t deadline_ms, GError **error)
{
    g_autofree char *port = read_word(folder, "port");
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port ? (uint16_t)atoi(port) : 0),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char greeting[4] = "";
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    bool open = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    bool greets = open && poll(&ready, 1, (int)deadline_ms) > 0 &&
                  recv(fd, greeting, sizeof(greeting), 0) == sizeof(greeting) &&
                  memcmp(greeting, "SSH-", sizeof(greeting)) == 0;
    if (fd >= 0)
        close(fd);
    return greets || error_set(error, ERROR_MACHINE,
                               open ? "no ssh server greets at its port" : "its port is closed");
}
