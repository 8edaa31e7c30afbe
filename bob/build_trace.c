// What is seen of a build while it goes on: marks of its log, steps, and the system's load.
#include "bob/build_trace.h"

#include "common/clock.h"

#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MARKS_MAX = 1 << 16, LOADS_MAX = 512, FIRST_LOAD_MS = 1000 };

/* Jiffies since the system came up, of all CPUs. */
typedef struct {
    double total, idle, wait;
} Cpu;

typedef struct {
    float busy, wait;
} Load;

struct BuildTrace {
    const char *log;
    gint64 start_ms;
    GArray *marks; // of BuildMark
    GPtrArray *steps; // of BuildUnit
    GArray *loads; // of Load
    gint64 load_ms, next_load_ms; // between two, and when the next is due
    Cpu last;
};

static Cpu cpu_read(void)
{
    Cpu cpu = {0};
    double v[8] = {0};
    FILE *file = fopen("/proc/stat", "re");
    if (file == NULL)
        return cpu;
    if (fscanf(file, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &v[0], &v[1], &v[2], &v[3], &v[4],
               &v[5], &v[6], &v[7]) == 8) {
        for (size_t i = 0; i < G_N_ELEMENTS(v); i++)
            cpu.total += v[i];
        cpu.idle = v[3];
        cpu.wait = v[4];
    }
    fclose(file);
    return cpu;
}

BuildTrace *build_trace_new(const char *log)
{
    BuildTrace *trace = g_new0(BuildTrace, 1);
    trace->log = log;
    trace->start_ms = clock_monotonic_ms();
    trace->marks = g_array_new(FALSE, FALSE, sizeof(BuildMark));
    trace->steps = g_ptr_array_new_with_free_func((GDestroyNotify)build_unit_free);
    trace->loads = g_array_new(FALSE, FALSE, sizeof(Load));
    trace->load_ms = FIRST_LOAD_MS;
    trace->next_load_ms = trace->start_ms + FIRST_LOAD_MS;
    trace->last = cpu_read();
    return trace;
}

void build_trace_free(BuildTrace *trace)
{
    if (trace == NULL)
        return;
    g_array_unref(trace->marks);
    g_ptr_array_unref(trace->steps);
    g_array_unref(trace->loads);
    g_free(trace);
}

static double elapsed_s(const BuildTrace *trace)
{
    return (double)(clock_monotonic_ms() - trace->start_ms) / 1000;
}

static void look_at_log(BuildTrace *trace)
{
    GStatBuf info;
    GArray *marks = trace->marks;
    BuildMark mark = {.at_s = elapsed_s(trace)};
    if (g_stat(trace->log, &info) == 0)
        mark.bytes = (guint64)info.st_size;
    BuildMark *last = marks->len > 0 ? &g_array_index(marks, BuildMark, marks->len - 1) : NULL;
    if (last != NULL && last->bytes == mark.bytes) {
        last->at_s = mark.at_s; // nothing came until now
        return;
    }
    g_array_append_val(marks, mark);
    for (guint i = 1; marks->len >= MARKS_MAX && i < marks->len; i++)
        g_array_remove_index(marks, i); // every second
}

/* Two neighbours become one, each standing for twice the time. */
static void halve_loads(BuildTrace *trace)
{
    guint n = trace->loads->len / 2;
    Load *loads = (Load *)(gpointer)trace->loads->data;
    for (guint i = 0; i < n; i++)
        loads[i] = (Load){(loads[2 * i].busy + loads[2 * i + 1].busy) / 2,
                          (loads[2 * i].wait + loads[2 * i + 1].wait) / 2};
    g_array_set_size(trace->loads, n);
    trace->load_ms *= 2;
}

static void look_at_load(BuildTrace *trace)
{
    gint64 now_ms = clock_monotonic_ms();
    if (now_ms < trace->next_load_ms)
        return;
    Cpu cpu = cpu_read();
    double total = cpu.total - trace->last.total;
    double wait = cpu.wait - trace->last.wait, idle = cpu.idle - trace->last.idle;
    Load load = {0};
    if (total > 0)
        load =
            (Load){(float)CLAMP(1 - (idle + wait) / total, 0, 1), (float)CLAMP(wait / total, 0, 1)};
    // Looks that came late count for the time that they stand for.
    for (; trace->next_load_ms <= now_ms; trace->next_load_ms += trace->load_ms) {
        g_array_append_val(trace->loads, load);
        if (trace->loads->len >= LOADS_MAX)
            halve_loads(trace);
    }
    trace->last = cpu;
}

void build_trace_look(BuildTrace *trace)
{
    look_at_log(trace);
    look_at_load(trace);
}

static void end_step(BuildTrace *trace)
{
    if (trace->steps->len == 0)
        return;
    BuildUnit *step = g_ptr_array_index(trace->steps, trace->steps->len - 1);
    step->end_s = elapsed_s(trace);
    step->took_s = step->end_s - step->start_s;
}

void build_trace_step(BuildTrace *trace, const char *name)
{
    end_step(trace);
    BuildUnit *step = g_new0(BuildUnit, 1);
    step->kind = "step";
    step->name = g_strdup(name);
    step->start_s = elapsed_s(trace);
    step->n = 1;
    g_ptr_array_add(trace->steps, step);
    build_trace_look(trace); // what the log has by now came before
}

static double round_ms(double seconds)
{
    return round(seconds * 1000) / 1000;
}

static void add_units(json_t *list, const GPtrArray *units)
{
    for (guint i = 0; i < units->len; i++) {
        const BuildUnit *unit = g_ptr_array_index(units, i);
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:f, s:f, s:f, s:i}", "kind", unit->kind, "name",
                            unit->name, "start_s", round_ms(unit->start_s), "end_s",
                            round_ms(unit->end_s), "took_s", round_ms(unit->took_s), "n", unit->n));
    }
}

json_t *build_trace_facts(BuildTrace *trace, const char *const *roots)
{
    build_trace_look(trace);
    end_step(trace);
    g_autoptr(GPtrArray) units =
        build_units_read(trace->log, trace->marks, elapsed_s(trace), roots);
    json_t *list = json_array(), *busy = json_array(), *wait = json_array();
    add_units(list, trace->steps);
    add_units(list, units);
    for (guint i = 0; i < trace->loads->len; i++) {
        const Load *load = &g_array_index(trace->loads, Load, i);
        json_array_append_new(busy, json_real(round(load->busy * 100) / 100));
        json_array_append_new(wait, json_real(round(load->wait * 100) / 100));
    }
    return json_pack("{s:o, s:{s:f, s:o, s:o}}", "units", list, "load", "every_s",
                     (double)trace->load_ms / 1000, "busy", busy, "wait", wait);
}
