// From the raw folder of a trial to its samples.
#include "marvin/raw_extract.h"

#include "common/proc.h"

enum { OUTPUT_LIMIT_BYTES = 64 << 20, EXTRACT_MS = 120000 };

static bool extract_by_program(const Benchmark *benchmark, const char *folder, const char *raw,
                               Extraction **ret_extraction, GError **error)
{
    static const char *const STATUS[] = {"status", NULL};
    g_autofree char *program = g_build_filename(folder, "extract", NULL);
    const char *argv[] = {program, raw, NULL};
    ProcSpec spec = {
        .argv = argv, .deadline_ms = EXTRACT_MS, .output_limit_bytes = OUTPUT_LIMIT_BYTES};
    g_auto(ProcResult) ran = {0};
    g_autoptr(RawFolder) iterations = NULL;
    if (!proc_run(&spec, &ran, error) || !raw_folder_read(raw, STATUS, &iterations, error))
        return false;
    *ret_extraction = extraction_from_gobench(benchmark, iterations, "extract",
                                              ran.out ? ran.out : "", ran.out_size);
    g_autofree char *complaint = proc_result_complaint(&spec, &ran);
    if (complaint)
        extraction_fail(*ret_extraction, complaint);
    return true;
}

bool raw_extract(const Benchmark *benchmark, const char *folder, const char *raw,
                 Extraction **ret_extraction, GError **error)
{
    return benchmark->extract_sha256
               ? extract_by_program(benchmark, folder, raw, ret_extraction, error)
               : extraction_read(benchmark, raw, ret_extraction, error);
}
