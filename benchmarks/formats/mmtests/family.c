// The families of benchmarks: how MMTests summarises each, which way it believes is better, and
// which way and unit it truly is.
#include "benchmarks/formats/mmtests/family.h"

#include <string.h>

#define DIRECTIONS(...) ((const MmtestsDirection[]){__VA_ARGS__, {NULL, BETTER_NONE, NULL}})
#define OVERRIDES(...) ((const MmtestsOverride[]){__VA_ARGS__, {NULL, false, false}})
#define LOWER(unit) DIRECTIONS({"*", BETTER_LOWER, unit})
#define HIGHER(unit) DIRECTIONS({"*", BETTER_HIGHER, unit})

#define TIMES(family)                                                                              \
    {                                                                                              \
        family, "", {MMTESTS_MULTI, false, 2}, parse_time, NULL, LOWER("s"), NULL                  \
    }
#define TIMES_ALTERNATIVE(family)                                                                  \
    {                                                                                              \
        family, "exectime", {MMTESTS_MULTI, false, 2}, parse_time, NULL, LOWER("s"), NULL          \
    }
#define DBENCH(family)                                                                             \
    {                                                                                              \
        family, "", {MMTESTS_LEFT_SKEW, false, 4}, parse_dbench, NULL,                             \
            DIRECTIONS({"tput-*", BETTER_HIGHER, "MB/s"}, {"*", BETTER_LOWER, "ms"}),              \
            OVERRIDES({"tput", true, false}, {"op", false, true})                                  \
    }

