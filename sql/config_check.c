// What the sections of the settings say that cannot be.
#include "sql/config_check.h"

#include <string.h>

#include "common/error.h"
#include "sql/cluster.h"
#include "sql/names.h"

static bool fail_at(const Section *section, const char *key, GError *cause, GError **error)
{
    return error_pass(error, cause, "%s", section_origin(section, key));
}

bool config_schedule(const Section *section, Schedule *ret_schedule, GError **error)
{
    GError *cause = NULL;
    return schedule_parse(section_text(section, "schedule"), ret_schedule, &cause) ||
           fail_at(section, "schedule", cause, error);
}

bool config_first(const Section *tree, GError **error)
{
    const char *first = section_text(tree, "first");
    return first == NULL || strpbrk(first, G_CSET_DIGITS) != NULL ||
           error_set(error, ERROR_INPUT,
                     "%s: first is '%.80s', and a version such as v3.0 is wanted",
                     section_origin(tree, "first"), first);
}

bool config_ranges(const Section *tree, const char *key, RangesRule rule, GPtrArray **ret_ranges,
                   GError **error)
{
    GError *cause = NULL;
    g_autoptr(GPtrArray) ranges = NULL;
    if (!ranges_parse(section_words(tree, key), &ranges, &cause) ||
        !ranges_check(ranges, rule, section_text(tree, "first"), &cause))
        return fail_at(tree, key, cause, error);
    *ret_ranges = g_steal_pointer(&ranges);
    return true;
}

static bool check_distro(const Settings *settings, const char *name, const char *origin,
                         GError **error)
{
    return strcmp(name, "host") == 0 || name_check_section(settings, "distro", name, origin, error);
}

bool config_distro(const Settings *settings, const Section *machine, GError **error)
{
    const char *name = section_text(machine, "distro");
    return !name || check_distro(settings, name, section_origin(machine, "distro"), error);
}

/* Takes what a check has said; nothing where it was content. */
static void take(GPtrArray *complaints, GError **cause)
{
    if (*cause)
        g_ptr_array_add(complaints, g_strdup((*cause)->message));
    g_clear_error(cause);
}

// The words of a key that name sections of a kind.
static void check_names(const Settings *settings, const Section *section, const char *key,
                        const char *kind, GPtrArray *complaints)
{
    GError *cause = NULL;
    for (const char *const *word = section_words(section, key); *word; word++) {
        name_check_section(settings, kind, *word, section_origin(section, key), &cause);
        take(complaints, &cause);
    }
}

static void check_tree(const Settings *settings, const Section *tree, GPtrArray *complaints)
{
    Schedule schedule;
    GError *cause = NULL;
    g_autoptr(GPtrArray) distros = NULL, toolchains = NULL;
    config_schedule(tree, &schedule, &cause);
    take(complaints, &cause);
    config_first(tree, &cause);
    take(complaints, &cause);
    config_ranges(tree, "toolchains", RANGES_APART, &toolchains, &cause);
    take(complaints, &cause);
    config_ranges(tree, "distros", RANGES_TOUCH, &distros, &cause);
    take(complaints, &cause);
    for (guint i = 0; distros && i < distros->len; i++) {
        const VersionRange *range = g_ptr_array_index(distros, i);
        check_distro(settings, range->value, section_origin(tree, "distros"), &cause);
        take(complaints, &cause);
    }
    check_names(settings, tree, "machines", "machine", complaints);
    check_names(settings, tree, "plans", "plan", complaints);
}

// The database, where there is one and it is not open yet.
static bool connect(Site *site, GError **error)
{
    if (site->db)
        return true;
    if (site_is_embedded(site)) {
        g_autoptr(Cluster) cluster = cluster_new(site->state);
        if (!cluster_exists(cluster))
            return true;
    }
    if (site->conninfo)
        return error_set(error, ERROR_DATABASE, "it did not answer a moment ago");
    return site_connect(site, "marvin settings", "marvin_report", error);
}

static void check_known(Site *site, const Section *report, const char *key, const char *kind,
                        GPtrArray *complaints)
{
    for (const char *const *word = section_words(report, key); *word; word++) {
        g_autoptr(GError) away = NULL, cause = NULL;
        if (settings_find(site->settings, kind, *word))
            continue;
        connect(site, &away);
        if (name_check(site, kind, *word, section_origin(report, key), &cause))
            continue;
        g_autofree char *unasked =
            away ? g_strdup_printf(" (the database may know it, and cannot be asked: %s)",
                                   away->message)
                 : NULL;
        g_ptr_array_add(complaints, g_strconcat(cause->message, unasked, NULL));
    }
}

void config_check_report(Site *site, const Section *report, GPtrArray *complaints)
{
    Schedule schedule;
    GError *cause = NULL, *bad_range = NULL;
    const char *range = section_text(report, "range");
    config_schedule(report, &schedule, &cause);
    take(complaints, &cause);
    if (range && !range_check(range, &bad_range))
        fail_at(report, "range", bad_range, &cause);
    take(complaints, &cause);
    check_known(site, report, "tree", "tree", complaints);
    check_known(site, report, "machines", "machine", complaints);
}

void config_check(Site *site, GPtrArray *complaints)
{
    const Settings *settings = site->settings;
    const Section *section;
    GError *cause = NULL;
    for (int i = 0; (section = settings_at(settings, "tree", i)); i++)
        check_tree(settings, section, complaints);
    for (int i = 0; (section = settings_at(settings, "machine", i)); i++) {
        config_distro(settings, section, &cause);
        take(complaints, &cause);
    }
    for (int i = 0; (section = settings_at(settings, "report", i)); i++)
        config_check_report(site, section, complaints);
}
