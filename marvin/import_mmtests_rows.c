// MMTests' own parse-results, run as a program on the logs of a test.
#include <string.h>

#include "benchmarks/complaint.h"
#include "common/proc.h"
#include "marvin/import_mmtests.h"

enum { DEADLINE_MS = 600000, OUTPUT_LIMIT_BYTES = 64 << 20, COMPLAINTS_MAX = 100 };

// The folder of the benchmark in the source tree: as MMTests does, the name without its last
// -part until a folder is found. NULL: none.
static char *source_find(const char *checkout, const char *test)
{
    g_autofree char *name = g_strdup(test);
    for (;;) {
        g_autofree char *folder = g_build_filename(checkout, "shellpack_src", "src", name, NULL);
        g_autofree char *program = g_build_filename(folder, "parse-results", NULL);
        if (g_file_test(program, G_FILE_TEST_IS_EXECUTABLE))
            return g_steal_pointer(&folder);
        char *dash = strrchr(name, '-');
        if (!dash)
            return NULL;
        *dash = '\0';
    }
}

static void program_run(const char *folder, const char *name, const MmtestsTest *test,
                        GString *rows, GPtrArray *complaints)
{
    g_autofree char *program = g_build_filename(folder, name, NULL);
    const char *dash = strchr(name + strlen("parse-"), '-');
    const char *argv[] = {program, test->logs_folder, dash ? dash + 1 : NULL, NULL};
    ProcSpec spec = {.argv = argv,
                     .dir = folder,
                     .deadline_ms = DEADLINE_MS,
                     .output_limit_bytes = OUTPUT_LIMIT_BYTES};
    g_auto(ProcResult) ran = {0};
    g_autoptr(GError) error = NULL;
    if (!proc_run(&spec, &ran, &error)) {
        complaint_add(complaints, COMPLAINTS_MAX, "%s", error->message);
        return;
    }
    g_autofree char *why = proc_result_complaint(&spec, &ran);
    if (why)
        complaint_add(complaints, COMPLAINTS_MAX, "%s: %s", test->logs_folder, why);
    if (!ran.timed_out && !ran.output_exceeded && ran.out)
        g_string_append_len(rows, ran.out, (gssize)ran.out_size);
}

char *mmtests_rows_run(const char *checkout, const MmtestsTest *test, GPtrArray *complaints)
{
    g_autofree char *tree = g_canonicalize_filename(checkout, NULL);
    g_autofree char *folder = source_find(tree, test->name);
    if (!folder) {
        complaint_add(complaints, COMPLAINTS_MAX, "%s: %s has no parse-results for it",
                      test->logs_folder, checkout);
        return NULL;
    }
    GString *rows = g_string_new(NULL);
    program_run(folder, "parse-results", test, rows, complaints);
    g_autoptr(GPtrArray) others = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));)
        if (g_str_has_prefix(name, "parse-results-"))
            g_ptr_array_add(others, g_strdup(name));
    for (guint i = 0; i < others->len; i++)
        program_run(folder, others->pdata[i], test, rows, complaints);
    return g_string_free(rows, FALSE);
}
