// Version ranges: which value of a map holds for a release.
#include "common/ranges.h"

#include "common/error.h"
#include "common/version.h"

#include <string.h>

static void range_free(gpointer data)
{
    VersionRange *range = data;
    g_free(range->low);
    g_free(range->high);
    g_free(range->value);
    g_free(range);
}

/* An end that is empty is open. */
static char *end_new(const char *text, size_t length)
{
    return length == 0 ? NULL : g_strndup(text, length);
}

static bool is_value(const char *text)
{
    return text[0] != '\0' &&
           strspn(text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._+-") == strlen(text);
}

/* An end that is open, or a version: no blank, and a number that it can be put in order by. */
static bool is_end(const char *end)
{
    return *end == '\0' || (strpbrk(end, " \t") == NULL && strpbrk(end, G_CSET_DIGITS) != NULL);
}

bool range_check(const char *text, GError **error)
{
    const char *dots = strstr(text, "..");
    g_autofree char *low = g_strndup(text, dots == NULL ? strlen(text) : (size_t)(dots - text));
    const char *high = dots == NULL ? low : dots + 2;
    bool is_odd = *high == '.' || strstr(high, "..") != NULL;
    if (*text == '\0' || is_odd || !is_end(low) || !is_end(high))
        return error_set(error, ERROR_INPUT,
                         "'%.80s' is no version range: it is LOW..HIGH as in 3.0..3.12, where "
                         "either end may be left out, or one version",
                         text);
    if (*low != '\0' && *high != '\0' && version_compare(low, high) > 0)
        return error_set(error, ERROR_INPUT,
                         "'%.80s' is an empty version range: its ends stand the wrong way round",
                         text);
    return true;
}

static bool range_parse(const char *word, VersionRange **ret_range, GError **error)
{
    const char *colon = strrchr(word, ':');
    const char *value = colon == NULL ? word : colon + 1;
    size_t length = colon == NULL ? 0 : (size_t)(colon - word);
    if (!is_value(value) || colon == word)
        return error_set(error, ERROR_INPUT,
                         "'%.80s' is no version range: it is a name, or LOW..HIGH:NAME as in "
                         "3.0..3.12:os-13.1, where either end may be left out",
                         word);
    g_autofree char *ends = g_strndup(word, length);
    if (colon != NULL && !range_check(ends, error))
        return false;
    const char *dots = g_strstr_len(word, (gssize)length, "..");
    VersionRange *range = g_new0(VersionRange, 1);
    range->value = g_strdup(value);
    if (dots != NULL) {
        range->low = end_new(word, (size_t)(dots - word));
        range->high = end_new(dots + 2, length - (size_t)(dots + 2 - word));
    } else {
        range->low = end_new(word, length);
        range->high = g_strdup(range->low);
    }
    *ret_range = range;
    return true;
}

/* What version_compare() looks at: 3.17 of v3.17 and linux-3.17. */
static const char *first_digit(const char *version)
{
    const char *digit = strpbrk(version, "0123456789");
    return digit != NULL ? digit : version;
}

/* 3.17.4 and 3.17 are below 3.17; 3.170 is not. */
static bool is_below(const char *version, const char *high)
{
    const char *plain = first_digit(version);
    const char *end = first_digit(high);
    size_t length = strlen(end);
    return strncmp(plain, end, length) == 0 && !g_ascii_isalnum(plain[length]);
}

static bool range_has(const VersionRange *range, const char *version)
{
    if (range->low != NULL && version_compare(version, range->low) < 0 &&
        !is_below(version, range->low))
        return false;
    return range->high == NULL || version_compare(version, range->high) <= 0 ||
           is_below(version, range->high);
}

bool ranges_parse(const char *const *words, GPtrArray **ret_ranges, GError **error)
{
    g_autoptr(GPtrArray) ranges = g_ptr_array_new_with_free_func(range_free);
    for (const char *const *word = words; *word != NULL; word++) {
        VersionRange *range = NULL;
        if (!range_parse(*word, &range, error))
            return false;
        g_ptr_array_add(ranges, range);
    }
    *ret_ranges = g_steal_pointer(&ranges);
    return true;
}

/* The numbers of a version in order; freed with g_array_unref. */
static GArray *version_numbers(const char *version)
{
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(guint64));
    const char *at = version;
    while (*(at += strcspn(at, G_CSET_DIGITS)) != '\0') {
        char *end = NULL;
        guint64 number = g_ascii_strtoull(at, &end, 10);
        g_array_append_val(numbers, number);
        at = end;
    }
    return numbers;
}

