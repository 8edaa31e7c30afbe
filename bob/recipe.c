// Recipes as they are queued: a script's text by its content.
#include "bob/recipe.h"

#include "bob/definition.h"
#include "common/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The text of bob/recipes/deb. */
extern const char RECIPE_DEB[];

enum { RECIPE_MAX_BYTES = 1 << 20 };

/* At most RECIPE_MAX_BYTES + 1 of a regular file; NULL with errno. */
static char *read_bounded(const char *path, size_t *ret_size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    g_autofree char *text = g_malloc(RECIPE_MAX_BYTES + 2);
    size_t size = 0;
    ssize_t n = 0;
    while (
        size <= RECIPE_MAX_BYTES &&
        ((n = read(fd, text + size, RECIPE_MAX_BYTES + 1 - size)) > 0 || (n < 0 && errno == EINTR)))
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
    if (setting == NULL || *setting == '\0')
        return error_set(error, ERROR_INPUT,
                         "%s: the tree %s has no recipe: write 'recipe = recipes/%s' and put the "
                         "script that builds it there",
                         origin, tree->name, tree->name);
    g_autofree char *path = g_canonicalize_filename(setting, site->config);
    size_t size = 0;
    g_autofree char *text = read_bounded(path, &size);
    if (text == NULL)
        return error_set(error, ERROR_INPUT, "%s: cannot read the recipe %s: %s", origin, path,
                         g_strerror(errno));
    if (size > RECIPE_MAX_BYTES)
        return error_set(error, ERROR_INPUT, "%s: the recipe %s is larger than %d bytes", origin,
                         path, RECIPE_MAX_BYTES);
    if (strncmp(text, "#!", 2) != 0 || !g_utf8_validate(text, (gssize)size, NULL))
        return error_set(error, ERROR_INPUT,
                         "%s: the recipe %s is no script: its first line begins with #! and its "
                         "text is UTF-8",
                         origin, path);
    *ret_text = g_steal_pointer(&text);
    return true;
}

bool recipe_store(Db *db, const Site *site, const Tree *tree, char **ret_hash, GError **error)
{
    g_autofree char *text = NULL;
    const char *setting = section_text(tree->section, "recipe");
    bool is_preset = tree->is_deb && (setting == NULL || *setting == '\0');
    if (is_preset)
        text = g_strdup(RECIPE_DEB);
    else if (!recipe_read(site, tree, &text, error))
        return false;
    g_autofree char *name = is_preset ? g_strdup("deb") : g_path_get_basename(setting);
    g_autoptr(json_t) body = json_pack("{s:s, s:s}", "name", name, "text", text);
    if (body == NULL)
        return error_set(error, ERROR_INPUT, "%s: the recipe's name is not UTF-8",
                         section_origin(tree->section, "recipe"));
    return definition_store(db, "recipe", name, body, ret_hash, error);
}
