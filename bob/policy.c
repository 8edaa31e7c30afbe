// Release policy: globs, pre-releases, the first version, and names that may be a release's.
#include "bob/policy.h"

#include "bob/debversion.h"
#include "common/version.h"

#include <fnmatch.h>
#include <string.h>

enum { NAME_MAX_BYTES = 128, NAME_SHOWN_CHARACTERS = 60 };

/* Whether one of the globs has the tag; with asks_only among those that name pre-releases. */
static bool matches_any(const char *const *globs, const char *tag, bool asks_only)
{
    for (const char *const *glob = globs; *glob != NULL; glob++) {
        if (fnmatch(*glob, tag, 0) == 0 && (!asks_only || version_is_prerelease(*glob)))
            return true;
    }
    return false;
}

static bool is_name_character(char c)
{
    return g_ascii_isalnum(c) || (c != '\0' && strchr("._+~/@-", c) != NULL);
}

static bool is_unwanted_prerelease(const Policy *policy, const char *name)
{
    if (policy->prereleases)
        return false;
    if (policy->is_debian)
        return deb_version_is_prerelease(name);
    return version_is_prerelease(name) && !matches_any(policy->releases, name, true);
}

static bool is_before_first(const Policy *policy, const char *name)
{
    if (policy->first == NULL)
        return false;
    return policy->is_debian ? deb_version_compare(name, policy->first) < 0
                             : version_compare(name, policy->first) < 0;
}

TagFate policy_judge(const Policy *policy, const char *tag)
{
    if (!matches_any(policy->releases, tag, false))
        return TAG_PASSED_OVER;
    g_autofree char *complaint = release_name_complaint(tag);
    if (complaint != NULL)
        return TAG_REFUSED;
    if (is_unwanted_prerelease(policy, tag))
        return TAG_PASSED_OVER;
    if (is_before_first(policy, tag))
        return TAG_PASSED_OVER;
    return TAG_ADMITTED;
}

char *release_name_complaint(const char *name)
{
    size_t length = strlen(name);
    if (length == 0)
        return g_strdup("it is empty");
    if (length > NAME_MAX_BYTES)
        return g_strdup_printf("it is %zu bytes long, and %d are the most", length, NAME_MAX_BYTES);
    if (name[0] == '-')
        return g_strdup("it begins with '-'");
    for (const char *c = name; *c != '\0'; c++) {
        if (is_name_character(*c))
            continue;
        if (g_ascii_isprint(*c))
            return g_strdup_printf("it has the character '%c'", *c);
        return g_strdup_printf("it has the byte 0x%02x", (unsigned char)*c);
    }
    return NULL;
}

char *name_format(const char *name)
{
    g_autofree char *start = g_strndup(name, NAME_SHOWN_CHARACTERS);
    g_autofree char *escaped = g_strescape(start, NULL);
    return g_strconcat(escaped, strlen(name) > NAME_SHOWN_CHARACTERS ? "..." : "", NULL);
}
