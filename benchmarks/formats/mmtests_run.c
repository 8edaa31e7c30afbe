// MMTests' result directory: time stamps, tests, monitors, environment.
#include "benchmarks/formats/mmtests_run.h"

#include <math.h>
#include <string.h>

#include "benchmarks/complaint.h"
#include "benchmarks/formats/mmtests/span.h"
#include "common/error.h"

static const unsigned COMPLAINTS_MAX = 50;
static const unsigned ITERATIONS_MAX = 10000;
static const unsigned TESTS_MAX = 2000;
static const size_t STAMPS_LIMIT_BYTES = 4u << 20;

static void test_free(gpointer data)
{
    MmtestsTest *test = data;
    g_free(test->name);
    g_free(test->logs_folder);
    g_ptr_array_unref(test->monitors);
    g_free(test);
}

static void iteration_free(gpointer data)
{
    MmtestsIteration *iteration = data;
    g_free(iteration->folder);
    g_ptr_array_unref(iteration->tests);
    g_free(iteration);
}

static void fact_clear(gpointer data)
{
    g_free(((MmtestsFact *)data)->value);
}

void mmtests_run_free(MmtestsRun *run)
{
    if (!run)
        return;
    g_free(run->name);
    g_ptr_array_unref(run->iterations);
    g_array_unref(run->facts);
    g_ptr_array_unref(run->complaints);
    g_free(run);
}

static MmtestsTest *test_get(MmtestsIteration *iteration, Span name)
{
    for (guint i = 0; i < iteration->tests->len; i++) {
        MmtestsTest *test = iteration->tests->pdata[i];
        if (span_equal(name, test->name))
            return test;
    }
    MmtestsTest *test = g_new0(MmtestsTest, 1);
    test->name = g_strndup(name.start, name.length);
    test->logs_folder = g_build_filename(iteration->folder, test->name, "logs", NULL);
    test->family = mmtests_family_find(test->name, NULL);
    test->exit_status = -1;
    test->monitors = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(iteration->tests, test);
    return test;
}

// A test's name becomes part of a path.
static bool is_test_name(Span name)
{
    for (size_t i = 0; i < name.length; i++)
        if (!g_ascii_isalnum(name.start[i]) && !strchr("-_.+", name.start[i]))
            return false;
    return name.length > 0 && name.length < 200 && name.start[0] != '.';
}

static int64_t seconds_of(Span word)
{
    double seconds = 0;
    return span_is_number(word, &seconds) && seconds > 0 && seconds < 1e15 ? (int64_t)seconds : 0;
}

static void test_line(MmtestsIteration *iteration, Span line)
{
    MmtestsTest *test = test_get(iteration, span_awk(line, 4));
    Span status = span_awk(line, 6);
    double code = 0;
    if (span_begins(line, "test begin ::")) {
        test->begin_s = seconds_of(span_awk(line, 5));
        return;
    }
    test->end_s = seconds_of(span_awk(line, 5));
    if (span_is_number(status, &code) && code >= 0 && code < 256)
        test->exit_status = (int)code;
}

// "time :: perfpipe 0.17 user 0.50 system 0.70 elapsed"
static void time_line(MmtestsIteration *iteration, Span line)
{
    MmtestsTest *test = test_get(iteration, span_awk(line, 3));
    double times[3];
    for (unsigned i = 0; i < G_N_ELEMENTS(times); i++)
        if (!span_is_number(span_awk(line, 4 + 2 * i), &times[i]) || !isfinite(times[i]))
            return;
    test->user_s = times[0];
    test->system_s = times[1];
    test->elapsed_s = times[2];
    test->has_time = true;
}

static bool stamp_line(MmtestsIteration *iteration, Span line)
{
    if (iteration->tests->len >= TESTS_MAX)
        return false;
    if (span_begins(line, "start ::"))
        iteration->begin_s = seconds_of(span_awk(line, 3));
    else if (span_begins(line, "finish ::"))
        iteration->end_s = seconds_of(span_awk(line, 3));
    else if ((span_begins(line, "test begin ::") || span_begins(line, "test end ::")) &&
             is_test_name(span_awk(line, 4)))
        test_line(iteration, line);
    else if (span_begins(line, "time ::") && is_test_name(span_awk(line, 3)))
        time_line(iteration, line);
    else
        return span_trim(line).length == 0 || span_begins(line, "raid-create ::") ||
               span_begins(line, "Command ");
    return true;
}

