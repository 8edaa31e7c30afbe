// From the values of two releases to judged rows: which boots count, what presets a state, what
// the history knows, and the hash of it all.
#include "report/family.h"

#include "common/hash.h"
#include "common/text.h"

#include <math.h>
#include <string.h>

/* Where a release ran: its boots on one epoch and mode, those of the latest. */
typedef struct {
    const char *mode;
    int epoch_id, epoch;
    bool is_file; // which may not say either
    bool any;
} Place;

static const BootValue *boot_at(const GArray *boots, guint i)
{
    return &g_array_index(boots, BootValue, i);
}

/* What a file does not say (an epoch, a mode) is no difference. */
static bool is_at(const BootValue *boot, const Place *place)
{
    if (boot->run_id != 0 && !place->is_file)
        return boot->epoch_id == place->epoch_id && g_strcmp0(boot->mode, place->mode) == 0;
    bool is_open = boot->mode == NULL || place->mode == NULL || boot->mode[0] == '\0' ||
                   place->mode[0] == '\0';
    return (boot->epoch == place->epoch || boot->epoch == 0 || place->epoch == 0) &&
           (is_open || strcmp(boot->mode, place->mode) == 0);
}

static bool any_at(const GArray *boots, const Place *place, bool anchors)
{
    for (guint i = 0; boots != NULL && i < boots->len; i++)
        if ((anchors || !boot_at(boots, i)->is_anchor) && is_at(boot_at(boots, i), place))
            return true;
    return false;
}

/* The latest place of some boots; with `beside`, the latest that those have too. */
static Place place_of(const GArray *boots, const GArray *beside, bool anchors)
{
    Place place = {.mode = ""};
    for (guint i = 0; boots != NULL && i < boots->len; i++) {
        const BootValue *boot = boot_at(boots, i);
        Place here = {boot->mode, boot->epoch_id, boot->epoch, boot->run_id == 0, true};
        if ((boot->is_anchor && !anchors) || (place.any && boot->epoch < place.epoch) ||
            (beside != NULL && !any_at(beside, &here, anchors)))
            continue;
        place = here;
    }
    return place;
}

/* Where two releases are compared: where both ran of themselves, else where an anchor bridges them
 * (so that it moves nothing that was judged before), else where the newer one ran. */
static Place place_shared(const GArray *base, const GArray *new_)
{
    Place place = {.mode = ""};
    if (base != NULL) {
        place = place_of(new_, base, false);
        place = place.any ? place : place_of(new_, base, true);
    }
    place = place.any ? place : place_of(new_, NULL, false);
    place = place.any ? place : place_of(new_, NULL, true);
    return place.any ? place : place_of(base, NULL, true);
}

/* The values of the boots at a place. Returns how many boots there gave no number. */
static int take_values(const GArray *boots, const Place *place, double **ret_values,
                       int64_t **ret_jobs, int *ret_n)
{
    guint room = boots == NULL ? 0 : boots->len;
    double *values = g_new(double, room + 1);
    int64_t *jobs = g_new(int64_t, room + 1);
    int n = 0, failed = 0;
    for (guint i = 0; i < room; i++) {
        const BootValue *boot = boot_at(boots, i);
        if (!is_at(boot, place))
            continue;
        if (!isfinite(boot->value)) {
            failed++;
            continue;
        }
        values[n] = boot->value;
        jobs[n++] = boot->job_id;
    }
    *ret_values = values;
    *ret_jobs = jobs;
    *ret_n = n;
    return failed;
}

/* --- presets --- */

static const char *keep(Family *family, char *text)
{
    const char *kept = g_string_chunk_insert(family->strings, text);
    g_free(text);
    return kept;
}

static bool has_plan(const Series *series, const char *plan)
{
    for (guint i = 0; i < series->plans->len; i++)
        if (g_str_equal(series->plans->pdata[i], plan))
            return true;
    return series->plans->len == 0;
}

