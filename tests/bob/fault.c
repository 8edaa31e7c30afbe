// bob/fault: logs of builds that failed, real ones but for their paths (tests/data/buildlogs).
#include "bob/fault.h"

#include <glib/gstdio.h>
#include <string.h>

static void log_says(const char *file, const char *kind, const char *words)
{
    g_autofree char *path =
        g_build_filename(g_getenv("MARVIN_SOURCE_DIR"), "tests/data/buildlogs", file, NULL);
    g_auto(Fault) fault = {0};
    fault_find(path, &fault);
    g_assert_cmpstr(fault.kind, ==, kind);
    g_assert_nonnull(fault.line);
    if (strstr(fault.line, words) == NULL)
        g_error("%s: '%s' has no '%s'", file, fault.line, words);
}

static void real_logs_are_told_apart(void)
{
    log_says("compiler-too-new-werror.log", "compiler-too-new", "[-Werror=use-after-free]");
    log_says("compiler-too-new-yylloc.log", "compiler-too-new", "multiple definition of `yylloc'");
    log_says("compiler-too-old.log", "compiler-too-old", "C compiler is too old.");
    log_says("config-defconfig.log", "config", "Can't find default configuration");
    log_says("missing-tool-bc.log", "missing-tool", "bc: not found");
    log_says("missing-tool-flex.log", "missing-tool", "flex: not found");
    log_says("missing-tool-libelf.log", "missing-tool", "gelf.h: No such file or directory");
    log_says("no-memory.log", "no-memory", "Killed signal terminated program cc1");
    log_says("no-space.log", "no-space", "No space left on device");
    log_says("source-link.log", "source", "undefined reference to `not_there'");
}

static void text_says(const char *text, const char *kind, const char *line)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("fault-XXXXXX", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_assert_true(g_close(fd, NULL));
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_auto(Fault) fault = {0};
    fault_find(path, &fault);
    g_unlink(path);
    g_assert_cmpstr(fault.kind, ==, kind);
    g_assert_cmpstr(fault.line, ==, line);
}

static void a_cause_counts_before_what_followed_from_it(void)
{
    text_says("a.c:1:1: error: x\nfoo: No space left on device\nb.c:2:2: error: y\n", "no-space",
              "foo: No space left on device");
    text_says("a.c:1:1: error: first\na.c:9:1: error: second\n", "source", "a.c:1:1: error: first");
    text_says("make[1]: *** [Makefile:3: x] Error 127\n/bin/sh: 1: bc: not found\n", "missing-tool",
              "/bin/sh: 1: bc: not found");
}

static void what_is_harmless_is_no_cause(void)
{
    text_says(
        "checking for foo.h: not found, going on\nx.c:1:2: fatal error: bar.h: No such file or "
        "directory\n",
        "source", "x.c:1:2: fatal error: bar.h: No such file or directory");
    text_says("dpkg-checkbuilddeps: error: Unmet build dependencies: debhelper-compat (= 12)\n",
              "missing-tool",
              "dpkg-checkbuilddeps: error: Unmet build dependencies: debhelper-compat (= 12)");
    text_says("error: Failed build dependencies:\n\telfutils-devel is needed by kernel\n",
              "missing-tool", "error: Failed build dependencies:");
    text_says("  CC      kernel/fork.o\nwarning: x\n", "unknown", "warning: x");
    text_says("", "unknown", NULL);
    text_says("ld: error: \033[2J\n", "source", "ld: error: \\x1b[2J");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fault/real logs", real_logs_are_told_apart);
    g_test_add_func("/fault/causes", a_cause_counts_before_what_followed_from_it);
    g_test_add_func("/fault/harmless", what_is_harmless_is_no_cause);
    return g_test_run();
}
