/*
 * The build farm as the settings describe it: nodes that run distccd, in pools behind one haproxy.
 *
 * Nodes with the same architecture and the same toolchains are one pool, which has one port of the
 * proxy: so each node is in one pool, its limit holds whatever is compiled, and a compiler is never
 * asked of a node that does not say that it has it. Not here: what the nodes really are
 * (bob/farm_probe.h), haproxy (bob/farm_haproxy.h), serving (bob/farm_serve.h), and builds that use
 * the farm (bob/farm_use.h).
 */
#pragma once

#include "sql/site.h"

enum { FARM_DISTCC_PORT = 3632 };

typedef enum {
    NODE_UP,
    NODE_DRAINING, // people asked for it: what runs there ends, nothing begins
    NODE_DOWN,
    NODE_REFUSED, // it answers, and not what a node of the farm answers
} NodeState;

/* "up", "draining", "down", "refused". */
const char *node_state_format(NodeState state);

typedef struct {
    char *name;
    char *host; // without brackets
    int port;
    int cores;
    char *arch;
    char **toolchains; // sorted, each once
    bool preload;
    int load_port; // 0: it does not say its load
    int pool; // its port at the proxy; 0: not given yet
} FarmNode;

typedef struct {
    char *proxy; // address
    int first_port;
    double jobs_per_core;
    char **allow; // networks
    GPtrArray *nodes; // FarmNode *, in the order of the settings
} Farm;

/* Checks what the settings' types do not. ERROR_INPUT: one sentence with file:line; two nodes of
 * one address are one. */
bool farm_read(Site *site, Farm **ret_farm, GError **error);
void farm_free(Farm *farm);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Farm, farm_free)

/* Gives each node the port of its pool, which it keeps (in the database). */
bool farm_find_pools(Farm *farm, Db *db, GError **error);

/* "10.0.0.1:3632", "[::1]:3632"; freed with g_free. */
char *farm_node_address(const FarmNode *node);

/* NULL: there is none of that name. */
FarmNode *farm_find_node(const Farm *farm, const char *name);
