// A distribution's image written over ssh to the disk that the settings name, and started from it:
// deploy = image DISK [via=grub-once|kexec] [rescue=FOLDER] [append=WORD]. Kernels come by `via`.
// Never to a disk that anything uses; what was written is read back.
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/error.h"
#include "common/text.h"
#include "inventory/deploy_remote.h"
#include "inventory/device_program.h"
#include "inventory/image_file.h"

static const char *const KEYS[] = {"via", "rescue", "append", NULL};

typedef struct {
    const DeployDriver *via; // how kernels come
    const char *disk; // borrowed, as is rescue
    const char *rescue; // folder here: vmlinuz, initrd, append; NULL: none
} Imaging;

// What lies on a disk and who uses it: itself, its partitions, and what is stacked on them (LVM,
// RAID, encryption). $1 the disk. Sets at, kind, bytes, use, root.
#define LOOK                                                                                       \
    "at=$(readlink -f \"$1\" 2>/dev/null) || at=$1\n"                                              \
    "kind=none bytes=0 use= root=no\n"                                                             \
    "parts() {\n"                                                                                  \
    "    echo \"$1\"\n"                                                                            \
    "    for p in \"/sys/class/block/$1/$1\"* \"/sys/class/block/$1/holders/\"*; do\n"             \
    "        [ ! -e \"$p/dev\" ] || parts \"${p##*/}\"\n"                                          \
    "    done\n"                                                                                   \
    "}\n"                                                                                          \
    "used() { use=\"$use${use:+, }$1\"; }\n"                                                       \
    "if [ -f \"$at\" ]; then\n"                                                                    \
    "    kind=file\n"                                                                              \
    "elif [ -b \"$at\" ]; then\n"                                                                  \
    "    kind=disk name=$(echo \"${at#/dev/}\" | tr / '!')\n"                                      \
    "    [ ! -e \"/sys/class/block/$name/partition\" ] || kind=partition\n"                        \
    "    bytes=$(($(cat \"/sys/class/block/$name/size\") * 512))\n"                                \
    "    for n in $(parts \"$name\"); do\n"                                                        \
    "        number=$(cat \"/sys/class/block/$n/dev\")\n"                                          \
    "        mapped=$(cat \"/sys/class/block/$n/dm/name\" 2>/dev/null) || mapped=-\n"              \
    "        while read -r _ _ dev _ point rest; do\n"                                             \
    "            case \"$dev $rest \" in \"$number \"*|*\" - \"*\" /dev/$n \"*|"                   \
    "*\" - \"*\" /dev/mapper/$mapped \"*)\n"                                                       \
    "                used \"$n is mounted at $point\"; [ \"$point\" != / ] || root=yes ;;\n"       \
    "            esac\n"                                                                           \
    "        done </proc/self/mountinfo\n"                                                         \
    "        while read -r swap rest; do\n"                                                        \
    "            [ \"$(readlink -f \"$swap\")\" != \"/dev/$n\" ] || used \"$n is swap\"\n"         \
    "        done </proc/swaps\n"                                                                  \
    "        for p in \"/sys/class/block/$n/holders/\"*; do\n"                                     \
    "            [ ! -e \"$p\" ] || used \"${p##*/} is made of $n\"\n"                             \
    "        done\n"                                                                               \
    "    done\n"                                                                                   \
    "fi\n"

static const char SAY[] = LOOK "zstd=no; ! command -v zstd >/dev/null || zstd=yes\n"
                               "printf 'kind %s\\nbytes %s\\nroot %s\\nzstd %s\\nuse %s\\n' $kind "
                               "$bytes $root $zstd \"$use\"\n";

