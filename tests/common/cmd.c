// common/cmd: a program of a few commands, run for real: this test itself, under another name.
#include "common/cmd.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/proc.h"
#include "tests/common/scratch.h"

// The program.

static bool echo_run(const Invocation *invocation, GError **error)
{
    double count = 1;
    if (!cmd_number(invocation, "count", SETTING_INT, &count, error))
        return false;
    printf("once=%d machine=%s count=%g\n", cmd_flag(invocation, "once"),
           cmd_text(invocation, "machine") ? cmd_text(invocation, "machine") : "-", count);
    for (const char *const *text = cmd_texts(invocation, "machine"); *text; text++)
        printf("machine %s\n", *text);
    for (int i = 0; i < cmd_argument_count(invocation); i++)
        printf("argument %s\n", cmd_arguments(invocation)[i]);
    g_assert_null(cmd_arguments(invocation)[cmd_argument_count(invocation)]);
    const char *folder = g_getenv("MARVIN_CONFIG");
    printf("config %s\n", folder ? folder : "-");
    g_debug("seen with --verbose");
    return true;
}

static const CommandOption ECHO_OPTIONS[] = {
    {"once", 'o', OPTION_FLAG, NULL, "only once"},
    {"machine", 'm', OPTION_VALUE, "M", "this machine"},
    {"count", 0, OPTION_VALUE, "N", "so often"},
    {0},
};
static const Command ECHO = {"echo",       "[WORD ..]", "say it", "More about it.",
                             ECHO_OPTIONS, 0,           3,        echo_run};

static bool fail_run(const Invocation *invocation, GError **error)
{
    const char *code = cmd_arguments(invocation)[0];
    return *code == '1' ? false : error_set(error, (ErrorCode)atoi(code), "it is %s\x1b[31m", code);
}

static const Command FAIL = {"fail", "CODE", "end with a code", NULL, NULL, 1, 1, fail_run};

static bool wait_run(const Invocation *invocation, GError **error)
{
    (void)invocation;
    printf("waiting\n");
    fflush(stdout);
    cmd_note("a note\tand\n\x1b[2Jmore");
    if (clock_sleep(60000, cmd_stop_requested_by, NULL))
        return true;
    return error_set(error, ERROR_INTERRUPTED, "stopped; run it again to go on");
}

static const Command WAIT = {"wait", "", "wait for a signal", NULL, NULL, 0, 0, wait_run};

static const SettingRow ROWS[] = {{.name = "url", .required = true, .help = "where"}};
static const SectionKind KINDS[] = {
    {.kind = "tree", .named = true, .folder = "trees.d", .rows = ROWS, .n_rows = 1}};
static const int N_KINDS = 1;

// Wrong beyond what the table says.
static void check_config(GPtrArray *complaints)
{
    g_autofree char *folder = settings_config_folder();
    g_autofree char *odd = g_build_filename(folder, "odd", NULL);
    if (g_file_test(odd, G_FILE_TEST_EXISTS))
        g_ptr_array_add(complaints, g_strdup("odd: no such thing"));
}

static int sample_main(int argc, char **argv)
{
    static const Command *const commands[] = {&ECHO, &FAIL, &WAIT, NULL};
    static const Program program = {"sample", "a program of a test", commands, true, KINDS,
                                    &N_KINDS, check_config};
    return cmd_main(&program, argc, argv);
}

// One without verbs, but for one.
static int single_main(int argc, char **argv)
{
    static Command whole;
    whole = ECHO;
    whole.name = "";
    whole.max_arguments = 0;
    static const Command *const commands[] = {&whole, &FAIL, NULL};
    static const Program program = {.name = "single", .summary = "x", .commands = commands};
    return cmd_main(&program, argc, argv);
}

// The tests.

