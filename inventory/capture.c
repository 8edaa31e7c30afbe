// A machine's console, kept by a thread.
#include "inventory/capture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "common/error.h"

enum { READ_MS = 200, LIMIT_BYTES = 64 << 20 };

struct Capture {
    Console *console;
    GThread *thread;
    GMutex mutex; // of what follows
    FILE *file;
    size_t written;
    int64_t last_ms; // when a byte came
    char *ended;
    bool stops;
    bool in_line; // a line has begun
    bool is_full;
};

static void write_stamp(Capture *capture)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *second = g_date_time_format(now, "%Y-%m-%dT%H:%M:%S");
    int n = fprintf(capture->file, "%s.%03dZ ", second, g_date_time_get_microsecond(now) / 1000);
    capture->written += n > 0 ? (size_t)n : 0;
}

// Lines get their stamps; the carriage returns before line ends go.
static void write_bytes(Capture *capture, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '\r')
            continue;
        if (!capture->in_line)
            write_stamp(capture);
        fputc(bytes[i], capture->file);
        capture->written++;
        capture->in_line = bytes[i] != '\n';
    }
}

static void take_bytes(Capture *capture, const char *bytes, size_t n)
{
    g_mutex_lock(&capture->mutex);
    capture->last_ms = clock_monotonic_ms();
    if (capture->written < LIMIT_BYTES) {
        write_bytes(capture, bytes, n);
        fflush(capture->file);
    } else if (!capture->is_full) {
        fprintf(capture->file, "\n[the console went on beyond %d MiB]\n", LIMIT_BYTES >> 20);
        fflush(capture->file);
        capture->is_full = true;
    }
    g_mutex_unlock(&capture->mutex);
}

static bool wants_stop(Capture *capture)
{
    g_mutex_lock(&capture->mutex);
    bool stops = capture->stops;
    g_mutex_unlock(&capture->mutex);
    return stops;
}

static void *run(void *data)
{
    Capture *capture = data;
    char bytes[4096];
    size_t n = 0;
    g_autoptr(GError) error = NULL;
    while (!wants_stop(capture)) {
        if (!console_read(capture->console, bytes, sizeof(bytes), READ_MS, &n, &error))
            break;
        if (n > 0)
            take_bytes(capture, bytes, n);
    }
    g_mutex_lock(&capture->mutex);
    capture->ended = error ? g_strdup(error->message) : NULL;
    g_mutex_unlock(&capture->mutex);
    return NULL;
}

bool capture_start(Console *console, const char *path, Capture **ret_capture, GError **error)
{
    FILE *file = fopen(path, "ae");
    if (!file)
        return error_set(error, ERROR_INPUT, "cannot write %s: %s", path, g_strerror(errno));
    Capture *capture = g_new0(Capture, 1);
    capture->console = console;
    capture->file = file;
    struct stat before;
    capture->written = fstat(fileno(file), &before) == 0 ? (size_t)before.st_size : 0;
    capture->last_ms = clock_monotonic_ms();
    g_mutex_init(&capture->mutex);
    capture->thread = g_thread_new("console", run, capture);
    *ret_capture = capture;
    return true;
}

void capture_stop(Capture *capture)
{
    if (!capture)
        return;
    g_mutex_lock(&capture->mutex);
    capture->stops = true;
    g_mutex_unlock(&capture->mutex);
    g_thread_join(capture->thread);
    console_close(capture->console);
    fclose(capture->file);
    g_mutex_clear(&capture->mutex);
    g_free(capture->ended);
    g_free(capture);
}

size_t capture_size(Capture *capture)
{
    g_mutex_lock(&capture->mutex);
    size_t size = capture->written;
    g_mutex_unlock(&capture->mutex);
    return size;
}

char *capture_read(const char *path, size_t from, size_t *ret_size)
{
    char *text = NULL;
    gsize size = 0;
    *ret_size = 0;
    if (!path || !g_file_get_contents(path, &text, &size, NULL))
        return NULL;
    from = MIN(from, size);
    memmove(text, text + from, size - from + 1);
    *ret_size = size - from;
    return text;
}

int64_t capture_quiet_ms(Capture *capture)
{
    g_mutex_lock(&capture->mutex);
    int64_t quiet = clock_monotonic_ms() - capture->last_ms;
    g_mutex_unlock(&capture->mutex);
    return quiet;
}

char *capture_ended(Capture *capture)
{
    g_mutex_lock(&capture->mutex);
    char *ended = g_strdup(capture->ended);
    g_mutex_unlock(&capture->mutex);
    return ended;
}

bool capture_write(Capture *capture, const char *bytes, size_t n, int64_t deadline_ms,
                   GError **error)
{
    return console_write(capture->console, bytes, n, deadline_ms, error);
}

bool capture_sysrq(Capture *capture, char key, int64_t deadline_ms, GError **error)
{
    return console_sysrq(capture->console, key, deadline_ms, error);
}
