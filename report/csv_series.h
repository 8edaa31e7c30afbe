/*
 * A series of values from a csv file (RFC 4180, UTF-8 with or without a byte order mark; no field
 * holds a line end): the header is `value` or `value,release`, a line each value, oldest first.
 * Equal releases are replicates of one point; without releases each line is a point. NaN and
 * infinities are failed runs, and no line moves the points behind it. Not a general csv reader.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Replicates of one point are adjacent; points stand in order of first appearance. */
typedef struct {
    int n; // values
    double *values; // NAN: a run that failed, or a line that is complained of
    int *point; // index of the point of each value, from 0; NULL without releases
    int n_points;
    GPtrArray *names; // char *, of the points; NULL without releases
} CsvSeries;

/*
 * place stands for the file in messages. complaints (char *) gets a sentence for each line that is
 * left out or has no number. ERROR_INPUT where the header is another, or no line has a value.
 */
bool csv_series_parse(const char *place, const char *text, gsize length, CsvSeries *ret_series,
                      GPtrArray *complaints, GError **error);

/* Reads a file of at most 64 MiB. */
bool csv_series_read(const char *path, CsvSeries *ret_series, GPtrArray *complaints,
                     GError **error);
void csv_series_clear(CsvSeries *series);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CsvSeries, csv_series_clear)
