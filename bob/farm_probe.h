/*
 * What a node really is: it is given an empty file to compile, as distcc would, and the object says
 * which compiler made it. A port that is open says nothing: something else may listen there, or a
 * compiler of another version, whose objects do not belong beside ours.
 */
#pragma once

#include "bob/farm.h"

/*
 * Asks a node to compile with a toolchain. *ret_version: what the compiler wrote into the object
 * ("GCC: (Debian 12.2.0-14) 12.2.0"), freed with g_free. *ret_answered: false when it could not be
 * reached or was silent (it is down), true when it answered what a node does not. The messages of
 * ERROR_MACHINE end the sentence "the node iris ..".
 */
bool farm_probe(const FarmNode *node, const char *toolchain, int64_t deadline_ms,
                char **ret_version, bool *ret_answered, GError **error);

/* The version of a compiler of this system. ERROR_MACHINE: it does not compile. */
bool farm_own_version(const char *compiler, char **ret_version, GError **error);

/* The one-minute load that the node's distccd says; NaN: it does not. */
double farm_probe_load(const FarmNode *node, int64_t deadline_ms);

/* Pure: the answer of a distccd to the request. For tests. */
bool farm_answer_parse(const char *answer, gsize size, char **ret_version, GError **error);
