/*
 * The inside of a search, shared by search.c (what others call), derive.c (evidence -> values,
 * groups, belief), endpoints.c, suspects.c, choice.c and outcome.c. Not for others.
 */
#pragma once

#include "marvin/bisect/info.h"
#include "marvin/bisect/search.h"

enum { MACHINES = 64, KNOWN_MAX = 6, VERIFY_MIN = 5 };

/* The endpoints' test (C.3.1), on oriented values: the bad way is positive. */
typedef enum { ENDPOINTS_OPEN, ENDPOINTS_CONFIRMED, ENDPOINTS_ABSENT } EndpointsState;
typedef struct {
    EndpointsState state;
    const char *why; // of ABSENT
    int n[2]; // runs of good, bad: all machines
    int n_machine[2][MACHINES];
    int look; // runs a side at which is looked next
    int first; // endpoint runs (both sides) that were made when it was confirmed
    double change, low, high; // 95 %; NAN where not known
    double sd, separation;
} Endpoints;

struct Search {
    const Graph *graph;
    SearchOptions options;
    InfoTable *own_info;
    double *priors; // or NULL
    bool *untestable, *built; // n
    int n_untestable;
    int *class_of_suspect; // n: commit -> the commit that stands for its class (suspects.c)
    int *distance; // n: to the next untestable commit
    GArray *evidence; // Evidence
    GArray *group_of; // int: group of each
    GArray *groups; // Group: machine, commit and build set once, sums by derive()

    /* derived from the above by derive(), while is_fresh */
    bool is_fresh;
    bool is_log, is_drifting, is_robust;
    double sign; // oriented value = sign * (log of) value
    double floor;
    double *y; // oriented values, in the order of evidence
    double *grouped; // the same by group
    Endpoints ends;
    Belief *belief;
    double *mass; // n; 0 before the endpoints are confirmed
    double *first_mass; // n; that which found the first culprit
    BeliefLevels levels;
    double strength; // |difference| / sd, at least 0.25
    double evidence_alone; // ln, of the culprits found and the one looked for, no step beside
    int beside; // the belief is given one more step, where this commit is; -1: none
    Culprit culprits[KNOWN_MAX];
    int n_culprits;
    bool is_whole; // the culprits found explain the change, or no more is looked for
    bool is_doubtful; // `top` would be a culprit, but whether it is the only one is not settled
    int top; // the commit that stands for the most probable class
    double top_mass;
    const char *stuck; // why no step is worth its cost, or NULL
    Outcome outcome;
    bool has_outcome;
    GArray *suspects;
    GArray *before; // int, of an outcome
    char *why; // of an outcome, where its words have numbers
};

/* derive.c */
void derive(Search *search);
void derive_belief(Search *search); // from the groups, with the culprits known so far
/* The belief given these culprits and a step at `beside` (-1: none). */
void derive_fit(Search *search, const Group *used, int n_used, int beside);

/* endpoints.c: y oriented, in the order of evidence */
void endpoints_test(Search *search, const double *y, Endpoints *ret_ends);
int endpoints_target(const Search *search); // runs a side before the search
/* Fewest endpoint runs a side that a machine needs before its runs count. */
int endpoints_quota(const Search *search, int all);
int endpoint_side(const Search *search, int commit); // 0 good, 1 bad, -1 neither

/* further.c */
extern const double FURTHER; // ln of the evidence that one more step wants: 20 to 1
double further_price(const Search *search); // what the evidence pays for it: ln of its range
/*
 * Where the values ask for one more step than is looked for, before either is found: the commit
 * (one of the class) where the less certain of the two is, to be given to the belief that looks for
 * the other. -1: they do not. Leaves the belief as derive_fit(search, used, n_used, -1) does, or,
 * where it returns a commit, undefined.
 */
int further_find(Search *search, const Group *used, int n_used);

/* suspects.c */
void suspects_classify(Search *search); // after a commit became untestable
void suspects_top(Search *search); // most probable class
/*
 * What verifies the class that `commit` stands for: `after` its testable commit (or the nearest
 * ones above, where it has none), `before` the nearest testable commits below. int, unique;
 * COMMIT_GOOD may be in before.
 */
void suspects_verify(const Search *search, int commit, GArray *ret_after, GArray *ret_before);

/* verify.c: -1 where nothing is missing, else the runs missing and where the next belongs. */
typedef struct {
    double change, error; // after against before, oriented, and its standard error
    int n_after, n_before;
} Step;
Step verify_step(const Search *search, int commit);
bool verify_next(const Search *search, int commit, const Action *pending, int n_pending,
                 int machine, Action *ret_action);
bool verify_is_done(const Search *search, int commit);
/* Whether the steps found leave a part of the change unexplained. */
bool verify_is_partial(const Search *search);
/* Whether the 95 % interval of what they explain does not reach the endpoints' change. */
bool verify_excludes_whole(const Search *search);

/* choice.c: the step worth most for its cost. False: none is worth anything. */
bool choice_next(const Search *search, int machine, const Action *pending, int n_pending,
                 Action *ret_action);
/* Posterior mass of what each of `count` commits reaches, exactly; count <= 64. */
void choice_masses(const Graph *graph, const double *mass, const int *commits, int count,
                   double *ret_masses);

/* The posterior that an answer speaks of: of the first culprit, once there is one. */
const double *search_mass(const Search *search);
int search_runs_at(const Search *search, int commit);
bool search_has_build(const Search *search, int commit, int build);
int search_pending_at(const Action *pending, int n_pending, int commit);
