// The builds of a release: what became of each, why it failed, what it was configured by.
#include "report/site_pages.h"

#include "common/text.h"
#include "report/builds_table.h"
#include "report/builds_waterfall.h"
#include "report/parts.h"
#include "report/words.h"

#include <math.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

static void fact(Html *html, const char *name, char *text)
{
    if (text != NULL && *text != '\0') {
        html_leaf(html, "dt", name, NULL);
        html_leaf(html, "dd", text, NULL);
    }
    g_free(text);
}

static bool is_failure(const BuildRow *build)
{
    return build_state_tone(build->state) == GANTT_BAD;
}

static bool is_running(const BuildRow *build)
{
    return strcmp(build->state, "running") == 0;
}

static void build_state(Html *html, const BuildRow *build)
{
    html_open(html, "span", "class", is_failure(build) ? "state s-failed" : "state", NULL);
    html_leaf(html, "span", build_state_symbol(build->state), "class", "sign", "aria-hidden",
              "true", NULL);
    html_text(html, build->state);
    html_close(html);
}

/* "the recipe ended with status 2", without the log's line behind it. */
static char *message_alone(const BuildRow *build)
{
    if (build->message == NULL || build->error == NULL ||
        !g_str_has_suffix(build->message, build->error))
        return g_strdup(build->message);
    char *message = g_strndup(build->message, strlen(build->message) - strlen(build->error));
    g_strchomp(message);
    return g_str_has_suffix(message, ":") ? (message[strlen(message) - 1] = '\0', message)
                                          : message;
}

char *build_failure_text(const BuildRow *build)
{
    const char *said = build->error != NULL     ? build->error
                       : build->message != NULL ? build->message
                                                : "no reason is known";
    return g_strconcat(build->fault != NULL ? build->fault : "", build->fault != NULL ? ": " : "",
                       said, build->remedy != NULL ? "; " : "",
                       build->remedy != NULL ? build->remedy : "", NULL);
}

/* --- a build on the page of its release --- */

static void write_failure(Html *html, const BuildRow *build)
{
    fact(html, "Kind of failure", g_strdup(build->fault));
    if (build->error != NULL) {
        html_leaf(html, "dt", "First error", NULL);
        html_open(html, "dd", NULL);
        html_leaf(html, "code", build->error, NULL);
        html_close(html);
    }
    fact(html, "What to do", g_strdup(build->remedy));
    fact(html, "How it ended", message_alone(build));
    fact(html, "In step", g_strdup(build->failed_step));
}

static void write_log_link(Html *html, const BuildRow *build)
{
    if (build->log_hash == NULL)
        return;
    html_leaf(html, "dt", "Log", NULL);
    html_open(html, "dd", NULL);
    if (is_failure(build)) {
        g_autofree char *file = g_strdup_printf("build-%s.txt", build->key);
        html_leaf(html, "a", "the end of the build log", "href", file, NULL);
        html_text(html, "; whole in the store as ");
    }
    html_leaf(html, "code", build->log_hash, NULL);
    html_close(html);
}

static void write_facts(Html *html, const BuildRow *build)
{
    html_open(html, "dl", "class", "facts", NULL);
    html_leaf(html, "dt", "State", NULL);
    html_open(html, "dd", NULL);
    build_state(html, build);
    html_close(html);
    if (strcmp(build->state, "done") != 0)
        write_failure(html, build);
    write_log_link(html, build);
    fact(html, "Builder",
         g_strdup_printf("%s%s%s", build->builder, *build->distro != '\0' ? ", " : "",
                         build->distro));
    fact(html, "Started", text_time((gint64)build->started_s));
    if (!is_running(build)) {
        g_autofree char *took = text_seconds(build->ended_s - build->started_s);
        g_autofree char *cpu = isfinite(build->cpu_s) ? text_seconds(build->cpu_s) : NULL;
        fact(html, "Took",
             g_strdup_printf("%s%s%s%s", took, cpu != NULL ? ", " : "", cpu != NULL ? cpu : "",
                             cpu != NULL ? " of processor time" : ""));
        fact(html, "Compiled",
             g_strdup(build->clean ? "all of it" : "what the compiler's cache did not have"));
    }
    if (build->artifact_bytes > 0) {
        g_autofree char *bytes = text_bytes(build->artifact_bytes);
        g_autofree char *files = count_format((int)build->files, "file");
        fact(html, "Artifact", g_strdup_printf("%s, %s, %s", bytes, files, build->artifact_hash));
    }
    html_close(html);
}