/* How much a battery says of a release without numbers. */
static int weight_of(const Battery *battery)
{
    static const char *const STATES[] = {"cancelled", "failed", "pending"};
    int weight = 0;
    for (int i = 0; i < (int)G_N_ELEMENTS(STATES); i++)
        weight = g_str_equal(battery->state, STATES[i]) ? i + 1 : weight;
    return weight;
}

/* The battery of a series at a release that says most: a pending one first, then a failed, then a
 * cancelled one. Not an anchor of an epoch after `epoch`. */
static const Battery *battery_until(const Dataset *dataset, const Series *series, int release,
                                    int epoch)
{
    const Battery *chosen = NULL;
    for (guint i = 0; i < dataset->batteries->len; i++) {
        const Battery *battery = dataset->batteries->pdata[i];
        if (battery->release != release || g_strcmp0(battery->machine, series->machine) != 0 ||
            g_strcmp0(battery->distro, series->distro) != 0 || !has_plan(series, battery->plan) ||
            battery->anchor > epoch)
            continue;
        if (chosen == NULL || g_str_equal(battery->state, "pending") ||
            weight_of(battery) > weight_of(chosen))
            chosen = battery;
    }
    return chosen;
}

static const Battery *battery_of(const Dataset *dataset, const Series *series, int release)
{
    return battery_until(dataset, series, release, G_MAXINT);
}

static bool is_meaningful(const Metric *metric, const char *mode)
{
    if (metric->meaningful == NULL || metric->meaningful[0] == NULL || *mode == '\0')
        return true;
    return g_strv_contains((const char *const *)metric->meaningful, mode);
}

static const char *failure_of(const GArray *boots)
{
    for (guint i = 0; boots != NULL && i < boots->len; i++)
        if (!isfinite(boot_at(boots, i)->value) && boot_at(boots, i)->message != NULL)
            return boot_at(boots, i)->message;
    return NULL;
}

static const char *name_of(const Family *family, int release)
{
    return dataset_release(family->dataset, release)->name;
}

/* Another series that differs in the identity of its metric only and has boots at the release. */
static bool has_other_identity(const Dataset *dataset, const Series *series, int release)
{
    for (guint i = 0; i < dataset->series->len; i++) {
        const Series *other = dataset->series->pdata[i];
        if (other != series && series_boots(other, release) != NULL &&
            g_str_equal(other->trial_key, series->trial_key) &&
            g_str_equal(other->metric->name, series->metric->name) &&
            g_strcmp0(other->machine, series->machine) == 0 &&
            g_strcmp0(other->distro, series->distro) == 0)
            return true;
    }
    return false;
}

/* One side without a number: why. */
static void preset_absent(Family *family, FamilyRow *row, int release, const GArray *boots)
{
    const Battery *battery = battery_of(family->dataset, row->series, release);
    const char *why = failure_of(boots);
    if (boots != NULL || (battery != NULL && g_str_equal(battery->state, "failed"))) {
        if (why == NULL && battery != NULL)
            why = battery->reason;
        row->preset = STATE_FAILED;
        row->reason = keep(family, g_strdup_printf("%s: %s", name_of(family, release),
                                                   why != NULL ? why : "no boot gave a number"));
    } else if (has_other_identity(family->dataset, row->series, release)) {
        row->preset = STATE_NOT_COMPARABLE;
        row->reason = keep(
            family, g_strdup_printf("%s was extracted by other rules", name_of(family, release)));
    } else {
        bool was_cancelled = battery != NULL && g_str_equal(battery->state, "cancelled");
        row->preset = STATE_NO_DATA;
        row->reason =
            keep(family, was_cancelled
                             ? g_strdup_printf("%s: %s", name_of(family, release), battery->reason)
                             : g_strdup_printf("%s has not run here", name_of(family, release)));
    }
}

