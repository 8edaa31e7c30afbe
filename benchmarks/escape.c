// Percent escapes.
#include "benchmarks/escape.h"

#include <string.h>

// Only where it would be taken for one of ours: "100%" stays as it is.
static bool is_like_escape(const char *text)
{
    return text[0] == '%' && g_ascii_isxdigit(text[1]) && g_ascii_isxdigit(text[2]);
}

void escape_append(GString *out, const char *text, const char *special)
{
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte <= ' ' || byte == 0x7f || is_like_escape(text) || strchr(special, byte))
            g_string_append_printf(out, "%%%02X", byte);
        else
            g_string_append_c(out, *text);
    }
}

void escape_remove(char *text)
{
    char *out = text;
    for (const char *in = text; *in; out++) {
        int high = in[0] == '%' ? g_ascii_xdigit_value(in[1]) : -1;
        int low = high >= 0 ? g_ascii_xdigit_value(in[2]) : -1;
        if (low >= 0 && high + low > 0) {
            *out = (char)(high * 16 + low);
            in += 3;
        } else {
            *out = *in++;
        }
    }
    *out = '\0';
}
