// marvin-report search, waterfall, matrix: builds as people look at them.
#include "report/builds_matrix.h"
#include "report/builds_table.h"
#include "report/builds_waterfall.h"
#include "report/commands.h"

#include "common/error.h"
#include "sql/queries.h"
#include "sql/site.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef enum { FORMAT_TEXT, FORMAT_JSON, FORMAT_HTML, FORMAT_SVG } Format;

static bool read_format(const Invocation *invocation, bool has_svg, Format *ret_format,
                        GError **error)
{
    static const char *const FORMATS[] = {"text", "json", "html", "svg"};
    const char *word = cmd_text(invocation, "format");
    if (cmd_flag(invocation, "json"))
        word = "json";
    for (int i = 0; i < (int)G_N_ELEMENTS(FORMATS) - !has_svg; i++) {
        if (word == NULL || strcmp(word, FORMATS[i]) == 0) {
            *ret_format = (Format)i;
            return true;
        }
    }
    return error_set(error, ERROR_USAGE, "--format %s: expected text, json or html%s", word,
                     has_svg ? ", svg" : "");
}

static bool load(const char *const *words, Site **ret_site, Builds *ret_builds, GError **error)
{
    g_auto(BuildFilter) filter = {0};
    if (!build_filter_parse(words, &filter, error) ||
        !site_open(ret_site, "marvin-report builds", "marvin_report", error) ||
        !builds_load((*ret_site)->db, &filter, ret_builds, error))
        return false;
    return ret_builds->n > 0 || build_names_check(*ret_site, words, error);
}

static void print_taken(char *text)
{
    fputs(text, stdout);
    g_free(text);
}

static void print_json(json_t *value)
{
    json_dumpf(value, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    putchar('\n');
    json_decref(value);
}

static bool run_search(const Invocation *invocation, GError **error)
{
    const char *const *words = cmd_arguments(invocation);
    g_autoptr(Site) site = NULL;
    g_auto(Builds) builds = {0};
    bool with_unit = false;
    for (const char *const *word = words; *word != NULL; word++)
        with_unit |= g_str_has_prefix(*word, "package=");
    if (!load(words, &site, &builds, error))
        return false;
    builds_table_print(&builds, with_unit, cmd_flag(invocation, "json"));
    return builds.n > 0;
}

static bool show_one(Site *site, const Builds *builds, const char *key, Format format,
                     GError **error)
{
    g_autoptr(Rows) units = NULL;
    if (builds->n != 1)
        return error_set(error, ERROR_INPUT,
                         "there is no build %s; `marvin-report search` lists them", key);
    if (!db_rows(site->db, &QUERY_REPORT_BUILD_UNITS, DB_PARAMS(DB_TEXT(key)), &units, error))
        return false;
    const BuildRow *build = &builds->builds[0];
    if (format == FORMAT_JSON)
        print_json(build_json(build, units));
    else
        print_taken(format == FORMAT_HTML  ? build_html(build, units)
                    : format == FORMAT_SVG ? build_svg(build, units)
                                           : build_text(build, units));
    return true;
}

static bool run_waterfall(const Invocation *invocation, GError **error)
{
    const char *const *words = cmd_arguments(invocation);
    bool is_one = words[0] != NULL && strchr(words[0], '=') == NULL;
    g_autofree char *of_one = is_one ? g_strconcat("build=", words[0], NULL) : NULL;
    const char *const one[] = {of_one, NULL};
    g_autoptr(Site) site = NULL;
    g_auto(Builds) builds = {0};
    Format format = FORMAT_TEXT;
    if (is_one && words[1] != NULL)
        return error_set(error, ERROR_USAGE, "one build, or key=value words");
    if (!read_format(invocation, true, &format, error) ||
        !load(is_one ? one : words, &site, &builds, error))
        return false;
    if (is_one)
        return show_one(site, &builds, words[0], format, error);
    if (format == FORMAT_JSON)
        print_json(waterfall_json(&builds));
    else
        print_taken(format == FORMAT_HTML  ? waterfall_html(&builds)
                    : format == FORMAT_SVG ? waterfall_svg(&builds)
                                           : waterfall_text(&builds));
    return true;
}

static bool run_matrix(const Invocation *invocation, GError **error)
{
    g_autoptr(Site) site = NULL;
    g_auto(Builds) builds = {0};
    Format format = FORMAT_TEXT;
    if (!read_format(invocation, false, &format, error) ||
        !load(cmd_arguments(invocation), &site, &builds, error))
        return false;
    if (format == FORMAT_JSON)
        print_json(matrix_json(&builds));
    else
        print_taken(format == FORMAT_HTML ? matrix_html(&builds) : matrix_text(&builds));
    return true;
}

#define KEYS_HELP                                                                                  \
    "Keys: tree release target builder arch distro toolchain status package (a package,\n"         \
    "directory, task or step in it) step (that failed, or the fault) build since until. In\n"      \
    "values * and ? are wild; since=7d counts from now, since=2026-01-17 from that day (UTC)."

static const CommandOption SEARCH_OPTIONS[] = {
    {"json", 0, OPTION_FLAG, NULL, "as JSON"},
    {0},
};
static const CommandOption PICTURE_OPTIONS[] = {
    {"format", 0, OPTION_VALUE, "F", "text (preset), json, html or svg, to the standard output"},
    {"json", 0, OPTION_FLAG, NULL, "the same as --format json"},
    {0},
};
static const CommandOption MATRIX_OPTIONS[] = {
    {"format", 0, OPTION_VALUE, "F", "text (preset), json or html, to the standard output"},
    {"json", 0, OPTION_FLAG, NULL, "the same as --format json"},
    {0},
};

const Command CMD_SEARCH = {
    .name = "search",
    .arguments = "[KEY=VALUE..]",
    .summary = "find builds by builder, target, package, status ..",
    .help = KEYS_HELP "\nWith package= there is a row for each that matches, and its time. Ends "
                      "with 1 where nothing is found,\nwith 3 where nothing is called so.",
    .options = SEARCH_OPTIONS,
    .max_arguments = -1,
    .run = run_search,
};

const Command CMD_WATERFALL = {
    .name = "waterfall",
    .arguments = "[BUILD|KEY=VALUE..]",
    .summary = "builders over time, or where the time of one build went",
    .help = "BUILD is what `marvin-report search` calls it (b12, f3): its steps, and its "
            "directories or\npackages below the load of the system.\n" KEYS_HELP,
    .options = PICTURE_OPTIONS,
    .max_arguments = -1,
    .run = run_waterfall,
};

const Command CMD_MATRIX = {
    .name = "matrix",
    .arguments = "[KEY=VALUE..]",
    .summary = "releases and targets: what became of each build",
    .help = KEYS_HELP,
    .options = MATRIX_OPTIONS,
    .max_arguments = -1,
    .run = run_matrix,
};
