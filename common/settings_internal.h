/*
 * What settings are made of. Private to common/settings*.c.
 */
#pragma once

#include "common/settings.h"

typedef struct {
    const SettingRow *row;
    char *key;
    char *text;
    char **words; // of SETTING_WORDS
    char *origin; // "file:line"; NULL: the row's preset, kept here for its words only
} Value;

struct Section {
    const SectionKind *kind;
    char *name; // "": none
    char *file;
    char *origin; // "file:line"
    GPtrArray *values; // Value *, in file order
};

struct Settings {
    GPtrArray *sections; // Section *, in reading order
};

Settings *settings_new(void);
Section *section_new(const SectionKind *kind, const char *name, const char *file, int line);
void section_free(void *section);
/* The value of a key as the file has it, or the split words of its preset; NULL: neither. */
Value *section_value(const Section *section, const char *key);
/* The row that admits a key; NULL: none. */
const SettingRow *section_kind_row(const SectionKind *kind, const char *key);
/* "tree toy", or "marvin" where there is no name. Freed by the caller. */
char *section_title(const Section *section);