static void write_lines(Html *html, const char *summary, const char *text)
{
    html_open(html, "details", NULL);
    html_leaf(html, "summary", summary, NULL);
    html_leaf(html, "pre", text, NULL);
    html_close(html);
}

/* The options that were asked for and are not so, a line each; NULL: none. */
static char *in_vain(const BuildRow *build, int *ret_n)
{
    g_autoptr(json_t) facts = json_loads(build->facts != NULL ? build->facts : "{}", 0, NULL);
    const json_t *list = json_object_get(json_object_get(facts, "notes"), "not-honoured");
    GString *lines = g_string_new(NULL);
    size_t i = 0;
    const json_t *line = NULL;
    *ret_n = (int)json_array_size(list);
    json_array_foreach(list, i, line)
    {
        g_string_append_printf(lines, "%s\n", json_string_value(line));
    }
    return g_string_free(lines, *ret_n == 0);
}

static void write_config(Html *html, const ReleaseBuilds *builds, const BuildRow *build)
{
    BuildConfig config = release_build_config(builds, build);
    int n_vain = 0;
    g_autofree char *vain = in_vain(build, &n_vain);
    if (config.previous != NULL && config.added + config.removed == 0) {
        html_open(html, "p", NULL);
        html_textf(html, "Configured as %s was.", config.previous);
        html_close(html);
    } else if (config.previous != NULL) {
        g_autofree char *lines = count_format(config.added, "line");
        g_autofree char *summary =
            g_strdup_printf("Configuration (.config) against %s: %s new, %d gone", config.previous,
                            lines, config.removed);
        write_lines(html, summary, config.difference);
    } else if (config.hash != NULL) {
        html_leaf(html, "p", "The first configuration of its tree that is known.", "class", "note",
                  NULL);
    }
    if (vain == NULL)
        return;
    g_autofree char *options = count_format(n_vain, "option");
    g_autofree char *summary = g_strdup_printf("%s asked for in vain", options);
    write_lines(html, summary, vain);
}

/* Where its time went, as a picture of its own. */
static bool write_picture(Pages *pages, Html *html, const BuildRow *build, const Rows *units,
                          const char *page, GError **error)
{
    if (is_running(build) || rows_count(units) == 0)
        return true;
    g_autofree char *folder = g_path_get_dirname(page);
    g_autofree char *file = g_strdup_printf("build-%s.svg", build->key);
    g_autofree char *path = g_build_filename(folder, file, NULL);
    g_autofree char *svg = build_svg(build, units);
    g_autofree char *alt = g_strdup_printf("Where the time of build %s went", build->key);
    html_open(html, "figure", NULL);
    html_void(html, "img", "src", file, "alt", alt, NULL);
    html_leaf(html, "figcaption",
              "Steps, and the directories or packages that took longest, over the time of the "
              "build; above them how busy the builder was.",
              NULL);
    html_close(html);
    return pages_write(pages, path, svg, error);
}

static void write_attempts(Html *html, const ReleaseBuilds *builds, const GPtrArray *attempts)
{
    int n = 0;
    for (guint i = 0; i < attempts->len; i++) {
        const BuildRow *build = attempts->pdata[i];
        if (release_build_counts(builds, build))
            continue;
        if (n++ == 0) {
            html_leaf(html, "h2", "Earlier attempts", NULL);
            parts_table_begin(
                html, (const char *const[]){"Build", "State", "Builder", "Started", "Why", NULL});
        }
        g_autofree char *why = build_failure_text(build);
        html_open(html, "tr", NULL);
        html_leaf(html, "th", build->key, "scope", "row", NULL);
        html_open(html, "td", NULL);
        build_state(html, build);
        html_close(html);
        parts_text(html, g_strdup(build->builder));
        parts_text(html, text_time((gint64)build->started_s));
        html_leaf(html, "td", strcmp(build->state, "done") == 0 ? "" : why, "class", "wrap", NULL);
        html_close(html);
    }
    if (n > 0)
        parts_table_end(html);
}

/* --- twins --- */

