/*
 * Which kernel a machine runs, asked of the machine itself, against the artifact that was deployed.
 */
#pragma once

#include <stdbool.h>

#include "inventory/kernel.h"
#include "inventory/transport.h"

/* Freed with running_clear(). */
typedef struct {
    char *release; // uname -r
    char *version; // uname -v
    char *build_id; // of /sys/kernel/notes, lower-case hex; NULL where the kernel has none
} Running;

void running_clear(Running *running);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Running, running_clear)

bool running_ask(Transport *transport, Running *ret_running, GError **error);

/* How they differ, a sentence; NULL: it is that kernel. A build id that only one has says nothing.
 * Freed by the caller. */
char *running_difference(const Running *running, const Kernel *kernel);

/* The GNU build id (type 3, owner "GNU") in the ELF notes of a file such as /sys/kernel/notes, as
 * lower-case hex; NULL: none. Freed by the caller. */
char *notes_build_id(const void *notes, size_t size);