static const MmtestsFamily FAMILIES[] = {
    TIMES("autonumabench"),
    TIMES("gitcheckout"),
    TIMES("gitsource"),
    TIMES("kernbench"),
    TIMES("kvmstart"),
    TIMES("nas"),
    TIMES("poundsyscall"),
    TIMES("stockfish"),
    TIMES("time_unmap"),
    TIMES("usemem"),
    TIMES_ALTERNATIVE("easywave"),
    TIMES_ALTERNATIVE("pgbench"),
    TIMES_ALTERNATIVE("sysbench"),
    DBENCH("dbench"),
    DBENCH("dbench4"),
    DBENCH("tbench"),
    DBENCH("tbench4"),
    {"apachebench", "", {MMTESTS_MULTI, false, 2}, parse_apachebench, NULL, LOWER("ms"), NULL},
    {"blogbench", "", {MMTESTS_MULTI, true, 2}, parse_blogbench, NULL, HIGHER("score"), NULL},
    {"bonniepp", "", {MMTESTS_SUBSELECTION, false, 4}, parse_bonnie, NULL, LOWER("us"), NULL},
    {"bonniepp",
     "tput",
     {MMTESTS_SUBSELECTION, true, 2},
     parse_bonnie_tput,
     NULL,
     DIRECTIONS({"Random seeks", BETTER_HIGHER, "ops/s"}, {"SeqCreate*", BETTER_HIGHER, "ops/s"},
                {"RandCreate*", BETTER_HIGHER, "ops/s"}, {"*", BETTER_HIGHER, "KB/s"}),
     NULL},
    {"coremark", "", {MMTESTS_MULTI, true, 2}, parse_coremark, NULL, HIGHER("score"), NULL},
    {"fsmark", "", {MMTESTS_MULTI, true, 2}, parse_fsmark, NULL, HIGHER("files/s"), NULL},
    {"futexbench",
     "",
     {MMTESTS_MULTI, false, 2},
     parse_futexbench,
     NULL,
     DIRECTIONS({"hash-*", BETTER_HIGHER, "ops/s"}, {"lock-pi-*", BETTER_HIGHER, "ops/s"},
                {"wake-parallel-*", BETTER_LOWER, "us"}, {"*", BETTER_LOWER, "ms"}),
     NULL},
    {"io_uring", "", {MMTESTS_MULTI, true, 2}, parse_io_uring, NULL, HIGHER("kops/s"), NULL},
    {"iperf3", "", {MMTESTS_MULTI, true, 2}, parse_iperf3, NULL, HIGHER("Mbit/s"), NULL},
    {"pmqtest", "", {MMTESTS_MULTI, false, 2}, parse_pmqtest, NULL, LOWER("us"), NULL},
    {"siege", "", {MMTESTS_MULTI, true, 2}, parse_siege, NULL, HIGHER("transactions/s"), NULL},
    {"simoop", "", {MMTESTS_MULTI, false, 2}, parse_simoop, NULL, LOWER("us"), NULL},
    {"simoop",
     "rates",
     {MMTESTS_MULTI, true, 2},
     parse_simoop_rates,
     NULL,
     DIRECTIONS({"work*", BETTER_HIGHER, "1/s"}, {"*", BETTER_LOWER, "1/s"}),
     NULL},
    {"specjbb2015",
     "",
     {MMTESTS_SINGLE, true, 2},
     parse_specjbb2015,
     NULL,
     DIRECTIONS({"pctMax*", BETTER_HIGHER, "%"}, {"*", BETTER_HIGHER, "jOPS"}),
     NULL},
    {"stutterp", "", {MMTESTS_MULTI, false, 4}, parse_stutterp, NULL, LOWER("us"), NULL},
    {"sysjitter",
     "",
     {MMTESTS_SINGLE, false, 2},
     parse_sysjitter,
     NULL,
     DIRECTIONS({"int_n-*", BETTER_LOWER, "count"}, {"int_n_per_sec*", BETTER_LOWER, "1/s"},
                {"int_total_%age*", BETTER_LOWER, "%"}, {"*", BETTER_LOWER, "ns"}),
     NULL},
    {"perfnuma",
     "",
     {MMTESTS_MULTI, false, 4},
     parse_perfnuma,
     NULL,
     DIRECTIONS({"converged-*", BETTER_LOWER, "s"}, {"*", BETTER_HIGHER, "GB/s"}),
     NULL},
    {"pistress", "", {MMTESTS_SINGLE, false, 2}, parse_pistress, NULL, LOWER("failures"), NULL},
    {"thpchallenge", "", {MMTESTS_MULTI, false, 2}, parse_thpchallenge, NULL, LOWER("us"), NULL},
    {"thpchallenge",
     "counts",
     {MMTESTS_MULTI, false, 2},
     parse_thpchallenge_counts,
     NULL,
     HIGHER("%"),
     NULL},
    {"thpchallenge",
     "locality",
     {MMTESTS_MULTI, false, 2},
     parse_thpchallenge_locality,
     parse_thpchallenge_locality_faithful,
     DIRECTIONS({"local-*", BETTER_HIGHER, "%"}, {"*", BETTER_LOWER, "%"}),
     NULL},
    {"trunc", "", {MMTESTS_MULTI, false, 4}, parse_time, NULL, LOWER("s"), NULL},
    {"xfsrepair", "", {MMTESTS_MULTI, false, 2}, parse_time_without_user, NULL, LOWER("s"), NULL},
    {"aim9", "", {MMTESTS_MULTI, true, 2}, parse_aim9, NULL, HIGHER("ops/s"), NULL},
    {"cyclictest",
     "",
     {MMTESTS_MULTI, false, 2},
     parse_cyclictest,
     NULL,
     DIRECTIONS({"Overflow*", BETTER_LOWER, "count"}, {"*", BETTER_LOWER, "us"}),
     NULL},
    {"easywave", "", {MMTESTS_MULTI, false, 2}, parse_easywave, NULL, LOWER("ms"), NULL},
    {"ebizzy", "", {MMTESTS_MULTI, true, 2}, parse_ebizzy, NULL, HIGHER("records/s"), NULL},
    {"fio", "", {MMTESTS_MULTI, true, 6}, parse_fio, NULL, HIGHER("KB/s"), NULL},
    {"fio", "latency", {MMTESTS_MULTI, false, 4}, parse_fio_latency, NULL, LOWER("ns"), NULL},
    {"hackbench", "", {MMTESTS_MULTI, false, 4}, parse_hackbench, NULL, LOWER("s"), NULL},
    {"libmicro", "", {MMTESTS_SINGLE, false, 5}, parse_libmicro, NULL, LOWER("us"), NULL},
    {"netperf",
     "",
     {MMTESTS_MULTI, true, 2},
     parse_netperf,
     parse_netperf_faithful,
     DIRECTIONS({"*-loss-*", BETTER_LOWER, "Mbit/s"}, {"*rr-*", BETTER_HIGHER, "transactions/s"},
                {"*", BETTER_HIGHER, "Mbit/s"}),
     NULL},
    {"pedsort", "", {MMTESTS_MULTI, false, 2}, parse_pedsort, NULL, HIGHER("jobs/hour/core"), NULL},
    {"perffutexwake", "", {MMTESTS_MULTI, false, 2}, parse_perffutexwake, NULL, LOWER("us"), NULL},
    {"perfpipe", "", {MMTESTS_NORMALISED, false, 4}, parse_perfpipe, NULL, LOWER("us/op"), NULL},
    {"perfsyscall", "", {MMTESTS_MULTI, false, 4}, parse_perfsyscall, NULL, LOWER("us/op"), NULL},
    {"pgbench", "", {MMTESTS_MULTI, true, 2}, parse_pgbench, NULL, HIGHER("transactions/s"), NULL},
    {"redis",
     "",
     {MMTESTS_SINGLE, false, 2},
     parse_redis,
     NULL,
     DIRECTIONS({"*-RPS*", BETTER_HIGHER, "krequests/s"}, {"*", BETTER_LOWER, "us"}),
     NULL},
    {"redis-memtier",
     "",
     {MMTESTS_MULTI, false, 2},
     parse_redis_memtier,
     NULL,
     DIRECTIONS({"latency*", BETTER_LOWER, "ms"}, {"misses/sec*", BETTER_NONE, "misses/s"},
                {"kb/sec*", BETTER_HIGHER, "KB/s"}, {"*", BETTER_HIGHER, "ops/s"}),
     OVERRIDES({"ops/sec", true, false}, {"hits/sec", true, false}, {"misses/sec", true, false},
               {"kb/sec", true, false})},
    {"schbench",
     "",
     {MMTESTS_NORMALISED, false, 2},
     parse_schbench,
     NULL,
     DIRECTIONS({"RPS*", BETTER_HIGHER, "requests/s"}, {"*", BETTER_LOWER, "us"}),
     OVERRIDES({"RPS", true, false})},
    {"sembench", "", {MMTESTS_MULTI, true, 2}, parse_sembench, NULL, HIGHER("burns/s"), NULL},
    {"sqlite", "", {MMTESTS_MULTI, true, 2}, parse_sqlite, NULL, HIGHER("transactions/s"), NULL},
    {"stream", "", {MMTESTS_MULTI, true, 2}, parse_stream, NULL, HIGHER("MB/s"), NULL},
    {"stressng",
     "",
     {MMTESTS_MULTI, false, 2},
     parse_stressng,
     parse_stressng_faithful,
     HIGHER("bogo-ops/s"),
     NULL},
    {"sysbench",
     "",
     {MMTESTS_MULTI, true, 2},
     parse_sysbench,
     NULL,
     HIGHER("transactions/s"),
     NULL},
    {"sysbenchcpu",
     "",
     {MMTESTS_MULTI, false, 2},
     parse_sysbenchcpu,
     NULL,
     HIGHER("events/s"),
     NULL},
    {"sysbenchmutex", "", {MMTESTS_MULTI, false, 2}, parse_sysbenchmutex, NULL, LOWER("ms"), NULL},
    {"unixbenchd", "", {MMTESTS_MULTI, true, 2}, parse_unixbenchd, NULL, HIGHER("loops"), NULL},
    {"wis", "", {MMTESTS_MULTI, true, 2}, parse_wis, NULL, HIGHER("ops"), NULL},
    {"xsbench", "", {MMTESTS_MULTI, true, 2}, parse_xsbench, NULL, HIGHER("lookups/s"), NULL},
};

