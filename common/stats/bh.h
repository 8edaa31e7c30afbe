/* Adjustment of p-values for their number. */
#pragma once

#include <stdbool.h>

/*
 * Benjamini-Hochberg: q(i) = min over j >= i of min(1, m p(j) / j), p sorted, given back in the
 * order of p. by: Benjamini-Yekutieli, m times the harmonic sum. p has m values in 0..1; ret_q may
 * be p itself.
 */
void bh_adjust(const double *p, int m, bool by, double *ret_q);
