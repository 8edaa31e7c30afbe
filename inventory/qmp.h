/*
 * One question to a QEMU over its machine protocol (QMP, qemu/docs/interop/qmp-spec.txt): JSON
 * lines on a Unix socket that serves one client at a time. Each call connects, asks one command and
 * disconnects, so that nobody keeps the socket from others. Events are skipped.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

/*
 * Runs a command. arguments: a reference that is taken, or NULL. *ret_answer (may be NULL): the
 * "return" member; freed with json_decref. ERROR_NO: nobody listens at path: no QEMU runs there.
 * ERROR_MACHINE: it does not answer within deadline_ms, answers rubbish, or refuses (its words).
 */
bool qmp_ask(const char *path, const char *command, json_t *arguments, int64_t deadline_ms,
             json_t **ret_answer, GError **error);
