/*
 * The folder of a site: only files whose content changed are written, each by rename, and files of
 * an earlier time that are no longer made are removed. It touches nothing that it has not made: the
 * list of its files is kept in the folder (.marvin-files). It knows nothing of HTML.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Pages Pages;

/* Makes the folder where it is not there. ERROR_INPUT. Freed with pages_free(). */
bool pages_open(const char *folder, Pages **ret_pages, GError **error);

/* Whose pages they are: the report whose they were until now ("" without a name; NULL: a new
 * folder), owned by pages; and whose they are from pages_finish() on. */
const char *pages_owner(const Pages *pages);
void pages_set_owner(Pages *pages, const char *owner);
void pages_free(Pages *pages);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pages, pages_free)

/* Writes text to a path below the folder, unless it is there already. Folders are made. */
bool pages_write(Pages *pages, const char *path, const char *text, GError **error);

/* Removes what was made before and not this time, and keeps the list. */
bool pages_finish(Pages *pages, GError **error);

/* Since pages_open(). */
int pages_written(const Pages *pages);
int pages_unchanged(const Pages *pages);
int pages_removed(const Pages *pages);

/* A name of data as one part of a path: what is not a letter, digit, '.', '_' or '-' becomes
 * ~XX, as does a first '.'; long ones are cut and end with a hash. Distinct names stay distinct.
 * The caller frees. */
char *pages_name(const char *name);
