/*
 * Trees of packages: versions of packages in an archive are releases, fetched and never installed.
 *
 * A release goes by the package's version, without its epoch. What a poll writes is only what is
 * new; a release stays when its package goes from the archive or comes back with other content
 * (which is told, and fails a build that would fetch it). Not here: the archive (bob/apt.h), how
 * the .deb becomes an artifact (bob/recipes/deb), git trees (bob/watch.h).
 */
#pragma once

#include "bob/apt.h"
#include "bob/watch.h"

/* Polls a tree of packages, as tree_watch(). Where a source is away, what the others have is stored
 * before the poll fails. */
bool deb_watch(Db *db, Tree *tree, AptStop is_stopped, void *data, Watch *ret_watch,
               GError **error);

/* The package version of the archive that goes by this name (6.1.170-3), stored as a release, a
 * pre-release too; by the indexes as they are. ERROR_INPUT when there is none. */
bool deb_release_want(Db *db, const Tree *tree, const char *name, GError **error);

/*
 * Downloads a package into dir, which must be there, updating the indexes of the folder (as
 * Tree.mirror) once where they do not have it. *ret_time_s: when the package was made, seconds
 * since 1970, or 0. As apt_download().
 */
bool deb_fetch(const char *folder, const char *sources, const AptPackage *package, const char *dir,
               AptStop is_stopped, void *data, gint64 *ret_time_s, GError **error);
