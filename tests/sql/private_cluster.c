// A private cluster for one test program.
#include "tests/sql/private_cluster.h"

#include <glib.h>
#include <glib/gstdio.h>

#include "sql/cluster.h"
#include "sql/cluster_files.h"

PrivateCluster private_cluster_begin(void)
{
    PrivateCluster cluster = {.folder = g_dir_make_tmp("marvin-XXXXXX", NULL)};
    g_autofree char *config = g_build_filename(cluster.folder, "config", NULL);
    cluster.state = g_build_filename(cluster.folder, "state", NULL);
    g_mkdir(config, 0755);
    g_setenv("MARVIN_HOME", cluster.state, TRUE);
    g_setenv("MARVIN_CONFIG", config, TRUE);
    return cluster;
}

void private_cluster_end(PrivateCluster *cluster)
{
    g_autoptr(Cluster) server = cluster_new(cluster->state);
    cluster_stop(server, NULL);
    cluster_remove_tree(cluster->folder);
    g_clear_pointer(&cluster->folder, g_free);
    g_clear_pointer(&cluster->state, g_free);
}
