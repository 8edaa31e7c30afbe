/*
 * One build: a clean work tree, the recipe under its limits, the artifact into the store.
 *
 * Below the builder's folder, in one folder a job that is removed afterwards:
 *   source/   the commit's files, or the package's .deb   MARVIN_SOURCE
 *   build/    scratch, working directory   MARVIN_BUILD
 *   out/      becomes the artifact         MARVIN_OUT
 *   home/ tmp/                             HOME, TMPDIR
 *   recipe    the stored script            log   what it prints
 *
 * A recipe gets MARVIN_SOURCE, MARVIN_BUILD, MARVIN_OUT, MARVIN_RELEASE (the release's name, else
 * the commit), MARVIN_COMMIT, MARVIN_TREE, MARVIN_JOBS, MARVIN_LOAD, MARVIN_ARCH, MARVIN_TOOLCHAIN,
 * PATH, HOME, TMPDIR, LANG=C.UTF-8, TZ=UTC and SOURCE_DATE_EPOCH (the commit's time), and no other
 * variable; for a package MARVIN_PACKAGE is its name and MARVIN_COMMIT its version; MARVIN_LAYOUT
 * is "other" where the same is to be built with another layout (recipe.h), else unset. It runs as
 * the builder's user: a recipe is trusted as its author is, not confined.
 */
#pragma once

#include "bob/builder.h"

/*
 * Builds a claimed job. While it runs the claim is renewed every third of its time, and the folder
 * is looked at: more than the tree's build-disk, or a file system that is nearly full, ends it.
 *
 * What the recipe or the tree does wrong is the outcome, not an error. ERROR_INTERRUPTED:
 * is_stopped said so, or the claim was lost (the outcome is then empty: nothing is to be finished).
 */
bool build_run(Builder *builder, const BuildJob *job, bool (*is_stopped)(void *data), void *data,
               BuildOutcome *ret_outcome, GError **error);