static json_t *flat_json(const SiteTree *tree, int release, const BuildRow *build)
{
    json_t *object = build_row_json(build);
    BuildConfig config = release_build_config(tree->builds, build);
    json_object_set_new(object, "release", json_string(site_release_name(tree, release)));
    if (is_running(build))
        json_object_set_new(object, "took", json_null());
    json_object_set_new(object, "counts", json_boolean(release_build_counts(tree->builds, build)));
    json_object_set_new(object, "artifact",
                        build->artifact_hash == NULL ? json_null()
                                                     : json_string(build->artifact_hash));
    json_object_set_new(object, "artifact_bytes", json_integer(build->artifact_bytes));
    json_object_set_new(object, "config_previous",
                        config.previous == NULL ? json_null() : json_string(config.previous));
    json_object_set_new(object, "config_added", json_integer(config.added));
    json_object_set_new(object, "config_removed", json_integer(config.removed));
    return object;
}

static json_t *lines_json(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text == NULL ? "" : text, "\n", -1);
    json_t *list = json_array();
    for (char **line = lines; *line != NULL; line++) {
        if (**line != '\0')
            json_array_append_new(list, json_string(*line));
    }
    return list;
}

static bool write_twins(Pages *pages, const SiteTree *tree, int release, const char *path,
                        GError **error)
{
    const GPtrArray *attempts = release_builds_of(tree->builds, release);
    g_autoptr(json_t) flat = json_array(), full = json_array();
    for (guint i = 0; i < attempts->len; i++) {
        const BuildRow *build = attempts->pdata[i];
        BuildConfig config = release_build_config(tree->builds, build);
        int n_vain = 0;
        g_autofree char *vain = in_vain(build, &n_vain);
        json_t *object = flat_json(tree, release, build);
        json_array_append_new(full, json_deep_copy(object));
        json_array_append_new(flat, object);
        json_t *last = json_array_get(full, i);
        json_object_set_new(last, "config_difference", lines_json(config.difference));
        json_object_set_new(last, "config_in_vain", lines_json(vain));
    }
    return twins_list(pages, path, flat, full, error);
}

/* --- the pages --- */

static bool write_build(Pages *pages, Html *html, const SiteTree *tree, const BuildRow *build,
                        const Rows *units, const char *path, GError **error)
{
    html_open(html, "h2", NULL);
    html_textf(html, "%s: %s%s%s%s%s", build->key, build->target, *build->arch != '\0' ? " " : "",
               build->arch, *build->toolchain != '\0' ? ", " : "", build->toolchain);
    html_close(html);
    write_facts(html, build);
    write_config(html, tree->builds, build);
    return write_picture(pages, html, build, units, path, error);
}

bool page_build(Pages *pages, const SiteTree *tree, int release, UnitsOf units_of, void *data,
                GError **error)
{
    const GPtrArray *attempts = release_builds_of(tree->builds, release);
    if (attempts == NULL)
        return true;
    g_autofree char *path = site_path_build(tree, release);
    g_autofree char *up = page_up(path);
    g_autofree char *index = site_path_index(tree), *all = site_path_builds(tree);
    g_autofree char *title =
        g_strdup_printf("Builds of %s %s", tree->options.tree, site_release_name(tree, release));
    g_autoptr(Html) html = html_new();
    page_begin(
        html, up, title,
        (const Crumb[]){
            {"Reports", "index.html"}, {tree->options.tree, index}, {"Builds", all}, {NULL, NULL}});
    for (guint i = attempts->len; i-- > 0;) {
        const BuildRow *build = attempts->pdata[i];
        g_autoptr(Rows) units = NULL;
        if (release_build_counts(tree->builds, build) &&
            (!units_of(data, build->key, &units, error) ||
             !write_build(pages, html, tree, build, units, path, error)))
            return false;
    }
    write_attempts(html, tree->builds, attempts);
    page_twins(html, path);
    g_autofree char *text = page_end(g_steal_pointer(&html), tree);
    return pages_write(pages, path, text, error) && write_twins(pages, tree, release, path, error);
}

