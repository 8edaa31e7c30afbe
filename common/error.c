// The errors that our functions fill, and the exit status each becomes.
#include "common/error.h"

GQuark marvin_error_quark(void)
{
    return g_quark_from_static_string("marvin");
}

bool error_set(GError **error, ErrorCode code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    GError *made = g_error_new_valist(MARVIN_ERROR, (int)code, format, args);
    va_end(args);
    g_propagate_error(error, made);
    return false;
}

bool error_pass(GError **error, GError *cause, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *prefix = g_strdup_vprintf(format, args);
    va_end(args);
    g_propagate_prefixed_error(error, cause, "%s: ", prefix);
    return false;
}

int error_exit_status(const GError *error)
{
    if (!error)
        return 0;
    return error->domain == MARVIN_ERROR ? error->code : ERROR_INPUT;
}
