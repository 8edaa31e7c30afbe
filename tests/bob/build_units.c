#include "bob/build_units.h"

#include <glib/gstdio.h>
#include <string.h>

static const char *const ROOTS[] = {"/w/source", "/w/build", NULL};

/* The units of a text of which each line came a second after the one before, from second 0. */
static GPtrArray *units_of(const char *text)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("units-XXXXXX", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_close(fd, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_autoptr(GArray) marks = g_array_new(FALSE, FALSE, sizeof(BuildMark));
    double at_s = 0;
    for (const char *c = text; *c != '\0'; c++) {
        BuildMark mark = {.at_s = at_s, .bytes = (guint64)(c - text)};
        if (c == text || c[-1] == '\n') {
            g_array_append_val(marks, mark);
            at_s += 1;
        }
    }
    GPtrArray *units = build_units_read(path, marks, at_s, ROOTS);
    g_unlink(path);
    return units;
}

static const BuildUnit *unit_find(const GPtrArray *units, const char *name)
{
    for (guint i = 0; i < units->len; i++) {
        const BuildUnit *unit = g_ptr_array_index(units, i);
        if (strcmp(unit->name, name) == 0)
            return unit;
    }
    g_error("there is no unit %s", name);
}

static void took(const GPtrArray *units, const char *kind, const char *name, double s, int n)
{
    const BuildUnit *unit = unit_find(units, name);
    g_assert_cmpstr(unit->kind, ==, kind);
    g_assert_cmpfloat_with_epsilon(unit->took_s, s, 1e-6);
    g_assert_cmpint(unit->n, ==, n);
}

static void a_kernel_has_directories_of_two_levels_and_steps(void)
{
    g_autoptr(GPtrArray) units = units_of("== configure\n"
                                          "  HOSTCC  scripts/basic/fixdep\n"
                                          "#\n"
                                          "== compile\n"
                                          "  CC      kernel/fork.o\n"
                                          "  CC      kernel/exit.o\n"
                                          "  CC [M]  drivers/net/wifi/a.o\n"
                                          "drivers/net/wifi/a.c:3: warning: x\n"
                                          "  LD      vmlinux.o\n"
                                          "== install\n");
    took(units, "step", "configure", 3, 1);
    took(units, "step", "compile", 6, 1);
    took(units, "step", "install", 1, 1);
    took(units, "directory", "scripts/basic", 2, 1);
    took(units, "directory", "kernel", 2, 2);
    took(units, "directory", "drivers/net", 2, 1);
    took(units, "directory", ".", 1, 1);
    g_assert_cmpfloat_with_epsilon(unit_find(units, "kernel")->start_s, 4, 1e-6);
}

static void ninja_cmake_make_and_commands_name_directories(void)
{
    g_autoptr(GPtrArray) units =
        units_of("[1/9] Building C object common/CMakeFiles/common.dir/hash.c.o\n"
                 "[ 50%] Linking C executable bin/bob\n"
                 "make[1]: Entering directory '/w/source/lib/deep/er'\n"
                 "gcc -O2 -c x.c -o x.o\n"
                 "make[1]: Leaving directory '/w/source/lib/deep/er'\n"
                 "/usr/bin/x86_64-linux-gnu-gcc-12 -o nothing\n"
                 "gcc-12 -c -o /w/build/sub/a.o /w/source/sub/a.c\n"
                 "  CCLD     prog.la\n");
    took(units, "directory", "common", 1, 1);
    took(units, "directory", "bin", 2, 1);
    took(units, "directory", "lib/deep", 4, 2);
    took(units, "directory", "sub", 1, 1);
}

static void bitbake_says_when_its_tasks_began_and_ended(void)
{
    g_autoptr(GPtrArray) units = units_of("NOTE: recipe zlib-1.3-r0: task do_compile: Started\n"
                                          "NOTE: recipe gmp-6.2-r0: task do_compile: Started\n"
                                          "NOTE: recipe zlib-1.3-r0: task do_compile: Succeeded\n"
                                          "NOTE: recipe zlib-1.3-r0: task do_install: Started\n"
                                          "NOTE: recipe zlib-1.3-r0: task do_install: Succeeded\n"
                                          "NOTE: recipe gmp-6.2-r0: task do_compile: Failed\n"
                                          "NOTE: recipe : task :\nNOTE: recipe x: task do_fetch\n");
    took(units, "package", "zlib-1.3-r0", 3, 2);
    took(units, "package", "gmp-6.2-r0", 4, 1);
}

static void what_is_no_build_line_is_no_unit(void)
{
    g_autofree char *huge = g_strnfill(100000, 'x');
    const char *const texts[] = {
        "",    "\n\n",     "hello\n",   "  CC\n",           "  CC   \n",  "[x] y z\n", "== \n",
        "[\n", "gcc -o\n", "  A b c\n", "  WARNING: a b\n", "\xff\xfe\n", huge};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GPtrArray) units = units_of(texts[i]);
        g_assert_cmpuint(units->len, ==, 0);
    }
    g_autoptr(GArray) none = g_array_new(FALSE, FALSE, sizeof(BuildMark));
    g_autoptr(GPtrArray) units = build_units_read("/nowhere", none, 1, ROOTS);
    g_assert_cmpuint(units->len, ==, 0);
}

static void the_units_of_a_log_without_marks_take_no_time_but_the_last(void)
{
    g_autofree char *path = NULL;
    g_close(g_file_open_tmp("units-XXXXXX", &path, NULL), NULL);
    g_assert_true(g_file_set_contents(path, "  CC      a/b.o\n  CC      c/d.o\n", -1, NULL));
    g_autoptr(GArray) none = g_array_new(FALSE, FALSE, sizeof(BuildMark));
    g_autoptr(GPtrArray) units = build_units_read(path, none, 5, ROOTS);
    took(units, "directory", "a", 0, 1);
    took(units, "directory", "c", 5, 1);
    g_unlink(path);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/units/kernel", a_kernel_has_directories_of_two_levels_and_steps);
    g_test_add_func("/units/tools", ninja_cmake_make_and_commands_name_directories);
    g_test_add_func("/units/bitbake", bitbake_says_when_its_tasks_began_and_ended);
    g_test_add_func("/units/nothing", what_is_no_build_line_is_no_unit);
    g_test_add_func("/units/no marks", the_units_of_a_log_without_marks_take_no_time_but_the_last);
    return g_test_run();
}