static void preset_apart(Family *family, FamilyRow *row, const Place *base, const Place *new_)
{
    row->preset = STATE_NOT_COMPARABLE;
    if (g_strcmp0(base->mode, new_->mode) != 0)
        row->reason = keep(family, g_strdup_printf("%s ran in mode %s, %s in mode %s",
                                                   name_of(family, row->base), base->mode,
                                                   name_of(family, row->new_), new_->mode));
    else
        row->reason = keep(family, g_strdup_printf("the machine changed: %s ran in its epoch %d, "
                                                   "%s in its epoch %d",
                                                   name_of(family, row->base), base->epoch,
                                                   name_of(family, row->new_), new_->epoch));
}

/* Two releases with numbers in one epoch do not wait for anchors of a later one. */
static bool preset_pending(Family *family, FamilyRow *row)
{
    const int sides[] = {row->new_, row->base};
    int epoch = row->n_base > 0 && row->n_new > 0 ? row->epoch : G_MAXINT;
    for (int i = 0; i < 2; i++) {
        const Battery *battery = battery_until(family->dataset, row->series, sides[i], epoch);
        if (battery == NULL || !g_str_equal(battery->state, "pending"))
            continue;
        row->preset = STATE_PENDING;
        row->reason = keep(family, g_strdup_printf("%s: %d of %d boots", name_of(family, sides[i]),
                                                   battery->done, battery->boots));
        return true;
    }
    return false;
}

static const char *direction_of(const GArray *boots)
{
    for (guint i = 0; boots != NULL && i < boots->len; i++)
        if (boot_at(boots, i)->better != NULL)
            return boot_at(boots, i)->better;
    return NULL;
}

/* Two sides of which one has another direction than the metric: there is no better of them. */
static bool preset_contradicted(Family *family, FamilyRow *row, const GArray *base,
                                const GArray *new_)
{
    const Metric *metric = row->series->metric;
    const char *says = direction_of(new_);
    int release = says != NULL ? row->new_ : row->base;
    says = says != NULL ? says : direction_of(base);
    if (says == NULL)
        return false;
    row->is_contradicted = true;
    row->preset = STATE_NOT_COMPARABLE;
    row->reason =
        keep(family, g_strdup_printf("%s says better=%s of %s, elsewhere it is better=%s; "
                                     "make their `Unit` lines say the same",
                                     name_of(family, release), says, metric->unit,
                                     better_format(metric->better)));
    return true;
}

static void preset_row(Family *family, FamilyRow *row, const GArray *base, const GArray *new_,
                       const Place *base_place, const Place *new_place)
{
    if (preset_pending(family, row)) {
        row->provisional = row->n_base > 0 && row->n_new > 0;
        return;
    }
    if (row->n_new == 0)
        preset_absent(family, row, row->new_, new_);
    else if (row->n_base == 0 && base_place->any && !is_at(boot_at(base, 0), new_place))
        preset_apart(family, row, base_place, new_place);
    else if (row->n_base == 0)
        preset_absent(family, row, row->base, base);
    else if (preset_contradicted(family, row, base, new_))
        return;
    else if (!is_meaningful(row->series->metric, new_place->mode)) {
        row->preset = STATE_NOT_COMPARABLE;
        row->reason = keep(family, g_strdup_printf("says nothing in mode %s", new_place->mode));
    }
}

/* --- history --- */

static void take_history(FamilyRow *row, const Place *place, const AaNoise *noise, double q)
{
    HistoryPlace where = {place->epoch_id, place->mode};
    row->history = history_of(row->series, row->new_, row->base, &where);
    SeriesNoise found =
        aa_noise_of(noise, row->series, row->new_, &where, log1p(row->series->margin), q);
    row->history.tau_a = found.tau_a;
    row->history.floor_a = found.floor_a;
}

/* --- rows --- */

static void fill_row(Family *family, FamilyRow *row, const AaNoise *noise, double q)
{
    const GArray *base = series_boots(row->series, row->base);
    const GArray *new_ = series_boots(row->series, row->new_);
    Place base_place = place_of(base, NULL, true), new_place = place_shared(base, new_);
    row->failed_new = take_values(new_, &new_place, &row->new_values, &row->new_jobs, &row->n_new);
    row->failed_base =
        take_values(base, &new_place, &row->base_values, &row->base_jobs, &row->n_base);
    row->epoch_id = new_place.epoch_id;
    row->epoch = new_place.epoch;
    row->mode = new_place.mode;
    take_history(row, &new_place, noise, q);
    preset_row(family, row, base, new_, &base_place, &new_place);
}

