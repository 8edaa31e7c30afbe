/*
 * A battery's plan as it was stored when the battery was asked for: what to run, never what the
 * settings say today.
 *
 *   {"plan": name, "iterations": n, "benchmarks": [{"benchmark": name, "params": {k: v},
 *    "trial_key": "name/k=v", "hash": definition of the benchmark}]}
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "benchmarks/manifest.h"
#include "common/db.h"

/* One trial of the plan. Owned by its Plan. */
typedef struct {
    char *key; // benchmark/k=v
    char *benchmark_hash; // its definition
    char *folder_hash; // the benchmark's folder in the store
    char *params_json;
    GHashTable *params; // char * -> char *
    Benchmark *benchmark;
} PlanTrial;

/* Freed with plan_free(). */
typedef struct {
    char *name;
    int iterations;
    GPtrArray *trials; // PlanTrial *, in the plan's order
} Plan;

/* Parses the body of a plan and loads the benchmarks' definitions. */
bool plan_load(Db *db, const char *body, Plan **ret_plan, GError **error);
void plan_free(Plan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)

/* A permutation of 0 .. n-1 (Fisher-Yates, Mersenne twister), the same for the same seed. Freed
 * with g_free. */
int *plan_order(int n, int64_t seed);
