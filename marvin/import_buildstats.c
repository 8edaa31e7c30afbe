// Yocto's buildstats into builds: a folder each, kept whole in the store, its tasks as units.
#include <math.h>
#include <string.h>

#include "benchmarks/formats/buildstats.h"
#include "common/cmd.h"
#include "common/error.h"
#include "marvin/import_formats.h"
#include "sql/queries.h"

enum { FILE_MAX_BYTES = 1 << 20, TASKS_MAX = 200000, LOAD_MAX = 512 };
#define FOLDER_MAX_BYTES ((guint64)1 << 30)

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

// One build as it is read.
typedef struct {
    const char *path;
    BuildstatsBuild said;
    json_t *units;
    double started_s, ended_s;
    double cpu_s;
    int tasks;
    bool failed;
    char *failed_step;
} Build;

static void build_clear(Build *build)
{
    buildstats_build_clear(&build->said);
    json_decref(build->units);
    g_free(build->failed_step);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Build, build_clear)

// At most FILE_MAX_BYTES of a regular file; NULL for another. Freed with g_free.
static char *find_text(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return NULL;
    FILE *file = fopen(path, "re");
    if (!file)
        return NULL;
    char *text = g_malloc(FILE_MAX_BYTES + 1);
    size_t n = fread(text, 1, FILE_MAX_BYTES, file);
    fclose(file);
    text[n] = '\0';
    return g_realloc(text, n + 1);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// The names in a folder, sorted; empty where it is none.
static GPtrArray *names_of(const char *folder)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    return names;
}

// A unit of the build; times become seconds after its beginning once that is known.
static void add_unit(Build *build, const char *kind, const char *name, double start_s, double end_s,
                     double took_s, double cpu_s, int n, bool failed)
{
    g_autofree char *valid = g_utf8_make_valid(name, -1);
    json_array_append_new(
        build->units,
        json_pack("{s:s, s:s, s:f, s:f, s:f, s:o, s:i, s:b}", "kind", kind, "name", valid,
                  "start_s", start_s, "end_s", end_s, "took_s", fmax(took_s, 0), "cpu_s",
                  isnan(cpu_s) ? json_null() : json_real(cpu_s), "n", n, "failed", failed));
}

static void read_package(Build *build, const char *package)
{
    g_autofree char *folder = g_build_filename(build->path, package, NULL);
    g_autoptr(GPtrArray) names = names_of(folder);
    double first_s = INFINITY, last_s = 0, took_s = 0, cpu_s = NAN;
    int n = 0;
    bool failed = false;
    for (guint i = 0; i < names->len && build->tasks < TASKS_MAX; i++) {
        g_autofree char *text = find_text(folder, names->pdata[i]);
        g_autofree char *name = g_strconcat(package, ":", names->pdata[i], NULL);
        BuildstatsTask task = {0};
        if (!text || !buildstats_task_parse(text, &task))
            continue;
        double end_s = isnan(task.ended_s) ? task.started_s : task.ended_s;
        add_unit(build, "task", name, task.started_s, end_s, end_s - task.started_s, task.cpu_s, 1,
                 !task.passed);
        first_s = fmin(first_s, task.started_s);
        last_s = fmax(last_s, end_s);
        took_s += end_s - task.started_s;
        if (!isnan(task.cpu_s))
            cpu_s = (isnan(cpu_s) ? 0 : cpu_s) + task.cpu_s;
        failed |= !task.passed;
        if (!task.passed && !build->failed_step)
            build->failed_step = g_utf8_make_valid(name, -1);
        build->tasks++;
        n++;
    }
    if (n == 0)
        return;
    add_unit(build, "package", package, first_s, last_s, took_s, cpu_s, n, failed);
    build->started_s = fmin(build->started_s, first_s);
    build->ended_s = fmax(build->ended_s, last_s);
    build->failed |= failed;
    if (!isnan(cpu_s))
        build->cpu_s += cpu_s;
}

// Times after the build's beginning.
static void shift_units(Build *build)
{
    size_t i = 0;
    json_t *unit = NULL;
    json_array_foreach(build->units, i, unit)
    {
        double start_s = json_number_value(json_object_get(unit, "start_s")) - build->started_s;
        double end_s = json_number_value(json_object_get(unit, "end_s")) - build->started_s;
        json_object_set_new(unit, "start_s", json_real(fmax(start_s, 0)));
        json_object_set_new(unit, "end_s", json_real(fmax(end_s, 0)));
    }
}

// False for a folder that holds no build.
static bool read_build(Build *build)
{
    g_autofree char *text = find_text(build->path, "build_stats");
    g_autoptr(GPtrArray) names = names_of(build->path);
    buildstats_build_parse(text ? text : "", &build->said);
    build->units = json_array();
    build->started_s = isnan(build->said.started_s) ? INFINITY : build->said.started_s;
    build->failed_step = g_strdup(build->said.failed_at);
    for (guint i = 0; i < names->len; i++)
        read_package(build, names->pdata[i]);
    if (build->tasks == 0)
        return false;
    if (!isnan(build->said.elapsed_s))
        build->ended_s = fmax(build->ended_s, build->started_s + build->said.elapsed_s);
    build->failed |= build->said.failed_at != NULL;
    shift_units(build);
    return true;
}

