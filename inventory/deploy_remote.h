/*
 * What the deploy drivers share that work on the running system of a machine over its transport:
 * scripts of ours that run there, and bringing the files of a kernel artifact. Paths on the
 * machine: /boot/vmlinuz-REL and its like, /lib/modules/REL and, where we keep what was,
 * /var/lib/marvin/.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "inventory/deploy.h"

/*
 * Runs a shell script of ours there, with these words (NULL-terminated) as $1.. and wants status 0.
 * script is a constant of ours, never built. ret_out: what it printed, or NULL. ERROR_MACHINE with
 * its last complaint.
 */
bool deploy_script(const Deploy *deploy, const char *script, const char *const *words,
                   int64_t deadline_ms, char **ret_out, GError **error);

/* The same with a file here as its standard input. */
bool deploy_feed(const Deploy *deploy, const char *script, const char *const *words,
                 const char *input_path, int64_t deadline_ms, GError **error);

/* Whether the option append= is made of words that neither a shell nor GRUB takes apart. */
bool deploy_append_is_good(const Deploy *deploy, GError **error);

/* The end of a script that has loaded a kernel by kexec: it starts a second later, when this answer
 * is on its way. */
#define DEPLOY_KEXEC_GO                                                                            \
    "[ \"$(cat /sys/kernel/kexec_loaded)\" = 1 ] || { echo 'the kernel was not loaded' >&2; "      \
    "exit 1; }\n"                                                                                  \
    "sync\n"                                                                                       \
    "(sleep 1; systemctl kexec || { echo u >/proc/sysrq-trigger; kexec -e; }) >/dev/null 2>&1 "    \
    "</dev/null &\n"

/*
 * Runs a script of ours there that looks and prints one line: "good FOUND", or "mend FOUND ->
 * REMEDY". ERROR_MACHINE also for another answer.
 */
bool deploy_look(const Deploy *deploy, const char *script, const char *const *words,
                 int64_t deadline_ms, DeployLook *ret_look, GError **error);

/*
 * Copies the files of a kernel to the same places there: image, configuration, modules (depmod is
 * run where it is there). What we brought earlier is removed, the running kernel excepted; a kernel
 * that is there already is not copied again. Reads back that the image has arrived whole.
 * ERROR_MACHINE also where the machine has another build of that release of its own.
 */
bool deploy_copy(const Deploy *deploy, const char *folder, const Kernel *kernel,
                 int64_t deadline_ms, GError **error);