// $1 disk, $2 bytes, $3 SHA-256, $4 packed or raw; the image is the standard input. The copy of an
// old partition table at the disk's end goes too, where the image does not reach it.
static const char WRITE[] =
    "set -eu\n" LOOK "refuse() { echo \"$at is not written to: $1\" >&2; exit 1; }\n"
    "case $kind in disk|file) ;; *) refuse 'it is no disk' ;; esac\n"
    "[ -z \"$use\" ] || refuse \"$use\"\n"
    "! blockdev --rereadpt \"$at\" 2>&1 | grep -qi busy || refuse 'its kernel says that it is "
    "busy'\n"
    "[ $kind = file ] || [ \"$bytes\" -ge \"$2\" ] || refuse 'it is too small'\n"
    "case $4 in packed) zstd -dcq ;; *) cat ;; esac |\n"
    "    dd of=\"$at\" bs=4M iflag=fullblock conv=fsync,notrunc 2>/dev/null ||\n"
    "    { echo \"writing to $at failed\" >&2; exit 1; }\n"
    "if [ $kind = disk ] && [ $((bytes - $2)) -ge 17408 ]; then\n"
    "    dd if=/dev/zero of=\"$at\" bs=512 seek=$((bytes / 512 - 34)) count=34 "
    "conv=fsync,notrunc 2>/dev/null\n"
    "fi\n"
    "sync\n"
    "echo 3 >/proc/sys/vm/drop_caches 2>/dev/null || true\n"
    "blockdev --flushbufs \"$at\" 2>/dev/null || true\n"
    "back=$(head -c \"$2\" \"$at\" | sha256sum | cut -d' ' -f1)\n"
    "[ \"$back\" = \"$3\" ] || { echo \"$at was written, and reads back other content: $back, not "
    "$3\" >&2; exit 1; }\n"
    "blockdev --rereadpt \"$at\" >/dev/null 2>&1 || true\n";

// $1 kernel, $2 initramfs, $3 command line.
static const char RESCUE[] =
    "set -eu\n"
    "command -v kexec >/dev/null || { echo 'kexec is not installed there' >&2; exit 1; }\n"
    "kexec -l \"$1\" --initrd=\"$2\" --append=\"$3\"\n" DEPLOY_KEXEC_GO;

// What the machine said of its disk.
typedef struct {
    char *kind, *root, *zstd, *use;
    int64_t bytes;
} Disk;

static void disk_clear(Disk *disk)
{
    g_free(disk->kind);
    g_free(disk->root);
    g_free(disk->zstd);
    g_free(disk->use);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Disk, disk_clear)

static bool is_yes(const char *word)
{
    return g_strcmp0(word, "yes") == 0;
}

static bool disk_ask(const Deploy *deploy, int64_t deadline_ms, Disk *ret_disk, GError **error)
{
    const Imaging *imaging = deploy->data;
    const char *words[] = {imaging->disk, NULL};
    g_autofree char *answer = NULL, *bytes = NULL;
    g_auto(Disk) disk = {0};
    if (!deploy_script(deploy, SAY, words, deadline_ms, &answer, error))
        return false;
    g_auto(GStrv) lines = g_strsplit(answer, "\n", -1);
    struct {
        const char *key;
        char **value;
    } keys[] = {{"kind ", &disk.kind},
                {"root ", &disk.root},
                {"zstd ", &disk.zstd},
                {"use ", &disk.use},
                {"bytes ", &bytes}};
    for (char **line = lines; *line; line++) {
        for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
            if (g_str_has_prefix(*line, keys[i].key) && !*keys[i].value)
                *keys[i].value = text_escape_terminal(*line + strlen(keys[i].key));
        }
    }
    if (!disk.kind || !disk.root || !disk.use || !bytes || !text_parse_int(bytes, &disk.bytes))
        return device_rubbish("the script that looks at its disk", answer, error);
    *ret_disk = disk;
    disk = (Disk){0};
    return true;
}

static bool disk_check(const Deploy *deploy, const Disk *disk, GError **error)
{
    const Imaging *imaging = deploy->data;
    if (strcmp(disk->kind, "disk") == 0 || strcmp(disk->kind, "file") == 0)
        return true;
    bool is_part = strcmp(disk->kind, "partition") == 0;
    return error_set(error, ERROR_MACHINE, "%s %s: %s names it", imaging->disk,
                     is_part ? "is a partition there, and an image is a whole disk"
                             : "is no disk there",
                     deploy->facet->origin);
}

// What was written last: "HASH DISK". Only of a write that was read back.
static char *note_path(const Deploy *deploy)
{
    g_autofree char *name = g_strconcat("on-", deploy->machine->name, NULL);
    return g_build_filename(deploy->actor->state, "images", name, NULL);
}

static bool is_noted(const Deploy *deploy, const ImageFile *file)
{
    const Imaging *imaging = deploy->data;
    g_autofree char *path = note_path(deploy), *text = NULL;
    g_autofree char *wanted = g_strdup_printf("%s %s\n", file->hash, imaging->disk);
    return g_file_get_contents(path, &text, NULL, NULL) && strcmp(text, wanted) == 0;
}

static bool note_write(const Deploy *deploy, const ImageFile *file, GError **error)
{
    const Imaging *imaging = deploy->data;
    g_autofree char *path = note_path(deploy), *folder = g_path_get_dirname(path);
    g_autofree char *text = g_strdup_printf("%s %s\n", file->hash, imaging->disk);
    g_mkdir_with_parents(folder, 0755);
    return g_file_set_contents(path, text, -1, error);
}

