// The record of a bisection without a database.
#include "marvin/bisect/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/error.h"
#include "common/hash.h"
#include "marvin/bisect/journal_json.h"

#define NAME_CHARS 12
#define BYTES_MAX (256 << 20)

struct Journal {
    char *path;
    int fd;
    bool has_question;
    Question question;
    char *machine;
    GPtrArray *entries;
};

void question_clear(Question *question)
{
    g_free(question->good_spec);
    g_free(question->bad_spec);
    g_strfreev(question->goods);
    g_free(question->bad);
    g_strfreev(question->command);
    g_free(question->build);
    g_free(question->metric_from);
    g_free(question->better);
    g_free(question->inputs);
    g_free(question->trees);
    memset(question, 0, sizeof *question);
}

char *question_name(const Question *question)
{
    Question asked = *question;
    char *none[] = {NULL};
    asked.goods = none;
    asked.bad = "";
    asked.inputs = "";
    asked.trees = NULL;
    json_t *json = question_format(&asked);
    char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    g_autofree char *hash = hash_string(text);
    free(text);
    json_decref(json);
    return g_strndup(hash, NAME_CHARS);
}

void entry_free(Entry *entry)
{
    if (!entry)
        return;
    g_free(entry->commit);
    g_free(entry->word);
    g_free(entry->why);
    g_free(entry->unit);
    g_free(entry);
}

static void entry_unref(gpointer entry)
{
    entry_free(entry);
}

static void journal_empty(Journal *journal)
{
    question_clear(&journal->question);
    journal->has_question = false;
    g_clear_pointer(&journal->machine, g_free);
    g_ptr_array_set_size(journal->entries, 0);
}

static bool line_read(Journal *journal, const char *line, gsize size)
{
    json_t *json = json_loadb(line, size, 0, NULL);
    bool ok = false;
    Entry *entry = NULL;
    if (json && !journal->has_question) {
        const char *machine = json_string_value(json_object_get(json, "machine"));
        ok = machine && question_parse(json_object_get(json, "question"), &journal->question);
        journal->has_question = ok;
        journal->machine = g_strdup(ok ? machine : NULL);
    } else if (json && entry_parse(json, &entry)) {
        g_ptr_array_add(journal->entries, entry);
        ok = true;
    }
    json_decref(json);
    return ok;
}

// A last line without an end was cut off by a kill: the file ends before it.
static bool lines_read(Journal *journal, const char *text, gsize size, GError **error)
{
    int number = 1;
    gsize at = 0;
    for (const char *end; (end = memchr(text + at, '\n', size - at)); number++) {
        gsize n = (gsize)(end - text) - at;
        if (!line_read(journal, text + at, n))
            return error_set(error, ERROR_INPUT,
                             "%s:%d: expected a line of a bisection's journal; remove the file or "
                             "give --restart.",
                             journal->path, number);
        at += n + 1;
    }
    if (at < size && journal->fd >= 0 && ftruncate(journal->fd, (off_t)at) != 0)
        return error_set(error, ERROR_INPUT, "%s: %s.", journal->path, g_strerror(errno));
    return true;
}

