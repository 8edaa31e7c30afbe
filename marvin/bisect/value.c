// The one number in what a benchmark command printed.
#include "marvin/bisect/value.h"

#include <string.h>

#include "benchmarks/number.h"
#include "common/error.h"
#include "common/text.h"

#define SHOWN_BYTES_MAX 80 // of a foreign line in a message

// What changes by itself when a program chooses a scale for its output.
static const char *const KNOWN_UNITS[] = {"ns",          "us",
                                          "\xc2\xb5s",   "\xce\xbcs",
                                          "usec",        "ms",
                                          "msec",        "s",
                                          "sec",         "secs",
                                          "second",      "seconds",
                                          "m",           "min",
                                          "mins",        "minutes",
                                          "h",           "%",
                                          "B",           "kB",
                                          "KB",          "MB",
                                          "GB",          "TB",
                                          "KiB",         "MiB",
                                          "GiB",         "K",
                                          "M",           "G",
                                          "kbit",        "Mbit",
                                          "Gbit",        "ops",
                                          "kops",        "Kops",
                                          "Mops",        "req",
                                          "op",          "cycles",
                                          "Hz",          "kHz",
                                          "MHz",         "GHz",
                                          "Kbps",        "Mbps",
                                          "Gbps",        "bytes",
                                          "bits",        "IOPS",
                                          "FPS",         "fps",
                                          "ticks",       "microseconds",
                                          "nanoseconds", "milliseconds",
                                          "instructions"};

bool value_pattern_parse(const char *text, GRegex **ret_pattern, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autoptr(GRegex) pattern =
        g_regex_new(text, G_REGEX_RAW | G_REGEX_MULTILINE | G_REGEX_NEWLINE_ANYCRLF, 0, &cause);
    if (!pattern)
        return error_set(error, ERROR_USAGE, "--metric-from: %s.", cause->message);
    if (g_regex_get_capture_count(pattern) < 1)
        return error_set(error, ERROR_USAGE,
                         "--metric-from '%s': has no group; put the number into ( ), as in "
                         "'time: ([0-9.]+)'.",
                         text);
    *ret_pattern = g_steal_pointer(&pattern);
    return true;
}

static char *shown(const char *text)
{
    g_autofree char *part = g_strndup(text, SHOWN_BYTES_MAX);
    return text_escape_terminal(g_strstrip(part));
}

// Letters, %, micro and slashes: "ms", "MB/s", "us/op".
static gsize unit_length(const char *text)
{
    gsize n = 0;
    while (g_ascii_isalpha(text[n]) || (text[n] && strchr("%/", text[n])) || (text[n] & 0x80))
        n++;
    return n;
}

static gsize number_length(const char *text)
{
    gsize n = strspn(text, "+-.0123456789");
    if (n > 0 && g_ascii_isdigit(text[n - 1]) && (text[n] == 'e' || text[n] == 'E')) {
        gsize sign = strchr("+-", text[n + 1]) && text[n + 1] ? 1 : 0;
        gsize digits = strspn(text + n + 1 + sign, "0123456789");
        n += digits ? 1 + sign + digits : 0;
    }
    return n;
}

static void unit_set(Value *value, const char *text)
{
    gsize n = MIN(unit_length(text), UNIT_BYTES_MAX - 1);
    memcpy(value->unit, text, n);
    value->unit[n] = 0;
}

// NaN and infinity as printf and scripts write them, a unit behind them or not.
static bool is_not_finite(const char *text)
{
    static const char *const WORDS[] = {"nan", "inf", "infinity"};
    const char *word = text + strspn(text, "+-");
    gsize n = 0;
    while (g_ascii_isalpha(word[n]))
        n++;
    for (gsize i = 0; i < G_N_ELEMENTS(WORDS); i++) {
        if (strlen(WORDS[i]) == n && g_ascii_strncasecmp(word, WORDS[i], n) == 0)
            return true;
    }
    return false;
}

// A number and its unit; what stands behind both goes to *ret_rest.
static bool value_parse(const char *text, Value *ret_value, const char **ret_rest)
{
    gsize n = number_length(text);
    Value value = {0};
    if (!number_parse(text, n, &value.number))
        return false;
    const char *rest = text + n;
    gsize letters = unit_length(rest);
    if (letters > 0 && g_ascii_isdigit(rest[letters])) // 0x1F, 3f2a9: no unit, and no such number
        return false;
    rest += strspn(rest, " \t");
    unit_set(&value, rest);
    *ret_value = value;
    *ret_rest = rest + unit_length(rest);
    return true;
}

// The group's text, and what follows it on its line.
static bool group_read(const char *group, const char *behind, Value *ret_value, GError **error)
{
    g_autofree char *text = g_strstrip(g_strdup(group));
    g_autofree char *safe = shown(text);
    if (is_not_finite(text))
        return error_set(error, ERROR_INPUT, "it printed '%s', and a finite number is wanted",
                         safe);
    const char *rest = NULL;
    Value value;
    if (!value_parse(text, &value, &rest) || *rest)
        return error_set(error, ERROR_INPUT, "'%s' is no number", safe);
    if (!*value.unit)
        unit_set(&value, behind + strspn(behind, " \t"));
    *ret_value = value;
    return true;
}