static bool find_file(const Deploy *deploy, const char *name, const char *const *packages,
                      ImageFile *ret_file, GError **error)
{
    g_auto(Distro) distro = {0};
    return distro_find(deploy->settings, name, packages, &distro, error) &&
           image_file_get(deploy->actor->state, deploy->settings, &distro, ret_file, error);
}

// The driver ------------------------------------------------------------------------------------

static bool rescue_is_good(const Deploy *deploy, const char *folder, GError **error)
{
    static const char *const FILES[] = {"vmlinuz", "initrd"};
    for (size_t i = 0; folder && i < G_N_ELEMENTS(FILES); i++) {
        g_autofree char *path = g_build_filename(folder, FILES[i], NULL);
        if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
            return error_set(error, ERROR_INPUT,
                             "%s: rescue=%s: expected a folder with vmlinuz and initrd, and %s is "
                             "not there",
                             deploy->facet->origin, folder, path);
    }
    return true;
}

static bool image_open(Deploy *deploy, GError **error)
{
    const char *disk = facet_argument(deploy->facet, 0);
    const char *via = facet_option(deploy->facet, "via", "grub-once");
    const char *rescue = facet_option(deploy->facet, "rescue", NULL);
    bool is_kexec = strcmp(via, "kexec") == 0;
    if (!g_path_is_absolute(disk) || strstr(disk, "/../"))
        return error_set(error, ERROR_INPUT,
                         "%s: expected the disk's path, best of those below /dev/disk/by-id, not "
                         "%s",
                         deploy->facet->origin, disk);
    if (!is_kexec && strcmp(via, "grub-once") != 0)
        return error_set(error, ERROR_INPUT, "%s: expected via=grub-once or via=kexec, not %s",
                         deploy->facet->origin, via);
    if (!facet_check_options(deploy->facet, 1, KEYS, error) ||
        !deploy_append_is_good(deploy, error) || !rescue_is_good(deploy, rescue, error))
        return false;
    Imaging *imaging = g_new0(Imaging, 1);
    *imaging = (Imaging){.via = is_kexec ? &DEPLOY_DRIVER_KEXEC : &DEPLOY_DRIVER_GRUB_ONCE,
                         .disk = disk,
                         .rescue = rescue};
    deploy->data = imaging;
    deploy->restart = imaging->via->restart;
    return true;
}

static void image_close(Deploy *deploy)
{
    g_clear_pointer(&deploy->data, g_free);
}

static bool image_kernel(Deploy *deploy, const char *folder, const Kernel *kernel,
                         int64_t deadline_ms, GError **error)
{
    const Imaging *imaging = deploy->data;
    return imaging->via->kernel(deploy, folder, kernel, deadline_ms, error);
}

static bool image_settle(Deploy *deploy, int64_t deadline_ms, GError **error)
{
    const Imaging *imaging = deploy->data;
    return !imaging->via->settle || imaging->via->settle(deploy, deadline_ms, error);
}

static bool image_look(Deploy *deploy, const char *name, const char *const *packages,
                       int64_t deadline_ms, ImageStep *ret_step, GError **error)
{
    const Imaging *imaging = deploy->data;
    g_auto(ImageFile) file = {0};
    g_auto(Disk) disk = {0};
    if (!find_file(deploy, name, packages, &file, error) ||
        !disk_ask(deploy, deadline_ms, &disk, error) || !disk_check(deploy, &disk, error))
        return false;
    bool is_file = strcmp(disk.kind, "file") == 0;
    if (is_noted(deploy, &file)) {
        *ret_step = is_yes(disk.root) || is_file ? IMAGE_THERE : IMAGE_START;
        return true;
    }
    if (!is_file && disk.bytes < file.bytes)
        return error_set(error, ERROR_MACHINE,
                         "%s holds %" G_GINT64_FORMAT
                         " bytes, and the image of %s is one of %" G_GINT64_FORMAT,
                         imaging->disk, disk.bytes, name, file.bytes);
    if (*disk.use && !imaging->rescue)
        return error_set(error, ERROR_MACHINE,
                         "%s is in use (%s), and is not written to: start the machine from "
                         "elsewhere, or set rescue=FOLDER",
                         imaging->disk, disk.use);
    *ret_step = *disk.use ? IMAGE_RESCUE : IMAGE_WRITE;
    return true;
}

