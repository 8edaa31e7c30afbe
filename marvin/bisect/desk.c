// The computer that a bisection without a database measures on.
#include "marvin/bisect/desk.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/utsname.h>

static const struct {
    const char *key, *path;
} FILES[] = {
    {"governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"},
    {"no-turbo", "/sys/devices/system/cpu/intel_pstate/no_turbo"},
    {"boost", "/sys/devices/system/cpu/cpufreq/boost"},
    {"smt", "/sys/devices/system/cpu/smt/control"},
    {"huge-pages", "/sys/kernel/mm/transparent_hugepage/enabled"},
    {"cpus", "/sys/devices/system/cpu/online"},
    {"randomize", "/proc/sys/kernel/randomize_va_space"},
};

// These change what every program does, the one measured included.
static const char *const VARIABLES[] = {"LD_PRELOAD", "MALLOC_CHECK_", "MALLOC_PERTURB_",
                                        "MALLOC_ARENA_MAX", "GLIBC_TUNABLES"};

static char *word_of(const char *path)
{
    char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return NULL;
    // "always [madvise] never" is madvise.
    const char *open = strchr(text, '['), *close = open ? strchr(open, ']') : NULL;
    if (close) {
        char *chosen = g_strndup(open + 1, (gsize)(close - open - 1));
        g_free(text);
        text = chosen;
    }
    return g_strdelimit(g_strstrip(text), " \n\t", '_');
}

static char *cpu_model(void)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/cpuinfo", &text, NULL, NULL))
        return g_strdup("unknown processor");
    const char *line = strstr(text, "model name");
    const char *colon = line ? strchr(line, ':') : NULL;
    if (!colon)
        return g_strdup("unknown processor");
    return g_strstrip(g_strndup(colon + 1, strcspn(colon + 1, "\n")));
}

char *desk_identify(void)
{
    struct utsname name;
    uname(&name);
    g_autofree char *model = cpu_model();
    return g_strdup_printf("%s, %s %s %s, %s x %u", name.nodename, name.release, name.version,
                           name.machine, model, g_get_num_processors());
}

char *desk_settings(void)
{
    g_autoptr(GString) words = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(FILES); i++) {
        g_autofree char *word = word_of(FILES[i].path);
        if (word && *word)
            g_string_append_printf(words, "%s=%s ", FILES[i].key, word);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(VARIABLES); i++) {
        g_autofree char *word = g_strdup(g_getenv(VARIABLES[i]));
        if (word)
            g_string_append_printf(words, "%s=%s ", VARIABLES[i], g_strdelimit(word, " ", '_'));
    }
    return g_strchomp(g_string_free(g_steal_pointer(&words), false));
}

static const char *value_find(char *const *words, const char *key, gsize length)
{
    for (; *words; words++) {
        if (strncmp(*words, key, length) == 0 && (*words)[length] == '=')
            return *words + length + 1;
    }
    return "none";
}

char *desk_difference(const char *before, const char *after)
{
    g_auto(GStrv) old = g_strsplit(before, " ", -1), now = g_strsplit(after, " ", -1);
    g_autoptr(GString) text = g_string_new(NULL);
    // Keys of both; those of `now` that were not in `old` come second.
    for (int side = 0; side < 2; side++) {
        for (char **w = side ? now : old; *w; w++) {
            gsize n = strcspn(*w, "=");
            const char *a = value_find(old, *w, n), *b = value_find(now, *w, n);
            bool is_new = !side || strcmp(a, "none") == 0;
            if (n > 0 && is_new && strcmp(a, b) != 0)
                g_string_append_printf(text, "%s%.*s: %s -> %s", text->len ? ", " : "", (int)n, *w,
                                       a, b);
        }
    }
    return text->len ? g_string_free(g_steal_pointer(&text), false) : NULL;
}