static void stamps_read(MmtestsRun *run, MmtestsIteration *iteration, MmtestsLogs *files)
{
    g_autoptr(GBytes) stamps = mmtests_logs_read(files, "tests-timestamp");
    Span text = mmtests_bytes_span(stamps);
    text.length = MIN(text.length, STAMPS_LIMIT_BYTES);
    unsigned number = 0;
    for (Span line; span_line(&text, &line);) {
        number++;
        if (stamp_line(iteration, line))
            continue;
        g_autofree char *excerpt = complaint_excerpt(line.start, line.length);
        complaint_add(run->complaints, COMPLAINTS_MAX,
                      "%s/tests-timestamp:%u: %s is not a time stamp of MMTests; left out",
                      iteration->folder, number, excerpt);
    }
}

// A symbolic link is none: what lies behind it is not part of the run.
static bool is_folder(const char *path)
{
    return g_file_test(path, G_FILE_TEST_IS_DIR) && !g_file_test(path, G_FILE_TEST_IS_SYMLINK);
}

static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Tests that have logs but no time stamps, in order of their names.
static void folders_read(MmtestsIteration *iteration)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) entries = g_dir_open(iteration->folder, 0, NULL);
    for (const char *name = entries ? g_dir_read_name(entries) : NULL; name;
         name = g_dir_read_name(entries)) {
        g_autofree char *logs = g_build_filename(iteration->folder, name, "logs", NULL);
        if (is_test_name(span_of(name)) && is_folder(logs))
            g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, by_text);
    for (guint i = 0; i < names->len; i++)
        test_get(iteration, span_of(names->pdata[i]));
}

// "mpstat-perfpipe" belongs to perfpipe.
static void monitors_read(MmtestsIteration *iteration, const MmtestsLogs *files)
{
    for (guint i = 0; i < iteration->tests->len; i++) {
        MmtestsTest *test = iteration->tests->pdata[i];
        g_autofree char *suffix = g_strconcat("-", test->name, NULL);
        g_autoptr(GPtrArray) names = mmtests_logs_match(files, "", suffix);
        for (guint j = 0; j < names->len; j++)
            g_ptr_array_add(test->monitors, g_strdup(names->pdata[j]));
    }
}

const char *mmtests_run_fact(const MmtestsRun *run, const char *key)
{
    for (guint i = 0; i < run->facts->len; i++) {
        const MmtestsFact *fact = &g_array_index(run->facts, MmtestsFact, i);
        if (strcmp(fact->key, key) == 0)
            return fact->value;
    }
    return NULL;
}

static void fact_add(MmtestsRun *run, const char *key, Span value)
{
    value = span_trim(value);
    if (value.length > 1 && value.start[0] == '"' && value.start[value.length - 1] == '"')
        value = (Span){value.start + 1, value.length - 2};
    if (value.length == 0 || mmtests_run_fact(run, key))
        return;
    MmtestsFact fact = {key, g_utf8_make_valid(value.start, (gssize)value.length)};
    g_array_append_val(run->facts, fact);
}

// The value behind prefix on the first line of a file that starts with it.
static void fact_read(MmtestsRun *run, MmtestsLogs *files, const char *key, const char *file,
                      const char *prefix)
{
    g_autoptr(GBytes) bytes = mmtests_logs_read(files, file);
    Span text = mmtests_bytes_span(bytes);
    for (Span line; span_line(&text, &line);) {
        if (!span_begins(line, prefix))
            continue;
        size_t skip = strlen(prefix);
        fact_add(run, key, (Span){line.start + skip, line.length - skip});
        return;
    }
}

static void facts_read(MmtestsRun *run, MmtestsLogs *files)
{
    // uname -a: Linux HOSTNAME RELEASE VERSION .. ARCHITECTURE GNU/Linux
    g_autoptr(GBytes) bytes = mmtests_logs_read(files, "kernel.version");
    Span text = mmtests_bytes_span(bytes);
    Span uname = {"", 0};
    span_line(&text, &uname);
    size_t words = span_awk_count(uname);
    fact_add(run, "uname", uname);
    fact_add(run, "hostname", span_awk(uname, 2));
    fact_add(run, "kernel", span_awk(uname, 3));
    if (words > 4)
        fact_add(run, "architecture", span_awk(uname, words - 1));
    fact_read(run, files, "os", "os-release", "PRETTY_NAME=");
    fact_read(run, files, "cpu", "lscpu.txt", "Model name:");
    fact_read(run, files, "cpus", "lscpu.txt", "CPU(s):");
    fact_read(run, files, "hypervisor", "lscpu.txt", "Hypervisor vendor:");
    fact_read(run, files, "memory", "tests-sysstate", "MemTotal:");
}

