// The record of a build, for statistics.
#include "bob/build_record.h"

#include "bob/build_tools.h"

#include <string.h>

/* The step that was begun last, the recipe's own before ours; NULL for none. */
static const char *last_step(const json_t *units)
{
    const char *name = NULL;
    double latest_s = -1;
    size_t i = 0;
    json_t *unit = NULL;
    json_array_foreach(units, i, unit)
    {
        double start_s = json_number_value(json_object_get(unit, "start_s"));
        const char *kind = json_string_value(json_object_get(unit, "kind"));
        if (strcmp(kind, "step") == 0 && start_s >= latest_s) {
            name = json_string_value(json_object_get(unit, "name"));
            latest_s = start_s;
        }
    }
    return name;
}

void build_record_add(json_t *facts, const BuildJob *job, BuildTrace *trace, bool succeeded,
                      const char *const *roots)
{
    json_t *seen = build_trace_facts(trace, roots);
    g_autofree char *distro = build_distro();
    const char *step = last_step(json_object_get(seen, "units"));
    json_object_update_missing(facts, seen);
    json_object_set_new(facts, "distro", json_string(distro));
    if (job->package == NULL)
        json_object_set_new(facts, "tools", build_tools(job->toolchain));
    if (!succeeded && step != NULL)
        json_object_set_new(facts, "failed_step", json_string(step));
    json_decref(seen);
}
