// In which mode a virtual machine runs.
#include "inventory/vm_accel.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/error.h"
#include "common/proc.h"

enum { PROBE_MS = 90000, POLL_MS = 500, STOP_MS = 10000 };
#define PROBE_WORDS "marvin.probe=25"
#define PROBE_PASSED "marvin: probe passed"
static const int64_t PROBE_MEMORY = (int64_t)256 << 20;

// What the answer holds for.
static char *computer_name(void)
{
    struct utsname name;
    g_autofree char *info = NULL;
    const char *model = NULL;
    if (g_file_get_contents("/proc/cpuinfo", &info, NULL, NULL))
        model = strstr(info, "model name");
    g_autofree char *line = g_strndup(model ? model : "", model ? strcspn(model, "\n") : 0);
    return g_strdup_printf("%s %s", uname(&name) == 0 ? name.release : "", line);
}

static char *answer_path(const char *state)
{
    return g_build_filename(state, "vm", "kvm", NULL);
}

static void answer_write(const char *state, bool works, const char *why)
{
    g_autofree char *path = answer_path(state), *name = computer_name();
    g_autofree char *folder = g_path_get_dirname(path);
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_mkdir_with_parents(folder, 0755);
    g_key_file_set_string(file, "kvm", "computer", name);
    g_key_file_set_boolean(file, "kvm", "works", works);
    g_key_file_set_string(file, "kvm", "why", why);
    if (!g_key_file_save_to_file(file, path, NULL))
        g_debug("cannot write %s, ignoring", path);
}

// False where nothing is known of this computer.
static bool answer_read(const char *state, bool *ret_works, char **ret_why)
{
    g_autofree char *path = answer_path(state), *name = computer_name();
    g_autoptr(GKeyFile) file = g_key_file_new();
    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL))
        return false;
    g_autofree char *computer = g_key_file_get_string(file, "kvm", "computer", NULL);
    if (g_strcmp0(computer, name) != 0)
        return false;
    *ret_works = g_key_file_get_boolean(file, "kvm", "works", NULL);
    *ret_why = g_key_file_get_string(file, "kvm", "why", NULL);
    return true;
}

void vm_accel_condemn(const char *state, const char *why)
{
    answer_write(state, false, why);
}

// Looks at the probe until it has said that it passed, or died. NULL: it passed.
static char *watch_probe(const char *folder, int64_t until)
{
    g_autofree char *path = g_build_filename(folder, "console.raw", NULL);
    while (clock_monotonic_ms() < until) {
        g_autofree char *status = NULL, *text = NULL;
        g_autoptr(GError) ignored = NULL;
        g_usleep(POLL_MS * 1000);
        if (g_file_get_contents(path, &text, NULL, NULL) && strstr(text, PROBE_PASSED))
            return NULL;
        if (!vm_status(folder, STOP_MS, &status, &ignored))
            return g_strdup(ignored->message);
        if (!status || strcmp(status, "running") != 0)
            return g_strdup_printf("a guest under KVM ended with the status %s",
                                   status ? status : "gone");
    }
    return g_strdup_printf("a guest under KVM did nothing for %d s", PROBE_MS / 1000);
}

// A guest that works for a while. *ret_why NULL: it did.
static bool probe(const Machine *machine, const char *state, const VmBoot *boot,
                  int64_t deadline_ms, char **ret_why, GError **error)
{
    g_autofree char *name = g_strdup_printf("%s-probe", machine->name);
    const Machine small = {.name = name, .cpus = 1, .memory_bytes = PROBE_MEMORY};
    const VmBoot what = {.kernel = boot->kernel,
                         .initrd = boot->initrd,
                         .append = (char *)(guintptr)PROBE_WORDS,
                         .disk = boot->disk,
                         .mode = (char *)(guintptr) "kvm"};
    g_autofree char *folder = vm_folder(state, &small);
    g_autoptr(GError) cause = NULL;
    int64_t until = clock_monotonic_ms() + MIN(deadline_ms, PROBE_MS);
    if (!vm_boot_write(folder, &what, error) || !vm_stop(folder, STOP_MS, error))
        return false;
    *ret_why = vm_start(&small, folder, STOP_MS, &cause) ? watch_probe(folder, until)
                                                         : g_strdup(cause->message);
    const char *clean[] = {"rm", "-rf", "--", folder, NULL};
    g_auto(ProcResult) ran = {0};
    bool good = vm_stop(folder, STOP_MS, error);
    proc_run(&(ProcSpec){.argv = clean}, &ran, NULL);
    return good;
}

static bool kvm_works(const Machine *machine, const char *state, const VmBoot *boot,
                      int64_t deadline_ms, bool *ret_works, char **ret_why, GError **error)
{
    int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        *ret_works = false;
        *ret_why = g_strdup_printf("/dev/kvm: %s", g_strerror(errno));
        return true;
    }
    close(fd);
    if (answer_read(state, ret_works, ret_why))
        return true;
    g_autofree char *why = NULL;
    if (!probe(machine, state, boot, deadline_ms, &why, error))
        return false;
    answer_write(state, !why, why ? why : "a guest worked for 25 s");
    *ret_works = !why;
    *ret_why = g_steal_pointer(&why);
    return true;
}

bool vm_mode_choose(const Machine *machine, const char *state, const VmBoot *boot,
                    int64_t deadline_ms, const char **ret_mode, char **ret_why, GError **error)
{
    g_autofree char *why = NULL;
    bool works = false;
    if (strcmp(machine->accel, "tcg") == 0 || strcmp(machine->accel, "icount") == 0) {
        *ret_mode = strcmp(machine->accel, "tcg") == 0 ? "tcg" : "icount";
        return true;
    }
    if (!kvm_works(machine, state, boot, deadline_ms, &works, &why, error))
        return false;
    if (!works && strcmp(machine->accel, "kvm") == 0)
        return error_set(error, ERROR_MACHINE,
                         "%s: accel = kvm, and KVM does not work here: %s; set accel = icount, or "
                         "auto",
                         machine->name, why);
    *ret_mode = works ? "kvm" : "icount";
    if (ret_why)
        *ret_why = works ? NULL : g_steal_pointer(&why);
    return true;
}
