/*
 * When builders built, and where the time of one build went: as text, picture or page. Pure: rows
 * in, text out.
 */
#pragma once

#include "report/builds.h"

#include <jansson.h>

/* Builders below one another over the time from the first beginning to the last end, each build a
 * bar. The caller frees. */
char *waterfall_text(const Builds *builds);
char *waterfall_svg(const Builds *builds);
char *waterfall_html(const Builds *builds);
json_t *waterfall_json(const Builds *builds);

/* One build: rows of QUERY_REPORT_BUILD_UNITS. The picture has its steps, and its directories or
 * packages with the tasks in them, the longest 60, below the load of the system. */
char *build_text(const BuildRow *build, const Rows *units);
char *build_svg(const BuildRow *build, const Rows *units);
char *build_html(const BuildRow *build, const Rows *units);
json_t *build_json(const BuildRow *build, const Rows *units);
