// Reads one settings file: lines through libinih, everything else by the table.
#include <ini.h>
#include <string.h>
#include <sys/stat.h>

#include "common/error.h"
#include "common/settings_internal.h"
#include "common/settings_value.h"
#include "common/suggest.h"
#include "common/text.h"

#define FILE_MAX_BYTES (1 << 20)
#define KEY_MAX_BYTES 49 // what libinih keeps of a name
#define PIECE_BYTES 64 // of a value for each line that libinih sees; it takes 200 at least
#define SHIELD '\x1f' // keeps libinih from trimming a piece and from seeing a comment in it
#define BOM "\xef\xbb\xbf"

typedef struct {
    const char *path;
    const char *at; // the rest of the file
    const SectionKind *kinds;
    int n_kinds;
    Settings *settings;
    GPtrArray *complaints;
    Section *section; // being read; NULL behind a bad header
    char *header; // of the section being read; NULL before the first
    int line; // of the file, that libinih is at

    // libinih takes lines of 200 bytes at most, so a long value goes through it in pieces, which
    // it takes for continuation lines.
    char *pieces; // the rest of the line; NULL: none
    size_t pieces_at;
    GString *value; // so far
    char *key; // of that value; NULL: none is being read
} Reader;

static void complain(Reader *reader, int line, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void complain(Reader *reader, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(reader->complaints, g_strdup_printf("%s:%d: %s", reader->path, line, what));
}

static const SectionKind *kind_find(const Reader *reader, const char *name)
{
    for (int i = 0; i < reader->n_kinds; i++)
        if (strcmp(reader->kinds[i].kind, name) == 0)
            return &reader->kinds[i];
    return NULL;
}

static char *hint_kind(const Reader *reader, const char *name)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (int i = 0; i < reader->n_kinds; i++)
        g_ptr_array_add(names, (gpointer)(guintptr)reader->kinds[i].kind);
    return suggest_format(name, (const char *const *)names->pdata, (int)names->len);
}

static char *hint_key(const SectionKind *kind, const char *key)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (int i = 0; i < kind->n_rows; i++)
        g_ptr_array_add(names, (gpointer)(guintptr)kind->rows[i].name);
    return suggest_format(key, (const char *const *)names->pdata, (int)names->len);
}

// Whether a header of this kind has the name that the kind wants.
static bool check_name(Reader *reader, const SectionKind *kind, const char *name, int line)
{
    if (!kind->named && *name) {
        complain(reader, line, "the section [%s] takes no name", kind->kind);
        return false;
    }
    if (kind->named && !text_is_word(name)) {
        complain(reader, line,
                 "the section [%s] needs a name of letters, digits and ._+- (64 at most), as in "
                 "[%s home]",
                 reader->header, kind->kind);
        return false;
    }
    return true;
}

// The section of the header; NULL with a complaint where it is no good.
static Section *section_begin(Reader *reader, int line)
{
    g_auto(GStrv) words = g_strsplit_set(reader->header, " \t", 2);
    const char *name = words[0] && words[1] ? g_strstrip(words[1]) : "";
    const SectionKind *kind = words[0] ? kind_find(reader, words[0]) : NULL;
    if (!kind) {
        g_autofree char *hint = hint_kind(reader, words[0] ? words[0] : "");
        complain(reader, line, "unknown section [%s]%s", reader->header, hint);
        return NULL;
    }
    if (!check_name(reader, kind, name, line))
        return NULL;
    const Section *known = settings_find(reader->settings, kind->kind, name);
    if (known) {
        complain(reader, line, "the section [%s] is there already, at %s", reader->header,
                 known->origin);
        return NULL;
    }
    Section *section = section_new(kind, name, reader->path, line);
    g_ptr_array_add(reader->settings->sections, section);
    return section;
}

