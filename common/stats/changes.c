// Change points of a series: points are made of replicates, partitioned by one of two methods, and
// the weak changes are dropped again, weakest first.
#include "common/stats/changes.h"

#include "common/stats/partition.h"
#include "common/stats/summaries.h"
#include "common/stats/tdist.h"
#include "common/stats/welch.h"

#include <glib.h>
#include <math.h>
#include <string.h>

static const double MARGIN = 0.02, PENALTY = 10, FIRST_PASS = 5, CAP = 3;
static const double RELEASE_P = 0.01, COMMIT_P = 0.001, ALPHA = 0.05, FLOOR_SHARE = 20;
static const double SERIAL_LIMIT = 0.95;
enum { RELEASES_LEAST = 5, RELEASES_LIMIT = 200, SIDE_LEAST = 3 };

/* The series as points that have a value. */
typedef struct {
    double *y; // mean of the replicates on the scale used
    double *weight; // 1 / variance of y (releases)
    int *runs; // replicates
    int *index; // of the point in the series as given
    int n;
    double level; // ln(1 + margin); 0 = none
    double floor; // smallest deviation of a point that is believed
    double pooled; // variance between replicates, floored
    double pooled_df; // its degrees of freedom
    double sigma;
    bool is_log, as_commits;
    double unit; // linear scale: |mean| of all values
} Points;

/* One segment, summed up: outliers of a commit series are left out, as its loss does. */
typedef struct {
    Side side;
    double mean; // weighted (releases)
    double total_weight;
} Level;

static double noise_of_differences(const double *y, int n)
{
    if (n < 2)
        return 0;
    g_autofree double *steps = g_new(double, n - 1);
    for (int i = 1; i < n; i++)
        steps[i - 1] = y[i] - y[i - 1];
    return median_deviation(steps, n - 1) / M_SQRT2;
}

static bool all_positive(const double *values, int n)
{
    for (int i = 0; i < n; i++) {
        if (isfinite(values[i]) && values[i] <= 0)
            return false;
    }
    return true;
}

static double unit_of(const double *values, int n)
{
    double sum = 0;
    int count = 0;
    for (int i = 0; i < n; i++) {
        if (isfinite(values[i])) {
            sum += values[i];
            count++;
        }
    }
    return count > 0 && sum != 0 ? fabs(sum / count) : 1;
}

/* Replicates to points; returns the number of points, those without a value included. */
static int collect(Points *points, const double *values, const int *point, int n)
{
    g_autofree double *x = g_new(double, MAX(n, 1));
    double squares = 0;
    int all = 0;
    points->is_log = all_positive(values, n);
    points->unit = unit_of(values, n);
    for (int i = 0, end; i < n; i = end, all++) {
        int count = 0;
        for (end = i; end < n && (end == i || (point && point[end] == point[i])); end++) {
            if (isfinite(values[end]))
                x[count++] = points->is_log ? log(values[end]) : values[end] / points->unit;
        }
        if (count == 0)
            continue;
        points->y[points->n] = mean_arithmetic(x, count);
        points->runs[points->n] = count;
        points->index[points->n++] = all;
        if (count > 1) {
            squares += variance(x, count) * (count - 1);
            points->pooled_df += count - 1;
        }
    }
    points->pooled = points->pooled_df > 0 ? squares / points->pooled_df : 0;
    return all;
}

/* B.4: variance within releases and, beside it, what releases vary among themselves. */
static void weigh_releases(Points *points)
{
    double mean_runs = 0;
    for (int k = 0; k < points->n; k++)
        mean_runs += (double)points->runs[k] / points->n;
    double noise = noise_of_differences(points->y, points->n);
    double between = fmax(0, noise * noise - points->pooled / mean_runs);
    double within = fmax(points->pooled, points->floor * points->floor);
    for (int k = 0; k < points->n; k++)
        points->weight[k] = 1 / (within / points->runs[k] + between);
    points->sigma = sqrt(within / mean_runs + between);
}

static int segment_releases(Points *points, int *starts)
{
    if (points->n < RELEASES_LEAST)
        return 0;
    weigh_releases(points);
    return partition_weighted(points->y, points->weight, points->n, 4 + 3 * log(points->n), starts);
}

