/*
 * What goes into a build beside the recipe's text, and what a recipe says of its build.
 *
 * In: the "files" and "variables" of the recipe's definition. Out: the file MARVIN_NOTES, a line
 * "key: value" each, which become the build's facts. Keys that we know: step (the one that the
 * recipe is at; the last stays), not-honoured (an option that was asked for and what it became; may
 * be repeated), kernel-release, compiler, ccache-hits, ccache-misses, config-left-out. Others are
 * kept as they are.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/* Writes the files below folder, which is made where there are some, and adds "NAME=text" (char *,
 * owned) to env for each variable, and MARVIN_FILES. ERROR_INPUT, G_FILE_ERROR. */
bool build_inputs_write(const json_t *recipe, const char *folder, GPtrArray *env, GError **error);

/* The notes of a recipe as an object of texts, not-honoured as an array; empty without a file.
 * Lines that are no notes, and all beyond 64 KiB or 200 notes, are left out. Freed with
 * json_decref. */
json_t *build_notes_read(const char *path);

/* The text of the file that a kernel was configured by, MARVIN_BUILD/config, at most 4 MiB of
 * UTF-8; NULL for none. Freed with g_free. */
char *build_config_read(const char *build_folder);
