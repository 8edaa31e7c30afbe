// What queueing goes by: recipe, machines, plans and distros, stored by their definitions.
#include "bob/queue_targets.h"

#include "benchmarks/find.h"
#include "bob/definition.h"
#include "bob/kernel_recipe.h"
#include "bob/recipe.h"
#include "common/error.h"
#include "common/hash.h"
#include "common/ranges.h"
#include "inventory/machine.h"
#include "sql/config_check.h"
#include "sql/names.h"
#include "sql/queries.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/utsname.h>

static void trouble_take(GPtrArray *troubles, GError *cause)
{
    g_ptr_array_add(troubles, g_strdup(cause->message));
    g_error_free(cause);
}

/* The section that a word of the tree names, or a sentence in troubles and NULL. */
static const Section *section_named(const QueueTargets *targets, const char *kind, const char *key,
                                    const char *name, GPtrArray *troubles)
{
    const Settings *settings = targets->site->settings;
    GError *cause = NULL;
    if (!name_check_section(settings, kind, name, section_origin(targets->tree->section, key),
                            &cause))
        trouble_take(troubles, cause);
    return settings_find(settings, kind, name);
}

/* The keys of a section as they are written. */
static json_t *section_definition(const Section *section)
{
    json_t *body = json_object();
    g_autofree const char **keys = section_keys(section, "");
    for (const char **key = keys; *key != NULL; key++) {
        json_object_set_new(body, *key, json_string(section_text(section, *key)));
    }
    json_object_set_new(body, "name", json_string(section_name(section)));
    return body;
}

/* Kernels are measured where they boot: elsewhere the numbers would be of the kernel that runs. */
static bool check_boots(const Tree *tree, const Section *section, const Machine *machine,
                        GError **error)
{
    if ((!tree->is_kernel && !tree->is_deb) || machine->deploy.driver != NULL)
        return true;
    return error_set(
        error, ERROR_INPUT,
        "%s: the tree %s is of kernels, and the machine %s boots none: give it `deploy` "
        "(or driver = qemu), or take it out of the tree's machines",
        section_origin(section, NULL), tree->name, machine->name);
}

/* A machine that has a row keeps it as its runner wrote it; a new one gets what the settings say.
 * *ret_id is 0 where the settings ask for what this version has not, with a row or without: that is
 * a trouble, for no runner would begin. */
static bool machine_load(const QueueTargets *targets, Db *db, const Section *section, int *ret_id,
                         GPtrArray *troubles, GError **error)
{
    g_autoptr(Rows) found = NULL;
    g_autoptr(Machine) machine = NULL;
    g_autoptr(GError) unfit = NULL;
    *ret_id = 0;
    if (!machine_new(section, &machine, &unfit) ||
        !config_distro(targets->site->settings, section, &unfit) ||
        !check_boots(targets->tree, section, machine, &unfit)) {
        g_ptr_array_add(troubles, g_strdup(unfit->message));
        return true;
    }
    if (!db_rows(db, &QUERY_BOB_MACHINE_FIND, DB_PARAMS(DB_TEXT(machine->name)), &found, error))
        return false;
    if (rows_count(found) == 0)
        return machine_store(db, machine, ret_id, error);
    *ret_id = (int)rows_int(found, 0, "id");
    return true;
}

static bool load_machines(QueueTargets *targets, Db *db, GPtrArray *troubles, GError **error)
{
    const char *const *names = targets->wish.machines;
    if (names == NULL)
        names = section_words(targets->tree->section, "machines");
    for (const char *const *name = names; *name != NULL; name++) {
        const Section *section = section_named(targets, "machine", "machines", *name, troubles);
        if (section == NULL)
            continue;
        TargetMachine machine = {.name = section_name(section)};
        if (!machine_load(targets, db, section, &machine.id, troubles, error))
            return false;
        if (machine.id != 0)
            g_array_append_val(targets->machines, machine);
    }
    return true;
}

