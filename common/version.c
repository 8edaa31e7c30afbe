// The natural order of release names.
#include "common/version.h"

#include <glib.h>
#include <string.h>

typedef enum { PART_PRERELEASE, PART_END, PART_WORD, PART_NUMBER } PartKind;

// A run of digits or of letters, within the name.
typedef struct {
    PartKind kind;
    const char *text;
    size_t length;
    int rank; // of a pre-release word
} Part;

static const struct {
    const char *word;
    int rank;
} PRERELEASES[] = {{"snapshot", 0}, {"nightly", 0}, {"next", 0}, {"dev", 0},
                   {"alpha", 1},    {"beta", 2},    {"test", 3}, {"pre", 4},
                   {"preview", 4},  {"rc", 5},      {"a", 1},    {"b", 2}};

static int prerelease_rank(const char *start, const Part *part)
{
    for (size_t i = 0; i < G_N_ELEMENTS(PRERELEASES); i++) {
        const char *word = PRERELEASES[i].word;
        if (strlen(word) != part->length || g_ascii_strncasecmp(word, part->text, part->length))
            continue;
        bool is_between_digits = part->text > start && g_ascii_isdigit(part->text[-1]) &&
                                 g_ascii_isdigit(part->text[part->length]);
        if (part->length > 1 || is_between_digits)
            return PRERELEASES[i].rank;
    }
    return -1;
}

// The part at *at, which moves behind it; separators are left out, but for ~.
static Part part_next(const char *start, const char **at)
{
    const char *from = *at;
    while (*from && *from != '~' && !g_ascii_isalnum(*from))
        from++;
    const char *end = from;
    Part part = {PART_END, from, 0, -1};
    if (*from == '~') {
        part.kind = PART_PRERELEASE;
        end++;
    } else if (g_ascii_isdigit(*from)) {
        part.kind = PART_NUMBER;
        while (g_ascii_isdigit(*end))
            end++;
    } else if (*from) {
        while (g_ascii_isalpha(*end))
            end++;
        part.kind = PART_WORD;
    }
    part.length = (size_t)(end - from);
    if (part.kind == PART_WORD && (part.rank = prerelease_rank(start, &part)) >= 0)
        part.kind = PART_PRERELEASE;
    *at = end;
    return part;
}

static int compare_numbers(const Part *a, const Part *b)
{
    const char *digits_a = a->text, *digits_b = b->text;
    size_t n_a = a->length, n_b = b->length;
    for (; n_a > 1 && *digits_a == '0'; n_a--)
        digits_a++;
    for (; n_b > 1 && *digits_b == '0'; n_b--)
        digits_b++;
    if (n_a != n_b)
        return n_a < n_b ? -1 : 1;
    return memcmp(digits_a, digits_b, n_a);
}

static int compare_parts(const Part *a, const Part *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->kind == PART_NUMBER)
        return compare_numbers(a, b);
    if (a->kind == PART_PRERELEASE && a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (a->kind == PART_PRERELEASE)
        return 0;
    int order = g_ascii_strncasecmp(a->text, b->text, MIN(a->length, b->length));
    return order ? order : (a->length > b->length) - (a->length < b->length);
}

static const char *first_digit(const char *name)
{
    const char *at = strpbrk(name, "0123456789");
    return at ? at : name;
}

int version_compare(const char *a, const char *b)
{
    const char *at_a = first_digit(a), *at_b = first_digit(b);
    for (;;) {
        Part part_a = part_next(a, &at_a), part_b = part_next(b, &at_b);
        int order = compare_parts(&part_a, &part_b);
        if (order || part_a.kind == PART_END)
            return order;
    }
}

int version_compare_names(const void *a, const void *b)
{
    const char *name_a = *(const char *const *)a, *name_b = *(const char *const *)b;
    int order = version_compare(name_a, name_b);
    return order ? order : strcmp(name_a, name_b);
}

bool version_is_prerelease(const char *tag)
{
    const char *at = tag;
    for (;;) {
        Part part = part_next(tag, &at);
        if (part.kind == PART_PRERELEASE || part.kind == PART_END)
            return part.kind == PART_PRERELEASE;
    }
}

char *version_sort_key(const char *name)
{
    static const char KIND[] = {'1', '2', '3', '4'}; // in the order of PartKind
    GString *key = g_string_new(NULL);
    const char *at = first_digit(name);
    for (;;) {
        Part part = part_next(name, &at);
        g_string_append_c(key, KIND[part.kind]);
        if (part.kind == PART_END)
            return g_string_free(key, FALSE);
        if (part.kind == PART_PRERELEASE)
            g_string_append_c(key, (char)('1' + part.rank));
        if (part.kind == PART_WORD) {
            for (size_t i = 0; i < part.length; i++)
                g_string_append_c(key, g_ascii_tolower(part.text[i]));
            g_string_append_c(key, ' ');
        }
        if (part.kind == PART_NUMBER) {
            for (; part.length > 1 && *part.text == '0'; part.length--)
                part.text++;
            g_string_append_printf(key, "%04zu", MIN(part.length, (size_t)9999));
            g_string_append_len(key, part.text, (gssize)part.length);
        }
    }
}
