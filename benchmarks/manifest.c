// Reads a benchmark's folder: benchmark.ini by the tables below, and the programs beside it.
#include "benchmarks/manifest.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "benchmarks/manifest_model.h"
#include "benchmarks/number.h"
#include "common/error.h"
#include "common/hash.h"
#include "common/settings.h"

static const SettingRow BENCHMARK_ROWS[] = {
    {.name = "summary", .type = SETTING_TEXT, .required = true, .help = "one line for people"},
    {.name = "duration",
     .type = SETTING_DURATION,
     .required = true,
     .help = "about how long one iteration takes",
     .min = 0.001,
     .max = 30 * 86400},
    {.name = "class",
     .type = SETTING_CHOICE,
     .preset = "b",
     .choices = "a b c",
     .help = "a reliable, b noisy, c not to be bisected"},
    {.name = "packages", .type = SETTING_WORDS, .help = "packages that the target needs"},
    {.name = "deadline",
     .type = SETTING_DURATION,
     .help = "an iteration is killed after it",
     .min = 1,
     .max = 30 * 86400},
    {.name = "warmup",
     .type = SETTING_INT,
     .preset = "0",
     .help = "iterations run before those that count",
     .min = 0,
     .max = 1000},
    {.name = "group", .type = SETTING_TEXT, .help = "what reports list it under"},
    {.name = "program", .type = SETTING_WORDS, .help = "our programs put beside run"},
};

static const SettingRow PARAMETER_ROWS[] = {
    {.name = "default", .type = SETTING_TEXT, .required = true, .help = "its value unless a plan"},
    {.name = "values", .type = SETTING_WORDS, .help = "all values that are allowed"},
    {.name = "help", .type = SETTING_TEXT, .preset = "", .help = "one line"},
};

static const SettingRow METRIC_ROWS[] = {
    {.name = "unit", .type = SETTING_TEXT, .required = true, .help = "such as MB/s"},
    {.name = "better",
     .type = SETTING_CHOICE,
     .required = true,
     .choices = "higher lower none",
     .help = "which direction is an improvement"},
    {.name = "statistic",
     .type = SETTING_TEXT,
     .preset = "median",
     .help = "median, mean, min, max or pNN"},
    {.name = "pattern", .type = SETTING_TEXT, .help = "regular expression with one group"},
    {.name = "file", .type = SETTING_TEXT, .preset = "stdout", .help = "raw file to look into"},
    {.name = "plausible", .type = SETTING_RANGE, .help = "a value beyond it fails the trial"},
    {.name = "meaningful",
     .type = SETTING_TEXT,
     .help = "machine modes in which it says something"},
    {.name = "resolution",
     .type = SETTING_REAL,
     .preset = "0",
     .help = "smallest step, in the unit",
     .min = 0,
     .max = G_MAXDOUBLE},
    {.name = "deterministic", .type = SETTING_BOOL, .preset = "no", .help = "no noise at all"},
    {.name = "margin",
     .type = SETTING_PERCENT,
     .preset = "0%",
     .help = "changes within it do not matter",
     .min = 0,
     .max = 1},
    {.name = "help", .type = SETTING_TEXT, .preset = "", .help = "one line"},
};

static const SectionKind KINDS[] = {
    {"benchmark", true, NULL, "the benchmark", BENCHMARK_ROWS, G_N_ELEMENTS(BENCHMARK_ROWS)},
    {"parameter", true, NULL, "a parameter", PARAMETER_ROWS, G_N_ELEMENTS(PARAMETER_ROWS)},
    {"metric", true, NULL, "a metric", METRIC_ROWS, G_N_ELEMENTS(METRIC_ROWS)},
};

static const char *const MODE_NAMES[] = {"metal", "kvm", "tcg", "icount", "local"};

static char *text_of(const Section *section, const char *key, const char *otherwise)
{
    const char *text = section_text(section, key);
    return g_strdup(text ? text : otherwise);
}

static bool name_check(const Section *section, const char *what, GError **error)
{
    if (benchmark_name_is_valid(section_name(section)))
        return true;
    return error_set(error, ERROR_INPUT,
                     "%s: the name of a %s is a word of letters, digits, '.', '_' and '-', and "
                     "begins with a letter or digit",
                     section_origin(section, ""), what);
}