static void builds_row(Html *html, const SiteTree *tree, const char *up, int release,
                       const BuildRow *build)
{
    g_autofree char *path = site_path_build(tree, release);
    g_autofree char *why = is_failure(build) ? build_failure_text(build) : NULL;
    BuildConfig config = release_build_config(tree->builds, build);
    html_open(html, "tr", NULL);
    html_open(html, "th", "scope", "row", NULL);
    page_link(html, up, path, site_release_name(tree, release));
    html_close(html);
    html_open(html, "td", "class", is_failure(build) ? "s-failed" : NULL, NULL);
    html_textf(html, "%s %s", build_state_symbol(build->state), build->state);
    html_close(html);
    html_leaf(html, "td", why, "class", "wrap", NULL);
    parts_text(html, g_strdup_printf("%s %s", build->arch, build->toolchain));
    parts_text(html, g_strdup(build->builder));
    parts_text(html, text_time((gint64)build->started_s));
    parts_number(html, is_running(build) ? g_strdup("")
                                         : text_seconds(build->ended_s - build->started_s));
    parts_number(html,
                 build->artifact_bytes > 0 ? text_bytes(build->artifact_bytes) : g_strdup(""));
    parts_text(html, config.previous == NULL ? g_strdup("")
                                             : g_strdup_printf("+%d −%d against %s", config.added,
                                                               config.removed, config.previous));
    html_close(html);
}

bool page_builds(Pages *pages, const SiteTree *tree, GError **error)
{
    g_autofree char *path = site_path_builds(tree);
    g_autofree char *up = page_up(path), *index = site_path_index(tree);
    g_autofree char *title = g_strdup_printf("Builds of %s", tree->options.tree);
    g_autoptr(json_t) list = json_array();
    if (!site_has_builds(tree))
        return true;
    Html *html = html_new();
    page_begin(
        html, up, title,
        (const Crumb[]){{"Reports", "index.html"}, {tree->options.tree, index}, {NULL, NULL}});
    parts_table_begin(html,
                      (const char *const[]){"Release", "State", "Why", "For", "Builder", "Started",
                                            "number:Took", "number:Artifact", ".config", NULL});
    for (int i = tree->last; i >= tree->first; i--) {
        const GPtrArray *attempts = release_builds_of(tree->builds, i);
        for (guint k = attempts == NULL ? 0 : attempts->len; k-- > 0;) {
            if (!release_build_counts(tree->builds, attempts->pdata[k]))
                continue;
            builds_row(html, tree, up, i, attempts->pdata[k]);
            json_array_append_new(list, flat_json(tree, i, attempts->pdata[k]));
        }
    }
    parts_table_end(html);
    page_twins(html, path);
    g_autofree char *text = page_end(html, tree);
    return pages_write(pages, path, text, error) && twins_list(pages, path, list, list, error);
}

/* --- on other pages --- */

void section_build(Html *html, const SiteTree *tree, const char *up, int release)
{
    const GPtrArray *attempts = release_builds_of(tree->builds, release);
    g_autofree char *path = site_path_build(tree, release);
    for (guint i = 0; attempts != NULL && i < attempts->len; i++) {
        const BuildRow *build = attempts->pdata[i];
        if (!release_build_counts(tree->builds, build))
            continue;
        BuildConfig config = release_build_config(tree->builds, build);
        g_autofree char *why = is_failure(build) ? build_failure_text(build) : NULL;
        html_open(html, "p", "class", "note", NULL);
        html_text(html, "Build ");
        page_link(html, up, path, build->key);
        html_textf(html, ": %s %s%s%s", build_state_symbol(build->state), build->state,
                   why != NULL ? ", " : "", why != NULL ? why : "");
        if (config.previous != NULL)
            html_textf(html, "; .config against %s: +%d −%d", config.previous, config.added,
                       config.removed);
        html_text(html, ".");
        html_close(html);
    }
}

void section_builds_brief(Html *html, const SiteTree *tree, const char *up)
{
    int n = 0, n_failed = 0;
    if (!site_has_builds(tree))
        return;
    for (int i = tree->first; i <= tree->last; i++) {
        n += release_builds_of(tree->builds, i) != NULL;
        n_failed += release_has_failed_build(tree->builds, i);
    }
    g_autofree char *path = site_path_builds(tree);
    g_autofree char *releases = count_format(n, "release");
    html_open(html, "p", "class", "note", NULL);
    html_textf(html, "%s taken up for building, %d failed: ", releases, n_failed);
    page_link(html, up, path, "all builds");
    html_text(html, ".");
    html_close(html);
}
