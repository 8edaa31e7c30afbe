// What is wrong in the settings.
#include "marvin/doctor_settings.h"

#include <unistd.h>

#include "benchmarks/find.h"
#include "common/error.h"
#include "sql/config_check.h"

static void check_recipe(const Site *site, const Section *tree, GPtrArray *complaints)
{
    const char *recipe = section_text(tree, "recipe");
    if (!recipe)
        return;
    g_autofree char *path = g_canonicalize_filename(recipe, site->config);
    if (access(path, X_OK) != 0)
        g_ptr_array_add(complaints, g_strdup_printf("%s: %s is no executable file: write the "
                                                    "recipe there, and chmod +x it",
                                                    section_origin(tree, "recipe"), path));
}

static void check_benchmarks(const Site *site, const Section *plan, GPtrArray *complaints)
{
    g_auto(GStrv) search = benchmark_search_path(site->config);
    for (const char *const *word = section_words(plan, "benchmarks"); *word; word++) {
        g_autofree char *name = NULL;
        g_autoptr(GHashTable) overrides = NULL;
        g_autoptr(Benchmark) benchmark = NULL;
        g_autoptr(GError) error = NULL;
        if (!benchmark_reference_parse(*word, &name, &overrides, &error) ||
            !benchmark_get((const char *const *)search, name, &benchmark, &error))
            g_ptr_array_add(
                complaints,
                g_strdup_printf("%s: %s", section_origin(plan, "benchmarks"), error->message));
    }
}

void settings_check(GPtrArray *complaints)
{
    g_autoptr(Site) site = site_load();
    const Section *section;
    config_check(site, complaints);
    machine_check_all(site->settings, complaints);
    for (int i = 0; (section = settings_at(site->settings, "plan", i)); i++)
        check_benchmarks(site, section, complaints);
    for (int i = 0; (section = settings_at(site->settings, "tree", i)); i++)
        check_recipe(site, section, complaints);
}

static void mend_all(Checkup *checkup, const GPtrArray *complaints, const char *remedy)
{
    for (guint i = 0; i < complaints->len; i++)
        checkup_mend(checkup, "settings", complaints->pdata[i], remedy);
}

void doctor_settings(Checkup *checkup, const Site *site)
{
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    int trees = 0;
    mend_all(checkup, site->complaints, "until then the whole file is left out");
    settings_check(complaints);
    mend_all(checkup, complaints, "correct that line, or add what it names");
    while (settings_at(site->settings, "tree", trees))
        trees++;
    g_autofree char *found =
        g_strdup_printf("%s, %d tree%s", site->config, trees, trees == 1 ? "" : "s");
    if (trees > 0)
        checkup_good(checkup, "settings", found);
    else
        checkup_note(checkup, "settings", found, "nothing is watched: add trees.d/NAME.ini");
}
