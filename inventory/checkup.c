// A list of what was looked at, what was found, and how to mend it.
#include "inventory/checkup.h"

#include "common/table.h"

typedef struct {
    const char *state; // ok, note, mend
    char *what;
    char *found;
    char *remedy;
} Line;

struct Checkup {
    GPtrArray *lines;
    bool is_good;
};

static void line_free(void *data)
{
    Line *line = data;
    g_free(line->what);
    g_free(line->found);
    g_free(line->remedy);
    g_free(line);
}

Checkup *checkup_new(void)
{
    Checkup *checkup = g_new0(Checkup, 1);
    checkup->lines = g_ptr_array_new_with_free_func(line_free);
    checkup->is_good = true;
    return checkup;
}

void checkup_free(Checkup *checkup)
{
    if (!checkup)
        return;
    g_ptr_array_unref(checkup->lines);
    g_free(checkup);
}

static void line_add(Checkup *checkup, const char *state, const char *what, const char *found,
                     const char *remedy)
{
    Line *line = g_new(Line, 1);
    *line = (Line){state, g_strdup(what), g_strdup(found), g_strdup(remedy)};
    g_ptr_array_add(checkup->lines, line);
}

void checkup_good(Checkup *checkup, const char *what, const char *found)
{
    line_add(checkup, "ok", what, found, NULL);
}

void checkup_note(Checkup *checkup, const char *what, const char *found, const char *remedy)
{
    line_add(checkup, "note", what, found, remedy);
}

void checkup_mend(Checkup *checkup, const char *what, const char *found, const char *remedy)
{
    checkup->is_good = false;
    line_add(checkup, "mend", what, found, remedy);
}

bool checkup_is_good(const Checkup *checkup)
{
    return checkup->is_good;
}

static Tone tone_of(const Line *line)
{
    return line->state[0] == 'm' ? TONE_BAD : line->state[0] == 'n' ? TONE_WARN : TONE_GOOD;
}

static void print_json(const Checkup *checkup, FILE *out)
{
    static const TableColumn COLUMNS[] = {
        {"state", CELL_TEXT}, {"check", CELL_TEXT}, {"found", CELL_TEXT}, {"remedy", CELL_TEXT}};
    g_autoptr(Table) table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    for (guint i = 0; i < checkup->lines->len; i++) {
        const Line *line = checkup->lines->pdata[i];
        table_text(table, line->state);
        table_text(table, line->what);
        table_text(table, line->found);
        table_text(table, line->remedy);
    }
    table_print(table, out, true);
}

// The remedy stands in a line of its own, or the table would be too wide.
void checkup_print(const Checkup *checkup, FILE *out, bool as_json)
{
    static const TableColumn COLUMNS[] = {
        {"state", CELL_TEXT}, {"check", CELL_TEXT}, {"found", CELL_TEXT}};
    if (as_json) {
        print_json(checkup, out);
        return;
    }
    g_autoptr(Table) table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    for (guint i = 0; i < checkup->lines->len; i++) {
        const Line *line = checkup->lines->pdata[i];
        table_text(table, line->state);
        table_tone(table, tone_of(line));
        table_text(table, line->what);
        table_text(table, line->found);
        if (!line->remedy)
            continue;
        table_text(table, "");
        table_text(table, "");
        table_format(table, "-> %s", line->remedy);
    }
    table_print(table, out, false);
}
