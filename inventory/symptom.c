// What went wrong with a boot: the console's lines against the patterns, then the facts.
#include "inventory/symptom.h"

#include <math.h>
#include <string.h>

#include "common/text.h"

enum { WINDOW_BYTES = 4 << 20, LINE_BYTES = 600 };

static const char *const NAMES[] = {
    [SYMPTOM_NONE] = "none",
    [SYMPTOM_NO_POWER] = "no power answer",
    [SYMPTOM_NO_CONSOLE] = "no console",
    [SYMPTOM_BOOTLOADER] = "bootloader",
    [SYMPTOM_PANIC] = "kernel panic",
    [SYMPTOM_OOPS] = "oops",
    [SYMPTOM_HUNG_TASK] = "hung task",
    [SYMPTOM_RCU_STALL] = "RCU stall",
    [SYMPTOM_SOFT_LOCKUP] = "soft lockup",
    [SYMPTOM_OUT_OF_MEMORY] = "out of memory",
    [SYMPTOM_NO_SPACE] = "no space",
    [SYMPTOM_HANG] = "hang",
    [SYMPTOM_NO_NETWORK] = "no network",
    [SYMPTOM_SSH_REFUSED] = "ssh refused",
    [SYMPTOM_WRONG_KERNEL] = "wrong kernel",
    [SYMPTOM_BENCHMARK_FAILED] = "benchmark failed",
    [SYMPTOM_DEADLINE] = "deadline",
};

// Stamps of a capture ("2026-11-17T04:05:06.789Z ") and of the kernel.
static const char STAMP[] =
    "^(?:\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:Z|[+-]\\d\\d:?\\d\\d)?\\s)?"
    "[\\r ]*(?:<\\d+>)?(?:\\[ *(\\d+\\.\\d+)\\](?:\\[ *[TC]\\d+\\])? ?)?";
static const char VERSION[] = "^Linux version (\\S+) ";
static const char USERLAND[] = "^\\S* ?login:(?: |$)|^Welcome to |\\] (?:Started|Reached "
                               "target|Finished) |^systemd\\[1\\]: |^marvin: the system is up";
static const char PLACE[] = "^(?:RIP: \\w+:|pc : |NIP )(\\S+)";

// The compiled patterns of one diagnosis, and what was found so far.
typedef struct {
    GRegex *stamp, *version, *userland, *place, *any;
    GRegex **rows;
    bool counts_weak; // facts say that something is wrong
    Diagnosis diagnosis;
    char *where; // the kernel's answer to our probe: where it was
    int answers; // lines of it
    bool is_answer; // beyond probe_offset
    int line;
    int version_line; // of the last kernel that started
} Scan;

const char *symptom_name(Symptom symptom)
{
    return NAMES[symptom];
}

bool symptom_parse(const char *name, Symptom *ret_symptom)
{
    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
        if (strcmp(NAMES[i], name) == 0) {
            *ret_symptom = (Symptom)i;
            return true;
        }
    }
    return false;
}

static void sign_clear(void *data)
{
    SymptomSign *sign = data;
    g_free(sign->release);
    g_free(sign->text);
}

void diagnosis_clear(Diagnosis *diagnosis)
{
    g_free(diagnosis->sentence);
    g_free(diagnosis->started);
    if (diagnosis->signs)
        g_array_unref(diagnosis->signs);
    *diagnosis = (Diagnosis){0};
}

static GRegex *compile(const char *pattern)
{
    return g_regex_new(pattern, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, NULL);
}

static void scan_begin(Scan *scan)
{
    g_autoptr(GString) any = g_string_new(NULL);
    scan->rows = g_new0(GRegex *, N_SYMPTOM_PATTERNS);
    for (size_t i = 0; i < N_SYMPTOM_PATTERNS; i++) {
        scan->rows[i] = compile(SYMPTOM_PATTERNS[i].pattern);
        g_string_append_printf(any, "%s(?:%s)", i ? "|" : "", SYMPTOM_PATTERNS[i].pattern);
    }
    scan->any = compile(any->str);
    scan->stamp = compile(STAMP);
    scan->version = compile(VERSION);
    scan->userland = compile(USERLAND);
    scan->place = compile(PLACE);
    scan->diagnosis.signs = g_array_new(false, true, sizeof(SymptomSign));
    g_array_set_clear_func(scan->diagnosis.signs, sign_clear);
}

static void scan_end(Scan *scan)
{
    for (size_t i = 0; i < N_SYMPTOM_PATTERNS; i++)
        g_regex_unref(scan->rows[i]);
    g_free(scan->rows);
    g_regex_unref(scan->any);
    g_regex_unref(scan->stamp);
    g_regex_unref(scan->version);
    g_regex_unref(scan->userland);
    g_regex_unref(scan->place);
    g_free(scan->where);
}

// Takes colours and cursor moves out, in place.
static void remove_escapes(char *text)
{
    char *to = text;
    for (const char *at = text; *at;) {
        if (*at != '\x1b') {
            *to++ = *at++;
            continue;
        }
        at++;
        if (*at == '[') {
            at += 1 + strspn(at + 1, "0123456789;?");
            at += *at != '\0';
        } else {
            at += *at != '\0';
        }
    }
    *to = '\0';
}

