// Selection in the matrix of differences, whose rows and columns are sorted: a pivot is taken from
// a sample of the cells still possible, one staircase walk counts what lies below it, and rows
// shrink.
#include "common/stats/hl.h"

#include "common/stats/tdist.h"

#include <math.h>
#include <string.h>

enum { GATHER = 24, SAMPLE = 9 }; // so few cells left are sorted instead; so many make a pivot
static const int64_t TABLE_LIMIT = 2500; // n*m up to which the interval is exact

/* Per row i (value a[i], descending), the half-open range of j that is still possible. */
typedef struct {
    const double *a, *b;
    int n, m;
    int *from, *to;
} Matrix;

static double cell(const Matrix *x, int row, int column)
{
    return x->b[column] - x->a[x->n - 1 - row];
}

static int64_t cells_left(const Matrix *x)
{
    int64_t left = 0;
    for (int i = 0; i < x->n; i++)
        left += x->to[i] - x->from[i];
    return left;
}

/*
 * One of SAMPLE cells at even distances, `offset` (0..1) shifting them: the one whose rank among
 * them is nearest to that of the k-th among all `left` cells.
 */
static double sampled_pivot(const Matrix *x, int64_t left, int64_t k, double offset)
{
    double sample[SAMPLE];
    double step = (double)left / SAMPLE;
    int count = 0;
    int64_t passed = 0;
    for (int row = 0; row < x->n && count < SAMPLE; row++) {
        int width = x->to[row] - x->from[row];
        for (;; count++) {
            int64_t place = (int64_t)((count + offset) * step);
            if (count == SAMPLE || place >= passed + width)
                break;
            double value = cell(x, row, x->from[row] + (int)(place - passed));
            int at = count;
            for (; at > 0 && sample[at - 1] > value; at--)
                sample[at] = sample[at - 1];
            sample[at] = value;
        }
        passed += width;
    }
    int wanted = (int)((double)(k - 1) / (double)left * SAMPLE);
    return sample[MIN(wanted, count - 1)];
}

/*
 * below[i], upto[i]: number of columns of row i with cells < pivot and <= pivot. Rows ascend in
 * their values (a descends), so both fall from row to row and one walk does.
 */
static void walk(const Matrix *x, double pivot, int *below, int *upto, int64_t *ret_below,
                 int64_t *ret_upto)
{
    int lower = x->m, upper = x->m;
    int64_t sum_lower = 0, sum_upper = 0;
    for (int i = 0; i < x->n; i++) {
        while (lower > 0 && cell(x, i, lower - 1) >= pivot)
            lower--;
        while (upper > lower && cell(x, i, upper - 1) > pivot)
            upper--;
        below[i] = lower;
        upto[i] = upper;
        sum_lower += lower;
        sum_upper += upper;
    }
    *ret_below = sum_lower;
    *ret_upto = sum_upper;
}

/* The k-th (from 1) of the cells left, at most GATHER of them. */
static double gathered(const Matrix *x, int64_t k)
{
    double cells[GATHER];
    int count = 0;
    for (int i = 0; i < x->n; i++) {
        for (int j = x->from[i]; j < x->to[i]; j++) {
            double value = cell(x, i, j);
            int at = count++;
            for (; at > 0 && cells[at - 1] > value; at--)
                cells[at] = cells[at - 1];
            cells[at] = value;
        }
    }
    return cells[k - 1];
}

double pair_difference(const double *a, int n, const double *b, int m, int64_t k)
{
    g_autofree int *room = g_new(int, 4 * (size_t)n);
    Matrix x = {a, b, n, m, room, room + n};
    int *below = room + 2 * (size_t)n, *upto = below + n;
    for (int i = 0; i < n; i++) {
        x.from[i] = 0;
        x.to[i] = m;
    }
    int64_t left = (int64_t)n * m, under = 0; // under: cells cut off at the low end
    uint64_t draw = 0x9e3779b97f4a7c15u;
    while (left > GATHER) {
        draw = draw * 6364136223846793005u + 1442695040888963407u;
        double pivot = sampled_pivot(&x, left, k - under, (double)(draw >> 11) * 0x1p-53);
        int64_t less = 0, less_equal = 0;
        walk(&x, pivot, below, upto, &less, &less_equal);
        if (k > less && k <= less_equal)
            return pivot;
        for (int i = 0; i < n; i++) {
            if (k <= less)
                x.to[i] = below[i];
            else
                x.from[i] = upto[i];
        }
        if (k > less_equal)
            under = less_equal;
        left = cells_left(&x);
    }
    return gathered(&x, k - under);
}

double hodges_lehmann(const double *a, int n, const double *b, int m)
{
    int64_t pairs = (int64_t)n * m;
    double upper = pair_difference(a, n, b, m, pairs / 2 + 1);
    if (pairs % 2)
        return upper;
    return 0.5 * (pair_difference(a, n, b, m, pairs / 2) + upper);
}

int64_t rank_interval_cut(int n, int m, double alpha, RankTables *tables)
{
    int64_t pairs = (int64_t)n * m;
    if (pairs > TABLE_LIMIT) {
        double z = -normal_quantile(alpha / 2);
        double half = (double)pairs / 2;
        return (int64_t)fmax(0, floor(half - z * sqrt((double)pairs * (n + m + 1) / 12)));
    }
    const double *table = rank_tables_get(tables, n, m);
    int64_t cut = 0;
    while (cut <= pairs && table[cut] <= alpha / 2)
        cut++;
    return cut;
}

bool rank_interval(const double *a, int n, const double *b, int m, double alpha, RankTables *tables,
                   double *ret_low, double *ret_high, double *ret_coverage)
{
    int64_t pairs = (int64_t)n * m;
    int64_t cut = rank_interval_cut(n, m, alpha, tables);
    if (cut == 0)
        return false;
    *ret_low = pair_difference(a, n, b, m, cut);
    *ret_high = pair_difference(a, n, b, m, pairs + 1 - cut);
    if (ret_coverage)
        *ret_coverage = pairs > TABLE_LIMIT ? NAN : 1 - 2 * rank_tables_get(tables, n, m)[cut - 1];
    return true;
}
