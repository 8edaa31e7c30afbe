// Releases and targets.
#include "report/builds_matrix.h"

#include "common/text.h"
#include "report/builds_table.h"
#include "report/parts.h"

#include <string.h>

/* The latest attempt at one release and target. */
typedef struct {
    const BuildRow *build;
    int attempts;
} Cell;

typedef struct {
    GPtrArray *releases; // "tree\1release", in order; owned
    GPtrArray *targets; // "target arch toolchain", in order; owned
    GHashTable *cells; // "release\2target" -> Cell *
} Matrix;

static void matrix_clear(Matrix *matrix)
{
    g_ptr_array_unref(matrix->releases);
    g_ptr_array_unref(matrix->targets);
    g_hash_table_unref(matrix->cells);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Matrix, matrix_clear)

/* Keeps a name once, in order of coming; owned by names. */
static const char *keep(GPtrArray *names, GHashTable *known, char *name)
{
    const char *had = g_hash_table_lookup(known, name);
    if (had != NULL) {
        g_free(name);
        return had;
    }
    g_ptr_array_add(names, name);
    g_hash_table_insert(known, name, name);
    return name;
}

static char *target_of(const BuildRow *build)
{
    g_autofree char *text =
        g_strconcat(build->target, " ", build->arch, " ", build->toolchain, NULL);
    return g_strdup(g_strstrip(text));
}

static Matrix matrix_of(const Builds *builds)
{
    Matrix matrix = {.releases = g_ptr_array_new_with_free_func(g_free),
                     .targets = g_ptr_array_new_with_free_func(g_free),
                     .cells = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)};
    g_autoptr(GHashTable) releases = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) targets = g_hash_table_new(g_str_hash, g_str_equal);
    for (int i = 0; i < builds->n; i++) {
        const BuildRow *build = &builds->builds[i];
        const char *release =
            keep(matrix.releases, releases,
                 g_strconcat(build->tree, "\1", build->release ? build->release : "", NULL));
        const char *target = keep(matrix.targets, targets, target_of(build));
        g_autofree char *key = g_strconcat(release, "\2", target, NULL);
        Cell *cell = g_hash_table_lookup(matrix.cells, key);
        if (cell == NULL) {
            cell = g_new0(Cell, 1);
            g_hash_table_insert(matrix.cells, g_steal_pointer(&key), cell);
        }
        if (cell->build == NULL || build->started_s >= cell->build->started_s)
            cell->build = build;
        cell->attempts++;
    }
    return matrix;
}

static const Cell *cell_find(const Matrix *matrix, guint release, guint target)
{
    g_autofree char *key = g_strconcat(g_ptr_array_index(matrix->releases, release), "\2",
                                       g_ptr_array_index(matrix->targets, target), NULL);
    return g_hash_table_lookup(matrix->cells, key);
}

/* "✓ done 3m20s", with "(3)" for attempts; "" for none. */
static char *cell_text(const Cell *cell)
{
    if (cell == NULL)
        return g_strdup("");
    g_autofree char *took = text_seconds(cell->build->ended_s - cell->build->started_s);
    g_autofree char *attempts =
        cell->attempts > 1 ? g_strdup_printf(" (%d)", cell->attempts) : g_strdup("");
    return g_strdup_printf("%s %s %s%s", build_state_symbol(cell->build->state), cell->build->state,
                           took, attempts);
}

/* A cell of a line of text, padded. */
static void add_padded(GString *text, const char *cell, glong width)
{
    g_autofree char *safe = text_escape_terminal(cell);
    g_string_append(text, safe);
    for (glong n = g_utf8_strlen(safe, -1); n < width + 2; n++)
        g_string_append_c(text, ' ');
}

/* Lines of n_columns cells each (char *), under one another. */
static char *format_lines(const GPtrArray *cells, guint n_columns)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < cells->len; i++) {
        glong width = 0;
        for (guint k = i % n_columns; k < cells->len; k += n_columns)
            width = MAX(width, g_utf8_strlen(g_ptr_array_index(cells, k), -1));
        add_padded(text, g_ptr_array_index(cells, i), width);
        if ((i + 1) % n_columns != 0)
            continue;
        while (text->len > 0 && text->str[text->len - 1] == ' ')
            g_string_truncate(text, text->len - 1);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

char *matrix_text(const Builds *builds)
{
    g_auto(Matrix) matrix = matrix_of(builds);
    g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(cells, g_strdup("tree"));
    g_ptr_array_add(cells, g_strdup("release"));
    for (guint k = 0; k < matrix.targets->len; k++)
        g_ptr_array_add(cells, g_strdup(matrix.targets->pdata[k]));
    for (guint i = 0; i < matrix.releases->len; i++) {
        g_auto(GStrv) names = g_strsplit(matrix.releases->pdata[i], "\1", 2);
        g_ptr_array_add(cells, g_strdup(names[0]));
        g_ptr_array_add(cells, g_strdup(names[1]));
        for (guint k = 0; k < matrix.targets->len; k++)
            g_ptr_array_add(cells, cell_text(cell_find(&matrix, i, k)));
    }
    return format_lines(cells, matrix.targets->len + 2);
}

static void write_table(Html *html, const void *data)
{
    const Matrix *matrix = data;
    g_autoptr(GPtrArray) head = g_ptr_array_new();
    g_ptr_array_add(head, (gpointer) "Tree");
    g_ptr_array_add(head, (gpointer) "Release");
    for (guint k = 0; k < matrix->targets->len; k++)
        g_ptr_array_add(head, matrix->targets->pdata[k]);
    g_ptr_array_add(head, NULL);
    parts_table_begin(html, (const char *const *)head->pdata);
    for (guint i = 0; i < matrix->releases->len; i++) {
        g_auto(GStrv) names = g_strsplit(matrix->releases->pdata[i], "\1", 2);
        html_open(html, "tr", NULL);
        parts_text(html, g_strdup(names[0]));
        parts_text(html, g_strdup(names[1]));
        for (guint k = 0; k < matrix->targets->len; k++)
            parts_text(html, cell_text(cell_find(matrix, i, k)));
        html_close(html);
    }
    parts_table_end(html);
}

char *matrix_html(const Builds *builds)
{
    g_auto(Matrix) matrix = matrix_of(builds);
    g_autofree char *line =
        g_strdup_printf("%u releases, %u targets; the latest attempt of each, in brackets how many "
                        "there were.",
                        matrix.releases->len, matrix.targets->len);
    return builds_page("Releases and targets", line, NULL, write_table, &matrix);
}

json_t *matrix_json(const Builds *builds)
{
    g_auto(Matrix) matrix = matrix_of(builds);
    json_t *list = json_array();
    for (guint i = 0; i < matrix.releases->len; i++) {
        for (guint k = 0; k < matrix.targets->len; k++) {
            const Cell *cell = cell_find(&matrix, i, k);
            if (cell == NULL)
                continue;
            const BuildRow *build = cell->build;
            json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:i, s:s}",
                                                  "tree", build->tree, "release",
                                                  build->release ? build->release : "", "target",
                                                  build->target, "arch", build->arch, "toolchain",
                                                  build->toolchain, "state", build->state, "took",
                                                  build->ended_s - build->started_s, "attempts",
                                                  cell->attempts, "build", build->key));
        }
    }
    return list;
}
