// Complaints about foreign text: bounded in number, and safe to print.
#include "benchmarks/complaint.h"

#include <stdbool.h>
#include <stdlib.h>

enum { EXCERPT_CHARACTERS = 60 };

void complaint_add(GPtrArray *complaints, unsigned max, const char *format, ...)
{
    if (complaints->len > max) {
        char **last = (char **)&g_ptr_array_index(complaints, max);
        unsigned long more = strtoul(*last, NULL, 10) + 1;
        g_free(*last);
        *last = g_strdup_printf("%lu more complaints of this kind are left out", more);
        return;
    }
    if (complaints->len == max) {
        g_ptr_array_add(complaints, g_strdup("1 more complaint of this kind is left out"));
        return;
    }
    va_list args;
    va_start(args, format);
    g_ptr_array_add(complaints, g_strdup_vprintf(format, args));
    va_end(args);
}

char *complaint_excerpt(const char *text, size_t length)
{
    GString *quoted = g_string_new("\"");
    unsigned shown = 0;
    size_t at = 0;
    for (; at < length && shown < EXCERPT_CHARACTERS; shown++) {
        gunichar character = g_utf8_get_char_validated(text + at, (gssize)(length - at));
        bool bad = character == (gunichar)-1 || character == (gunichar)-2;
        if (bad || character < ' ') {
            g_string_append_printf(quoted, "\\x%02x", (unsigned char)text[at]);
            at++;
        } else if (!g_unichar_isprint(character)) {
            g_string_append_printf(quoted, "\\u%04x", character);
            at += (size_t)g_unichar_to_utf8(character, NULL);
        } else {
            g_string_append_unichar(quoted, character);
            at += (size_t)g_unichar_to_utf8(character, NULL);
        }
    }
    g_string_append(quoted, at < length ? "\"..." : "\"");
    return g_string_free(quoted, FALSE);
}
