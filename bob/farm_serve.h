/*
 * Serving the farm: haproxy in front of its nodes, which are proved before they get work, watched
 * while they have it, and told of in the database, where builders look.
 */
#pragma once

#include "bob/farm.h"
#include "bob/round.h"

typedef struct FarmServer FarmServer;

/* Starts haproxy for the nodes in the settings. ERROR_MACHINE (haproxy is missing, a port is
 * taken), ERROR_INPUT (settings), ERROR_DATABASE. */
bool farm_server_open(Round *round, FarmServer **ret_server, GError **error);
void farm_server_close(FarmServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FarmServer, farm_server_close)

/* One look, about every second: settings, nodes, haproxy, rows. What goes wrong with one node or
 * one new setting is said on stderr; the rest goes on. ERROR_MACHINE: haproxy cannot run at all.
 * A database that is away is tried again, and nothing else depends on it. */
bool farm_server_tend(FarmServer *server, GError **error);

/* Ends haproxy and says in the database that no node gets work, so that builders do not ask. */
void farm_server_stop(FarmServer *server);

/* Waits for a second, or for news. */
void farm_server_wait(FarmServer *server);
