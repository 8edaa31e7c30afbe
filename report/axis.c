// Round steps and engineering prefixes of an axis.
#include "report/axis.h"

#include <glib.h>
#include <math.h>
#include <string.h>

static const struct {
    double factor;
    const char *prefix;
} PREFIXES[] = {{1e12, "T"}, {1e9, "G"},  {1e6, "M"},  {1e3, "k"},
                {1, ""},     {1e-3, "m"}, {1e-6, "µ"}, {1e-9, "n"}};

static double round_step(double rough)
{
    double power = pow(10, floor(log10(rough)));
    double digit = rough / power;
    return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

static void choose_prefix(Axis *axis)
{
    double largest = fmax(fabs(axis->low), fabs(axis->high));
    axis->factor = 1;
    axis->prefix = "";
    if (largest >= 0.1 && largest < 1e4)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(PREFIXES); i++) {
        if (largest >= PREFIXES[i].factor || i + 1 == G_N_ELEMENTS(PREFIXES)) {
            axis->factor = PREFIXES[i].factor;
            axis->prefix = PREFIXES[i].prefix;
            return;
        }
    }
}

Axis axis_make(double low, double high, int n_steps)
{
    if (!(high > low)) {
        double room = low == 0 ? 1 : fabs(low) * .01;
        low -= room;
        high += room;
    }
    Axis axis = {.step = round_step((high - low) / n_steps)};
    axis.low = floor(low / axis.step + 1e-9) * axis.step;
    axis.high = ceil(high / axis.step - 1e-9) * axis.step;
    choose_prefix(&axis);
    double shown = axis.step / axis.factor;
    axis.decimals = (int)CLAMP(ceil(-log10(shown) - 1e-9), 0, 9);
    return axis;
}

char *axis_label(const Axis *axis, double value)
{
    char format[16];
    g_snprintf(format, sizeof format, "%%.%df", axis->decimals);
    char *text = g_malloc(64);
    double shown = value / axis->factor;
    if (fabs(shown) < axis->step / axis->factor / 1000)
        shown = 0;
    return g_ascii_formatd(text, 64, format, shown);
}

char *axis_unit(const Axis *axis, const char *unit)
{
    static const char *const PLAIN[] = {
        "ops/s",       "ops",     "s",         "B/s",   "B", "req/s",        "pages/s",
        "switches/s",  "calls/s", "Hz",        "J",     "W", "operations/s", "faults/s",
        "processes/s", "files/s", "packets/s", "bit/s", NULL};
    if (axis->factor == 1)
        return g_strdup(unit);
    if (g_strv_contains(PLAIN, unit))
        return g_strconcat(axis->prefix, unit, NULL);
    const char *word = axis->factor == 1e3   ? "thousand"
                       : axis->factor == 1e6 ? "million"
                       : axis->factor == 1e9 ? "billion"
                                             : NULL;
    if (word != NULL)
        return g_strconcat(word, " ", unit, NULL);
    char text[32];
    g_ascii_formatd(text, sizeof text, "%g", axis->factor);
    return g_strdup_printf("×%s %s", text, unit);
}