/* Nothing need lie between: one number of low is one more than high's, and zeros follow. */
static bool is_next(const char *high, const char *low)
{
    g_autoptr(GArray) from = version_numbers(high), to = version_numbers(low);
    guint i = 0;
    while (i < from->len && i < to->len &&
           g_array_index(from, guint64, i) == g_array_index(to, guint64, i))
        i++;
    if (i >= from->len || i >= to->len ||
        g_array_index(to, guint64, i) != g_array_index(from, guint64, i) + 1)
        return false;
    while (++i < to->len) {
        if (g_array_index(to, guint64, i) != 0)
            return false;
    }
    return true;
}

/* Open ends first. */
static int range_compare(gconstpointer a, gconstpointer b)
{
    const VersionRange *x = *(const VersionRange *const *)a, *y = *(const VersionRange *const *)b;
    if (x->low == NULL || y->low == NULL)
        return (x->low != NULL) - (y->low != NULL);
    return version_compare(x->low, y->low);
}

static bool pair_check(const VersionRange *left, const VersionRange *right, RangesRule rule,
                       GError **error)
{
    const char *high = left->high, *low = right->low;
    if (high == NULL || low == NULL)
        return error_set(
            error, ERROR_INPUT,
            "the ranges of %s and %s overlap: each needs an end where the other begins",
            left->value, right->value);
    bool is_boundary = version_compare(low, high) == 0;
    if (is_boundary && rule == RANGES_TOUCH)
        return true;
    if (version_compare(low, high) <= 0 || is_below(low, high))
        return error_set(error, ERROR_INPUT,
                         "the ranges of %s (to %s) and %s (from %s) overlap: %s has both",
                         left->value, high, right->value, low, low);
    if (!is_next(high, low))
        return error_set(error, ERROR_INPUT,
                         "no range has what lies between %s (the end of %s) and %s (the beginning "
                         "of %s)",
                         high, left->value, low, right->value);
    return true;
}

bool ranges_check(const GPtrArray *ranges, RangesRule rule, const char *first, GError **error)
{
    if (ranges->len == 0)
        return true;
    g_autoptr(GPtrArray) sorted = g_ptr_array_new();
    for (guint i = 0; i < ranges->len; i++)
        g_ptr_array_add(sorted, g_ptr_array_index(ranges, i));
    g_ptr_array_sort(sorted, range_compare);
    for (guint i = 1; i < sorted->len; i++) {
        if (!pair_check(g_ptr_array_index(sorted, i - 1), g_ptr_array_index(sorted, i), rule,
                        error))
            return false;
    }
    const VersionRange *lowest = g_ptr_array_index(sorted, 0);
    if (first != NULL && !range_has(lowest, first) && lowest->low != NULL &&
        version_compare(first, lowest->low) < 0)
        return error_set(error, ERROR_INPUT,
                         "no range has the first release %s: the lowest begins with %s", first,
                         lowest->low);
    return true;
}

const char *ranges_find(const GPtrArray *ranges, const char *version)
{
    for (guint i = ranges->len; i > 0; i--) {
        const VersionRange *range = g_ptr_array_index(ranges, i - 1);
        if (range_has(range, version))
            return range->value;
    }
    return NULL;
}

GPtrArray *ranges_find_all(const GPtrArray *ranges, const char *version)
{
    GPtrArray *values = g_ptr_array_new();
    for (guint i = 0; i < ranges->len; i++) {
        const VersionRange *range = g_ptr_array_index(ranges, i);
        if (range_has(range, version) &&
            !g_ptr_array_find_with_equal_func(values, range->value, g_str_equal, NULL))
            g_ptr_array_add(values, range->value);
    }
    return values;
}
