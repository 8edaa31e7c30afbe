// What messages and patches say about the same change in several trees.
#include "marvin/bisect/backport.h"

#include <stdlib.h>
#include <string.h>

#define DIGITS_MIN 7
#define DIGITS_MAX 64

struct Patch {
    GArray *lines; // of guint: hashes, sorted
};

// The hash at the beginning of text; 0 where there is none of a fit length.
static gsize digits_length(const char *text)
{
    gsize n = strspn(text, "0123456789abcdef");
    bool is_whole = !g_ascii_isalnum(text[n]);
    return is_whole && n >= DIGITS_MIN && n <= DIGITS_MAX ? n : 0;
}

// Behind prefix (any case) at the beginning of line; NULL if it does not begin so.
static const char *behind(const char *line, const char *prefix)
{
    gsize n = strlen(prefix);
    if (g_ascii_strncasecmp(line, prefix, n) != 0)
        return NULL;
    return line + n + strspn(line + n, " \t");
}

static char *hash_behind(const char *line, const char *prefix, const char *then)
{
    const char *hash = behind(line, prefix);
    gsize n = hash ? digits_length(hash) : 0;
    if (n == 0 || !behind(hash + n + strspn(hash + n, " \t"), then))
        return NULL;
    return g_strndup(hash, n);
}

static char *line_upstream(const char *line)
{
    static const struct {
        const char *prefix, *then;
    } FORMS[] = {{"commit", "upstream"},
                 {"[ upstream commit", "]"},
                 {"[upstream commit", "]"},
                 {"upstream commit:", ""},
                 {"upstream commit", ""},
                 {"(cherry picked from commit", ""},
                 {"(backported from commit", ""},
                 {"(cherry-picked from commit", ""},
                 {"git-commit:", ""}};
    line += strspn(line, " \t");
    for (gsize i = 0; i < G_N_ELEMENTS(FORMS); i++) {
        char *hash = hash_behind(line, FORMS[i].prefix, FORMS[i].then);
        if (hash)
            return hash;
    }
    if (!behind(line, "origin: upstream") && !behind(line, "origin: backport"))
        return NULL;
    // The last word of digits of the address.
    for (const char *c = line + strlen(line); c > line; c--) {
        if (g_ascii_isxdigit(*c) && !g_ascii_isxdigit(c[-1]) && digits_length(c) >= 12)
            return g_strndup(c, digits_length(c));
    }
    return NULL;
}

char *backport_upstream(const char *message)
{
    g_auto(GStrv) lines = g_strsplit(message, "\n", -1);
    for (char **line = lines; *line; line++) {
        char *hash = line_upstream(*line);
        if (hash)
            return hash;
    }
    return NULL;
}

GPtrArray *backport_fixes(const char *message)
{
    GPtrArray *fixed = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) lines = g_strsplit(message, "\n", -1);
    for (char **line = lines; *line; line++) {
        const char *rest = behind(*line + strspn(*line, " \t"), "fixes:");
        const char *word = rest ? behind(rest, "commit") : NULL;
        const char *hash = word ? word : rest;
        gsize n = hash ? digits_length(hash) : 0;
        if (n > 0)
            g_ptr_array_add(fixed, g_strndup(hash, n));
    }
    return fixed;
}

bool backport_names(const char *abbreviation, const char *hash)
{
    return strlen(abbreviation) >= DIGITS_MIN && g_str_has_prefix(hash, abbreviation);
}

static int guint_compare(const void *a, const void *b)
{
    guint x = *(const guint *)a, y = *(const guint *)b;
    return x < y ? -1 : x > y;
}

// A hash of the line with its sign, without blanks; 0 for a line of nothing else.
static guint line_hash(const char *line, gsize length)
{
    guint hash = line[0] == '+' ? 5381 : 7919;
    bool is_empty = true;
    for (gsize i = 1; i < length; i++) {
        if (g_ascii_isspace(line[i]))
            continue;
        is_empty = false;
        hash = hash * 33 + (guchar)line[i];
    }
    return is_empty ? 0 : hash | 1;
}

Patch *patch_parse(const char *diff)
{
    Patch *patch = g_new0(Patch, 1);
    patch->lines = g_array_new(false, false, sizeof(guint));
    bool is_hunk = false;
    for (const char *line = diff; *line;) {
        const char *end = strchrnul(line, '\n');
        if (g_str_has_prefix(line, "@@ "))
            is_hunk = true;
        else if (g_str_has_prefix(line, "diff --git ") || g_str_has_prefix(line, "commit "))
            is_hunk = false;
        else if (is_hunk && (*line == '+' || *line == '-')) {
            guint hash = line_hash(line, (gsize)(end - line));
            if (hash)
                g_array_append_val(patch->lines, hash);
        }
        line = *end ? end + 1 : end;
    }
    if (patch->lines->len)
        qsort(patch->lines->data, patch->lines->len, sizeof(guint), guint_compare);
    return patch;
}

void patch_free(Patch *patch)
{
    if (!patch)
        return;
    g_array_unref(patch->lines);
    g_free(patch);
}

int patch_lines(const Patch *patch)
{
    return (int)patch->lines->len;
}

double patch_similarity(const Patch *a, const Patch *b)
{
    const GArray *x = a->lines, *y = b->lines;
    guint i = 0, j = 0, common = 0;
    while (i < x->len && j < y->len) {
        guint p = g_array_index(x, guint, i), q = g_array_index(y, guint, j);
        common += p == q;
        i += p <= q;
        j += q <= p;
    }
    return common ? 2.0 * common / (x->len + y->len) : 0;
}
