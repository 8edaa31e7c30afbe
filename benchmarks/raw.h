/*
 * The raw output of one trial, in memory, as extraction reads it: for every iteration a handful
 * of named files. Built from a folder, or piece by piece (an unpacked archive, a test).
 *
 * A trial's folder:   iter-0/ iter-1/ ...   an iteration each: stdout, stderr, status, and what the
 *                                           benchmark put into $MARVIN_RAW
 *                     (warm-up iterations lie in warmup-0/ ...: never read here)
 * A folder without any iter-N is itself iteration 0.
 *
 * status: `key: value` lines: `exit: N` (exit status), `signal: N` (instead, when killed),
 * `seconds: S` (wall time), `reason: TEXT` (why the runner stopped it: a deadline, too much
 * output). Absent: nothing is known and the iteration counts as ended well.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A raw file beyond this is not read: the metrics that need it are failed, with that reason. */
#define RAW_FILE_LIMIT_BYTES ((size_t)64 << 20)
/* Nor is what goes beyond this for all files of a trial together. */
#define RAW_TRIAL_LIMIT_BYTES ((size_t)256 << 20)

/* How an iteration ended. Freed with run_status_clear; reason may be NULL. */
typedef struct {
    int exit_status; // 0..255; -1 when it was killed
    int signal; // 0 unless killed
    double seconds; // 0 when unknown
    char *reason;
} RunStatus;

void run_status_clear(RunStatus *status);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RunStatus, run_status_clear)

/* The text of a status file; the caller frees. Line ends within the reason become spaces. */
char *run_status_format(const RunStatus *status);
/* Unknown keys are kept out; ERROR_INPUT with place:line for a bad value. */
bool run_status_parse(const char *place, const char *text, size_t length, RunStatus *ret_status,
                      GError **error);
/* NULL when it ended well, else "exited with status 3" and the like; the caller frees. */
char *run_status_problem(const RunStatus *status);

typedef struct RawFolder RawFolder;

RawFolder *raw_folder_new(void);
void raw_folder_free(RawFolder *raw);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RawFolder, raw_folder_free)

/*
 * path: "iter-2/stdout", or "stdout" (iteration 0). Takes a reference on bytes; more than
 * RAW_FILE_LIMIT_BYTES are noted as too large and not kept. Names that are neither are ignored.
 */
void raw_folder_add(RawFolder *raw, const char *path, GBytes *bytes);

/*
 * Reads the regular files called one of names (NULL-terminated) of each iteration below folder.
 * Links and other kinds of files are not followed. A file that is too large or cannot be read is
 * noted and found so by raw_file_get. ERROR_INPUT when folder itself cannot be read.
 */
bool raw_folder_read(const char *folder, const char *const *names, RawFolder **ret_raw,
                     GError **error);

/* Iterations by ascending number; n is 0 when there is nothing. */
size_t raw_iteration_count(const RawFolder *raw);
unsigned raw_iteration_number(const RawFolder *raw, size_t index);

/* NULL bytes: *ret_reason (owned by raw) says why ("is missing", "is larger than 64 MiB ..."). */
GBytes *raw_file_get(const RawFolder *raw, size_t index, const char *name, const char **ret_reason);
