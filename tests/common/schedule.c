#include "common/schedule.h"

#include "common/error.h"

enum { DAY = 86400 };

static gint64 at(const char *iso)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(iso, utc);
    g_assert_nonnull(time);
    return g_date_time_to_unix(time);
}

static Schedule parsed(const char *text)
{
    Schedule schedule = {0};
    g_autoptr(GError) error = NULL;
    g_assert_true(schedule_parse(text, &schedule, &error));
    g_assert_no_error(error);
    return schedule;
}

/* Goes round once a day from start; returns the days (from 0) on which it was carried out. */
static GArray *days_carried_out(const Schedule *schedule, const char *start, int n,
                                const int *asleep, int n_asleep)
{
    GArray *days = g_array_new(FALSE, FALSE, sizeof(int));
    gint64 last = SCHEDULE_NEVER;
    for (int day = 0; day < n; day++) {
        bool sleeps = false;
        for (int i = 0; i < n_asleep; i++)
            sleeps = sleeps || asleep[i] == day;
        gint64 now = at(start) + (gint64)day * DAY;
        for (int twice = 0; twice < 2 && !sleeps; twice++) {
            if (!schedule_is_due(schedule, last, now))
                continue;
            last = schedule_slot(schedule, now);
            g_array_append_val(days, day);
        }
    }
    return days;
}

static void assert_days(const GArray *days, const int *expected, guint n)
{
    g_assert_cmpuint(days->len, ==, n);
    for (guint i = 0; i < n; i++)
        g_assert_cmpint(g_array_index(days, int, i), ==, expected[i]);
}

static void sixty_days_have_two_seventeenths_and_the_first_day(void)
{
    Schedule monthly = parsed("monthly 17");
    g_autoptr(GArray) days = days_carried_out(&monthly, "2026-01-01T04:00:00Z", 60, NULL, 0);
    assert_days(days, (const int[]){0, 16, 47}, 3);
}

static void a_missed_seventeenth_is_caught_up_once(void)
{
    Schedule monthly = parsed("monthly 17");
    g_autoptr(GArray) days =
        days_carried_out(&monthly, "2026-01-01T04:00:00Z", 60, (const int[]){16, 17, 18}, 3);
    assert_days(days, (const int[]){0, 19, 47}, 3);
}

static void many_missed_slots_are_caught_up_once(void)
{
    Schedule monthly = parsed("monthly 17");
    gint64 last = at("2025-06-17T00:00:00Z");
    gint64 now = at("2026-01-30T12:00:00Z");
    g_assert_true(schedule_is_due(&monthly, last, now));
    gint64 served = schedule_slot(&monthly, now);
    g_assert_cmpint(served, ==, at("2026-01-17T00:00:00Z"));
    g_assert_false(schedule_is_due(&monthly, served, now));
}

static void the_thirty_first_is_the_last_day_of_a_short_month(void)
{
    Schedule monthly = parsed("monthly 31");
    gint64 now = at("2026-02-27T23:59:59Z");
    g_assert_cmpint(schedule_slot(&monthly, now), ==, at("2026-01-31T00:00:00Z"));
    g_assert_cmpint(schedule_slot(&monthly, now + 1), ==, at("2026-02-28T00:00:00Z"));
    g_assert_cmpint(schedule_next_slot(&monthly, now + 1), ==, at("2026-03-31T00:00:00Z"));
    gint64 leap = at("2028-02-29T00:00:00Z");
    g_assert_cmpint(schedule_slot(&monthly, leap), ==, leap);
    g_assert_cmpint(schedule_slot(&monthly, leap - 1), ==, at("2028-01-31T00:00:00Z"));
    g_assert_cmpint(schedule_next_slot(&monthly, at("2026-12-31T00:00:00Z")), ==,
                    at("2027-01-31T00:00:00Z"));
}

