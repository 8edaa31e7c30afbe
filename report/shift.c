// Changes: what was judged against the release before, gathered by release and benchmark.
#include "report/shift.h"

#include "common/stats/changes.h"

#include <math.h>
#include <string.h>

static Shift shift_of(const FamilyRow *row)
{
    const Judged *judged = &row->judged;
    return (Shift){.series = row->series,
                   .epoch_id = row->epoch_id,
                   .epoch = row->epoch,
                   .before = row->base,
                   .release = row->new_,
                   .level_before = judged->base,
                   .level_after = judged->new_,
                   .ratio = judged->ratio,
                   .ci_low = judged->ci_low,
                   .ci_high = judged->ci_high,
                   .p = judged->p,
                   .state = judged->state};
}

/* --- the series' own say --- */

/* Fewer releases than this say nothing about the noise between releases. */
enum { SEGMENTED_LEAST = 5 };

/* The boots of all releases that ran where the shift was seen. Returns the number of releases. */
static int take_series(const Shift *shift, int n_releases, GArray *values, GArray *points)
{
    int n = 0;
    for (int i = 0; i < n_releases; i++) {
        const GArray *boots = series_boots(shift->series, i);
        bool any = false;
        for (guint j = 0; boots != NULL && j < boots->len; j++) {
            const BootValue *boot = &g_array_index(boots, BootValue, j);
            if (boot->epoch_id != shift->epoch_id || !isfinite(boot->value))
                continue;
            g_array_append_val(values, boot->value);
            g_array_append_val(points, i);
            any = true;
        }
        n += any;
    }
    return n;
}

/* Points are numbered by their place among those with values: the release of the i-th of them. */
static int release_of_point(const GArray *points, int index)
{
    int seen = -1, last = -1;
    for (guint i = 0; i < points->len; i++) {
        int release = g_array_index(points, int, i);
        seen += release != last;
        last = release;
        if (seen == index)
            return release;
    }
    return -1;
}

/* Whether the segmentation of the series has its change at this release too. It knows how much
 * releases differ without a change, which two releases cannot know of themselves. */
static bool is_confirmed(const Dataset *dataset, const Shift *shift)
{
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) points = g_array_new(FALSE, FALSE, sizeof(int));
    if (take_series(shift, (int)dataset->releases->len, values, points) < SEGMENTED_LEAST)
        return true;
    ChangesOptions options = {.as = CHANGES_RELEASES,
                              .better = shift->series->metric->better,
                              .margin = shift->series->margin};
    ChangeList list = {0};
    changes_find((const double *)(const void *)values->data,
                 (const int *)(const void *)points->data, (int)values->len, &options, &list);
    bool found = false;
    for (int i = 0; i < list.count && !found; i++)
        found = release_of_point(points, list.changes[i].index) == shift->release;
    change_list_clear(&list);
    return found;
}

GArray *shift_find(const Dataset *dataset, const GPtrArray *previous)
{
    GArray *shifts = g_array_new(FALSE, FALSE, sizeof(Shift));
    for (guint i = 0; i < previous->len; i++) {
        const Family *family = previous->pdata[i];
        for (int j = 0; family != NULL && j < family->n_rows; j++) {
            const FamilyRow *row = &family->rows[j];
            State state = row->judged.state;
            if (state != STATE_REGRESSED && state != STATE_IMPROVED)
                continue;
            Shift shift = shift_of(row);
            if (is_confirmed(dataset, &shift))
                g_array_append_val(shifts, shift);
        }
    }
    return shifts;
}

/* --- groups --- */

static void group_free(gpointer data)
{
    ShiftGroup *group = data;
    g_ptr_array_unref(group->shifts);
    g_free(group);
}

static double size_of(const Shift *shift)
{
    if (isfinite(shift->ratio) && shift->ratio > 0)
        return fabs(log(shift->ratio));
    return INFINITY; // from or to zero
}

static int compare_shifts(gconstpointer left, gconstpointer right)
{
    double a = size_of(*(const Shift *const *)left), b = size_of(*(const Shift *const *)right);
    return (a < b) - (a > b);
}

static int compare_groups(gconstpointer left, gconstpointer right)
{
    const ShiftGroup *a = *(const ShiftGroup *const *)left, *b = *(const ShiftGroup *const *)right;
    if (a->largest != b->largest)
        return a->largest < b->largest ? 1 : -1;
    if (a->release != b->release)
        return a->release < b->release ? 1 : -1;
    return strcmp(a->benchmark, b->benchmark);
}

static ShiftGroup *group_find(GPtrArray *groups, const Shift *shift)
{
    for (guint i = 0; i < groups->len; i++) {
        ShiftGroup *group = groups->pdata[i];
        if (group->release == shift->release && group->state == shift->state &&
            g_str_equal(group->benchmark, shift->series->benchmark))
            return group;
    }
    ShiftGroup *group = g_new0(ShiftGroup, 1);
    *group = (ShiftGroup){.benchmark = shift->series->benchmark,
                          .release = shift->release,
                          .state = shift->state,
                          .shifts = g_ptr_array_new()};
    g_ptr_array_add(groups, group);
    return group;
}

GPtrArray *shift_groups(const GArray *shifts)
{
    GPtrArray *groups = g_ptr_array_new_with_free_func(group_free);
    for (guint i = 0; i < shifts->len; i++) {
        Shift *shift = &g_array_index(shifts, Shift, i);
        ShiftGroup *group = group_find(groups, shift);
        g_ptr_array_add(group->shifts, shift);
        group->largest = fmax(group->largest, size_of(shift));
    }
    for (guint i = 0; i < groups->len; i++)
        g_ptr_array_sort(((ShiftGroup *)groups->pdata[i])->shifts, compare_shifts);
    g_ptr_array_sort(groups, compare_groups);
    return groups;
}