static void hash_number(GString *text, double value)
{
    g_autofree char *number = text_number_exact(value);
    g_string_append_printf(text, "%s ", number);
}

static void hash_row(FamilyRow *row)
{
    const Metric *metric = row->series->metric;
    g_autoptr(GString) text = g_string_new(FAMILY_PROCEDURE);
    g_autofree char *name = series_format(row->series, true);
    g_string_append_printf(text, "\n%s\n%s\n%d %d %s\n", name, metric->identity,
                           (int)metric->better, (int)row->preset,
                           row->reason == NULL ? "" : row->reason);
    for (int i = 0; i < row->n_base; i++)
        hash_number(text, row->base_values[i]);
    g_string_append(text, "\n");
    for (int i = 0; i < row->n_new; i++)
        hash_number(text, row->new_values[i]);
    g_string_append_printf(text, "\n%d %d %d ", row->failed_base, row->failed_new,
                           metric->deterministic);
    hash_number(text, row->series->margin);
    hash_number(text, metric->resolution);
    hash_number(text, row->history.var);
    hash_number(text, row->history.df);
    hash_number(text, row->history.tau_a);
    hash_number(text, row->history.floor_a);
    g_autofree char *hash = hash_string(text->str);
    g_strlcpy(row->inputs_hash, hash, sizeof row->inputs_hash);
}

static void hash_family(Family *family, double q)
{
    g_autoptr(GString) text = g_string_new(NULL);
    hash_number(text, q);
    for (int i = 0; i < family->n_rows; i++)
        if (family->rows[i].preset != STATE_PENDING)
            g_string_append_printf(text, "%s\n", family->rows[i].inputs_hash);
    g_autofree char *hash = hash_string(text->str);
    g_strlcpy(family->inputs_hash, hash, sizeof family->inputs_hash);
}

static Member member_of(const FamilyRow *row, bool provisional)
{
    return (Member){.base = row->base_values,
                    .n_base = row->n_base,
                    .new_ = row->new_values,
                    .n_new = row->n_new,
                    .better = row->series->metric->better,
                    .margin = row->series->margin,
                    .resolution = row->series->metric->resolution,
                    .deterministic = row->series->metric->deterministic,
                    .history = row->history,
                    .preset = provisional ? STATE_NONE : row->preset};
}

/* A change that noise between batteries hides, and the margin does not, says so. */
static void explain_noise(Family *family, FamilyRow *row)
{
    const History *history = &row->history;
    double noise = history->floor_a > 0 ? history->floor_a : 2 * history->tau_a;
    double size = fabs(row->judged.effect), level = log1p(row->series->margin);
    bool is_hidden = row->judged.state == STATE_SMALL_LOSS || row->judged.state == STATE_SMALL_GAIN;
    if (row->reason != NULL || !is_hidden || !(size >= level) || !(size < noise))
        return;
    row->reason = keep(family, g_strdup_printf("within the noise between batteries of one release, "
                                               "%.1f %%",
                                               100 * expm1(noise)));
}

/* The numbers of pending rows so far: judged apart, so that they touch nothing. */
static void decide_provisional(Family *family)
{
    for (int i = 0; i < family->n_rows; i++) {
        FamilyRow *row = &family->rows[i];
        if (!row->provisional)
            continue;
        Member member = member_of(row, true);
        family_decide(&member, 1, NULL, &row->judged, NULL);
        row->judged.state = STATE_PENDING;
        row->judged.p = row->judged.q = row->judged.q_red = row->judged.mde = NAN;
        row->judged.boots_needed = -1;
        row->judged.reason = NULL;
    }
}

