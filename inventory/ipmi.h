/*
 * A management controller that speaks IPMI over the network, reached by ipmitool: what the power
 * driver and the serial-over-LAN console share. The words of the setting:
 *
 *     ipmi NAME [port=623] [user=ADMIN] [password-file=PATH] [cipher=3]
 *
 * Without password-file the password is IPMI_PASSWORD of our own environment. It reaches ipmitool
 * by its environment, never by its arguments.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "inventory/facet.h"

/* Freed with ipmi_free(). */
typedef struct {
    char **argv; // ipmitool and its options: a command follows
    char **variables; // IPMI_PASSWORD=..; NULL-terminated
    char *device; // "ipmi NAME:PORT": what is locked
} Ipmi;

/* ERROR_INPUT: an option is wrong, or the password's file. */
bool ipmi_new(const Facet *facet, Ipmi **ret_ipmi, GError **error);
void ipmi_free(Ipmi *ipmi);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Ipmi, ipmi_free)

/* The whole argument vector with these words behind it (NULL-terminated). g_free() frees it; the
 * words are borrowed. */
const char **ipmi_argv(const Ipmi *ipmi, const char *const *words);
