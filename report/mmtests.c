// `marvin-report mmtests`: reads, prints, adds the footnotes.
#include "report/mmtests.h"

#include <errno.h>

#include "common/error.h"
#include "report/mmtests_columns.h"

static bool text_write(const GString *text, FILE *out, GError **error)
{
    if (fwrite(text->str, 1, text->len, out) == text->len)
        return true;
    return error_set(error, ERROR_INPUT, "The report cannot be written: %s.", g_strerror(errno));
}

bool mmtests_report(const MmtestsOptions *options, FILE *out, FILE *notes, GError **error)
{
    g_autoptr(MmtestsColumns) columns = NULL;
    if (!mmtests_columns_read(options, &columns, error))
        return false;
    g_autoptr(GString) text = g_string_new(NULL);
    if (options->print_ratio)
        mmtests_print_ratio(columns, text);
    else
        mmtests_print_plain(columns, text);
    if (!text_write(text, out, error))
        return false;
    g_string_truncate(text, 0);
    mmtests_print_notes(columns, text);
    return !notes || text_write(text, notes, error);
}
