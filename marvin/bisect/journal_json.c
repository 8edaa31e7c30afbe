// The lines of a journal as JSON.
#include "marvin/bisect/journal_json.h"

#include <math.h>
#include <string.h>

static const struct {
    EntryKind kind;
    const char *key, *word_key;
    bool has_commit, has_value;
} KINDS[] = {
    {ENTRY_RUN, "run", "purpose", true, true}, {ENTRY_FAILED, "failed", "purpose", true, false},
    {ENTRY_BUILD, "build", NULL, true, false}, {ENTRY_UNTESTABLE, "untestable", NULL, true, false},
    {ENTRY_TIP, "tip", "tree", false, true},   {ENTRY_LAYOUT, "layout", NULL, true, true},
    {ENTRY_END, "end", "state", false, false}};

// Arguments of a command are bytes; JSON holds UTF-8 only.
static json_t *string_format(const char *text)
{
    g_autofree char *valid = text ? g_utf8_make_valid(text, -1) : NULL;
    return valid ? json_string(valid) : json_null();
}

static json_t *strings_format(char *const *texts)
{
    json_t *array = json_array();
    for (char *const *t = texts; *t; t++)
        json_array_append_new(array, string_format(*t));
    return array;
}

json_t *question_format(const Question *q)
{
    json_t *json = json_pack(
        "{s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:o}", "config", (int)q->is_config,
        "good", string_format(q->good_spec), "bad", string_format(q->bad_spec), "goods",
        strings_format(q->goods), "bad_commit", string_format(q->bad), "command",
        strings_format(q->command), "build", string_format(q->build), "metric_from",
        string_format(q->metric_from), "better", string_format(q->better), "find_fix",
        (int)q->find_fix, "first_parent", (int)q->first_parent, "inputs", string_format(q->inputs));
    if (q->trees)
        json_object_set_new(json, "trees", string_format(q->trees));
    return json;
}

static char *string_parse(const json_t *json, const char *key)
{
    return g_strdup(json_string_value(json_object_get(json, key)));
}

static char **strings_parse(const json_t *json, const char *key)
{
    const json_t *array = json_object_get(json, key);
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *text = json_string_value(json_array_get(array, i));
        g_ptr_array_add(texts, g_strdup(text ? text : ""));
    }
    g_ptr_array_add(texts, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&texts), false);
}

bool question_parse(const json_t *json, Question *ret_question)
{
    Question q = {.is_config = json_is_true(json_object_get(json, "config")),
                  .good_spec = string_parse(json, "good"),
                  .bad_spec = string_parse(json, "bad"),
                  .goods = strings_parse(json, "goods"),
                  .bad = string_parse(json, "bad_commit"),
                  .command = strings_parse(json, "command"),
                  .build = string_parse(json, "build"),
                  .metric_from = string_parse(json, "metric_from"),
                  .better = string_parse(json, "better"),
                  .find_fix = json_is_true(json_object_get(json, "find_fix")),
                  .first_parent = json_is_true(json_object_get(json, "first_parent")),
                  .inputs = string_parse(json, "inputs"),
                  .trees = string_parse(json, "trees")};
    if (q.good_spec && q.bad_spec && q.bad && q.better && q.inputs && *q.command) {
        *ret_question = q;
        return true;
    }
    question_clear(&q);
    return false;
}

static void kind_format(json_t *what, gsize kind, const Entry *entry)
{
    if (entry->commit)
        json_object_set_new(what, "commit", json_string(entry->commit));
    if (KINDS[kind].word_key)
        json_object_set_new(what, KINDS[kind].word_key, string_format(entry->word));
    if (entry->why)
        json_object_set_new(what, "why", string_format(entry->why));
    if (KINDS[kind].has_value) {
        json_object_set_new(what, "value", json_real(entry->value));
        json_object_set_new(what, "unit", string_format(entry->unit ? entry->unit : ""));
    }
    if (entry->seconds > 0)
        json_object_set_new(what, "s", json_real(entry->seconds));
}

json_t *entry_format(const Entry *entry)
{
    json_t *line = json_object(), *what = json_object();
    for (gsize i = 0; i < G_N_ELEMENTS(KINDS); i++) {
        if (KINDS[i].kind != entry->kind)
            continue;
        kind_format(what, i, entry);
        json_object_set(line, KINDS[i].key, what);
    }
    json_decref(what);
    json_object_set_new(line, "t", json_integer(entry->time_s));
    return line;
}

static bool kind_parse(const json_t *what, gsize kind, Entry **ret_entry)
{
    const json_t *value = json_object_get(what, "value");
    if ((KINDS[kind].has_value && !json_is_number(value)) ||
        (KINDS[kind].has_commit && !json_is_string(json_object_get(what, "commit"))) ||
        (KINDS[kind].word_key && !json_is_string(json_object_get(what, KINDS[kind].word_key))))
        return false;
    Entry *entry = g_new0(Entry, 1);
    entry->kind = KINDS[kind].kind;
    entry->commit = string_parse(what, "commit");
    entry->word = KINDS[kind].word_key ? string_parse(what, KINDS[kind].word_key) : NULL;
    entry->why = string_parse(what, "why");
    entry->unit = string_parse(what, "unit");
    entry->value = json_number_value(value);
    entry->seconds = json_number_value(json_object_get(what, "s"));
    *ret_entry = entry;
    return true;
}

bool entry_parse(const json_t *json, Entry **ret_entry)
{
    for (gsize i = 0; i < G_N_ELEMENTS(KINDS); i++) {
        const json_t *what = json_object_get(json, KINDS[i].key);
        if (!json_is_object(what))
            continue;
        if (!kind_parse(what, i, ret_entry))
            return false;
        (*ret_entry)->time_s = json_integer_value(json_object_get(json, "t"));
        return true;
    }
    return false;
}
