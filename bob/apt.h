/*
 * A package archive as apt sees it, in a folder of our own: sources, indexes and cache of one tree.
 *
 * apt checks the archive's signature and every hash; the computer's own lists, its installed
 * packages and its hooks are neither read nor touched, its proxy and keyring settings hold. Nothing
 * is installed here, and no script of a package is run.
 *
 * Sources are one of
 *     apt:                                 the sources of this computer
 *     deb [OPTIONS] URI SUITE COMPONENT..  a line as in sources.list, or several lines
 *     /PATH.list or /PATH.sources          a file of apt's
 */
#pragma once

#include "bob/apt_records.h"

typedef struct Apt Apt; // freed with apt_close()

/* Asked several times a second while apt runs; true ends it (ERROR_INTERRUPTED). May be NULL. */
typedef bool (*AptStop)(void *data);

/* Whether sources is one of the three forms; ERROR_INPUT says what they are. */
bool apt_sources_check(const char *sources, GError **error);

/* Sources without the passwords of their addresses; freed with g_free. */
char *apt_sources_format(const char *sources);

/* Makes the folder (absolute, kept from one use to the next) and writes apt's configuration there.
 * ERROR_INPUT. */
bool apt_open(const char *folder, const char *sources, Apt **ret_apt, GError **error);
void apt_close(Apt *apt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Apt, apt_close)

/*
 * Fetches the indexes that are newer than ours. ERROR_INPUT with apt's first complaint when a
 * source is away or not to be trusted; what the other sources have is there all the same. Waits
 * for another process that does the same.
 */
bool apt_update(Apt *apt, AptStop is_stopped, void *data, GError **error);

/*
 * All versions of the packages whose names match: globs as of fnmatch, of which one must match and
 * none of those that begin with '!'. By the indexes as they are. *ret_packages holds AptPackage *
 * and frees them, in no order; entries that are no package's are passed over. ERROR_INPUT.
 */
bool apt_list(Apt *apt, const char *const *globs, GPtrArray **ret_packages, GError **error);

/*
 * Downloads a version into dir, which must exist; its SHA-256 must be the one given. *ret_path: the
 * .deb, freed with g_free. ERROR_INPUT: the archive has it not or another, or it is damaged.
 */
bool apt_download(Apt *apt, const AptPackage *package, const char *dir, AptStop is_stopped,
                  void *data, char **ret_path, GError **error);

/* When a .deb was made, seconds since 1970, as its first member says (the time of its changelog
 * where it was built reproducibly); 0 for what is no .deb. */
gint64 deb_file_time(const char *path);
