// The record of a bisection without a database.
#include "marvin/bisect/journal.h"

#include <string.h>

#include "common/error.h"
#include "tests/common/scratch.h"

static Question question(void)
{
    static char *goods[] = {(char *)(guintptr) "aaaa", NULL},
                *command[] = {(char *)(guintptr) "./bench", (char *)(guintptr) "-n 3",
                              (char *)(guintptr) "\xff", NULL};
    return (Question){.good_spec = (char *)(guintptr) "v1",
                      .bad_spec = (char *)(guintptr) "v2",
                      .goods = goods,
                      .bad = (char *)(guintptr) "bbbb",
                      .command = command,
                      .metric_from = (char *)(guintptr) "t=(.*)",
                      .better = (char *)(guintptr) "lower",
                      .inputs = (char *)(guintptr) "",
                      .trees = (char *)(guintptr) "own"};
}

static Journal *open_need(Scratch *scratch)
{
    g_autoptr(GError) error = NULL;
    Journal *journal = NULL;
    journal_open(scratch_path(scratch, "s/q.jsonl"), &journal, &error);
    g_assert_no_error(error);
    return journal;
}

static void add(Journal *journal, EntryKind kind, const char *commit, const char *word,
                double value)
{
    g_autoptr(GError) error = NULL;
    Entry *entry = g_new0(Entry, 1);
    entry->kind = kind;
    entry->commit = g_strdup(commit);
    entry->word = g_strdup(word);
    entry->value = value;
    entry->seconds = 0.5;
    entry->unit = g_strdup("ms");
    journal_add(journal, entry, &error);
    g_assert_no_error(error);
}

// A journal with two entries.
static void journal_make(Scratch *scratch)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Journal) journal = open_need(scratch);
    g_assert_null(journal_question(journal));
    Question asked = question();
    g_assert_true(journal_begin(journal, &asked, "desk", &error));
    add(journal, ENTRY_RUN, "cccc", "search", 1.0 / 3);
    add(journal, ENTRY_END, NULL, "found", 0);
}

static void what_was_written_is_read_again(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    journal_make(scratch);
    g_autoptr(Journal) journal = open_need(scratch);
    const Question *q = journal_question(journal);
    g_assert_cmpstr(q->good_spec, ==, "v1");
    g_assert_cmpstr(q->goods[0], ==, "aaaa");
    g_assert_cmpstr(q->command[1], ==, "-n 3");
    g_assert_cmpstr(q->trees, ==, "own");
    g_assert_null(q->build);
    g_assert_cmpstr(journal_machine(journal), ==, "desk");
    g_assert_cmpint(journal_entries(journal)->len, ==, 2);
    const Entry *run = journal_entries(journal)->pdata[0];
    g_assert_cmpint(run->kind, ==, ENTRY_RUN);
    g_assert_cmpstr(run->word, ==, "search");
    g_assert_cmpstr(run->unit, ==, "ms");
    g_assert_cmpfloat(run->value, ==, 1.0 / 3);
    g_assert_cmpint(run->time_s, >, 1600000000);
    g_assert_true(journal_has_ended(journal));
    add(journal, ENTRY_RUN, "dddd", "search", 2);
    g_assert_false(journal_has_ended(journal));
}

static void a_line_that_a_kill_cut_off_is_dropped(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    journal_make(scratch);
    g_autofree char *text = scratch_read(scratch, "s/q.jsonl");
    g_autofree char *cut = g_strconcat(text, "{\"run\":{\"commit\":\"cc", NULL);
    scratch_write(scratch, "s/q.jsonl", cut);
    g_autoptr(Journal) journal = open_need(scratch);
    g_assert_cmpint(journal_entries(journal)->len, ==, 2);
    add(journal, ENTRY_RUN, "dddd", "search", 2);
    g_autoptr(Journal) reader = NULL;
    g_assert_true(journal_read(scratch_path(scratch, "s/q.jsonl"), &reader, NULL));
    g_assert_cmpint(journal_entries(reader)->len, ==, 3);
}

static void a_foreign_line_is_named(void)
{
    static const char *const LINES[] = {"hello\n", "{\"run\":{\"commit\":\"cc\"}}\n", "{}\n",
                                        "{\"run\":{\"value\":1,\"purpose\":\"search\"}}\n", "[]\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(LINES); i++) {
        g_autoptr(Scratch) scratch = scratch_new();
        g_autoptr(GError) error = NULL;
        journal_make(scratch);
        g_autofree char *text = scratch_read(scratch, "s/q.jsonl");
        g_autofree char *bad = g_strconcat(text, LINES[i], NULL);
        scratch_write(scratch, "s/q.jsonl", bad);
        Journal *journal = NULL;
        g_assert_false(journal_open(scratch_path(scratch, "s/q.jsonl"), &journal, &error));
        g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
        g_assert_nonnull(strstr(error->message, "q.jsonl:4: "));
    }
}

static void one_process_writes_and_others_read(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(GError) error = NULL;
    journal_make(scratch);
    g_autoptr(Journal) journal = open_need(scratch);
    Journal *second = NULL;
    g_assert_false(journal_open(scratch_path(scratch, "s/q.jsonl"), &second, &error));
    g_assert_nonnull(strstr(error->message, "another process"));
    g_autoptr(Journal) reader = NULL;
    g_assert_true(journal_read(scratch_path(scratch, "s/q.jsonl"), &reader, NULL));
    g_autofree char *old = NULL, *none = NULL;
    g_assert_true(journal_restart(journal, &old, NULL));
    g_assert_true(g_file_test(old, G_FILE_TEST_EXISTS));
    g_assert_true(journal_restart(journal, &none, NULL));
    g_assert_null(none);
    g_assert_null(journal_question(journal));
    g_assert_cmpint(journal_entries(journal)->len, ==, 0);
}

static void questions_are_equal_by_what_was_written(void)
{
    Question a = question(), b = question(), c = question(), d = question();
    b.bad = (char *)(guintptr) "moved";
    b.trees = (char *)(guintptr) "in-place";
    c.better = (char *)(guintptr) "higher";
    d.first_parent = true;
    g_autofree char *name = question_name(&a), *moved = question_name(&b);
    g_autofree char *other = question_name(&c), *parents = question_name(&d);
    g_assert_cmpstr(name, ==, moved);
    g_assert_cmpstr(name, !=, other);
    g_assert_cmpstr(name, !=, parents);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/journal/read", what_was_written_is_read_again);
    g_test_add_func("/journal/cut", a_line_that_a_kill_cut_off_is_dropped);
    g_test_add_func("/journal/foreign", a_foreign_line_is_named);
    g_test_add_func("/journal/lock", one_process_writes_and_others_read);
    g_test_add_func("/journal/name", questions_are_equal_by_what_was_written);
    return g_test_run();
}
