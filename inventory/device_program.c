// What the drivers of devices share that are reached by a program of their own.
#include "inventory/device_program.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/proc.h"
#include "common/suggest.h"
#include "common/text.h"

enum { OUTPUT_BYTES = 64 << 10, SECRET_BYTES = 1024, GRACE_MS = 300, SHOWN_BYTES = 60 };

// The key of a k=v word; NULL for any other. Freed by the caller.
static char *key_of(const char *word)
{
    const char *equals = strchr(word, '=');
    return equals && equals > word ? g_strndup(word, (gsize)(equals - word)) : NULL;
}

static bool check_option(const Facet *facet, int i, const char *const *keys, GError **error)
{
    const char *word = facet_argument(facet, i);
    g_autofree char *key = key_of(word);
    if (!key || !g_strv_contains(keys, key)) {
        int n = (int)g_strv_length((char **)(gpointer)(guintptr)keys);
        g_autofree char *meant = suggest_format(key ? key : word, keys, n);
        return error_set(error, ERROR_INPUT, "%s: there is no option %s of %s%s", facet->origin,
                         word, facet->driver, meant);
    }
    for (int j = i + 1; facet_argument(facet, j); j++) {
        g_autofree char *other = key_of(facet_argument(facet, j));
        if (g_strcmp0(key, other) == 0)
            return error_set(error, ERROR_INPUT, "%s: the option %s is given twice", facet->origin,
                             key);
    }
    return true;
}

bool facet_check_options(const Facet *facet, int n, const char *const *keys, GError **error)
{
    for (int i = n; facet_argument(facet, i); i++) {
        if (!check_option(facet, i, keys, error))
            return false;
    }
    return true;
}

const char *facet_option(const Facet *facet, const char *key, const char *preset)
{
    size_t length = strlen(key);
    for (char **word = facet->arguments; *word; word++) {
        if (strncmp(*word, key, length) == 0 && (*word)[length] == '=')
            return *word + length + 1;
    }
    return preset;
}

bool facet_option_int(const Facet *facet, const char *key, int preset, int min, int max,
                      int *ret_value, GError **error)
{
    const char *text = facet_option(facet, key, NULL);
    int64_t value = preset;
    if (text && (!text_parse_int(text, &value) || value < min || value > max))
        return error_set(error, ERROR_INPUT, "%s: expected %s= and a number from %d to %d, not %s",
                         facet->origin, key, min, max, text);
    *ret_value = (int)value;
    return true;
}

bool secret_read(const char *path, char **ret_secret, GError **error)
{
    char text[SECRET_BYTES] = "";
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return error_set(error, ERROR_INPUT, "cannot read %s: %s", path, g_strerror(errno));
    bool is_private = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && !(st.st_mode & 077);
    ssize_t n = is_private ? read(fd, text, sizeof(text) - 1) : 0;
    close(fd);
    if (!is_private)
        return error_set(error, ERROR_INPUT,
                         "%s holds a password and may be read by others: chmod 600 %s", path, path);
    text[MAX(n, 0)] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    if (!*text)
        return error_set(error, ERROR_INPUT, "%s has no password on its first line", path);
    *ret_secret = g_strdup(text);
    memset(text, 0, sizeof(text));
    return true;
}

char **device_environment(const char *const *variables)
{
    char **env = g_environ_setenv(g_get_environ(), "LC_ALL", "C", true);
    for (; variables && *variables; variables++) {
        g_autofree char *key = key_of(*variables);
        env = g_environ_setenv(env, key, *variables + strlen(key) + 1, true);
    }
    return env;
}

bool device_ask(const DeviceQuestion *question, char **ret_out, GError **error)
{
    g_auto(GStrv) env = device_environment(question->variables);
    g_auto(ProcResult) ran = {0};
    ProcSpec spec = {.argv = question->argv,
                     .env = (const char *const *)env,
                     .input = question->input,
                     .input_size = question->input ? strlen(question->input) : 0,
                     .output_limit_bytes = OUTPUT_BYTES,
                     .deadline_ms = MAX(question->deadline_ms, 1),
                     .grace_ms = GRACE_MS};
    if (!proc_run_ok(&spec, &ran, error))
        return false;
    if (ret_out)
        *ret_out = g_utf8_make_valid(ran.out, -1);
    return true;
}

bool device_rubbish(const char *program, const char *answer, GError **error)
{
    g_autofree char *line = g_strndup(answer, MIN(strcspn(answer, "\r\n"), SHOWN_BYTES));
    g_autofree char *safe = text_escape_terminal(line);
    return error_set(error, ERROR_MACHINE, "cannot read the answer of %s: \"%s\"", program, safe);
}
