/*
 * The scale of an axis: round steps and their labels. Pure; drawing is chart.h.
 */
#pragma once

typedef struct {
    double low, high; // the ends, whole steps
    double step;
    double factor; // shown value = value / factor: 1, 1e3, 1e6 ...
    const char *prefix; // "", "k", "M", "G", "m", "µ", "n"
    int decimals; // of the shown value
} Axis;

/* An axis over [low, high] with about n_steps steps of 1, 2 or 5 times a power of ten; low = high
 * gets some room on both sides. */
Axis axis_make(double low, double high, int n_steps);

/* "12.5" for 12500 on an axis with prefix k; the caller frees. */
char *axis_label(const Axis *axis, double value);

/* "kops/s"; for units to which a prefix does not stick a word: "thousand MB/s". The caller frees.
 */
char *axis_unit(const Axis *axis, const char *unit);
