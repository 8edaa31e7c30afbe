// Direction in one place.
#include "common/stats/orient.h"

#include <string.h>

double orient_ratio(double ratio, Better better)
{
    return better == BETTER_LOWER ? 1.0 / ratio : ratio;
}

static const char *const NAMES[] = {"none", "higher", "lower"};

const char *better_format(Better better)
{
    return NAMES[better];
}

bool better_parse(const char *text, Better *ret_better)
{
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, NAMES[i]) == 0) {
            *ret_better = (Better)i;
            return true;
        }
    }
    return false;
}
