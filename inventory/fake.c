// Devices that are files in a folder, and misbehave by a script.
#include "inventory/fake.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/text.h"

// Takes the first line of the script away; "ok" where there is none. Freed by the caller.
static char *line_take(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "script", NULL);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL) || !*text)
        return g_strdup("ok");
    char *end = strchr(text, '\n');
    if (end)
        *end = '\0';
    const char *rest = end ? end + 1 : "";
    if (!g_file_set_contents(path, rest, -1, NULL))
        g_debug("cannot shorten %s, ignoring", path);
    return g_strdup(g_strstrip(text));
}

static bool log_append(const char *folder, const char *facet, const char *action, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "log", NULL);
    FILE *file = fopen(path, "ae");
    if (!file)
        return error_set(error, ERROR_MACHINE, "no device answers at %s", folder);
    fprintf(file, "%" G_GINT64_FORMAT " %s %s\n", g_get_real_time() / 1000, facet, action);
    fclose(file);
    return true;
}

static bool wait_late(const char *seconds, int64_t deadline_ms, GError **error)
{
    double wait_s = 0;
    if (!text_parse_number(seconds, &wait_s))
        return error_set(error, ERROR_INPUT, "the fake's script: late wants seconds, not %s",
                         seconds);
    bool late = wait_s * 1000 > (double)deadline_ms;
    clock_sleep(late ? deadline_ms : (int64_t)(wait_s * 1000), NULL, NULL);
    return !late ||
           error_set(error, ERROR_MACHINE, "no answer within %.1f s", (double)deadline_ms / 1000);
}

bool fake_take(const char *folder, const char *facet, const char *action, int64_t deadline_ms,
               FakeTurn *ret_turn, GError **error)
{
    if (!log_append(folder, facet, action, error))
        return false;
    g_autofree char *line = line_take(folder);
    *ret_turn = strcmp(line, "ignore") == 0 ? FAKE_IGNORE : FAKE_OK;
    if (strcmp(line, "ok") == 0 || strcmp(line, "ignore") == 0)
        return true;
    if (g_str_has_prefix(line, "late "))
        return wait_late(line + strlen("late "), deadline_ms, error);
    if (strcmp(line, "hang") == 0)
        return wait_late("1e9", deadline_ms, error);
    if (strcmp(line, "rubbish") == 0)
        return error_set(error, ERROR_MACHINE, "cannot read its answer \"%%$#@!\"");
    if (g_str_has_prefix(line, "fail "))
        return error_set(error, ERROR_MACHINE, "%s", line + strlen("fail "));
    return error_set(error, ERROR_INPUT, "the fake's script has an unknown line: %s", line);
}