// Adds the matches of one stream; those behind the second are only counted.
static bool stream_read(const GRegex *pattern, const char *text, gsize size, int *n_matches,
                        char *groups[2], const char *behind[2], GError **error)
{
    g_autoptr(GMatchInfo) match = NULL;
    g_autoptr(GError) cause = NULL;
    g_regex_match_full(pattern, text, (gssize)size, 0, 0, &match, &cause);
    while (!cause && g_match_info_matches(match)) {
        int start = 0, end = 0;
        if (*n_matches < 2 && g_match_info_fetch_pos(match, 1, &start, &end) && start >= 0) {
            groups[*n_matches] = g_strndup(text + start, end - start);
            behind[*n_matches] = text + end;
        }
        ++*n_matches;
        g_match_info_next(match, &cause);
    }
    return !cause ||
           error_set(error, ERROR_INPUT, "the pattern cannot be matched: %s", cause->message);
}

static const char *last_line(const ProcResult *output, char **ret_line)
{
    gsize n = output->out ? output->out_size : 0;
    g_autofree char *text = g_malloc(n + 1);
    for (gsize i = 0; i < n; i++)
        text[i] = output->out[i] != '\0' ? output->out[i] : ' ';
    text[n] = '\0';
    g_strchomp(text);
    const char *start = strrchr(text, '\n');
    *ret_line = g_strdup(start ? start + 1 : text);
    return *ret_line;
}

static bool pattern_read(const GRegex *pattern, const ProcResult *output, Value *ret_value,
                         GError **error)
{
    int n = 0;
    char *groups[2] = {NULL, NULL};
    const char *behind[2] = {NULL, NULL};
    bool ok = stream_read(pattern, output->out ? output->out : "", output->out_size, &n, groups,
                          behind, error) &&
              stream_read(pattern, output->err ? output->err : "", output->err_size, &n, groups,
                          behind, error);
    g_autofree char *first = groups[0], *second = groups[1];
    if (!ok)
        return false;
    if (n == 0 || (n == 1 && !first)) {
        g_autofree char *line = NULL;
        g_autofree char *safe = shown(last_line(output, &line));
        return error_set(error, ERROR_INPUT,
                         "it printed no number that '%s' matches (last line: '%s')",
                         g_regex_get_pattern(pattern), safe);
    }
    if (n > 1) {
        g_autofree char *a = shown(first ? first : ""), *b = shown(second ? second : "");
        return error_set(error, ERROR_INPUT,
                         "'%s' matches %d times (%s, %s%s), and exactly one number is wanted",
                         g_regex_get_pattern(pattern), n, a, b, n > 2 ? " .." : "");
    }
    return group_read(first, behind[0], ret_value, error);
}

// The words of the last line that begin with a number.
static bool line_read(const char *line, Value *ret_value, GError **error)
{
    int n = 0;
    Value value = {0}, found = {0};
    for (const char *c = line; *c;) {
        const char *rest = c + 1;
        bool is_start = c == line || strchr(" \t:=(,", c[-1]);
        if (is_start && is_not_finite(c)) {
            g_autofree char *safe = shown(line);
            return error_set(error, ERROR_INPUT, "it printed '%s', and a finite number is wanted",
                             safe);
        }
        if (is_start && value_parse(c, &value, &rest) && n++ == 0)
            found = value;
        c = rest;
    }
    g_autofree char *safe = shown(line);
    if (n == 1) {
        *ret_value = found;
        return true;
    }
    if (n > 1)
        return error_set(error, ERROR_INPUT,
                         "its last line '%s' has %d numbers; say which with --metric-from", safe,
                         n);
    return error_set(error, ERROR_INPUT,
                     "its last line '%s' has no finite decimal number; print one, or say where it is with "
                     "--metric-from",
                     safe);
}

bool value_read(const GRegex *pattern, const ProcResult *output, Value *ret_value, GError **error)
{
    if (pattern)
        return pattern_read(pattern, output, ret_value, error);
    g_autofree char *line = NULL;
    return line_read(last_line(output, &line), ret_value, error);
}

static bool is_known(const char *unit)
{
    g_autofree char *bare = g_strndup(unit, strcspn(unit, "/"));
    for (gsize i = 0; i < G_N_ELEMENTS(KNOWN_UNITS); i++) {
        if (strcmp(bare, KNOWN_UNITS[i]) == 0)
            return true;
    }
    return false;
}

bool value_same_unit(const Value *a, const Value *b)
{
    return strcmp(a->unit, b->unit) == 0 || (!is_known(a->unit) && !is_known(b->unit));
}
