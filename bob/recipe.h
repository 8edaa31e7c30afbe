/*
 * Recipes as they are queued: a script's text, stored as a definition by its content, so that a
 * build runs what was there when it was asked for.
 *
 * A recipe is a text with a first line "#!". It runs as a copy in a folder of its own: what lies
 * beside it in the settings is not there. A tree of packages or kernels that names none
 * has ours, bob/recipes/deb and bob/recipes/kernel. Running it is bob/build.h.
 */
#pragma once

#include "bob/tree.h"

/*
 * Reads and stores the recipe of a tree; *ret_hash is the definition's, freed with g_free. choice:
 * for a kernel, what kernel_config_choose() said; else NULL. The body is {name, text}, and of a
 * kernel also {variables, files} (bob/kernel_recipe.h).
 *
 * other_layout: the same with MARVIN_LAYOUT=other among its variables, which asks the recipe to lay
 * the code out otherwise (other alignment of functions, other order of linking) and to change
 * nothing else; a kernel gets one more fragment that aligns its functions to 64 bytes.
 *
 * ERROR_INPUT: file:line, and what is wrong with the recipe; ERROR_DATABASE.
 */
bool recipe_store(Db *db, const Site *site, const Tree *tree, const char *choice, bool other_layout,
                  char **ret_hash, GError **error);

/* The text of our recipe for kernels: a constant. */
const char *recipe_kernel_text(void);

/* The text of a file of at most max_bytes, UTF-8; freed with g_free. ERROR_INPUT: a sentence with
 * the path. */
bool recipe_text_read(const char *path, size_t max_bytes, char **ret_text, GError **error);
