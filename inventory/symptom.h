/*
 * What went wrong with a boot, told apart from what the console printed and from a few facts. A
 * pure function: text and answers go in, a name and its evidence come out. It asks no device and
 * decides nothing about a machine (inventory/health.h does that); a kernel that does not boot is a
 * finding about that kernel.
 *
 * The earliest sign wins over what followed from it: an oops that became a panic is an oops, and
 * the panic is named behind it. Where the console shows no sign, the facts decide, the nearest to
 * the hardware first. Patterns are data: inventory/symptom_table.c.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    SYMPTOM_NONE,
    SYMPTOM_NO_POWER, // the power device gives no answer
    SYMPTOM_NO_CONSOLE, // not one byte came
    SYMPTOM_BOOTLOADER, // firmware or boot loader never started a kernel
    SYMPTOM_PANIC,
    SYMPTOM_OOPS,
    SYMPTOM_HUNG_TASK,
    SYMPTOM_RCU_STALL,
    SYMPTOM_SOFT_LOCKUP, // and hard lockups that the kernel itself reports
    SYMPTOM_OUT_OF_MEMORY,
    SYMPTOM_NO_SPACE,
    SYMPTOM_HANG, // proved: it was asked and answered, or gave no answer where it could have
    SYMPTOM_NO_NETWORK, // the system is up and cannot be reached
    SYMPTOM_SSH_REFUSED,
    SYMPTOM_WRONG_KERNEL, // it came back with another kernel than the one under test
    SYMPTOM_BENCHMARK_FAILED,
    SYMPTOM_DEADLINE, // time is over, and nothing says why
} Symptom;

/* "kernel panic", "hung task": as stored in run.finding. Static. */
const char *symptom_name(Symptom symptom);
/* The reverse; false for any other text. */
bool symptom_parse(const char *name, Symptom *ret_symptom);

/* What was asked of the machine and what came back. Zero everywhere: nothing was asked. */
typedef enum { ANSWER_NOT_ASKED, ANSWER_NONE, ANSWER_GOOD } Answer;
typedef enum { SSH_NOT_TRIED, SSH_NO_ANSWER, SSH_REFUSED, SSH_GOOD } SshAnswer;

typedef struct {
    Answer power; // of the power device, not of the machine
    bool has_console;
    SshAnswer ssh; // the last answer; refused: by the port, or the login was
    const char *expected; // release under test, as uname -r says it; NULL: any
    const char *running; // what uname -r said; NULL: not asked
    bool build_id_differs; // same release, another build
    bool deadline_passed;
    const char *benchmark_failed; // what failed, as a sentence; NULL: none
    size_t probe_offset; // console bytes before we asked the kernel to show its state (NMI, sysrq):
                         // what follows is its answer and no sign; 0: not asked
} SymptomFacts;

/* One line of the console that says something. */
typedef struct {
    Symptom symptom;
    int line; // from 1
    double at_s; // the kernel's own clock; NaN where the line has none
    char *release; // of the kernel that printed it; NULL before the first
    char *text; // the line without its time stamps, control characters escaped
} SymptomSign;

/* Cleared with diagnosis_clear(). */
typedef struct {
    Symptom symptom; // NONE: nothing is wrong
    char *sentence; // what, and the evidence, for people; NULL for NONE
    GArray *signs; // of SymptomSign in the order of time, each symptom once for each kernel
    char *started; // release of the last kernel that printed its version; NULL: none
    bool has_userland; // a login prompt or a started service was seen after that
} Diagnosis;

void diagnosis_clear(Diagnosis *diagnosis);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Diagnosis, diagnosis_clear)

/*
 * console: what was captured since the power or reboot that began this boot, size bytes of anything
 * (time stamps of a capture and of the kernel are skipped); NULL for none. Looks at the first and
 * the last 4 MiB.
 */
void symptom_diagnose(const char *console, size_t size, const SymptomFacts *facts,
                      Diagnosis *ret_diagnosis);

/* A row of the patterns. strong: the line alone is a sign. Others count only where facts say that
 * something is wrong. */
typedef struct {
    Symptom symptom;
    bool is_strong;
    const char *pattern; // Perl regular expression, on the line without time stamps
} SymptomPattern;

extern const SymptomPattern SYMPTOM_PATTERNS[];
extern const size_t N_SYMPTOM_PATTERNS;
