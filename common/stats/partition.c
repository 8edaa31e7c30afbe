// Optimal partitioning by dynamic programming: PELT for weighted squares, functional pruning for
// the biweight loss, whose cost as a function of the last level is kept as a list of parabolas.
#include "common/stats/partition.h"

#include <glib.h>
#include <math.h>
#include <stdbool.h>

// In a long segment the pieces around its level get ever narrower and more. Beyond so many, one
// that is narrower than this part of the noise is joined to its neighbour, at an error in the cost
// of at most 2 * cap * NARROW: two thousandths of a penalty. Up to so many pieces nothing is
// approximate.
enum { EXACT_PIECES = 16 };
static const double NARROW = 0.02;

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

static void list_reserve(PieceList *list, int room)
{
    if (room <= list->room)
        return;
    list->room = MAX(64, 2 * room);
    list->pieces = g_renew(Piece, list->pieces, list->room);
}

/* Room was reserved. */
static inline void list_add(PieceList *list, const Piece *piece)
{
    list->pieces[list->count++] = *piece;
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
static inline void add_fresh(PieceList *list, double high, double level_cost, int t)
{
    Piece *before = list->count > 0 ? &list->pieces[list->count - 1] : NULL;
    if (before && before->count == 0 && before->start == t)
        before->high = high;
    else
        list->pieces[list->count++] = (Piece){high, 0, 0, level_cost, t};
}

/* target = min(source - best, penalty), the latter as a new segment from t on. */
static void restart_where_cheaper(const PieceList *source, double low, double best, double penalty,
                                  int t, PieceList *target)
{
    target->count = 0;
    list_reserve(target, 3 * source->count);
    for (int i = 0; i < source->count; i++) {
        Piece piece = source->pieces[i];
        double begin = low, high = piece.high, from = begin, to = high;
        piece.least -= best;
        low = high;
        double room = penalty - piece.least;
        if (room <= 0) {
            add_fresh(target, high, penalty, t);
            continue;
        }
        double left = begin - piece.centre, right = high - piece.centre;
        if (piece.count * left * left > room || piece.count * right * right > room) {
            double reach = sqrt(room / piece.count);
            from = piece.centre - reach > from ? piece.centre - reach : from;
            to = piece.centre + reach < to ? piece.centre + reach : to;
        }
        if (from >= to) {
            add_fresh(target, high, penalty, t);
            continue;
        }
        if (from > begin)
            add_fresh(target, from, penalty, t);
        piece.high = to;
        list_add(target, &piece);
        if (to < high)
            add_fresh(target, high, penalty, t);
    }
}

static inline void piece_take(Piece *piece, double y)
{
    double distance = piece->count > 0 ? y - piece->centre : 0;
    double share = 1 / (piece->count + 1);
    piece->centre = piece->count > 0 ? piece->centre + distance * share : y;
    piece->least += piece->count * share * distance * distance;
    piece->count++;
}

/* Adds the piece, or leaves it to the last one where both are one narrow piece; see NARROW. */
static inline void add_piece(PieceList *list, const Piece *piece, double low, bool crowded,
                             double *taken)
{
    double width = piece->high - low;
    Piece *last = &list->pieces[list->count - 1];
    if (crowded && *taken + width < NARROW && list->count > 0 && last->start == piece->start) {
        last->high = piece->high;
        *taken += width;
        return;
    }
    list_add(list, piece);
    *taken = 0;
}

/* target = source + min((y - level)^2, cap^2): parabolas within cap of y, a constant outside. */
static void add_point(const PieceList *source, double low, double y, double cap, PieceList *target)
{
    bool crowded = source->count > EXACT_PIECES;
    double taken = 0, inner = y - cap, outer = y + cap;
    target->count = 0;
    list_reserve(target, source->count + 2);
    for (int i = 0; i < source->count; i++) {
        Piece piece = source->pieces[i];
        double high = piece.high;
        while (low < high) {
            Piece part = piece;
            bool within = low >= inner && low < outer;
            double end = low < inner ? inner : outer;
            part.high = low < outer && end < high ? end : high;
            if (within)
                piece_take(&part, y);
            else
                part.least += cap * cap;
            add_piece(target, &part, low, crowded, &taken);
            low = part.high;
        }
    }
}

static double least_cost(const PieceList *list, double low, int *ret_start)
{
    double best = INFINITY;
    for (int i = 0; i < list->count; i++) {
        const Piece *piece = &list->pieces[i];
        double level = piece->centre < low ? low : piece->centre;
        level = level > piece->high ? piece->high : level;
        double off = level - piece->centre; // of no weight in a constant
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
    list_reserve(&cost, 1);
    list_reserve(&next, 1);
    list_add(&cost, &(Piece){high, 0, 0, 0, 0});
    double best = 0;
    for (int t = 0; t < n; t++) {
        if (t > 0)
            restart_where_cheaper(&cost, low, best, penalty, t, &next);
        else
            list_add(&next, &cost.pieces[0]);
        add_point(&next, low, y[t], cap, &cost);
        best = least_cost(&cost, low, &start[t + 1]);
    }
    g_free(cost.pieces);
    g_free(next.pieces);
    return trace_starts(start, n, ret_starts);
}
