// The line of a build's log that says what went wrong.
#include "bob/buildlog.h"

#include "common/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { LINE_BYTES = 4096, SHOWN_BYTES = 200 };

/* What a line that explains a failure has, in the order of trust; lower case. */
static const char *const STRONG[] = {"error:",
                                     "undefined reference",
                                     "no space left on device",
                                     "out of memory",
                                     "no rule to make target",
                                     "syntax error",
                                     NULL};
static const char *const WEAK[] = {"error", "not found",         "no such file", "cannot ",
                                   "fatal", "permission denied", "failed",       NULL};

static bool has_any(const char *lower, const char *const *words)
{
    for (const char *const *word = words; *word != NULL; word++) {
        if (strstr(lower, *word) != NULL)
            return true;
    }
    return false;
}

/* make tells of the failure of what it ran: the reason stands before it. */
static bool is_echo(const char *lower)
{
    return strstr(lower, ": *** [") != NULL || strstr(lower, "waiting for unfinished jobs") != NULL;
}

static void keep(char **slot, const char *line)
{
    g_free(*slot);
    *slot = g_strdup(line);
}

static void look_at(const char *line, char **strong, char **weak, char **last)
{
    g_autofree char *lower = g_ascii_strdown(line, -1);
    if (*strong == NULL && has_any(lower, STRONG) && !is_echo(lower))
        keep(strong, line);
    if (*weak == NULL && has_any(lower, WEAK) && !is_echo(lower))
        keep(weak, line);
    keep(last, line);
}

char *buildlog_find_error(const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return NULL;
    g_autofree char *strong = NULL, *weak = NULL, *last = NULL;
    char line[LINE_BYTES];
    while (strong == NULL && fgets(line, sizeof line, file) != NULL) {
        g_strstrip(line);
        if (line[0] != '\0')
            look_at(line, &strong, &weak, &last);
    }
    fclose(file);
    const char *best = strong != NULL ? strong : weak != NULL ? weak : last;
    if (best == NULL)
        return NULL;
    g_autofree char *start = g_strndup(best, SHOWN_BYTES);
    return text_escape_terminal(start);
}
