// A kernel started by the running one, without firmware and boot loader: deploy = kexec. The start
// after it is in the machine's own kernel, since nothing of the boot loader was changed.
#include "common/clock.h"
#include "inventory/deploy_remote.h"

// $1 release, $2 image.
static const char START[] =
    "set -eu\n"
    "rel=$1 image=/$2 initrd=/boot/initrd.img-$1\n"
    "command -v kexec >/dev/null || { echo 'kexec is not installed there' >&2; exit 1; }\n"
    "if [ -e \"$initrd\" ]; then :\n"
    "elif [ -d \"/lib/modules/$rel\" ] && command -v update-initramfs >/dev/null; then\n"
    "    update-initramfs -c -k \"$rel\" >/dev/null\n"
    "elif [ -d \"/lib/modules/$rel\" ] && command -v dracut >/dev/null; then\n"
    "    dracut --force --quiet \"$initrd\" \"$rel\"\n"
    "fi\n"
    "words=\n"
    "for w in $(cat /proc/cmdline); do\n"
    "    case $w in BOOT_IMAGE=*|initrd=*|panic=*) ;; *) words=\"$words $w\" ;; esac\n"
    "done\n"
    "if [ -e \"$initrd\" ]; then\n"
    "    kexec -l \"$image\" --initrd=\"$initrd\" --append=\"$words panic=10\"\n"
    "else\n"
    "    kexec -l \"$image\" --append=\"$words panic=10\"\n"
    "fi\n" DEPLOY_KEXEC_GO;

// What kexec needs of a system and its running kernel.
static const char CHECK[] =
    "mend() { echo \"mend $1 -> $2\"; exit 0; }\n"
    "version=$(kexec --version 2>/dev/null) ||\n"
    "    mend 'kexec is not installed there' 'install it there: apt-get install kexec-tools'\n"
    "[ -e /sys/kernel/kexec_loaded ] || mend \"its kernel $(uname -r) was built without kexec\" "
    "\\\n"
    "    'run one with CONFIG_KEXEC there, or use deploy = grub-once'\n"
    "[ \"$(cat /proc/sys/kernel/kexec_load_disabled 2>/dev/null)\" != 1 ] ||\n"
    "    mend 'kexec is switched off until its next start' \\\n"
    "    'find who sets kernel.kexec_load_disabled (sysctl.d) there, and start it again'\n"
    "case $(cat /sys/kernel/security/lockdown 2>/dev/null) in "
    "*'[integrity]'*|*'[confidentiality]'*)\n"
    "    mend 'its kernel is locked down and starts signed kernels only' \\\n"
    "    'switch Secure Boot off in its firmware' ;;\n"
    "esac\n"
    "command -v update-initramfs >/dev/null || command -v dracut >/dev/null ||\n"
    "    version=\"$version; no initramfs is made there: for kernels that need none\"\n"
    "echo \"good $version\"\n";

static bool kexec_check(Deploy *deploy, int64_t deadline_ms, DeployLook *ret_look, GError **error)
{
    static const char *const NONE[] = {NULL};
    return deploy_look(deploy, CHECK, NONE, deadline_ms, ret_look, error);
}

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
    .check = kexec_check,
};
