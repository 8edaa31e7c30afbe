#include "bob/plan.h"

#include "bob/disk.h"
#include "common/error.h"
#include "sql/config.h"

#include <glib/gstdio.h>

#define TOYBENCH                                                                                   \
    "[benchmark toybench]\nsummary = s\nduration = 5s\nclass = a\n"                                \
    "[parameter size]\ndefault = 1000\n"                                                           \
    "[metric throughput]\nunit = ops/s\nbetter = higher\nstatistic = median\n"                     \
    "pattern = ^throughput: ([0-9.]+) ops/s$\n"

typedef struct {
    char *dir;
    Settings *settings;
} Scratch;

static void write_file(const Scratch *scratch, const char *name, const char *text, int mode)
{
    g_autofree char *path = g_build_filename(scratch->dir, name, NULL);
    g_autofree char *folder = g_path_get_dirname(path);
    g_mkdir_with_parents(folder, 0755);
    g_assert_true(
        g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, mode, NULL));
}

static void set_up(Scratch *scratch, gconstpointer data)
{
    (void)data;
    scratch->dir = g_dir_make_tmp("plan-XXXXXX", NULL);
    write_file(scratch, "benchmarks/toybench/benchmark.ini", TOYBENCH, 0644);
    write_file(scratch, "benchmarks/toybench/run", "#!/bin/sh\n", 0755);
}

static void tear_down(Scratch *scratch, gconstpointer data)
{
    (void)data;
    g_clear_pointer(&scratch->settings, settings_free);
    g_assert_true(disk_folder_remove(scratch->dir, NULL));
    g_free(scratch->dir);
}

/* The plan "p" of a file of that text. */
static bool read_plan(Scratch *scratch, const char *text, Plan **ret_plan, GError **error)
{
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *search = g_build_filename(scratch->dir, "benchmarks", NULL);
    const char *const searches[] = {search, NULL};
    write_file(scratch, "plans.d/p.ini", text, 0644);
    g_clear_pointer(&scratch->settings, settings_free);
    scratch->settings =
        settings_read_folder(scratch->dir, CONFIG_KINDS, N_CONFIG_KINDS, complaints);
    g_assert_cmpstr(complaints->len > 0 ? complaints->pdata[0] : NULL, ==, NULL);
    return plan_read(settings_find(scratch->settings, "plan", "p"), searches, ret_plan, error);
}

static char *key_of(Scratch *scratch, const char *text)
{
    g_autoptr(Plan) plan = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(read_plan(scratch, text, &plan, &error));
    g_assert_no_error(error);
    return g_strdup(plan_key(plan));
}

static void assert_same(Scratch *scratch, bool same, const char *a, const char *b)
{
    g_autofree char *key_a = key_of(scratch, a);
    g_autofree char *key_b = key_of(scratch, b);
    g_assert_cmpint(strcmp(key_a, key_b) == 0, ==, same);
}

static void boots_margins_and_order_are_no_identity(Scratch *scratch, gconstpointer data)
{
    (void)data;
    assert_same(scratch, true, "[plan p]\nbenchmarks = toybench\n",
                "[plan p]\nbenchmarks = toybench/size=1000\nboots = 9\niterations = 1\n"
                "margin = 5%\ninterleave = no\n");
    assert_same(scratch, true, "[plan p]\nbenchmarks = toybench/size=1 toybench/size=2\n",
                "[plan p]\nbenchmarks = toybench/size=2 toybench/size=1\n");
    assert_same(scratch, false, "[plan p]\nbenchmarks = toybench\n",
                "[plan p]\nbenchmarks = toybench/size=1\n");
}

static void extraction_and_words_are_no_identity(Scratch *scratch, gconstpointer data)
{
    (void)data;
    const char *text = "[plan p]\nbenchmarks = toybench\n";
    g_autofree char *before = key_of(scratch, text);
    write_file(scratch, "benchmarks/toybench/benchmark.ini", "# a comment\n" TOYBENCH "help = h\n",
               0644);
    g_autofree char *reworded = key_of(scratch, text);
    write_file(scratch, "benchmarks/toybench/benchmark.ini", TOYBENCH "file = other\n", 0644);
    g_autofree char *other = key_of(scratch, text);
    g_assert_cmpstr(before, ==, reworded);
    g_assert_cmpstr(before, ==, other);
}

static void a_fault_names_file_and_line(Scratch *scratch, gconstpointer data)
{
    (void)data;
    static const char *const TEXTS[] = {
        "[plan p]\n# c\nbenchmarks = toybench toybanch\n",
        "[plan p]\n# c\nbenchmarks = toybench/sise=1\n",
        "[plan p]\n# c\nbenchmarks = toybench/size\n",
        "[plan p]\n# c\nbenchmarks = toybench toybench/size=1000\n",
        "[plan p]\n# c\nbenchmarks = ../toybench\n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(TEXTS); i++) {
        g_autoptr(Plan) plan = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_false(read_plan(scratch, TEXTS[i], &plan, &error));
        g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
        g_assert_nonnull(strstr(error->message, "p.ini:3: "));
        g_assert_null(plan);
    }
}

static void assert_stop_refused(Scratch *scratch, const char *boots, const char *stop,
                                const char *says)
{
    g_autoptr(Plan) plan = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *text =
        g_strdup_printf("[plan p]\nbenchmarks = toybench\nboots = %s\nstop = %s\n", boots, stop);
    g_assert_false(read_plan(scratch, text, &plan, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, "p.ini:4: "));
    g_assert_nonnull(strstr(error->message, says));
    g_assert_null(plan);
}

static void a_stop_that_says_nothing_is_refused(Scratch *scratch, gconstpointer data)
{
    (void)data;
    static const char *const TEXTS[] = {"foo",           "ci",           "ci 1%",
                                        "ci 1% max",     "ci 0% max 9",  "ci -1% max 9",
                                        "ci 1 max 9",    "ci x% max 9",  "ci 1% most 9",
                                        "ci nan% max 9", "ci 1% max 0",  "ci 1% max 1001",
                                        "ci 1% max 9.5", "ci 1% max 9 9"};
    for (size_t i = 0; i < G_N_ELEMENTS(TEXTS); i++)
        assert_stop_refused(scratch, "5", TEXTS[i], "expected 'ci WIDTH max BOOTS'");
    assert_stop_refused(scratch, "5", "ci 1% max 3", "write max 5 or more");
    assert_stop_refused(scratch, "1", "ci 1% max 3", "write boots = 2 or more");
    assert_same(scratch, true, "[plan p]\nbenchmarks = toybench\n",
                "[plan p]\nbenchmarks = toybench\nstop =  ci  0.5%   max 5\n");
}

static void add(const char *name, void (*test)(Scratch *scratch, gconstpointer data))
{
    g_test_add(name, Scratch, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/plan/same", boots_margins_and_order_are_no_identity);
    add("/plan/extraction", extraction_and_words_are_no_identity);
    add("/plan/faults", a_fault_names_file_and_line);
    add("/plan/stop", a_stop_that_says_nothing_is_refused);
    return g_test_run();
}
