// Schedules: the calendar of four expressions, in UTC.
#include "common/schedule.h"

#include "common/error.h"

#include <string.h>

enum { DAY_S = 86400, WEEK_DAYS = 7, EVERY_MIN_S = 60, EVERY_MAX_S = 366 * DAY_S };

static const char *const DAYS[] = {"monday", "tuesday",  "wednesday", "thursday",
                                   "friday", "saturday", "sunday"};

static gint64 floor_to(gint64 value, gint64 step)
{
    gint64 rest = value % step;
    return value - (rest < 0 ? rest + step : rest);
}

static bool parse_number(const char *text, gint64 max, gint64 *ret_number, const char **ret_end)
{
    if (!g_ascii_isdigit(text[0]))
        return false;
    char *end = NULL;
    guint64 number = g_ascii_strtoull(text, &end, 10);
    if (number < 1 || number > (guint64)max)
        return false;
    *ret_number = (gint64)number;
    *ret_end = end;
    return true;
}

static bool parse_every(const char *text, gint64 *ret_every_s)
{
    static const struct {
        const char *unit;
        gint64 seconds;
    } UNITS[] = {{"s", 1}, {"min", 60}, {"m", 60}, {"h", 3600}, {"d", DAY_S}};
    gint64 number = 0;
    const char *unit = NULL;
    if (!parse_number(text, EVERY_MAX_S, &number, &unit))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(UNITS); i++) {
        gint64 every_s = number * UNITS[i].seconds;
        if (strcmp(unit, UNITS[i].unit) != 0)
            continue;
        if (every_s < EVERY_MIN_S || every_s > EVERY_MAX_S)
            return false;
        *ret_every_s = every_s;
        return true;
    }
    return false;
}

static bool parse_weekday(const char *text, int *ret_weekday)
{
    g_autofree char *lower = g_ascii_strdown(text, -1);
    size_t length = strlen(lower);
    for (int i = 0; i < WEEK_DAYS && length >= 3; i++) {
        if (strncmp(lower, DAYS[i], length) == 0) {
            *ret_weekday = i + 1;
            return true;
        }
    }
    return false;
}

static bool parse_month_day(const char *text, int *ret_day)
{
    gint64 day = 0;
    const char *end = NULL;
    if (!parse_number(text, 31, &day, &end) || *end != '\0')
        return false;
    *ret_day = (int)day;
    return true;
}

/* words: NULL-terminated, without empty ones. */
static bool parse_words(char **words, Schedule *schedule)
{
    guint n = g_strv_length(words);
    if (n == 1 && strcmp(words[0], "continual") == 0) {
        schedule->kind = SCHEDULE_CONTINUAL;
        return true;
    }
    if (n == 2 && strcmp(words[0], "every") == 0) {
        schedule->kind = SCHEDULE_EVERY;
        return parse_every(words[1], &schedule->every_s);
    }
    if ((n == 1 || n == 2) && strcmp(words[0], "weekly") == 0) {
        schedule->kind = SCHEDULE_WEEKLY;
        schedule->weekday = 1;
        return n == 1 || parse_weekday(words[1], &schedule->weekday);
    }
    if (n == 2 && strcmp(words[0], "monthly") == 0) {
        schedule->kind = SCHEDULE_MONTHLY;
        return parse_month_day(words[1], &schedule->day);
    }
    return false;
}

static char **split_words(const char *text)
{
    g_auto(GStrv) parts = g_strsplit_set(text, " \t", -1);
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    for (char **part = parts; *part != NULL; part++) {
        if (**part != '\0')
            g_strv_builder_add(words, *part);
    }
    return g_strv_builder_end(words);
}

/* Midnight of the month's planned day, the month counted from that of any_s. */
static gint64 month_slot(gint64 any_s, int months, int day)
{
    g_autoptr(GDateTime) any = g_date_time_new_from_unix_utc(any_s);
    int month = g_date_time_get_year(any) * 12 + g_date_time_get_month(any) - 1 + months;
    int days = g_date_get_days_in_month((GDateMonth)(month % 12 + 1), (GDateYear)(month / 12));
    g_autoptr(GDateTime) slot =
        g_date_time_new_utc(month / 12, month % 12 + 1, MIN(day, days), 0, 0, 0);
    return g_date_time_to_unix(slot);
}

/* 1970 began on a Thursday: its first Monday is day 4. */
static gint64 week_slot(gint64 now_s, int weekday)
{
    gint64 first_s = (gint64)(weekday + 3) * DAY_S;
    return floor_to(now_s - first_s, (gint64)WEEK_DAYS * DAY_S) + first_s;
}

bool schedule_parse(const char *text, Schedule *ret_schedule, GError **error)
{
    g_auto(GStrv) words = split_words(text);
    Schedule schedule = {0};
    if (!parse_words(words, &schedule)) {
        g_autofree char *shown = g_strescape(text, NULL);
        return error_set(error, ERROR_INPUT,
                         "'%.60s' is no schedule: it is 'continual', 'every 6h', 'weekly' or "
                         "'weekly sunday', or 'monthly 17'",
                         shown);
    }
    *ret_schedule = schedule;
    return true;
}

gint64 schedule_slot(const Schedule *schedule, gint64 now_s)
{
    switch (schedule->kind) {
    case SCHEDULE_EVERY:
        return floor_to(now_s, schedule->every_s);
    case SCHEDULE_WEEKLY:
        return week_slot(now_s, schedule->weekday);
    case SCHEDULE_MONTHLY: {
        gint64 slot_s = month_slot(now_s, 0, schedule->day);
        return slot_s <= now_s ? slot_s : month_slot(now_s, -1, schedule->day);
    }
    case SCHEDULE_CONTINUAL:
    default:
        return now_s;
    }
}

gint64 schedule_next_slot(const Schedule *schedule, gint64 now_s)
{
    switch (schedule->kind) {
    case SCHEDULE_EVERY:
        return floor_to(now_s, schedule->every_s) + schedule->every_s;
    case SCHEDULE_WEEKLY:
        return week_slot(now_s, schedule->weekday) + (gint64)WEEK_DAYS * DAY_S;
    case SCHEDULE_MONTHLY: {
        gint64 slot_s = month_slot(now_s, 0, schedule->day);
        return slot_s > now_s ? slot_s : month_slot(now_s, 1, schedule->day);
    }
    case SCHEDULE_CONTINUAL:
    default:
        return now_s;
    }
}

bool schedule_is_due(const Schedule *schedule, gint64 last_slot_s, gint64 now_s)
{
    if (last_slot_s == SCHEDULE_NEVER || schedule->kind == SCHEDULE_CONTINUAL)
        return true;
    return schedule_slot(schedule, now_s) > last_slot_s;
}