static void value_add(Reader *reader, const char *key, const char *text)
{
    Section *section = reader->section;
    const SettingRow *row = section_kind_row(section->kind, key);
    if (!row) {
        g_autofree char *hint = hint_key(section->kind, key);
        complain(reader, reader->line, "unknown key '%s' in [%s]%s", key, reader->header, hint);
        return;
    }
    const Value *known = section_value(section, key);
    if (known) {
        complain(reader, reader->line, "the key '%s' is there already, at %s", key, known->origin);
        return;
    }
    g_autofree char *wrong = setting_check(row, text);
    if (wrong) {
        complain(reader, reader->line, "%s = %s: %s", key, text, wrong);
        return;
    }
    Value *value = g_new0(Value, 1);
    value->row = row;
    value->key = g_strdup(key);
    value->text = g_strdup(text);
    value->words = row->type == SETTING_WORDS ? setting_split(text) : NULL;
    value->origin = g_strdup_printf("%s:%d", reader->path, reader->line);
    g_ptr_array_add(section->values, value);
}

// The last piece of a value has been seen.
static void value_end(Reader *reader)
{
    if (!reader->key)
        return;
    if (!reader->header)
        complain(reader, reader->line,
                 "the key '%s' stands before any section: begin one with [%s%s]", reader->key,
                 reader->kinds[0].kind, reader->kinds[0].named ? " NAME" : "");
    else if (reader->section)
        value_add(reader, reader->key, reader->value->str);
    g_clear_pointer(&reader->key, g_free);
}

// libinih calls it for each piece of a value. Headers it never sees.
static int on_piece(void *data, const char *header, const char *name, const char *text)
{
    (void)header;
    Reader *reader = data;
    if (!reader->key) {
        reader->key = g_strdup(name);
        g_string_truncate(reader->value, 0);
    }
    for (; text && *text; text++)
        if (*text != SHIELD)
            g_string_append_c(reader->value, *text);
    return 1;
}

static void header_read(Reader *reader, const char *line)
{
    const char *end = strchr(line, ']');
    g_free(reader->header);
    reader->header = end ? g_strndup(line + 1, (gsize)(end - line - 1)) : g_strdup(line + 1);
    reader->section = NULL;
    if (!end || end[1])
        complain(reader, reader->line, "expected nothing but [%s%s] on this line",
                 reader->kinds[0].kind, reader->kinds[0].named ? " NAME" : "");
    else
        reader->section = section_begin(reader, reader->line);
}

// NULL where a line without leading and trailing space may hold `key = value`.
static char *line_check(const char *line)
{
    const char *equals = strchr(line, '=');
    if (!g_utf8_validate(line, -1, NULL))
        return g_strdup("the line is no UTF-8");
    for (const char *at = line; *at; at++)
        if (((unsigned char)*at < 0x20 && *at != '\t') || *at == 0x7f)
            return g_strdup("the line holds a control character");
    if (*line == ';')
        return g_strdup("a comment begins with `#`");
    if (!equals || equals == line)
        return g_strdup("expected [section], `key = value` or `# comment`");
    g_autofree char *key = g_strchomp(g_strndup(line, (gsize)(equals - line)));
    if (strlen(key) > KEY_MAX_BYTES)
        return g_strdup_printf("the key is longer than %d bytes", KEY_MAX_BYTES);
    for (const char *at = key; *at; at++)
        if (!g_ascii_isalnum(*at) && !strchr("._+-", *at))
            return g_strdup_printf("'%s' is no key: expected letters, digits and ._+-", key);
    return NULL;
}

// The next piece of the line as libinih shall see it: every byte of it behind a shield.
static void piece_write(Reader *reader, char *buffer, int size)
{
    GString *piece = g_string_new(" ");
    if (reader->pieces_at == 0) { // the key, up to and with the =
        size_t length = (size_t)(strchr(reader->pieces, '=') - reader->pieces) + 1;
        g_string_truncate(piece, 0);
        g_string_append_len(piece, reader->pieces, (gssize)length);
        reader->pieces_at = length + strspn(reader->pieces + length, " \t");
    }
    for (int i = 0; i < PIECE_BYTES && reader->pieces[reader->pieces_at]; i++) {
        g_string_append_c(piece, SHIELD);
        g_string_append_c(piece, reader->pieces[reader->pieces_at++]);
    }
    g_string_append_printf(piece, "%c\n", SHIELD);
    g_strlcpy(buffer, piece->str, (gsize)size);
    g_string_free(piece, TRUE);
    if (!reader->pieces[reader->pieces_at])
        g_clear_pointer(&reader->pieces, g_free);
}

