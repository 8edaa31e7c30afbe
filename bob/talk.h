/*
 * One question and its answer over a socket: what is asked of nodes and of haproxy. Bounded in time
 * and size, since whatever answers may be anything.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Connects to HOST and port, or with port 0 to the Unix socket of the path host, sends the
 * question, and reads until the other side closes. *ret_answer (a NUL follows its bytes) is freed
 * with g_byte_array_unref. ERROR_MACHINE: cannot be reached, silent past deadline_ms, or more than
 * limit_bytes.
 */
bool talk(const char *host, int port, const void *question, gsize size, int64_t deadline_ms,
          gsize limit_bytes, GByteArray **ret_answer, GError **error);
