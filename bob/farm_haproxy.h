/*
 * haproxy's files and words: its configuration for a farm, the state of its servers, and what a
 * node is started with. Pure.
 */
#pragma once

#include "bob/farm.h"

/*
 * The configuration: a `listen` with leastconn for each pool, maxconn of a server = the node's
 * cores, health checks each second, sessions of a dead node cut at once. admin_socket: path of the
 * Unix socket for farm_serve. user: whom haproxy becomes, NULL: nobody else. Freed with g_free.
 */
char *haproxy_config_format(const Farm *farm, const char *admin_socket, const char *user);

/* One server in `show stat`. */
typedef struct {
    int port; // of its pool
    char *name; // of the node
    bool is_maintained; // taken out by us
    bool is_drained; // by us
    bool is_up; // what the health check says
    char *check; // what it says in a word or two, "" when nothing
    int64_t busy; // sessions now
    int64_t done; // sessions in all
    int64_t errors; // that could not connect, or broke
} HaproxyServer;

/*
 * Parses the answer to `show stat`. *ret_servers: HaproxyServer *, freed with g_ptr_array_unref.
 * *ret_waiting: sessions that wait for a server. ERROR_MACHINE: it is not haproxy's table.
 */
bool haproxy_stat_parse(const char *text, GPtrArray **ret_servers, int64_t *ret_waiting,
                        GError **error);

/*
 * A script that runs distccd on the node as the farm wants it: twice the node's cores where it
 * preloads, only its toolchains, only for the farm's networks, its load where it is to say it.
 * Freed with g_free.
 */
char *haproxy_node_script(const Farm *farm, const FarmNode *node);
