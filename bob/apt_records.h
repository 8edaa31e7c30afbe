/*
 * Packages of an archive: what apt prints of them, and which of them a tree means. Pure.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* One version of a package in the archive. Freed with apt_package_free(). */
typedef struct {
    char *name;
    char *version;
    char *sha256; // of the .deb, as the signed index has it
    char *summary; // one line; "" where there is none
} AptPackage;

void apt_package_free(AptPackage *package);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AptPackage, apt_package_free)

/* Whether a name matches such globs. Pure. */
bool apt_name_matches(const char *const *globs, const char *name);

/* What `apt-cache show` prints, as AptPackage * appended to packages. Pure. */
void apt_records_parse(const char *text, GPtrArray *packages);
