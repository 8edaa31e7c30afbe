// common/progress: what a bar says, and where it says nothing.
#include "common/progress.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void assert_line(int64_t done, int64_t total, double elapsed_s, const char *note, int width,
                        const char *expected)
{
    g_autofree char *line = progress_format("trials", done, total, elapsed_s, note, width);
    g_assert_cmpstr(line, ==, expected);
}

static void test_a_bar_has_rate_and_time_left(void)
{
    assert_line(45, 120, 22.5, "netperf", 100,
                "trials  [#######.............]  45/120  37%  2.0/s  38s left  netperf");
    assert_line(3, 8, 300, NULL, 100,
                "trials  [#######.............]  3/8  37%  1m40s each  8m20s left");
    assert_line(8, 8, 4, NULL, 100, "trials  [####################]  8/8  100%  2.0/s");
    assert_line(0, 8, 4, NULL, 100, "trials  [....................]  0/8  0%");
}

static void test_more_than_all_is_all(void)
{
    assert_line(9, 8, 4.5, NULL, 100, "trials  [####################]  9/8  100%  2.0/s");
}

static void test_without_a_total_it_counts(void)
{
    assert_line(1234, 0, 10, NULL, 100, "trials  1234  123/s");
}

static void test_a_narrow_terminal_gets_what_fits(void)
{
    assert_line(45, 120, 22.5, "netperf", 40, "trials  45/120  37%  2.0/s  38s left  ne");
    assert_line(45, 120, 22.5, "äöüäöü", 38, "trials  45/120  37%  2.0/s  38s left  ");
    assert_line(45, 120, 22.5, "äöüäöü", 40, "trials  45/120  37%  2.0/s  38s left  äö");
    assert_line(45, 120, 22.5, NULL, 1, "trials  45/120  37% ");
}

static void test_a_note_is_escaped(void)
{
    assert_line(1, 0, 0, "a\r\x1b[2J", 0, "trials  1  a\\x0d\\x1b[2J");
}

static void test_short_work_is_silent(void)
{
    FILE *out = tmpfile();
    Progress *progress = progress_new(out, "trials", 3);
    for (int i = 0; i <= 3; i++)
        progress_set(progress, i, "x");
    progress_hide(progress);
    progress_set_total(progress, 4);
    progress_free(progress);
    progress_free(NULL);
    g_assert_cmpint(ftell(out), ==, 0);
    fclose(out);
}

// A terminal of our own, whose other end we read.
static void test_a_terminal_gets_a_bar_that_goes_away(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0) {
        g_test_skip("this system gives no pseudo-terminal (is devpts mounted?)");
        return;
    }
    g_assert_true(grantpt(master) == 0 && unlockpt(master) == 0);
    FILE *out = fopen(ptsname(master), "w");
    g_assert_nonnull(out);
    g_setenv("TERM", "xterm", true);
    Progress *progress = progress_new(out, "trials", 2);
    g_usleep(510 * 1000); // the time in which it is silent
    progress_set(progress, 1, "one");
    progress_set(progress, 2, "two"); // drawn only if the first is long enough ago
    progress_free(progress);
    char seen[512] = "";
    size_t size = 0;
    struct pollfd ready = {.fd = master, .events = POLLIN};
    while (size < sizeof seen - 1 && !g_str_has_suffix(seen, "\r\x1b[K") &&
           poll(&ready, 1, 5000) > 0) {
        ssize_t came = read(master, seen + size, sizeof seen - 1 - size);
        g_assert_cmpint(came, >, 0);
        size += (size_t)came;
    }
    if (!g_pattern_match_simple("\rtrials  [##########..........]  1/2  50%  *  one\x1b[K*\r\x1b[K",
                                seen))
        g_error("drawn: %s", seen);
    fclose(out);
    close(master);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/progress/bar", test_a_bar_has_rate_and_time_left);
    g_test_add_func("/progress/more-than-all", test_more_than_all_is_all);
    g_test_add_func("/progress/without-a-total", test_without_a_total_it_counts);
    g_test_add_func("/progress/narrow", test_a_narrow_terminal_gets_what_fits);
    g_test_add_func("/progress/note", test_a_note_is_escaped);
    g_test_add_func("/progress/short-work", test_short_work_is_silent);
    g_test_add_func("/progress/terminal", test_a_terminal_gets_a_bar_that_goes_away);
    return g_test_run();
}
