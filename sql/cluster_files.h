/*
 * The folders and files of the private cluster: rights on the way to it, its settings. Used by
 * sql/cluster.c only.
 */
#pragma once

#include "sql/cluster.h"

/* STATE/postgres and the socket's folder, owned by the server's user, who can also reach them:
 * folders of root on the way get the x bit for others (pass through, not list), except home
 * folders, for which there is an error with the remedy. */
bool cluster_prepare_folders(const Cluster *cluster, GError **error);

/* marvin.conf, pg_hba.conf and pg_ident.conf into a fresh data folder. */
bool cluster_write_settings(const Cluster *cluster, const char *data, GError **error);

/* Removes a folder and all below it, not following links; what cannot be removed stays. */
void cluster_remove_tree(const char *path);
