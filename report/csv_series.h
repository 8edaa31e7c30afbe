/*
 * A series of values from a csv file (RFC 4180 without quotes in what is read): the header is
 * `value` or `value,release`, a line each value, oldest first. Equal releases are replicates of
 * one point. Not a general csv reader.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Replicates of one point are adjacent; points stand in order of first appearance. */
typedef struct {
    int n; // values
    double *values; // finite
    int *point; // index of the point of each value, from 0; NULL without releases
    int n_points;
    GPtrArray *names; // char *, of the points; NULL without releases
} CsvSeries;

/*
 * place stands for the file in messages. complaints (char *) gets a sentence for each line that is
 * left out. ERROR_INPUT where the header is another, or no line is good.
 */
bool csv_series_parse(const char *place, const char *text, gsize length, CsvSeries *ret_series,
                      GPtrArray *complaints, GError **error);

/* Reads a file of at most 64 MiB. */
bool csv_series_read(const char *path, CsvSeries *ret_series, GPtrArray *complaints,
                     GError **error);
void csv_series_clear(CsvSeries *series);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CsvSeries, csv_series_clear)
