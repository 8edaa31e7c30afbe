/*
 * Gobench files as a Dataset: each file is one release, each `run:` one boot. The key lines
 * machine, distro, epoch and mode have their meaning of the database; release and tree name the
 * file where they hold for all of it.
 */
#pragma once

#include "report/dataset.h"

/*
 * Adds the file at path as a release. margin: for every series, as a fraction. complaints (char *)
 * gets one sentence for each bad line; the rest is kept. *ret_release: its index. ERROR_INPUT.
 */
bool load_gobench(Dataset *dataset, const char *path, double margin, GPtrArray *complaints,
                  int *ret_release, GError **error);
