/*
 * Recipes as they are queued: a script's text, stored as a definition by its content, so that a
 * build runs what was there when it was asked for.
 *
 * A recipe is a text with a first line "#!". It runs as a copy in a folder of its own: what lies
 * beside it in the settings is not there. A tree of packages that names none has ours,
 * bob/recipes/deb. Running it is bob/build.h.
 */
#pragma once

#include "bob/tree.h"

/*
 * Reads and stores the recipe of a tree; *ret_hash is the definition's, freed with g_free.
 * ERROR_INPUT: file:line, and what is wrong with the recipe; ERROR_DATABASE.
 */
bool recipe_store(Db *db, const Site *site, const Tree *tree, char **ret_hash, GError **error);
