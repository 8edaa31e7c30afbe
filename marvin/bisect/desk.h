/*
 * The computer that a bisection without a database measures on, so that numbers of two different
 * ones, or of one whose settings changed, are not compared in silence. The machines of an inventory
 * have fingerprints (marvin/fingerprint.h).
 */
#pragma once

/* What must stay the same for values to be comparable: name, kernel, processor; one line; g_free.
 */
char *desk_identify(void);

/* What may explain a difference, "key=value" words in a fixed order: frequency governor, turbo,
 * SMT, huge pages, processors in use, address randomisation, MALLOC_ .. of the environment. g_free.
 */
char *desk_settings(void);

/* The words that differ between two desk_settings(), "governor: powersave -> performance"; NULL if
 * none do; g_free. */
char *desk_difference(const char *before, const char *after);
