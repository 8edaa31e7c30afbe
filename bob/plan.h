/*
 * A plan as it is queued: its benchmarks with their parameters, fixed by content.
 *
 * The definition of a plan is {plan, boots, iterations, interleave, margin, margin_icount, stop,
 * benchmarks: [{benchmark, params: {}, trial_key, hash}], realm}, in the order of the settings
 * (realm only where it is not empty); hash names the definition of a benchmark, {manifest: {...},
 * folder}: its manifest as benchmark_format() has it, and the object of the store that holds its
 * folder.
 *
 * A plan's key says when two batteries are the same work: benchmarks, parameters and extraction,
 * not boots, iterations, margins or the plan's name.
 */
#pragma once

#include "benchmarks/manifest.h"
#include "common/settings.h"
#include "common/store.h"
#include "sql/site.h"

typedef struct Plan Plan; // freed with plan_free()

/* What a plan says besides the content of its benchmarks. The texts outlive the plan. */
typedef struct {
    const char *name;
    const char
        *realm; // "" of a plan of the settings; else it sets the key apart, and no page shows it
    const char *origin; // for messages: file:line, an option
    const char *const *benchmarks; // NAME or NAME/k=v/k=v; NULL-terminated
    int boots, iterations;
    bool interleave;
    double margin, margin_icount; // NAN: none
    const char *stop; // "ci 1% max 20": boots by the width of the interval; or NULL
} PlanTerms;

/* A plan that is no section. As plan_read() otherwise. */
bool plan_new(const PlanTerms *terms, const char *const *search, Plan **ret_plan, GError **error);

/*
 * Reads the benchmarks of a section [plan NAME] along the search path. ERROR_INPUT: one sentence
 * with the plan's file:line (an unknown benchmark or parameter, a trial twice, a `stop` that asks
 * for nothing that can be done).
 */
bool plan_read(const Section *section, const char *const *search, Plan **ret_plan, GError **error);
void plan_free(Plan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)

/* Stores the definitions of the plan and its benchmarks, and the folders of these. ERROR_DATABASE,
 * ERROR_INPUT (the store). */
bool plan_store(Db *db, Store *store, Plan *plan, GError **error);

const char *plan_name(const Plan *plan);
const char *plan_key(const Plan *plan); // SHA-256
const char *plan_hash(const Plan *plan); // of its definition; NULL before plan_store
int plan_boots(const Plan *plan);
