// marvin doctor: what is wrong with an installation, and how to mend it.
#include "marvin/cmd_doctor.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/proc.h"
#include "common/store.h"
#include "common/text.h"
#include "inventory/checkup.h"
#include "marvin/doctor_settings.h"
#include "marvin/references.h"
#include "sql/cluster.h"
#include "sql/queries.h"
#include "sql/site.h"

enum { DISK_LOW_BYTES = 1 << 30, SKEW_S = 5 };

static void look_at_program(Checkup *checkup, const char *name, const char *needed_for)
{
    g_autofree char *path = proc_find_program(name);
    g_autofree char *remedy = g_strdup_printf("install it: %s", needed_for);
    if (path)
        checkup_good(checkup, name, path);
    else
        checkup_mend(checkup, name, "not on PATH", remedy);
}

static bool uses_ssh(const Settings *settings)
{
    const Section *section;
    for (int i = 0; (section = settings_at(settings, "machine", i)); i++) {
        const char *transport = section_text(section, "transport");
        if (transport && g_str_has_prefix(transport, "ssh"))
            return true;
    }
    return false;
}

static void look_at_programs(Checkup *checkup, const Site *site)
{
    look_at_program(checkup, "git", "trees are fetched and checked out with it");
    look_at_program(checkup, "tar", "package tar");
    if (uses_ssh(site->settings))
        look_at_program(checkup, "ssh", "machines with transport = ssh (package openssh-client)");
    if (!site_is_embedded(site))
        return;
    g_autofree char *postgres = cluster_find_programs();
    if (postgres)
        checkup_good(checkup, "postgresql", postgres);
    else
        checkup_mend(checkup, "postgresql", "no server programs of version 15 or later",
                     "install the package postgresql, or set `database` in marvin.ini");
}

// Room below a folder, or below the nearest one above that is there.
static void look_at_disk(Checkup *checkup, const char *what, const char *folder)
{
    g_autofree char *path = g_strdup(folder);
    struct statvfs st;
    while (statvfs(path, &st) != 0 && strcmp(path, "/") != 0) {
        char *above = g_path_get_dirname(path);
        g_free(path);
        path = above;
    }
    guint64 bytes = (guint64)st.f_bavail * st.f_frsize;
    g_autofree char *amount = text_bytes((int64_t)bytes);
    g_autofree char *found = g_strdup_printf("%s, %s free", folder, amount);
    if (access(path, W_OK) != 0)
        checkup_mend(checkup, what, found, "not ours to write: change its owner, or MARVIN_HOME");
    else if (bytes < DISK_LOW_BYTES)
        checkup_mend(checkup, what, found, "free some space, or move it to a larger disk");
    else
        checkup_good(checkup, what, found);
}

static void look_at_clock(Checkup *checkup, Db *db)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_row(db, &QUERY_MARVIN_CLOCK, DB_NO_PARAMS, &rows, NULL))
        return;
    double off_s = rows_real(rows, 0, "unix_s") - (double)clock_unix_s();
    g_autofree char *found = g_strdup_printf("the database's is %.0f s %s ours", fabs(off_s),
                                             off_s < 0 ? "behind" : "ahead of");
    if (fabs(off_s) > SKEW_S)
        checkup_mend(checkup, "clock", found,
                     "let both computers keep time (chrony, systemd-timesyncd)");
    else
        checkup_good(checkup, "clock", "agrees with the database's");
}

static void look_at_store(Checkup *checkup, Site *site)
{
    g_autoptr(Store) store = NULL;
    g_autoptr(GHashTable) kinds = NULL;
    g_autoptr(GError) error = NULL;
    if (!store_open(site->store, &store, &error) || !references_load(site, &kinds, &error)) {
        checkup_mend(checkup, "store", error->message, "see `store` in marvin.ini");
        return;
    }
    guint missing = 0, n = g_hash_table_size(kinds);
    GHashTableIter iter;
    gpointer hash;
    g_hash_table_iter_init(&iter, kinds);
    while (g_hash_table_iter_next(&iter, &hash, NULL))
        missing += !store_has(store, hash);
    g_autofree char *found = g_strdup_printf("%u objects are cited, %u missing", n, missing);
    if (missing)
        checkup_mend(checkup, "store", found,
                     "is this the right folder? `marvin store verify` names them");
    else
        checkup_good(checkup, "store", found);
}