// {every_s, busy [], wait []} of reduced_proc_stat.log, or NULL.
static json_t *read_load(const Build *build)
{
    g_autofree char *text = find_text(build->path, "reduced_proc_stat.log");
    g_autoptr(GArray) points = buildstats_load_parse(text ? text : "");
    guint n = points->len / 3;
    const double *v = (const double *)(gconstpointer)points->data;
    if (n < 2)
        return NULL;
    guint step = 1 + n / LOAD_MAX;
    json_t *busy = json_array(), *wait = json_array();
    for (guint i = 0; i < n; i += step) {
        json_array_append_new(busy, json_real(v[3 * i + 1]));
        json_array_append_new(wait, json_real(v[3 * i + 2]));
    }
    double every_s = (v[3 * (n - 1)] - v[0]) / (n - 1) * step;
    return json_pack("{s:f, s:o, s:o}", "every_s", fmax(every_s, 0.001), "busy", busy, "wait",
                     wait);
}

static char *facts_of(const Build *build)
{
    g_autoptr(json_t) facts = json_pack("{s:s, s:i, s:f}", "system", "yocto", "tasks", build->tasks,
                                        "cpu_s", build->cpu_s);
    json_t *load = read_load(build);
    if (load)
        json_object_set_new(facts, "load", load);
    if (!isnan(build->said.cpu_percent))
        json_object_set_new(facts, "cpu_percent", json_real(build->said.cpu_percent));
    char *text = json_dumps(facts, JSON_COMPACT | JSON_SORT_KEYS);
    char *copy = g_strdup(text);
    free(text);
    return copy;
}

static bool store(Import *import, const Build *build, const char *hash, char **ret_what,
                  GError **error)
{
    const char *tree = import->tree ? import->tree : "yocto";
    g_autofree char *name = g_path_get_basename(build->path);
    g_autofree char *facts = facts_of(build);
    char *units = json_dumps(build->units, JSON_COMPACT | JSON_REAL_PRECISION(17));
    g_autoptr(Rows) rows = NULL;
    bool good = db_row(import->site->db, &QUERY_MARVIN_FOREIGN_BUILD_STORE,
                       DB_PARAMS(DB_TEXT(hash), DB_TEXT(name), DB_TEXT("buildstats"), DB_TEXT(tree),
                                 DB_TEXT(import->release ? import->release : name), DB_TEXT(tree),
                                 DB_TEXT(build->said.arch ? build->said.arch : ""),
                                 DB_TEXT(import->distro ? import->distro : ""),
                                 DB_TEXT(import->machine    ? import->machine
                                         : build->said.host ? build->said.host
                                                            : "unknown"),
                                 DB_REAL(build->started_s), DB_REAL(build->ended_s),
                                 DB_TEXT(build->failed ? "failed" : "done"),
                                 DB_TEXT(build->failed ? build->failed_step : NULL), DB_TEXT(facts),
                                 DB_TEXT(units), DB_BOOL(import->again)),
                       &rows, error);
    free(units);
    if (good)
        *ret_what = g_strdup(rows_text(rows, 0, "what"));
    return good;
}

static bool import_build(Import *import, Build *build, GError **error)
{
    StoreObject object = {0};
    g_autofree char *state = NULL;
    g_autofree char *name = g_path_get_basename(build->path);
    if (!store_put_dir(import->store, build->path, FOLDER_MAX_BYTES, &object, error) ||
        !store(import, build, object.hash, &state, error))
        return false;
    import->n_new += strcmp(state, "new") == 0;
    import->n_known += strcmp(state, "known") == 0;
    import->n_replaced += strcmp(state, "replaced") == 0;
    if (import->boots)
        json_array_append_new(
            import->boots, json_pack("{s:s, s:s, s:s, s:i, s:s}", "source", name, "tree",
                                     import->tree ? import->tree : "yocto", "state", state, "tasks",
                                     build->tasks, "build", build->failed ? "failed" : "done"));
    else
        cmd_note("%s: %d tasks, %s%s%s: %s", name, build->tasks, build->failed ? "failed" : "done",
                 build->failed_step ? " at " : "", build->failed_step ? build->failed_step : "",
                 state);
    return true;
}

static bool import_folder(Import *import, const char *path, bool *ret_found, GError **error)
{
    g_auto(Build) build = {.path = path};
    *ret_found = g_file_test(path, G_FILE_TEST_IS_DIR) && read_build(&build);
    return !*ret_found || import_build(import, &build, error);
}

bool import_buildstats(Import *import, const char *path, GError **error)
{
    bool found = false, any = false;
    import->noun = "build";
    g_autofree char *whole = g_canonicalize_filename(path, NULL);
    if (!import_folder(import, whole, &found, error) || found)
        return found;
    g_autoptr(GPtrArray) names = names_of(whole);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *below = g_build_filename(whole, names->pdata[i], NULL);
        if (cmd_stop_requested())
            return error_set(error, ERROR_INTERRUPTED, "stopped; import it again to go on");
        if (!import_folder(import, below, &found, error))
            return false;
        any |= found;
    }
    return any || error_set(error, ERROR_INPUT,
                            "%s: there are no buildstats: expected a folder that holds "
                            "PACKAGE/do_TASK files, or a folder of such (tmp/buildstats)",
                            path);
}