// Takes a line out of the file; headers, comments and empty lines end here. True: there is one to
// be given to libinih, in pieces.
static bool line_take(Reader *reader)
{
    size_t length = strcspn(reader->at, "\n");
    g_autofree char *line = g_strstrip(g_strndup(reader->at, length));
    reader->at += length + (reader->at[length] == '\n');
    reader->line++;
    if (!*line || *line == '#')
        return false;
    if (*line == '[' && g_utf8_validate(line, -1, NULL)) {
        header_read(reader, line);
        return false;
    }
    g_autofree char *wrong = line_check(line);
    if (wrong) {
        complain(reader, reader->line, "%s", wrong);
        return false;
    }
    reader->pieces = g_steal_pointer(&line);
    reader->pieces_at = 0;
    return true;
}

// What libinih reads from, as fgets. It asks for more only after it has given us what it had.
static char *next_line(char *buffer, int size, void *data)
{
    Reader *reader = data;
    if (!reader->pieces) {
        value_end(reader);
        while (*reader->at && !line_take(reader))
            ;
        if (!reader->pieces)
            return NULL;
    }
    piece_write(reader, buffer, size);
    return buffer;
}

char *section_title(const Section *section)
{
    return g_strdup_printf("%s%s%s", section->kind->kind, *section->name ? " " : "", section->name);
}

static void check_required(Reader *reader)
{
    for (guint i = 0; i < reader->settings->sections->len; i++) {
        const Section *section = reader->settings->sections->pdata[i];
        g_autofree char *title = section_title(section);
        for (int k = 0; k < section->kind->n_rows; k++) {
            const SettingRow *row = &section->kind->rows[k];
            if (row->required && !section_value(section, row->name))
                g_ptr_array_add(reader->complaints,
                                g_strdup_printf("%s: the section [%s] lacks the key '%s' (%s)",
                                                section->origin, title, row->name, row->help));
        }
    }
}

static bool file_read(const char *path, char **ret_text, GError **error)
{
    struct stat info;
    gsize size = 0;
    g_autofree char *text = NULL;
    if (stat(path, &info) || !S_ISREG(info.st_mode))
        return error_set(error, ERROR_INPUT, "%s is not a file that can be read", path);
    if (info.st_size > FILE_MAX_BYTES)
        return error_set(error, ERROR_INPUT, "%s is no settings file: it is larger than 1 MiB",
                         path);
    if (!g_file_get_contents(path, &text, &size, error))
        return false;
    if (strlen(text) != size)
        return error_set(error, ERROR_INPUT, "%s is no settings file: it holds a NUL byte", path);
    *ret_text = g_steal_pointer(&text);
    return true;
}

bool settings_read_file(const char *path, const SectionKind *kinds, int n_kinds,
                        Settings **ret_settings, GPtrArray *complaints, GError **error)
{
    g_autofree char *text = NULL;
    if (!file_read(path, &text, error))
        return false;
    Reader reader = {.path = path,
                     .at = g_str_has_prefix(text, BOM) ? text + strlen(BOM) : text,
                     .kinds = kinds,
                     .n_kinds = n_kinds,
                     .settings = settings_new(),
                     .complaints = complaints,
                     .value = g_string_new(NULL)};
    guint before = complaints->len;
    int bad_line = ini_parse_stream(next_line, &reader, on_piece, &reader);
    if (bad_line)
        complain(&reader, reader.line, "libinih cannot read the file (%d)", bad_line);
    check_required(&reader);
    if (complaints->len > before) {
        settings_free(reader.settings);
        reader.settings = settings_new();
    }
    g_free(reader.header);
    g_free(reader.pieces);
    g_free(reader.key);
    g_string_free(reader.value, TRUE);
    *ret_settings = reader.settings;
    return true;
}
