// A kernel artifact: kernel.txt and the boot header of an x86 image.
#include "inventory/kernel.h"

#include <stdio.h>
#include <string.h>

#include "common/error.h"

enum { TEXT_BYTES = 65536, HEADER_BYTES = 0x10000, VERSION_BYTES = 512 };

// The keys of the file, in writing order.
static const struct {
    const char *key;
    size_t offset;
    bool required, is_path;
} KEYS[] = {
    {"release", offsetof(Kernel, release), true, false},
    {"version", offsetof(Kernel, version), true, false},
    {"image", offsetof(Kernel, image), true, true},
    {"config", offsetof(Kernel, config), false, true},
    {"modules", offsetof(Kernel, modules), false, true},
    {"build-id", offsetof(Kernel, build_id), false, false},
};

static char **field_of(Kernel *kernel, size_t i)
{
    return (char **)(gpointer)((char *)kernel + KEYS[i].offset);
}

void kernel_clear(Kernel *kernel)
{
    for (size_t i = 0; i < G_N_ELEMENTS(KEYS); i++)
        g_clear_pointer(field_of(kernel, i), g_free);
}

bool kernel_is_in(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "kernel.txt", NULL);
    return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

static bool is_made_of(const char *text, const char *marks)
{
    for (; *text; text++) {
        if (!g_ascii_isalnum(*text) && !strchr(marks, *text))
            return false;
    }
    return true;
}

// A path that stays within the folder.
static bool is_inner_path(const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    for (char **part = parts; *part; part++) {
        if (!**part || strcmp(*part, ".") == 0 || strcmp(*part, "..") == 0)
            return false;
    }
    return is_made_of(path, "/._+-~");
}

// What is wrong with a value; NULL: nothing.
static const char *value_fault(size_t i, const char *value)
{
    if (!*value)
        return "is empty";
    for (const char *c = value; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return "has a control character";
    }
    if (KEYS[i].is_path && !is_inner_path(value))
        return "is no path within the folder";
    if (strcmp(KEYS[i].key, "release") == 0 && (!is_made_of(value, "._+-~") || strlen(value) > 64))
        return "is no kernel release";
    if (strcmp(KEYS[i].key, "build-id") == 0 &&
        (strspn(value, "0123456789abcdef") != strlen(value) || strlen(value) % 2))
        return "is no lower-case hexadecimal number";
    return NULL;
}

static bool take_line(const char *path, int number, char *line, Kernel *kernel, GError **error)
{
    char *mark = strchr(line, ':');
    if (!*g_strstrip(line))
        return true;
    if (!mark)
        return error_set(error, ERROR_INPUT, "%s:%d: expected \"key: value\"", path, number);
    *mark = '\0';
    char *value = g_strstrip(mark + 1);
    for (size_t i = 0; i < G_N_ELEMENTS(KEYS); i++) {
        if (strcmp(KEYS[i].key, line) != 0)
            continue;
        const char *fault = *field_of(kernel, i) ? "stands there twice" : value_fault(i, value);
        if (fault)
            return error_set(error, ERROR_INPUT, "%s:%d: %s %s", path, number, KEYS[i].key, fault);
        *field_of(kernel, i) = g_strdup(value);
    }
    return true;
}

static bool check_files(const char *folder, const char *path, Kernel *kernel, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(KEYS); i++) {
        const char *value = *field_of(kernel, i);
        if (!value && KEYS[i].required)
            return error_set(error, ERROR_INPUT, "%s lacks the line \"%s: ..\"", path, KEYS[i].key);
        if (!value || !KEYS[i].is_path)
            continue;
        g_autofree char *full = g_build_filename(folder, value, NULL);
        if (!g_file_test(full, G_FILE_TEST_EXISTS))
            return error_set(error, ERROR_INPUT, "%s names %s, which is not there", path, value);
    }
    return true;
}

// The text of a small file; ERROR_INPUT where it is none.
static bool read_small(const char *path, char **ret_text, GError **error)
{
    g_autofree char *text = g_malloc(TEXT_BYTES + 1);
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(error, ERROR_INPUT, "cannot read %s: is this a kernel artifact?", path);
    size_t n = fread(text, 1, TEXT_BYTES + 1, file);
    fclose(file);
    if (n > TEXT_BYTES || memchr(text, '\0', n))
        return error_set(error, ERROR_INPUT, "%s is too large, or no text", path);
    text[n] = '\0';
    *ret_text = g_steal_pointer(&text);
    return true;
}

bool kernel_read(const char *folder, Kernel *ret_kernel, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "kernel.txt", NULL);
    g_autofree char *text = NULL;
    g_auto(Kernel) kernel = {0};
    if (!read_small(path, &text, error))
        return false;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (int i = 0; lines[i]; i++) {
        if (!take_line(path, i + 1, lines[i], &kernel, error))
            return false;
    }
    if (!check_files(folder, path, &kernel, error))
        return false;
    *ret_kernel = kernel;
    kernel = (Kernel){0};
    return true;
}

bool kernel_write(const char *folder, const Kernel *kernel, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "kernel.txt", NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(KEYS); i++) {
        const char *value = *(char *const *)(gconstpointer)((const char *)kernel + KEYS[i].offset);
        const char *fault = value ? value_fault(i, value) : KEYS[i].required ? "is missing" : NULL;
        if (fault)
            return error_set(error, ERROR_INPUT, "%s: %s %s", path, KEYS[i].key, fault);
        if (value)
            g_string_append_printf(text, "%s: %s\n", KEYS[i].key, value);
    }
    return g_file_set_contents(path, text->str, -1, error);
}

// "6.1.0-49-amd64 (debian-kernel@lists.debian.org) #1 SMP ..": the release ends at the first blank,
// the version begins at the "#".
static bool split_version(const char *path, const char *text, char **ret_release,
                          char **ret_version, GError **error)
{
    const char *blank = strchr(text, ' ');
    const char *hash = strstr(text, " #");
    if (!blank || !hash || blank == text)
        return error_set(error, ERROR_INPUT, "%s: the version in its boot header is no version",
                         path);
    *ret_release = g_strndup(text, (gsize)(blank - text));
    *ret_version = g_strstrip(g_strdup(hash + 1));
    return true;
}

bool kernel_image_version(const char *path, char **ret_release, char **ret_version, GError **error)
{
    g_autofree unsigned char *head = g_malloc0(HEADER_BYTES + 1);
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(error, ERROR_INPUT, "cannot read the kernel image %s", path);
    size_t n = fread(head, 1, HEADER_BYTES, file);
    fclose(file);
    if (n < 0x210 || memcmp(head + 0x202, "HdrS", 4) != 0)
        return error_set(error, ERROR_INPUT, "%s is no x86 kernel image (bzImage)", path);
    size_t at = (size_t)head[0x20e] + ((size_t)head[0x20f] << 8);
    if (at == 0 || at + 0x200 >= n)
        return error_set(error, ERROR_INPUT, "%s has no version in its boot header", path);
    g_autofree char *text = g_strndup((const char *)head + at + 0x200, VERSION_BYTES);
    return split_version(path, text, ret_release, ret_version, error);
}
