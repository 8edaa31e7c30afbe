/*
 * The work of a builder: claim, build, finish, and say so, until the queue is empty or for ever.
 */
#pragma once

#include "bob/builder.h"

/*
 * Builds what is queued; with for_ever it waits for more (a notification, or a minute, whichever
 * comes first) until it is stopped. *ret_built counts builds that were done or failed: a failed one
 * is a row, not an error. ERROR_INTERRUPTED when stopped in the middle of a build, which is then
 * queued again; ERROR_DATABASE.
 */
bool builder_work(Builder *builder, bool for_ever, guint *ret_built, GError **error);
