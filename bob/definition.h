/*
 * Definitions: what was acted on, as canonical JSON that is stored once by its hash, so that an
 * edited settings file never redefines what was built or run from the older one.
 */
#pragma once

#include "common/db.h"

#include <jansson.h>

/* Keys sorted, no spaces, one line: equal for equal values. Freed with g_free. */
char *definition_format(const json_t *body);

/*
 * Keeps the body under its hash, writing nothing when it is there. kind: one of the table's words.
 * *ret_hash: SHA-256 of definition_format(); freed with g_free. ERROR_DATABASE.
 */
bool definition_store(Db *db, const char *kind, const char *name, const json_t *body,
                      char **ret_hash, GError **error);

/* A member of an object that must be there as a text or an integer; ERROR_DATABASE. */
bool definition_text(const json_t *body, const char *key, const char **ret_text, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)