/* Whether the fault of one plan is told and left behind. */
static bool is_left_out(GError *cause, GPtrArray *troubles, GError **error)
{
    if (g_error_matches(cause, MARVIN_ERROR, ERROR_INPUT)) {
        trouble_take(troubles, cause);
        return true;
    }
    g_propagate_error(error, cause);
    return false;
}

/* The plan that is no section: what is wrong with it is the asker's error. */
static bool add_work(QueueTargets *targets, Db *db, Store *store, const char *const *search,
                     GError **error)
{
    g_autoptr(Plan) plan = NULL;
    if (!plan_new(targets->wish.work, search, &plan, error) || !plan_store(db, store, plan, error))
        return false;
    g_ptr_array_add(targets->plans, g_steal_pointer(&plan));
    return true;
}

static bool load_plans(QueueTargets *targets, Db *db, Store *store, GPtrArray *troubles,
                       GError **error)
{
    const char *const *names = targets->wish.plans;
    if (names == NULL)
        names = section_words(targets->tree->section, "plans");
    g_auto(GStrv) search = benchmark_search_path(targets->site->config);
    if (targets->wish.work != NULL)
        return add_work(targets, db, store, (const char *const *)search, error);
    for (const char *const *name = names; *name != NULL; name++) {
        const Section *section = section_named(targets, "plan", "plans", *name, troubles);
        g_autoptr(Plan) plan = NULL;
        GError *cause = NULL;
        if (section == NULL)
            continue;
        if (plan_read(section, (const char *const *)search, &plan, &cause) &&
            plan_store(db, store, plan, &cause))
            g_ptr_array_add(targets->plans, g_steal_pointer(&plan));
        else if (!is_left_out(cause, troubles, error))
            return false;
    }
    return true;
}

/* choice: of a kernel's configuration, else NULL. */
static bool recipe_add(QueueTargets *targets, Db *db, const char *key, const char *choice,
                       GError **error)
{
    char *hash = NULL;
    if (!recipe_store(db, targets->site, targets->tree, choice, targets->wish.other_layout, &hash,
                      error))
        return false;
    g_hash_table_insert(targets->recipes, g_strdup(key), hash);
    return true;
}

static char *own_arch(void)
{
    struct utsname name;
    return uname(&name) == 0 ? g_strdup(name.machine) : g_strdup("unknown");
}

bool queue_targets_new(const Site *site, Store *store, Tree *tree, const QueueWish *wish,
                       QueueTargets **ret_targets, GPtrArray *troubles, GError **error)
{
    g_autoptr(QueueTargets) targets = g_new0(QueueTargets, 1);
    targets->site = site;
    targets->tree = tree;
    targets->wish = *wish;
    targets->arch = own_arch();
    targets->machines = g_array_new(FALSE, FALSE, sizeof(TargetMachine));
    targets->plans = g_ptr_array_new_with_free_func((GDestroyNotify)plan_free);
    targets->distros = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    targets->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    targets->recipes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (!(tree->is_kernel || recipe_add(targets, site->db, "", NULL, error)) ||
        !load_machines(targets, site->db, troubles, error) ||
        !load_plans(targets, site->db, store, troubles, error))
        return false;
    *ret_targets = g_steal_pointer(&targets);
    return true;
}

void queue_targets_free(QueueTargets *targets)
{
    if (targets == NULL)
        return;
    g_clear_pointer(&targets->recipes, g_hash_table_unref);
    g_free(targets->arch);
    g_array_unref(targets->machines);
    g_ptr_array_unref(targets->plans);
    g_hash_table_unref(targets->distros);
    targets_forget_known(targets);
    g_hash_table_unref(targets->told);
    g_free(targets);
}

