// Time: monotonic inside, UTC at the edge.
#include "common/clock.h"

#include <math.h>
#include <string.h>
#include <time.h>

#define CANCEL_LOOK_MS 200

static int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_monotonic_ms(void)
{
    return monotonic_ns() / 1000000;
}

double clock_monotonic_s(void)
{
    return (double)monotonic_ns() * 1e-9;
}

int64_t clock_unix_s(void)
{
    return (int64_t)time(NULL);
}

bool clock_sleep(int64_t ms, bool (*is_cancelled)(void *data), void *data)
{
    int64_t until = clock_monotonic_ms() + ms;
    for (;;) {
        if (is_cancelled && is_cancelled(data))
            return false;
        int64_t left = until - clock_monotonic_ms();
        if (left <= 0)
            return true;
        left = MIN(left, CANCEL_LOOK_MS);
        struct timespec pause = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
        nanosleep(&pause, NULL); // shorter where a signal comes
    }
}

char *clock_format(int64_t unix_s)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(unix_s);
    return time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : g_strdup("-");
}

// PostgreSQL writes "2026-11-17 04:05:06+00": hours alone as the offset.
static char *normalised(const char *text)
{
    g_autoptr(GString) iso = g_string_new(text);
    if (iso->len > 10 && iso->str[10] == ' ')
        iso->str[10] = 'T';
    if (iso->len > 13 && strchr("+-", iso->str[iso->len - 3]) &&
        g_ascii_isdigit(iso->str[iso->len - 4]))
        g_string_append(iso, ":00");
    return g_string_free(g_steal_pointer(&iso), FALSE);
}

bool clock_parse(const char *text, int64_t *ret_unix_s)
{
    if (strlen(text) > 40)
        return false;
    g_autofree char *iso = normalised(text);
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(iso, utc);
    if (!time)
        return false;
    *ret_unix_s = g_date_time_to_unix(time);
    return true;
}
