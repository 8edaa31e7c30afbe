/*
 * Settings: INI files whose keys are rows of a table.
 *
 * The table says name, type, preset, bounds and help; from it come validation, --print-config and
 * the option tables of the man pages. Read with libinih, so that every complaint names file and
 * line. An unknown key, a repeated key, a repeated section and a bad value are complaints; a file
 * with a complaint is left out as a whole, the others go on. `#` begins a comment only at the
 * start of a line. Not for benchmark folders alone and not for one program: the tables belong to
 * whoever reads the values.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef enum {
    SETTING_TEXT,
    SETTING_WORDS, // separated by white space
    SETTING_INT, // within min..max
    SETTING_REAL, // within min..max
    SETTING_BOOL, // yes or no
    SETTING_DURATION, // 90s, 5m, 6h, 2d; a bare number is seconds
    SETTING_PERCENT, // 2% -> 0.02
    SETTING_SIZE, // 512M, 10G, powers of 1024; a bare number is bytes
    SETTING_CHOICE, // one of choices
    SETTING_RANGE, // LOW..HIGH, reals; an end may be left out
} SettingType;

typedef struct {
    const char *name; // a name that ends with '*' admits every key with that beginning
    SettingType type;
    const char *preset; // as it would be written; NULL: none
    const char *help; // one line
    double min, max; // of a number; both 0: unbounded
    const char *choices; // of SETTING_CHOICE: words separated by spaces
    bool required;
} SettingRow;

typedef struct {
    const char *kind; // [kind NAME], or [kind] where it has no name
    bool named;
    const char *folder; // drop-ins of this kind lie here: "trees.d"; NULL: only in marvin.ini
    const char *help;
    const SettingRow *rows;
    int n_rows;
} SectionKind;

typedef struct Settings Settings; // freed with settings_free()
typedef struct Section Section; // owned by its Settings

/*
 * Reads one file. complaints (char *, owned by the array) gets one sentence for each fault; then
 * *ret_settings is empty. False only where the file cannot be read at all.
 */
bool settings_read_file(const char *path, const SectionKind *kinds, int n_kinds,
                        Settings **ret_settings, GPtrArray *complaints, GError **error);

/*
 * Reads marvin.ini and the drop-ins *.ini of each kind's folder, in name order, below folder. All
 * that is wrong goes to complaints; a missing file or folder is empty.
 */
Settings *settings_read_folder(const char *folder, const SectionKind *kinds, int n_kinds,
                               GPtrArray *complaints);
void settings_free(Settings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Settings, settings_free)

/* The folder of the settings: $MARVIN_CONFIG, else /etc/marvin where it exists, else
 * $XDG_CONFIG_HOME/marvin. Freed by the caller. */
char *settings_config_folder(void);
/* The state folder: $MARVIN_HOME, else /var/lib/marvin for root, else $XDG_DATA_HOME/marvin. */
char *settings_state_folder(void);

/* Adds a section without a name that has presets only, and returns it. */
const Section *settings_add_presets(Settings *settings, const SectionKind *kind);

/* NULL where there is no such section. name NULL: of a kind without names. */
const Section *settings_find(const Settings *settings, const char *kind, const char *name);
/* The i-th section of a kind (from 0) in reading order; NULL behind the last. */
const Section *settings_at(const Settings *settings, const char *kind, int i);
/* The result with the origin of each value. */
void settings_print(const Settings *settings, FILE *out);

const char *section_name(const Section *section); // "" without a name
const char *section_file(const Section *section);
/* "file:line" of a key, or of the section where the key has its preset. */
const char *section_origin(const Section *section, const char *key);
bool section_has(const Section *section, const char *key); // written in the file, not its preset

/* The values. A key that the table lacks aborts: it is a typing mistake of ours. Without value and
 * preset: NULL, 0, false, NaN. */
const char *section_text(const Section *section, const char *key);
const char *const *section_words(const Section *section,
                                 const char *key); // NULL-terminated, never NULL
int64_t section_int(const Section *section, const char *key); // also SETTING_SIZE, bytes
double section_real(const Section *section, const char *key); // durations in s, percent as fraction
bool section_bool(const Section *section, const char *key);
void section_range(const Section *section, const char *key, double *ret_low,
                   double *ret_high); // -inf, inf

/* The keys of a section that begin with prefix, behind the prefix, in file order; NULL-terminated,
 * freed with g_free (the names stay the section's). For rows whose name ends with '*'. */
const char **section_keys(const Section *section, const char *prefix);

/* Parses a value of a type that is a number; for command-line options that share the notation. */
bool setting_parse_number(SettingType type, const char *text, double *ret_value);
