// MMTests' statistics, summed in its order so that the last digit is the same.
#include "report/mmtests_stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// The 97.5 % point of the normal distribution.
static const double NORMAL_975 = 1.959963984540054;
// Significant digits that R prints.
enum { R_DIGITS = 7 };

static const MmtestsStat MULTI[] = {{MMTESTS_STAT_MIN, 0},    {MMTESTS_STAT_MEAN, 0},
                                    {MMTESTS_STAT_STDDEV, 0}, {MMTESTS_STAT_COEFFVAR, 0},
                                    {MMTESTS_STAT_MAX, 0},    {MMTESTS_STAT_BEST_MEAN, 95}};
static const MmtestsStat NORMALISED[] = {
    {MMTESTS_STAT_MIN, 0},         {MMTESTS_STAT_MEAN, 0},   {MMTESTS_STAT_BEST_MEAN, 95},
    {MMTESTS_STAT_PERCENTILE, 95}, {MMTESTS_STAT_STDDEV, 0}, {MMTESTS_STAT_COEFFVAR, 0},
    {MMTESTS_STAT_MAX, 0}};
static const MmtestsStat LEFT_SKEW[] = {
    {MMTESTS_STAT_MIN, 0},         {MMTESTS_STAT_MEAN, 0},        {MMTESTS_STAT_BEST_MEAN, 50},
    {MMTESTS_STAT_PERCENTILE, 50}, {MMTESTS_STAT_BEST_MEAN, 75},  {MMTESTS_STAT_PERCENTILE, 75},
    {MMTESTS_STAT_BEST_MEAN, 90},  {MMTESTS_STAT_PERCENTILE, 90}, {MMTESTS_STAT_BEST_MEAN, 99},
    {MMTESTS_STAT_PERCENTILE, 99}, {MMTESTS_STAT_STDDEV, 0},      {MMTESTS_STAT_COEFFVAR, 0},
    {MMTESTS_STAT_MAX, 0}};
static const MmtestsStat SUBSELECTION[] = {{MMTESTS_STAT_MIN, 0},
                                           {MMTESTS_STAT_MEAN, 0},
                                           {MMTESTS_STAT_BEST_MEAN, 95},
                                           {MMTESTS_STAT_STDDEV, 0},
                                           {MMTESTS_STAT_COEFFVAR, 0},
                                           {MMTESTS_STAT_MAX, 0},
                                           {MMTESTS_STAT_SUBSELECTED_MEAN, 0},
                                           {MMTESTS_STAT_SUBSELECTED_HALF, 0}};
static const MmtestsStat SINGLE[] = {{MMTESTS_STAT_VALUE, 0}};

const MmtestsStat *mmtests_stats_of(MmtestsSummary summary, size_t *ret_count)
{
    switch (summary) {
    case MMTESTS_NORMALISED:
        *ret_count = G_N_ELEMENTS(NORMALISED);
        return NORMALISED;
    case MMTESTS_LEFT_SKEW:
        *ret_count = G_N_ELEMENTS(LEFT_SKEW);
        return LEFT_SKEW;
    case MMTESTS_SINGLE:
        *ret_count = G_N_ELEMENTS(SINGLE);
        return SINGLE;
    case MMTESTS_SUBSELECTION:
        *ret_count = G_N_ELEMENTS(SUBSELECTION);
        return SUBSELECTION;
    case MMTESTS_MULTI:
        break;
    }
    *ret_count = G_N_ELEMENTS(MULTI);
    return MULTI;
}

int mmtests_stats_compared(MmtestsSummary summary)
{
    size_t count;
    const MmtestsStat *stats = mmtests_stats_of(summary, &count);
    MmtestsStatKind compared =
        summary == MMTESTS_SUBSELECTION ? MMTESTS_STAT_SUBSELECTED_MEAN : MMTESTS_STAT_MEAN;
    for (size_t i = 0; i < count; i++)
        if (stats[i].kind == compared)
            return (int)i;
    return -1;
}

