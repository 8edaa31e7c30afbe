// Recipes as they are queued: a script's text by its content.
#include "bob/recipe.h"

#include "bob/definition.h"
#include "bob/kernel_recipe.h"
#include "common/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The texts of bob/recipes/deb and bob/recipes/kernel. */
extern const char RECIPE_DEB[], RECIPE_KERNEL[];

enum { RECIPE_MAX_BYTES = 1 << 20 };

/* From 5.9 on; only with EXPERT. */
static const char LAYOUT_FRAGMENT[] = "CONFIG_EXPERT=y\nCONFIG_DEBUG_FORCE_FUNCTION_ALIGN_64B=y\n";

/* At most max_bytes + 1 of a regular file; NULL with errno. */
static char *read_bounded(const char *path, size_t max_bytes, size_t *ret_size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    g_autofree char *text = g_malloc(max_bytes + 2);
    size_t size = 0;
    ssize_t n = 0;
    while (size <= max_bytes &&
           ((n = read(fd, text + size, max_bytes + 1 - size)) > 0 || (n < 0 && errno == EINTR)))
        size += n > 0 ? (size_t)n : 0;
    int cause = errno;
    close(fd);
    errno = cause;
    if (n < 0)
        return NULL;
    text[size] = '\0';
    *ret_size = size;
    return g_steal_pointer(&text);
}

static bool recipe_read(const Site *site, const Tree *tree, char **ret_text, GError **error)
{
    const char *setting = section_text(tree->section, "recipe");
    const char *origin = section_origin(tree->section, "recipe");
    GError *cause = NULL;
    g_autofree char *text = NULL;
    if (setting == NULL || *setting == '\0')
        return error_set(error, ERROR_INPUT,
                         "%s: the tree %s has no recipe: write 'recipe = recipes/%s' and put the "
                         "script that builds it there",
                         origin, tree->name, tree->name);
    g_autofree char *path = g_canonicalize_filename(setting, site->config);
    if (!recipe_text_read(path, RECIPE_MAX_BYTES, &text, &cause))
        return error_pass(error, cause, "%s: the recipe", origin);
    if (strncmp(text, "#!", 2) != 0)
        return error_set(error, ERROR_INPUT,
                         "%s: the recipe %s is no script: its first line begins with #! and its "
                         "text is UTF-8",
                         origin, path);
    *ret_text = g_steal_pointer(&text);
    return true;
}

/* Ours, where a tree of its kind names none; else NULL. */
static const char *recipe_preset(const Tree *tree, const char **ret_name)
{
    const char *setting = section_text(tree->section, "recipe");
    if (setting != NULL && *setting != '\0')
        return NULL;
    if (tree->is_deb || tree->is_kernel)
        *ret_name = tree->is_deb ? "deb" : "kernel";
    return tree->is_deb ? RECIPE_DEB : tree->is_kernel ? RECIPE_KERNEL : NULL;
}

const char *recipe_kernel_text(void)
{
    return RECIPE_KERNEL;
}

bool recipe_text_read(const char *path, size_t max_bytes, char **ret_text, GError **error)
{
    size_t size = 0;
    g_autofree char *text = read_bounded(path, max_bytes, &size);
    if (text == NULL)
        return error_set(error, ERROR_INPUT, "cannot read %s: %s", path, g_strerror(errno));
    if (size > max_bytes)
        return error_set(error, ERROR_INPUT, "%s is larger than %zu bytes", path, max_bytes);
    if (!g_utf8_validate(text, (gssize)size, NULL))
        return error_set(error, ERROR_INPUT, "%s is no text: it is not UTF-8", path);
    *ret_text = g_steal_pointer(&text);
    return true;
}

/* Adds MARVIN_LAYOUT, and to a kernel's files the fragment that makes it one. */
static void layout_add(json_t *body)
{
    json_t *files = json_object_get(body, "files");
    if (json_object_get(body, "variables") == NULL)
        json_object_set_new(body, "variables", json_object());
    json_object_set_new(json_object_get(body, "variables"), "MARVIN_LAYOUT", json_string("other"));
    if (files == NULL)
        return;
    g_autofree char *name = NULL;
    for (int i = 1; name == NULL || json_object_get(files, name) != NULL; i++) {
        g_free(name);
        name = g_strdup_printf("fragment-%d", i);
    }
    json_object_set_new(files, name, json_string(LAYOUT_FRAGMENT));
}

bool recipe_store(Db *db, const Site *site, const Tree *tree, const char *choice, bool other_layout,
                  char **ret_hash, GError **error)
{
    const char *name = NULL;
    g_autofree char *text = g_strdup(recipe_preset(tree, &name)), *base = NULL;
    if (text == NULL && !recipe_read(site, tree, &text, error))
        return false;
    if (name == NULL)
        name = base = g_path_get_basename(section_text(tree->section, "recipe"));
    g_autoptr(json_t) body = json_pack("{s:s, s:s}", "name", name, "text", text);
    if (body == NULL)
        return error_set(error, ERROR_INPUT, "%s: the recipe's name is not UTF-8",
                         section_origin(tree->section, "recipe"));
    if (choice != NULL && !kernel_recipe_add(site, tree, choice, body, error))
        return false;
    if (other_layout)
        layout_add(body);
    return definition_store(db, "recipe", name, body, ret_hash, error);
}