static ProcResult run_as(const char *name, const char *const *words)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_ptr_array_add(argv, self);
    for (; *words; words++)
        g_ptr_array_add(argv, (gpointer)(guintptr)*words);
    g_ptr_array_add(argv, NULL);
    g_auto(GStrv) env = g_environ_setenv(g_get_environ(), "CMD_SAMPLE", name, true);
    ProcSpec spec = {.argv = (const char *const *)argv->pdata, .env = (const char *const *)env};
    ProcResult result = {0};
    GError *error = NULL;
    proc_run(&spec, &result, &error);
    g_assert_no_error(error);
    return result;
}

#define WORDS(...) ((const char *[]){__VA_ARGS__, NULL})

static void assert_ends(const char *name, const char *const *words, int status, const char *out,
                        const char *err)
{
    g_auto(ProcResult) result = run_as(name, words);
    g_assert_cmpstr(result.err, ==, err);
    g_assert_cmpstr(result.out, ==, out);
    g_assert_cmpint(result.status, ==, status);
}

static void test_options_are_parsed_in_each_spelling(void)
{
    assert_ends("sample",
                WORDS("echo", "--once", "--machine=a=b", "-mc", "-m", "d", "--count", "7"), 0,
                "once=1 machine=d count=7\nmachine a=b\nmachine c\nmachine d\nconfig -\n", "");
    assert_ends("sample", WORDS("echo", "x", "-o", "--", "--once", "-"), 0,
                "once=1 machine=- count=1\nargument x\nargument --once\nargument -\nconfig -\n",
                "");
    assert_ends("sample", WORDS("echo", "--machine", "--once", "-"), 0,
                "once=0 machine=--once count=1\nmachine --once\nargument -\nconfig -\n", "");
}

static void test_bad_options_are_explained(void)
{
    assert_ends(
        "sample", WORDS("echo", "--onec"), 2, "",
        "sample: unknown option '--onec'; did you mean '--once'? (see sample echo --help)\n");
    assert_ends("sample", WORDS("echo", "--confg=/tmp"), 2, "",
                "sample: unknown option '--confg=/tmp'; did you mean '--config'? "
                "(see sample echo --help)\n");
    assert_ends("sample", WORDS("echo", "--once=1"), 2, "",
                "sample: the option '--once' takes no value\n");
    assert_ends("sample", WORDS("echo", "-ox"), 2, "",
                "sample: the option '--once' takes no value\n");
    assert_ends("sample", WORDS("echo", "-m"), 2, "",
                "sample: the option '--machine' needs a value: M\n");
    assert_ends("sample", WORDS("echo", "--count", "x"), 2, "",
                "sample: --count x: expected a number\n");
}

static void test_arguments_are_counted(void)
{
    assert_ends("sample", WORDS("echo", "1", "2", "3", "4"), 2, "",
                "sample: there are too many arguments; usage: sample echo [WORD ..]\n");
    assert_ends("sample", WORDS("fail"), 2, "",
                "sample: an argument is missing; usage: sample fail CODE\n");
    assert_ends("sample", WORDS("wait", "x"), 2, "",
                "sample: no argument was expected; usage: sample wait\n");
}

static void test_verbs_are_suggested(void)
{
    assert_ends("sample", WORDS("ehco"), 2, "",
                "sample: unknown command 'ehco'; did you mean 'echo'? (see sample --help)\n");
    assert_ends("sample", WORDS("../x"), 2, "",
                "sample: unknown command '../x'; expected one of echo, fail, wait (see sample "
                "--help)\n");
    assert_ends("sample", WORDS("--nonsense"), 2, "",
                "sample: unknown option '--nonsense' (see sample --help)\n");
    assert_ends("sample", (const char *[]){NULL}, 2, "",
                "sample: what to do? (see sample --help)\n");
}

static void test_errors_become_statuses_and_are_escaped(void)
{
    assert_ends("sample", WORDS("fail", "1"), 1, "", "");
    assert_ends("sample", WORDS("fail", "4"), 4, "", "sample: it is 4\\x1b[31m\n");
    assert_ends("sample", WORDS("fail", "5"), 5, "", "sample: it is 5\\x1b[31m\n");
}