static int partition_scaled(const Points *points, double sigma, double factor, int *starts)
{
    g_autofree double *scaled = g_new(double, points->n);
    double centre = median(points->y, points->n);
    for (int i = 0; i < points->n; i++)
        scaled[i] = (points->y[i] - centre) / sigma;
    return partition_biweight(scaled, points->n, CAP, factor * log(points->n), starts);
}

/* Mean of a segment without outliers: a few rounds of dropping what is beyond CAP sigma. */
static Side robust_side(const double *y, int n, double reach)
{
    g_autofree double *kept = g_new(double, n);
    double centre = median(y, n);
    int count = 0;
    for (int round = 0; round < 10; round++) {
        int before = count;
        count = 0;
        for (int i = 0; i < n; i++) {
            if (fabs(y[i] - centre) <= reach)
                kept[count++] = y[i];
        }
        if (count == 0)
            return side_of(y, n);
        centre = mean_arithmetic(kept, count);
        if (count == before)
            break;
    }
    return side_of(kept, count);
}

/* Lag-1 correlation of what the first pass leaves, outliers cut to CAP sigma; within segments. */
static double residual_correlation(const Points *points, double sigma, const int *starts, int count)
{
    double products = 0, squares = 0, reach = CAP * sigma;
    for (int s = 0; s <= count; s++) {
        int from = s > 0 ? starts[s - 1] : 0, to = s < count ? starts[s] : points->n;
        double centre = robust_side(points->y + from, to - from, reach).mean, last = 0;
        for (int i = from; i < to; i++) {
            double e = fmax(-reach, fmin(reach, points->y[i] - centre));
            squares += e * e;
            products += i > from ? e * last : 0;
            last = e;
        }
    }
    double rho = squares > 0 ? products / squares : 0;
    return fmax(0, fmin(SERIAL_LIMIT, rho));
}

static int segment_commits(Points *points, double factor, int *starts)
{
    if (points->n < 2)
        return 0;
    double sigma = fmax(noise_of_differences(points->y, points->n), points->floor);
    int count = partition_scaled(points, sigma, FIRST_PASS, starts);
    double rho = residual_correlation(points, sigma, starts, count);
    points->sigma = sigma * sqrt((1 + rho) / (1 - rho));
    return partition_scaled(points, points->sigma, factor, starts);
}

static Level level_of(const Points *points, int from, int to)
{
    Level level = {0};
    if (points->as_commits) {
        level.side = robust_side(points->y + from, to - from, CAP * points->sigma);
        level.mean = level.side.mean;
        return level;
    }
    level.side = side_of(points->y + from, to - from);
    for (int k = from; k < to; k++) {
        level.mean += points->weight[k] * points->y[k];
        level.total_weight += points->weight[k];
    }
    level.mean /= level.total_weight;
    return level;
}

/* The comparison of two neighbouring segments; false: too few points for one of their own. */
static bool compare_levels(const Points *points, Level a, Level b, Welch *ret_welch)
{
    double least = points->floor * points->floor;
    int needed = points->as_commits ? 2 : SIDE_LEAST;
    bool enough = a.side.n >= needed && b.side.n >= needed;
    if (enough) {
        a.side.var = fmax(a.side.var, least);
        b.side.var = fmax(b.side.var, least);
        *ret_welch = welch_moderated(a.side, b.side, (Prior){0});
    } else {
        double var_a = points->as_commits ? points->sigma * points->sigma : 1 / a.total_weight;
        double var_b = points->as_commits ? points->sigma * points->sigma : 1 / b.total_weight;
        *ret_welch = (Welch){.se = sqrt(var_a + var_b), .df = MAX(1, points->n - 2)};
    }
    ret_welch->difference = b.mean - a.mean;
    return enough;
}

/* How much a change should be dropped: 0 = it stays, else the larger the sooner. */
static double weakness(const Points *points, const Welch *welch, bool tested)
{
    double limit = points->as_commits ? COMMIT_P : RELEASE_P;
    double p = welch_p(welch);
    if ((tested && p > limit) || (points->as_commits && !tested))
        return 2 + (tested ? p : 1);
    // on the linear scale y is in parts of the mean, and so is the margin
    if (fabs(welch->difference) < points->level)
        return 1 + (1 - fabs(welch->difference) / points->level);
    return 0;
}

