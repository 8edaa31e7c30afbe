// What is wrong in the settings.
#include "marvin/doctor_settings.h"

#include <unistd.h>

#include "benchmarks/find.h"
#include "common/error.h"

// A word of a section that names another section.
static void check_names(Checkup *checkup, const Site *site, const Section *section, const char *key,
                        const char *kind)
{
    for (const char *const *word = section_words(section, key); *word; word++) {
        if (settings_find(site->settings, kind, *word))
            continue;
        g_autofree char *found =
            g_strdup_printf("%s: there is no [%s %s]", section_origin(section, key), kind, *word);
        g_autofree char *remedy =
            g_strdup_printf("add %ss.d/%s.ini, or correct the name", kind, *word);
        checkup_mend(checkup, "settings", found, remedy);
    }
}

static void check_recipe(Checkup *checkup, const Site *site, const Section *tree)
{
    const char *recipe = section_text(tree, "recipe");
    if (!recipe)
        return;
    g_autofree char *path = g_canonicalize_filename(recipe, site->config);
    if (access(path, X_OK) == 0)
        return;
    g_autofree char *found =
        g_strdup_printf("%s: %s is no executable file", section_origin(tree, "recipe"), path);
    checkup_mend(checkup, "settings", found, "write the recipe there, and chmod +x it");
}

static void check_benchmarks(Checkup *checkup, const Site *site, const Section *plan)
{
    g_auto(GStrv) search = benchmark_search_path(site->config);
    for (const char *const *word = section_words(plan, "benchmarks"); *word; word++) {
        g_autofree char *name = NULL;
        g_autoptr(GHashTable) overrides = NULL;
        g_autoptr(Benchmark) benchmark = NULL;
        g_autoptr(GError) error = NULL;
        if (benchmark_reference_parse(*word, &name, &overrides, &error) &&
            benchmark_get((const char *const *)search, name, &benchmark, &error))
            continue;
        g_autofree char *found =
            g_strdup_printf("%s: %s", section_origin(plan, "benchmarks"), error->message);
        checkup_mend(checkup, "settings", found, "correct the plan, or add the benchmark");
    }
}

static void check_machine(Checkup *checkup, const Section *section)
{
    g_autoptr(Machine) machine = NULL;
    g_autoptr(GError) error = NULL;
    if (!machine_new(section, &machine, &error))
        checkup_mend(checkup, "settings", error->message, "correct the machine");
}

static int check_all(Checkup *checkup, const Site *site)
{
    const Section *section;
    int i;
    for (i = 0; (section = settings_at(site->settings, "plan", i)); i++)
        check_benchmarks(checkup, site, section);
    for (i = 0; (section = settings_at(site->settings, "machine", i)); i++)
        check_machine(checkup, section);
    for (i = 0; (section = settings_at(site->settings, "tree", i)); i++) {
        check_names(checkup, site, section, "machines", "machine");
        check_names(checkup, site, section, "plans", "plan");
        check_recipe(checkup, site, section);
    }
    return i;
}

void doctor_settings(Checkup *checkup, const Site *site)
{
    for (guint i = 0; i < site->complaints->len; i++)
        checkup_mend(checkup, "settings", site->complaints->pdata[i],
                     "until then the whole file is left out");
    int trees = check_all(checkup, site);
    g_autofree char *found =
        g_strdup_printf("%s, %d tree%s", site->config, trees, trees == 1 ? "" : "s");
    if (trees > 0)
        checkup_good(checkup, "settings", found);
    else
        checkup_note(checkup, "settings", found, "nothing is watched: add trees.d/NAME.ini");
}
