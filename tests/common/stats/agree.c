// Prints what common/stats says about pairs of samples, for agree.py to hold against R and scipy.
// stdin, `pairs`: a line a pair, "n m a.. b..". `family`: first line "q by", then a line a member,
// "better margin resolution deterministic var df is_log tau n m a.. b..". stdout: a line each.
#include "common/stats/decide.h"
#include "common/stats/hl.h"
#include "common/stats/ranktest.h"
#include "common/stats/summaries.h"
#include "common/stats/welch.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static double *read_values(int n)
{
    double *values = g_new(double, MAX(n, 1));
    for (int i = 0; i < n; i++) {
        if (scanf("%lf", &values[i]) != 1)
            g_error("agree: expected %d numbers", n);
    }
    return values;
}

static void print_number(double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    printf(" %s", isnan(value) ? "nan" : g_ascii_dtostr(text, sizeof text, value));
}

static void print_pair(double *a, int n, double *b, int m, RankTables *tables)
{
    RankTest test;
    mann_whitney(a, n, b, m, tables, &test);
    g_autofree int *ranks = g_new(int, n + m);
    double ties = 0;
    rank_doubled(a, n, b, m, ranks, &ties);
    Welch welch = {.difference = NAN, .se = NAN, .df = NAN};
    bool defined = welch_plain(side_of(a, n), side_of(b, m), &welch);
    sort_values(a, n);
    sort_values(b, m);
    double low = NAN, high = NAN;
    rank_interval(a, n, b, m, 0.05, tables, &low, &high, NULL);
    printf("%d %d", test.ties, test.exact);
    print_number(test.u);
    print_number(test.p);
    print_number(rank_normal_p(test.u, n, m, ties));
    print_number(defined ? welch_t(&welch) : NAN);
    print_number(welch.df);
    print_number(defined ? welch_p(&welch) : NAN);
    print_number(hodges_lehmann(a, n, b, m));
    print_number(low);
    print_number(high);
    printf("\n");
}

static void run_pairs(void)
{
    g_autoptr(RankTables) tables = rank_tables_new();
    int n = 0, m = 0;
    while (scanf("%d %d", &n, &m) == 2) {
        g_autofree double *a = read_values(n), *b = read_values(m);
        print_pair(a, n, b, m, tables);
    }
}

static bool read_member(Member *member)
{
    char better[16];
    int deterministic = 0, is_log = 0;
    History *h = &member->history;
    if (scanf("%15s %lf %lf %d %lf %lf %d %lf %d %d", better, &member->margin, &member->resolution,
              &deterministic, &h->var, &h->df, &is_log, &h->tau_a, &member->n_base,
              &member->n_new) != 10)
        return false;
    better_parse(better, &member->better);
    member->deterministic = deterministic;
    h->is_log = is_log;
    member->base = read_values(member->n_base);
    member->new_ = read_values(member->n_new);
    return true;
}

static void print_judged(const Judged *j)
{
    const char *state = state_format(j->state);
    printf("%s %s %d", state ? state : "null", j->test, j->boots_needed);
    const double values[] = {j->ratio, j->ci_low, j->ci_high, j->p_mwu, j->p_welch, j->p,
                             j->q,     j->q_red,  j->mde,     j->se,    j->df};
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++)
        print_number(values[i]);
    printf("\n");
}

static void run_family(void)
{
    FamilyOptions options = {0};
    int by = 0;
    if (scanf("%lf %d", &options.q, &by) != 2)
        g_error("agree: expected q and by");
    options.by = by;
    g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(Member));
    for (Member member = {0}; read_member(&member); member = (Member){0})
        g_array_append_val(members, member);
    Member *list = (Member *)(void *)members->data;
    g_autofree Judged *judged = g_new(Judged, MAX(members->len, 1));
    family_decide(list, (int)members->len, &options, judged, NULL);
    for (guint i = 0; i < members->len; i++) {
        print_judged(&judged[i]);
        g_free((void *)(uintptr_t)list[i].base);
        g_free((void *)(uintptr_t)list[i].new_);
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "pairs") == 0)
        run_pairs();
    else if (argc == 2 && strcmp(argv[1], "family") == 0)
        run_family();
    else
        return 2;
    return 0;
}
