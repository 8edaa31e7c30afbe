// marvin export: samples of the database in formats of others.
#include "marvin/cmd_export.h"

#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "marvin/export.h"
#include "marvin/selection.h"
#include "sql/queries.h"
#include "sql/site.h"

static const struct {
    const char *name;
    void (*write)(const Rows *rows, FILE *out);
} FORMATS[] = {{"gobench", export_gobench}, {"csv", export_csv}, {"json", export_json}};

static bool run(const Invocation *invocation, GError **error)
{
    const char *const *arguments = cmd_arguments(invocation);
    g_auto(Selection) selection = {0};
    g_autoptr(Site) site = NULL;
    g_autoptr(Rows) rows = NULL;
    size_t format = 0;
    while (format < G_N_ELEMENTS(FORMATS) && strcmp(arguments[0], FORMATS[format].name) != 0)
        format++;
    if (format == G_N_ELEMENTS(FORMATS))
        return error_set(error, ERROR_USAGE, "marvin export %s: expected gobench, csv or json",
                         arguments[0]);
    if (!selection_parse(arguments + 1, &selection, error) ||
        !site_open(&site, "marvin export", "marvin_report", error) ||
        !db_rows(site->db, &QUERY_MARVIN_EXPORT,
                 DB_PARAMS(DB_TEXT(selection.benchmark), DB_TEXT(selection.machine),
                           DB_TEXT(selection.tree), DB_TEXT(selection.release),
                           DB_TEXT(selection.plan)),
                 &rows, error))
        return false;
    g_autofree char *words = selection_format(&selection);
    if (rows_count(rows) == 0)
        return error_set(error, ERROR_INPUT, "no sample is of %s",
                         *words ? words : "an empty database");
    FORMATS[format].write(rows, stdout);
    return true;
}

const Command CMD_EXPORT = {
    .name = "export",
    .arguments = "gobench|csv|json [SELECTION]",
    .summary = "write samples in a format of others",
    .help = "SELECTION is benchmark=, machine=, tree=, release= and plan=, of which all given must "
            "hold;\n"
            "nothing selects everything. gobench is what `marvin-report compare` and benchstat "
            "read: one\n"
            "release a file. What failed is in all formats: a comment, or a row with its reason.",
    .min_arguments = 1,
    .max_arguments = -1,
    .run = run,
};
