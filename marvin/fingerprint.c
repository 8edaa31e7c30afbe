// What a run's machine is, in three classes: must match, note, information.
#include "marvin/fingerprint.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

// The value behind "key :" of the first such line, as /proc/cpuinfo and os-release have it.
static char *value_after(const char *text, const char *key, char separator)
{
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    size_t length = strlen(key);
    for (char **line = lines; *line; line++) {
        const char *mark = strchr(*line, separator);
        if (!mark || strncmp(*line, key, length) != 0)
            continue;
        const char *behind = *line + length;
        while (*behind == ' ' || *behind == '\t')
            behind++;
        if (behind == mark)
            return g_strstrip(g_strdelimit(g_strdup(mark + 1), "\"", ' '));
    }
    return NULL;
}

static void set(json_t *object, const char *key, const char *value)
{
    g_autofree char *clean = value ? g_strstrip(g_utf8_make_valid(value, -1)) : NULL;
    if (clean && *clean)
        json_object_set_new(object, key, json_string(clean));
}

static void set_file(json_t *object, const char *key, Transport *transport, const char *path)
{
    g_autofree char *text = transport_find_text(transport, path);
    set(object, key, text);
}

static void set_output(json_t *object, const char *key, Transport *transport,
                       const char *const *argv)
{
    char *out = NULL;
    if (transport_run_ok(transport, argv, &out, NULL))
        set(object, key, out);
    g_free(out);
}

static int count_processors(const char *cpuinfo)
{
    int n = 0;
    for (const char *at = cpuinfo; at && (at = strstr(at, "processor\t")); at++)
        n++;
    return n;
}

// Memory in whole GiB: what firmware and kernel take differs from boot to boot.
static char *memory_of(const char *meminfo)
{
    g_autofree char *total = value_after(meminfo, "MemTotal", ':');
    double gib = total ? g_ascii_strtod(total, NULL) / (1 << 20) : 0;
    return gib > 0 ? g_strdup_printf("%.0f GiB", gib) : NULL;
}

static void collect_hardware(Transport *transport, const char *cpus, json_t *must, json_t *note)
{
    static const char *const MACHINE[] = {"uname", "-m", NULL};
    g_autofree char *cpuinfo = transport_find_text(transport, "/proc/cpuinfo");
    g_autofree char *meminfo = transport_find_text(transport, "/proc/meminfo");
    g_autofree char *model = value_after(cpuinfo, "model name", ':');
    g_autofree char *microcode = value_after(cpuinfo, "microcode", ':');
    g_autofree char *memory = memory_of(meminfo);
    g_autofree char *count = g_strdup_printf("%d", count_processors(cpuinfo));
    set(must, "cpu", model);
    set(must, "cpus", count);
    set(must, "pinned to", cpus ? cpus : "all");
    set(must, "memory", memory);
    set_output(must, "architecture", transport, MACHINE);
    set(note, "microcode", microcode);
}

static void collect_system(Transport *transport, json_t *note, json_t *info)
{
    static const char *const KERNEL[] = {"uname", "-r", NULL},
                             *const VERSION[] = {"uname", "-v", NULL},
                             *const NODE[] = {"uname", "-n", NULL},
                             *const LIBC[] = {"getconf", "GNU_LIBC_VERSION", NULL};
    g_autofree char *release = transport_find_text(transport, "/etc/os-release");
    g_autofree char *name = value_after(release, "PRETTY_NAME", '=');
    set(note, "system", name);
    set_output(note, "kernel", transport, KERNEL);
    set_output(note, "libc", transport, LIBC);
    set_file(note, "governor", transport, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    set_file(note, "turbo off", transport, "/sys/devices/system/cpu/intel_pstate/no_turbo");
    set_file(note, "smt", transport, "/sys/devices/system/cpu/smt/control");
    set_file(note, "huge pages", transport, "/sys/kernel/mm/transparent_hugepage/enabled");
    set_file(note, "command line", transport, "/proc/cmdline");
    set_output(info, "kernel version", transport, VERSION);
    set_output(info, "node", transport, NODE);
    set_file(info, "load", transport, "/proc/loadavg");
    set_file(info, "firmware", transport, "/sys/class/dmi/id/bios_version");
}

static char *dump(json_t *object)
{
    char *text = json_dumps(object, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(object);
    char *owned = g_strdup(text);
    free(text);
    return owned;
}

// Guest time that counts instructions and guest time that passes are different machines.
static void collect_virtual(const Machine *machine, const char *mode, json_t *must)
{
    g_autofree char *memory = text_bytes(machine->memory_bytes);
    if (machine->transport != TRANSPORT_QEMU)
        return;
    set(must, "mode", mode);
    set(must, "memory", memory);
}

// "fio 3.33-3, perl 5.36.0-7": what the benchmarks use.
static void collect_packages(Transport *transport, const char *const *packages, json_t *note)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    const char *const query[] = {"dpkg-query", "-W", "-f", "${Package} ${Version}\n", NULL};
    for (size_t i = 0; query[i]; i++)
        g_ptr_array_add(argv, (gpointer)(guintptr)query[i]);
    for (; packages && *packages; packages++)
        g_ptr_array_add(argv, (gpointer)(guintptr)*packages);
    bool none = argv->len == G_N_ELEMENTS(query) - 1;
    g_ptr_array_add(argv, NULL);
    if (!none)
        set_output(note, "packages", transport, (const char *const *)argv->pdata);
}

void fingerprint_collect(Transport *transport, const char *cpus, const char *mode,
                         const char *const *packages, Fingerprint *ret_fingerprint)
{
    json_t *must = json_object(), *note = json_object(), *info = json_object();
    collect_hardware(transport, cpus, must, note);
    collect_system(transport, note, info);
    collect_virtual(transport->machine, mode, must);
    collect_packages(transport, packages, note);
    Fingerprint found = {.must = dump(must), .note = dump(note), .info = dump(info)};
    g_autofree char *all = g_strjoin("\n", found.must, found.note, found.info, NULL);
    found.must_hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, found.must, -1);
    found.hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, all, -1);
    *ret_fingerprint = found;
}

void fingerprint_clear(Fingerprint *fingerprint)
{
    g_free(fingerprint->must);
    g_free(fingerprint->note);
    g_free(fingerprint->info);
    g_free(fingerprint->must_hash);
    g_free(fingerprint->hash);
    *fingerprint = (Fingerprint){0};
}