static void a_slot_is_not_after_now_and_the_next_one_is(void)
{
    static const char *const TEXTS[] = {"every 6h",   "every 90min", "every 3d",   "weekly",
                                        "weekly sun", "monthly 1",   "monthly 17", "monthly 29",
                                        "monthly 30", "monthly 31"};
    for (size_t i = 0; i < G_N_ELEMENTS(TEXTS); i++) {
        Schedule schedule = parsed(TEXTS[i]);
        gint64 last = schedule_slot(&schedule, at("2026-01-01T00:00:00Z"));
        for (gint64 now = at("2026-01-01T00:00:00Z"); now < at("2029-01-01T00:00:00Z");
             now += 17 * 3600) {
            gint64 slot = schedule_slot(&schedule, now);
            gint64 next = schedule_next_slot(&schedule, now);
            g_assert_cmpint(slot, <=, now);
            g_assert_cmpint(next, >, now);
            g_assert_cmpint(slot, >=, last);
            g_assert_cmpint(schedule_slot(&schedule, next), ==, next);
            g_assert_cmpint(schedule_slot(&schedule, next - 1), ==, slot);
            last = slot;
        }
    }
}

static void a_week_begins_on_its_day(void)
{
    Schedule monday = parsed("weekly");
    Schedule sunday = parsed("weekly Sunday");
    gint64 now = at("2026-11-21T05:00:00Z"); // a Saturday
    g_assert_cmpint(schedule_slot(&monday, now), ==, at("2026-11-16T00:00:00Z"));
    g_assert_cmpint(schedule_slot(&sunday, now), ==, at("2026-11-15T00:00:00Z"));
    g_assert_cmpint(schedule_next_slot(&sunday, now), ==, at("2026-11-22T00:00:00Z"));
}

static void every_six_hours_is_on_the_clock(void)
{
    Schedule every = parsed("  every \t 6h ");
    gint64 now = at("2026-01-01T07:30:00Z");
    g_assert_cmpint(schedule_slot(&every, now), ==, at("2026-01-01T06:00:00Z"));
    g_assert_cmpint(schedule_next_slot(&every, now), ==, at("2026-01-01T12:00:00Z"));
    g_assert_cmpint(schedule_slot(&every, -1), ==, -6 * 3600);
}

static void continual_is_always_due(void)
{
    Schedule continual = parsed("continual");
    g_assert_true(schedule_is_due(&continual, 100, 100));
    g_assert_cmpint(schedule_slot(&continual, 100), ==, 100);
}

static void a_clock_that_went_back_makes_nothing_due(void)
{
    Schedule weekly = parsed("weekly");
    g_assert_false(
        schedule_is_due(&weekly, at("2026-06-01T00:00:00Z"), at("2026-05-01T00:00:00Z")));
}

static void other_texts_are_refused_in_one_sentence(void)
{
    static const char *const TEXTS[] = {
        "",
        "hourly",
        "every",
        "every 6",
        "every 6 h",
        "every 0h",
        "every -6h",
        "every 6h 1",
        "every 59s",
        "every 367d",
        "every 6hh",
        "weekly x",
        "weekly mo",
        "weekly 1 2",
        "monthly",
        "monthly 0",
        "monthly 32",
        "monthly 17th",
        "monthly -1",
        "monthly 1 2",
        "Continual",
        "continual now",
        "every 99999999999999999999h",
        "weekly mondays",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(TEXTS); i++) {
        g_autoptr(GError) error = NULL;
        Schedule schedule = {0};
        g_assert_false(schedule_parse(TEXTS[i], &schedule, &error));
        g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
        g_assert_nonnull(strstr(error->message, "monthly 17"));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/schedule/sixty days", sixty_days_have_two_seventeenths_and_the_first_day);
    g_test_add_func("/schedule/a missed one", a_missed_seventeenth_is_caught_up_once);
    g_test_add_func("/schedule/many missed ones", many_missed_slots_are_caught_up_once);
    g_test_add_func("/schedule/short months", the_thirty_first_is_the_last_day_of_a_short_month);
    g_test_add_func("/schedule/slots in order", a_slot_is_not_after_now_and_the_next_one_is);
    g_test_add_func("/schedule/weeks", a_week_begins_on_its_day);
    g_test_add_func("/schedule/every", every_six_hours_is_on_the_clock);
    g_test_add_func("/schedule/continual", continual_is_always_due);
    g_test_add_func("/schedule/clock back", a_clock_that_went_back_makes_nothing_due);
    g_test_add_func("/schedule/refused", other_texts_are_refused_in_one_sentence);
    return g_test_run();
}
