// Numbers in foreign text, whatever the locale.
#include "benchmarks/number.h"

#include <math.h>
#include <string.h>

enum { NUMBER_LENGTH_MAX = 400 }; // a double never needs more than about 340 characters

static size_t digits_skip(const char *text, size_t length, size_t at)
{
    while (at < length && g_ascii_isdigit(text[at]))
        at++;
    return at;
}

static bool is_decimal(const char *text, size_t length)
{
    size_t at = length > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    size_t whole = digits_skip(text, length, at) - at;
    at += whole;
    size_t fraction = 0;
    if (at < length && text[at] == '.') {
        fraction = digits_skip(text, length, at + 1) - at - 1;
        at += fraction + 1;
    }
    if (whole + fraction == 0)
        return false;
    if (at < length && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        if (at < length && (text[at] == '-' || text[at] == '+'))
            at++;
        size_t end = digits_skip(text, length, at);
        if (end == at)
            return false;
        at = end;
    }
    return at == length;
}

bool number_parse(const char *text, size_t length, double *ret_value)
{
    if (length > NUMBER_LENGTH_MAX || !is_decimal(text, length))
        return false;
    char copy[NUMBER_LENGTH_MAX + 1];
    memcpy(copy, text, length);
    copy[length] = '\0';
    double value = g_ascii_strtod(copy, NULL);
    if (!isfinite(value))
        return false;
    *ret_value = value;
    return true;
}

bool number_is_not_finite(const char *text, size_t length)
{
    static const char *const WORDS[] = {"nan", "inf", "infinity"};
    size_t sign = length > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    for (size_t i = 0; i < G_N_ELEMENTS(WORDS); i++)
        if (length - sign == strlen(WORDS[i]) &&
            g_ascii_strncasecmp(text + sign, WORDS[i], length - sign) == 0)
            return true;
    return false;
}

char *number_format(double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    const char *const formats[] = {"%.15g", "%.16g", "%.17g"};
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_ascii_formatd(text, sizeof text, formats[i], value);
        if (g_ascii_strtod(text, NULL) == value)
            break;
    }
    return g_strdup(text);
}