static const MmtestsFamily *family_exact(const char *name, const char *alternative)
{
    for (size_t i = 0; i < G_N_ELEMENTS(FAMILIES); i++)
        if (strcmp(FAMILIES[i].name, name) == 0 &&
            strcmp(FAMILIES[i].alternative, alternative) == 0)
            return &FAMILIES[i];
    return NULL;
}

static bool family_exists(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(FAMILIES); i++)
        if (strcmp(FAMILIES[i].name, name) == 0)
            return true;
    return false;
}

// Cuts the last "-part" of letters, digits, '_' and '.'; false if the name does not end in one.
static bool last_part_cut(char *name)
{
    char *dash = strrchr(name, '-');
    if (!dash)
        return false;
    for (const char *at = dash + 1; *at; at++)
        if (!g_ascii_isalnum(*at) && *at != '_' && *at != '.')
            return false;
    *dash = '\0';
    return true;
}

const MmtestsFamily *mmtests_family_find(const char *benchmark, const char *alternative)
{
    g_autofree char *name = g_strdup(benchmark);
    name[0] = g_ascii_tolower(name[0]);
    do {
        if (family_exists(name))
            return family_exact(name, alternative ? alternative : "");
    } while (last_part_cut(name));
    return NULL;
}

static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char *mmtests_family_list(void)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < G_N_ELEMENTS(FAMILIES); i++)
        if (FAMILIES[i].parse)
            g_ptr_array_add(names, g_strjoin(FAMILIES[i].alternative[0] ? " " : "",
                                             FAMILIES[i].name, FAMILIES[i].alternative, NULL));
    g_ptr_array_sort(names, by_text);
    g_ptr_array_add(names, NULL);
    return g_strjoinv(", ", (char **)names->pdata);
}

