/*
 * The mail to the author of a commit that was found, in the shape that 0-day made familiar to
 * kernel developers (FIELD 5.1), with what they ask for: the sign, the interval, the probability.
 */
#pragma once

#include "marvin/bisect/report.h"

/* What the report does not know. Borrowed. */
typedef struct {
    const char *tree;
    const char *benchmark; // NAME or NAME/k=v
    const char *metric;
    Better better;
    const char *const *machines; // NULL-terminated
} MailSubject;

/* Headers and body, to be piped to sendmail -t after a look at it. NULL with ERROR_INPUT where no
 * commit was found. Freed with g_free. */
char *report_mail(const Report *report, const MailSubject *subject, GError **error);
