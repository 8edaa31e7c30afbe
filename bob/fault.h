/*
 * Why a build failed: what kind of trouble, and the first real line of its log that says so. A
 * table of patterns, as compilers, linkers, make, shells and the kernel's own scripts write them.
 * What a person does about a kind is the database's: fault_remedy().
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Cleared with fault_clear(). */
typedef struct {
    const char *kind; // compiler-too-new, compiler-too-old, missing-tool, config, no-space,
                      // no-memory, source or unknown: constants
    char *line; // of the log: at most 200 characters, safe for a terminal; NULL: nothing to show
} Fault;

void fault_clear(Fault *fault);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fault, fault_clear)

/*
 * Reads a log. The first line that names a cause (a tool that is missing, a full disk) counts
 * before errors of the source, which may be what followed from it; without either it is unknown,
 * with the line of bob/buildlog.h.
 */
void fault_find(const char *log_path, Fault *ret_fault);
