// Which kernel a machine runs, against the artifact that was deployed.
#include "inventory/verify.h"

#include <stdint.h>
#include <string.h>

#include "common/error.h"

enum { NOTE_BUILD_ID = 3, ALIGN = 4 };

void running_clear(Running *running)
{
    g_clear_pointer(&running->release, g_free);
    g_clear_pointer(&running->version, g_free);
    g_clear_pointer(&running->build_id, g_free);
}

static char *format_hex(const unsigned char *bytes, size_t n)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < n; i++)
        g_string_append_printf(text, "%02x", bytes[i]);
    return g_string_free(text, FALSE);
}

char *notes_build_id(const void *notes, size_t size)
{
    const unsigned char *at = notes;
    while (size >= 12) {
        uint32_t head[3]; // size of the name, size of the content, type
        memcpy(head, at, sizeof(head));
        size_t name = ((size_t)head[0] + ALIGN - 1) / ALIGN * ALIGN;
        size_t content = ((size_t)head[1] + ALIGN - 1) / ALIGN * ALIGN;
        if (name > size - 12 || content > size - 12 - name)
            return NULL;
        if (head[2] == NOTE_BUILD_ID && head[0] == 4 && memcmp(at + 12, "GNU", 4) == 0)
            return format_hex(at + 12 + name, head[1]);
        at += 12 + name + content;
        size -= 12 + name + content;
    }
    return NULL;
}

static bool ask_word(Transport *transport, const char *option, char **ret_word, GError **error)
{
    const char *argv[] = {"uname", option, NULL};
    char *text = NULL;
    if (!transport_run_ok(transport, argv, &text, error))
        return false;
    *ret_word = g_strstrip(text);
    return true;
}

// od: the notes are bytes, and what comes over the transport is text.
static char *ask_build_id(Transport *transport)
{
    const char *argv[] = {"od", "-An", "-v", "-tx1", "/sys/kernel/notes", NULL};
    g_autofree char *text = NULL;
    g_autoptr(GByteArray) notes = g_byte_array_new();
    if (!transport_run_ok(transport, argv, &text, NULL))
        return NULL;
    for (const char *at = text; *at; at++) {
        if (!g_ascii_isxdigit(at[0]) || !g_ascii_isxdigit(at[1]))
            continue;
        guint8 byte = (guint8)(g_ascii_xdigit_value(at[0]) * 16 + g_ascii_xdigit_value(at[1]));
        g_byte_array_append(notes, &byte, 1);
        at++;
    }
    return notes_build_id(notes->data, notes->len);
}

bool running_ask(Transport *transport, Running *ret_running, GError **error)
{
    g_auto(Running) running = {0};
    if (!ask_word(transport, "-r", &running.release, error) ||
        !ask_word(transport, "-v", &running.version, error))
        return false;
    running.build_id = ask_build_id(transport);
    *ret_running = running;
    running = (Running){0};
    return true;
}

char *running_difference(const Running *running, const Kernel *kernel)
{
    if (strcmp(running->release, kernel->release) != 0)
        return g_strdup_printf("it runs %s, and %s was deployed", running->release,
                               kernel->release);
    if (strcmp(running->version, kernel->version) != 0)
        return g_strdup_printf("it runs another build of %s: \"%s\", and \"%s\" was deployed",
                               kernel->release, running->version, kernel->version);
    if (running->build_id && kernel->build_id && strcmp(running->build_id, kernel->build_id) != 0)
        return g_strdup_printf("it runs another build of %s: build id %s, and %s was deployed",
                               kernel->release, running->build_id, kernel->build_id);
    return NULL;
}
