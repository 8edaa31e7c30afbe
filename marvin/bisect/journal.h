/*
 * The record of a bisection without a database: a file that is only appended to, one JSON object a
 * line. What is believed is a function of it alone, so a bisection goes on from it after anything;
 * a last line that was cut off by a kill is dropped. Not the evidence of queued bisections, which
 * is rows.
 *
 *     {"bisect": 1, "question": {..}, "machine": ".."}       the first line
 *     {"run": {"commit": HASH, "purpose": "search", "value": 1.25, "unit": "ms", "s": 0.8}, "t":
 * ..}
 *     {"failed": {"commit": HASH, "purpose": "search", "why": ".."}, "t": ..}   a run without a
 * value
 *     {"build": {"commit": HASH, "s": 31.5}, "t": ..}        with "why" where it failed
 *     {"untestable": {"commit": HASH, "why": ".."}, "t": ..}
 *     {"tip": {"tree": "reverted", "value": 1.2, ..}, "t": ..}   the new end with ("reverted") and
 *                                                            without ("whole") the culprit undone
 *     {"layout": {"commit": HASH, "value": 1.2, ..}, "t": ..}   built with another layout
 *     {"end": {"state": "found", "commit": HASH}, "t": ..}
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* What is asked: equal questions have one journal. Strings owned by the question. */
typedef struct {
    bool is_config; // two configuration files, not commits
    char *good_spec, *bad_spec; // as written; several goods joined by blanks
    char **goods; // the hashes they meant when it began; NULL-terminated
    char *bad;
    char **command; // NULL-terminated
    char *build; // or NULL
    char *metric_from; // or NULL
    char *better; // "lower", "higher", "exit" for exit codes
    bool find_fix;
    bool first_parent;
    char *inputs; // hashes of the files outside the tree that command names, "" for none
    char *trees; // where it is measured: "own" or "in-place"; NULL: a record that does not say
} Question;

void question_clear(Question *question);

/* A name for files, of all that the user wrote about what is searched (not of the hashes, inputs,
 * trees); g_free. */
char *question_name(const Question *question);

typedef enum {
    ENTRY_RUN,
    ENTRY_FAILED,
    ENTRY_BUILD,
    ENTRY_UNTESTABLE,
    ENTRY_TIP,
    ENTRY_LAYOUT,
    ENTRY_END
} EntryKind;

/* Strings owned by the entry; what a kind does not have is NULL or 0. */
typedef struct {
    EntryKind kind;
    gint64 time_s; // seconds since 1970
    char *commit; // full hash
    char *word; // of a run: its purpose; of a tip: its tree; end: the state
    char *why; // it failed; end: why nothing was reverted
    char *unit;
    double value;
    double seconds; // what it took
} Entry;

void entry_free(Entry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Entry, entry_free)

typedef struct Journal Journal;

/*
 * Opens or makes the file at path and locks it. ERROR_INPUT: it cannot be made, it is no journal,
 * or another process has it. Freed with journal_close().
 */
bool journal_open(const char *path, Journal **ret_journal, GError **error);
/* Only reads it, also while another process writes it. ERROR_INPUT: absent, or no journal. */
bool journal_read(const char *path, Journal **ret_journal, GError **error);
void journal_close(Journal *journal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Journal, journal_close)

/* Of a journal that has a first line, else NULL. Borrowed. */
const Question *journal_question(const Journal *journal);
const char *journal_machine(const Journal *journal);
/* Of Entry *, in their order; grows with journal_add(). Borrowed. */
const GPtrArray *journal_entries(const Journal *journal);
/* Whether an answer was given and nothing came after it. */
bool journal_has_ended(const Journal *journal);

/* Writes the first line of an empty journal. machine: where it is measured. */
bool journal_begin(Journal *journal, const Question *question, const char *machine, GError **error);

/* Moves what there is to PATH-TIME and leaves an empty journal, locked as before. ret_old (may be
 * NULL) gets where it went, NULL where there was nothing; g_free. */
bool journal_restart(Journal *journal, char **ret_old, GError **error);

/* Appends an entry, which is taken over; its time is now. */
bool journal_add(Journal *journal, Entry *entry, GError **error);
