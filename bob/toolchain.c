// Toolchains by name.
#include "bob/toolchain.h"

#include <string.h>

static int text_compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Where the compiler's own name begins; NULL: it is none. */
static const char *compiler_in(const char *file)
{
    static const char *const NAMES[] = {"gcc", "clang"};
    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
        const char *at = g_strrstr(file, NAMES[i]);
        if (at == NULL || (at != file && at[-1] != '-'))
            continue;
        const char *rest = at + strlen(NAMES[i]);
        if (*rest == '\0' || (*rest == '-' && rest[1] != '\0' &&
                              strspn(rest + 1, "0123456789.") == strlen(rest + 1)))
            return at;
    }
    return NULL;
}

bool toolchain_is_name(const char *file)
{
    const char *compiler = compiler_in(file);
    if (compiler == NULL || compiler == file)
        return compiler != NULL;
    // CPU-system or CPU-vendor-system in front: c99-gcc is a script, not another architecture.
    const char *dash = strchr(file, '-');
    size_t length = (size_t)(compiler - file);
    return dash < compiler - 1 &&
           strspn(file, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-.") >= length;
}

char *toolchain_find_arch(const char *name)
{
    // How uname names what the compilers call otherwise.
    static const char *const OTHERS[][2] = {{"arm", "armv7l"}, {"powerpc64le", "ppc64le"}};
    const char *compiler = compiler_in(name);
    if (compiler == NULL || compiler == name || !toolchain_is_name(name))
        return NULL;
    g_autofree char *cpu = g_strndup(name, strcspn(name, "-"));
    for (size_t i = 0; i < G_N_ELEMENTS(OTHERS); i++) {
        if (strcmp(cpu, OTHERS[i][0]) == 0)
            return g_strdup(OTHERS[i][1]);
    }
    return g_steal_pointer(&cpu);
}

GPtrArray *toolchains_find(const char *path)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) folders = g_strsplit(path != NULL ? path : "", ":", -1);
    for (char **folder = folders; *folder != NULL; folder++) {
        GDir *dir = **folder == '/' ? g_dir_open(*folder, 0, NULL) : NULL;
        const char *file = NULL;
        while (dir != NULL && (file = g_dir_read_name(dir)) != NULL) {
            if (toolchain_is_name(file) &&
                !g_ptr_array_find_with_equal_func(found, file, g_str_equal, NULL))
                g_ptr_array_add(found, g_strdup(file));
        }
        if (dir != NULL)
            g_dir_close(dir);
    }
    g_ptr_array_sort(found, text_compare);
    g_ptr_array_add(found, NULL);
    return found;
}
