/*
 * A management controller that speaks Redfish (DMTF DSP0266), reached by curl. One system of one
 * controller; used by the power driver alone. The words of the setting:
 *
 *     redfish https://NAME[:PORT][/redfish/v1/Systems/ID] [user=ADMIN] [password-file=PATH]
 *             [ca=FILE] [insecure=yes]
 *
 * Without the path the controller must have exactly one system. Without password-file the password
 * is REDFISH_PASSWORD of our environment. It reaches curl on its standard input, never by its
 * arguments. Plain http:// is for a controller on this computer alone.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "inventory/facet.h"

/* Freed with redfish_free(). */
typedef struct {
    char *base; // https://NAME:PORT
    char *system; // "/redfish/v1/Systems/1"; NULL: to be found
    char *options; // of curl, as lines of its configuration; holds the password
} Redfish;

/* ERROR_INPUT: the address or an option is wrong. Talks to nobody. */
bool redfish_new(const Facet *facet, Redfish **ret_redfish, GError **error);
void redfish_free(Redfish *redfish);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Redfish, redfish_free)

/* The resource of the system; redfish->system is found first where it is not set. The caller owns
 * *ret_resource (json_decref). ERROR_MACHINE: no answer, a refusal, or rubbish. */
bool redfish_system(Redfish *redfish, int64_t deadline_ms, json_t **ret_resource, GError **error);

/* Posts the first of these reset types that the controller allows (NULL-terminated). */
bool redfish_reset(Redfish *redfish, const char *const *types, int64_t deadline_ms, GError **error);
