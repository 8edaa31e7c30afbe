// common/settings: what is read, and what is said of what cannot be.
#include "common/settings.h"

#include <glib/gstdio.h>
#include <math.h>

#include "common/error.h"

static const SettingRow THING_ROWS[] = {
    {.name = "url", .required = true, .help = "where it is"},
    {.name = "words", .type = SETTING_WORDS, .preset = "a b"},
    {.name = "count", .type = SETTING_INT, .preset = "3", .min = 1, .max = 10},
    {.name = "margin", .type = SETTING_PERCENT},
    {.name = "deadline", .type = SETTING_DURATION, .preset = "6h"},
    {.name = "disk", .type = SETTING_SIZE},
    {.name = "quiet", .type = SETTING_BOOL, .preset = "no"},
    {.name = "kind", .type = SETTING_CHOICE, .choices = "big small"},
    {.name = "plausible", .type = SETTING_RANGE},
    {.name = "param.*"},
};
static const SettingRow TOP_ROWS[] = {{.name = "database"}};
static const SectionKind KINDS[] = {
    {.kind = "thing",
     .named = true,
     .folder = "things.d",
     .rows = THING_ROWS,
     .n_rows = G_N_ELEMENTS(THING_ROWS)},
    {.kind = "marvin", .rows = TOP_ROWS, .n_rows = G_N_ELEMENTS(TOP_ROWS)},
};

static char *write_temporary(const char *text)
{
    char *path = NULL;
    int fd = g_file_open_tmp("settings-XXXXXX", &path, NULL);
    g_close(fd, NULL);
    g_file_set_contents(path, text, -1, NULL);
    return path;
}

// The settings of a text; what was said of it, a line each, with FILE for the path.
static Settings *read_text(const char *text, char **ret_said)
{
    g_autofree char *path = write_temporary(text);
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    Settings *settings = NULL;
    g_assert_true(
        settings_read_file(path, KINDS, G_N_ELEMENTS(KINDS), &settings, complaints, NULL));
    g_autoptr(GString) said = g_string_new(NULL);
    for (guint i = 0; i < complaints->len; i++)
        g_string_append_printf(said, "%s\n", (char *)complaints->pdata[i]);
    g_string_replace(said, path, "FILE", 0);
    *ret_said = g_string_free(g_steal_pointer(&said), FALSE);
    g_unlink(path);
    return settings;
}

static void test_every_type_is_read(void)
{
    g_autofree char *said = NULL;
    g_autoptr(Settings) settings = read_text("# a comment\n"
                                             "[thing one]\n"
                                             "url = file:///x; y # z\n"
                                             "words =  left   right \n"
                                             "  count = 7\n"
                                             "margin = 2%\n"
                                             "disk = 10G\n"
                                             "quiet = yes\n"
                                             "kind = big\n"
                                             "plausible = 1..1e9\n"
                                             "param.size = 5\n"
                                             "[marvin]\n"
                                             "database = postgresql://db/marvin\n",
                                             &said);
    g_assert_cmpstr(said, ==, "");
    const Section *one = settings_find(settings, "thing", "one");
    g_assert_nonnull(one);
    g_assert_cmpstr(section_text(one, "url"), ==, "file:///x; y # z");
    g_assert_cmpstr(section_words(one, "words")[1], ==, "right");
    g_assert_null(section_words(one, "words")[2]);
    g_assert_cmpint(section_int(one, "count"), ==, 7);
    g_assert_cmpfloat(section_real(one, "margin"), ==, 0.02);
    g_assert_cmpfloat(section_real(one, "deadline"), ==, 21600);
    g_assert_cmpint(section_int(one, "disk"), ==, (int64_t)10 << 30);
    g_assert_true(section_bool(one, "quiet"));
    double low = 0, high = 0;
    section_range(one, "plausible", &low, &high);
    g_assert_cmpfloat(low, ==, 1);
    g_assert_cmpfloat(high, ==, 1e9);
    g_autofree const char **keys = section_keys(one, "param.");
    g_assert_cmpstr(keys[0], ==, "size");
    g_assert_null(keys[1]);
    g_assert_nonnull(settings_find(settings, "marvin", NULL));
}

static void test_presets_stand_in(void)
{
    g_autofree char *said = NULL;
    g_autoptr(Settings) settings = read_text("[thing one]\nurl = x\n", &said);
    const Section *one = settings_find(settings, "thing", "one");
    g_assert_false(section_has(one, "count"));
    g_assert_cmpint(section_int(one, "count"), ==, 3);
    g_assert_cmpstr(section_words(one, "words")[0], ==, "a");
    g_assert_true(isnan(section_real(one, "margin")));
    g_assert_cmpint(section_words(one, "words") == section_words(one, "words"), ==, true);
}

