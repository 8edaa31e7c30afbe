// Progress of long work: a bar on a terminal, else a line now and then.
#include "common/progress.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/text.h"

#define QUIET_MS 500 // work this short says nothing
#define DRAW_MS 100 // between two drawings
#define LINE_MS 30000 // between two lines of a log
#define BAR_COLUMNS 20

struct Progress {
    FILE *out;
    char *what;
    char *note;
    int64_t done;
    int64_t total;
    int64_t started_ms;
    int64_t drawn_ms; // 0: never
    bool is_terminal;
    bool is_drawn;
};

static void append_bar(GString *line, int64_t done, int64_t total)
{
    int filled = (int)((double)done / (double)total * BAR_COLUMNS);
    g_string_append(line, "  [");
    for (int i = 0; i < BAR_COLUMNS; i++)
        g_string_append_c(line, i < filled ? '#' : '.');
    g_string_append_c(line, ']');
}

static void append_rate(GString *line, int64_t done, int64_t total, double elapsed_s)
{
    if (done <= 0 || elapsed_s <= 0)
        return;
    double rate = (double)done / elapsed_s;
    bool is_slow = rate < 0.1;
    g_autofree char *text = is_slow ? text_seconds(1 / rate) : text_number(rate, 2);
    g_string_append_printf(line, is_slow ? "  %s each" : "  %s/s", text);
    if (total > done) {
        g_autofree char *left = text_seconds((double)(total - done) / rate);
        g_string_append_printf(line, "  %s left", left);
    }
}

// Cuts at a character, by counting characters as columns.
static void cut_columns(GString *line, int width)
{
    if (g_utf8_strlen(line->str, -1) > width)
        g_string_truncate(line, (gsize)(g_utf8_offset_to_pointer(line->str, width) - line->str));
}

char *progress_format(const char *what, int64_t done, int64_t total, double elapsed_s,
                      const char *note, int width)
{
    GString *line = g_string_new(what);
    int64_t shown = total > 0 ? MIN(done, total) : done;
    if (total > 0 && width >= 60)
        append_bar(line, shown, total);
    g_string_append_printf(line, "  %" G_GINT64_FORMAT, done);
    if (total > 0)
        g_string_append_printf(line, "/%" G_GINT64_FORMAT "  %d%%", total,
                               (int)(100.0 * (double)shown / (double)total));
    append_rate(line, done, total, elapsed_s);
    if (note && *note) {
        g_autofree char *safe = text_escape_terminal(note);
        g_string_append_printf(line, "  %s", safe);
    }
    if (width > 0)
        cut_columns(line, MAX(width, 20));
    return g_string_free(line, FALSE);
}

static int terminal_width(FILE *out)
{
    struct winsize size = {0};
    if (ioctl(fileno(out), TIOCGWINSZ, &size) || size.ws_col < 20)
        return 79;
    return size.ws_col - 1;
}

Progress *progress_new(FILE *out, const char *what, int64_t total)
{
    Progress *progress = g_new0(Progress, 1);
    progress->out = out;
    progress->what = g_strdup(what);
    progress->total = total;
    progress->started_ms = clock_monotonic_ms();
    progress->is_terminal = isatty(fileno(out)) && g_strcmp0(g_getenv("TERM"), "dumb") != 0;
    return progress;
}

static void progress_draw(Progress *progress)
{
    int64_t now = clock_monotonic_ms();
    int width = progress->is_terminal ? terminal_width(progress->out) : 0;
    g_autofree char *line =
        progress_format(progress->what, progress->done, progress->total,
                        (double)(now - progress->started_ms) / 1000, progress->note, width);
    if (progress->is_terminal)
        fprintf(progress->out, "\r%s\x1b[K", line);
    else
        fprintf(progress->out, "%s\n", line);
    fflush(progress->out);
    progress->drawn_ms = now;
    progress->is_drawn = true;
}

void progress_set(Progress *progress, int64_t done, const char *note)
{
    progress->done = done;
    if (g_strcmp0(note, progress->note) != 0) {
        g_free(progress->note);
        progress->note = g_strdup(note);
    }
    int64_t now = clock_monotonic_ms();
    int64_t last = progress->drawn_ms ? progress->drawn_ms : progress->started_ms;
    int64_t pause = !progress->is_terminal ? LINE_MS : progress->drawn_ms ? DRAW_MS : QUIET_MS;
    if (now - last >= pause)
        progress_draw(progress);
}

void progress_set_total(Progress *progress, int64_t total)
{
    progress->total = total;
}

void progress_hide(Progress *progress)
{
    if (progress->is_terminal && progress->is_drawn) {
        fputs("\r\x1b[K", progress->out);
        fflush(progress->out);
    }
    progress->is_drawn = false;
}

void progress_free(Progress *progress)
{
    if (!progress)
        return;
    if (!progress->is_terminal && progress->drawn_ms)
        progress_draw(progress);
    else
        progress_hide(progress);
    g_free(progress->what);
    g_free(progress->note);
    g_free(progress);
}