static bool pattern_take(const Section *section, Metric *metric, bool has_extract, GError **error)
{
    const char *pattern = section_text(section, "pattern");
    const char *place = section_origin(section, "pattern");
    if (has_extract && pattern)
        return error_set(error, ERROR_INPUT,
                         "%s: a pattern beside an `extract` program would never be used; remove "
                         "one of the two",
                         place);
    if (has_extract)
        return true;
    if (!pattern || !*pattern)
        return error_set(error, ERROR_INPUT,
                         "%s: metric %s has no pattern; expected `pattern = ...` with one group, "
                         "or a program `extract` in the folder",
                         place, metric->name);
    metric->pattern = g_strdup(pattern);
    return metric_pattern_compile(place, metric, error);
}

static bool metric_take(const Section *section, Metric *metric, bool has_extract, GError **error)
{
    if (!name_check(section, "metric", error))
        return false;
    metric->name = g_strdup(section_name(section));
    metric->unit = text_of(section, "unit", "");
    metric->file = text_of(section, "file", "stdout");
    metric->help = text_of(section, "help", "");
    better_parse(section_text(section, "better"), &metric->better);
    metric->resolution = section_real(section, "resolution");
    metric->margin = section_real(section, "margin");
    metric->deterministic = section_bool(section, "deterministic");
    metric->plausible_low = -INFINITY;
    metric->plausible_high = INFINITY;
    if (section_has(section, "plausible"))
        section_range(section, "plausible", &metric->plausible_low, &metric->plausible_high);
    metric->meaningful = MODE_ALL;
    g_autofree char *unknown = NULL;
    const char *modes = section_text(section, "meaningful");
    if (modes && !modes_parse(modes, &metric->meaningful, &unknown))
        return error_set(error, ERROR_INPUT,
                         "%s: unknown mode '%s'; expected some of metal, kvm, tcg, icount, local",
                         section_origin(section, "meaningful"), unknown);
    if (!*metric->unit || strpbrk(metric->unit, " \t"))
        return error_set(error, ERROR_INPUT, "%s: a unit is one word, such as MB/s",
                         section_origin(section, "unit"));
    if (strchr(metric->file, '/') || *metric->file == '.' || !*metric->file)
        return error_set(error, ERROR_INPUT,
                         "%s: `file` is the name of a raw file, such as stdout, without a folder",
                         section_origin(section, "file"));
    if (!statistic_parse(section_text(section, "statistic"), &metric->statistic))
        return error_set(error, ERROR_INPUT,
                         "%s: unknown statistic '%s'; expected median, mean, min, max or pNN "
                         "such as p99",
                         section_origin(section, "statistic"), section_text(section, "statistic"));
    return pattern_take(section, metric, has_extract, error);
}

static bool parameter_take(const Section *section, BenchmarkParameter *parameter, GError **error)
{
    if (!name_check(section, "parameter", error))
        return false;
    parameter->name = g_strdup(section_name(section));
    parameter->value = text_of(section, "default", "");
    parameter->help = text_of(section, "help", "");
    if (section_has(section, "values"))
        parameter->values = g_strdupv((char **)(guintptr)section_words(section, "values"));
    if (strpbrk(parameter->name, "."))
        return error_set(error, ERROR_INPUT,
                         "%s: the name of a parameter has no '.': it becomes part of a variable",
                         section_origin(section, ""));
    if (parameter->values &&
        !g_strv_contains((const char *const *)parameter->values, parameter->value))
        return error_set(error, ERROR_INPUT, "%s: the default '%s' is not among the values",
                         section_origin(section, "default"), parameter->value);
    return true;
}

static bool parameters_take(const Settings *settings, Benchmark *benchmark, GError **error)
{
    g_autoptr(GHashTable) variables = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const Section *section = NULL;
    for (int i = 0; (section = settings_at(settings, "parameter", i)); i++) {
        BenchmarkParameter *parameter = g_new0(BenchmarkParameter, 1);
        g_ptr_array_add(benchmark->parameters, parameter);
        if (!parameter_take(section, parameter, error))
            return false;
        if (!g_hash_table_add(variables, parameter_variable(parameter->name)))
            return error_set(error, ERROR_INPUT,
                             "%s: another parameter has the same variable; rename one",
                             section_origin(section, ""));
    }
    g_ptr_array_sort(benchmark->parameters, parameter_compare);
    return true;
}

static bool metrics_take(const Settings *settings, Benchmark *benchmark, const char *path,
                         GError **error)
{
    const Section *section = NULL;
    for (int i = 0; (section = settings_at(settings, "metric", i)); i++) {
        Metric *metric = g_new0(Metric, 1);
        g_ptr_array_add(benchmark->metrics, metric);
        if (!metric_take(section, metric, benchmark->extract_sha256, error))
            return false;
    }
    if (benchmark->metrics->len == 0)
        return error_set(error, ERROR_INPUT, "%s: has no metric; expected a section [metric NAME]",
                         path);
    return true;
}

