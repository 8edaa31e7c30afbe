/*
 * A release out of a bundle (benchmarks/formats/bundle.h) into a Dataset, as load_db.h would load
 * it from a database that holds the same.
 */
#pragma once

#include "report/dataset.h"

/*
 * argument: PATH, or PATH:RELEASE where the bundle has several. NULL: it names no bundle; else the
 * path in it, which the caller frees. *ret_release (NULL: not said) points into argument.
 */
char *bundle_argument_parse(const char *argument, const char **ret_release);

/*
 * Adds the release. margin: of series whose plan and metric say none. *ret_release: its index.
 * ERROR_INPUT; with several releases and none named, the message lists them.
 */
bool load_bundle(Dataset *dataset, const char *argument, double margin, int *ret_release,
                 GError **error);