static void test_global_options_stand_before_or_behind_the_verb(void)
{
    const char *out = "once=0 machine=- count=1\nconfig /tmp\n";
    assert_ends("sample", WORDS("--config", "/tmp", "echo"), 0, out, "");
    assert_ends("sample", WORDS("--config=/tmp", "echo"), 0, out, "");
    assert_ends("sample", WORDS("echo", "--config", "/tmp"), 0, out, "");
    assert_ends("sample", WORDS("--config", "/nowhere/x", "echo"), 2, "",
                "sample: --config /nowhere/x: there is no such folder\n");
    assert_ends("sample", WORDS("--config"), 2, "",
                "sample: the option '--config' needs a value: DIR\n");
    g_auto(ProcResult) before = run_as("sample", WORDS("-v", "echo"));
    g_assert_nonnull(strstr(before.err, "seen with --verbose"));
    g_auto(ProcResult) behind = run_as("sample", WORDS("echo", "--verbose"));
    g_assert_nonnull(strstr(behind.err, "seen with --verbose"));
    g_assert_null(strstr(behind.out, "seen with"));
}

static void test_help_is_made_from_the_table(void)
{
    assert_ends("sample", WORDS("echo", "--count", "x", "--help"), 0,
                "usage: sample echo [options] [WORD ..]\n\nsay it\n\nMore about it.\n\noptions:\n"
                "  -o, --once                 only once\n"
                "  -m, --machine M            this machine\n"
                "      --count N              so often\n",
                "");
    g_auto(ProcResult) whole = run_as("sample", WORDS("--help"));
    g_assert_true(g_str_has_prefix(whole.out, "sample: a program of a test\n"));
    g_assert_nonnull(strstr(whole.out, "\n  sample fail CODE "));
    g_assert_nonnull(strstr(whole.out, "--config DIR"));
    g_auto(ProcResult) version = run_as("sample", WORDS("--version"));
    g_assert_true(g_str_has_prefix(version.out, "sample "));
    g_auto(ProcResult) table = run_as("sample", WORDS("--print-options"));
    g_assert_nonnull(strstr(table.out, "sample\techo\t--machine\tm\tM\tthis machine\n"));
    g_assert_nonnull(strstr(table.out, "sample\techo\t--count\t\tN\tso often\n"));
    g_assert_nonnull(strstr(table.out, "sample\t\t--config\t\tDIR\t"));
    g_auto(ProcResult) page = run_as("sample", WORDS("--print-manual"));
    g_assert_true(g_str_has_prefix(page.out, ".TH SAMPLE 1 "));
    g_assert_nonnull(strstr(page.out, "\n.SS sample echo [options] [WORD ..]\nsay it\n"));
    g_assert_nonnull(strstr(page.out, "\n.TP\n\\-m, \\-\\-machine M\nthis machine\n"));
}

static void test_the_settings_are_printed(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    scratch_write(scratch, "trees.d/toy.ini", "[tree toy]\nurl = /srv/toy\n");
    const char *folder = scratch_path(scratch, "");
    g_autofree char *expected = g_strdup_printf(
        "# %s\n[tree toy]\n# %s/trees.d/toy.ini:2\nurl = /srv/toy\n", folder, folder);
    assert_ends("sample", WORDS("--config", folder, "--print-config"), 0, expected, "");
    scratch_write(scratch, "odd", "");
    assert_ends("sample", WORDS("--config", folder, "--print-config"), 3, expected,
                "sample: odd: no such thing\n");
    g_unlink(scratch_path(scratch, "odd"));
    scratch_write(scratch, "trees.d/bad.ini", "[tree bad]\n");
    g_autofree char *complaint = g_strdup_printf(
        "sample: %s/trees.d/bad.ini:1: the section [tree bad] lacks the key 'url' (where)\n",
        folder);
    assert_ends("sample", WORDS("--config", folder, "--print-config"), 3, expected, complaint);
}

