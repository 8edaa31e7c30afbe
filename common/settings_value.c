// The notation of settings' values: checked, split, parsed.
#include "common/settings_value.h"

#include <math.h>
#include <string.h>

#include "common/text.h"

// A bare number is seconds.
static bool parse_duration(const char *text, double *ret_value)
{
    g_autofree char *in_seconds = g_strconcat(text, "s", NULL);
    return text_parse_seconds(text, ret_value) || text_parse_seconds(in_seconds, ret_value);
}

bool setting_parse_number(SettingType type, const char *text, double *ret_value)
{
    int64_t whole = 0;
    switch (type) {
    case SETTING_INT:
    case SETTING_SIZE:
        if (!(type == SETTING_INT ? text_parse_int(text, &whole) : text_parse_bytes(text, &whole)))
            return false;
        *ret_value = (double)whole;
        return true;
    case SETTING_DURATION:
        return parse_duration(text, ret_value);
    case SETTING_PERCENT:
        return text_parse_percent(text, ret_value);
    default:
        return text_parse_number(text, ret_value);
    }
}

static bool parse_end(const char *text, double *ret_value)
{
    return !*text || setting_parse_number(SETTING_REAL, text, ret_value);
}

bool setting_parse_range(const char *text, double *ret_low, double *ret_high)
{
    const char *dots = strstr(text, "..");
    if (!dots)
        return false;
    g_autofree char *low = g_strndup(text, (gsize)(dots - text));
    double low_end = *ret_low, high_end = *ret_high;
    if (!parse_end(low, &low_end) || !parse_end(dots + 2, &high_end) || low_end > high_end)
        return false;
    *ret_low = low_end;
    *ret_high = high_end;
    return true;
}

char **setting_split(const char *text)
{
    g_auto(GStrv) parts = g_strsplit_set(text, " \t", -1);
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (char **part = parts; *part; part++) {
        if (**part)
            g_ptr_array_add(words, g_strdup(*part));
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&words), false);
}

static const char *notation(SettingType type)
{
    switch (type) {
    case SETTING_INT:
        return "expected a whole number";
    case SETTING_REAL:
        return "expected a number";
    case SETTING_DURATION:
        return "expected a duration such as 90s, 5m, 6h or 2d";
    case SETTING_PERCENT:
        return "expected a percentage such as 2%";
    case SETTING_SIZE:
        return "expected a size such as 512M or 10G";
    default:
        return "expected another value";
    }
}

static char *check_number(const SettingRow *row, const char *text)
{
    double value = 0;
    if (!setting_parse_number(row->type, text, &value))
        return g_strdup(notation(row->type));
    bool bounded = row->min != 0 || row->max != 0;
    if (bounded && (value < row->min || value > row->max))
        return g_strdup_printf("expected a value from %g to %g", row->min, row->max);
    return NULL;
}

static char *check_choice(const SettingRow *row, const char *text)
{
    g_auto(GStrv) choices = setting_split(row->choices);
    if (g_strv_contains((const char *const *)choices, text))
        return NULL;
    g_autofree char *list = g_strjoinv(", ", choices);
    return g_strdup_printf("expected one of %s", list);
}

char *setting_check(const SettingRow *row, const char *text)
{
    double low = -INFINITY, high = INFINITY;
    switch (row->type) {
    case SETTING_TEXT:
        return *text || !row->required ? NULL : g_strdup("expected a text");
    case SETTING_WORDS:
        return NULL;
    case SETTING_BOOL:
        return strcmp(text, "yes") == 0 || strcmp(text, "no") == 0 ? NULL
                                                                   : g_strdup("expected yes or no");
    case SETTING_CHOICE:
        return check_choice(row, text);
    case SETTING_RANGE:
        return setting_parse_range(text, &low, &high) ? NULL : g_strdup("expected LOW..HIGH");
    default:
        return check_number(row, text);
    }
}
