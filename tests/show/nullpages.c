// Simulated pages through the shipped family_decide(): error rates where nothing changed, and power
// and false discovery where something did. Prints tables; see usage() for what can be asked.
#include "common/stats/decide.h"
#include "common/stats/ranktest.h"
#include "common/stats/summaries.h"
#include "common/stats/tdist.h"
#include "common/stats/worlds.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TESTS = 200, MACHINES = 5, MEMBERS = TESTS * MACHINES, MOST_BOOTS = 60 };
static const double MARGIN = 0.02, ADAPTIVE_WIDTH = 0.02, SD_LEAST = 0.005, SD_MOST = 0.03;
enum { LOOKS = 3 }; // of adaptive pages
enum { HISTORY_RELEASES = 20 }; // with history: 20 df, one from each release's two boots

typedef enum {
    LOOKS_ONE,
    LOOKS_GROWING, // rendered after each machine finishes
    LOOKS_ADAPTIVE, // boots extended by the width of the interval, judged once
} Looks;

typedef struct {
    World world;
    int boots;
    gboolean history;
    double real; // share of members with a true regression of twice the margin
    gboolean tiny; // half of the members shifted by .3 %, sd .1 % everywhere
    Looks looks;
    int battery; // adaptive: tests of a battery, which get their boots together
} Plan;

typedef struct {
    Member members[MEMBERS];
    double values[MEMBERS][2 * MOST_BOOTS];
    double sd[TESTS];
    World kind[TESTS]; // of each test
    gboolean real[MEMBERS];
} Page;

typedef struct {
    int pages, coloured, red_pages, green_pages;
    int rendered[MACHINES], ever; // growing pages: coloured after each machine, at any time
    long reals, found, coloured_cells, false_cells;
    double false_share; // sum over pages of false cells / coloured cells
    // of the rules beside ours, on true regressions found and on false cells
    long mw_found, mw_false, mw_raw_found, mw_raw_false, z_found, z_false, z_raw_found, z_raw_false;
} Count;

/* sd is log-uniform by test; the same on all machines, as is the kind of noise. */
static void draw_tests(Page *page, const Plan *plan, Random *random)
{
    static const World KINDS[] = {WORLD_NORMAL, WORLD_SKEW, WORLD_MODES_5, WORLD_MODES_8,
                                  WORLD_OUTLIERS};
    for (int i = 0; i < TESTS; i++) {
        double share = random_uniform(random);
        page->sd[i] = plan->tiny ? 0.001 : SD_LEAST * pow(SD_MOST / SD_LEAST, share);
        page->kind[i] = plan->world;
        if (plan->world == WORLD_MIXTURE)
            page->kind[i] = KINDS[(int)(random_uniform(random) * G_N_ELEMENTS(KINDS))];
    }
}

/* The pooled variance of 20 releases with two boots each, in the member's own world. */
static History draw_history(World kind, gboolean machine, double sd, Random *random)
{
    double squares = 0;
    for (int r = 0; r < HISTORY_RELEASES; r++) {
        double step = world_draw(kind, random) - world_draw(kind, random);
        if (machine) // what the machine's boots have in common is in its history as well
            step += random_normal(random) - random_normal(random);
        squares += sd * sd * step * step / 2;
    }
    return (History){.var = squares / HISTORY_RELEASES, .df = HISTORY_RELEASES, .is_log = true};
}

static void draw_page(Page *page, const Plan *plan, Random *random)
{
    int side = plan->boots * (plan->looks == LOOKS_ADAPTIVE ? LOOKS : 1);
    double shared[MACHINES][2 * MOST_BOOTS] = {0};
    draw_tests(page, plan, random);
    for (int m = 0; m < MACHINES && plan->world == WORLD_MACHINE; m++) {
        for (int k = 0; k < 2 * side; k++)
            shared[m][k] = random_normal(random);
    }
    for (int i = 0; i < MEMBERS; i++) {
        int test = i / MACHINES, machine = i % MACHINES;
        double sd = page->sd[test], level = log(100);
        page->real[i] = plan->tiny ? i % 2 == 0 : random_uniform(random) < plan->real;
        double shift = !page->real[i] ? 0 : plan->tiny ? 0.003 : log1p(-2 * MARGIN);
        for (int k = 0; k < 2 * side; k++) {
            double noise = world_draw(page->kind[test], random) + shared[machine][k];
            page->values[i][k] = exp(level + sd * noise + (k >= side ? shift : 0));
        }
        page->members[i] = (Member){.base = page->values[i],
                                    .n_base = plan->boots,
                                    .new_ = page->values[i] + side,
                                    .n_new = plan->boots,
                                    .better = BETTER_HIGHER,
                                    .margin = MARGIN};
        if (plan->history)
            page->members[i].history =
                draw_history(page->kind[test], plan->world == WORLD_MACHINE, sd, random);
    }
}

