// One question to a QEMU over its machine protocol.
#include "inventory/qmp.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/text.h"
#include "inventory/socket.h"

enum { LINE_BYTES = 1 << 20 };

typedef struct {
    int fd;
    int64_t until;
    GString *pending; // bytes behind the last line
} Qmp;

static void qmp_clear(Qmp *qmp)
{
    if (qmp->fd >= 0)
        close(qmp->fd);
    if (qmp->pending)
        g_string_free(qmp->pending, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Qmp, qmp_clear)

static bool wait_for(const Qmp *qmp, short events, GError **error)
{
    int64_t left = qmp->until - clock_monotonic_ms();
    struct pollfd fd = {.fd = qmp->fd, .events = events};
    if (left > 0 && poll(&fd, 1, (int)MIN(left, G_MAXINT)) > 0)
        return true;
    return left > 0 && errno == EINTR ? true
                                      : error_set(error, ERROR_MACHINE, "QEMU does not answer");
}

// The next line, without its end.
static bool read_line(Qmp *qmp, char **ret_line, GError **error)
{
    for (;;) {
        char *end = strchr(qmp->pending->str, '\n');
        if (end) {
            *ret_line = g_strndup(qmp->pending->str, (gsize)(end - qmp->pending->str));
            g_string_erase(qmp->pending, 0, end - qmp->pending->str + 1);
            return true;
        }
        char bytes[4096];
        if (qmp->pending->len > LINE_BYTES)
            return error_set(error, ERROR_MACHINE, "QEMU's answer has no end");
        if (!wait_for(qmp, POLLIN, error))
            return false;
        ssize_t n = read(qmp->fd, bytes, sizeof(bytes));
        if (n == 0)
            return error_set(error, ERROR_MACHINE, "QEMU hung up");
        if (n > 0)
            g_string_append_len(qmp->pending, bytes, n);
    }
}

// The next message that is no event.
static bool read_answer(Qmp *qmp, json_t **ret_answer, GError **error)
{
    for (;;) {
        g_autofree char *line = NULL;
        if (!read_line(qmp, &line, error))
            return false;
        json_t *message = json_loads(line, 0, NULL);
        if (!json_is_object(message)) {
            g_autofree char *clean = text_escape_terminal(line);
            json_decref(message);
            return error_set(error, ERROR_MACHINE, "cannot read QEMU's answer \"%.80s\"", clean);
        }
        if (!json_object_get(message, "event")) {
            *ret_answer = message;
            return true;
        }
        json_decref(message);
    }
}

static bool send_command(Qmp *qmp, const char *command, json_t *arguments, GError **error)
{
    json_t *message = json_pack("{s:s}", "execute", command);
    if (arguments)
        json_object_set(message, "arguments", arguments);
    char *text = json_dumps(message, JSON_COMPACT);
    json_decref(message);
    g_autofree char *line = g_strconcat(text, "\n", NULL);
    free(text);
    if (!wait_for(qmp, POLLOUT, error))
        return false;
    return send(qmp->fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line) ||
           error_set(error, ERROR_MACHINE, "QEMU hung up");
}

static bool converse(Qmp *qmp, const char *command, json_t *arguments, json_t **ret_answer,
                     GError **error)
{
    json_t *answer = NULL;
    if (!send_command(qmp, command, arguments, error) || !read_answer(qmp, &answer, error))
        return false;
    json_t *value = json_object_get(answer, "return");
    const char *why = json_string_value(json_object_get(json_object_get(answer, "error"), "desc"));
    g_autofree char *clean = text_escape_terminal(why ? why : "no reason given");
    bool good = value || error_set(error, ERROR_MACHINE, "QEMU refuses %s: %s", command, clean);
    if (good && ret_answer)
        *ret_answer = json_incref(value);
    json_decref(answer);
    return good;
}

bool qmp_ask(const char *path, const char *command, json_t *arguments, int64_t deadline_ms,
             json_t **ret_answer, GError **error)
{
    g_auto(Qmp) qmp = {
        .fd = -1, .until = clock_monotonic_ms() + deadline_ms, .pending = g_string_new(NULL)};
    json_t *greeting = NULL;
    bool good = socket_connect(path, deadline_ms, &qmp.fd, error) &&
                read_answer(&qmp, &greeting, error) &&
                converse(&qmp, "qmp_capabilities", NULL, NULL, error) &&
                converse(&qmp, command, arguments, ret_answer, error);
    json_decref(greeting);
    json_decref(arguments);
    return good;
}
