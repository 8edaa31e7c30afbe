// One more step than is looked for: seen in the values before the first one is found.
#include <math.h>

#include "marvin/bisect/search_internal.h"

const double FURTHER = 3;

static const double ALIKE = 0.5; // P(builds do not differ): above it nothing asks for more steps
enum { CLASSES_MAX = 64 }; // each is tried as the further step, which two steps do not want many of

double further_price(const Search *search)
{
    return log(2 * fabs(search->ends.change)); // of any size up to the endpoints' change, any sign
}

static bool is_in_doubt(const Search *search)
{
    if (search->options.binary || search->is_robust || search->n_culprits == KNOWN_MAX ||
        belief_rhos(search->belief) < 2 || belief_classes(search->belief) > CLASSES_MAX)
        return false;
    for (int r = 0; r < belief_rhos(search->belief); r++) {
        if (belief_rho(search->belief, r) == 0)
            return belief_rho_mass(search->belief, r) < ALIKE;
    }
    return false;
}

/* A commit of each class. */
static int *members_of(const Search *search)
{
    int *member = g_new(int, belief_classes(search->belief));
    const int *class_of = belief_class_of(search->belief);
    for (int c = search->graph->n - 1; c >= 0; c--)
        member[class_of[c]] = c;
    return member;
}

static int class_top(const double *weight, int n)
{
    int top = 0;
    for (int k = 1; k < n; k++) {
        if (weight[k] > weight[top])
            top = k;
    }
    return top;
}

int further_find(Search *search, const Group *used, int n_used)
{
    if (!is_in_doubt(search))
        return -1;
    int n = belief_classes(search->belief);
    g_autofree int *member = members_of(search);
    g_autofree double *weight = g_new(double, n);
    for (int k = 0; k < n; k++) {
        derive_fit(search, used, n_used, member[k]);
        weight[k] = belief_evidence(search->belief) + log(belief_class_prior(search->belief, k));
    }
    int first = class_top(weight, n);
    double others = 0;
    for (int k = 0; k < n; k++)
        others += k != first ? exp(weight[k] - weight[first]) : 0;
    if (!(weight[first] + log1p(others) - further_price(search) - search->evidence_alone >
          FURTHER)) {
        derive_fit(search, used, n_used, -1);
        return -1;
    }
    derive_fit(search, used, n_used, member[first]);
    return member[class_top(belief_class_mass(search->belief), n)];
}
