// Yocto's buildstats: lines "Key: value" of builds and tasks.
#include "benchmarks/formats/buildstats.h"

#include <math.h>
#include <string.h>

#define NUMBER_MAX 1e11 /* beyond any time or size that is meant */

/* The value of a line "key: value"; NULL for another key. Part of line. */
static const char *value_of(const char *line, const char *key)
{
    size_t length = strlen(key);
    if (strncmp(line, key, length) != 0 || line[length] != ':')
        return NULL;
    return line + length + 1 + strspn(line + length + 1, " \t");
}

/* The number at the beginning of a text, NAN for none; "12.34 seconds" and "87.1%" have one. */
static double number_of(const char *text)
{
    char *end = NULL;
    double value = g_ascii_strtod(text, &end);
    return end != text && fabs(value) < NUMBER_MAX ? value : NAN;
}

static void keep_number(const char *line, const char *key, double *slot)
{
    const char *value = value_of(line, key);
    double number = value != NULL ? number_of(value) : NAN;
    if (!isnan(number))
        *slot = number;
}

static void add_number(const char *line, const char *key, double *sum)
{
    double number = NAN;
    keep_number(line, key, &number);
    if (!isnan(number))
        *sum = (isnan(*sum) ? 0 : *sum) + number;
}

bool buildstats_task_parse(const char *text, BuildstatsTask *ret_task)
{
    static const char *const CPU[] = {"rusage ru_utime", "rusage ru_stime", "Child rusage ru_utime",
                                      "Child rusage ru_stime"};
    BuildstatsTask task = {NAN, NAN, NAN, NAN, NAN, false, false};
    double own_kib = NAN, child_kib = NAN;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        keep_number(*line, "Started", &task.started_s);
        keep_number(*line, "Ended", &task.ended_s);
        keep_number(*line, "Elapsed time", &task.elapsed_s);
        keep_number(*line, "rusage ru_maxrss", &own_kib);
        keep_number(*line, "Child rusage ru_maxrss", &child_kib);
        for (size_t i = 0; i < G_N_ELEMENTS(CPU); i++)
            add_number(*line, CPU[i], &task.cpu_s);
        const char *status = value_of(*line, "Status");
        task.has_status |= status != NULL;
        task.passed |= status != NULL && g_str_has_prefix(status, "PASSED");
    }
    if (isnan(task.started_s))
        return false;
    if (isnan(task.ended_s) && !isnan(task.elapsed_s))
        task.ended_s = task.started_s + task.elapsed_s;
    if (isnan(task.elapsed_s) && !isnan(task.ended_s))
        task.elapsed_s = task.ended_s - task.started_s;
    task.max_rss_kib = fmax(own_kib, child_kib);
    *ret_task = task;
    return true;
}

/* "Linux ivor 6.1.0 #1 SMP .. x86_64": the second word and the last. */
static void read_host(const char *value, BuildstatsBuild *build)
{
    g_autofree char *valid = g_utf8_make_valid(value, -1);
    g_strstrip(valid);
    g_auto(GStrv) words = g_strsplit_set(valid, " \t", -1);
    guint n = g_strv_length(words);
    if (n < 2)
        return;
    g_free(build->host);
    g_free(build->arch);
    build->host = g_strdup(words[1]);
    build->arch = g_strdup(words[n - 1]);
}

/* "gmp-6.3-r0 at task: do_patch"; the first that failed is the one that counts. */
static void read_failure(const char *value, BuildstatsBuild *build)
{
    static const char AT[] = " at task: ";
    const char *at = strstr(value, AT);
    if (at == NULL || build->failed_at != NULL)
        return;
    g_autofree char *package = g_strndup(value, (gsize)(at - value));
    g_autofree char *task = g_strdup(at + strlen(AT));
    g_autofree char *both = g_strconcat(g_strstrip(package), ":", g_strstrip(task), NULL);
    build->failed_at = g_utf8_make_valid(both, -1);
}

void buildstats_build_parse(const char *text, BuildstatsBuild *ret_build)
{
    BuildstatsBuild build = {.started_s = NAN, .elapsed_s = NAN, .cpu_percent = NAN};
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        const char *host = value_of(*line, "Host Info");
        const char *failed = value_of(*line, "Failed at");
        keep_number(*line, "Build Started", &build.started_s);
        keep_number(*line, "Elapsed time", &build.elapsed_s);
        keep_number(*line, "CPU usage", &build.cpu_percent);
        if (host != NULL)
            read_host(host, &build);
        if (failed != NULL)
            read_failure(failed, &build);
    }
    *ret_build = build;
}

void buildstats_build_clear(BuildstatsBuild *build)
{
    g_clear_pointer(&build->host, g_free);
    g_clear_pointer(&build->arch, g_free);
    g_clear_pointer(&build->failed_at, g_free);
}

GArray *buildstats_load_parse(const char *text)
{
    GArray *load = g_array_new(FALSE, FALSE, sizeof(double));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    double time_s = NAN;
    for (char **line = lines; *line != NULL; line++) {
        char *end = NULL;
        double first = g_ascii_strtod(*line, &end);
        if (end == *line || !isfinite(first))
            continue;
        if (*g_strchug(end) == '\0') {
            time_s = first;
            continue;
        }
        double system = g_ascii_strtod(end, &end), wait = g_ascii_strtod(end, NULL);
        double point[] = {time_s, CLAMP(first + system, 0, 1), CLAMP(wait, 0, 1)};
        if (!isnan(time_s) && isfinite(system) && isfinite(wait))
            g_array_append_vals(load, point, G_N_ELEMENTS(point));
    }
    return load;
}
