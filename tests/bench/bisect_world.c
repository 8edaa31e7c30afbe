// Simulated histories, and a search of ours in them.
#include "bisect_world.h"

#include <math.h>
#include <string.h>

static void broken_set(Trial *trial)
{
    int n = trial->history->graph->n;
    double share = trial->history->broken;
    if (share <= 0)
        return;
    int block = (int)(share * n), first = (int)(random_uniform(&trial->random) * (n - block - 1));
    for (int c = 0; c + 1 < n; c++) {
        trial->broken[c] = trial->history->is_block ? c >= first && c < first + block
                                                    : random_uniform(&trial->random) < share;
    }
}

/* Bits: the commit and what descends from it. g_free. */
static guint64 *descendants_of(const Graph *graph, int commit)
{
    guint64 *bits = g_new0(guint64, graph_words(graph));
    bits[commit >> 6] |= 1ull << (commit & 63);
    for (int c = commit + 1; c < graph->n; c++) {
        for (int e = graph->parent_start[c]; e < graph->parent_start[c + 1]; e++) {
            if (bit_is_set(bits, graph->parents[e]))
                bits[c >> 6] |= 1ull << (c & 63);
        }
    }
    return bits;
}

void trial_init(Trial *trial, const History *history, guint64 seed)
{
    const Graph *graph = history->graph;
    *trial = (Trial){.history = history, .second = -1};
    random_init(&trial->random, seed);
    trial->culprit = (int)(random_uniform(&trial->random) * graph->n);
    trial->broken = g_new0(bool, graph->n);
    trial->layouts = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    broken_set(trial);
    trial->is_bad_at = descendants_of(graph, trial->culprit);
    while (history->is_double && (trial->second < 0 || trial->second == trial->culprit))
        trial->second = (int)(random_uniform(&trial->random) * graph->n);
    if (trial->second >= 0)
        trial->is_worse_at = descendants_of(graph, trial->second);
}

void trial_clear(Trial *trial)
{
    g_free(trial->is_bad_at);
    g_free(trial->is_worse_at);
    g_free(trial->broken);
    g_hash_table_unref(trial->layouts);
}

static double noise_draw(Noise noise, Random *random)
{
    double z = random_normal(random), a = 0, b = 0, c = 0;
    switch (noise) {
    case NOISE_OUTLIERS:
        return z + (random_uniform(random) < 0.05 ? 8 : 0);
    case NOISE_T3:
        a = random_normal(random);
        b = random_normal(random);
        c = random_normal(random);
        return z / sqrt(a * a + b * b + c * c);
    case NOISE_LOGNORMAL:
        return (exp(z) - sqrt(G_E)) / sqrt(G_E * (G_E - 1));
    case NOISE_BIMODAL:
        return (z + (random_uniform(random) < 0.5 ? 3 : 0)) / sqrt(1 + 2.25);
    case NOISE_NORMAL:
    default:
        return z;
    }
}

static double layout_of(Trial *trial, int commit, int build)
{
    if (trial->history->layout <= 0)
        return 0;
    gpointer key = GINT_TO_POINTER((commit + 1) * 1024 + build + 1);
    double *effect = g_hash_table_lookup(trial->layouts, key);
    if (!effect) {
        effect = g_new(double, 1);
        *effect = trial->history->layout * random_normal(&trial->random);
        g_hash_table_insert(trial->layouts, key, effect);
    }
    return *effect;
}

double trial_run(Trial *trial, int commit, int build)
{
    bool is_bad = commit >= 0 && bit_is_set(trial->is_bad_at, commit);
    bool is_worse = commit >= 0 && trial->is_worse_at && bit_is_set(trial->is_worse_at, commit);
    if (trial->history->drift > 0)
        trial->level += trial->history->drift * random_normal(&trial->random);
    return trial->history->effect * (is_bad + is_worse) + layout_of(trial, commit, build) +
           trial->level + noise_draw(trial->history->noise, &trial->random);
}

static void tally_set(Trial *trial, Search *search, int first_stop, Tally *ret_tally)
{
    const Outcome *outcome = search_outcome(search);
    int all = outcome->runs_endpoints + outcome->runs_search + outcome->runs_verify;
    Tally tally = {
        .is_confirmed = outcome->is_confirmed,
        .is_found = outcome->kind == OUTCOME_FOUND,
        .is_right = outcome->culprit == trial->culprit,
        .claimed = outcome->class_probability,
        .suspects = outcome->n_suspects,
        .endpoint_runs = outcome->is_confirmed ? outcome->confirmed_at : all,
        .builds = outcome->builds,
        .separation = outcome->separation,
    };
    if (outcome->is_confirmed) {
        tally.search_runs = (first_stop < 0 ? all : first_stop) - outcome->confirmed_at;
        tally.later_runs = first_stop < 0 ? 0 : all - first_stop;
    }
    for (int i = 0; i < outcome->n_suspects; i++)
        tally.is_contained |= outcome->suspects[i].commit == trial->culprit;
    for (int i = 0; tally.is_found && i < outcome->n_culprits; i++) {
        int commit = outcome->culprits[i].commit;
        tally.named++;
        tally.named_right += commit == trial->culprit || commit == trial->second;
    }
    *ret_tally = tally;
}

Tally trial_search(Trial *trial, const SearchOptions *options, int most_runs)
{
    SearchOptions all = *options;
    all.max_runs = most_runs;
    g_autoptr(Search) search = search_new(trial->history->graph, &all, NULL);
    int runs = 0, first_stop = -1;
    Tally tally;
    for (;;) {
        Action action = search_next(search, 0, NULL, 0);
        if (first_stop < 0 && (action.kind == ACTION_DONE || action.purpose == PURPOSE_VERIFY))
            first_stop = runs;
        if (action.kind == ACTION_DONE)
            break;
        if (action.commit >= 0 && trial->broken[action.commit]) {
            search_untestable(search, action.commit, NULL);
            continue;
        }
        for (int i = 0; i < action.runs; i++) {
            // A level of 100 deviations: noise of 1 %, as the log scale wants it.
            double value = exp(0.01 * trial_run(trial, action.commit, action.build));
            Evidence evidence = {.commit = action.commit,
                                 .build = action.build,
                                 .purpose = action.purpose,
                                 .value = value};
            search_add(search, &evidence, NULL);
            runs++;
        }
    }
    tally_set(trial, search, first_stop, &tally);
    return tally;
}

Graph *graph_read(const char *path)
{
    g_autofree char *text = NULL;
    g_autoptr(GArray) start = g_array_new(FALSE, FALSE, sizeof(int));
    g_autoptr(GArray) parents = g_array_new(FALSE, FALSE, sizeof(int));
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return NULL;
    g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
    for (char **line = lines; *line; line++) {
        if (**line == '#')
            continue;
        int at = (int)parents->len;
        g_array_append_val(start, at);
        g_auto(GStrv) words = g_strsplit(*line, " ", -1);
        for (char **word = words; *word; word++) {
            int parent = (int)g_ascii_strtoll(*word, NULL, 10);
            if (strcmp(*word, "-") != 0)
                g_array_append_val(parents, parent);
        }
    }
    int n = (int)start->len, end = (int)parents->len;
    g_array_append_val(start, end);
    return graph_new(n, (const int *)(void *)start->data, (const int *)(void *)parents->data, NULL);
}