static const struct {
    const char *family;
    const char *names[2];
} FACTORS[] = {{"aim9", {"a", "b"}},
               {"apachebench", {"clients", "b"}},
               {"coremark", {"threads", "b"}},
               {"cyclictest", {"cpu", "b"}},
               {"dbench", {"clients", "b"}},
               {"dbench4", {"clients", "b"}},
               {"easywave", {"threads", "b"}},
               {"ebizzy", {"threads", "b"}},
               {"fio", {"job", "direction"}},
               {"fsmark", {"threads", "b"}},
               {"futexbench", {"type", "threads"}},
               {"hackbench", {"groups", "b"}},
               {"iperf3", {"size", "rate"}},
               {"kernbench", {"threads", "b"}},
               {"libmicro", {"test", "b"}},
               {"netperf", {"direction", "size"}},
               {"pgbench", {"clients", "b"}},
               {"redis", {"clients", "b"}},
               {"redis-memtier", {"clients", "b"}},
               {"schbench", {"percentile", "workers"}},
               {"siege", {"clients", "b"}},
               {"stream", {"threads", "b"}},
               {"stressng", {"instances", "b"}},
               {"stutterp", {"workers", "b"}},
               {"sysbench", {"clients", "b"}},
               {"sysbenchcpu", {"threads", "b"}},
               {"sysbenchmutex", {"threads", "b"}},
               {"sysjitter", {"cpu", "b"}},
               {"pistress", {"clients", "b"}},
               {"tbench", {"clients", "b"}},
               {"tbench4", {"clients", "b"}},
               {"thpchallenge", {"threads", "b"}},
               {"usemem", {"threads", "b"}},
               {"wis", {"workload", "tasks"}}};

const char *mmtests_factor_name(const MmtestsFamily *family, int factor)
{
    for (size_t i = 0; family && i < G_N_ELEMENTS(FACTORS); i++)
        if (strcmp(FACTORS[i].family, family->name) == 0)
            return FACTORS[i].names[factor];
    return factor == 0 ? "a" : "b";
}

const char *const *mmtests_alternatives(const MmtestsFamily *family)
{
    static const char *const NONE[] = {NULL};
    static const char *const EXECTIME[] = {"exectime", NULL};
    static const char *const LATENCY[] = {"latency", NULL};
    static const char *const RATES[] = {"rates", NULL};
    static const char *const THP[] = {"counts", "locality", NULL};
    static const char *const TPUT[] = {"tput", NULL};
    static const char *const *const ALL[] = {EXECTIME, LATENCY, RATES, THP, TPUT};
    for (size_t i = 0; family && i < G_N_ELEMENTS(ALL); i++)
        if (family_exact(family->name, ALL[i][0]))
            return ALL[i];
    return NONE;
}

MmtestsReading mmtests_reading(const MmtestsFamily *family, const char *sub_heading)
{
    MmtestsReading reading = family->reading;
    const MmtestsOverride *override = family->overrides;
    for (; sub_heading && override && override->metric; override++) {
        if (strcmp(override->metric, sub_heading) != 0)
            continue;
        reading.higher = reading.higher || override->higher;
        if (override->single)
            reading.summary = MMTESTS_SINGLE;
    }
    return reading;
}

static const MmtestsDirection *direction_find(const MmtestsFamily *family, const char *operation)
{
    for (const MmtestsDirection *row = family->directions; row && row->pattern; row++)
        if (g_pattern_match_simple(row->pattern, operation))
            return row;
    return NULL;
}

Better mmtests_better(const MmtestsFamily *family, const char *operation)
{
    const MmtestsDirection *direction = direction_find(family, operation);
    return direction ? direction->better : BETTER_NONE;
}

const char *mmtests_unit(const MmtestsFamily *family, const char *operation)
{
    const MmtestsDirection *direction = direction_find(family, operation);
    return direction ? direction->unit : NULL;
}
