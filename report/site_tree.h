/*
 * All that the pages of one tree are rendered from: its data, judged and stored. Made by
 * site_tree_load(); the page_ files read it and write pages. Not a place for markup.
 */
#pragma once

#include "common/settings.h"
#include "report/bisections.h"
#include "report/cell.h"
#include "report/dataset.h"
#include "report/pages.h"
#include "report/release_builds.h"
#include "report/shift.h"
#include "sql/site.h"

#include <jansson.h>

/* What a report's section says, with its presets. */
typedef struct {
    const char *name; // "" for the default report
    const char *title; // NULL: made from the tree
    const char *tree; // the one that is to be loaded
    int tree_id;
    const char *baseline; // first, previous or a release
    const char *range; // FROM..TO or NULL
    const char *const *machines; // NULL or empty: all
    double q;
} SiteTreeOptions;

typedef struct {
    char *source, *message, *last;
    int times;
} Notice;

/* The environment of a run: three JSON objects of texts. */
typedef struct {
    json_t *must, *note, *info;
} Fingerprint;

typedef struct {
    SiteTreeOptions options;
    char *folder; // the tree's, below the site: "toy"
    Dataset *dataset;
    AaNoise *noise; // of the dataset
    int first, last; // the releases that are shown
    int *ran_as; // of each release: the one that has its boots, another tag of the same commit or
                 // itself
    int newest; // the one that the index is about; -1: nothing has run
    int baseline; // FAMILY_PREVIOUS or an index
    bool with_distro; // several distros: they are named
    GPtrArray *families; // Family *, a release each, against the baseline; NULL where there is none
    GPtrArray *previous; // the same against the release before
    GPtrArray *tables; // CellTable *, of families
    GArray *shifts; // of Shift
    GPtrArray *groups; // of ShiftGroup *
    GHashTable *fingerprints; // hash -> Fingerprint *
    GPtrArray *notices; // of Notice *
    GHashTable *verdicts; // const Shift * -> Verdict * (verdict.h)
    GPtrArray *bisections; // of BisectionEntry *
    ReleaseBuilds *builds;
    int new_changes; // found this time
} SiteTree;

/* Loads, judges and stores one tree. complaints (char *) gets what is odd in the options. */
bool site_tree_load(Site *site, const SiteTreeOptions *options, SiteTree **ret_tree,
                    GPtrArray *complaints, GError **error);
void site_tree_free(SiteTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SiteTree, site_tree_free)

/* Whether the report shows this machine. */
bool site_wants_machine(const SiteTree *tree, const char *machine);

/* Whether a build of the releases that are shown was begun. */
bool site_has_builds(const SiteTree *tree);

/* Two tags of one commit are tested once: the release whose boots, families and table are those of
 * this one, the first tag's that is shown; the release itself where there is no other. */
int site_ran_as(const SiteTree *tree, int release);
/* Of site_ran_as(). */
const Family *site_family(const SiteTree *tree, int release);
const char *site_release_name(const SiteTree *tree, int release);

/* The release in which a later change ended the level of this one; -1: it holds to this day. */
int site_shift_until(const SiteTree *tree, const Shift *shift);

/* The release, after the row's baseline, that brought the level which the row was judged for; -1:
 * no single one did. */
int site_since(const SiteTree *tree, const FamilyRow *row);

/* The environment of a release in a series: its first boot's; NULL: unknown. */
const Fingerprint *site_fingerprint(const SiteTree *tree, const Series *series, int release);

/* The mode of the machine where the series ran in a release (words.h); NULL: it did not run. */
const char *site_mode(const Series *series, int release);

/* Paths of pages below the site, freed by the caller. */
char *site_path_index(const SiteTree *tree);
char *site_path_release(const SiteTree *tree, int release);
char *site_path_cell(const SiteTree *tree, int release, const Cell *cell);
char *site_path_series(const SiteTree *tree, const Series *series);
char *site_path_builds(const SiteTree *tree);
char *site_path_build(const SiteTree *tree, int release);
char *site_path_build_log(const SiteTree *tree, int release, const char *key);
/* The same path with another ending than .html: "x/index.html", "csv" -> "x/index.csv". */
char *site_path_twin(const char *path, const char *ending);

/* "left", or "left, os-13.2" where the tree has several distros; the caller frees. */
char *site_place(const SiteTree *tree, const char *machine, const char *distro);
