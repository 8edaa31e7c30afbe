/*
 * What the files of marvin/bisect/bisection.h share; for nobody else.
 */
#pragma once

#include "marvin/bisect/bisection.h"

/* Tells the search all that the journal has. */
bool bisection_replay(Bisection *bisection, GError **error);

/* Of configurations (bisection_configs.c): the parts of the question that say what is searched ...
 */
bool bisection_config_question(Bisection *bisection, GError **error);
/* ... and the line of their options, for which the bisection gets its configs. */
bool bisection_config_between(Bisection *bisection, Between **ret_between, GError **error);
