/*
 * A benchmark's definition: what its folder's benchmark.ini says, plus the content hashes of the
 * programs beside it. Values only: nothing here runs a benchmark (marvin) or stores one (sql).
 *
 * A folder:  benchmark.ini   the definition
 *            run             executable, starts one iteration (promise 4: gets data as variables)
 *            extract         optional executable: gets the raw folder, prints gobench
 *            sample/         real raw output and the samples expected from it (tests only)
 *
 * Keys of benchmark.ini (an unknown one is an error with a suggestion; what has no default and is
 * not called optional is required):
 *
 * [benchmark NAME]
 *   summary        one line for people
 *   duration       of one iteration, about: "5s"; the deadline goes by it
 *   class          a (reliable), b (noisy, the default) or c (not to be bisected)
 *   packages       optional; words: Debian packages that the target needs
 *   deadline       after which an iteration is killed; default 10 x duration, at least 60 s
 *   warmup         iterations run and not kept; default 0
 *   group          a word under which reports list it; default NAME
 *   program        optional; words: programs of ours, such as micro, put beside `run` on the target
 *
 * [parameter NAME]   (letters, digits, '-', '_')
 *   default        its value unless a plan says otherwise
 *   values         optional; words: all that are allowed; absent: any
 *   help           optional; one line
 *
 * [metric NAME]
 *   unit           such as MB/s
 *   better         higher, lower or none
 *   statistic      default median
 *   pattern        PCRE with one group, matched against each line; required unless there is an
 *                  `extract`, and an error beside one
 *   file           the raw file that it is looked for in; default stdout
 *   plausible      optional; LO..HI, either may be left out: beyond it the trial is failed
 *   meaningful     modes in which it says something; default all
 *   resolution     smallest step, in the unit; default unknown
 *   deterministic  yes or no, the default: whether repeated runs give one value
 *   margin         changes within it do not matter, such as 2%; a plan that sets one overrides it
 *   help           optional; one line
 */
#pragma once

#include "benchmarks/statistic.h"
#include "common/stats/orient.h"

#include <glib.h>
#include <stdbool.h>

/* How a machine executes: where a metric says something. The words are those of the settings. */
typedef enum {
    MODE_METAL = 1 << 0, // "metal": a real machine
    MODE_KVM = 1 << 1, // "kvm": hardware virtualisation
    MODE_TCG = 1 << 2, // "tcg": emulation, guest time is real time
    MODE_ICOUNT = 1 << 3, // "icount": emulation, guest time is a count of instructions
    MODE_LOCAL = 1 << 4, // "local": fresh processes on the machine that runs marvin
    MODE_ALL = (1 << 5) - 1,
} ModeFlags;

/* Words apart by spaces or commas -> flags; false with the first unknown word in *ret_unknown
 * (the caller frees; may be NULL). */
bool modes_parse(const char *text, ModeFlags *ret_modes, char **ret_unknown);
/* "metal kvm"; the caller frees. */
char *modes_format(ModeFlags modes);

typedef struct {
    char *name;
    char *value; // the default
    char **values; // all allowed ones; NULL: any
    char *help; // "" when absent
} BenchmarkParameter;

typedef struct {
    char *name;
    char *unit;
    Better better;
    Statistic statistic;
    char *pattern; // NULL where the folder has an `extract`
    GRegex *regex; // compiled from it, for raw bytes; NULL with it
    char *file; // raw file of an iteration that the pattern looks into; "stdout"
    double plausible_low; // -INFINITY when open
    double plausible_high; // INFINITY when open
    ModeFlags meaningful;
    double resolution; // in the unit; 0: unknown
    bool deterministic; // repeated runs of one binary give one value (a size, a count)
    double margin; // .02 = 2 %; 0: none of its own; a plan that sets one overrides it
    char *help; // "" when absent
} Metric;

/* Owned by its reader; freed with benchmark_free. Strings are never NULL unless said so. */
typedef struct {
    char *name;
    char *summary;
    char *group;
    char class; // 'a' reliable, 'b' noisy, 'c' not to be bisected
    double duration_s;
    double deadline_s;
    unsigned warmup;
    char **packages;
    char **programs;
    GPtrArray *parameters; // of BenchmarkParameter *, sorted by name
    GPtrArray *metrics; // of Metric *, in the order of the file
    char *folder; // absolute or as given; NULL when parsed from memory
    char *run_sha256; // 64 hex digits; "" when parsed from memory
    char *extract_sha256; // NULL: there is no `extract`
} Benchmark;

/*
 * Reads FOLDER/benchmark.ini and checks that the section's NAME is the folder's own, that `run`
 * is there and executable, and that every metric can be had (a pattern, or `extract`).
 * ERROR_INPUT: one sentence with file, line and expectation.
 */
bool benchmark_read(const char *folder, Benchmark **ret_benchmark, GError **error);

/* The definition that benchmark_format wrote (from the database); folder is NULL then. ERROR_INPUT
 * when it is no such JSON; place stands in messages for it. */
bool benchmark_parse(const char *place, const char *json, Benchmark **ret_benchmark,
                     GError **error);
void benchmark_free(Benchmark *benchmark);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Benchmark, benchmark_free)

/* NULL when there is none of that name. */
const Metric *benchmark_metric_find(const Benchmark *benchmark, const char *name);
const BenchmarkParameter *benchmark_parameter_find(const Benchmark *benchmark, const char *name);

/* "1..1e9", an open end left out, for messages; the caller frees. */
char *metric_plausible_format(const Metric *metric);

/*
 * The whole definition as canonical JSON (keys sorted, no spaces, one line), programs by hash;
 * equal for equal definitions, whatever the order and comments of the file. The caller frees.
 */
char *benchmark_format(const Benchmark *benchmark);

/* SHA-256 of benchmark_format: what the database keys a stored definition by. 64 hex digits. */
char *benchmark_content_hash(const Benchmark *benchmark);

/*
 * SHA-256 of what makes a series of this metric one series (DESIGN 6): benchmark name, metric
 * name, unit, statistic, extraction (pattern, file, extract program). Not duration, summary,
 * class, bounds, margin, help. Parameter values join it in benchmark_parameters_format.
 */
char *metric_identity_hash(const Benchmark *benchmark, const Metric *metric);

/*
 * The parameters of one trial: the defaults with the overrides laid over them, as a table of
 * char * -> char * (both owned by it). overrides: NULL or name -> value. ERROR_INPUT for a name
 * that the benchmark does not have, or a value that is not among `values`.
 */
bool benchmark_parameters(const Benchmark *benchmark, GHashTable *overrides,
                          GHashTable **ret_parameters, GError **error);

/* {"a":"1","b":"x"}: canonical JSON of a table of parameters, keys sorted; the caller frees. */
char *parameters_format(GHashTable *parameters);
/* "/a=1/b=x" as names of series have it, with %XX for what they need themselves (blanks, '/', '%',
 * ':', '@', '#'); "" for none; the caller frees. */
char *parameters_format_path(GHashTable *parameters);

/* The variable that `run` gets a parameter's value by: "block-size" -> "MARVIN_P_BLOCK_SIZE". */
char *parameter_variable(const char *name);

/*
 * "NAME" or "NAME/k=v/k2=v2", as plans and SERIES write a benchmark -> its name and overrides (a
 * table as above, empty when none; %XX read back). ERROR_INPUT when it is not of that form.
 */
bool benchmark_reference_parse(const char *text, char **ret_name, GHashTable **ret_overrides,
                               GError **error);
