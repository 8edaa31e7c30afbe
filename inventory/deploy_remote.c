// What the deploy drivers share that work on the running system of a machine.
#include "inventory/deploy_remote.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/error.h"
#include "common/hash.h"
#include "common/proc.h"
#include "common/text.h"
#include "inventory/device_program.h"

enum { OUTPUT_BYTES = 1 << 20 };

static bool run_script(const Deploy *deploy, const char *script, const char *const *words,
                       const char *input_path, int64_t deadline_ms, char **ret_out, GError **error)
{
    static const char *const ENV[] = {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
        "DEBIAN_FRONTEND=noninteractive", NULL};
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    const char *first[] = {"sh", "-c", script, "marvin"};
    for (size_t i = 0; i < G_N_ELEMENTS(first); i++)
        g_ptr_array_add(argv, (gpointer)(guintptr)first[i]);
    for (; *words; words++)
        g_ptr_array_add(argv, (gpointer)(guintptr)*words);
    g_ptr_array_add(argv, NULL);
    TransportRun what = {.argv = (const char *const *)argv->pdata,
                         .env = ENV,
                         .dir = "/",
                         .input_path = input_path,
                         .output_limit_bytes = OUTPUT_BYTES,
                         .deadline_ms = deadline_ms,
                         .is_cancelled = deploy->actor->is_cancelled,
                         .data = deploy->actor->data};
    g_auto(ProcResult) ran = {0};
    if (!transport_run(deploy->transport, &what, &ran, error))
        return false;
    if (ran.cancelled)
        return error_set(error, ERROR_INTERRUPTED, "stopped while it was working");
    ProcSpec spec = {.argv = first, .deadline_ms = deadline_ms};
    g_autofree char *complaint = proc_result_complaint(&spec, &ran);
    if (complaint)
        return error_set(error, ERROR_MACHINE, "%s", complaint);
    if (ret_out)
        *ret_out = g_steal_pointer(&ran.out);
    return true;
}

bool deploy_script(const Deploy *deploy, const char *script, const char *const *words,
                   int64_t deadline_ms, char **ret_out, GError **error)
{
    return run_script(deploy, script, words, NULL, deadline_ms, ret_out, error);
}

bool deploy_feed(const Deploy *deploy, const char *script, const char *const *words,
                 const char *input_path, int64_t deadline_ms, GError **error)
{
    return run_script(deploy, script, words, input_path, deadline_ms, NULL, error);
}

