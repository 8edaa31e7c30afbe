/*
 * What the sections of the settings say that cannot be, beyond the types of their values: schedules
 * and version ranges that are none, and names of what is not there. Pure but for reports, whose
 * trees and machines may be known to the database alone (imported results). Not here: what only
 * its user can tell, a machine's drivers (inventory/machine.h), benchmarks, recipes.
 *
 * Every message begins with file:line.
 */
#pragma once

#include "common/ranges.h"
#include "common/schedule.h"
#include "sql/site.h"

/* The key `schedule` of a tree or report. ERROR_INPUT. */
bool config_schedule(const Section *section, Schedule *ret_schedule, GError **error);

/* The key `first` of a tree: a version, or nothing. ERROR_INPUT. */
bool config_first(const Section *tree, GError **error);

/* A map of version ranges of a tree: distros, toolchains. *ret_ranges as of ranges_parse().
 * ERROR_INPUT. */
bool config_ranges(const Section *tree, const char *key, RangesRule rule, GPtrArray **ret_ranges,
                   GError **error);

/* The distro of a machine, where it names one. ERROR_INPUT. */
bool config_distro(const Settings *settings, const Section *machine, GError **error);

/* Adds a sentence (char *, owned by the array) for each fault of a report. Where it names a tree or
 * machine that the settings lack, a site that is not connected is, if there is a database. */
void config_check_report(Site *site, const Section *report, GPtrArray *complaints);

/* The same of all sections. */
void config_check(Site *site, GPtrArray *complaints);
