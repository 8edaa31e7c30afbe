/*
 * A build that uses the farm: compilers of the farm's names, in a folder in front of PATH, that
 * send what they compile to its nodes. All that distcc or icecc must know is made here, from rows
 * and the builder's settings; nobody sets an environment for it.
 *
 * A farm that is away, a node that is not, a compiler of another version than the farm's: the build
 * then does by itself what it cannot share, and farm_use_facts() says why.
 */
#pragma once

#include "bob/builder.h"

#include <jansson.h>

typedef struct FarmUse FarmUse;

/*
 * What a build uses: farm = of the tree's definition, else of the builder's settings. dir: an own
 * folder of the build, made where something is to be put there. path: the PATH without the farm.
 * toolchain: the job's; "": any. ERROR_DATABASE, ERROR_INPUT (dir).
 */
bool farm_use_open(Builder *builder, const json_t *tree, const char *toolchain, const char *dir,
                   const char *path, FarmUse **ret_use, GError **error);
void farm_use_close(FarmUse *use);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FarmUse, farm_use_close)

/* Variables for the recipe, "K=V"; PATH is among them only where it is another. NULL at the end. */
const char *const *farm_use_env(const FarmUse *use);

/* How many compiles the recipe should begin at once: the builder's cores without a farm. */
int farm_use_jobs(const FarmUse *use);

/* {"kind": "distcc", "shared": 120, "local": 14, "again": 2, "why": null}: compiles that nodes did,
 * that the builder did, and that were begun again because a node failed. New; NULL without a farm.
 */
json_t *farm_use_facts(const FarmUse *use);