bool deploy_append_is_good(const Deploy *deploy, GError **error)
{
    const char *append = facet_option(deploy->facet, "append", "");
    static const char GOOD[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789=,.:/_+@%-";
    return !append[strspn(append, GOOD)] ||
           error_set(error, ERROR_INPUT, "%s: append=%s holds what GRUB would take apart",
                     deploy->facet->origin, append);
}

bool deploy_look(const Deploy *deploy, const char *script, const char *const *words,
                 int64_t deadline_ms, DeployLook *ret_look, GError **error)
{
    g_autofree char *answer = NULL;
    if (!deploy_script(deploy, script, words, deadline_ms, &answer, error))
        return false;
    g_autofree char *line = text_escape_terminal(g_strstrip(answer));
    bool is_mend = g_str_has_prefix(line, "mend ");
    char *remedy = is_mend ? strstr(line, " -> ") : NULL;
    if (!g_str_has_prefix(line, "good ") && !remedy)
        return device_rubbish("the script that looks there", answer, error);
    if (remedy)
        *remedy = '\0';
    *ret_look = (DeployLook){.found = g_strdup(line + strlen("good ")),
                             .remedy = remedy ? g_strdup(remedy + strlen(" -> ")) : NULL};
    return true;
}

// The artifact's files as an archive here.
static bool pack(const Deploy *deploy, const char *folder, const Kernel *kernel,
                 int64_t deadline_ms, char **ret_path, GError **error)
{
    g_autofree char *path = g_build_filename(deploy->actor->state, "kernel-XXXXXX", NULL);
    int fd = g_mkstemp(path);
    if (fd < 0)
        return error_set(error, ERROR_INPUT, "cannot write in %s: %s", deploy->actor->state,
                         g_strerror(errno));
    close(fd);
    const char *argv[] = {"tar", "-c",          "-f", path, "-C", folder,
                          "--",  kernel->image, NULL, NULL, NULL};
    size_t n = G_N_ELEMENTS(argv) - 3;
    if (kernel->config)
        argv[n++] = kernel->config;
    if (kernel->modules)
        argv[n++] = kernel->modules;
    ProcSpec spec = {.argv = argv, .deadline_ms = deadline_ms};
    g_auto(ProcResult) ran = {0};
    if (!proc_run_ok(&spec, &ran, error)) {
        g_unlink(path);
        return false;
    }
    *ret_path = g_steal_pointer(&path);
    return true;
}

// /var/lib/marvin/kernels/REL: a kernel that we brought; its content is the image's SHA-256 once
// all of it is there.

// $1 release to come, $2 its image's path, $3 its SHA-256. Removes what we brought before, but not
// the kernel that runs; answers whether the new one must be copied. A kernel of the machine's own
// with its release is left alone where it is the same, and is in the way where it is not.
static const char CLEAN[] =
    "set -eu\n"
    "kept=/var/lib/marvin/kernels\n"
    "mkdir -p $kept\n"
    "for k in $kept/*; do\n"
    "    r=${k##*/}\n"
    "    case $r in '*'|\"$1\"|\"$(uname -r)\") continue ;; esac\n"
    "    rm -rf \"/boot/vmlinuz-$r\" \"/boot/config-$r\" \"/boot/initrd.img-$r\" "
    "\"/lib/modules/$r\"\n"
    "    rm -f \"/var/lib/initramfs-tools/$r\" \"$k\"\n"
    "done\n"
    "if [ \"$(cat \"$kept/$1\" 2>/dev/null)\" = \"$3\" ]; then echo have; exit 0; fi\n"
    "if [ -e \"/$2\" ] && [ ! -e \"$kept/$1\" ]; then\n"
    "    [ \"$(sha256sum <\"/$2\" | cut -d' ' -f1)\" = \"$3\" ] && { echo have; exit 0; }\n"
    "    echo \"the machine has a kernel $1 of its own that is another build\" >&2; exit 1\n"
    "fi\n"
    "echo copy\n";

// $1 archive, $2 release, $3 image's path, $4 its SHA-256.
static const char UNPACK[] =
    "set -eu\n"
    "kept=/var/lib/marvin/kernels\n"
    ": >\"$kept/$2\"\n"
    "rm -f \"/boot/initrd.img-$2\"\n"
    "tar -x -f \"$1\" -C / --no-same-owner --keep-directory-symlink\n"
    "rm -f \"$1\"\n"
    "[ ! -d \"/lib/modules/$2\" ] || ! command -v depmod >/dev/null || depmod \"$2\"\n"
    "sync\n"
    "[ \"$(sha256sum <\"/$3\" | cut -d' ' -f1)\" = \"$4\" ] || {\n"
    "    echo \"/$3 did not arrive whole\" >&2; exit 1; }\n"
    "echo \"$4\" >\"$kept/$2\"\n";

bool deploy_copy(const Deploy *deploy, const char *folder, const Kernel *kernel,
                 int64_t deadline_ms, GError **error)
{
    int64_t until = clock_monotonic_ms() + deadline_ms;
    g_autofree char *image = g_build_filename(folder, kernel->image, NULL);
    g_autofree char *there = g_strconcat(transport_work(deploy->transport), "/kernel.tar", NULL);
    g_autofree char *path = NULL, *hash = NULL, *answer = NULL;
    if (!hash_file(image, &hash, error))
        return false;
    const char *look[] = {kernel->release, kernel->image, hash, NULL};
    const char *words[] = {there, kernel->release, kernel->image, hash, NULL};
    if (!deploy_script(deploy, CLEAN, look, deadline_ms, &answer, error))
        return false;
    if (strcmp(g_strstrip(answer), "have") == 0)
        return true;
    if (!pack(deploy, folder, kernel, deadline_ms, &path, error))
        return false;
    bool good = transport_put_file(deploy->transport, path, there, error);
    g_unlink(path);
    return good &&
           deploy_script(deploy, UNPACK, words, MAX(until - clock_monotonic_ms(), 1), NULL, error);
}
