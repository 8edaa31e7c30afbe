// marvin export: samples of the database in formats of others.
#include "marvin/cmd_export.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "marvin/export.h"
#include "marvin/export_bundle.h"
#include "marvin/selection.h"
#include "sql/queries.h"
#include "sql/site.h"

static const struct {
    const char *name;
    void (*write)(const Rows *rows, FILE *out);
} FORMATS[] = {{"gobench", export_gobench}, {"csv", export_csv}, {"json", export_json}};

static bool run_bundle(const Invocation *invocation, GError **error)
{
    g_auto(Selection) selection = {0};
    g_autoptr(Site) site = NULL;
    g_autoptr(Store) store = NULL;
    if (isatty(STDOUT_FILENO))
        return error_set(error, ERROR_USAGE,
                         "a bundle is not for a terminal; write it to a file: > NAME.bundle");
    if (!selection_parse(cmd_arguments(invocation) + 1, &selection, error) ||
        !site_open(&site, "marvin export", "marvin_report", error) ||
        !store_open(site->store, &store, error))
        return false;
    g_autofree char *scratch = g_strdup_printf("%s/export-%d", site->state, (int)getpid());
    return export_bundle(site, store, &selection, !cmd_flag(invocation, "no-raw"), scratch,
                         STDOUT_FILENO, error);
}

static bool run(const Invocation *invocation, GError **error)
{
    const char *const *arguments = cmd_arguments(invocation);
    g_auto(Selection) selection = {0};
    g_autoptr(Site) site = NULL;
    g_autoptr(Rows) rows = NULL;
    size_t format = 0;
    if (strcmp(arguments[0], "bundle") == 0)
        return run_bundle(invocation, error);
    while (format < G_N_ELEMENTS(FORMATS) && strcmp(arguments[0], FORMATS[format].name) != 0)
        format++;
    if (format == G_N_ELEMENTS(FORMATS))
        return error_set(error, ERROR_USAGE,
                         "marvin export %s: expected gobench, csv, json or bundle", arguments[0]);
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

static const CommandOption OPTIONS[] = {
    {"no-raw", 0, OPTION_FLAG, NULL, "a bundle without raw files: samples only"},
    {0},
};

const Command CMD_EXPORT = {
    .name = "export",
    .arguments = "gobench|csv|json|bundle [SELECTION]",
    .summary = "write samples in a format of others",
    .help =
        "SELECTION is benchmark=, machine=, tree=, release= and plan=, of which all given must "
        "hold;\n"
        "nothing selects everything. gobench is what `marvin-report compare` and benchstat "
        "read: one\n"
        "release a file (`benchstat -ignore run,commit,release OLD NEW`; it takes every iteration "
        "for a\nrun). A bundle is one file with the boots and their raw files, for another "
        "database\n"
        "(`marvin import bundle`) or for `marvin-report compare`. What failed is in all formats: "
        "a line\n"
        "`failed: NAME UNIT REASON`, or a row with its reason.",
    .options = OPTIONS,
    .min_arguments = 1,
    .max_arguments = -1,
    .run = run,
};
