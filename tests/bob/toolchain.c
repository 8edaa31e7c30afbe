#include "bob/toolchain.h"

#include <glib/gstdio.h>

static void names_of_compilers_are_toolchains(void)
{
    const char *const YES[] = {"gcc",
                               "gcc-12",
                               "clang-16",
                               "gcc-4.9",
                               "aarch64-linux-gnu-gcc-12",
                               "x86_64-linux-gnu-gcc",
                               "arm-linux-gnueabihf-gcc-12"};
    const char *const NO[] = {"",
                              "gcc-",
                              "gcc-ar-12",
                              "c99-gcc",
                              "g++",
                              "gccgo",
                              "gcc-12-base",
                              "x86_64-linux-gnu-gcc-ar",
                              "clang-format",
                              "-gcc",
                              "ccache-gcc",
                              "my/evil-gnu-gcc"};
    for (gsize i = 0; i < G_N_ELEMENTS(YES); i++)
        g_assert_true(toolchain_is_name(YES[i]));
    for (gsize i = 0; i < G_N_ELEMENTS(NO); i++)
        g_assert_false(toolchain_is_name(NO[i]));
}

static void assert_arch(const char *name, const char *expected)
{
    g_autofree char *arch = toolchain_find_arch(name);
    g_assert_cmpstr(arch, ==, expected);
}

static void a_cross_toolchain_says_its_architecture(void)
{
    assert_arch("gcc-12", NULL);
    assert_arch("aarch64-linux-gnu-gcc-12", "aarch64");
    assert_arch("arm-linux-gnueabihf-gcc", "armv7l");
    assert_arch("powerpc64le-linux-gnu-gcc", "ppc64le");
    assert_arch("rubbish", NULL);
}

static void what_lies_on_the_path_is_found_once_and_sorted(void)
{
    g_autofree char *a = g_dir_make_tmp("path-XXXXXX", NULL);
    g_autofree char *b = g_dir_make_tmp("path-XXXXXX", NULL);
    g_autofree char *path = g_strdup_printf("%s:relative:%s:/nowhere", a, b);
    const char *const files[] = {"gcc-9", "gcc", "make"};
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *in_a = g_build_filename(a, files[i], NULL);
        g_autofree char *in_b = g_build_filename(b, files[i], NULL);
        g_assert_true(g_file_set_contents(in_a, "", 0, NULL));
        g_assert_true(g_file_set_contents(in_b, "", 0, NULL));
    }
    g_autoptr(GPtrArray) found = toolchains_find(path);
    g_assert_cmpuint(found->len, ==, 3);
    g_assert_cmpstr(found->pdata[0], ==, "gcc");
    g_assert_cmpstr(found->pdata[1], ==, "gcc-9");
    g_assert_null(found->pdata[2]);
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *in_a = g_build_filename(a, files[i], NULL);
        g_autofree char *in_b = g_build_filename(b, files[i], NULL);
        g_unlink(in_a);
        g_unlink(in_b);
    }
    g_rmdir(a);
    g_rmdir(b);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/toolchain/names", names_of_compilers_are_toolchains);
    g_test_add_func("/toolchain/arch", a_cross_toolchain_says_its_architecture);
    g_test_add_func("/toolchain/path", what_lies_on_the_path_is_found_once_and_sorted);
    return g_test_run();
}
