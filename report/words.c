// Symbols, words and numbers of the reports.
#include "report/words.h"

#include <glib.h>
#include <math.h>

static const struct {
    const char *symbol;
    const char *meaning;
} STATES[STATE_COUNT] = {
    [STATE_NONE] = {"", ""},
    [STATE_REGRESSED] = {"▼", "worse, and by more than the margin"},
    [STATE_IMPROVED] = {"▲", "better, and by more than the margin"},
    [STATE_MIXED] = {"◆", "some metrics regressed and others improved"},
    [STATE_SMALL_LOSS] = {"▽", "worse, but within the margin"},
    [STATE_SMALL_GAIN] = {"△", "better, but within the margin"},
    [STATE_SAME] = {"=", "shown to be within the margin"},
    [STATE_UNDECIDED] = {"?", "neither a change nor equality could be shown with these boots"},
    [STATE_UNCONFIRMED] = {"!", "only one boot on a side"},
    [STATE_NO_DATA] = {"∅", "never run"},
    [STATE_NOT_COMPARABLE] = {"≠", "the machine or the measuring changed in between"},
    [STATE_FAILED] = {"✗", "the build or the trials failed"},
    [STATE_PENDING] = {"…", "boots are still to come; a number is provisional"},
};

const char *state_symbol(State state)
{
    return STATES[state].symbol;
}

const char *state_word(State state)
{
    return state == STATE_NONE ? "" : state_format(state);
}

const char *state_meaning(State state)
{
    return STATES[state].meaning;
}

static char *fixed(double value, int decimals)
{
    char format[16], text[64];
    g_snprintf(format, sizeof format, "%%.%df", decimals);
    return g_strdup(g_ascii_formatd(text, sizeof text, format, value));
}

char *ratio_format(double ratio)
{
    if (!isfinite(ratio))
        return g_strdup("–");
    if (ratio >= 1e5 || ratio < 1e-3)
        return value_format(ratio);
    return fixed(ratio, ratio < 9.9995 ? 3 : ratio < 99.95 ? 2 : 1);
}

char *percent_format(double ratio)
{
    if (!isfinite(ratio))
        return g_strdup("–");
    double percent = (ratio - 1) * 100;
    g_autofree char *digits = fixed(fabs(percent), fabs(percent) < 9.95 ? 1 : 0);
    bool is_zero = g_ascii_strtod(digits, NULL) == 0;
    return g_strconcat(is_zero ? "±" : percent < 0 ? "−" : "+", digits, " %", NULL);
}

char *interval_format(double low, double high)
{
    if (!isfinite(low) || !isfinite(high))
        return g_strdup("–");
    g_autofree char *from = ratio_format(low);
    g_autofree char *to = ratio_format(high);
    return g_strconcat(from, " to ", to, NULL);
}

char *probability_format(double p)
{
    if (!isfinite(p))
        return g_strdup("–");
    return p < .001 ? g_strdup("< 0.001") : fixed(p, 3);
}

char *value_format(double value)
{
    static const struct {
        double factor;
        const char *prefix;
    } LARGE[] = {{1e12, "T"}, {1e9, "G"}, {1e6, "M"}};
    double size = fabs(value);
    char text[64];
    if (!isfinite(value))
        return g_strdup("–");
    if (value == 0)
        return g_strdup("0");
    if (size >= 1e15 || size < 1e-4)
        return g_strdup(g_ascii_formatd(text, sizeof text, "%.4g", value));
    for (size_t i = 0; i < G_N_ELEMENTS(LARGE); i++) {
        if (size < LARGE[i].factor)
            continue;
        g_autofree char *digits = value_format(value / LARGE[i].factor);
        return g_strconcat(digits, LARGE[i].prefix, NULL);
    }
    int digits = (int)floor(log10(size)) + 1;
    return fixed(value, CLAMP(4 - digits, 0, 8));
}

const char *mode_caveat(const char *mode)
{
    return g_strcmp0(mode, "icount") == 0 ? "instructions, not time" : NULL;
}

const char *mode_explanation(const char *mode)
{
    return mode_caveat(mode) == NULL
               ? NULL
               : "instructions, not time: caches, memory, locks and disks are not seen";
}

char *count_format(int n, const char *noun)
{
    return g_strdup_printf("%d %s%s", n, noun, n == 1 ? "" : "s");
}
