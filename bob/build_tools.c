// The distribution and the tools' versions, for the record of a build.
#include "bob/build_tools.h"

#include "common/proc.h"

#include <string.h>

enum { VERSION_DEADLINE_MS = 5000, LINE_BYTES = 200 };

/* The value of "KEY=value" or KEY="value"; NULL without one. Freed with g_free. */
static char *find_value(char **lines, const char *key)
{
    for (char **line = lines; *line != NULL; line++) {
        if (!g_str_has_prefix(*line, key) || (*line)[strlen(key)] != '=')
            continue;
        g_autofree char *value = g_shell_unquote(*line + strlen(key) + 1, NULL);
        if (value == NULL)
            return NULL;
        return g_str_to_ascii(value, "C");
    }
    return NULL;
}

char *build_distro_parse(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *id = find_value(lines, "ID");
    g_autofree char *version = find_value(lines, "VERSION_ID");
    if (id == NULL || *id == '\0')
        return g_strdup("unknown");
    return version != NULL && *version != '\0' ? g_strdup_printf("%.40s-%.40s", id, version)
                                               : g_strndup(id, 40);
}

char *build_distro(void)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/etc/os-release", &text, NULL, NULL))
        return g_strdup("unknown");
    return build_distro_parse(text);
}

static void add_version(json_t *versions, const char *tool)
{
    const char *const argv[] = {tool, "--version", NULL};
    ProcSpec spec = {.argv = argv, .deadline_ms = VERSION_DEADLINE_MS};
    g_auto(ProcResult) said = {0};
    if (!proc_run(&spec, &said, NULL) || said.status != 0)
        return;
    g_autofree char *line = g_strndup(said.out, MIN(strcspn(said.out, "\n"), LINE_BYTES));
    g_autofree char *valid = g_utf8_make_valid(line, -1);
    json_object_set_new(versions, tool, json_string(valid));
}

json_t *build_tools(const char *toolchain)
{
    const char *const tools[] = {*toolchain != '\0' ? toolchain : "gcc", "ld", "make"};
    json_t *versions = json_object();
    for (size_t i = 0; i < G_N_ELEMENTS(tools); i++)
        add_version(versions, tools[i]);
    return versions;
}
