// Lists of builds.
#include "report/builds_table.h"

#include "common/text.h"
#include "report/parts.h"

#include <math.h>

static const TableColumn COLUMNS[] = {
    {"build", CELL_TEXT},        {"tree", CELL_TEXT},      {"release", CELL_TEXT},
    {"target", CELL_TEXT},       {"arch", CELL_TEXT},      {"distro", CELL_TEXT},
    {"toolchain", CELL_TEXT},    {"builder", CELL_TEXT},   {"started", CELL_TIME},
    {"took", CELL_SECONDS},      {"state", CELL_TEXT},     {"failed_step", CELL_TEXT},
    {"clean", CELL_BOOL},        {"artifact", CELL_BYTES}, {"files", CELL_INT},
    {"log", CELL_TEXT},          {"unit_kind", CELL_TEXT}, {"unit", CELL_TEXT},
    {"unit_took", CELL_SECONDS},
};
enum { N_WITHOUT_UNIT = G_N_ELEMENTS(COLUMNS) - 3 };

static void print_row(Table *table, const BuildRow *build, bool with_unit)
{
    const char *const texts[] = {build->key,  build->tree,   build->release,   build->target,
                                 build->arch, build->distro, build->toolchain, build->builder};
    bool is_bad = build_state_tone(build->state) == GANTT_BAD;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        table_text(table, texts[i]);
    table_time(table, (gint64)build->started_s);
    table_real(table, build->ended_s - build->started_s);
    table_text(table, build->state);
    table_tone(table, is_bad ? TONE_BAD : TONE_NORMAL);
    table_text(table, build->failed_step != NULL ? build->failed_step : build->fault);
    table_bool(table, build->clean);
    build->artifact_bytes > 0 ? table_bytes(table, build->artifact_bytes) : table_null(table);
    build->artifact_bytes > 0 ? table_int(table, build->files) : table_null(table);
    table_text(table, build->log_hash);
    if (!with_unit)
        return;
    table_text(table, build->unit_kind);
    table_text(table, build->unit);
    table_real(table, build->unit_s);
}

void builds_table_print(const Builds *builds, bool with_unit, bool as_json)
{
    g_autoptr(Table) table =
        table_new(COLUMNS, with_unit ? (int)G_N_ELEMENTS(COLUMNS) : N_WITHOUT_UNIT);
    for (int i = 0; i < builds->n; i++)
        print_row(table, &builds->builds[i], with_unit);
    table_print(table, stdout, as_json);
}

void builds_table_html(Html *html, const Builds *builds)
{
    static const char *const HEAD[] = {
        "Build",       "Tree",  "Release",   "Target",          "Builder", "Started",
        "number:Took", "State", "Failed at", "number:Artifact", NULL};
    parts_table_begin(html, HEAD);
    for (int i = 0; i < builds->n; i++) {
        const BuildRow *build = &builds->builds[i];
        const char *step = build->failed_step != NULL ? build->failed_step : build->fault;
        html_open(html, "tr", NULL);
        parts_text(html, g_strdup(build->key));
        parts_text(html, g_strdup(build->tree));
        parts_text(html, g_strdup(build->release));
        parts_text(html, g_strdup_printf("%s %s", build->target, build->arch));
        parts_text(html, g_strdup(build->builder));
        parts_text(html, text_time((gint64)build->started_s));
        parts_number(html, text_seconds(build->ended_s - build->started_s));
        parts_text(html, g_strdup_printf("%s %s", build_state_symbol(build->state), build->state));
        parts_text(html, g_strdup(step != NULL ? step : ""));
        parts_number(html,
                     build->artifact_bytes > 0 ? text_bytes(build->artifact_bytes) : g_strdup(""));
        html_close(html);
    }
    parts_table_end(html);
}

char *builds_page(const char *heading, const char *line, const char *picture,
                  void (*table)(Html *html, const void *data), const void *data)
{
    Html *html = html_new();
    html_begin_page(html, heading, NULL);
    html_open(html, "main", NULL);
    html_leaf(html, "h1", heading, NULL);
    html_leaf(html, "p", line, NULL);
    if (picture != NULL) {
        html_open(html, "div", "class", "scroll", NULL);
        html_raw_trusted(html, picture);
        html_close(html);
    }
    table(html, data);
    html_close(html);
    return html_finish(html);
}

static json_t *text_or_null(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

json_t *build_row_json(const BuildRow *build)
{
    g_autoptr(GDateTime) start = g_date_time_new_from_unix_utc((gint64)build->started_s);
    g_autofree char *when = start != NULL ? g_date_time_format_iso8601(start) : NULL;
    return json_pack(
        "{s:s, s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:o, s:f, s:s, s:o, s:o, s:o, s:o, s:o, s:o,"
        " s:b}",
        "build", build->key, "tree", build->tree, "release", text_or_null(build->release), "target",
        build->target, "arch", build->arch, "distro", build->distro, "toolchain", build->toolchain,
        "builder", build->builder, "started", text_or_null(when), "took",
        build->ended_s - build->started_s, "state", build->state, "failed_step",
        text_or_null(build->failed_step), "fault", text_or_null(build->fault), "error",
        text_or_null(build->error), "remedy", text_or_null(build->remedy), "message",
        text_or_null(build->message), "log", text_or_null(build->log_hash), "clean", build->clean);
}
