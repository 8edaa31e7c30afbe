// Words, numbers and times as people read and write them, in the C locale.
#include "common/text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX 64
#define SUGGEST_MAX 64 // longer words are no typing errors of ours

static bool is_direction_mark(gunichar c)
{
    return c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

char *text_escape_terminal(const char *text)
{
    GString *safe = g_string_sized_new(strlen(text));
    for (const char *at = text; *at;) {
        gunichar c = g_utf8_get_char_validated(at, -1);
        bool is_text = c != (gunichar)-1 && c != (gunichar)-2;
        size_t size = is_text ? (size_t)(g_utf8_next_char(at) - at) : 1;
        if (is_text && c >= 0x20 && !(c >= 0x7F && c < 0xA0) && !is_direction_mark(c))
            g_string_append_len(safe, at, (gssize)size);
        else
            for (size_t i = 0; i < size; i++)
                g_string_append_printf(safe, "\\x%02x", (unsigned char)at[i]);
        at += size;
    }
    return g_string_free(safe, FALSE);
}

// Optimal string alignment: three rows of the usual table.
int text_distance(const char *a, const char *b)
{
    int n = (int)strlen(a), m = (int)strlen(b);
    g_autofree int *cells = g_new(int, (gsize)(m + 1) * 3);
    int *older = cells, *old = cells + m + 1, *row = cells + 2 * (m + 1);
    for (int j = 0; j <= m; j++)
        old[j] = j;
    for (int i = 1; i <= n; i++) {
        row[0] = i;
        for (int j = 1; j <= m; j++) {
            row[j] = MIN(MIN(old[j], row[j - 1]) + 1, old[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = MIN(row[j], older[j - 2] + 1);
        }
        int *spare = older;
        older = old;
        old = row;
        row = spare;
    }
    return old[m];
}

const char *text_suggest(const char *word, const char *const *candidates)
{
    size_t length = strlen(word);
    if (!length || length > SUGGEST_MAX)
        return NULL;
    const char *nearest = NULL, *longer = NULL;
    int best = length <= 4 ? 2 : 3, n_longer = 0;
    for (int i = 0; candidates[i]; i++) {
        if (strlen(candidates[i]) > SUGGEST_MAX)
            continue;
        int distance = text_distance(word, candidates[i]);
        if (distance < best) {
            best = distance;
            nearest = candidates[i];
        }
        if (g_str_has_prefix(candidates[i], word)) {
            longer = candidates[i];
            n_longer++;
        }
    }
    return nearest ? nearest : n_longer == 1 ? longer : NULL;
}

bool text_is_word(const char *text)
{
    size_t length = strlen(text);
    if (!length || length > WORD_MAX || *text == '.' || *text == '-')
        return false;
    for (const char *at = text; *at; at++)
        if (!g_ascii_isalnum(*at) && !strchr("._+-", *at))
            return false;
    return true;
}

bool text_parse_int(const char *text, int64_t *ret_value)
{
    if (!g_ascii_isdigit(*text) && !(*text == '-' && g_ascii_isdigit(text[1])))
        return false;
    char *end;
    errno = 0;
    gint64 value = g_ascii_strtoll(text, &end, 10);
    if (*end || errno)
        return false;
    *ret_value = value;
    return true;
}

// A number at the beginning; hexadecimal, "inf" and "nan", which strtod() knows, are none.
static bool number_prefix(const char *text, double *ret_value, const char **ret_end)
{
    const char *first = *text == '-' || *text == '+' ? text + 1 : text;
    if (!g_ascii_isdigit(*first) && !(*first == '.' && g_ascii_isdigit(first[1])))
        return false;
    if (*first == '0' && (first[1] == 'x' || first[1] == 'X'))
        return false;
    char *end;
    double value = g_ascii_strtod(text, &end);
    if (!isfinite(value))
        return false;
    *ret_value = value;
    *ret_end = end;
    return true;
}

bool text_parse_number(const char *text, double *ret_value)
{
    double value;
    const char *end;
    if (!number_prefix(text, &value, &end) || *end)
        return false;
    *ret_value = value;
    return true;
}

typedef struct {
    const char *suffix;
    double factor;
} Unit;

static bool parse_with_unit(const char *text, const Unit *units, double *ret_value)
{
    double value;
    const char *end;
    if (!number_prefix(text, &value, &end) || value < 0)
        return false;
    for (; units->suffix; units++)
        if (!strcmp(end, units->suffix)) {
            *ret_value = value * units->factor;
            return true;
        }
    return false;
}

bool text_parse_seconds(const char *text, double *ret_value)
{
    static const Unit units[] = {{"ms", 1e-3}, {"s", 1},           {"m", 60}, {"h", 3600},
                                 {"d", 86400}, {"w", 7 * 86400.0}, {0}};
    return parse_with_unit(text, units, ret_value);
}

bool text_parse_bytes(const char *text, int64_t *ret_value)
{
    static const Unit units[] = {{"", 1},         {"B", 1},        {"K", 0x1p10},   {"M", 0x1p20},
                                 {"G", 0x1p30},   {"T", 0x1p40},   {"P", 0x1p50},   {"KiB", 0x1p10},
                                 {"MiB", 0x1p20}, {"GiB", 0x1p30}, {"TiB", 0x1p40}, {0}};
    double value;
    if (!parse_with_unit(text, units, &value) || value >= 0x1p63)
        return false;
    *ret_value = (int64_t)value;
    return true;
}

bool text_parse_percent(const char *text, double *ret_value)
{
    double value;
    const char *end;
    if (!number_prefix(text, &value, &end) || strcmp(end, "%"))
        return false;
    *ret_value = value / 100;
    return true;
}

static char *format_double(const char *format, double x)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    return g_strdup(g_ascii_formatd(text, sizeof text, format, x));
}

char *text_number(double x, int digits)
{
    if (isnan(x))
        return g_strdup("-");
    if (isinf(x))
        return g_strdup(x > 0 ? "inf" : "-inf");
    // What rounding makes of it decides how many digits stand before the point.
    g_autofree char *scientific_format = g_strdup_printf("%%.%de", digits - 1);
    g_autofree char *scientific = format_double(scientific_format, x);
    int exponent = x == 0 ? 0 : atoi(strchr(scientific, 'e') + 1);
    if (exponent < -5 || exponent >= 9)
        return g_steal_pointer(&scientific);
    g_autofree char *fixed_format = g_strdup_printf("%%.%df", MAX(digits - 1 - exponent, 0));
    return format_double(fixed_format, x);
}

char *text_number_exact(double x)
{
    for (int digits = 15; digits < 17; digits++) {
        g_autofree char *format = g_strdup_printf("%%.%dg", digits);
        g_autofree char *text = format_double(format, x);
        if (g_ascii_strtod(text, NULL) == x)
            return g_steal_pointer(&text);
    }
    return format_double("%.17g", x);
}

char *text_seconds(double seconds)
{
    if (!(seconds < 1e12))
        return g_strdup("-");
    if (seconds < 0.9995)
        return format_double("%.0fms", seconds * 1e3);
    if (seconds < 9.95)
        return format_double("%.1fs", seconds);
    int64_t whole = (int64_t)(seconds + 0.5);
    int s = (int)(whole % 60), m = (int)(whole / 60 % 60), h = (int)(whole / 3600 % 24);
    if (whole < 60)
        return g_strdup_printf("%ds", s);
    if (whole < 3600)
        return g_strdup_printf("%dm%02ds", m, s);
    if (whole < 86400)
        return g_strdup_printf("%dh%02dm", h, m);
    return g_strdup_printf("%" PRId64 "d%02dh", whole / 86400, h);
}

char *text_bytes(int64_t bytes)
{
    static const char units[] = "BKMGTPE";
    double value = (double)bytes;
    int unit = 0;
    for (; fabs(value) >= 1023.95 && units[unit + 1]; unit++)
        value /= 1024;
    g_autofree char *number = format_double(unit ? "%.1f" : "%.0f", value);
    return g_strdup_printf("%s%c", number, units[unit]);
}

char *text_time(int64_t unix_s)
{
    g_autoptr(GDateTime) time = unix_s ? g_date_time_new_from_unix_utc(unix_s) : NULL;
    return time ? g_date_time_format(time, "%Y-%m-%d %H:%M UTC") : g_strdup("-");
}