// Iteration numbers of the iter-N below folder, in order.
static GArray *numbers_find(const char *folder)
{
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(unsigned));
    for (unsigned number = 0; number < ITERATIONS_MAX; number++) {
        g_autofree char *path = g_strdup_printf("%s/iter-%u", folder, number);
        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            g_array_append_val(numbers, number);
        else if (number > numbers->len + 100)
            break;
    }
    return numbers;
}

static MmtestsIteration *iteration_read(MmtestsRun *run, const char *folder, unsigned number)
{
    MmtestsIteration *iteration = g_new0(MmtestsIteration, 1);
    iteration->number = number;
    iteration->folder = g_strdup_printf("%s/iter-%u", folder, number);
    iteration->tests = g_ptr_array_new_with_free_func(test_free);
    g_autoptr(MmtestsLogs) files = mmtests_logs_open(iteration->folder);
    stamps_read(run, iteration, files);
    folders_read(iteration);
    monitors_read(iteration, files);
    facts_read(run, files);
    const GPtrArray *said = mmtests_logs_complaints(files);
    for (guint i = 0; i < said->len; i++)
        complaint_add(run->complaints, COMPLAINTS_MAX, "%s", (const char *)said->pdata[i]);
    return iteration;
}

// "1795226863 status :: 0", the last line of mmtests-activity.
static int status_read(const char *folder)
{
    g_autoptr(MmtestsLogs) files = mmtests_logs_open(folder);
    g_autoptr(GBytes) bytes = mmtests_logs_read(files, "mmtests-activity");
    Span text = mmtests_bytes_span(bytes);
    int status = -1;
    for (Span line; span_line(&text, &line);) {
        double code = 0;
        if (span_equal(span_awk(line, 2), "status") && span_is_number(span_awk(line, 4), &code) &&
            code >= 0 && code < 256)
            status = (int)code;
    }
    return status;
}

bool mmtests_run_read(const char *folder, MmtestsRun **ret_run, GError **error)
{
    g_autoptr(GArray) numbers = numbers_find(folder);
    if (numbers->len == 0)
        return error_set(error, ERROR_INPUT,
                         "%s: is not a run of MMTests: expected iter-0 in it, as in work/log/RUN",
                         folder);
    g_autoptr(MmtestsRun) run = g_new0(MmtestsRun, 1);
    run->name = g_path_get_basename(folder);
    run->iterations = g_ptr_array_new_with_free_func(iteration_free);
    run->facts = g_array_new(FALSE, FALSE, sizeof(MmtestsFact));
    g_array_set_clear_func(run->facts, fact_clear);
    run->complaints = g_ptr_array_new_with_free_func(g_free);
    run->exit_status = status_read(folder);
    for (guint i = 0; i < numbers->len; i++)
        g_ptr_array_add(run->iterations,
                        iteration_read(run, folder, g_array_index(numbers, unsigned, i)));
    *ret_run = g_steal_pointer(&run);
    return true;
}

static bool has_logs(const char *iteration_folder)
{
    g_autofree char *stamps = g_build_filename(iteration_folder, "tests-timestamp", NULL);
    if (g_file_test(stamps, G_FILE_TEST_IS_REGULAR))
        return true;
    g_autoptr(GDir) entries = g_dir_open(iteration_folder, 0, NULL);
    for (const char *name = entries ? g_dir_read_name(entries) : NULL; name;
         name = g_dir_read_name(entries)) {
        g_autofree char *logs = g_build_filename(iteration_folder, name, "logs", NULL);
        if (is_folder(logs))
            return true;
    }
    return false;
}

bool mmtests_run_is(const char *folder)
{
    g_autoptr(GArray) numbers = numbers_find(folder);
    for (guint i = 0; i < numbers->len; i++) {
        g_autofree char *path =
            g_strdup_printf("%s/iter-%u", folder, g_array_index(numbers, unsigned, i));
        if (has_logs(path))
            return true;
    }
    return false;
}
