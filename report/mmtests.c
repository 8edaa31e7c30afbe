// `marvin-report mmtests`: reads, prints, adds the footnotes.
#include "report/mmtests.h"

#include <errno.h>

#include "common/error.h"
#include "report/mmtests_columns.h"

// Names in foreign logs may hold what a terminal obeys; no honest one does.
static void controls_replace(GString *text)
{
    for (gsize i = 0; i < text->len; i++)
        if (g_ascii_iscntrl(text->str[i]) && text->str[i] != '\n')
            text->str[i] = '?';
}

static bool text_write(const GString *text, FILE *out, GError **error)
{
    if (fwrite(text->str, 1, text->len, out) == text->len)
        return true;
    return error_set(error, ERROR_INPUT, "The report cannot be written: %s", g_strerror(errno));
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
    controls_replace(text);
    if (!text_write(text, out, error))
        return false;
    g_string_truncate(text, 0);
    mmtests_print_notes(columns, text);
    controls_replace(text);
    return !notes || text_write(text, notes, error);
}