/* q <= .05 by Benjamini-Hochberg, or p <= .05: a true loss found, or a false answer. */
static void count_rule(const double *p, const double *q, int i, gboolean real_loss, long *found,
                       long *wrong, long *raw_found, long *raw_wrong)
{
    *(real_loss ? found : wrong) += q[i] <= 0.05;
    *(real_loss ? raw_found : raw_wrong) += p[i] <= 0.05;
}

static void adjust(const double *p, double *q)
{
    // Benjamini-Hochberg through ranks: the simulated rules must not share code with ours
    g_autofree double *sorted = g_memdup2(p, MEMBERS * sizeof *p);
    sort_values(sorted, MEMBERS);
    double limit = -1;
    for (int i = 0; i < MEMBERS; i++) {
        if (sorted[i] * MEMBERS / (i + 1) <= 0.05)
            limit = sorted[i];
    }
    for (int i = 0; i < MEMBERS; i++)
        q[i] = p[i] <= limit ? 0 : 1;
}

/* Mann-Whitney, and the z test of one who knows every sd, on the same page. */
static void count_others(const Page *page, const Plan *plan, const Judged *judged, Count *count)
{
    double p_z[MEMBERS], q_z[MEMBERS], p_mw[MEMBERS], q_mw[MEMBERS];
    for (int i = 0; i < MEMBERS; i++) {
        double se = page->sd[i / MACHINES] * sqrt(2.0 / plan->boots);
        p_z[i] = 2 * normal_upper(fabs(judged[i].difference) / se);
        p_mw[i] = judged[i].p_mwu;
    }
    adjust(p_z, q_z);
    adjust(p_mw, q_mw);
    for (int i = 0; i < MEMBERS; i++) {
        gboolean found = judged[i].effect < 0 && page->real[i];
        count_rule(p_mw, q_mw, i, found, &count->mw_found, &count->mw_false, &count->mw_raw_found,
                   &count->mw_raw_false);
        count_rule(p_z, q_z, i, found, &count->z_found, &count->z_false, &count->z_raw_found,
                   &count->z_raw_false);
    }
}

static void count_page(const Page *page, const Judged *judged, Count *count)
{
    int red = 0, green = 0, wrong = 0;
    for (int i = 0; i < MEMBERS; i++) {
        gboolean is_red = judged[i].state == STATE_REGRESSED;
        gboolean is_green = judged[i].state == STATE_IMPROVED;
        red += is_red;
        green += is_green;
        count->reals += page->real[i];
        count->found += is_red && page->real[i];
        wrong += is_green || (is_red && !page->real[i]);
    }
    count->pages++;
    count->coloured += red + green > 0;
    count->red_pages += red > 0;
    count->green_pages += green > 0;
    count->coloured_cells += red + green;
    count->false_cells += wrong;
    count->false_share += red + green > 0 ? (double)wrong / (red + green) : 0;
}

/* The half width of the 95 % interval of the mean of the logarithms of one side's boots. */
static double half_width(const double *value, int n)
{
    double mean = 0, squares = 0;
    for (int i = 0; i < n; i++)
        mean += log(value[i]) / n;
    for (int i = 0; i < n; i++)
        squares += (log(value[i]) - mean) * (log(value[i]) - mean);
    return student_quantile(0.975, n - 1) * sqrt(squares / (n - 1) / n);
}

/*
 * The plan setting `stop` (sql/replace/42_adaptive.sql): a battery whose widest interval passes the
 * width gets the boots that this width asks for, one more at least, twice at most, and no more than
 * the limit. Each release's battery by itself: the other's boots were made at another time.
 */
