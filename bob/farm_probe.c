// What a node really is: distcc's protocol, version 1, with an empty file.
#include "bob/farm_probe.h"

#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bob/talk.h"
#include "common/error.h"
#include "common/proc.h"
#include "common/text.h"

enum {
    ANSWER_BYTES_MAX = 1 << 20,
    TOKEN_CHARS = 4,
    NUMBER_CHARS = 8,
    VERSION_CHARS_MAX = 200,
    COMPILE_MS = 30000
};

/* A part of an answer that is still to be read. */
typedef struct {
    const char *at;
    gsize left;
} Answer;

/* The next word with its number: "DONE00000001". */
static bool token_parse(Answer *answer, const char *token, gsize *ret_value)
{
    char digits[NUMBER_CHARS + 1] = {0};
    char *end = NULL;
    if (answer->left < TOKEN_CHARS + NUMBER_CHARS || memcmp(answer->at, token, TOKEN_CHARS) != 0)
        return false;
    memcpy(digits, answer->at + TOKEN_CHARS, NUMBER_CHARS);
    if (strspn(digits, "0123456789abcdefABCDEF") != NUMBER_CHARS)
        return false;
    *ret_value = strtoul(digits, &end, 16);
    answer->at += TOKEN_CHARS + NUMBER_CHARS;
    answer->left -= TOKEN_CHARS + NUMBER_CHARS;
    return true;
}

/* The next word with as many bytes behind it as its number says. */
static bool piece_parse(Answer *answer, const char *token, const char **ret_data, gsize *ret_size)
{
    gsize size = 0;
    if (!token_parse(answer, token, &size) || size > answer->left)
        return false;
    *ret_data = answer->at;
    *ret_size = size;
    answer->at += size;
    answer->left -= size;
    return true;
}

/* What a compiler wrote of itself into an object; NULL when it wrote nothing. */
static char *version_find(const char *object, gsize size)
{
    static const char *const BEGINS[] = {"GCC: (", "clang version ", "Debian clang version "};
    for (size_t i = 0; i < G_N_ELEMENTS(BEGINS); i++) {
        const char *at = memmem(object, size, BEGINS[i], strlen(BEGINS[i]));
        if (at == NULL)
            continue;
        gsize length = strnlen(at, MIN(size - (gsize)(at - object), VERSION_CHARS_MAX));
        g_autofree char *raw = g_strndup(at, length);
        return text_escape_terminal(raw);
    }
    return NULL;
}

static bool say_failure(const char *words, gsize size, GError **error)
{
    g_autofree char *raw =
        g_strndup(words, MIN(strcspn(words, "\n"), MIN(size, VERSION_CHARS_MAX)));
    g_autofree char *line = text_escape_terminal(raw);
    return error_set(error, ERROR_MACHINE, "cannot compile an empty file: %s",
                     *line != '\0' ? line : "its compiler failed without a word");
}

bool farm_answer_parse(const char *answer_bytes, gsize size, char **ret_version, GError **error)
{
    Answer answer = {.at = answer_bytes, .left = size};
    gsize protocol = 0, status = 0, n_words = 0, n_out = 0, n_object = 0;
    const char *words = NULL, *out = NULL, *object = NULL;
    if (size == 0)
        return error_set(error, ERROR_MACHINE,
                         "closed the connection without an answer: is this system among those that "
                         "its distccd allows, and has it that compiler?");
    if (!token_parse(&answer, "DONE", &protocol) || !token_parse(&answer, "STAT", &status) ||
        !piece_parse(&answer, "SERR", &words, &n_words) ||
        !piece_parse(&answer, "SOUT", &out, &n_out))
        return error_set(error, ERROR_MACHINE, "answers what is not distcc's protocol");
    if (status != 0)
        return say_failure(words, n_words, error);
    if (!piece_parse(&answer, "DOTO", &object, &n_object))
        return error_set(error, ERROR_MACHINE, "answers what is not distcc's protocol");
    char *version = version_find(object, n_object);
    if (version == NULL)
        return error_set(error, ERROR_MACHINE, "makes objects that do not say their compiler");
    *ret_version = version;
    return true;
}

static void append_piece(GString *out, const char *token, const char *text)
{
    g_string_append_printf(out, "%s%08x%s", token, (unsigned)strlen(text), text);
}

bool farm_probe(const FarmNode *node, const char *toolchain, int64_t deadline_ms,
                char **ret_version, bool *ret_answered, GError **error)
{
    const char *const argv[] = {toolchain, "-c", "probe.i", "-o", "probe.o"};
    g_autoptr(GString) question = g_string_new("DIST00000001");
    g_autoptr(GByteArray) answer = NULL;
    g_string_append_printf(question, "ARGC%08x", (unsigned)G_N_ELEMENTS(argv));
    for (size_t i = 0; i < G_N_ELEMENTS(argv); i++)
        append_piece(question, "ARGV", argv[i]);
    append_piece(question, "DOTI", "");
    *ret_answered = talk(node->host, node->port, question->str, question->len, deadline_ms,
                         ANSWER_BYTES_MAX, &answer, error);
    return *ret_answered &&
           farm_answer_parse((const char *)answer->data, answer->len, ret_version, error);
}

bool farm_own_version(const char *compiler, char **ret_version, GError **error)
{
    g_autofree char *path = NULL, *object = NULL;
    gsize size = 0;
    int fd = g_file_open_tmp("probe-XXXXXX.o", &path, error);
    if (fd < 0)
        return false;
    close(fd);
    const char *const argv[] = {compiler, "-x", "c", "-c", "/dev/null", "-o", path, NULL};
    ProcSpec spec = {.argv = argv, .deadline_ms = COMPILE_MS};
    g_auto(ProcResult) ran = {0};
    bool ok = proc_run_ok(&spec, &ran, error) && g_file_get_contents(path, &object, &size, error);
    g_unlink(path);
    if (!ok)
        return false;
    char *version = version_find(object, size);
    if (version == NULL)
        return error_set(error, ERROR_MACHINE, "%s makes objects that do not say their compiler",
                         compiler);
    *ret_version = version;
    return true;
}

double farm_probe_load(const FarmNode *node, int64_t deadline_ms)
{
    static const char QUESTION[] = "GET / HTTP/1.0\r\n\r\n", KEY[] = "\ndcc_load1 ";
    g_autoptr(GByteArray) answer = NULL;
    if (node->load_port == 0 || !talk(node->host, node->load_port, QUESTION, strlen(QUESTION),
                                      deadline_ms, ANSWER_BYTES_MAX, &answer, NULL))
        return NAN;
    const char *at = strstr((const char *)answer->data, KEY);
    g_autofree char *word = at != NULL ? g_strndup(at + strlen(KEY), 32) : g_strdup("");
    double load = NAN;
    word[strcspn(word, "\r\n ")] = '\0';
    return text_parse_number(word, &load) ? load : NAN;
}
