// A kernel started by the running one, without firmware and boot loader: deploy = kexec. The start
// after it is in the machine's own kernel, since nothing of the boot loader was changed.
#include "common/clock.h"
#include "inventory/deploy_remote.h"

// $1 release, $2 image. It starts a second later, when this answer is on its way.
static const char START[] =
    "set -eu\n"
    "rel=$1 image=/$2 initrd=/boot/initrd.img-$1\n"
    "command -v kexec >/dev/null || { echo 'kexec is not installed there' >&2; exit 1; }\n"
    "if [ -e \"$initrd\" ]; then :\n"
    "elif [ -d \"/lib/modules/$rel\" ] && command -v update-initramfs >/dev/null; then\n"
    "    update-initramfs -c -k \"$rel\" >/dev/null\n"
    "fi\n"
    "words=\n"
    "for w in $(cat /proc/cmdline); do\n"
    "    case $w in BOOT_IMAGE=*|initrd=*|panic=*) ;; *) words=\"$words $w\" ;; esac\n"
    "done\n"
    "if [ -e \"$initrd\" ]; then\n"
    "    kexec -l \"$image\" --initrd=\"$initrd\" --append=\"$words panic=10\"\n"
    "else\n"
    "    kexec -l \"$image\" --append=\"$words panic=10\"\n"
    "fi\n"
    "[ \"$(cat /sys/kernel/kexec_loaded)\" = 1 ] || { echo 'the kernel was not loaded' >&2; exit "
    "1; }\n"
    "sync\n"
    "(sleep 1; systemctl kexec || kexec -e) >/dev/null 2>&1 </dev/null &\n";

static bool kexec_kernel(Deploy *deploy, const char *folder, const Kernel *kernel,
                         int64_t deadline_ms, GError **error)
{
    int64_t until = clock_monotonic_ms() + deadline_ms;
    const char *words[] = {kernel->release, kernel->image, NULL};
    return deploy_copy(deploy, folder, kernel, deadline_ms, error) &&
           deploy_script(deploy, START, words, MAX(until - clock_monotonic_ms(), 1), NULL, error);
}

const DeployDriver DEPLOY_DRIVER_KEXEC = {
    .word = {.name = "kexec", .usage = "kexec"},
    .needs_system = true,
    .restart = RESTART_NONE,
    .kernel = kexec_kernel,
};
