// Where a build's time went, by the lines of its log and by when they came.
#include "bob/build_units.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { LINE_BYTES = 8192, UNITS_MAX = 5000, LEVELS = 2, NAME_BYTES = 120 };

typedef struct {
    GPtrArray *units;
    GHashTable *by_name; // "kind name" -> BuildUnit *, owned by units
    const char *const *roots;
    char *folder; // where make is
    BuildUnit *step, *open; // what lasts until the next line that is one; NULL: nothing
    double step_s, open_s; // since when
    GHashTable *tasks; // of bitbake: "package task" -> double *, when it began
} Reader;

void build_unit_free(BuildUnit *unit)
{
    g_free(unit->name);
    g_free(unit);
}

/* When a line that begins at this byte came. *at: where to look from, kept between calls. */
static double time_of(const GArray *marks, guint64 offset, guint *at)
{
    const BuildMark *mark = (const BuildMark *)(gconstpointer)marks->data;
    while (*at < marks->len && mark[*at].bytes <= offset)
        ++*at;
    BuildMark before = *at > 0 ? mark[*at - 1] : (BuildMark){0};
    if (*at == marks->len)
        return before.at_s;
    BuildMark after = mark[*at];
    double share = (double)(offset - before.bytes) / (double)(after.bytes - before.bytes);
    return before.at_s + share * (after.at_s - before.at_s);
}

/* NULL when there are too many. */
static BuildUnit *unit_get(Reader *reader, const char *kind, const char *name, double now_s)
{
    g_autofree char *shown = g_utf8_make_valid(name, (gssize)strnlen(name, NAME_BYTES));
    g_autofree char *key = g_strconcat(kind, " ", shown, NULL);
    BuildUnit *unit = g_hash_table_lookup(reader->by_name, key);
    if (unit != NULL || reader->units->len >= UNITS_MAX)
        return unit;
    unit = g_new0(BuildUnit, 1);
    unit->kind = kind;
    unit->name = g_steal_pointer(&shown);
    unit->start_s = unit->end_s = now_s;
    g_ptr_array_add(reader->units, unit);
    g_hash_table_insert(reader->by_name, g_steal_pointer(&key), unit);
    return unit;
}

/* Ends one span and begins the next. */
static void turn(BuildUnit **slot, double *since_s, BuildUnit *next, double now_s)
{
    if (*slot != NULL) {
        (*slot)->took_s += now_s - *since_s;
        (*slot)->end_s = now_s;
    }
    *slot = next;
    *since_s = now_s;
    if (next != NULL)
        next->n++;
}

/* Of "/src/drivers/net/wifi/a.o" with the root /src "drivers/net"; "." for a file alone. */
static char *directory_of(const Reader *reader, const char *file)
{
    g_autofree char *path = *file == '/' || reader->folder == NULL
                                ? g_strdup(file)
                                : g_build_filename(reader->folder, file, NULL);
    const char *rest = path;
    for (const char *const *root = reader->roots; *root != NULL; root++) {
        size_t length = strlen(*root);
        if (strncmp(path, *root, length) == 0 && (path[length] == '/' || path[length] == '\0')) {
            rest = path + length;
            break;
        }
    }
    g_auto(GStrv) parts = g_strsplit(rest, "/", -1);
    g_autoptr(GString) name = g_string_new(NULL);
    int levels = 0;
    for (char **part = parts; *part != NULL && part[1] != NULL && levels < LEVELS; part++) {
        if (**part == '\0' || strcmp(*part, ".") == 0 || strcmp(*part, "..") == 0)
            continue;
        if (strcmp(*part, "CMakeFiles") == 0)
            break;
        g_string_append_printf(name, "%s%s", levels++ > 0 ? "/" : "", *part);
    }
    return g_strdup(name->len > 0 ? name->str : ".");
}

/* The file of "  CC [M]  drivers/net/a.o", else NULL; part of line. */
static const char *kbuild_file(const char *line)
{
    if (strncmp(line, "  ", 2) != 0 || !g_ascii_isupper(line[2]))
        return NULL;
    const char *rest = line + 2;
    while (g_ascii_isupper(*rest) || g_ascii_isdigit(*rest) || *rest == '_')
        rest++;
    if (*rest != ' ' || rest - line < 4)
        return NULL;
    rest += strspn(rest, " ");
    if (*rest == '[' && strchr(rest, ']') != NULL) {
        rest = strchr(rest, ']') + 1;
        rest += strspn(rest, " ");
    }
    bool is_file = *rest != '\0' && strchr(rest, ' ') == NULL && strpbrk(rest, "./") != NULL;
    return is_file ? rest : NULL;
}

/* The file of "[12/99] Building C object a/b.c.o" or "[ 12%] Linking C executable x". */
static const char *ninja_file(const char *line)
{
    if (*line != '[')
        return NULL;
    const char *end = strchr(line, ']');
    if (end == NULL || strspn(line + 1, " 0123456789/%") != (size_t)(end - line - 1))
        return NULL;
    const char *last = strrchr(end, ' ');
    return last != NULL && last[1] != '\0' && strchr(end + 2, ' ') != NULL ? last + 1 : NULL;
}

