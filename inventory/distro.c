// A system image as the settings describe it.
#include "inventory/distro.h"

#include <string.h>

#include "common/error.h"

static const int64_t PRESET_BYTES = (int64_t)2 << 30;

void distro_clear(Distro *distro)
{
    g_clear_pointer(&distro->name, g_free);
    g_clear_pointer(&distro->suite, g_free);
    g_clear_pointer(&distro->image, g_free);
    g_clear_pointer(&distro->packages, g_strfreev);
}

static int word_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Debian policy 5.6.1; nothing of it is special to anybody.
static bool is_package(const char *word)
{
    if (!g_ascii_isalnum(*word))
        return false;
    for (; *word; word++) {
        if (!g_ascii_islower(*word) && !g_ascii_isdigit(*word) && !strchr("+-.", *word))
            return false;
    }
    return true;
}

static bool add_packages(GPtrArray *list, const char *const *words, const char *origin,
                         GError **error)
{
    for (; words && *words; words++) {
        if (!is_package(*words))
            return error_set(error, ERROR_INPUT, "%s: %s is no name of a package", origin, *words);
        if (!g_ptr_array_find_with_equal_func(list, *words, g_str_equal, NULL))
            g_ptr_array_add(list, g_strdup(*words));
    }
    return true;
}

static bool fail_absent(const Settings *settings, const char *name, GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);
    const Section *section = NULL;
    for (int i = 0; settings && (section = settings_at(settings, "distro", i)); i++)
        g_string_append_printf(known, "%s%s", i ? ", " : "", section_name(section));
    return error_set(error, ERROR_INPUT, "the settings have no [distro %s]; they have %s", name,
                     known->len ? known->str : "none: add distros.d/NAME.ini");
}

// Nothing is installed in an image that the site made.
static bool check_held(const Section *section, const char *const *packages, GError **error)
{
    const char *const *held = section_words(section, "packages");
    for (; packages && *packages; packages++) {
        if (!held || !g_strv_contains(held, *packages))
            return error_set(error, ERROR_INPUT,
                             "%s: a benchmark needs the package %s: put it into the image, and "
                             "name it in packages",
                             section_origin(section, "image"), *packages);
    }
    return true;
}

bool distro_find(const Settings *settings, const char *name, const char *const *packages,
                 Distro *ret_distro, GError **error)
{
    bool preset = !name || strcmp(name, "host") == 0;
    const Section *section = preset || !settings ? NULL : settings_find(settings, "distro", name);
    if (!preset && !section)
        return fail_absent(settings, name, error);
    if (section && section_has(section, "image") && section_has(section, "suite"))
        return error_set(error, ERROR_INPUT,
                         "%s: image names a system that the site made, and suite one that is made "
                         "here: leave one out",
                         section_origin(section, "image"));
    const char *suite = section ? section_text(section, "suite") : NULL;
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    const char *image = section ? section_text(section, "image") : NULL;
    if (image && !check_held(section, packages, error))
        return false;
    if ((section && !add_packages(list, section_words(section, "packages"),
                                  section_origin(section, "packages"), error)) ||
        !add_packages(list, packages, "the benchmark", error))
        return false;
    g_ptr_array_sort(list, word_compare);
    g_ptr_array_add(list, NULL);
    int64_t bytes = section ? section_int(section, "disk") : PRESET_BYTES;
    *ret_distro = (Distro){.name = g_strdup(preset ? "host" : name),
                           .suite = g_strdup(suite ? suite : "bookworm"),
                           .packages = g_strdupv((char **)list->pdata),
                           .image = g_strdup(image),
                           .bytes = bytes};
    return true;
}
