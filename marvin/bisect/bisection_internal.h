/*
 * What the files of marvin/bisect/bisection.h share; for nobody else.
 */
#pragma once

#include "marvin/bisect/bisection.h"

/* Tells the search all that the journal has. */
bool bisection_replay(Bisection *bisection, GError **error);
