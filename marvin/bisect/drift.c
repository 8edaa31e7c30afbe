// Endpoints measured again and again as the reference of everything else.
#include <math.h>

#include "marvin/bisect/drift.h"

enum { LAST = 5 };
static const double T_LIMIT = 3, FORGET = 0.6; // 1 - alpha of the moving average

/* Mean of the first runs of each endpoint of a machine, and their spread about it. */
typedef struct {
    double mean[2], ss;
    int n[2];
} First;

static void first_set(const Search *search, const double *y, int machine, int limit,
                      First *ret_first)
{
    First first = {0};
    int seen = 0;
    for (guint i = 0; i < search->evidence->len && seen < limit; i++) {
        const Evidence *e = &g_array_index(search->evidence, Evidence, i);
        int side = endpoint_side(search, e->commit);
        if (side < 0 || e->build != 0)
            continue;
        seen++;
        if (e->machine != machine)
            continue;
        double from_mean = y[i] - first.mean[side];
        first.n[side]++;
        first.mean[side] += from_mean / first.n[side];
        first.ss += from_mean * (y[i] - first.mean[side]);
    }
    *ret_first = first;
}

static bool machine_moved(const Search *search, const double *y, int machine)
{
    First first;
    first_set(search, y, machine, search->ends.first, &first);
    int n = first.n[0] + first.n[1], seen = 0, last = 0;
    double residual[LAST] = {0};
    if (first.n[0] < 2 || first.n[1] < 2)
        return false;
    double sd = sqrt(fmax(first.ss / (n - 2), search->floor * search->floor));
    for (guint i = 0; i < search->evidence->len; i++) {
        const Evidence *e = &g_array_index(search->evidence, Evidence, i);
        int side = endpoint_side(search, e->commit);
        if (side < 0 || e->build != 0 || seen++ < search->ends.first || e->machine != machine)
            continue;
        residual[last++ % LAST] = y[i] - first.mean[side];
        double sum = 0;
        for (int j = 0; j < LAST; j++)
            sum += residual[j];
        if (last >= LAST && fabs(sum / LAST) > T_LIMIT * sd * sqrt(1.0 / LAST + 2.0 / n))
            return true;
    }
    return false;
}

bool drift_seen(const Search *search, const double *y)
{
    for (int m = 0; m < search->options.machines; m++) {
        if (machine_moved(search, y, m))
            return true;
    }
    return false;
}

/* The reference runs of one machine: where among the evidence, and how far from their mean. */
typedef struct {
    int at;
    double residual;
} Reference;

static GArray *references_of(const Search *search, const double *y, int machine)
{
    GArray *references = g_array_new(FALSE, FALSE, sizeof(Reference));
    First all;
    first_set(search, y, machine, G_MAXINT, &all);
    for (guint i = 0; i < search->evidence->len; i++) {
        const Evidence *e = &g_array_index(search->evidence, Evidence, i);
        int side = endpoint_side(search, e->commit);
        if (side >= 0 && e->build == 0 && e->machine == machine)
            g_array_append_vals(references, &(Reference){(int)i, y[i] - all.mean[side]}, 1);
    }
    return references;
}

// Weighted mean of the residuals around position `at`, its own left out; newest first each way.
static double level_at(const GArray *references, int at)
{
    double weight = 1, sum = 0, total = 0;
    int next = 0, n = (int)references->len;
    while (next < n && g_array_index(references, Reference, next).at < at)
        next++;
    for (int j = next - 1; j >= 0 && weight > 1e-4; j--, weight *= FORGET) {
        sum += weight * g_array_index(references, Reference, j).residual;
        total += weight;
    }
    weight = 1;
    for (int j = next; j < n && weight > 1e-4; j++) {
        if (g_array_index(references, Reference, j).at == at)
            continue;
        sum += weight * g_array_index(references, Reference, j).residual;
        total += weight;
        weight *= FORGET;
    }
    return total > 0 ? sum / total : 0;
}

void drift_correct(const Search *search, double *y)
{
    for (int m = 0; m < search->options.machines; m++) {
        g_autoptr(GArray) references = references_of(search, y, m);
        for (guint i = 0; i < search->evidence->len; i++) {
            if (g_array_index(search->evidence, Evidence, i).machine == m)
                y[i] -= level_at(references, (int)i);
        }
    }
}