char *mmtests_stat_name(MmtestsStat stat, bool higher)
{
    switch (stat.kind) {
    case MMTESTS_STAT_MIN:
        return g_strdup("Min");
    case MMTESTS_STAT_MAX:
        return g_strdup("Max");
    case MMTESTS_STAT_MEAN:
        return g_strdup(higher ? "Hmean" : "Amean");
    case MMTESTS_STAT_STDDEV:
        return g_strdup(higher ? "HStddev" : "Stddev");
    case MMTESTS_STAT_COEFFVAR:
        return g_strdup(higher ? "HCoeffVar" : "CoeffVar");
    case MMTESTS_STAT_BEST_MEAN:
        return g_strdup_printf(higher ? "BHmean.%u" : "BAmean.%u", stat.percent);
    case MMTESTS_STAT_PERCENTILE:
        return g_strdup_printf("Pctile.%u", stat.percent);
    case MMTESTS_STAT_SUBSELECTED_MEAN:
        return g_strdup(higher ? "SubHmean" : "SubAmean");
    case MMTESTS_STAT_SUBSELECTED_HALF:
        return g_strdup(higher ? "SubHmeanCI" : "SubAmeanCI");
    case MMTESTS_STAT_VALUE:
        break;
    }
    return g_strdup("Ops");
}

static int ascending(gconstpointer a, gconstpointer b, gpointer data G_GNUC_UNUSED)
{
    double one = *(const double *)a;
    double other = *(const double *)b;
    return (one > other) - (one < other);
}

static int descending(gconstpointer a, gconstpointer b, gpointer data G_GNUC_UNUSED)
{
    return ascending(b, a, NULL);
}

MmtestsSorted *mmtests_sorted_new(const double *values, size_t n, bool higher)
{
    MmtestsSorted *sorted = g_new0(MmtestsSorted, 1);
    sorted->values = g_memdup2(values, n * sizeof *values);
    sorted->n = n;
    sorted->higher = higher;
    if (n > 0)
        g_qsort_with_data(sorted->values, (gint)n, sizeof *values, higher ? descending : ascending,
                          NULL);
    return sorted;
}

void mmtests_sorted_free(MmtestsSorted *sorted)
{
    if (!sorted)
        return;
    g_free(sorted->values);
    g_free(sorted);
}

static double arithmetic_mean(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return n > 0 ? sum / (double)n : NAN;
}

// false: a division by zero. A value that is not positive makes the mean NaN.
static bool harmonic_mean(const double *values, size_t n, double *ret_mean)
{
    double sum = 0;
    double count = (double)n;
    for (size_t i = 0; i < n; i++) {
        if (!(values[i] > 0)) {
            count = NAN;
            break;
        }
        sum += 1 / values[i];
    }
    if (n > 0 && sum == 0)
        return false;
    *ret_mean = n > 0 ? count / sum : NAN;
    return true;
}

static bool mean_of_best(const MmtestsSorted *sorted, size_t n, double *ret_mean)
{
    if (sorted->higher)
        return harmonic_mean(sorted->values, n, ret_mean);
    *ret_mean = arithmetic_mean(sorted->values, n);
    return true;
}

// MMTests raises to powers with pow(), and so must we for the same last digit.
static double standard_deviation(const MmtestsSorted *sorted, double mean)
{
    if (isnan(mean) || sorted->n <= 1)
        return NAN;
    double n = (double)sorted->n;
    double squares = 0;
    for (size_t i = 0; i < sorted->n; i++) {
        double difference =
            sorted->higher ? 1 / sorted->values[i] - 1 / mean : sorted->values[i] - mean;
        squares += pow(difference, 2);
    }
    return sorted->higher ? sqrt(squares * pow(mean, 4) / n) : sqrt(squares / (n - 1));
}

static size_t best_count(const MmtestsSorted *sorted, guint percent)
{
    return MAX(sorted->n * percent / 100, 1);
}

static double coefficient_of_variation(double deviation, double mean)
{
    if (isnan(mean) || mean == 0)
        return 0;
    return (isnan(deviation) ? 0 : deviation) * 100 / mean;
}

