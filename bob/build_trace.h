/*
 * What is seen of a build from outside while it goes on: how its log grows, and how busy the system
 * is. From these come the times of its steps and units (bob/build_units.h) and a load curve.
 */
#pragma once

#include "bob/build_units.h"

#include <jansson.h>

typedef struct BuildTrace BuildTrace; // freed with build_trace_free()

/* Begins now, whatever was before: the log's path is borrowed and need not be there yet. */
BuildTrace *build_trace_new(const char *log);
void build_trace_free(BuildTrace *trace);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BuildTrace, build_trace_free)

/* To be called several times a second. */
void build_trace_look(BuildTrace *trace);

/* Begins a step of ours: "fetch", "recipe", "store"; a constant. The one before ends. */
void build_trace_step(BuildTrace *trace, const char *name);

/*
 * {units: [{kind, name, start_s, end_s, took_s, n}], load: {every_s, busy: [], wait: []}}: the
 * steps of ours first, then those of the log; how busy the system's CPUs were, and how much they
 * waited for disks, 0..1. roots: as build_units_read(). Freed with json_decref.
 */
json_t *build_trace_facts(BuildTrace *trace, const char *const *roots);
