/*
 * Names that somebody gave: of trees, releases, machines and what else has one. For messages that
 * say what there is instead of answering with nothing.
 */
#pragma once

#include "sql/site.h"

/*
 * Whether a thing of this kind has the name, in the settings or in the database. kind: tree,
 * release, machine, builder, target, arch, distro or toolchain. said: what the name was given as,
 * for the message ("--tree nix", "toy.ini:3"). ERROR_INPUT with a near name; ERROR_DATABASE. Of a
 * site without a database: the settings alone.
 */
bool name_check(const Site *site, const char *kind, const char *name, const char *said,
                GError **error);

/* The same of a section [kind name], which only the settings have: ERROR_INPUT. */
bool name_check_section(const Settings *settings, const char *kind, const char *name,
                        const char *said, GError **error);