bool mmtests_stat(const MmtestsSorted *sorted, MmtestsStat stat, double *ret_value)
{
    size_t n = sorted->n;
    double mean = NAN;
    switch (stat.kind) {
    case MMTESTS_STAT_MIN:
    case MMTESTS_STAT_MAX:
    case MMTESTS_STAT_VALUE: {
        bool last = stat.kind == (sorted->higher ? MMTESTS_STAT_MIN : MMTESTS_STAT_MAX);
        *ret_value = n > 0 ? sorted->values[last ? n - 1 : 0] : NAN;
        return true;
    }
    case MMTESTS_STAT_PERCENTILE:
        *ret_value = n > 0 ? sorted->values[best_count(sorted, stat.percent) - 1] : NAN;
        return true;
    case MMTESTS_STAT_BEST_MEAN:
        return mean_of_best(sorted, n > 0 ? best_count(sorted, stat.percent) : 0, ret_value);
    case MMTESTS_STAT_SUBSELECTED_MEAN:
    case MMTESTS_STAT_SUBSELECTED_HALF:
        *ret_value = NAN;
        return true;
    case MMTESTS_STAT_MEAN:
    case MMTESTS_STAT_STDDEV:
    case MMTESTS_STAT_COEFFVAR:
        break;
    }
    if (!mean_of_best(sorted, n, &mean))
        return false;
    *ret_value = mean;
    if (stat.kind == MMTESTS_STAT_STDDEV)
        *ret_value = standard_deviation(sorted, mean);
    if (stat.kind == MMTESTS_STAT_COEFFVAR)
        *ret_value = coefficient_of_variation(standard_deviation(sorted, mean), mean);
    return true;
}

double mmtests_r_digits(double x)
{
    if (!isfinite(x) || x == 0)
        return x;
    char text[64];
    g_ascii_formatd(text, sizeof text, "%.6e", x);
    int exponent = atoi(strchr(text, 'e') + 1);
    const char *mantissa = strchr(text, '.') - 1; // behind a sign
    int digits = R_DIGITS;
    while (digits > 1 && mantissa[digits] == '0')
        digits--;
    // R prints the narrower of both notations, and a fixed one has all digits before the point.
    int decimals = MAX(digits - exponent - 1, 0);
    int fixed = MAX(exponent + 1, 1) + (decimals > 0 ? decimals + 1 : 0);
    int scientific = 1 + (digits > 1 ? digits : 0) + (abs(exponent) >= 100 ? 5 : 4);
    bool as_fixed = fixed <= scientific;
    char format[16];
    g_snprintf(format, sizeof format, "%%.%d%c", as_fixed ? decimals : digits - 1,
               as_fixed ? 'f' : 'e');
    g_ascii_formatd(text, sizeof text, format, x);
    return g_ascii_strtod(text, NULL);
}

bool mmtests_interval(const MmtestsSorted *sorted, double *ret_low, double *ret_high)
{
    double mean;
    double deviation;
    if (!mmtests_stat(sorted, (MmtestsStat){MMTESTS_STAT_MEAN, 0}, &mean))
        return false;
    deviation = standard_deviation(sorted, mean);
    // R gets the deviation with Perl's 15 digits.
    char text[64];
    double half = NAN;
    if (!isnan(deviation))
        half = mmtests_r_digits(
            NORMAL_975 *
            g_ascii_strtod(g_ascii_formatd(text, sizeof text, "%.15g", deviation), NULL));
    *ret_low = mean - half;
    *ret_high = mean + half;
    return true;
}

bool mmtests_stat_is_subselected(MmtestsStat stat)
{
    return stat.kind == MMTESTS_STAT_SUBSELECTED_MEAN || stat.kind == MMTESTS_STAT_SUBSELECTED_HALF;
}

double mmtests_pdiff(double value, double base)
{
    if (value == base || value == 0)
        return 0;
    if (base == 0 || isnan(base))
        return 100;
    return value * 100 / base - 100;
}

double mmtests_pndiff(double value, double base)
{
    if (value == base)
        return 0;
    if (value == 0)
        return 100;
    if (base == 0)
        return -99;
    return 100 - value * 100 / base;
}

double mmtests_rdiff(double value, double base)
{
    if (base == 0 || isnan(base))
        return 0;
    if (value == 0 || isnan(value))
        return 1;
    return value / base;
}

double mmtests_cidiff(double a, MmtestsInterval a_interval, double b, MmtestsInterval b_interval)
{
    double difference = a - b;
    double width =
        a < b ? a_interval.high - a + b - b_interval.low : a - a_interval.low + b_interval.high - b;
    return width == 0 ? difference : difference / width;
}