static int battery_boots(const Page *page, const Plan *plan, int machine, int first, int offset)
{
    const double wanted = log1p(ADAPTIVE_WIDTH);
    int boots = plan->boots, most = plan->boots * LOOKS;
    for (int look = 2; look <= LOOKS && boots < most; look++) {
        double widest = 0;
        for (int test = first; test < MIN(first + plan->battery, TESTS); test++)
            widest =
                MAX(widest, half_width(page->values[test * MACHINES + machine] + offset, boots));
        if (widest <= wanted)
            break;
        double asked = ceil(boots * pow(widest / wanted, 2));
        boots = (int)CLAMP(asked, boots + 1, most);
    }
    return boots;
}

static void extend_boots(Page *page, const Plan *plan)
{
    for (int machine = 0; machine < MACHINES; machine++) {
        for (int first = 0; first < TESTS; first += plan->battery) {
            int base = battery_boots(page, plan, machine, first, 0);
            int new_ = battery_boots(page, plan, machine, first, plan->boots * LOOKS);
            for (int test = first; test < MIN(first + plan->battery, TESTS); test++) {
                page->members[test * MACHINES + machine].n_base = base;
                page->members[test * MACHINES + machine].n_new = new_;
            }
        }
    }
}

/* The page after each machine finishes: what is to come is pending. Counts every rendering. */
static void count_growing(Page *page, Judged *judged, Count *count)
{
    gboolean any = FALSE;
    for (int machines = 1; machines <= MACHINES; machines++) {
        for (int i = 0; i < MEMBERS; i++)
            page->members[i].preset = i % MACHINES < machines ? STATE_NONE : STATE_PENDING;
        family_decide(page->members, MEMBERS, NULL, judged, NULL);
        gboolean coloured = FALSE;
        for (int i = 0; i < MEMBERS; i++)
            coloured |= judged[i].state == STATE_REGRESSED || judged[i].state == STATE_IMPROVED;
        count->rendered[machines - 1] += coloured;
        any |= coloured;
    }
    count->ever += any;
    count->pages++;
}

static Count run_plan(const Plan *plan, int pages, guint64 seed)
{
    g_autofree Page *page = g_new(Page, 1);
    g_autofree Judged *judged = g_new(Judged, MEMBERS);
    Count count = {0};
    for (int k = 0; k < pages; k++) {
        Random random;
        random_init(&random, seed + (guint64)k);
        draw_page(page, plan, &random);
        if (plan->looks == LOOKS_GROWING) {
            count_growing(page, judged, &count);
            continue;
        }
        if (plan->looks == LOOKS_ADAPTIVE)
            extend_boots(page, plan);
        family_decide(page->members, MEMBERS, NULL, judged, NULL);
        count_page(page, judged, &count);
        if (plan->real > 0)
            count_others(page, plan, judged, &count);
    }
    return count;
}

/* 5 % and two standard errors of a share over so many pages, in per cent. */
static double limit_of(int pages)
{
    return 100 * (0.05 + 2 * sqrt(0.05 * 0.95 / pages));
}

static void show_null(const Plan *plan, int pages, guint64 seed)
{
    Count count = run_plan(plan, pages, seed);
    double share = 100.0 * count.coloured / count.pages;
    printf("%-9s %-8s n=%-2d pages with red or green %5.1f %% (red %.1f, green %.1f) of %d; "
           "limit %.1f: %s\n",
           plan->looks  ? "adaptive"
           : plan->tiny ? "tiny"
                        : world_format(plan->world),
           plan->history ? "history" : "-", plan->boots, share,
           100.0 * count.red_pages / count.pages, 100.0 * count.green_pages / count.pages, pages,
           limit_of(pages), share <= limit_of(pages) ? "holds" : "FAILS");
    fflush(stdout);
}

static void show_growing(const Plan *plan, int pages, guint64 seed)
{
    Count count = run_plan(plan, pages, seed);
    printf("growing   %-8s n=%-2d %s: pages with red or green after 1..5 machines",
           plan->history ? "history" : "-", plan->boots, world_format(plan->world));
    int most = 0;
    for (int m = 0; m < MACHINES; m++) {
        printf(" %.1f", 100.0 * count.rendered[m] / pages);
        most = MAX(most, count.rendered[m]);
    }
    printf(" %%, at any of the five %.1f %%; limit of one %.1f: %s\n", 100.0 * count.ever / pages,
           limit_of(pages), 100.0 * most / pages <= limit_of(pages) ? "holds" : "FAILS");
    fflush(stdout);
}

