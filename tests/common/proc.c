// common/proc: what is started is measured, bounded, and dies with us.
#include "common/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "tests/common/scratch.h"

#define SHELL(script) ((const char *[]){"/bin/sh", "-c", script, NULL})

// Runs a script that must start.
static ProcResult run(ProcSpec spec)
{
    ProcResult result = {0};
    GError *error = NULL;
    bool started = proc_run(&spec, &result, &error);
    g_assert_no_error(error);
    g_assert_true(started);
    return result;
}

static void assert_refused(ProcSpec spec, const char *pattern)
{
    ProcResult untouched = {.status = 77};
    g_autoptr(GError) error = NULL;
    g_assert_false(proc_run(&spec, &untouched, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    if (!g_pattern_match_simple(pattern, error->message))
        g_error("'%s' is not like '%s'", error->message, pattern);
    g_assert_cmpint(untouched.status, ==, 77);
}

static bool is_alive(int pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", pid);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return false;
    return strrchr(text, ')')[2] != 'Z';
}

// A condition that must come true; the deadline only ends a test that fails anyway.
static void wait_until(bool (*is_true)(const void *data), const void *data)
{
    for (int i = 0; i < 20000 && !is_true(data); i++)
        g_usleep(1000);
    g_assert_true(is_true(data));
}

static bool is_gone(const void *pid)
{
    return !is_alive(*(const int *)pid);
}

static bool is_number_there(const void *path)
{
    g_autofree char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) && strchr(text, '\n');
}

static int read_pid(const char *path)
{
    g_autofree char *text = NULL;
    wait_until(is_number_there, path);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return atoi(text);
}

static void test_output_and_status_are_captured(void)
{
    g_auto(ProcResult) result =
        run((ProcSpec){.argv = SHELL("printf out; printf 'e\\0r' >&2; exit 7")});
    g_assert_cmpint(result.status, ==, 7);
    g_assert_cmpstr(result.out, ==, "out");
    g_assert_cmpmem(result.err, (int)result.err_size, "e\0r", 3);
    g_assert_false(result.timed_out || result.output_exceeded || result.cancelled);
}

static void test_a_signal_becomes_128_and_its_number(void)
{
    g_auto(ProcResult) result = run((ProcSpec){.argv = SHELL("kill -SEGV $$")});
    g_assert_cmpint(result.status, ==, 128 + SIGSEGV);
}

static void test_input_comes_from_memory_a_file_a_descriptor_or_nowhere(void)
{
    const char *cat[] = {"cat", NULL};
    g_autofree char *large = g_strnfill(300000, 'x');
    g_auto(ProcResult) memory = run((ProcSpec){.argv = cat, .input = large, .input_size = 300000});
    g_assert_cmpmem(memory.out, (int)memory.out_size, large, 300000);

    g_autoptr(Scratch) scratch = scratch_new();
    scratch_write(scratch, "in", "from a file");
    const char *path = scratch_path(scratch, "in");
    g_auto(ProcResult) file = run((ProcSpec){.argv = cat, .input_path = path});
    g_assert_cmpstr(file.out, ==, "from a file");
    int fd = g_open(path, O_RDONLY | O_CLOEXEC, 0);
    g_auto(ProcResult) descriptor = run((ProcSpec){.argv = cat, .input_fd = fd});
    g_assert_cmpstr(descriptor.out, ==, "from a file");
    g_close(fd, NULL);

    g_auto(ProcResult) nothing = run((ProcSpec){.argv = cat});
    g_assert_cmpuint(nothing.out_size, ==, 0);
    assert_refused((ProcSpec){.argv = cat, .input_path = "/nowhere/in"}, "/nowhere/in: *");
}

static void test_folder_and_environment_are_those_asked_for(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    const char *dir = scratch_path(scratch, "");
    const char *env[] = {"A=1 2", "B=$(x)", NULL};
    g_auto(ProcResult) result =
        run((ProcSpec){.argv = SHELL("pwd -P; echo \"$A|$B|$HOME\""), .dir = dir, .env = env});
    g_autofree char *real = realpath(dir, NULL);
    g_autofree char *expected = g_strdup_printf("%s\n1 2|$(x)|\n", real);
    g_assert_cmpstr(result.out, ==, expected);
    assert_refused((ProcSpec){.argv = SHELL("true"), .dir = "/nowhere"}, "*in folder /nowhere: *");
}

static void test_arguments_are_never_read_by_a_shell(void)
{
    const char *argv[] = {"printf", "%s", "$(x);'\"\n", NULL};
    g_auto(ProcResult) result = run((ProcSpec){.argv = argv});
    g_assert_cmpstr(result.out, ==, "$(x);'\"\n");
}

static void test_output_goes_to_files(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    const char *out = scratch_path(scratch, "out"), *err = scratch_path(scratch, "err");
    g_auto(ProcResult) two = run((ProcSpec){
        .argv = SHELL("echo a; echo b >&2; echo c"), .stdout_path = out, .stderr_path = err});
    g_assert_null(two.out);
    g_autofree char *out_text = scratch_read(scratch, "out");
    g_autofree char *err_text = scratch_read(scratch, "err");
    g_assert_cmpstr(out_text, ==, "a\nc\n");
    g_assert_cmpstr(err_text, ==, "b\n");

    g_auto(ProcResult) one = run((ProcSpec){
        .argv = SHELL("echo a; echo b >&2; echo c"), .stdout_path = out, .stderr_path = out});
    g_autofree char *both = scratch_read(scratch, "out");
    g_assert_cmpstr(both, ==, "a\nb\nc\n");
    g_assert_cmpint(one.status, ==, 0);
    assert_refused((ProcSpec){.argv = SHELL("true"), .stdout_path = "/nowhere/out"},
                   "/nowhere/out: *");
}

static void test_a_deadline_ends_it(void)
{
    g_auto(ProcResult) result = run((ProcSpec){.argv = SHELL("sleep 600"), .deadline_ms = 50});
    g_assert_true(result.timed_out);
    g_assert_cmpint(result.status, ==, 128 + SIGTERM);
    g_assert_cmpfloat(result.elapsed_s, <, 300);
}

static void test_what_ignores_sigterm_is_killed_after_the_grace(void)
{
    g_auto(ProcResult) result =
        run((ProcSpec){.argv = SHELL("trap '' TERM; while :; do sleep 600; done"),
                       .deadline_ms = 100,
                       .grace_ms = 50});
    g_assert_true(result.timed_out);
    g_assert_cmpint(result.status, ==, 128 + SIGKILL);
}

static void test_sigterm_gives_time_to_end_well(void)
{
    g_auto(ProcResult) result =
        run((ProcSpec){.argv = SHELL("trap 'echo saved; exit 3' TERM; echo up; sleep 600 & wait"),
                       .deadline_ms = 500,
                       .grace_ms = 60000});
    g_assert_true(result.timed_out);
    g_assert_cmpint(result.status, ==, 3);
    g_assert_cmpstr(result.out, ==, "up\nsaved\n");
}

static void test_too_much_output_ends_it(void)
{
    const char *yes[] = {"yes", NULL};
    g_auto(ProcResult) captured = run((ProcSpec){.argv = yes, .output_limit_bytes = 1001});
    g_assert_true(captured.output_exceeded);
    g_assert_cmpuint(captured.out_size, ==, 1001);

    g_autoptr(Scratch) scratch = scratch_new();
    const char *path = scratch_path(scratch, "out");
    g_auto(ProcResult) file =
        run((ProcSpec){.argv = yes, .stdout_path = path, .output_limit_bytes = 1001});
    g_assert_true(file.output_exceeded);
    GStatBuf info;
    g_assert_cmpint(g_stat(path, &info), ==, 0);
    g_assert_cmpint(info.st_size, ==, 1001);
}

static void test_the_limit_itself_may_be_written(void)
{
    g_auto(ProcResult) result =
        run((ProcSpec){.argv = SHELL("printf 12345; printf 67890 >&2"), .output_limit_bytes = 10});
    g_assert_false(result.output_exceeded);
    g_assert_cmpint(result.status, ==, 0);
    g_auto(ProcResult) over =
        run((ProcSpec){.argv = SHELL("printf 12345; printf 678901 >&2"), .output_limit_bytes = 10});
    g_assert_true(over.output_exceeded);
    g_assert_cmpuint(over.out_size + over.err_size, ==, 10);
}

static bool is_file_there(void *path)
{
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void test_it_is_cancelled(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    char *path = g_strdup(scratch_path(scratch, "started"));
    const char *argv[] = {"/bin/sh", "-c", ": > \"$0\"; sleep 600", path, NULL};
    ProcSpec spec = {.argv = argv, .is_cancelled = is_file_there, .data = path};
    g_auto(ProcResult) result = run(spec);
    g_assert_true(result.cancelled);
    g_assert_false(result.timed_out);

    ProcResult untouched = {.status = 77};
    g_autoptr(GError) error = NULL;
    g_assert_false(proc_run_ok(&spec, &untouched, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INTERRUPTED);
    g_assert_cmpstr(error->message, ==, "'sh' was stopped");
    g_free(path);
}

// A grandchild in a session of its own, whose process id the script writes to "pid".
#define DAEMON "setsid sh -c 'trap \"\" TERM HUP; echo $$ > pid; exec sleep 600' & "

static void test_descendants_die_when_it_ends(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_auto(ProcResult) result =
        run((ProcSpec){.argv = SHELL(DAEMON "while ! [ -s pid ]; do sleep 0.01; done"),
                       .dir = scratch_path(scratch, "")});
    g_assert_cmpint(result.status, ==, 0);
    g_assert_false(is_alive(read_pid(scratch_path(scratch, "pid"))));
}

static void test_descendants_die_at_the_deadline(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(GError) error = NULL;
    ProcSpec spec = {.argv = SHELL(DAEMON "sleep 600"), .dir = scratch_path(scratch, "")};
    g_autoptr(Proc) proc = proc_start(&spec, &error);
    g_assert_no_error(error);
    int pid = read_pid(scratch_path(scratch, "pid"));
    g_assert_true(is_alive(pid));
    proc_stop(proc);
    g_assert_false(is_alive(pid));
}

static void test_what_may_stay_stays(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    const char *dir = scratch_path(scratch, "");
    g_auto(ProcResult) result =
        run((ProcSpec){.argv = SHELL(DAEMON "while ! [ -s pid ]; do sleep 0.01; done; echo done"),
                       .dir = dir,
                       .may_leave_children = true});
    g_assert_cmpstr(result.out, ==, "done\n");
    int pid = read_pid(scratch_path(scratch, "pid"));
    g_assert_true(is_alive(pid));
    kill(pid, SIGKILL);
}

static void test_what_stays_and_keeps_printing_holds_nobody_up(void)
{
    g_auto(ProcResult) result = run((ProcSpec){.argv = SHELL("yes & echo $! >&2"),
                                               .output_limit_bytes = 1 << 20,
                                               .may_leave_children = true});
    g_assert_cmpint(result.status, ==, 0);
    int pid = atoi(result.err);
    wait_until(is_gone, &pid); // of SIGPIPE
}

// Starts a program in a copy of us, which is then stopped or killed.
static pid_t fork_owner(const ProcSpec *spec)
{
    pid_t owner = fork();
    g_assert_cmpint(owner, >=, 0);
    if (owner == 0) {
        ProcResult result;
        proc_run(spec, &result, NULL);
        _exit(0);
    }
    return owner;
}

static void test_nothing_outlives_an_owner_that_is_killed(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    ProcSpec spec = {.argv = SHELL("echo $$ > self; " DAEMON "sleep 600"),
                     .dir = scratch_path(scratch, "")};
    pid_t owner = fork_owner(&spec);
    int self = read_pid(scratch_path(scratch, "self"));
    int daemon = read_pid(scratch_path(scratch, "pid"));
    kill(owner, SIGKILL);
    waitpid(owner, NULL, 0);
    wait_until(is_gone, &self);
    wait_until(is_gone, &daemon);
}

static void test_a_deadline_holds_while_the_owner_is_frozen(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    ProcSpec spec = {.argv = SHELL("echo $$ > self; sleep 600"),
                     .dir = scratch_path(scratch, ""),
                     .deadline_ms = 1000};
    pid_t owner = fork_owner(&spec);
    int self = read_pid(scratch_path(scratch, "self"));
    kill(owner, SIGSTOP);
    g_assert_true(is_alive(self));
    wait_until(is_gone, &self);
    kill(owner, SIGCONT);
    int status;
    waitpid(owner, &status, 0);
    g_assert_true(WIFEXITED(status));
}

static void test_it_runs_beside_us(void)
{
    ProcSpec spec = {.argv = SHELL("echo $$; echo here; sleep 600"), .deadline_ms = 600000};
    g_autoptr(GError) error = NULL;
    g_autoptr(Proc) proc = proc_start(&spec, &error);
    g_assert_no_error(error);
    g_assert_false(proc_poll(proc, 0));
    int pid = proc_pid(proc);
    g_assert_true(is_alive(pid));
    while (is_alive(pid) && !proc_poll(proc, 10) && kill(pid, SIGKILL) == 0)
        ;
    g_assert_true(proc_poll(proc, -1));
    g_assert_true(proc_poll(proc, 0));
    g_assert_cmpint(proc_pid(proc), ==, 0);
    g_auto(ProcResult) result = {0};
    proc_take_result(proc, &result);
    g_assert_cmpint(result.status, ==, 128 + SIGKILL);
    g_assert_false(result.cancelled);
}

static void test_it_ends_when_it_is_freed(void)
{
    ProcSpec spec = {.argv = SHELL("sleep 600")};
    Proc *proc = proc_start(&spec, NULL);
    int pid = proc_pid(proc);
    proc_free(proc);
    g_assert_false(is_alive(pid));
    proc_free(NULL);
}

static void test_cpus_are_those_asked_for(void)
{
    cpu_set_t ours;
    sched_getaffinity(0, sizeof ours, &ours);
    int cpu = 0;
    while (!CPU_ISSET(cpu, &ours))
        cpu++;
    g_autofree char *text = g_strdup_printf("%d", cpu);
    g_auto(ProcResult) result =
        run((ProcSpec){.argv = SHELL("grep Cpus_allowed_list: /proc/self/status"), .cpus = text});
    g_autofree char *expected = g_strdup_printf("Cpus_allowed_list:\t%d\n", cpu);
    g_assert_cmpstr(result.out, ==, expected);
    assert_refused((ProcSpec){.argv = SHELL("true"), .cpus = "1023"}, "*cpus '1023'*lscpu*");
    assert_refused((ProcSpec){.argv = SHELL("true"), .cpus = "x"}, "'x' is no list of cpus*");
}

static void test_cpu_lists_are_parsed(void)
{
    cpu_set_t cpus;
    g_assert_true(proc_parse_cpus("0,2-4,7", &cpus, NULL));
    g_assert_cmpint(CPU_COUNT(&cpus), ==, 5);
    g_assert_true(CPU_ISSET(3, &cpus) && CPU_ISSET(7, &cpus) && !CPU_ISSET(1, &cpus));
    static const char *const bad[] = {"",  ",",  "1,",  "3-1", "-1",
                                      "a", "1 ", "0x1", "1-",  "99999999999999999999"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(proc_parse_cpus(bad[i], &cpus, &error));
        g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    }
}

static void test_a_user_is_become(void)
{
    assert_refused((ProcSpec){.argv = SHELL("true"), .user = "no such"}, "*no user 'no such'*");
    if (geteuid() != 0) {
        g_test_skip("needs root");
        return;
    }
    g_auto(ProcResult) result = run((ProcSpec){.argv = SHELL("id -un; id -Gn"), .user = "nobody"});
    g_assert_cmpstr(result.out, ==, "nobody\nnogroup\n");
    g_auto(ProcResult) late =
        run((ProcSpec){.argv = SHELL("sleep 600"), .user = "nobody", .deadline_ms = 50});
    g_assert_true(late.timed_out);
}

static void test_costs_are_told(void)
{
    g_auto(ProcResult) result =
        run((ProcSpec){.argv = SHELL("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done")});
    g_assert_cmpfloat(result.user_s + result.system_s, >, 0);
    g_assert_cmpfloat(result.elapsed_s, >=, (result.user_s + result.system_s) * 0.5);
    g_assert_cmpint(result.max_rss_kib, >, 100);
}

static void test_what_cannot_run_says_why(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    scratch_write(scratch, "plain", "x");
    scratch_write(scratch, "lost", "#!/nowhere/interpreter\n");
    scratch_write(scratch, "none", "\x01\x02\x03");
    g_chmod(scratch_path(scratch, "lost"), 0755);
    g_chmod(scratch_path(scratch, "none"), 0755);
    const char *plain = scratch_path(scratch, "plain"), *lost = scratch_path(scratch, "lost"),
               *none = scratch_path(scratch, "none");
    assert_refused((ProcSpec){.argv = (const char *[]){"no-such-program", NULL}},
                   "cannot run 'no-such-program': it is not on PATH; install it *");
    assert_refused((ProcSpec){.argv = (const char *[]){"/nowhere/x", NULL}},
                   "cannot run '/nowhere/x': no such file");
    assert_refused((ProcSpec){.argv = (const char *[]){plain, NULL}}, "*chmod +x*");
    assert_refused((ProcSpec){.argv = (const char *[]){lost, NULL}}, "*interpreter*");
    assert_refused((ProcSpec){.argv = (const char *[]){none, NULL}}, "*#!/bin/sh*");
}

static void test_a_failure_names_the_program_and_its_last_words(void)
{
    ProcResult untouched = {.status = 77};
    g_autoptr(GError) error = NULL;
    ProcSpec spec = {.argv = SHELL("echo first >&2; printf 'no \\033[31mrule\\n\\n' >&2; exit 2")};
    g_assert_false(proc_run_ok(&spec, &untouched, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_MACHINE);
    g_assert_cmpstr(error->message, ==, "'sh' ended with status 2: no \\x1b[31mrule");
    g_assert_cmpint(untouched.status, ==, 77);

    g_auto(ProcResult) good = {0};
    ProcSpec fine = {.argv = SHELL("echo fine")};
    g_assert_true(proc_run_ok(&fine, &good, NULL));
    g_assert_cmpstr(good.out, ==, "fine\n");
}

static void test_each_end_has_its_sentence(void)
{
    ProcSpec spec = {.argv = SHELL(""), .deadline_ms = 1500, .output_limit_bytes = 10};
    const struct {
        ProcResult result;
        const char *sentence;
    } cases[] = {{{.status = 143, .timed_out = true}, "'sh' was ended at its deadline of 1.5 s"},
                 {{.status = 143, .output_exceeded = true},
                  "'sh' was ended because it wrote more than its limit of 10 bytes"},
                 {{.status = 139}, "'sh' was ended by signal 11 (Segmentation fault)"},
                 {{.status = 1}, "'sh' ended with status 1"},
                 {{.status = 0}, NULL}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *sentence = proc_result_complaint(&spec, &cases[i].result);
        g_assert_cmpstr(sentence, ==, cases[i].sentence);
    }
}

static void test_no_descriptor_of_ours_is_handed_on(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    scratch_write(scratch, "secret", "");
    int fd = g_open(scratch_path(scratch, "secret"), O_RDONLY, 0); // without O_CLOEXEC
    g_auto(ProcResult) result = run((ProcSpec){.argv = SHELL("exec ls -l /proc/self/fd")});
    g_assert_null(strstr(result.out, "secret"));
    g_assert_null(strstr(result.out, "socket:"));
    g_close(fd, NULL);
}

static void test_programs_are_found(void)
{
    g_autofree char *sh = proc_find_program("sh");
    g_assert_true(g_path_is_absolute(sh));
    g_autofree char *path = proc_find_program("/bin/../bin/sh");
    g_assert_cmpstr(path, ==, "/bin/sh");
    g_assert_null(proc_find_program("no-such-program"));
    g_assert_null(proc_find_program("/etc"));
}

static void test_a_guard_that_is_killed_takes_its_program_along(void)
{
    ProcSpec spec = {.argv = SHELL("exec sleep 600")};
    g_autoptr(Proc) proc = proc_start(&spec, NULL);
    int pid = proc_pid(proc);
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", pid);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    kill(atoi(strrchr(text, ')') + 4), SIGKILL); // its parent
    g_assert_true(proc_poll(proc, -1));
    wait_until(is_gone, &pid);
    g_auto(ProcResult) result = {0};
    proc_take_result(proc, &result);
    g_assert_cmpint(result.status, ==, 128 + SIGKILL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add_func("/proc/" #name, test_##name)
    TEST(output_and_status_are_captured);
    TEST(a_signal_becomes_128_and_its_number);
    TEST(input_comes_from_memory_a_file_a_descriptor_or_nowhere);
    TEST(folder_and_environment_are_those_asked_for);
    TEST(arguments_are_never_read_by_a_shell);
    TEST(output_goes_to_files);
    TEST(a_deadline_ends_it);
    TEST(what_ignores_sigterm_is_killed_after_the_grace);
    TEST(sigterm_gives_time_to_end_well);
    TEST(too_much_output_ends_it);
    TEST(the_limit_itself_may_be_written);
    TEST(it_is_cancelled);
    TEST(descendants_die_when_it_ends);
    TEST(descendants_die_at_the_deadline);
    TEST(what_may_stay_stays);
    TEST(what_stays_and_keeps_printing_holds_nobody_up);
    TEST(nothing_outlives_an_owner_that_is_killed);
    TEST(a_deadline_holds_while_the_owner_is_frozen);
    TEST(it_runs_beside_us);
    TEST(it_ends_when_it_is_freed);
    TEST(cpus_are_those_asked_for);
    TEST(cpu_lists_are_parsed);
    TEST(a_user_is_become);
    TEST(costs_are_told);
    TEST(what_cannot_run_says_why);
    TEST(a_failure_names_the_program_and_its_last_words);
    TEST(each_end_has_its_sentence);
    TEST(no_descriptor_of_ours_is_handed_on);
    TEST(programs_are_found);
    TEST(a_guard_that_is_killed_takes_its_program_along);
#undef TEST
    return g_test_run();
}
