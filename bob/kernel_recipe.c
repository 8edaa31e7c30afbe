// The configuration of a kernel by provenance: which file holds for a release, and its text.
#include "bob/kernel_recipe.h"

#include "bob/definition.h"
#include "bob/recipe.h"
#include "common/error.h"
#include "common/version.h"

#include <string.h>

enum { CONFIG_MAX_BYTES = 4 << 20 };

/* defconfig, x86_64_defconfig, kvm_guest.config: what the kernel's own make knows. */
static bool is_make_target(const char *setting)
{
    return g_str_has_suffix(setting, "config") &&
           strspn(setting, G_CSET_a_2_z G_CSET_DIGITS "_") == strlen(setting);
}

/* The section that says config for a distro, and for the tree without one. */
static const Section *config_section(const Site *site, const Tree *tree, const char *distro)
{
    const Section *section =
        distro != NULL ? settings_find(site->settings, "distro", distro) : NULL;
    return section != NULL && section_has(section, "config") ? section : tree->section;
}

/* config-6.1.0-47-amd64, 6.1.config, v6.1: what a copy of /boot has beside (System.map-6.1 ..) is
 * no configuration. */
static bool is_config_name(const char *name)
{
    return strpbrk(name, G_CSET_DIGITS) != NULL &&
           (g_str_has_prefix(name, "config") || g_str_has_suffix(name, "config") ||
            g_ascii_isdigit(name[0]) || (name[0] == 'v' && g_ascii_isdigit(name[1])));
}

static GPtrArray *folder_names(const char *path)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name = NULL;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        if (is_config_name(name))
            g_ptr_array_add(names, g_strdup(name));
    }
    if (dir != NULL)
        g_dir_close(dir);
    return names;
}

/* config-6.12.9-amd64 is v6.12.9's: what stands behind the version is no part of it. */
static bool is_of(const char *name, const char *release)
{
    const char *digits = strpbrk(name, G_CSET_DIGITS), *wanted = strpbrk(release, G_CSET_DIGITS);
    return digits != NULL && wanted != NULL && g_str_has_prefix(digits, wanted) &&
           !g_ascii_isalnum(digits[strlen(wanted)]);
}

const char *kernel_config_nearest(const GPtrArray *names, const char *release)
{
    const char *nearest = NULL, *oldest = NULL;
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        bool is_later = version_compare(name, release) > 0 && !is_of(name, release);
        if (!is_later && (nearest == NULL || version_compare_names(&name, &nearest) > 0))
            nearest = name;
        if (oldest == NULL || version_compare_names(&name, &oldest) < 0)
            oldest = name;
    }
    return nearest != NULL ? nearest : oldest;
}

/* 6.1.0-47 of config-6.1.0-47-cloud-amd64: without the flavour. */
static char *version_of(const char *name)
{
    const char *begin = strpbrk(name, G_CSET_DIGITS), *end = begin;
    while (g_ascii_isdigit(*end) || *end == '.' || g_str_has_prefix(end, "-rc") ||
           (*end == '-' && g_ascii_isdigit(end[1])))
        end += g_str_has_prefix(end, "-rc") ? 3 : 1;
    return g_strndup(begin, (gsize)(end - begin));
}

const char *kernel_config_rival(const GPtrArray *names, const char *chosen)
{
    g_autofree char *version = version_of(chosen);
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *other = version_of(name);
        if (name != chosen && strcmp(other, version) == 0)
            return name;
    }
    return NULL;
}

bool kernel_config_choose(const Site *site, const Tree *tree, const char *release,
                          const char *distro, char **ret_choice, GError **error)
{
    const Section *section = config_section(site, tree, distro);
    const char *setting = section_text(section, "config");
    g_autofree char *path = g_canonicalize_filename(setting, site->config);
    if (is_make_target(setting) && !g_file_test(path, G_FILE_TEST_EXISTS)) {
        *ret_choice = g_strdup(setting);
        return true;
    }
    if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
        *ret_choice = g_steal_pointer(&path);
        return true;
    }
    g_autoptr(GPtrArray) names = folder_names(path);
    const char *name = kernel_config_nearest(names, release);
    if (name == NULL)
        return error_set(error, ERROR_INPUT,
                         "%s: the folder %s has no configuration: put files there such as "
                         "config-6.1.0-47-amd64",
                         section_origin(section, "config"), path);
    const char *rival = kernel_config_rival(names, name);
    if (rival != NULL)
        return error_set(
            error, ERROR_INPUT,
            "%s: in the folder %s %s and %s are both of the version that %s takes: leave "
            "one of them there",
            section_origin(section, "config"), path, name, rival, release);
    *ret_choice = g_build_filename(path, name, NULL);
    return true;
}

static bool add_file(json_t *files, const char *name, const char *path, const char *origin,
                     GError **error)
{
    g_autofree char *text = NULL;
    GError *cause = NULL;
    if (!recipe_text_read(path, CONFIG_MAX_BYTES, &text, &cause))
        return error_pass(error, cause, "%s", origin);
    if (text[strspn(text, " \t\r\n")] != '\0' && strstr(text, "CONFIG_") == NULL)
        return error_set(error, ERROR_INPUT,
                         "%s: %s is no kernel configuration: it has no line with CONFIG_", origin,
                         path);
    json_object_set_new(files, name, json_string(text));
    return true;
}

static bool add_fragments(const Site *site, const Tree *tree, json_t *files, GError **error)
{
    int i = 0;
    for (const char *const *word = section_words(tree->section, "fragments"); *word != NULL;
         word++) {
        g_autofree char *name = g_strdup_printf("fragment-%d", ++i);
        g_autofree char *path = g_canonicalize_filename(*word, site->config);
        if (!add_file(files, name, path, section_origin(tree->section, "fragments"), error))
            return false;
    }
    return true;
}

bool kernel_recipe_add(const Site *site, const Tree *tree, const char *choice, json_t *body,
                       GError **error)
{
    g_autoptr(json_t) files = json_object();
    bool is_file = g_path_is_absolute(choice);
    const char *origin = section_origin(tree->section, "config");
    g_autofree char *shown = is_file ? g_path_get_basename(choice) : g_strdup(choice);
    if ((is_file && !add_file(files, "config", choice, origin, error)) ||
        !add_fragments(site, tree, files, error))
        return false;
    json_object_set_new(body, "variables",
                        json_pack("{s:s, s:s, s:s}", "MARVIN_KERNEL_CONFIG",
                                  is_file ? "file" : choice, "MARVIN_KERNEL_CONFIG_NAME", shown,
                                  "MARVIN_KERNEL_TARGET", section_text(tree->section, "target")));
    json_object_set(body, "files", files);
    return true;
}