/* The file behind -o of a command that compiles or links, else NULL; freed with g_free. */
static char *command_file(const char *line)
{
    static const char *const TOOLS[] = {"cc", "gcc", "g++", "c++", "clang", "clang++", "libtool"};
    g_auto(GStrv) words = g_strsplit_set(line, " \t", 200);
    char **word = words;
    while (*word != NULL && **word == '\0')
        word++;
    if (*word == NULL)
        return NULL;
    g_autofree char *tool = g_path_get_basename(*word);
    bool is_tool = false;
    for (size_t i = 0; i < G_N_ELEMENTS(TOOLS); i++)
        is_tool |= strcmp(tool, TOOLS[i]) == 0 ||
                   (g_str_has_prefix(tool, TOOLS[i]) && tool[strlen(TOOLS[i])] == '-');
    for (; is_tool && *word != NULL; word++) {
        if (strcmp(*word, "-o") == 0 && word[1] != NULL && *word[1] != '\0')
            return g_strdup(word[1]);
    }
    return NULL;
}

/* "make[2]: Entering directory '/s/a'": what follows is there. */
static bool read_entering(Reader *reader, const char *line)
{
    const char *found = strstr(line, ": Entering directory ");
    if (found == NULL || strncmp(line, "make", 4) != 0)
        return strncmp(line, "make", 4) == 0 && strstr(line, ": Leaving directory ") != NULL;
    const char *start = found + strlen(": Entering directory ");
    start += *start == '\'' || *start == '`';
    g_free(reader->folder);
    reader->folder = g_strndup(start, strcspn(start, "'"));
    return true;
}

/* "NOTE: recipe zlib-1.3-r0: task do_compile: Started". */
static bool read_bitbake(Reader *reader, const char *line, double now_s)
{
    static const char RECIPE[] = "NOTE: recipe ", TASK[] = ": task ";
    const char *task = strstr(line, TASK);
    if (!g_str_has_prefix(line, RECIPE) || task == NULL)
        return false;
    const char *start = line + strlen(RECIPE);
    if (task <= start)
        return true;
    g_autofree char *package = g_strndup(start, (gsize)(task - start));
    const char *name = task + strlen(TASK), *end = strchr(name, ':');
    g_autofree char *key =
        g_strdup_printf("%s %.*s", package, end != NULL ? (int)(end - name) : 0, name);
    if (end != NULL && g_str_has_prefix(end, ": Started")) {
        double *since = g_new(double, 1);
        *since = now_s;
        g_hash_table_replace(reader->tasks, g_steal_pointer(&key), since);
        unit_get(reader, "package", package, now_s);
        return true;
    }
    const double *since = g_hash_table_lookup(reader->tasks, key);
    BuildUnit *unit = since != NULL ? unit_get(reader, "package", package, now_s) : NULL;
    if (unit != NULL) {
        unit->took_s += now_s - *since;
        unit->end_s = now_s;
        unit->n++;
        g_hash_table_remove(reader->tasks, key);
    }
    return true;
}

static void read_line(Reader *reader, char *line, double now_s)
{
    g_strchomp(line);
    if (g_str_has_prefix(line, "== ") && line[3] != '\0') {
        turn(&reader->open, &reader->open_s, NULL, now_s);
        turn(&reader->step, &reader->step_s, unit_get(reader, "step", line + 3, now_s), now_s);
        return;
    }
    if (read_entering(reader, line) || read_bitbake(reader, line, now_s))
        return;
    const char *file = kbuild_file(line);
    if (file == NULL)
        file = ninja_file(line);
    g_autofree char *of_command = file == NULL ? command_file(line) : NULL;
    if (file == NULL && of_command == NULL)
        return;
    g_autofree char *name = directory_of(reader, file != NULL ? file : of_command);
    turn(&reader->open, &reader->open_s, unit_get(reader, "directory", name, now_s), now_s);
}

static void read_lines(Reader *reader, FILE *file, const GArray *marks)
{
    char line[LINE_BYTES];
    guint64 offset = 0;
    guint at = 0;
    bool is_start = true;
    while (fgets(line, sizeof line, file) != NULL) {
        size_t length = strlen(line);
        bool has_end = length > 0 && line[length - 1] == '\n';
        if (is_start)
            read_line(reader, line, time_of(marks, offset, &at));
        offset += length;
        is_start = has_end;
    }
}

GPtrArray *build_units_read(const char *path, const GArray *marks, double end_s,
                            const char *const *roots)
{
    GPtrArray *units = g_ptr_array_new_with_free_func((GDestroyNotify)build_unit_free);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return units;
    Reader reader = {.units = units,
                     .by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                     .tasks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
                     .roots = roots};
    read_lines(&reader, file, marks);
    fclose(file);
    turn(&reader.open, &reader.open_s, NULL, end_s);
    turn(&reader.step, &reader.step_s, NULL, end_s);
    g_hash_table_unref(reader.by_name);
    g_hash_table_unref(reader.tasks);
    g_free(reader.folder);
    return units;
}