/* The row of a distro; its definition where the settings have one. */
static bool distro_store(QueueTargets *targets, Db *db, const char *name, int *ret_id,
                         GError **error)
{
    const Section *section = settings_find(targets->site->settings, "distro", name);
    g_autofree char *hash = NULL;
    if (section != NULL) {
        g_autoptr(json_t) body = section_definition(section);
        if (!definition_store(db, "distro", name, body, &hash, error))
            return false;
    }
    g_autoptr(Rows) found = NULL;
    g_autoptr(Rows) stored = NULL;
    if (!db_rows(db, &QUERY_BOB_DISTRO_FIND, DB_PARAMS(DB_TEXT(name)), &found, error))
        return false;
    bool is_same = rows_count(found) == 1 &&
                   (hash == NULL || g_strcmp0(rows_text(found, 0, "definition_hash"), hash) == 0);
    if (!is_same && !db_row(db, &QUERY_BOB_DISTRO_STORE, DB_PARAMS(DB_TEXT(name), DB_TEXT(hash)),
                            &stored, error))
        return false;
    *ret_id = (int)rows_int(is_same ? found : stored, 0, "id");
    return true;
}

/* Says once that no range has a release. what: "distro" or "toolchain". */
static void tell_uncovered(QueueTargets *targets, const char *what, const char *release,
                           GPtrArray *troubles)
{
    g_autofree char *key = g_strconcat(what, "s", NULL);
    if (g_hash_table_add(targets->told, g_strdup(key)))
        g_ptr_array_add(
            troubles, g_strdup_printf("%s: no range has a %s for %s, nor perhaps for others; it "
                                      "is not queued",
                                      section_origin(targets->tree->section, key), what, release));
}

/* The row of a distro; *ret_id is 0 where no section has it: a sentence goes to troubles, once. */
static bool distro_id(QueueTargets *targets, Db *db, const char *name, int *ret_id,
                      GPtrArray *troubles, GError **error)
{
    *ret_id = GPOINTER_TO_INT(g_hash_table_lookup(targets->distros, name));
    if (*ret_id != 0)
        return true;
    if (strcmp(name, "host") != 0 &&
        settings_find(targets->site->settings, "distro", name) == NULL) {
        g_autofree char *key = g_strconcat("distro ", name, NULL);
        if (g_hash_table_add(targets->told, g_steal_pointer(&key)))
            section_named(targets, "distro", "distros", name, troubles);
        return true;
    }
    if (!distro_store(targets, db, name, ret_id, error))
        return false;
    g_hash_table_insert(targets->distros, g_strdup(name), GINT_TO_POINTER(*ret_id));
    return true;
}

bool target_distros(QueueTargets *targets, Db *db, const char *release, GArray *distros,
                    GPtrArray *troubles, GError **error)
{
    g_autoptr(GPtrArray) names = ranges_find_all(targets->tree->distros, release);
    if (targets->tree->distros->len == 0)
        g_ptr_array_add(names, (gpointer)(guintptr) "host");
    if (names->len == 0)
        tell_uncovered(targets, "distro", release, troubles);
    for (guint i = 0; i < names->len; i++) {
        TargetDistro distro = {.name = g_ptr_array_index(names, i)};
        if (!distro_id(targets, db, distro.name, &distro.id, troubles, error))
            return false;
        if (distro.id != 0)
            g_array_append_val(distros, distro);
    }
    return true;
}

const char *target_toolchain(QueueTargets *targets, const char *release, GPtrArray *troubles)
{
    const char *toolchain = ranges_find(targets->tree->toolchains, release);
    if (targets->tree->toolchains->len == 0)
        return "";
    if (toolchain == NULL)
        tell_uncovered(targets, "toolchain", release, troubles);
    return toolchain;
}

