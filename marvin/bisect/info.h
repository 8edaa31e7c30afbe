/*
 * How many bits one observation is worth: the mutual information of a two-valued input and a
 * Gaussian output, from a table, and of the same input and a count of bad outcomes. Pure.
 */
#pragma once

#include <glib.h>

/* Owned by the caller, freed with info_free(); read only, may be shared. About 0.1 s to make. */
typedef struct InfoTable InfoTable;
InfoTable *info_new(void);
void info_free(InfoTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InfoTable, info_free)

/* Bits about a state of probability p (0..1) from one value whose mean differs by `separation`
 * standard deviations (>= 0) between the two states. Within 0.001 of info_exact(). */
double info_gaussian(const InfoTable *table, double p, double separation);

/* The same by quadrature: slow, for the table and for tests. */
double info_exact(double p, double separation);

/* Bits from k outcomes, bad with probability q_good in the one state and q_bad in the other. */
double info_binary(double p, double q_good, double q_bad, int k);

/* max over p: the capacity of a run. */
double info_capacity(double separation);
