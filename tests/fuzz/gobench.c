// Any bytes are read without harm, and what was read is written so that it reads back equal.
#include "benchmarks/formats/gobench.h"

#include <string.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(Gobench) first = gobench_parse("input", size ? (const char *)data : "", size);
    g_autofree char *written = gobench_format(first);
    g_autoptr(Gobench) second = gobench_parse("written", written, strlen(written));
    g_assert_cmpuint(gobench_line_count(first), ==, gobench_line_count(second));
    g_autofree char *again = gobench_format(second);
    g_assert_cmpstr(written, ==, again);
    const char *const keys[] = {"pkg", NULL};
    g_autoptr(GPtrArray) series = gobench_series(first, keys);
    g_autoptr(GPtrArray) same = gobench_series(second, keys);
    g_assert_cmpuint(series->len, ==, same->len);
    return 0;
}