static double rate(long part, long whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

static void show_power(const Plan *plan, int pages, guint64 seed)
{
    Count c = run_plan(plan, pages, seed);
    printf("power %-8s n=%-2d ours %.3f (false discovery %.3f) | Mann-Whitney with BH %.3f (%.3f) "
           "alone %.3f (%.3f) | z, sd known, with BH %.3f (%.3f) alone %.3f (%.3f)\n",
           plan->history ? "history" : "-", plan->boots, rate(c.found, c.reals),
           c.false_share / c.pages, rate(c.mw_found, c.reals),
           rate(c.mw_false, c.mw_false + c.mw_found), rate(c.mw_raw_found, c.reals),
           rate(c.mw_raw_false, c.mw_raw_false + c.mw_raw_found), rate(c.z_found, c.reals),
           rate(c.z_false, c.z_false + c.z_found), rate(c.z_raw_found, c.reals),
           rate(c.z_raw_false, c.z_raw_false + c.z_raw_found));
    fflush(stdout);
}

static int usage(void)
{
    fprintf(stderr,
            "usage: nullpages PAGES [SEED] [null|tiny|growing|adaptive|power|all] [WORLD] [BOOTS]\n"
            "  pages of 200 tests on 5 machines; WORLD: normal skew modes5 modes8 outliers\n"
            "  mixture machine; without WORLD and BOOTS all of them, BOOTS 3 4 5 6 8 10\n");
    return 2;
}

typedef struct {
    int pages;
    guint64 seed;
    const char *what;
    int world; // -1 = all
    int boots; // 0 = all
} Request;

static gboolean is_asked(const Request *request, const char *what)
{
    return strcmp(request->what, "all") == 0 || strcmp(request->what, what) == 0;
}

static void show_boots(const Request *request, int boots)
{
    for (int history = 0; history < 2; history++) {
        for (int kind = 0; kind < WORLD_COUNT && is_asked(request, "null"); kind++) {
            Plan plan = {.world = (World)kind, .boots = boots, .history = history};
            if (request->world < 0 || request->world == kind)
                show_null(&plan, request->pages, request->seed);
        }
        Plan tiny = {.boots = boots, .history = history, .tiny = TRUE};
        if (is_asked(request, "tiny"))
            show_null(&tiny, request->pages, request->seed);
        World world = request->world < 0 ? WORLD_NORMAL : (World)request->world;
        Plan growing = {.world = world, .boots = boots, .history = history, .looks = LOOKS_GROWING};
        if (is_asked(request, "growing"))
            show_growing(&growing, request->pages, request->seed);
        static const int BATTERIES[] = {1, 5, 10, TESTS};
        for (size_t k = 0; k < G_N_ELEMENTS(BATTERIES) && is_asked(request, "adaptive"); k++) {
            Plan adaptive = growing;
            adaptive.looks = LOOKS_ADAPTIVE;
            adaptive.battery = BATTERIES[k];
            printf("batteries of %d: ", BATTERIES[k]);
            show_null(&adaptive, request->pages, request->seed);
        }
        Plan power = {.boots = boots, .history = history, .real = 0.05};
        if (is_asked(request, "power"))
            show_power(&power, request->pages, request->seed);
    }
}

int main(int argc, char **argv)
{
    static const int BOOTS[] = {3, 4, 5, 6, 8, 10};
    Request request = {.seed = 1, .what = "all", .world = -1};
    World world = WORLD_NORMAL;
    if (argc < 2 || argc > 6 || (request.pages = atoi(argv[1])) < 1)
        return usage();
    if (argc > 2)
        request.seed = g_ascii_strtoull(argv[2], NULL, 10) * 1000003u;
    if (argc > 3)
        request.what = argv[3];
    if (argc > 4 && !world_parse(argv[4], &world))
        return usage();
    if (argc > 4)
        request.world = (int)world;
    if (argc > 5)
        request.boots = CLAMP(atoi(argv[5]), 2, MOST_BOOTS / LOOKS);
    for (size_t i = 0; i < G_N_ELEMENTS(BOOTS); i++) {
        if (request.boots == 0)
            show_boots(&request, BOOTS[i]);
    }
    if (request.boots > 0)
        show_boots(&request, request.boots);
    return 0;
}
