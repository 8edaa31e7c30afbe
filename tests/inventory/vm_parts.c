// The parts of a virtual machine that need none: the archive of an initramfs, build ids in ELF
// notes, a distro of the settings, what the next start boots.
#include <glib/gstdio.h>
#include <string.h>
#include <utime.h>

#include "common/error.h"
#include "common/proc.h"
#include "inventory/distro.h"
#include "inventory/recent.h"
#include "inventory/verify.h"
#include "inventory/vm.h"
#include "inventory/vm_cpio.h"
#include "sql/config.h"

static void an_archive_is_what_cpio_reads(void)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();
    g_auto(ProcResult) ran = {0};
    g_autoptr(GError) error = NULL;
    const char *argv[] = {"busybox", "cpio", "-tv", NULL};
    cpio_add_folder(archive, "bin");
    cpio_add(archive, "bin/three", 0100755, "abc", 3);
    cpio_add_link(archive, "bin/sh", "three");
    cpio_end(archive);
    ProcSpec spec = {
        .argv = argv, .input = archive->data, .input_size = archive->len, .deadline_ms = 30000};
    g_assert_true(proc_run_ok(&spec, &ran, &error));
    g_assert_nonnull(strstr(ran.out, "drwxr-xr-x"));
    g_assert_nonnull(strstr(ran.out, "-rwxr-xr-x"));
    g_assert_nonnull(strstr(ran.out, "bin/sh -> three"));
}

static void a_build_id_is_found_among_other_notes(void)
{
    static const unsigned char NOTES[] = {
        // a note of Xen's, its content padded
        4, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0, 'X', 'e', 'n', 0, 1, 2, 3, 4, 5, 0, 0, 0,
        // the build id
        4, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0, 0xab, 0x00, 0x1f, 0};
    g_autofree char *id = notes_build_id(NOTES, sizeof(NOTES));
    g_autofree char *none = notes_build_id(NOTES, 24);
    g_autofree char *cut = notes_build_id(NOTES, sizeof(NOTES) - 4);
    g_assert_cmpstr(id, ==, "ab001f");
    g_assert_null(none);
    g_assert_null(cut);
}

static void the_longest_unused_goes(void)
{
    g_autofree char *folder = g_dir_make_tmp("recent-XXXXXX", NULL);
    const char *const names[] = {"a.raw", "b.raw", "c.raw", "d.raw", "old.sum"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);
        struct utimbuf then = {(time_t)(1000 + i), (time_t)(1000 + i)};
        g_assert_true(g_file_set_contents(path, "x", 1, NULL));
        g_assert_cmpint(g_utime(path, &then), ==, 0);
    }
    g_autofree char *a = g_build_filename(folder, "a.raw", NULL);
    g_autofree char *b = g_build_filename(folder, "b.raw", NULL);
    g_autofree char *c = g_build_filename(folder, "c.raw", NULL);
    g_autofree char *note = g_build_filename(folder, "old.sum", NULL);
    recent_use(a);
    recent_keep(folder, ".raw", 2);
    g_assert_true(g_file_test(a, G_FILE_TEST_EXISTS)); // used after all the others
    g_assert_false(g_file_test(b, G_FILE_TEST_EXISTS) || g_file_test(c, G_FILE_TEST_EXISTS));
    g_assert_true(g_file_test(note, G_FILE_TEST_EXISTS));
    recent_keep(folder, NULL, 0); // names without a dot: none
    g_assert_true(g_file_test(a, G_FILE_TEST_EXISTS));
    recent_keep("/nowhere", NULL, 0);
    const char *argv[] = {"rm", "-rf", "--", folder, NULL};
    g_auto(ProcResult) ran = {0};
    g_assert_true(proc_run_ok(&(ProcSpec){.argv = argv}, &ran, NULL));
}

static void another_kernel_is_told_by_its_words(void)
{
    char release[] = "6.1.0", other[] = "6.1.1", version[] = "#1 SMP", second[] = "#2 SMP",
         id[] = "ab", other_id[] = "cd";
    const Kernel kernel = {.release = release, .version = version, .build_id = id};
    const Running same = {release, version, NULL}, wrong = {other, version, NULL},
                  rebuilt = {release, second, NULL}, twin = {release, version, other_id};
    const Running *const differ[] = {&wrong, &rebuilt, &twin};
    g_assert_null(running_difference(&same, &kernel));
    for (size_t i = 0; i < G_N_ELEMENTS(differ); i++) {
        g_autofree char *text = running_difference(differ[i], &kernel);
        g_assert_nonnull(text);
    }
}

static Settings *settings_of(const char *text)
{
    g_autofree char *path = NULL;
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    Settings *settings = NULL;
    int fd = g_file_open_tmp("distro-XXXXXX.ini", &path, NULL);
    g_close(fd, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_assert_true(
        settings_read_file(path, CONFIG_KINDS, N_CONFIG_KINDS, &settings, complaints, NULL));
    g_assert_cmpuint(complaints->len, ==, 0);
    g_unlink(path);
    return settings;
}

static void a_distro_has_the_packages_of_both(void)
{
    g_autoptr(Settings) settings = settings_of(
        "[distro new]\nsuite = trixie\npackages = perl fio\n[distro bad]\npackages = --purge\n");
    const char *more[] = {"fio", "numactl", NULL};
    g_auto(Distro) distro = {0}, host = {0}, bad = {0};
    g_autoptr(GError) error = NULL;
    g_assert_true(distro_find(settings, "new", more, &distro, &error));
    g_autofree char *packages = g_strjoinv(" ", distro.packages);
    g_assert_cmpstr(packages, ==, "fio numactl perl");
    g_assert_cmpstr(distro.suite, ==, "trixie");
    g_assert_true(distro_find(NULL, NULL, NULL, &host, &error));
    g_assert_cmpstr(host.suite, ==, "bookworm");
    g_assert_false(distro_find(settings, "bad", NULL, &bad, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_clear_error(&error);
    g_assert_false(distro_find(settings, "old", NULL, &bad, &error));
    g_assert_nonnull(strstr(error->message, "they have new, bad"));
}

static void what_is_booted_next_is_kept(void)
{
    g_autofree char *folder = g_dir_make_tmp("vm-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "next", NULL);
    char kernel[] = "/k/kernel", initrd[] = "/k/initrd", disk[] = "/i, with \\ marks",
         mode[] = "icount";
    const VmBoot boot = {.kernel = kernel, .initrd = initrd, .disk = disk, .mode = mode};
    g_auto(VmBoot) read = {0};
    g_autoptr(GError) error = NULL;
    g_assert_false(vm_boot_read(folder, &read, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_MACHINE);
    g_clear_error(&error);
    g_assert_true(vm_boot_write(folder, &boot, &error));
    g_assert_true(vm_boot_read(folder, &read, &error));
    g_assert_cmpstr(read.disk, ==, disk);
    g_assert_null(read.modules);
    g_unlink(path);
    g_rmdir(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vm/cpio", an_archive_is_what_cpio_reads);
    g_test_add_func("/vm/build-id", a_build_id_is_found_among_other_notes);
    g_test_add_func("/vm/recent", the_longest_unused_goes);
    g_test_add_func("/vm/verify", another_kernel_is_told_by_its_words);
    g_test_add_func("/vm/distro", a_distro_has_the_packages_of_both);
    g_test_add_func("/vm/next", what_is_booted_next_is_kept);
    return g_test_run();
}