static void test_another_program_is_a_verb(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    scratch_write(scratch, "sample-other", "#!/bin/sh\necho \"other: $*\"\nexit 7\n");
    g_chmod(scratch_path(scratch, "sample-other"), 0755);
    g_autofree char *before = g_strdup(g_getenv("PATH"));
    g_autofree char *path = g_strdup_printf("%s:%s", scratch_path(scratch, ""), before);
    g_setenv("PATH", path, true);
    assert_ends("sample", WORDS("other", "--x", "a b"), 7, "other: --x a b\n", "");
    g_setenv("PATH", before, true);
}

static void test_a_program_may_have_no_verb(void)
{
    assert_ends("single", (const char *[]){NULL}, 0, "once=0 machine=- count=1\nconfig -\n", "");
    assert_ends("single", WORDS("--once"), 0, "once=1 machine=- count=1\nconfig -\n", "");
    assert_ends("single", WORDS("fail", "1"), 1, "", "");
    assert_ends("single", WORDS("fial"), 2, "",
                "single: unknown command 'fial'; did you mean 'fail'? (see single --help)\n");
    assert_ends("single", WORDS("--once", "--nonsense"), 2, "",
                "single: unknown option '--nonsense'; expected one of --once, --machine, --count, "
                "--config, --verbose, --help, --version, --print-config (see single --help)\n");
}

static bool has_begun(const char *path)
{
    g_autofree char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) && strstr(text, "waiting\n");
}

static void test_a_signal_ends_it_well(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_auto(GStrv) env = g_environ_setenv(g_get_environ(), "CMD_SAMPLE", "sample", true);
    const char *out = scratch_path(scratch, "out");
    ProcSpec spec = {
        .argv = WORDS(self, "wait"), .env = (const char *const *)env, .stdout_path = out};
    g_autoptr(GError) error = NULL;
    g_autoptr(Proc) proc = proc_start(&spec, &error);
    g_assert_no_error(error);
    while (!has_begun(out))
        g_assert_false(proc_poll(proc, 10));
    kill(proc_pid(proc), SIGINT);
    proc_poll(proc, -1);
    g_auto(ProcResult) result = {0};
    proc_take_result(proc, &result);
    g_assert_cmpint(result.status, ==, ERROR_INTERRUPTED);
    g_assert_cmpstr(result.err, ==,
                    "a note\\x09and\n\\x1b[2Jmore\nsample: stopped; run it again to go on\n");
}

static void test_output_that_cannot_be_written_is_an_error(void)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_auto(GStrv) env = g_environ_setenv(g_get_environ(), "CMD_SAMPLE", "sample", true);
    const char *script = "\"$0\" echo > /dev/full";
    ProcSpec spec = {.argv = WORDS("/bin/sh", "-c", script, self), .env = (const char *const *)env};
    g_auto(ProcResult) result = {0};
    g_assert_true(proc_run(&spec, &result, NULL));
    g_assert_cmpint(result.status, ==, ERROR_INPUT);
    g_assert_cmpstr(result.err, ==, "sample: cannot write the output: No space left on device\n");
}

int main(int argc, char **argv)
{
    const char *sample = g_getenv("CMD_SAMPLE");
    if (sample)
        return strcmp(sample, "single") ? sample_main(argc, argv) : single_main(argc, argv);
    g_test_init(&argc, &argv, NULL);
    g_unsetenv("MARVIN_CONFIG");
#define TEST(name) g_test_add_func("/cmd/" #name, test_##name)
    TEST(options_are_parsed_in_each_spelling);
    TEST(bad_options_are_explained);
    TEST(arguments_are_counted);
    TEST(verbs_are_suggested);
    TEST(errors_become_statuses_and_are_escaped);
    TEST(global_options_stand_before_or_behind_the_verb);
    TEST(help_is_made_from_the_table);
    TEST(the_settings_are_printed);
    TEST(another_program_is_a_verb);
    TEST(a_program_may_have_no_verb);
    TEST(a_signal_ends_it_well);
    TEST(output_that_cannot_be_written_is_an_error);
#undef TEST
    return g_test_run();
}
