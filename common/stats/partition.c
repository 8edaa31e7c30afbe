// Optimal partitioning by dynamic programming: PELT for weighted squares, functional pruning for
// the biweight loss, whose cost as a function of the last level is kept as a list of parabolas.
#include "common/stats/partition.h"

#include <glib.h>
#include <math.h>

/* cost(level) = count (level - centre)^2 + least, up to `high` from the piece before. */
typedef struct {
    double high;
    double count;
    double centre;
    double least;
    int start; // where the segment under way began
} Piece;

typedef struct {
    Piece *pieces;
    int count, room;
} PieceList;

static void list_add(PieceList *list, Piece piece)
{
    if (list->count == list->room) {
        list->room = MAX(64, 2 * list->room);
        list->pieces = g_renew(Piece, list->pieces, list->room);
    }
    list->pieces[list->count++] = piece;
}

/* The starts of segments, from start[t] = where the best last segment of the first t points began.
 */
static int trace_starts(const int *start, int n, int *ret_starts)
{
    int count = 0;
    for (int t = n; start[t] > 0; t = start[t])
        ret_starts[count++] = start[t];
    for (int i = 0; i < count / 2; i++) {
        int swapped = ret_starts[i];
        ret_starts[i] = ret_starts[count - 1 - i];
        ret_starts[count - 1 - i] = swapped;
    }
    return count;
}

/* The constant `level_cost` of a segment that starts at t, joined to the one before if that is it.
 */
static void add_fresh(PieceList *list, double high, double level_cost, int t)
{
    Piece *before = list->count > 0 ? &list->pieces[list->count - 1] : NULL;
    if (before && before->count == 0 && before->start == t)
        before->high = high;
    else
        list_add(list, (Piece){high, 0, 0, level_cost, t});
}

/* target = min(source - best, penalty), the latter as a new segment from t on. */
static void restart_where_cheaper(const PieceList *source, double low, double best, double penalty,
                                  int t, PieceList *target)
{
    target->count = 0;
    for (int i = 0; i < source->count; i++) {
        Piece piece = source->pieces[i];
        double begin = low, high = piece.high, from = begin, to = high;
        piece.least -= best;
        low = high;
        if (piece.least >= penalty) {
            add_fresh(target, high, penalty, t);
            continue;
        }
        if (piece.count > 0) {
            double reach = sqrt((penalty - piece.least) / piece.count);
            from = fmax(from, piece.centre - reach);
            to = fmin(to, piece.centre + reach);
        }
        if (from >= to) {
            add_fresh(target, high, penalty, t);
            continue;
        }
        if (from > begin)
            add_fresh(target, from, penalty, t);
        piece.high = to;
        list_add(target, piece);
        if (to < high)
            add_fresh(target, high, penalty, t);
    }
}

static Piece with_point(Piece piece, double y)
{
    double distance = y - piece.centre;
    if (piece.count == 0) {
        piece.centre = y;
    } else {
        piece.least += piece.count / (piece.count + 1) * distance * distance;
        piece.centre += distance / (piece.count + 1);
    }
    piece.count++;
    return piece;
}

/* target = source + min((y - level)^2, cap^2): parabolas within cap of y, a constant outside. */
static void add_point(const PieceList *source, double low, double y, double cap, PieceList *target)
{
    target->count = 0;
    for (int i = 0; i < source->count; i++) {
        Piece piece = source->pieces[i];
        double cuts[] = {fmin(piece.high, y - cap), fmin(piece.high, y + cap), piece.high};
        for (int part = 0; part < 3; part++) {
            if (cuts[part] <= low)
                continue;
            Piece added = part == 1 ? with_point(piece, y) : piece;
            if (part != 1)
                added.least += cap * cap;
            added.high = cuts[part];
            list_add(target, added);
            low = cuts[part];
        }
    }
}

static double least_cost(const PieceList *list, double low, int *ret_start)
{
    double best = INFINITY;
    for (int i = 0; i < list->count; i++) {
        const Piece *piece = &list->pieces[i];
        double level = fmax(low, fmin(piece->centre, piece->high));
        double off = piece->count > 0 ? level - piece->centre : 0;
        double cost = piece->least + piece->count * off * off;
        if (cost < best) {
            best = cost;
            *ret_start = piece->start;
        }
        low = piece->high;
    }
    return best;
}

int partition_weighted(const double *y, const double *weights, int n, double penalty,
                       int *ret_starts)
{
    size_t room = (size_t)n + 1;
    g_autofree double *sums = g_new0(double, 3 * room), *best = g_new(double, room);
    g_autofree double *cost = g_new(double, room);
    g_autofree int *start = g_new0(int, room), *open = g_new(int, room);
    double *w = sums, *wy = sums + room, *wyy = sums + 2 * room;
    for (int t = 0; t < n; t++) {
        double off = y[t] - y[0]; // sums of distances keep their digits
        w[t + 1] = w[t] + weights[t];
        wy[t + 1] = wy[t] + weights[t] * off;
        wyy[t + 1] = wyy[t] + weights[t] * off * off;
    }
    best[0] = -penalty;
    int candidates = 0;
    for (int t = 1; t <= n; t++) {
        open[candidates++] = t - 1;
        best[t] = INFINITY;
        for (int i = 0; i < candidates; i++) {
            int s = open[i];
            double sum = wy[t] - wy[s], weight = w[t] - w[s];
            cost[i] = best[s] + fmax(0, wyy[t] - wyy[s] - sum * sum / weight);
            if (cost[i] + penalty < best[t]) {
                best[t] = cost[i] + penalty;
                start[t] = s;
            }
        }
        int kept = 0;
        for (int i = 0; i < candidates; i++) {
            if (cost[i] <= best[t]) // else it never wins again
                open[kept++] = open[i];
        }
        candidates = kept;
    }
    return trace_starts(start, n, ret_starts);
}

int partition_biweight(const double *y, int n, double cap, double penalty, int *ret_starts)
{
    double low = INFINITY, high = -INFINITY;
    for (int t = 0; t < n; t++) {
        low = fmin(low, y[t]);
        high = fmax(high, y[t]);
    }
    if (n < 2 || !(low < high))
        return 0;
    g_autofree int *start = g_new0(int, (size_t)n + 1);
    PieceList cost = {0}, next = {0};
    list_add(&cost, (Piece){high, 0, 0, 0, 0});
    double best = 0;
    for (int t = 0; t < n; t++) {
        if (t > 0)
            restart_where_cheaper(&cost, low, best, penalty, t, &next);
        else
            list_add(&next, cost.pieces[0]);
        add_point(&next, low, y[t], cap, &cost);
        best = least_cost(&cost, low, &start[t + 1]);
    }
    g_free(cost.pieces);
    g_free(next.pieces);
    return trace_starts(start, n, ret_starts);
}
