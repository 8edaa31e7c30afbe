/*
 * Connecting to a Unix socket, wherever it lies: a path longer than the 107 bytes of a socket's
 * address goes by its folder's descriptor.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

/* A connected, non-blocking stream socket, closed by the caller. ERROR_NO: nobody listens there.
 * ERROR_MACHINE: somebody does, and takes no connection within deadline_ms. */
bool socket_connect(const char *path, int64_t deadline_ms, int *ret_fd, GError **error);