static bool has_sign(const Scan *scan, Symptom symptom)
{
    for (guint i = 0; i < scan->diagnosis.signs->len; i++) {
        const SymptomSign *sign = &g_array_index(scan->diagnosis.signs, SymptomSign, i);
        if (sign->symptom == symptom && g_strcmp0(sign->release, scan->diagnosis.started) == 0)
            return true;
    }
    return false;
}

// The first row that matches and is not known already: a panic that a hung task caused is the hung
// task where its own message is lost, else a panic.
static const SymptomPattern *row_find(const Scan *scan, const char *text)
{
    for (size_t i = 0; i < N_SYMPTOM_PATTERNS; i++) {
        const SymptomPattern *row = &SYMPTOM_PATTERNS[i];
        bool counts = row->is_strong || scan->counts_weak;
        bool is_late = row->symptom == SYMPTOM_BOOTLOADER && scan->diagnosis.started;
        if (counts && !is_late && g_regex_match(scan->rows[i], text, 0, NULL) &&
            !has_sign(scan, row->symptom))
            return row;
    }
    return NULL;
}

static void look_for_signs(Scan *scan, const char *text, double at_s)
{
    const SymptomPattern *row =
        g_regex_match(scan->any, text, 0, NULL) ? row_find(scan, text) : NULL;
    if (!row)
        return;
    SymptomSign sign = {.symptom = row->symptom,
                        .line = scan->line,
                        .at_s = at_s,
                        .release = g_strdup(scan->diagnosis.started),
                        .text = text_escape_terminal(text)};
    g_array_append_val(scan->diagnosis.signs, sign);
}

static void look_at_answer(Scan *scan, const char *text)
{
    g_autoptr(GMatchInfo) match = NULL;
    scan->answers += *text != '\0';
    if (!scan->where && g_regex_match(scan->place, text, 0, &match))
        scan->where = g_match_info_fetch(match, 1);
}

static void look_at_line(Scan *scan, const char *line, size_t size)
{
    g_autofree char *all = g_strndup(line, MIN(size, LINE_BYTES));
    g_autoptr(GMatchInfo) stamp = NULL;
    g_autoptr(GMatchInfo) version = NULL;
    int start = 0;
    double at_s = NAN;
    remove_escapes(all);
    g_strchomp(all);
    scan->line++;
    if (g_regex_match(scan->stamp, all, 0, &stamp)) {
        g_autofree char *seconds = g_match_info_fetch(stamp, 1);
        g_match_info_fetch_pos(stamp, 0, NULL, &start);
        at_s = seconds && *seconds ? g_ascii_strtod(seconds, NULL) : NAN;
    }
    const char *text = all + start;
    if (scan->is_answer) {
        look_at_answer(scan, text);
    } else if (g_regex_match(scan->version, text, 0, &version)) {
        g_free(scan->diagnosis.started);
        scan->diagnosis.started = g_match_info_fetch(version, 1);
        scan->diagnosis.has_userland = false;
        scan->version_line = scan->line;
    } else {
        scan->diagnosis.has_userland |= g_regex_match(scan->userland, text, 0, NULL);
        look_for_signs(scan, text, at_s);
    }
}

static void scan_console(Scan *scan, const char *console, size_t size, size_t probe_offset)
{
    const char *at = console, *end = console + size;
    while (at < end) {
        size_t done = (size_t)(at - console);
        if (done > WINDOW_BYTES && size - done > WINDOW_BYTES)
            at = end - WINDOW_BYTES;
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop ? stop : end;
        scan->is_answer = probe_offset && (size_t)(at - console) >= probe_offset;
        look_at_line(scan, at, (size_t)(stop - at));
        at = stop + 1;
    }
}

// Signs of another kernel (the one before, or the fallback) are no finding about this one, and a
// complaint of the boot loader is over once a kernel has started.
static bool sign_counts(const Scan *scan, const SymptomSign *sign, const SymptomFacts *facts)
{
    if (sign->symptom == SYMPTOM_BOOTLOADER)
        return sign->line > scan->version_line;
    return !facts->expected || !sign->release || strcmp(sign->release, facts->expected) == 0;
}

static bool diagnose_signs(Scan *scan, const SymptomFacts *facts)
{
    Diagnosis *diagnosis = &scan->diagnosis;
    g_autoptr(GString) sentence = g_string_new(NULL);
    for (guint i = 0; i < diagnosis->signs->len; i++) {
        const SymptomSign *sign = &g_array_index(diagnosis->signs, SymptomSign, i);
        if (!sign_counts(scan, sign, facts))
            continue;
        if (!diagnosis->symptom)
            diagnosis->symptom = sign->symptom;
        const char *name = symptom_name(sign->symptom);
        bool says_it = g_ascii_strncasecmp(sign->text, name, strlen(name)) == 0;
        g_string_append_printf(sentence, "%s%s%s%s", sentence->len ? "; then " : "",
                               says_it ? "" : name, says_it ? "" : ": ", sign->text);
        if (!isnan(sign->at_s))
            g_string_append_printf(sentence, " (%.1f s after its start)", sign->at_s);
    }
    if (diagnosis->symptom)
        diagnosis->sentence = g_string_free(g_steal_pointer(&sentence), FALSE);
    return diagnosis->symptom != SYMPTOM_NONE;
}

