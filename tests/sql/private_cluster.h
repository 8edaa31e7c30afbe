/*
 * A state folder and settings of a test's own, with the private cluster that the programs start in
 * it. MARVIN_HOME and MARVIN_CONFIG name them for the process.
 */
#pragma once

typedef struct {
    char *folder; // all of it
    char *state;
} PrivateCluster;

PrivateCluster private_cluster_begin(void);
/* Stops the server and removes the folder. */
void private_cluster_end(PrivateCluster *cluster);
