// inventory/kernel: kernel.txt is read as it was written, and what is wrong is named by its line.
#include "inventory/kernel.h"

#include <glib/gstdio.h>
#include <string.h>

#include "common/error.h"

static char *make_folder(const char *text)
{
    char *folder = g_dir_make_tmp("kernel-XXXXXX", NULL);
    g_autofree char *boot = g_build_filename(folder, "boot", NULL);
    g_autofree char *image = g_build_filename(boot, "vmlinuz-1", NULL);
    g_autofree char *list = g_build_filename(folder, "kernel.txt", NULL);
    g_assert_cmpint(g_mkdir(boot, 0755), ==, 0);
    g_assert_true(g_file_set_contents(image, "x", 1, NULL));
    if (text)
        g_assert_true(g_file_set_contents(list, text, -1, NULL));
    return folder;
}

static void remove_folder(const char *folder)
{
    static const char *const FILES[] = {"boot/vmlinuz-1", "kernel.txt", "boot", ""};
    for (size_t i = 0; i < G_N_ELEMENTS(FILES); i++) {
        g_autofree char *path = g_build_filename(folder, FILES[i], NULL);
        g_remove(path);
    }
}

static void a_written_kernel_reads_back(void)
{
    g_autofree char *folder = make_folder(NULL);
    char release[] = "6.1.0-49-amd64", version[] = "#1 SMP Debian: 6.1.174-1",
         image[] = "boot/vmlinuz-1", build_id[] = "00ff";
    const Kernel kernel = {
        .release = release, .version = version, .image = image, .build_id = build_id};
    g_auto(Kernel) read = {0};
    g_autoptr(GError) error = NULL;
    g_assert_false(kernel_is_in(folder));
    g_assert_true(kernel_write(folder, &kernel, &error));
    g_assert_true(kernel_is_in(folder));
    g_assert_true(kernel_read(folder, &read, &error));
    g_assert_cmpstr(read.release, ==, release);
    g_assert_cmpstr(read.version, ==, version);
    g_assert_cmpstr(read.image, ==, image);
    g_assert_cmpstr(read.build_id, ==, build_id);
    g_assert_null(read.modules);
    remove_folder(folder);
}

static void what_is_wrong_is_named_by_its_line(void)
{
    static const struct {
        const char *text, *says;
    } CASES[] = {
        {"release: 1\nversion #1\n", "kernel.txt:2: expected \"key: value\""},
        {"release: 1\nrelease: 2\n", "kernel.txt:2: release stands there twice"},
        {"release: a b\n", "kernel.txt:1: release is no kernel release"},
        {"release: 1\nversion: #1\nimage: ../vmlinuz\n", "kernel.txt:3: image is no path within"},
        {"release: 1\nversion: #1\nimage: boot/vmlinuz-2\n", "boot/vmlinuz-2, which is not there"},
        {"release: 1\nversion: #1\n", "lacks the line \"image: ..\""},
        {"release: 1\nbuild-id: xyz\n", "kernel.txt:2: build-id is no lower-case"},
        {"release: \x1b[31m\n", "kernel.txt:1: release has a control character"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autofree char *folder = make_folder(CASES[i].text);
        g_auto(Kernel) kernel = {0};
        g_autoptr(GError) error = NULL;
        g_assert_false(kernel_read(folder, &kernel, &error));
        g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
        if (!strstr(error->message, CASES[i].says))
            g_error("%s says: %s", CASES[i].text, error->message);
        remove_folder(folder);
    }
}

static void a_boot_header_says_release_and_version(void)
{
    unsigned char image[0x1000] = {0};
    g_autofree char *path = NULL, *release = NULL, *version = NULL;
    g_autoptr(GError) error = NULL;
    int fd = g_file_open_tmp("bzimage-XXXXXX", &path, NULL);
    g_close(fd, NULL);
    memcpy(image + 0x202, "HdrS", 4);
    image[0x20e] = 0x80;
    strcpy((char *)image + 0x280, "6.1.0-49-amd64 (me@here) #1 SMP Debian 6.1.174-1 (2026)");
    g_assert_true(g_file_set_contents(path, (const char *)image, sizeof(image), NULL));
    g_assert_true(kernel_image_version(path, &release, &version, &error));
    g_assert_cmpstr(release, ==, "6.1.0-49-amd64");
    g_assert_cmpstr(version, ==, "#1 SMP Debian 6.1.174-1 (2026)");
    g_assert_true(g_file_set_contents(path, "MZ", 2, NULL));
    g_assert_false(kernel_image_version(path, &release, &version, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_unlink(path);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kernel/round", a_written_kernel_reads_back);
    g_test_add_func("/kernel/faults", what_is_wrong_is_named_by_its_line);
    g_test_add_func("/kernel/header", a_boot_header_says_release_and_version);
    return g_test_run();
}
