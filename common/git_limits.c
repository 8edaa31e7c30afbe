// The deadline of a fetch, and waiting for a file descriptor without passing it.
#include <errno.h>
#include <poll.h>

#include "common/git_internal.h"

#define SLICE_MS 200 // how often the progress function is asked while nothing comes

int git_limits_fail(GitLimits *limits, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *cause = g_strdup_vprintf(format, args);
    va_end(args);
    git_error_set_str(GIT_ERROR_NET, cause);
    if (!limits->cause)
        limits->cause = g_steal_pointer(&cause);
    return -1;
}

bool git_limits_go_on(GitLimits *limits)
{
    const GitFetchOptions *options = limits->options;
    if (limits->interrupted)
        return false;
    if (options->progress && !options->progress(&limits->seen, options->data)) {
        limits->interrupted = true;
        git_limits_fail(limits, "it was stopped");
        return false;
    }
    if (g_get_monotonic_time() < limits->deadline_us)
        return true;
    git_limits_fail(limits, "it was not done within %g s", options->timeout_ms / 1000.0);
    return false;
}

int git_limits_wait(GitLimits *limits, int fd, short events, gint64 wait_ms, const char *who)
{
    gint64 end_us = g_get_monotonic_time() + wait_ms * 1000;
    for (;;) {
        if (!git_limits_go_on(limits))
            return -1;
        gint64 left_us = MIN(end_us, limits->deadline_us) - g_get_monotonic_time();
        if (left_us <= 0 && end_us < limits->deadline_us)
            return git_limits_fail(limits, "%s did not answer for %g s", who,
                                   (double)wait_ms / 1000.0);
        struct pollfd item = {fd, events, 0};
        int n = poll(&item, 1, (int)CLAMP(left_us / 1000 + 1, 1, SLICE_MS));
        if (n > 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return git_limits_fail(limits, "waiting for %s failed: %s", who, g_strerror(errno));
    }
}
