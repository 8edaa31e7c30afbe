// marvin import: what others measured, into the database.
#include "marvin/cmd_import.h"

#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "common/text.h"
#include "marvin/import_formats.h"

static const struct {
    const char *name;
    bool (*read)(Import *import, const char *path, GError **error);
} FORMATS[] = {{"mmtests", import_mmtests},
               {"gobench", import_gobench},
               {"bundle", import_bundle},
               {"buildstats", import_buildstats}};

static bool check_words(const Invocation *invocation, GError **error)
{
    static const char *const WORDS[] = {"machine", "tree", "distro"};
    for (size_t i = 0; i < G_N_ELEMENTS(WORDS); i++) {
        const char *word = cmd_text(invocation, WORDS[i]);
        if (word && !text_is_word(word))
            return error_set(error, ERROR_USAGE,
                             "--%s %s: expected letters, digits and . _ + - only", WORDS[i], word);
    }
    return true;
}

static void print_summary(const Import *import)
{
    int n = import->n_new + import->n_known + import->n_replaced + import->n_refused;
    if (import->boots) {
        json_t *all = json_pack("{s:i, s:O}", "schema", 1, "boots", import->boots);
        json_dumpf(all, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(all);
        return;
    }
    printf("%d %s%s: %d imported", n, import->noun ? import->noun : "boot", n == 1 ? "" : "s",
           import->n_new);
    if (import->n_replaced > 0)
        printf(", %d replaced", import->n_replaced);
    if (import->n_known > 0)
        printf(", %d known already and not stored again", import->n_known);
    if (import->n_refused > 0)
        printf(", %d refused", import->n_refused);
    putchar('\n');
}

static bool import_all(Import *import, size_t format, const char *const *paths, GError **error)
{
    for (; *paths; paths++)
        if (!FORMATS[format].read(import, *paths, error))
            return false;
    print_summary(import);
    return import->n_refused == 0 ||
           error_set(error, ERROR_INPUT, "%d of them could not be imported; the notes say why",
                     import->n_refused);
}

static bool run(const Invocation *invocation, GError **error)
{
    const char *const *arguments = cmd_arguments(invocation);
    g_autoptr(Site) site = NULL;
    g_autoptr(Store) store = NULL;
    size_t format = 0;
    while (format < G_N_ELEMENTS(FORMATS) && strcmp(arguments[0], FORMATS[format].name) != 0)
        format++;
    if (format == G_N_ELEMENTS(FORMATS))
        return error_set(error, ERROR_USAGE,
                         "marvin import %s: expected mmtests, gobench, bundle or buildstats",
                         arguments[0]);
    for (int i = 1; arguments[i]; i++)
        if (!g_file_test(arguments[i], G_FILE_TEST_EXISTS))
            return error_set(error, ERROR_INPUT, "%s: is not there", arguments[i]);
    if (!check_words(invocation, error) ||
        !site_open(&site, "marvin import", "marvin_runner", error) ||
        !store_open(site->store, &store, error))
        return false;
    Import import = {.site = site,
                     .store = store,
                     .machine = cmd_text(invocation, "machine"),
                     .release = cmd_text(invocation, "release"),
                     .tree = cmd_text(invocation, "tree"),
                     .distro = cmd_text(invocation, "distro"),
                     .checkout = cmd_text(invocation, "mmtests"),
                     .again = cmd_flag(invocation, "again"),
                     .boots = cmd_flag(invocation, "json") ? json_array() : NULL};
    bool good = import_all(&import, format, arguments + 1, error);
    json_decref(import.boots);
    return good;
}

static const CommandOption OPTIONS[] = {
    {"machine", 'm', OPTION_VALUE, "M", "the machine it ran on; preset: what the data says"},
    {"release", 0, OPTION_VALUE, "R", "the release it ran; preset: what the data says"},
    {"tree", 't', OPTION_VALUE, "T",
     "the tree of the release; preset: the data's, else the format"},
    {"distro", 0, OPTION_VALUE, "D", "the distro it ran on; preset: host"},
    {"mmtests", 0, OPTION_VALUE, "DIR",
     "a source tree of MMTests, whose parse-results reads what has no parser here"},
    {"again", 0, OPTION_FLAG, NULL,
     "anew: what an earlier import made of the same files, here or as another release, counts no "
     "more"},
    {"json", 0, OPTION_FLAG, NULL, "what became of each boot, as JSON"},
    {0},
};

const Command CMD_IMPORT = {
    .name = "import",
    .arguments = "FORMAT PATH [PATH..]",
    .summary = "take what others measured into the database",
    .help =
        "FORMAT is mmtests: a run of MMTests (work/log/RUN), or the folder of such runs; gobench: "
        "a\n"
        "file in the Go benchmark text format, where a key line `run: ID` groups the lines of a "
        "boot;\n"
        "bundle: what `marvin export bundle` wrote; buildstats: the folder that Yocto keeps of a\n"
        "build (tmp/buildstats/NAME), or all of them: `marvin-report waterfall` shows them.\n"
        "A tree, release or machine that is not known is made. The raw files go to the store, and\n"
        "each boot is stored in one transaction, once: importing it again stores nothing and says\n"
        "so, as does what `marvin export` took from here; one that has gone on since (a run with\n"
        "more lines than it had) replaces what it was. What failed is stored as failed.\n"
        "JSON: {schema, boots: [{source, tree, release, revision, machine, state, reason, run,\n"
        "trials, failed}]}; state is new, known, replaced or refused.",
    .options = OPTIONS,
    .min_arguments = 2,
    .max_arguments = -1,
    .run = run,
};
