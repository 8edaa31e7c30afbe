// A kernel for one boot through GRUB: deploy = grub-once [append=WORD]. The kernel is copied
// beside the machine's own, an entry of ours in custom.cfg names it, and GRUB is told to boot that
// entry once: whatever becomes of it, the start after it is in the machine's own kernel.
#include <string.h>

#include "common/clock.h"
#include "common/error.h"
#include "inventory/deploy_remote.h"
#include "inventory/device_program.h"

static const char *const KEYS[] = {"append", NULL};

// GRUB must be able to forget the entry (write its environment) before it boots it: it cannot on
// LVM, RAID, btrfs and ZFS. $1 unused.
static const char CHECK[] =
    "set -eu\n"
    "cd /boot/grub\n"
    "for p in grub-reboot grub-editenv grub-probe grub-mkrelpath; do\n"
    "    command -v $p >/dev/null || { echo \"$p is not installed there\" >&2; exit 1; }\n"
    "done\n"
    "grep -q next_entry grub.cfg || { echo 'grub.cfg knows no next_entry: run update-grub' >&2; "
    "exit 1; }\n"
    "grep -q custom.cfg grub.cfg || { echo 'grub.cfg reads no custom.cfg: run update-grub' >&2; "
    "exit 1; }\n"
    "[ ! -s custom.cfg ] || grep -q marvin-once custom.cfg || {\n"
    "    echo '/boot/grub/custom.cfg there is not ours, and would be overwritten: move its "
    "entries to /etc/grub.d/40_custom' >&2; exit 1; }\n"
    "a=$(grub-probe --target=abstraction /boot/grub); f=$(grub-probe --target=fs /boot/grub)\n"
    "case \"$a $f\" in *lvm*|*raid*|*diskfilter*|*btrfs*|*zfs*)\n"
    "    echo \"GRUB cannot write its environment on $a $f: a bad kernel would be booted for "
    "ever\" >&2\n"
    "    exit 1 ;;\n"
    "esac\n";

// $1 release, $2 image, $3 words for the command line. The running command line with panic= of
// ours: a kernel that panics restarts into the machine's own.
static const char ENTRY[] =
    "set -eu\n"
    "rel=$1 image=/$2 initrd=/boot/initrd.img-$1\n"
    "if [ -e \"$initrd\" ]; then :\n"
    "elif [ -d \"/lib/modules/$rel\" ] && command -v update-initramfs >/dev/null; then\n"
    "    update-initramfs -c -k \"$rel\" >/dev/null\n"
    "elif [ -d \"/lib/modules/$rel\" ] && command -v dracut >/dev/null; then\n"
    "    dracut --force --quiet \"$initrd\" \"$rel\"\n"
    "fi\n"
    "words=\n"
    "for w in $(cat /proc/cmdline); do\n"
    "    case $w in BOOT_IMAGE=*|initrd=*|panic=*|*[!A-Za-z0-9=,.:/_+@%-]*) ;; *) words=\"$words "
    "$w\" ;; esac\n"
    "done\n"
    "{\n"
    "    echo \"menuentry 'marvin-once' --id marvin-once {\"\n"
    "    echo \"    insmod part_msdos; insmod part_gpt; insmod ext2\"\n"
    "    echo \"    search --no-floppy --fs-uuid --set=root $(grub-probe --target=fs_uuid "
    "/boot)\"\n"
    "    echo \"    linux $(grub-mkrelpath \"$image\")$words panic=10 $3\"\n"
    "    [ ! -e \"$initrd\" ] || echo \"    initrd $(grub-mkrelpath \"$initrd\")\"\n"
    "    echo '}'\n"
    "} >/boot/grub/custom.cfg.new\n"
    "mv /boot/grub/custom.cfg.new /boot/grub/custom.cfg\n"
    "grub-reboot marvin-once\n"
    "sync\n"
    "grub-editenv /boot/grub/grubenv list | grep -qx next_entry=marvin-once || {\n"
    "    echo 'GRUB did not keep its next entry' >&2; exit 1; }\n";

// The entry of ours is forgotten. The kernel itself goes when the next one comes: it may be
// running.
static const char SETTLE[] =
    "set -eu\n"
    "grub-editenv /boot/grub/grubenv unset next_entry\n"
    "if [ -e /boot/grub/custom.cfg ] && grep -q marvin-once /boot/grub/custom.cfg; then\n"
    "    rm -f /boot/grub/custom.cfg\n"
    "fi\n"
    "sync\n";

static bool once_open(Deploy *deploy, GError **error)
{
    return deploy_append_is_good(deploy, error) &&
           facet_check_options(deploy->facet, 0, KEYS, error);
}

static bool once_kernel(Deploy *deploy, const char *folder, const Kernel *kernel,
                        int64_t deadline_ms, GError **error)
{
    static const char *const NONE[] = {NULL};
    int64_t until = clock_monotonic_ms() + deadline_ms;
    const char *words[] = {kernel->release, kernel->image,
                           facet_option(deploy->facet, "append", ""), NULL};
    return deploy_script(deploy, CHECK, NONE, deadline_ms, NULL, error) &&
           deploy_copy(deploy, folder, kernel, MAX(until - clock_monotonic_ms(), 1), error) &&
           deploy_script(deploy, ENTRY, words, MAX(until - clock_monotonic_ms(), 1), NULL, error);
}

static bool once_settle(Deploy *deploy, int64_t deadline_ms, GError **error)
{
    static const char *const NONE[] = {NULL};
    // GRUB forgot the entry when it booted it: without a connection there is nothing to do.
    return !deploy->transport || deploy_script(deploy, SETTLE, NONE, deadline_ms, NULL, error);
}

static bool once_check(Deploy *deploy, int64_t deadline_ms, DeployLook *ret_look, GError **error)
{
    static const char *const NONE[] = {NULL};
    g_autoptr(GError) cause = NULL;
    (void)error;
    if (deploy_script(deploy, CHECK, NONE, deadline_ms, NULL, &cause))
        ret_look->found = g_strdup("GRUB there can boot an entry once");
    else
        *ret_look =
            (DeployLook){.found = g_strdup(cause->message),
                         .remedy = g_strdup(
                             "mend that there, or use deploy = kexec, which needs no boot loader")};
    return true;
}

const DeployDriver DEPLOY_DRIVER_GRUB_ONCE = {
    .word = {.name = "grub-once", .usage = "grub-once [append=WORD]", .max_arguments = 1},
    .needs_system = true,
    .restart = RESTART_REBOOT,
    .open = once_open,
    .kernel = once_kernel,
    .settle = once_settle,
    .check = once_check,
};