static void conclude(Diagnosis *diagnosis, Symptom symptom, char *sentence)
{
    diagnosis->symptom = symptom;
    diagnosis->sentence = sentence;
}

static void diagnose_reached(Diagnosis *diagnosis, const SymptomFacts *facts)
{
    bool differs =
        facts->expected && facts->running && strcmp(facts->expected, facts->running) != 0;
    if (differs)
        conclude(diagnosis, SYMPTOM_WRONG_KERNEL,
                 g_strdup_printf("the machine runs %s, not %s", facts->running, facts->expected));
    else if (facts->build_id_differs)
        conclude(diagnosis, SYMPTOM_WRONG_KERNEL,
                 g_strdup_printf("the machine runs another build of %s: its build id differs",
                                 facts->expected ? facts->expected : "this release"));
    else if (facts->benchmark_failed)
        conclude(diagnosis, SYMPTOM_BENCHMARK_FAILED, g_strdup(facts->benchmark_failed));
    else if (facts->deadline_passed)
        conclude(diagnosis, SYMPTOM_DEADLINE,
                 g_strdup("the machine answers, and its time was over before the work was done"));
}

// It was made to show its state, by a non-maskable interrupt or by sysrq.
static void diagnose_probed(Scan *scan)
{
    Diagnosis *diagnosis = &scan->diagnosis;
    if (!scan->answers)
        conclude(diagnosis, SYMPTOM_HANG,
                 g_strdup_printf("the kernel %s does not answer, not even to an interrupt",
                                 diagnosis->started));
    else if (!diagnosis->has_userland)
        conclude(diagnosis, SYMPTOM_HANG,
                 g_strdup_printf("the kernel %s answers to an interrupt%s%s, and its system never "
                                 "came up",
                                 diagnosis->started, scan->where ? ", in " : "",
                                 scan->where ? scan->where : ""));
    else
        conclude(diagnosis, SYMPTOM_NO_NETWORK,
                 g_strdup("the system is up and its kernel answers on the console, and nothing "
                          "answers on the network"));
}

static void diagnose_away(Scan *scan, size_t size, const SymptomFacts *facts)
{
    Diagnosis *diagnosis = &scan->diagnosis;
    if (facts->has_console && !size)
        conclude(diagnosis, SYMPTOM_NO_CONSOLE,
                 g_strdup("nothing came from the console: is it cabled, and does the kernel's "
                          "command line name it?"));
    else if (facts->has_console && !diagnosis->started)
        conclude(diagnosis, SYMPTOM_BOOTLOADER,
                 g_strdup("firmware or boot loader spoke, and no kernel started"));
    else if (facts->ssh == SSH_REFUSED)
        conclude(diagnosis, SYMPTOM_SSH_REFUSED,
                 g_strdup("the machine answers on the network, and refuses ssh"));
    else if (facts->probe_offset && diagnosis->started)
        diagnose_probed(scan);
    else if (facts->ssh == SSH_NO_ANSWER && (diagnosis->has_userland || !facts->deadline_passed))
        conclude(diagnosis, SYMPTOM_NO_NETWORK,
                 g_strdup_printf(
                     "nothing answers on the network%s",
                     diagnosis->has_userland ? "; the console says that the system is up" : ""));
    else if (facts->deadline_passed)
        conclude(diagnosis, SYMPTOM_DEADLINE,
                 g_strdup_printf("the time for this boot is over%s",
                                 facts->has_console ? ", and its console does not say why"
                                                    : "; without a console nobody knows why"));
}

static void diagnose_facts(Scan *scan, size_t size, const SymptomFacts *facts)
{
    if (facts->power == ANSWER_NONE)
        conclude(&scan->diagnosis, SYMPTOM_NO_POWER, g_strdup("the power device does not answer"));
    else if (facts->ssh == SSH_GOOD)
        diagnose_reached(&scan->diagnosis, facts);
    else
        diagnose_away(scan, size, facts);
}

void symptom_diagnose(const char *console, size_t size, const SymptomFacts *facts,
                      Diagnosis *ret_diagnosis)
{
    bool is_away = facts->ssh == SSH_NO_ANSWER || facts->ssh == SSH_REFUSED;
    Scan scan = {.counts_weak = is_away || facts->deadline_passed || facts->benchmark_failed};
    scan_begin(&scan);
    if (console)
        scan_console(&scan, console, size, facts->probe_offset);
    if (!diagnose_signs(&scan, facts))
        diagnose_facts(&scan, size, facts);
    scan_end(&scan);
    *ret_diagnosis = scan.diagnosis;
}
