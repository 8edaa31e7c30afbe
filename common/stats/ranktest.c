// Mann-Whitney. One count serves both exact forms: taking the values in ascending order, one with
// doubled mid-rank d that becomes the k-th chosen adds d - 2k to 2U, which without ties is twice
// the number of values not chosen below it.
#include "common/stats/ranktest.h"

#include "common/stats/tdist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { INSERTION_LIMIT = 64 }; // values up to which insertion beats qsort

struct RankTables {
    GHashTable *by_sizes; // n << 16 | m (n <= m) -> double[n*m + 1]
};

typedef struct {
    double value;
    int place;
} Placed;

static int compare_placed(const void *a, const void *b)
{
    double x = ((const Placed *)a)->value, y = ((const Placed *)b)->value;
    return (x > y) - (x < y);
}

static void sort_placed(Placed *placed, int n)
{
    if (n > INSERTION_LIMIT) {
        qsort(placed, (size_t)n, sizeof *placed, compare_placed);
        return;
    }
    for (int i = 1; i < n; i++) {
        Placed one = placed[i];
        int at = i;
        for (; at > 0 && placed[at - 1].value > one.value; at--)
            placed[at] = placed[at - 1];
        placed[at] = one;
    }
}

static int compare_ints(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* target[u + shift] += source[u] for 0 <= u <= top, where the target index is not negative. */
static void add_shifted(double *target, const double *source, int shift, int top)
{
    for (int u = shift < 0 ? -shift : 0; u <= top; u++)
        target[u + shift] += source[u];
}

/*
 * ways[u] = number of ways to choose n of the n+m ascending ranks with statistic u. `unit` 1:
 * ranks are 1.. and u is U; 2: ranks are doubled mid-ranks and u is 2U. Length unit*n*m + 1.
 * n <= m: with ties the counts under way reach k(n+m-k), which must not pass n*m.
 */
static double *count_ways(const int *ascending, int n, int m, int unit)
{
    int width = unit * n * m + 1;
    g_autofree double *ways = g_new0(double, (size_t)(n + 1) * (size_t)width);
    ways[0] = 1;
    for (int j = 1; j <= n + m; j++) {
        int rank = ascending ? ascending[j - 1] : j;
        int least = MAX(1, n - (n + m - j)); // fewer chosen could not be made up any more
        for (int k = MIN(j, n); k >= least; k--) {
            // k-1 chosen so far: U at most (k-1) times the others; mid-ranks know those to come
            int others = unit == 1 ? j - k : n + m - k + 1;
            int top = MIN(unit * (k - 1) * others, width - 1);
            int shift = rank - unit * k;
            add_shifted(ways + (size_t)k * (size_t)width, ways + (size_t)(k - 1) * (size_t)width,
                        shift, MIN(top, width - 1 - shift));
        }
    }
    double *last = g_new(double, width);
    memcpy(last, ways + (size_t)n * (size_t)width, (size_t)width * sizeof *last);
    return last;
}

static double *cumulative_table(int n, int m)
{
    double *ways = count_ways(NULL, n, m, 1);
    double total = 0;
    for (int u = 0; u <= n * m; u++)
        total += ways[u];
    double sum = 0;
    for (int u = 0; u <= n * m; u++) {
        sum += ways[u];
        ways[u] = fmin(1.0, sum / total);
    }
    return ways;
}

RankTables *rank_tables_new(void)
{
    RankTables *tables = g_new(RankTables, 1);
    tables->by_sizes = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
    return tables;
}

void rank_tables_free(RankTables *tables)
{
    if (!tables)
        return;
    g_hash_table_destroy(tables->by_sizes);
    g_free(tables);
}

const double *rank_tables_get(RankTables *tables, int n, int m)
{
    int small = MIN(n, m), large = MAX(n, m);
    gpointer key = GINT_TO_POINTER(small << 16 | large);
    double *table = g_hash_table_lookup(tables->by_sizes, key);
    if (!table) {
        table = cumulative_table(small, large);
        g_hash_table_insert(tables->by_sizes, key, table);
    }
    return table;
}

void mann_whitney(const double *a, int n, const double *b, int m, RankTables *tables,
                  RankTest *ret_test)
{
    g_autofree int *ranks = g_new(int, n + m);
    double tie_sum = 0;
    rank_doubled(a, n, b, m, ranks, &tie_sum);
    long long twice = 0;
    for (int j = 0; j < m; j++)
        twice += ranks[n + j];
    double u = 0.5 * (double)(twice - (long long)m * (m + 1));
    bool ties = tie_sum > 0;
    bool exact = MAX(n, m) <= (ties ? RANK_TIES_EXACT_LIMIT : RANK_EXACT_LIMIT);
    double p = 0;
    if (exact && !ties) {
        int tail = (int)fmin(u, (double)n * m - u);
        p = fmin(1.0, 2 * rank_tables_get(tables, n, m)[tail]);
    } else {
        p = exact ? rank_exact_p(ranks, n, m) : rank_normal_p(u, n, m, tie_sum);
    }
    *ret_test = (RankTest){.u = u, .p = p, .ties = ties, .exact = exact};
}

void rank_doubled(const double *a, int n, const double *b, int m, int *ret_twice_ranks,
                  double *ret_tie_sum)
{
    int total = n + m;
    g_autofree Placed *placed = g_new(Placed, total);
    for (int i = 0; i < total; i++)
        placed[i] = (Placed){i < n ? a[i] : b[i - n], i};
    sort_placed(placed, total);
    double tie_sum = 0;
    for (int i = 0, end; i < total; i = end) {
        for (end = i + 1; end < total && placed[end].value == placed[i].value;)
            end++;
        double t = end - i;
        tie_sum += t * t * t - t;
        for (int j = i; j < end; j++)
            ret_twice_ranks[placed[j].place] = i + 1 + end; // (i+1 + end)/2, doubled
    }
    if (ret_tie_sum)
        *ret_tie_sum = tie_sum;
}

double rank_exact_p(const int *twice_ranks, int n, int m)
{
    int twice_u = -m * (m + 1);
    for (int j = 0; j < m; j++)
        twice_u += twice_ranks[n + j];
    g_autofree int *ascending = g_new(int, n + m);
    memcpy(ascending, twice_ranks, (size_t)(n + m) * sizeof *ascending);
    qsort(ascending, (size_t)(n + m), sizeof *ascending, compare_ints);
    g_autofree double *ways = count_ways(ascending, MIN(n, m), MAX(n, m), 2);
    int distance = abs(twice_u - n * m);
    double total = 0, extreme = 0;
    for (int u = 0; u <= 2 * n * m; u++) {
        total += ways[u];
        if (abs(u - n * m) >= distance)
            extreme += ways[u];
    }
    return extreme / total;
}

double rank_normal_p(double u, int n, int m, double tie_sum)
{
    double pairs = (double)n * m, total = (double)n + m;
    double spread = pairs / 12 * ((total + 1) - tie_sum / (total * (total - 1)));
    if (!(spread > 0))
        return 1.0;
    double z = fmax(0.0, fabs(u - pairs / 2) - 0.5) / sqrt(spread);
    return fmin(1.0, 2 * normal_upper(z));
}
