// Packages of an archive as apt prints them, and which of them are meant.
#include "bob/apt_records.h"

#include "common/hash.h"

#include <fnmatch.h>
#include <string.h>

void apt_package_free(AptPackage *package)
{
    if (package == NULL)
        return;
    g_free(package->name);
    g_free(package->version);
    g_free(package->sha256);
    g_free(package->summary);
    g_free(package);
}

bool apt_name_matches(const char *const *globs, const char *name)
{
    bool matches = false;
    for (const char *const *glob = globs; *glob != NULL; glob++) {
        bool excludes = **glob == '!';
        if (fnmatch(*glob + excludes, name, 0) != 0)
            continue;
        if (excludes)
            return false;
        matches = true;
    }
    return matches;
}

/* The value of a field whose line this is, else NULL. */
static const char *field_value(const char *line, const char *field)
{
    size_t length = strlen(field);
    if (g_ascii_strncasecmp(line, field, length) != 0 || line[length] != ':')
        return NULL;
    return line + length + 1 + strspn(line + length + 1, " \t");
}

/* Keeps a stanza that is whole; the package is emptied. */
static void keep_package(AptPackage *package, GPtrArray *packages)
{
    bool is_whole =
        package->name != NULL && package->version != NULL && hash_is_valid(package->sha256);
    if (is_whole) {
        if (package->summary == NULL)
            package->summary = g_strdup("");
        AptPackage *kept = g_new(AptPackage, 1);
        *kept = *package;
        g_ptr_array_add(packages, kept);
    } else {
        g_free(package->name);
        g_free(package->version);
        g_free(package->sha256);
        g_free(package->summary);
    }
    *package = (AptPackage){0};
}

void apt_records_parse(const char *text, GPtrArray *packages)
{
    AptPackage package = {0};
    struct {
        const char *field;
        char **slot;
    } const FIELDS[] = {{"Package", &package.name},
                        {"Version", &package.version},
                        {"SHA256", &package.sha256},
                        {"Description", &package.summary},
                        {"Description-en", &package.summary}};
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (**line == '\0')
            keep_package(&package, packages);
        for (size_t i = 0; i < G_N_ELEMENTS(FIELDS); i++) {
            const char *value = field_value(*line, FIELDS[i].field);
            if (value != NULL && *FIELDS[i].slot == NULL)
                *FIELDS[i].slot = g_utf8_make_valid(value, -1);
        }
    }
    keep_package(&package, packages);
}
