// common/settings: what is read, and what is said of what cannot be.
#include "common/settings.h"

#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    check_said("[thing a]\nurl = x\nmachnes = y\n",
               "FILE:3: unknown key 'machnes' in [thing a]; expected one of url, words, count, "
               "margin, deadline, disk, "
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

static void test_long_values_are_kept_whole(void)
{
    g_autoptr(GString) words = g_string_new(NULL);
    for (int i = 0; i < 3000; i++)
        g_string_append_printf(words, "%sw%d;  # äö", i ? " " : "", i);
    g_autofree char *text = g_strdup_printf("[thing one]\nurl = %s\ncount = 11\n", words->str);
    g_autofree char *said = NULL;
    g_autoptr(Settings) refused = read_text(text, &said);
    g_assert_cmpstr(said, ==, "FILE:3: count = 11: expected a value from 1 to 10\n");
    g_autofree char *good = g_strdup_printf("[thing one]\ncount = 1\nurl = %s", words->str);
    g_autofree char *nothing = NULL;
    g_autoptr(Settings) settings = read_text(good, &nothing);
    g_assert_cmpstr(nothing, ==, "");
    g_assert_cmpstr(section_text(settings_find(settings, "thing", "one"), "url"), ==, words->str);
}

static void test_files_of_other_systems_are_read(void)
{
    g_autofree char *said = NULL;
    g_autoptr(Settings) settings = read_text(
        "\xef\xbb\xbf[thing one]\r\n\turl = C:\\x = y\r\n\r\n  # note\r\nparam.a =\r\n", &said);
    g_assert_cmpstr(said, ==, "");
    const Section *one = settings_find(settings, "thing", "one");
    g_assert_cmpstr(section_text(one, "url"), ==, "C:\\x = y");
    g_assert_cmpstr(section_text(one, "param.a"), ==, "");
    g_assert_true(section_has(one, "param.a"));
}

static void test_lines_that_are_no_settings_are_complained_of(void)
{
    check_said("[thing a]\nurl = x\x1b[31m\n", "FILE:2: the line holds a control character\n"
                                               "FILE:1: the section [thing a] lacks the key 'url' "
                                               "(where it is)\n");
    check_said("[thing a]\nurl = x\nkind = \xff\n", "FILE:3: the line is no UTF-8\n");
    check_said("[thing a]\nurl = x\n; note\n", "FILE:3: a comment begins with `#`\n");
    check_said("[thing a]\nurl = x\nkind: big\n",
               "FILE:3: expected [section], `key = value` or `# comment`\n");
    check_said("[thing a]\nurl = x\nki nd = big\n",
               "FILE:3: 'ki nd' is no key: expected letters, digits and ._+-\n");
    g_autofree char *endless = g_strnfill(60, 'x');
    g_autofree char *text = g_strdup_printf("[thing a]\nurl = x\nparam.%s = 1\n", endless);
    check_said(text, "FILE:3: the key is longer than 49 bytes\n");
    check_said("[marvin x]\n", "FILE:1: the section [marvin] takes no name\n");
    check_said("[thing a] # x\nurl = x\n",
               "FILE:1: expected nothing but [thing NAME] on this line\n");
    check_said("[thing a;b]\nurl = x\n",
               "FILE:1: the section [thing a;b] needs a name of letters, digits and ._+- (64 at "
               "most), as in [thing home]\n");
}

static void test_all_faults_of_a_file_are_told(void)
{
    check_said("[thing a]\nurl = x\ncount = x\ndisk = 1Q\ndeadline = -5\nquiet = true\n",
               "FILE:3: count = x: expected a whole number\n"
               "FILE:4: disk = 1Q: expected a size such as 512M or 10G\n"
               "FILE:5: deadline = -5: expected a duration such as 90s, 5m, 6h or 2d\n"
               "FILE:6: quiet = true: expected yes or no\n");
}

