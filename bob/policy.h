/*
 * Release policy: which tags of a tree are releases. Pure: a name goes in, its fate comes out.
 *
 * A tag's name is foreign data: whoever may push may choose it. It travels as an argument, a
 * parameter and escaped text only, and still a release must have a name that people can type and
 * that means nothing to a shell, a path or a page: at most 128 bytes of letters, digits and
 * . _ + ~ / @ - that do not begin with '-'. The others are refused aloud, not passed over.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    bool is_debian; // names are versions of Debian packages: their order and pre-releases
    const char *const *releases; // globs as of fnmatch; one that matches is enough
    bool prereleases; // admit -rc and other pre-releases too; a glob that names them, v*-rc* or
                      // next-*, asks for its own without this
    const char *first; // older versions are passed over; NULL: from the beginning
} Policy;

typedef enum {
    TAG_ADMITTED,
    TAG_PASSED_OVER, // no glob matches, a pre-release, or older than the first
    TAG_REFUSED, // it would be a release, were it not for its name
} TagFate;

TagFate policy_judge(const Policy *policy, const char *tag);

/* NULL for a name that a release may have; else what is wrong with it: "it has the character '$'".
 * Freed with g_free. */
char *release_name_complaint(const char *name);

/* At most 60 characters of a foreign name for a message, other than ASCII escaped; g_free. */
char *name_format(const char *name);
