#include "bob/buildlog.h"

#include <glib/gstdio.h>

static char *error_of(const char *log)
{
    g_autofree char *dir = g_dir_make_tmp("buildlog-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "log", NULL);
    g_assert_true(g_file_set_contents(path, log, -1, NULL));
    char *found = buildlog_find_error(path);
    g_unlink(path);
    g_rmdir(dir);
    return found;
}

static void assert_error(const char *log, const char *expected)
{
    g_autofree char *found = error_of(log);
    g_assert_cmpstr(found, ==, expected);
}

static void the_first_error_of_a_compiler_is_the_reason(void)
{
    assert_error("cc -c a.c\na.c: In function 'main':\na.c:3:5: error: 'x' undeclared\n"
                 "a.c:4:5: error: 'y' undeclared\nmake: *** [Makefile:2: a.o] Error 1\n",
                 "a.c:3:5: error: 'x' undeclared");
    assert_error("ld: a.o: in function `f':\na.c:(.text+0x5): undefined reference to `g'\n"
                 "collect2: error: ld returned 1 exit status\n",
                 "a.c:(.text+0x5): undefined reference to `g'");
}

static void without_one_a_weaker_word_is(void)
{
    assert_error("starting\nsh: 1: flex: not found\nmake[1]: *** [scripts/lex.c] Error 127\n"
                 "make: *** Waiting for unfinished jobs....\n",
                 "sh: 1: flex: not found");
}

static void else_the_last_line_is(void)
{
    assert_error("one\ntwo\n\n  \n", "two");
    assert_error("", NULL);
    g_autofree char *none = buildlog_find_error("/nonexistent/log");
    g_assert_null(none);
}

static void what_is_shown_is_short_and_safe(void)
{
    g_autofree char *many = g_strnfill(100000, 'x');
    g_autofree char *log = g_strconcat("error: \x1b[31m\xff ", many, "\n", NULL);
    g_autofree char *found = error_of(log);
    g_assert_true(g_str_has_prefix(found, "error: \\x1b[31m\\xff x"));
    g_assert_cmpuint(strlen(found), <, 300);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/buildlog/compilers", the_first_error_of_a_compiler_is_the_reason);
    g_test_add_func("/buildlog/weaker words", without_one_a_weaker_word_is);
    g_test_add_func("/buildlog/last line", else_the_last_line_is);
    g_test_add_func("/buildlog/safe", what_is_shown_is_short_and_safe);
    return g_test_run();
}
