/*
 * A run of MMTests (work/log/RUN) as a release of a Dataset. Each iter-N counts as one boot, though
 * MMTests does not boot between them: what differs from boot to boot does not show, and a complaint
 * says so. The value of an operation is the mean of its samples of the iteration, in our own
 * direction and unit; alternative reports (fio's latency) are further metrics. A test that failed
 * or did not end has failed values.
 */
#pragma once

#include "report/dataset.h"

/*
 * Adds the run in folder as a release called as the folder. margin: for every series, as a
 * fraction. complaints (char *) gets sentences. *ret_release: its index. ERROR_INPUT.
 */
bool load_mmtests(Dataset *dataset, const char *folder, double margin, GPtrArray *complaints,
                  int *ret_release, GError **error);
