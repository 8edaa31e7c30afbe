/*
 * What a machine's setting says of one facet: the driver's word and its arguments, as in
 * `power = ipmi ivor-bmc`. Facets with drivers: reserve, power, console, deploy; each has a table
 * of functions and a const list of fillings (inventory/power.h ..). Not here: transport, which
 * every machine has (inventory/machine.h).
 *
 * All limits that drivers get (deadline_ms) are milliseconds from the call, as in common/proc.h. A
 * driver returns within its limit: true, or false with one sentence that says what the device did.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/settings.h"

/* The first member of every driver's table: its word, and what may follow it. */
typedef struct {
    const char *name; // "ipmi"
    const char *usage; // "ipmi ADDRESS": for complaints and help
    int min_arguments;
    int max_arguments; // -1: any number
} FacetWord;

/* Freed with facet_clear(). */
typedef struct {
    char *driver; // NULL: the machine has none ("none")
    char **arguments; // behind the word; NULL-terminated, never NULL
    char *text; // driver and arguments, for people; "none"
    char *origin; // "file:line" of the setting
} Facet;

void facet_clear(Facet *facet);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Facet, facet_clear)

/*
 * Reads a facet of a section [machine NAME]. key: "power". preset: its words where the section has
 * none (NULL: none). words: the drivers of this version, NULL-terminated. ERROR_INPUT: an unknown
 * word (with what there is, and a suggestion) or a wrong number of arguments; file and line.
 */
bool facet_parse(const Section *section, const char *key, const char *preset,
                 const FacetWord *const *words, Facet *ret_facet, GError **error);

/* The i-th argument; NULL where there are not as many. Borrowed. */
const char *facet_argument(const Facet *facet, int i);
