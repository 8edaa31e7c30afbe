// Bisections in a round: marvin-bisect is started where a tree asks for them or one runs.
#include "bob/round.h"
#include "common/cmd.h"
#include "common/error.h"
#include "common/proc.h"
#include "sql/queries.h"

#include <string.h>

enum { STEP_DEADLINE_MS = 60 * 60 * 1000 };

static bool is_wanted(const Round *round)
{
    const Section *tree = NULL;
    for (int i = 0; (tree = settings_at(round->site->settings, "tree", i)) != NULL; i++) {
        if (strcmp(section_text(tree, "bisect"), "off") != 0)
            return true;
    }
    return false;
}

static bool step(GError **error)
{
    g_autofree char *folder = cmd_own_folder();
    g_autofree char *program = g_build_filename(folder, "marvin-bisect", NULL);
    const char *const argv[] = {program, "auto", NULL};
    // the settings are the same: what is wrong in them has been told
    g_auto(GStrv) env = g_environ_setenv(g_get_environ(), "MARVIN_SETTINGS_TOLD", "yes", TRUE);
    ProcSpec spec = {.argv = argv,
                     .env = (const char *const *)env,
                     .deadline_ms = STEP_DEADLINE_MS,
                     .pass_output = true,
                     .is_cancelled = cmd_stop_requested_by};
    g_auto(ProcResult) ran = {0};
    return proc_run_ok(&spec, &ran, error);
}

bool round_bisect(Round *round, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    GError *cause = NULL;
    if (!db_row(round->site->db, &QUERY_BOB_BISECTIONS_RUNNING, DB_NO_PARAMS, &rows, error))
        return false;
    if ((rows_int(rows, 0, "n") == 0 && !is_wanted(round)) || step(&cause))
        return true;
    if (g_error_matches(cause, MARVIN_ERROR, ERROR_INTERRUPTED)) {
        g_propagate_error(error, cause);
        return false;
    }
    bool told = round_trouble(round, "bisect", cause->message, false, error);
    g_error_free(cause);
    return told;
}
