/*
 * Gobench files as a Dataset: each file is one release, each `run:` one boot. The key lines
 * machine, distro, epoch and mode have their meaning of the database; release and tree name the
 * file where they hold for all of it.
 */
#pragma once

#include "report/dataset.h"

/* Whether the files (others than gobench files among them say nothing) have at most one `pkg:`
 * between them: then it tells no benchmarks apart, and Dataset.is_one_package leaves it out. */
bool gobench_is_one_package(const char *const *paths);

/*
 * Adds the file at path as a release. margin: for every series, as a fraction. complaints (char *)
 * gets one sentence for each bad line; the rest is kept. *ret_release: its index. ERROR_INPUT.
 */
bool load_gobench(Dataset *dataset, const char *path, double margin, GPtrArray *complaints,
                  int *ret_release, GError **error);
