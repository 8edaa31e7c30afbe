// Cutting lines and reading numbers as shell, awk and Perl do.
#include "benchmarks/formats/mmtests/span.h"

#include <math.h>
#include <string.h>

// Integers below it are printed as such; awk does so for larger ones too, which no log has.
static const double AWK_INT_MAX = 1e18;

static const double TENS[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                              1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

Span span_of(const char *text)
{
    return (Span){text, strlen(text)};
}

static Span span_from(Span span, size_t skip)
{
    return (Span){span.start + skip, span.length - skip};
}

Span span_trim(Span span)
{
    while (span.length > 0 && is_blank(span.start[0]))
        span = span_from(span, 1);
    while (span.length > 0 && is_blank(span.start[span.length - 1]))
        span.length--;
    return span;
}

bool span_equal(Span span, const char *text)
{
    return span.length == strlen(text) && memcmp(span.start, text, span.length) == 0;
}

bool span_begins(Span span, const char *text)
{
    size_t length = strlen(text);
    return span.length >= length && memcmp(span.start, text, length) == 0;
}

gssize span_find(Span span, const char *text)
{
    if (span.length == 0)
        return -1;
    const char *at = memmem(span.start, span.length, text, strlen(text));
    return at ? at - span.start : -1;
}

bool span_has(Span span, const char *text)
{
    return span_find(span, text) >= 0;
}

bool span_line(Span *rest, Span *ret_line)
{
    if (rest->length == 0)
        return false;
    const char *end = memchr(rest->start, '\n', rest->length);
    size_t length = end ? (size_t)(end - rest->start) : rest->length;
    *ret_line = (Span){rest->start, length};
    *rest = span_from(*rest, MIN(length + 1, rest->length));
    return true;
}

bool span_word(Span *rest, Span *ret_word)
{
    while (rest->length > 0 && is_blank(rest->start[0]))
        *rest = span_from(*rest, 1);
    if (rest->length == 0)
        return false;
    size_t length = 0;
    while (length < rest->length && !is_blank(rest->start[length]))
        length++;
    *ret_word = (Span){rest->start, length};
    *rest = span_from(*rest, length);
    return true;
}

Span span_awk(Span line, size_t n)
{
    Span word = {line.start, 0};
    for (size_t i = 0; i < n; i++)
        if (!span_word(&line, &word))
            return (Span){line.start, 0};
    return word;
}

size_t span_awk_count(Span line)
{
    size_t count = 0;
    Span word;
    while (span_word(&line, &word))
        count++;
    return count;
}

Span span_cut(Span line, char delimiter, size_t n)
{
    if (line.length == 0 || !memchr(line.start, delimiter, line.length))
        return line;
    for (size_t i = 1;; i++) {
        const char *end = line.length ? memchr(line.start, delimiter, line.length) : NULL;
        size_t length = end ? (size_t)(end - line.start) : line.length;
        if (i == n)
            return (Span){line.start, length};
        if (!end)
            return (Span){line.start, 0};
        line = span_from(line, length + 1);
    }
}

Span span_split(Span line, size_t n)
{
    bool empty_first = line.length > 0 && is_blank(line.start[0]) && span_trim(line).length > 0;
    if (empty_first && n == 0)
        return (Span){line.start, 0};
    return span_awk(line, empty_first ? n : n + 1);
}

size_t span_split_count(Span line)
{
    size_t words = span_awk_count(line);
    return words + (words > 0 && is_blank(line.start[0]));
}

static size_t digits(Span span, size_t at)
{
    while (at < span.length && g_ascii_isdigit(span.start[at]))
        at++;
    return at;
}

// The length of the decimal number at the start of span, 0 if there is none.
static size_t decimal_length(Span span)
{
    size_t at = span.length > 0 && (span.start[0] == '-' || span.start[0] == '+') ? 1 : 0;
    size_t whole = digits(span, at);
    size_t end = whole;
    if (end < span.length && span.start[end] == '.')
        end = digits(span, end + 1);
    if (end == at || (whole == at && end == whole + 1))
        return 0;
    if (end < span.length && (span.start[end] == 'e' || span.start[end] == 'E')) {
        size_t sign = end + 1;
        if (sign < span.length && (span.start[sign] == '-' || span.start[sign] == '+'))
            sign++;
        if (digits(span, sign) > sign)
            end = digits(span, sign);
    }
    return end;
}

// Infinities and NaN in words, as Perl takes them.
static size_t word_number(Span span, double *ret_value)
{
    size_t sign = span.length > 0 && (span.start[0] == '-' || span.start[0] == '+') ? 1 : 0;
    bool negative = sign == 1 && span.start[0] == '-';
    Span rest = span_from(span, sign);
    size_t length = 0;
    double value = 0;
    if (rest.length >= 8 && g_ascii_strncasecmp(rest.start, "infinity", 8) == 0) {
        length = 8;
        value = INFINITY;
    } else if (rest.length >= 3 && g_ascii_strncasecmp(rest.start, "inf", 3) == 0) {
        length = 3;
        value = INFINITY;
    } else if (rest.length >= 3 && g_ascii_strncasecmp(rest.start, "nan", 3) == 0) {
        length = 3;
        value = NAN;
    } else {
        return 0;
    }
    *ret_value = negative ? -value : value;
    return sign + length;
}

// Up to 15 digits and 15 decimals: one exact division gives the nearest double, as strtod would.
static bool short_decimal(Span span, double *ret_value)
{
    bool negative = span.start[0] == '-';
    size_t at = negative || span.start[0] == '+';
    guint64 whole = 0;
    size_t count = 0;
    size_t decimals = 0;
    bool point = false;
    for (; at < span.length; at++) {
        if (span.start[at] == '.') {
            point = true;
            continue;
        }
        if (!g_ascii_isdigit(span.start[at]) || ++count > 15)
            return false;
        whole = whole * 10 + (guint64)(span.start[at] - '0');
        decimals += point;
    }
    double value = (double)whole / TENS[decimals];
    *ret_value = negative ? -value : value;
    return true;
}

static double decimal_value(Span span)
{
    double value;
    if (short_decimal(span, &value))
        return value;
    char buffer[64];
    if (span.length < sizeof buffer) {
        memcpy(buffer, span.start, span.length);
        buffer[span.length] = '\0';
        return g_ascii_strtod(buffer, NULL);
    }
    g_autofree char *text = g_strndup(span.start, span.length);
    return g_ascii_strtod(text, NULL);
}

// Reads the number at the start; returns the characters it took.
static size_t number_at_start(Span span, double *ret_value)
{
    size_t length = decimal_length(span);
    if (length == 0)
        return word_number(span, ret_value);
    *ret_value = decimal_value((Span){span.start, length});
    return length;
}

double span_number(Span span)
{
    double value = 0;
    Span trimmed = span_trim(span);
    return number_at_start(trimmed, &value) > 0 ? value : 0;
}

bool span_is_number(Span span, double *ret_value)
{
    Span trimmed = span_trim(span);
    double value;
    size_t length = number_at_start(trimmed, &value);
    if (length == 0 || length != trimmed.length)
        return false;
    *ret_value = value;
    return true;
}

const char *number_awk(double value, char *buffer)
{
    if (fabs(value) <= AWK_INT_MAX && value == trunc(value))
        g_ascii_formatd(buffer, 32, "%.0f", value);
    else
        g_ascii_formatd(buffer, 32, "%.6g", value);
    return buffer;
}

const char *number_perl(double value, char *buffer)
{
    return g_ascii_formatd(buffer, 32, "%.15g", value);
}
