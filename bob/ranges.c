// Version ranges: which value of a map holds for a release.
#include "bob/ranges.h"

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
    if (range->low != NULL && range->high != NULL && version_compare(range->low, range->high) > 0) {
        range_free(range);
        return error_set(error, ERROR_INPUT,
                         "'%.80s' is an empty version range: its ends stand the wrong way round",
                         word);
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
    if (range->low != NULL && version_compare(version, range->low) < 0)
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

const char *ranges_find(const GPtrArray *ranges, const char *version)
{
    for (guint i = ranges->len; i > 0; i--) {
        const VersionRange *range = g_ptr_array_index(ranges, i - 1);
        if (range_has(range, version))
            return range->value;
    }
    return NULL;
}
