/*
 * The pages of a tree, one function a kind of page; each renders from a SiteTree and writes through
 * Pages, with its CSV and JSON twins. up: the way from the page to the site's root: "", "../" ...
 */
#pragma once

#include "common/store.h"
#include "report/html.h"
#include "report/site_tree.h"

/* A step of the way to a page, for the line on top: text and path below the site. */
typedef struct {
    const char *text;
    const char *path;
} Crumb;

/* Opens page, header and main: crumbs (ended by a NULL text), then the heading. */
void page_begin(Html *html, const char *up, const char *title, const Crumb *crumbs);
/* Footer and end; the text is the caller's. */
char *page_end(Html *html, const SiteTree *tree);
/* "Also as CSV and JSON", for the twins of a page at path. */
void page_twins(Html *html, const char *path);
/* The way from a page at path to the root: "../" for each folder. */
char *page_up(const char *path);
/* A link to a path below the site. */
void page_link(Html *html, const char *up, const char *path, const char *text);

/* The dashboard at path: newest release, biggest changes, the table, coverage, trouble. */
bool page_index(Pages *pages, const SiteTree *tree, const char *path, GError **error);
/* The same table for any release. */
bool page_release(Pages *pages, const SiteTree *tree, int release, GError **error);
/* One cell: samples, numbers, environment, boots. */
bool page_cell(Pages *pages, const SiteTree *tree, int release, const Cell *cell, GError **error);
/* One series over all releases, with its changes. */
bool page_series(Pages *pages, const SiteTree *tree, const Series *series, GError **error);

/* Asks for the units of a build by its key: rows of QUERY_REPORT_BUILD_UNITS. */
typedef bool (*UnitsOf)(void *data, const char *key, Rows **ret_units, GError **error);
/* The builds of one release: state, kind of failure, first error, what to do, log, configuration
 * against the release before, and a picture of where the time went. */
bool page_build(Pages *pages, const SiteTree *tree, int release, UnitsOf units_of, void *data,
                GError **error);
/* The builds of all releases, the newest first. */
bool page_builds(Pages *pages, const SiteTree *tree, GError **error);
/* What became of the builds of a release, a line each, and how many releases have failed. */
void section_build(Html *html, const SiteTree *tree, const char *up, int release);
void section_builds_brief(Html *html, const SiteTree *tree, const char *up);
/* Why a build failed: "missing-tool: flex: not found; install it on the builder". The caller frees.
 */
char *build_failure_text(const BuildRow *build);

/* Sections of the dashboard. */
void section_changes(Html *html, const SiteTree *tree, const char *up);
void section_release_changes(Html *html, const SiteTree *tree, const char *up, int release);
void section_table(Html *html, const SiteTree *tree, const char *up, int release);
void section_coverage(Html *html, const SiteTree *tree, const char *up);
void section_trouble(Html *html, const SiteTree *tree, const char *up);
/* For the index of several trees: what failed, in a line or two. */
void section_trouble_brief(Html *html, const SiteTree *tree);
/* The same for its changes that hold to this day. */
void section_changes_brief(Html *html, const SiteTree *tree);
/* The newest bisections of the tree; and a page each, with its JSON twin. */
void section_bisections(Html *html, const SiteTree *tree, const char *up);
/* Who did it, where a bisection found the commit behind a change; else nothing. */
void cell_bisection(Html *html, const SiteTree *tree, const char *up, const Shift *shift);
bool pages_bisections(Pages *pages, const SiteTree *tree, GError **error);
void section_releases(Html *html, const SiteTree *tree, const char *up, int current);

/* The twins of a family's table, of the changes and of the coverage; and the tails of the logs of
 * builds that failed. */
bool twins_family(Pages *pages, const char *path, const Family *family,
                  const FamilyRow *const *rows, int n, GError **error);
bool twins_changes(Pages *pages, const SiteTree *tree, GError **error);
/* flat: a list of flat objects with the same keys, as CSV; full: what JSON has. path: the page's.
 */
bool twins_list(Pages *pages, const char *path, json_t *flat, json_t *full, GError **error);
bool twins_coverage(Pages *pages, const SiteTree *tree, GError **error);
bool twins_build_logs(Pages *pages, const SiteTree *tree, Store *store, GError **error);
