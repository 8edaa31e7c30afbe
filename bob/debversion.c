// Debian's versions: a sort key that has dpkg's order, and everything else by it.
#include "bob/debversion.h"

#include <glib.h>
#include <string.h>

/*
 * A part is an alternation of other characters and digits, the first of them perhaps empty. In the
 * key an end of other characters is '"', and below it only '~', written '!'; letters stand for
 * themselves and all else follows a '{', which is above them. Digits are preceded by how many there
 * are, so that longer numbers are larger. Keys of different parts are no prefixes of each other.
 */
enum { DIGITS_MAX = 999 };

static const char *add_others(GString *key, const char *c, const char *end)
{
    for (; c < end && !g_ascii_isdigit(*c); c++) {
        if (*c == '~')
            g_string_append_c(key, '!');
        else if (g_ascii_isalpha(*c))
            g_string_append_c(key, *c);
        else
            g_string_append_printf(key, "{%c", *c);
    }
    g_string_append_c(key, '"');
    return c;
}

static const char *add_number(GString *key, const char *c, const char *end)
{
    while (c < end && *c == '0')
        c++;
    const char *start = c;
    while (c < end && g_ascii_isdigit(*c))
        c++;
    gssize length = MIN(c - start, DIGITS_MAX);
    g_string_append_printf(key, "%03d", (int)length);
    g_string_append_len(key, start, length);
    return c;
}

static void add_part(GString *key, const char *start, const char *end)
{
    const char *c = start;
    do {
        c = add_others(key, c, end);
        c = add_number(key, c, end);
    } while (c < end);
    g_string_append_c(key, '"');
}

const char *deb_version_name(const char *version)
{
    const char *colon = strchr(version, ':');
    bool has_epoch = colon != NULL && colon > version &&
                     strspn(version, "0123456789") == (size_t)(colon - version);
    return has_epoch ? colon + 1 : version;
}

/* Where upstream's part ends. */
static const char *upstream_end(const char *name)
{
    const char *dash = strrchr(name, '-');
    return dash != NULL ? dash : name + strlen(name);
}

char *deb_version_sort_key(const char *version)
{
    GString *key = g_string_new(NULL);
    const char *name = deb_version_name(version);
    const char *end = upstream_end(name);
    add_number(key, version, name == version ? version : name - 1);
    add_part(key, name, end);
    if (*end == '-')
        end++;
    add_part(key, end, end + strlen(end));
    return g_string_free(key, FALSE);
}

int deb_version_compare(const char *a, const char *b)
{
    g_autofree char *key_a = deb_version_sort_key(a);
    g_autofree char *key_b = deb_version_sort_key(b);
    return strcmp(key_a, key_b);
}

/* Whether "~WORD" is between start and end. */
static bool has_tilde_word(const char *start, const char *end, const char *const *words)
{
    g_autofree char *text = g_strndup(start, (gsize)(end - start));
    for (const char *tilde = strchr(text, '~'); tilde != NULL; tilde = strchr(tilde + 1, '~')) {
        for (const char *const *word = words; *word != NULL; word++) {
            if (g_ascii_strncasecmp(tilde + 1, *word, strlen(*word)) == 0)
                return true;
        }
    }
    return false;
}

bool deb_version_is_prerelease(const char *version)
{
    static const char *const UPSTREAM[] = {"rc", "alpha", "beta", "pre", "dev", "git", NULL};
    static const char *const REVISION[] = {"exp", "rc", NULL};
    const char *name = deb_version_name(version);
    const char *end = upstream_end(name);
    return has_tilde_word(name, end, UPSTREAM) || has_tilde_word(end, end + strlen(end), REVISION);
}
