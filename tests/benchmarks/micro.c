// The program micro: every command prints its lines, with little work and on any machine.
#include <string.h>
#include <sys/wait.h>

#include "benchmarks/find.h"
#include "folder.h"

typedef struct {
    int exit_status;
    char *out, *err;
} Output;

static void output_clear(Output *output)
{
    g_free(output->out);
    g_free(output->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Output, output_clear)

static Output micro_run(const char *command_line)
{
    g_autofree char *micro = benchmark_program_find("micro");
    g_assert_nonnull(micro);
    g_autofree char *whole = g_strdup_printf("%s %s", micro, command_line);
    g_auto(GStrv) argv = g_strsplit(whole, " ", -1);
    g_autoptr(GError) error = NULL;
    Output output = {0};
    int status = 0;
    g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output.out, &output.err, &status,
                 &error);
    g_assert_no_error(error);
    g_assert_true(WIFEXITED(status));
    output.exit_status = WEXITSTATUS(status);
    return output;
}

static void prints(const char *command_line, const char *pattern)
{
    g_auto(Output) output = micro_run(command_line);
    if (output.exit_status != 0 || !g_regex_match_simple(pattern, output.out, 0, 0))
        g_error("micro %s: status %d, \"%s%s\"", command_line, output.exit_status, output.out,
                output.err);
    g_assert_cmpstr(output.err, ==, "");
}

#define NUMBER "[0-9]+\\.[0-9]+"

static void test_every_command_prints_its_figures(void)
{
    prints("memory --size 1M --passes 2", "^copy: " NUMBER " MB/s\nscale: " NUMBER
                                          " MB/s\nadd: " NUMBER " MB/s\ntriad: " NUMBER " MB/s\n$");
    prints("page-fault --pages 4K", "^faults: " NUMBER " faults/s\n$");
    prints("page-fault --pages 4K --threads 3", "^faults: " NUMBER " faults/s\n$");
    prints("page-fault --pages 4K --threads cpus", "^faults: " NUMBER " faults/s\n$");
    prints("pipe --transfers 100", "^round-trip: " NUMBER " ns\n$");
    prints("pipe --transfers 100 --pin no", "^round-trip: " NUMBER " ns\n$");
    prints("pipe-write --writes 100 --bytes 512", "^write-read: " NUMBER " ns\n$");
    prints("yield --yields 100", "^yield: " NUMBER " ns\nswitch: " NUMBER " ns\n$");
    prints("futex --transfers 100", "^round-trip: " NUMBER " ns\n$");
    prints("futex --transfers 100 --pin no", "^round-trip: " NUMBER " ns\n$");
    prints("syscall --calls 1000", "^getppid: " NUMBER " ns\n$");
    prints("tcp --bytes 1000001 --message 4096", "^throughput: " NUMBER " MB/s\n$");
    prints("udp --messages 100",
           "^sent: " NUMBER " MB/s\nreceived: " NUMBER " MB/s\nlost: " NUMBER " %\n$");
    prints("process --processes 5", "^fork: " NUMBER " us\nexec: " NUMBER " us\n$");
    prints("malloc --operations 10K --threads 2", "^churn: " NUMBER " ops/s\n$");
}

static void test_files_leave_nothing_behind(void)
{
    char *folder = folder_new();
    g_autofree char *line =
        g_strdup_printf("file --directory %s --files 10 --size 1M --passes 1 --syncs 2", folder);
    prints(line, "^create: " NUMBER " files/s\nunlink: " NUMBER " files/s\nwrite: " NUMBER
                 " MB/s\nread: " NUMBER " MB/s\nfsync: " NUMBER " us\n$");
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    g_assert_null(g_dir_read_name(entries));
    folder_remove(folder);
}

static void test_a_bad_command_line_is_a_usage_error(void)
{
    const struct {
        const char *line, *what;
    } cases[] = {
        {"fly", "unknown command 'fly'"},
        {"pipe --bytes 1", "unknown option '--bytes'"},
        {"pipe transfers", "unknown option 'transfers'"},
        {"pipe --transfers", "no value after '--transfers'"},
        {"pipe --transfers 0", "bad value '0' of --transfers"},
        {"pipe --transfers -1", "bad value '-1'"},
        {"pipe --transfers 1x", "bad value '1x'"},
        {"pipe --transfers 99999999999999999999", "bad value"},
        {"memory --size 99999999G", "bad value"},
        {"pipe --pin maybe", "expected yes or no"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Output) output = micro_run(cases[i].line);
        g_assert_cmpint(output.exit_status, ==, 2);
        g_assert_cmpstr(output.out, ==, "");
        if (!strstr(output.err, cases[i].what))
            g_error("micro %s: \"%s\" does not say \"%s\"", cases[i].line, output.err,
                    cases[i].what);
    }
}

static void test_a_failure_is_one_line_and_status_one(void)
{
    g_auto(Output) output = micro_run("file --directory /nonexistent/folder");
    g_assert_cmpint(output.exit_status, ==, 1);
    g_assert_cmpstr(output.out, ==, "");
    g_assert_cmpstr(output.err, ==, "micro: /nonexistent/folder: No such file or directory\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/micro/every-command-prints-its-figures",
                    test_every_command_prints_its_figures);
    g_test_add_func("/micro/files-leave-nothing-behind", test_files_leave_nothing_behind);
    g_test_add_func("/micro/a-bad-command-line-is-a-usage-error",
                    test_a_bad_command_line_is_a_usage_error);
    g_test_add_func("/micro/a-failure-is-one-line-and-status-one",
                    test_a_failure_is_one_line_and_status_one);
    return g_test_run();
}
