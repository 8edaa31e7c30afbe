// Looks at a machine through its transport, with one short script there.
#include <math.h>
#include <string.h>

#include "common/clock.h"
#include "common/text.h"
#include "inventory/checkup.h"

enum { DISK_LOW_BYTES = 1 << 30, SKEW_S = 5 };

// What a machine answers: `key value` lines. The script is fixed; $1 is the folder of our work.
static const char SCRIPT[] =
    "one() { [ -r \"$2\" ] && printf '%s %s\\n' \"$1\" \"$(cat \"$2\")\"; }\n"
    "for p in tar timeout taskset install cp; do command -v $p >/dev/null || echo \"missing $p\"; "
    "done\n"
    "echo \"disk $(df -Pk \"$1\" | awk 'NR == 2 { print $4 }')\"\n"
    "echo \"time $(date +%s)\"\n"
    "echo \"kernel $(uname -sr)\"\n"
    "echo \"cpus $(nproc)\"\n"
    "one boot /proc/sys/kernel/random/boot_id\n"
    "one load /proc/loadavg\n"
    "one governor /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor\n"
    "one no_turbo /sys/devices/system/cpu/intel_pstate/no_turbo\n"
    "one boost /sys/devices/system/cpu/cpufreq/boost\n"
    "one smt /sys/devices/system/cpu/smt/active\n"
    "one aslr /proc/sys/kernel/randomize_va_space\n"
    "true\n";

typedef struct {
    Checkup *checkup;
    const char *machine;
    GHashTable *facts; // key -> value
} Look;

static const char *fact(const Look *look, const char *key)
{
    return g_hash_table_lookup(look->facts, key);
}

static double number(const Look *look, const char *key)
{
    const char *text = fact(look, key);
    return text && *text ? g_ascii_strtod(text, NULL) : NAN;
}

typedef void (*Add)(Checkup *checkup, const char *what, const char *found, const char *remedy);

static void add(const Look *look, Add how, const char *what, const char *found, const char *remedy)
{
    g_autofree char *name = g_strdup_printf("%s: %s", look->machine, what);
    if (remedy)
        how(look->checkup, name, found, remedy);
    else
        checkup_good(look->checkup, name, found);
}

static void look_at_programs(const Look *look)
{
    const char *missing = fact(look, "missing");
    add(look, checkup_mend, "programs", missing ? missing : "all there",
        missing ? "not on the machine's PATH: install coreutils, tar and util-linux there" : NULL);
}

static void look_at_disk(const Look *look)
{
    double kib = number(look, "disk");
    if (isnan(kib))
        return;
    g_autofree char *bytes = text_bytes((int64_t)kib * 1024);
    g_autofree char *found = g_strconcat(bytes, " free", NULL);
    add(look, checkup_mend, "disk", found,
        kib * 1024 < DISK_LOW_BYTES ? "an artifact and its raw files need room: free some" : NULL);
}

static void look_at_clock(const Look *look)
{
    double off_s = number(look, "time") - (double)clock_unix_s();
    if (isnan(off_s))
        return;
    g_autofree char *found =
        g_strdup_printf("%.0f s %s ours", fabs(off_s), off_s < 0 ? "behind" : "ahead of");
    bool is_off = fabs(off_s) > SKEW_S;
    add(look, checkup_mend, "clock", is_off ? found : "agrees with ours",
        is_off ? "let both computers keep time (chrony, systemd-timesyncd)" : NULL);
}

static void look_at_load(const Look *look)
{
    double load = number(look, "load"), cpus = number(look, "cpus");
    if (isnan(load) || isnan(cpus))
        return;
    g_autofree char *found = g_strdup_printf("%.1f on %.0f CPUs", load, cpus);
    add(look, checkup_note, "load", found,
        load > 0.5 * cpus ? "something else runs there: numbers will vary" : NULL);
}

// What makes numbers vary on bare metal. Absent files: the machine has no such thing.
static void look_at_noise(const Look *look)
{
    const char *governor = fact(look, "governor");
    bool has_turbo = number(look, "no_turbo") == 0 || number(look, "boost") == 1;
    if (governor)
        add(look, checkup_note, "governor", governor,
            strcmp(governor, "performance") == 0
                ? NULL
                : "clock speed follows the load: cpupower frequency-set -g performance");
    if (has_turbo || fact(look, "no_turbo") || fact(look, "boost"))
        add(look, checkup_note, "turbo", has_turbo ? "on" : "off",
            has_turbo ? "speed depends on temperature and neighbours: switch it off for steadier "
                        "numbers"
                      : NULL);
    if (fact(look, "smt"))
        add(look, checkup_note, "SMT", number(look, "smt") == 1 ? "on" : "off",
            number(look, "smt") == 1
                ? "siblings share a core: pin with cpu-list to one of each pair"
                : NULL);
    if (fact(look, "aslr"))
        add(look, checkup_note, "address layout",
            number(look, "aslr") > 0 ? "drawn anew by each boot, which several boots average over"
                                     : "fixed",
            NULL);
}

static void parse_facts(const char *text, GHashTable *facts)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        char *gap = strchr(*line, ' ');
        if (!gap)
            continue;
        g_autofree char *key = g_strndup(*line, (gsize)(gap - *line));
        const char *was = g_hash_table_lookup(facts, key);
        g_hash_table_replace(facts, g_strdup(key),
                             was ? g_strconcat(was, " ", gap + 1, NULL) : g_strdup(gap + 1));
    }
}

bool checkup_machine(Checkup *checkup, Transport *transport, GError **error)
{
    const char *argv[] = {"sh", "-c", SCRIPT, "sh", transport_work(transport), NULL};
    g_autofree char *text = NULL;
    if (!transport_run_ok(transport, argv, &text, error))
        return false;
    g_autoptr(GHashTable) facts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    parse_facts(text, facts);
    Look look = {.checkup = checkup, .machine = transport->machine->name, .facts = facts};
    g_autofree char *found = g_strdup_printf("%s, boot %.8s", fact(&look, "kernel"),
                                             fact(&look, "boot") ? fact(&look, "boot") : "unknown");
    add(&look, checkup_note, transport->driver->name, found, NULL);
    look_at_programs(&look);
    look_at_disk(&look);
    look_at_clock(&look);
    look_at_load(&look);
    look_at_noise(&look);
    return true;
}
