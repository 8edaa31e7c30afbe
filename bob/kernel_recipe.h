/*
 * What a build of a kernel begins with: its configuration by provenance, as variables and files
 * that are stored with the recipe, so that a build is of the configuration it was asked for. What
 * our recipe makes of them: bob/recipes/kernel.
 *
 * `config` (of the distro, else of the tree; preset defconfig) is a make target that ends in
 * config, such as tinyconfig, or a path, absolute or below the settings folder: a distribution's
 * configuration, or a folder of them. Of a folder (config-6.1.0-47-amd64, config-6.12.9 ..) a
 * release takes the newest that is not newer than it, else the oldest. `fragments` are files of
 * options that are asked for on top; later ones hold. `target`: plain, bindeb-pkg or binrpm-pkg.
 */
#pragma once

#include "bob/tree.h"

#include <jansson.h>

/* Where the configuration of a release on a distro comes from: the make target, or the path of a
 * file. Freed with g_free. ERROR_INPUT: file:line and what is missing. */
bool kernel_config_choose(const Site *site, const Tree *tree, const char *release,
                          const char *distro, char **ret_choice, GError **error);

/* Adds "variables" {NAME: text} and "files" {name: text} to the body of a recipe. choice: of
 * kernel_config_choose(). ERROR_INPUT. */
bool kernel_recipe_add(const Site *site, const Tree *tree, const char *choice, json_t *body,
                       GError **error);

/* The name in names (char *) that stands for a release, by the version behind its first digit; NULL
 * for none. Pure; owned by names. */
const char *kernel_config_nearest(const GPtrArray *names, const char *release);

/* Another of the names that is of the version of `chosen`, of another flavour
 * (config-6.1.0-47-amd64 and config-6.1.0-47-rt-amd64); NULL: it stands alone. Borrowed. */
const char *kernel_config_rival(const GPtrArray *names, const char *chosen);