static void assert_unreadable(const char *text, gssize size, const char *pattern)
{
    g_autofree char *path = write_temporary("");
    g_file_set_contents(path, text, size, NULL);
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    Settings *untouched = NULL;
    g_assert_false(
        settings_read_file(path, KINDS, G_N_ELEMENTS(KINDS), &untouched, complaints, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_assert_true(g_pattern_match_simple(pattern, error->message));
    g_assert_null(untouched);
    g_unlink(path);
}

static void test_what_is_no_settings_file_is_refused(void)
{
    g_autofree char *large = g_strnfill((1 << 20) + 1, '\n');
    assert_unreadable(large, -1, "*larger than 1 MiB");
    assert_unreadable("[thing a]\0", 10, "*NUL byte");
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    Settings *untouched = NULL;
    g_assert_false(settings_read_file("/dev", KINDS, 2, &untouched, complaints, &error));
    g_assert_cmpstr(error->message, ==, "/dev is not a file that can be read");
}

static char *print_text(const Settings *settings)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    settings_print(settings, out);
    fclose(out);
    return text;
}

static void test_what_is_printed_tells_origins_and_reads_back(void)
{
    g_autofree char *said = NULL;
    g_autoptr(Settings) settings =
        read_text("[thing one]\nurl = x ; y\nparam.b = 2\n[marvin]\n", &said);
    section_words(settings_find(settings, "thing", "one"), "words"); // stays a preset
    g_autofree char *printed = print_text(settings);
    if (!g_pattern_match_simple("[thing one]\n# *:2\nurl = x ; y\n# *:3\nparam.b = 2\n"
                                "# preset\nwords = a b\n# preset\ncount = 3\n"
                                "# preset\ndeadline = 6h\n# preset\nquiet = no\n\n[marvin]\n",
                                printed))
        g_error("printed: %s", printed);
    g_autofree char *again_said = NULL;
    g_autoptr(Settings) again = read_text(printed, &again_said);
    g_assert_cmpstr(again_said, ==, "");
    const Section *one = settings_find(again, "thing", "one");
    g_assert_cmpstr(section_text(one, "url"), ==, "x ; y");
    g_assert_cmpint(section_int(one, "count"), ==, 3);
}

static void test_presets_have_no_origin_of_their_own(void)
{
    g_autofree char *said = NULL;
    g_autoptr(Settings) settings = read_text("# top\n[thing one]\nurl = x\nparam. = 1\n", &said);
    g_assert_cmpstr(said, !=, ""); // a * stands for one character at least
    g_autofree char *nothing = NULL;
    g_autoptr(Settings) good = read_text("# top\n[thing one]\nurl = x\n", &nothing);
    const Section *one = settings_find(good, "thing", "one");
    section_words(one, "words");
    g_assert_false(section_has(one, "words"));
    g_assert_true(g_str_has_suffix(section_origin(one, "words"), ":2"));
    g_assert_true(g_str_has_suffix(section_origin(one, "url"), ":3"));
    g_assert_true(g_str_has_suffix(section_origin(one, NULL), ":2"));
    g_assert_true(g_str_has_prefix(section_origin(one, NULL), section_file(one)));
    g_assert_cmpstr(section_name(one), ==, "one");
    const Section *top = settings_add_presets(good, &KINDS[1]);
    g_assert_true(top == settings_find(good, "marvin", NULL));
    g_assert_null(section_text(top, "database"));
    double low = 0, high = 0;
    section_range(one, "plausible", &low, &high);
    g_assert_true(isinf(low) && low < 0 && isinf(high) && high > 0);
}

static void test_a_section_in_two_files_is_complained_of(void)
{
    g_autofree char *folder = g_dir_make_tmp("settings-XXXXXX", NULL);
    g_autofree char *drop_ins = g_build_filename(folder, "things.d", NULL);
    g_autofree char *top = g_build_filename(folder, "marvin.ini", NULL);
    g_autofree char *second = g_build_filename(drop_ins, "a.ini", NULL);
    g_autofree char *hidden = g_build_filename(drop_ins, ".b.ini", NULL);
    g_mkdir(drop_ins, 0700);
    g_file_set_contents(top, "[marvin]\n[thing a]\nurl = top\n", -1, NULL);
    g_file_set_contents(second, "[thing a]\nurl = second\n[thing b]\nurl = b\n", -1, NULL);
    g_file_set_contents(hidden, "nonsense", -1, NULL);
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Settings) settings =
        settings_read_folder(folder, KINDS, G_N_ELEMENTS(KINDS), complaints);
    g_assert_cmpint(complaints->len, ==, 1);
    g_autofree char *expected =
        g_strdup_printf("%s:1: the section [thing a] is there already, at %s:2", second, top);
    g_assert_cmpstr(complaints->pdata[0], ==, expected);
    g_assert_cmpstr(section_text(settings_at(settings, "thing", 0), "url"), ==, "top");
    g_assert_cmpstr(section_name(settings_at(settings, "thing", 1)), ==, "b");
    g_unlink(top);
    g_unlink(second);
    g_unlink(hidden);
    g_rmdir(drop_ins);
    g_rmdir(folder);
}

static void test_folders_are_where_the_variables_say(void)
{
    g_setenv("MARVIN_CONFIG", "/x/../config", true);
    g_setenv("MARVIN_HOME", "/state", true);
    g_autofree char *config = settings_config_folder(), *state = settings_state_folder();
    g_assert_cmpstr(config, ==, "/config");
    g_assert_cmpstr(state, ==, "/state");
    g_unsetenv("MARVIN_CONFIG");
    g_unsetenv("MARVIN_HOME");
    g_autofree char *other = settings_config_folder();
    g_assert_true(g_str_has_suffix(other, "/marvin"));
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
    g_test_add_func("/settings/long-values", test_long_values_are_kept_whole);
    g_test_add_func("/settings/other-systems", test_files_of_other_systems_are_read);
    g_test_add_func("/settings/no-settings", test_lines_that_are_no_settings_are_complained_of);
    g_test_add_func("/settings/all-faults", test_all_faults_of_a_file_are_told);
    g_test_add_func("/settings/no-file", test_what_is_no_settings_file_is_refused);
    g_test_add_func("/settings/print", test_what_is_printed_tells_origins_and_reads_back);
    g_test_add_func("/settings/origins", test_presets_have_no_origin_of_their_own);
    g_test_add_func("/settings/two-files", test_a_section_in_two_files_is_complained_of);
    g_test_add_func("/settings/folders", test_folders_are_where_the_variables_say);
    return g_test_run();
}
