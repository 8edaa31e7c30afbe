// Definitions: canonical JSON by its hash.
#include "bob/definition.h"

#include "common/error.h"
#include "common/hash.h"
#include "sql/queries.h"

#include <stdlib.h>

char *definition_format(const json_t *body)
{
    char *dumped = json_dumps(body, JSON_SORT_KEYS | JSON_COMPACT);
    g_assert(dumped != NULL); // every text in it is valid UTF-8: jansson takes no other
    char *text = g_strdup(dumped);
    free(dumped);
    return text;
}

bool definition_store(Db *db, const char *kind, const char *name, const json_t *body,
                      char **ret_hash, GError **error)
{
    g_autofree char *text = definition_format(body);
    g_autofree char *hash = hash_string(text);
    g_autoptr(Rows) known = NULL;
    if (!db_row(db, &QUERY_BOB_DEFINITION_FIND, DB_PARAMS(DB_TEXT(hash)), &known, error))
        return false;
    if (!rows_bool(known, 0, "is_known") &&
        !db_none(db, &QUERY_BOB_DEFINITION_STORE,
                 DB_PARAMS(DB_TEXT(hash), DB_TEXT(kind), DB_TEXT(name), DB_TEXT(text)), error))
        return false;
    *ret_hash = g_steal_pointer(&hash);
    return true;
}

bool definition_text(const json_t *body, const char *key, const char **ret_text, GError **error)
{
    const char *text = json_string_value(json_object_get(body, key));
    if (text == NULL)
        return error_set(error, ERROR_DATABASE,
                         "a stored definition has no text '%s': it was written by another version "
                         "of bob",
                         key);
    *ret_text = text;
    return true;
}
