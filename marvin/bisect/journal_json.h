/*
 * The lines of a journal as JSON. Private to journal*.c.
 */
#pragma once

#include <jansson.h>

#include "marvin/bisect/journal.h"

json_t *question_format(const Question *question);
bool question_parse(const json_t *json, Question *ret_question);

json_t *entry_format(const Entry *entry);
bool entry_parse(const json_t *json, Entry **ret_entry);
