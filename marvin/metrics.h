/*
 * The rows of metrics: what a sample's description becomes before it is stored.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "common/db.h"

/* Finds or makes the row of each sample's metric and sets the sample's metric_id. samples: as
 * samples_format() makes them. */
bool metrics_resolve(Db *db, const char *benchmark, json_t *samples, GError **error);