bool target_recipe(QueueTargets *targets, Db *db, const char *release, const char *distro,
                   const char **ret_hash, GPtrArray *troubles, GError **error)
{
    const Tree *tree = targets->tree;
    g_autofree char *choice = NULL;
    GError *cause = NULL;
    bool good = !tree->is_kernel ||
                kernel_config_choose(targets->site, tree, release, distro, &choice, &cause);
    const char *key = choice != NULL ? choice : "";
    if (good && !g_hash_table_contains(targets->recipes, key))
        good = recipe_add(targets, db, key, choice, &cause);
    *ret_hash = good ? g_hash_table_lookup(targets->recipes, key) : NULL;
    if (good)
        return true;
    if (!g_hash_table_add(targets->told, g_strdup(cause->message))) {
        g_error_free(cause);
        return true;
    }
    return is_left_out(cause, troubles, error);
}

/* A file or the files of a folder, as they are now: names, sizes and times. */
static void digest_path(GString *all, const char *path)
{
    GStatBuf info;
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name = NULL;
    if (g_stat(path, &info) == 0)
        g_string_append_printf(all, "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT ".%ld\n", path,
                               (gint64)info.st_size, (gint64)info.st_mtim.tv_sec,
                               info.st_mtim.tv_nsec);
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *below = g_build_filename(path, name, NULL);
        if (g_stat(below, &info) == 0)
            g_string_append_printf(all, "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT ".%ld\n", below,
                                   (gint64)info.st_size, (gint64)info.st_mtim.tv_sec,
                                   info.st_mtim.tv_nsec);
    }
    if (dir != NULL)
        g_dir_close(dir);
}

static void digest_words(GString *all, const QueueTargets *targets, const Section *section,
                         const char *key, bool are_paths)
{
    for (const char *const *word = section_words(section, key); *word != NULL; word++) {
        g_autofree char *path = g_canonicalize_filename(*word, targets->site->config);
        g_string_append_printf(all, "%s %s\n", key, *word);
        if (are_paths)
            digest_path(all, path);
    }
}

static void digest_distros(GString *all, const QueueTargets *targets)
{
    const Section *distro = NULL;
    for (int i = 0; (distro = settings_at(targets->site->settings, "distro", i)) != NULL; i++) {
        const char *config = section_text(distro, "config");
        g_autoptr(json_t) body = section_definition(distro);
        g_autofree char *text = definition_format(body);
        g_autofree char *path =
            config ? g_canonicalize_filename(config, targets->site->config) : NULL;
        g_string_append_printf(all, "%s\n", text);
        if (path != NULL)
            digest_path(all, path);
    }
}

/* Configuration, fragments, target. */
static void digest_kernel(GString *all, const QueueTargets *targets)
{
    const Section *tree = targets->tree->section;
    g_autofree char *path =
        g_canonicalize_filename(section_text(tree, "config"), targets->site->config);
    g_string_append_printf(all, "%s %s %s\n", section_text(tree, "config"),
                           section_text(tree, "target"), recipe_kernel_text());
    digest_path(all, path);
    digest_words(all, targets, tree, "fragments", true);
    digest_words(all, targets, tree, "recipe", true);
}

char *targets_digest(const QueueTargets *targets)
{
    const Tree *tree = targets->tree;
    const char *recipe = g_hash_table_lookup(targets->recipes, "");
    if (tree->polled == NULL || tree->is_deb)
        return NULL;
    g_autoptr(GString) all = g_string_new(tree->polled);
    g_string_append_printf(all, "\n%s %s %s\n", tree->hash, targets->arch, recipe ? recipe : "");
    for (guint i = 0; i < targets->machines->len; i++)
        g_string_append_printf(all, "%d ", g_array_index(targets->machines, TargetMachine, i).id);
    for (guint i = 0; i < targets->plans->len; i++) {
        const Plan *plan = g_ptr_array_index(targets->plans, i);
        g_string_append_printf(all, "%s %s %d\n", plan_key(plan), plan_hash(plan),
                               plan_boots(plan));
    }
    digest_distros(all, targets);
    digest_words(all, targets, tree->section, "distros", false);
    digest_words(all, targets, tree->section, "toolchains", false);
    if (tree->is_kernel)
        digest_kernel(all, targets);
    return hash_string(all->str);
}
