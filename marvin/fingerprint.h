/*
 * What a run's machine is, in three classes (promise 8). must: hardware; a change opens a new epoch
 * of the machine. note: what may explain a difference and is written beside it. info: the rest.
 * Nothing that the artifact under test determines is in must.
 */
#pragma once

#include <stdbool.h>

#include "inventory/transport.h"

/* JSON objects of texts with sorted keys, and their hashes; freed with fingerprint_clear(). */
typedef struct {
    char *must;
    char *note;
    char *info;
    char *must_hash;
    char *hash; // of all three
} Fingerprint;

/* Reads it from the machine; what cannot be read is left out. mode: of a virtual machine it must
 * match. packages: Debian packages whose versions are noted; may be NULL. */
void fingerprint_collect(Transport *transport, const char *cpus, const char *mode,
                         const char *const *packages, Fingerprint *ret_fingerprint);
void fingerprint_clear(Fingerprint *fingerprint);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fingerprint, fingerprint_clear)
