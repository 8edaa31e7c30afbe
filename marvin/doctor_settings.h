/*
 * What is wrong in the settings: bad files, and names that lead nowhere. Reads files only.
 */
#pragma once

#include "inventory/checkup.h"
#include "sql/site.h"

void doctor_settings(Checkup *checkup, const Site *site);