static void bounds_of(const Points *points, const int *starts, int count, int i, int *ret_from,
                      int *ret_to)
{
    *ret_from = i > 0 ? starts[i - 1] : 0;
    *ret_to = i + 1 < count ? starts[i + 1] : points->n;
}

static double weakness_at(const Points *points, const int *starts, int count, int i)
{
    int from = 0, to = 0;
    bounds_of(points, starts, count, i, &from, &to);
    Welch welch;
    bool tested = compare_levels(points, level_of(points, from, starts[i]),
                                 level_of(points, starts[i], to), &welch);
    return weakness(points, &welch, tested);
}

/* Drops the weakest change, looks at its neighbours again, until all that is left stays. */
static int drop_weak(const Points *points, int *starts, int count)
{
    g_autofree double *weak = g_new(double, MAX(count, 1));
    for (int i = 0; i < count; i++)
        weak[i] = weakness_at(points, starts, count, i);
    while (count > 0) {
        int worst = 0;
        for (int i = 1; i < count; i++) {
            if (weak[i] > weak[worst])
                worst = i;
        }
        if (weak[worst] <= 0)
            break;
        count--;
        memmove(starts + worst, starts + worst + 1, (size_t)(count - worst) * sizeof *starts);
        memmove(weak + worst, weak + worst + 1, (size_t)(count - worst) * sizeof *weak);
        if (worst > 0)
            weak[worst - 1] = weakness_at(points, starts, count, worst - 1);
        if (worst < count)
            weak[worst] = weakness_at(points, starts, count, worst);
    }
    return count;
}

static Change change_at(const Points *points, const int *starts, int count, int i, Better better)
{
    int from = 0, to = 0;
    bounds_of(points, starts, count, i, &from, &to);
    Level a = level_of(points, from, starts[i]), b = level_of(points, starts[i], to);
    Welch welch;
    compare_levels(points, a, b, &welch);
    Change change = {.index = points->index[starts[i]],
                     .before = points->is_log ? exp(a.mean) : a.mean * points->unit,
                     .after = points->is_log ? exp(b.mean) : b.mean * points->unit,
                     .ratio = NAN,
                     .ci_low = NAN,
                     .ci_high = NAN,
                     .p = welch_p(&welch)};
    if (points->is_log) {
        double low = 0, high = 0;
        welch_interval(&welch, ALPHA, &low, &high);
        double one = orient_ratio(exp(low), better), two = orient_ratio(exp(high), better);
        change.ratio = orient_ratio(exp(welch.difference), better);
        change.ci_low = fmin(one, two);
        change.ci_high = fmax(one, two);
    }
    return change;
}

static void choose_method(Points *points, ChangesMethod as)
{
    bool replicates = points->pooled_df > 0;
    points->as_commits = as == CHANGES_COMMITS ||
                         (as == CHANGES_AUTO && (!replicates || points->n > RELEASES_LIMIT));
}

void changes_find(const double *values, const int *point, int n, const ChangesOptions *options,
                  ChangeList *ret_list)
{
    ChangesOptions defaults = {0};
    if (!options)
        options = &defaults;
    size_t room = (size_t)MAX(n, 1);
    g_autofree double *numbers = g_new(double, 2 * room);
    g_autofree int *places = g_new(int, 3 * room);
    Points points = {
        .y = numbers, .weight = numbers + room, .runs = places, .index = places + room};
    int *starts = places + 2 * room;
    double margin = options->margin == 0 ? MARGIN : fmax(0, options->margin);
    points.level = log1p(margin);
    points.floor = fmax(points.level / FLOOR_SHARE, 1e-9);
    int all = collect(&points, values, point, n);
    choose_method(&points, options->as);
    double factor = options->penalty > 0 ? options->penalty : PENALTY;
    int count = points.as_commits ? segment_commits(&points, factor, starts)
                                  : segment_releases(&points, starts);
    count = drop_weak(&points, starts, count);
    *ret_list = (ChangeList){.n = all,
                             .changes = g_new(Change, MAX(count, 1)),
                             .count = count,
                             .as_commits = points.as_commits,
                             .sigma = points.sigma};
    for (int i = 0; i < count; i++)
        ret_list->changes[i] = change_at(&points, starts, count, i, options->better);
}

void change_list_clear(ChangeList *list)
{
    g_free(list->changes);
    *list = (ChangeList){0};
}