static bool benchmark_take(const Settings *settings, Benchmark *benchmark, const char *path,
                           GError **error)
{
    const Section *section = settings_at(settings, "benchmark", 0);
    const Section *second = settings_at(settings, "benchmark", 1);
    if (!section)
        return error_set(error, ERROR_INPUT, "%s: has no section [benchmark NAME]", path);
    if (second)
        return error_set(error, ERROR_INPUT, "%s: a second benchmark; a folder holds one",
                         section_origin(second, ""));
    if (!name_check(section, "benchmark", error))
        return false;
    benchmark->name = g_strdup(section_name(section));
    benchmark->summary = text_of(section, "summary", "");
    benchmark->group = text_of(section, "group", benchmark->name);
    benchmark->class = section_text(section, "class")[0];
    benchmark->duration_s = section_real(section, "duration");
    benchmark->deadline_s = section_has(section, "deadline") ? section_real(section, "deadline")
                                                             : fmax(60, 10 * benchmark->duration_s);
    benchmark->warmup = (unsigned)section_int(section, "warmup");
    benchmark->packages = g_strdupv((char **)(guintptr)section_words(section, "packages"));
    benchmark->programs = g_strdupv((char **)(guintptr)section_words(section, "program"));
    g_autofree char *whole = g_canonicalize_filename(benchmark->folder, NULL);
    g_autofree char *own = g_path_get_basename(whole);
    if (!g_str_equal(own, benchmark->name))
        return error_set(error, ERROR_INPUT,
                         "%s: benchmark '%s' lies in a folder '%s'; expected the same name",
                         section_origin(section, ""), benchmark->name, own);
    return parameters_take(settings, benchmark, error) &&
           metrics_take(settings, benchmark, path, error);
}

// The hash of a program of the folder; NULL when it is optional and absent.
static bool program_hash(const char *folder, const char *name, bool optional, char **ret_hash,
                         GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    struct stat status;
    if (stat(path, &status) != 0) {
        if (optional)
            return true;
        return error_set(error, ERROR_INPUT,
                         "%s: is missing; expected the program that runs one iteration", path);
    }
    if (!S_ISREG(status.st_mode) || access(path, X_OK) != 0)
        return error_set(error, ERROR_INPUT, "%s: is not an executable file; try `chmod +x` on it",
                         path);
    return hash_file(path, ret_hash, error);
}

bool modes_parse(const char *text, ModeFlags *ret_modes, char **ret_unknown)
{
    g_auto(GStrv) words = g_strsplit_set(text, " ,\t", -1);
    unsigned modes = 0;
    for (char **word = words; *word; word++) {
        unsigned mode = 0;
        while (mode < G_N_ELEMENTS(MODE_NAMES) && !g_str_equal(*word, MODE_NAMES[mode]))
            mode++;
        if (mode < G_N_ELEMENTS(MODE_NAMES)) {
            modes |= 1u << mode;
        } else if (**word) {
            if (ret_unknown)
                *ret_unknown = g_strdup(*word);
            return false;
        }
    }
    *ret_modes = (ModeFlags)modes;
    return true;
}

char *modes_format(ModeFlags modes)
{
    GString *text = g_string_new(NULL);
    for (unsigned mode = 0; mode < G_N_ELEMENTS(MODE_NAMES); mode++)
        if ((unsigned)modes & (1u << mode))
            g_string_append_printf(text, text->len > 0 ? " %s" : "%s", MODE_NAMES[mode]);
    return g_string_free(text, FALSE);
}

bool benchmark_read(const char *folder, Benchmark **ret_benchmark, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "benchmark.ini", NULL);
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Settings) settings = NULL;
    if (!settings_read_file(path, KINDS, G_N_ELEMENTS(KINDS), &settings, complaints, error))
        return false;
    if (complaints->len > 0) {
        const char *first = g_ptr_array_index(complaints, 0);
        return complaints->len == 1
                   ? error_set(error, ERROR_INPUT, "%s", first)
                   : error_set(error, ERROR_INPUT, "%s (and %u more)", first, complaints->len - 1);
    }
    g_autoptr(Benchmark) benchmark = benchmark_new();
    benchmark->folder = g_strdup(folder);
    if (!program_hash(folder, "run", false, &benchmark->run_sha256, error) ||
        !program_hash(folder, "extract", true, &benchmark->extract_sha256, error) ||
        !benchmark_take(settings, benchmark, path, error))
        return false;
    *ret_benchmark = g_steal_pointer(&benchmark);
    return true;
}
