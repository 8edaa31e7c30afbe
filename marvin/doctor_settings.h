/*
 * What is wrong in the settings: bad files, values that cannot be, and names that lead nowhere.
 * Starts nothing of what they describe; only where a report names what the settings lack, the
 * database is asked (sql/config_check.h).
 */
#pragma once

#include "inventory/checkup.h"
#include "sql/site.h"

/* Adds a sentence (char *) to complaints for each fault that reading the files does not show. */
void settings_check(GPtrArray *complaints);

void doctor_settings(Checkup *checkup, const Site *site);
