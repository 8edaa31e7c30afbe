/*
 * Releases, boots and batteries of the database as a Dataset. Reads only.
 */
#pragma once

#include "common/db.h"
#include "report/dataset.h"

/* A release as a command line names it: [TREE:]TAG. */
typedef struct {
    int tree_id;
    char *tree;
    char *name;
} ReleaseName;

void release_name_clear(ReleaseName *name);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ReleaseName, release_name_clear)

/* ERROR_INPUT: unknown, or in several trees. */
bool load_release_name(Db *db, const char *text, ReleaseName *ret_name, GError **error);

/* The tree's releases in version order, without data. */
bool load_releases(Db *db, int tree_id, const char *tree, Dataset **ret_dataset, GError **error);

/* The boots and batteries of the releases first..last (indices), collapsed to one number a boot. */
bool load_boots(Db *db, Dataset *dataset, int first, int last, GError **error);