static void check_said(const char *text, const char *expected)
{
    g_autofree char *said = NULL;
    g_autoptr(Settings) settings = read_text(text, &said);
    g_assert_cmpstr(said, ==, expected);
    g_assert_null(settings_at(settings, "thing", 0));
}

static void test_each_fault_names_its_line(void)
{
    check_said("[thing a]\nurl = x\nmachnes = y\n", "FILE:3: unknown key 'machnes' in [thing a]; expected one of url, words, count, margin, deadline, disk, "
               "quiet, kind, plausible, param.*\n");
    check_said("[thing a]\nurl = x\ncuont = 1\n",
               "FILE:3: unknown key 'cuont' in [thing a]; did you mean 'count'?\n");
    check_said("[thing a]\nurl = x\nurl = y\n",
               "FILE:3: the key 'url' is there already, at FILE:2\n");
    check_said("[thing a]\nurl = x\n[thing a]\nurl = y\n",
               "FILE:3: the section [thing a] is there already, at FILE:1\n");
    check_said("[thnig a]\n", "FILE:1: unknown section [thnig a]; did you mean 'thing'?\n");
    check_said("[thing]\nurl = x\n",
               "FILE:1: the section [thing] needs a name of letters, digits and ._+- (64 at "
               "most), as in [thing home]\n");
    check_said("url = x\n",
               "FILE:1: the key 'url' stands before any section: begin one with [thing NAME]\n");
    check_said("[thing a]\n", "FILE:1: the section [thing a] lacks the key 'url' (where it is)\n");
    check_said("[thing a]\nurl = x\ncount = 11\n",
               "FILE:3: count = 11: expected a value from 1 to 10\n");
    check_said("[thing a]\nurl = x\ncount = 1.5\n",
               "FILE:3: count = 1.5: expected a whole number\n");
    check_said("[thing a]\nurl = x\nmargin = 2\n",
               "FILE:3: margin = 2: expected a percentage such as 2%\n");
    check_said("[thing a]\nurl = x\nquiet = maybe\n",
               "FILE:3: quiet = maybe: expected yes or no\n");
    check_said("[thing a]\nurl = x\nkind = huge\n",
               "FILE:3: kind = huge: expected one of big, small\n");
    check_said("[thing a]\nurl = x\nplausible = 9..1\n",
               "FILE:3: plausible = 9..1: expected LOW..HIGH\n");
    check_said("[thing a]\nurl = x\njust words\n",
               "FILE:3: expected [section], `key = value` or `# comment`\n");
    check_said("[thing a]\nurl = x\n[thing a",
               "FILE:3: expected nothing but [thing NAME] on this line\n");
}

static void test_one_bad_file_leaves_the_others(void)
{
    g_autofree char *folder = g_dir_make_tmp("settings-XXXXXX", NULL);
    g_autofree char *drop_ins = g_build_filename(folder, "things.d", NULL);
    g_autofree char *good = g_build_filename(drop_ins, "good.ini", NULL);
    g_autofree char *bad = g_build_filename(drop_ins, "bad.ini", NULL);
    g_mkdir(drop_ins, 0700);
    g_file_set_contents(good, "[thing good]\nurl = x\n", -1, NULL);
    g_file_set_contents(bad, "[thing bad]\nurl = x\ncolour = red\n", -1, NULL);
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Settings) settings =
        settings_read_folder(folder, KINDS, G_N_ELEMENTS(KINDS), complaints);
    g_assert_cmpint(complaints->len, ==, 1);
    g_assert_nonnull(settings_find(settings, "thing", "good"));
    g_assert_null(settings_find(settings, "thing", "bad"));
    g_assert_null(settings_at(settings, "thing", 1));
    g_unlink(good);
    g_unlink(bad);
    g_rmdir(drop_ins);
    g_rmdir(folder);
}

static void test_numbers_have_units(void)
{
    double value = -1;
    g_assert_true(setting_parse_number(SETTING_DURATION, "90m", &value));
    g_assert_cmpfloat(value, ==, 5400);
    g_assert_true(setting_parse_number(SETTING_DURATION, "250ms", &value));
    g_assert_cmpfloat_with_epsilon(value, 0.25, 1e-12);
    g_assert_false(setting_parse_number(SETTING_DURATION, "5 parsecs", &value));
    g_assert_false(setting_parse_number(SETTING_REAL, "nan", &value));
    g_assert_false(setting_parse_number(SETTING_REAL, "", &value));
    g_assert_false(setting_parse_number(SETTING_INT, "1x", &value));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/settings/every-type-is-read", test_every_type_is_read);
    g_test_add_func("/settings/presets-stand-in", test_presets_stand_in);
    g_test_add_func("/settings/each-fault-names-its-line", test_each_fault_names_its_line);
    g_test_add_func("/settings/one-bad-file-leaves-the-others",
                    test_one_bad_file_leaves_the_others);
    g_test_add_func("/settings/numbers-have-units", test_numbers_have_units);
    return g_test_run();
}