static void decide(Family *family, double q)
{
    g_autofree Member *members = g_new0(Member, (gsize)family->n_rows + 1);
    g_autofree Judged *judged = g_new0(Judged, (gsize)family->n_rows + 1);
    for (int i = 0; i < family->n_rows; i++)
        members[i] = member_of(&family->rows[i], false);
    FamilyOptions options = {.q = q};
    family_decide(members, family->n_rows, &options, judged, &family->summary);
    for (int i = 0; i < family->n_rows; i++) {
        FamilyRow *row = &family->rows[i];
        row->judged = judged[i];
        if (row->is_contradicted)
            row->judged.ratio = row->judged.effect = NAN;
        if (row->reason == NULL && judged[i].reason != NULL)
            row->reason = judged[i].reason;
        explain_noise(family, row);
    }
    decide_provisional(family);
}

static bool wants(const FamilyFilter *filter, const char *machine)
{
    if (filter == NULL)
        return true;
    if (filter->machine != NULL && g_strcmp0(filter->machine, machine) != 0)
        return false;
    return filter->machines == NULL || filter->machines[0] == NULL ||
           (machine != NULL && g_strv_contains(filter->machines, machine));
}

/* The release before new_ in which the series ran, best on the same epoch and mode; new_ - 1 where
 * there is none. */
static int previous_of(const Series *series, int new_)
{
    Place place = place_of(series_boots(series, new_), NULL, false);
    int any = -1;
    for (int i = new_; i-- > 0;) {
        const GArray *boots = series_boots(series, i);
        for (guint j = 0; boots != NULL && j < boots->len; j++) {
            if (!isfinite(boot_at(boots, j)->value))
                continue;
            if (!place.any || is_at(boot_at(boots, j), &place))
                return i;
            any = any < 0 ? i : any;
        }
    }
    return any >= 0 ? any : new_ - 1;
}

/* A series belongs to the family when either release was to run it; one that neither has tried
 * (another plan, retired since) does not. */
static bool concerns(const Dataset *dataset, const Series *series, int base, int new_)
{
    return series_boots(series, base) != NULL || series_boots(series, new_) != NULL ||
           battery_of(dataset, series, new_) != NULL;
}

Family *family_make(const Dataset *dataset, int base, int new_, const FamilyFilter *filter)
{
    Family *family = g_new0(Family, 1);
    double q = filter == NULL || filter->q == 0 ? .05 : filter->q;
    *family = (Family){.dataset = dataset,
                       .base = base,
                       .new_ = new_,
                       .rows = g_new0(FamilyRow, dataset->series->len + 1),
                       .strings = g_string_chunk_new(4096)};
    for (guint i = 0; i < dataset->series->len; i++) {
        const Series *series = dataset->series->pdata[i];
        int own = base == FAMILY_PREVIOUS ? previous_of(series, new_) : base;
        if (!wants(filter, series->machine) || !concerns(dataset, series, own, new_))
            continue;
        FamilyRow *row = &family->rows[family->n_rows++];
        *row = (FamilyRow){.series = series, .base = own, .new_ = new_};
        family->base = MAX(family->base, own);
        fill_row(family, row, filter == NULL ? NULL : filter->noise, q);
        hash_row(row);
    }
    hash_family(family, q);
    decide(family, q);
    return family;
}

void family_free(Family *family)
{
    if (family == NULL)
        return;
    for (int i = 0; i < family->n_rows; i++) {
        g_free(family->rows[i].base_values);
        g_free(family->rows[i].new_values);
        g_free(family->rows[i].base_jobs);
        g_free(family->rows[i].new_jobs);
    }
    g_free(family->rows);
    g_string_chunk_free(family->strings);
    g_free(family);
}

int family_count(const Family *family, State state)
{
    int count = 0;
    for (int i = 0; i < family->n_rows; i++)
        count += family->rows[i].judged.state == state;
    return count;
}

FamilyRow *family_find(const Family *family, const Series *series)
{
    for (int i = 0; i < family->n_rows; i++)
        if (family->rows[i].series == series)
            return &family->rows[i];
    return NULL;
}