static bool image_rescue(Deploy *deploy, int64_t deadline_ms, GError **error)
{
    const Imaging *imaging = deploy->data;
    const char *work = transport_work(deploy->transport);
    g_autofree char *kernel = g_build_filename(imaging->rescue, "vmlinuz", NULL);
    g_autofree char *initrd = g_build_filename(imaging->rescue, "initrd", NULL);
    g_autofree char *append = g_build_filename(imaging->rescue, "append", NULL);
    g_autofree char *there = g_build_filename(work, "rescue-vmlinuz", NULL);
    g_autofree char *initrd_there = g_build_filename(work, "rescue-initrd", NULL);
    g_autofree char *words = NULL;
    if (!g_file_get_contents(append, &words, NULL, NULL))
        words = g_strdup("");
    const char *all[] = {there, initrd_there, g_strstrip(words), NULL};
    return transport_put_file(deploy->transport, kernel, there, error) &&
           transport_put_file(deploy->transport, initrd, initrd_there, error) &&
           deploy_script(deploy, RESCUE, all, deadline_ms, NULL, error);
}

static bool image_write(const Deploy *deploy, const ImageFile *file, const char *path, bool packed,
                        int64_t deadline_ms, GError **error)
{
    const Imaging *imaging = deploy->data;
    g_autofree char *bytes = g_strdup_printf("%" G_GINT64_FORMAT, file->bytes);
    const char *words[] = {imaging->disk, bytes, file->hash, packed ? "packed" : "raw", NULL};
    g_autofree char *note = note_path(deploy);
    g_unlink(note);
    return deploy_feed(deploy, WRITE, words, path, deadline_ms, error) &&
           note_write(deploy, file, error);
}

// A machine without zstd gets the image unpacked.
static bool image_image(Deploy *deploy, const char *name, const char *const *packages,
                        int64_t deadline_ms, GError **error)
{
    int64_t until = clock_monotonic_ms() + deadline_ms;
    g_auto(ImageFile) file = {0};
    g_auto(Disk) disk = {0};
    if (!find_file(deploy, name, packages, &file, error) ||
        !disk_ask(deploy, deadline_ms, &disk, error) || !disk_check(deploy, &disk, error))
        return false;
    if (!file.is_packed || is_yes(disk.zstd))
        return image_write(deploy, &file, file.path, file.is_packed,
                           MAX(until - clock_monotonic_ms(), 1), error);
    g_autofree char *raw = g_build_filename(deploy->actor->state, "image-XXXXXX", NULL);
    int fd = g_mkstemp(raw);
    if (fd < 0)
        return error_set(error, ERROR_INPUT, "cannot write in %s: %s", deploy->actor->state,
                         g_strerror(errno));
    close(fd);
    bool good = image_file_unpack(&file, raw, error) &&
                image_write(deploy, &file, raw, false, MAX(until - clock_monotonic_ms(), 1), error);
    g_unlink(raw);
    return good;
}

static bool image_check(Deploy *deploy, int64_t deadline_ms, DeployLook *ret_look, GError **error)
{
    const Imaging *imaging = deploy->data;
    g_auto(Disk) disk = {0};
    g_auto(DeployLook) via = {0};
    g_autoptr(GError) unfit = NULL;
    if (!disk_ask(deploy, deadline_ms, &disk, error) ||
        !imaging->via->check(deploy, deadline_ms, &via, error))
        return false;
    bool is_disk = disk_check(deploy, &disk, &unfit);
    g_autofree char *bytes = text_bytes(disk.bytes);
    const char *remedy =
        !is_disk ? "name the whole disk there (ls -l /dev/disk/by-id)"
        : *disk.use && !imaging->rescue
            ? "no other image can be written: set rescue=FOLDER, or start it from elsewhere then"
            : via.remedy;
    ret_look->found = is_disk ? g_strdup_printf("%s, %s, %s; %s", imaging->disk, bytes,
                                                *disk.use ? disk.use : "not in use", via.found)
                              : g_strdup(unfit->message);
    ret_look->remedy = g_strdup(remedy);
    return true;
}

const DeployDriver DEPLOY_DRIVER_IMAGE = {
    .word = {.name = "image",
             .usage = "image DISK [via=grub-once|kexec] [rescue=FOLDER] [append=WORD]",
             .min_arguments = 1,
             .max_arguments = 4},
    .needs_system = true,
    .restart = RESTART_REBOOT,
    .open = image_open,
    .close = image_close,
    .kernel = image_kernel,
    .settle = image_settle,
    .image = image_image,
    .image_look = image_look,
    .image_rescue = image_rescue,
    .check = image_check,
};