static bool file_open(Journal *journal, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(journal->path);
    if (g_mkdir_with_parents(folder, 0777) != 0)
        return error_set(error, ERROR_INPUT, "%s: cannot be made: %s.", folder, g_strerror(errno));
    journal->fd = open(journal->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (journal->fd < 0)
        return error_set(error, ERROR_INPUT, "%s: cannot be opened: %s.", journal->path,
                         g_strerror(errno));
    if (flock(journal->fd, LOCK_EX | LOCK_NB) != 0)
        return error_set(error, ERROR_INPUT,
                         "%s: another process works on this bisection; wait for it or stop it.",
                         journal->path);
    return true;
}

static Journal *journal_new(const char *path)
{
    Journal *journal = g_new0(Journal, 1);
    journal->path = g_strdup(path);
    journal->fd = -1;
    journal->entries = g_ptr_array_new_with_free_func(entry_unref);
    return journal;
}

static bool content_read(Journal *journal, GError **error)
{
    struct stat info;
    g_autofree char *text = NULL;
    gsize size = 0;
    if (stat(journal->path, &info) == 0 && info.st_size > BYTES_MAX)
        return error_set(error, ERROR_INPUT, "%s: is too large for a journal.", journal->path);
    return g_file_get_contents(journal->path, &text, &size, error) &&
           lines_read(journal, text, size, error);
}

bool journal_open(const char *path, Journal **ret_journal, GError **error)
{
    g_autoptr(Journal) journal = journal_new(path);
    if (!file_open(journal, error) || !content_read(journal, error))
        return false;
    *ret_journal = g_steal_pointer(&journal);
    return true;
}

bool journal_read(const char *path, Journal **ret_journal, GError **error)
{
    g_autoptr(Journal) journal = journal_new(path);
    if (!content_read(journal, error))
        return false;
    if (!journal->has_question)
        return error_set(error, ERROR_INPUT, "%s: is no journal of a bisection.", path);
    *ret_journal = g_steal_pointer(&journal);
    return true;
}

void journal_close(Journal *journal)
{
    if (!journal)
        return;
    journal_empty(journal);
    g_ptr_array_unref(journal->entries);
    if (journal->fd >= 0)
        close(journal->fd);
    g_free(journal->path);
    g_free(journal);
}

const Question *journal_question(const Journal *journal)
{
    return journal->has_question ? &journal->question : NULL;
}

const char *journal_machine(const Journal *journal)
{
    return journal->machine;
}

const GPtrArray *journal_entries(const Journal *journal)
{
    return journal->entries;
}

bool journal_has_ended(const Journal *journal)
{
    guint n = journal->entries->len;
    return n > 0 && ((const Entry *)journal->entries->pdata[n - 1])->kind == ENTRY_END;
}

// One write, so that a kill leaves a whole line or none, or at worst a part at the end.
static bool line_write(Journal *journal, json_t *json, GError **error)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17));
    g_autofree char *line = g_strconcat(text, "\n", NULL);
    free(text);
    gsize size = strlen(line);
    if (write(journal->fd, line, size) == (gssize)size)
        return true;
    return error_set(error, ERROR_INPUT, "%s: cannot be written: %s.", journal->path,
                     g_strerror(errno));
}

bool journal_begin(Journal *journal, const Question *question, const char *machine, GError **error)
{
    json_t *asked = question_format(question);
    json_t *json = json_pack("{s:i, s:O, s:s}", "bisect", 1, "question", asked, "machine", machine);
    bool ok = line_write(journal, json, error) && question_parse(asked, &journal->question);
    json_decref(json);
    json_decref(asked);
    journal->has_question = ok;
    journal->machine = g_strdup(machine);
    return ok;
}

bool journal_restart(Journal *journal, char **ret_old, GError **error)
{
    if (ret_old)
        *ret_old = NULL;
    if (!journal->has_question)
        return true;
    g_autofree char *time = clock_format(clock_unix_s());
    g_autofree char *old = g_strdup_printf("%s-%s", journal->path, time);
    if (rename(journal->path, old) != 0)
        return error_set(error, ERROR_INPUT, "%s: cannot be renamed: %s.", journal->path,
                         g_strerror(errno));
    if (ret_old)
        *ret_old = g_steal_pointer(&old);
    journal_empty(journal);
    close(journal->fd);
    return file_open(journal, error);
}

bool journal_add(Journal *journal, Entry *entry, GError **error)
{
    entry->time_s = clock_unix_s();
    json_t *json = entry_format(entry);
    bool ok = line_write(journal, json, error);
    json_decref(json);
    if (ok)
        g_ptr_array_add(journal->entries, entry);
    else
        entry_free(entry);
    return ok;
}
