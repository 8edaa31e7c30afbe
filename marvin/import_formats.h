/*
 * The formats that `marvin import` reads, a function each: it reads what lies in path, makes boots
 * of it and hands each to import_boot(). False ends the import: nothing of the format is in path
 * (ERROR_INPUT), or as import_boot() says. What is bad in a part is a note, and the rest is kept.
 */
#pragma once

#include "marvin/import.h"

/*
 * A run of MMTests (work/log/RUN), or a folder with runs in it. Each iter-N is a boot; release:
 * the run's name unless an option says it; machine: the hostname that the run says. The iteration's
 * folder is kept whole in the store and is the raw folder of its trials; the files beside it are
 * kept too. Each operation's parameters are a trial, its metrics and directions as
 * benchmarks/formats/mmtests.h has them. A test that failed, did not end, has no samples or no
 * parser is a failed trial.
 */
bool import_mmtests(Import *import, const char *path, GError **error);

/*
 * A file in the Go benchmark text format. The lines of one `run` are a boot, a line without one is
 * a boot of its own; key lines (tree, release, commit, machine, distro, plan, mode) say where it
 * is, unless an option does. The file is the raw folder of its trials.
 */
bool import_gobench(Import *import, const char *path, GError **error);

/* A bundle (benchmarks/formats/bundle.h). What an option says holds for all its boots. */
bool import_bundle(Import *import, const char *path, GError **error);

/*
 * Yocto's buildstats (benchmarks/formats/buildstats.h): the folder of a build, or one of such
 * folders. Each is a build of the tree that an option says, else yocto, and not a boot: the folder
 * is kept whole in the store, its tasks and packages are the units of the build. Once by content.
 */
bool import_buildstats(Import *import, const char *path, GError **error);
