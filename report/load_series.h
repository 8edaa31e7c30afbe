/*
 * One series of the database, SERIES of the command lines, as points with replicates: releases in
 * version order, one value a boot.
 */
#pragma once

#include "common/db.h"
#include "common/stats/orient.h"
#include "report/csv_series.h"

typedef struct {
    CsvSeries points; // named by release
    Better better;
    double margin; // as a fraction
} LoadedSeries;

void loaded_series_clear(LoadedSeries *series);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LoadedSeries, loaded_series_clear)

/* text: BENCHMARK[/k=v]:METRIC@MACHINE[%DISTRO]. tree: NULL where only one tree has it. Only the
 * machine's latest epoch in it is taken. ERROR_USAGE for another form, ERROR_INPUT where there is
 * no such series, or more than one. */
bool load_series(Db *db, const char *text, const char *tree, LoadedSeries *ret_series,
                 GError **error);
