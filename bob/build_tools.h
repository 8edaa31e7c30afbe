/*
 * What builds here: the distribution and the versions of the tools, as a build's record has them.
 */
#pragma once

#include <glib.h>
#include <jansson.h>

/* "debian-12" from a text in the form of /etc/os-release; "unknown" without an ID. Pure; g_free. */
char *build_distro_parse(const char *text);

/* The same of this system. */
char *build_distro(void);

/* {"gcc-12": "gcc-12 (Debian 12.2.0-14) 12.2.0", "ld": .., "make": ..}: the first line that each
 * says of its version, the compiler being toolchain, or gcc where that is ""; what is not here is
 * left out. json_decref. */
json_t *build_tools(const char *toolchain);