// True where the database can be used.
static bool look_at_database(Checkup *checkup, Site *site)
{
    g_autoptr(GError) error = NULL;
    if (site_is_embedded(site)) {
        g_autoptr(Cluster) cluster = cluster_new(site->state);
        if (!cluster_exists(cluster)) {
            checkup_note(checkup, "database", "no private cluster yet",
                         "the first command that needs one makes it");
            return false;
        }
    }
    if (!site_connect(site, "marvin doctor", "marvin_runner", &error)) {
        checkup_mend(checkup, "database", error->message,
                     site_is_embedded(site) ? "`marvin db status` says more"
                                            : "see `database` in marvin.ini");
        return false;
    }
    checkup_good(checkup, "database",
                 site_is_embedded(site) ? "private cluster, schema current" : "schema current");
    return true;
}

// Trials that wait for the database, and those that it refused.
static void look_at_spool(Checkup *checkup, const Site *site)
{
    g_autofree char *spool = g_build_filename(site->state, "spool", NULL);
    g_autoptr(GDir) dir = g_dir_open(spool, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *refused = g_build_filename(spool, name, "refused", NULL);
        g_autoptr(GDir) inside = g_dir_open(refused, 0, NULL);
        g_autofree char *found = g_strdup_printf("trials in %s", refused);
        if (inside && g_dir_read_name(inside))
            checkup_note(checkup, "spool", found,
                         "the database refused them: their runs were another's by then");
    }
}

static void look_at_machines(Checkup *checkup, const Site *site)
{
    const Section *section;
    for (int i = 0; (section = settings_at(site->settings, "machine", i)); i++) {
        g_autoptr(Machine) machine = NULL;
        g_autoptr(Transport) transport = NULL;
        g_autoptr(GError) error = NULL;
        if (!machine_new(section, &machine, NULL))
            continue; // the settings' complaint
        g_autofree char *remedy = g_strdup_printf("marvin-inventory check %s", machine->name);
        if (machine->transport != TRANSPORT_LOCAL)
            checkup_note(checkup, machine->name, "is elsewhere, and not looked at", remedy);
        else if (!transport_open(machine, site->state, &transport, &error) ||
                 !checkup_machine(checkup, transport, &error))
            checkup_mend(checkup, machine->name, error->message, "see its machines.d file");
    }
}

static bool run(const Invocation *invocation, GError **error)
{
    (void)error;
    g_autoptr(Site) site = site_load();
    g_autoptr(Checkup) checkup = checkup_new();
    doctor_settings(checkup, site);
    look_at_programs(checkup, site);
    look_at_disk(checkup, "state folder", site->state);
    look_at_disk(checkup, "store folder", site->store);
    if (look_at_database(checkup, site)) {
        look_at_clock(checkup, site->db);
        look_at_store(checkup, site);
    }
    look_at_spool(checkup, site);
    look_at_machines(checkup, site);
    bool is_good = checkup_is_good(checkup);
    checkup_print(checkup, stdout, cmd_flag(invocation, "json"));
    if (!cmd_flag(invocation, "json"))
        printf("\n%s\n", is_good ? "nothing must be mended" : "something must be mended");
    return is_good;
}

static const CommandOption OPTIONS[] = {{"json", 0, OPTION_FLAG, NULL, "as JSON"}, {0}};

const Command CMD_DOCTOR = {
    .name = "doctor",
    .arguments = "",
    .summary = "look at the whole installation and say how to mend what is wrong",
    .help = "Settings, programs, disk, database, store, clock, and what makes the numbers of this "
            "computer\n"
            "vary. Ends with 1 where something must be mended.",
    .options = OPTIONS,
    .run = run,
};
