#include "common/archive.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/hash.h"
#include "tests/common/scratch.h"

#define LIMIT (10 * 1000 * 1000)

static BlobInfo dir_pack(Scratch *scratch, const char *dir, const char *file)
{
    BlobInfo info = {0};
    g_autoptr(GError) error = NULL;
    int fd = open(scratch_path(scratch, file), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    archive_pack_fd(fd, scratch_path(scratch, dir), LIMIT, &info, &error);
    g_assert_no_error(error);
    close(fd);
    return info;
}

static void tree_make(Scratch *scratch, const char *dir)
{
    g_autofree char *script = g_strdup_printf(
        "mkdir -p %s/sub/empty %s/ro && cd %s && echo one > a && echo two > sub/b && : > "
        "sub/nothing "
        "&& chmod 755 sub/b && ln -s ../a sub/link && ln -s /nowhere dangling && ln a hard "
        "&& echo locked > ro/f && chmod 555 ro && printf x > \"$(printf 'name "
        "\\303\\274\\377\\n')\"",
        dir, dir, dir);
    g_free(scratch_run(scratch, "sh", "-c", script, NULL));
}

static void a_folder_comes_back_as_it_was(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_make(scratch, "in");
    BlobInfo packed = dir_pack(scratch, "in", "t.tar.zst");
    g_autoptr(GError) error = NULL;
    archive_unpack(scratch_path(scratch, "t.tar.zst"), scratch_path(scratch, "out"), LIMIT, &error);
    g_assert_no_error(error);
    g_free(scratch_run(scratch, "diff", "-r", "--no-dereference", "in", "out", NULL));
    const char *list = "cd \"$1\" && find . ! -type l -printf '%p %m\\n' | sort";
    g_autofree char *in = scratch_run(scratch, "sh", "-c", list, "sh", "in", NULL);
    g_autofree char *out = scratch_run(scratch, "sh", "-c", list, "sh", "out", NULL);
    g_assert_cmpstr(in, ==, out);
    BlobInfo again = dir_pack(scratch, "out", "u.tar.zst");
    g_assert_cmpstr(packed.hash, ==, again.hash);
}

static void the_same_tree_made_otherwise_has_the_same_hash(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_make(scratch, "in");
    BlobInfo first = dir_pack(scratch, "in", "1");
    g_free(scratch_run(scratch, "sh", "-c",
                       "mkdir x && cp -p --no-preserve=links -RP in/sub x/ && cp -p -RP in/[!s]* x/"
                       " && touch -d 2001-01-01 x/a x/sub && mkfifo x/pipe",
                       NULL));
    BlobInfo second = dir_pack(scratch, "x", "2");
    g_assert_cmpstr(first.hash, ==, second.hash);
    scratch_write(scratch, "x/a", "another");
    BlobInfo third = dir_pack(scratch, "x", "3");
    g_assert_cmpstr(first.hash, !=, third.hash);
}

static void gnu_tar_reads_the_stream(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_make(scratch, "in");
    g_autofree char *deep = g_strnfill(200, 'd');
    g_autofree char *name = g_strdup_printf("in/%s/%s", deep, deep);
    scratch_write(scratch, name, "far down");
    g_autoptr(GError) error = NULL;
    archive_pack(scratch_path(scratch, "in"), scratch_path(scratch, "t"), 0, &error);
    g_assert_no_error(error);
    int fd = open(scratch_path(scratch, "plain.tar"), O_WRONLY | O_CREAT, 0644);
    archive_stream(scratch_path(scratch, "t"), fd, LIMIT, &error);
    g_assert_no_error(error);
    close(fd);
    scratch_mkdir(scratch, "out");
    g_free(scratch_run(scratch, "tar", "-xmf", "plain.tar", "-C", "out", NULL));
    g_free(scratch_run(scratch, "diff", "-r", "--no-dereference", "in", "out", NULL));
}

static void tars_of_others_are_unpacked(void)
{
    static const char *const commands[] = {"tar -cf t in", "tar -czf t in", "tar -cJf t ./in",
                                           "tar --format=pax -cf t in"};
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_autoptr(Scratch) scratch = scratch_new();
        scratch_write(scratch, "in/sub/a", "text");
        scratch_write(scratch, "in/\303\274", "u with dots");
        g_free(scratch_run(scratch, "sh", "-c", commands[i], NULL));
        g_autoptr(GError) error = NULL;
        archive_unpack(scratch_path(scratch, "t"), scratch_path(scratch, "out"), LIMIT, &error);
        g_assert_no_error(error);
        g_free(scratch_run(scratch, "diff", "-r", "in", "out/in", NULL));
    }
}

// A tar made by hand: what a hostile one may hold.
static void hostile_tar_write(Scratch *scratch, const char *const (*items)[3])
{
    g_autoptr(GString) tar = g_string_new(NULL);
    for (; (*items)[0]; items++) {
        char head[512] = {0};
        g_strlcpy(head, (*items)[0], 100);
        memcpy(head + 100, "0006755", 8);
        memcpy(head + 108, "0000000", 8);
        memcpy(head + 116, "0000000", 8);
        bool is_file = *(*items)[1] == '0';
        memcpy(head + 124, is_file ? "00000000004" : "00000000000", 12);
        memcpy(head + 136, "00000000000", 12);
        head[156] = *(*items)[1];
        g_strlcpy(head + 157, (*items)[2], 100);
        memcpy(head + 257, "ustar\00000", 8);
        memset(head + 148, ' ', 8);
        guint sum = 0;
        for (guint i = 0; i < sizeof head; i++)
            sum += (guchar)head[i];
        g_snprintf(head + 148, 8, "%06o", sum);
        g_string_append_len(tar, head, sizeof head);
        char body[512] = "evil";
        if (is_file)
            g_string_append_len(tar, body, sizeof body);
    }
    char end[1024] = {0};
    g_string_append_len(tar, end, sizeof end);
    g_assert_true(
        g_file_set_contents(scratch_path(scratch, "evil.tar"), tar->str, (gssize)tar->len, NULL));
}

static void nothing_is_written_outside_of_the_folder(void)
{
    // clang-format off
    static const char *const cases[][4][3] = {
        {{"../escaped", "0", ""}},
        {{"a/../../escaped", "0", ""}},
        {{"/tmp/marvin-test-escaped", "0", ""}},
        {{"d", "2", ".."}, {"d/escaped", "0", ""}},
        {{"d", "2", "/tmp"}, {"d", "5", ""}, {"d/escaped", "0", ""}},
        {{"f", "2", "../escaped"}, {"f", "0", ""}},
        {{"f", "0", ""}, {"f", "0", ""}},
        {{"f", "0", ""}, {"f/g", "0", ""}},
        {{"f", "1", "../secret"}},
        {{"p", "6", ""}},
        {{"c", "3", ""}},
    };
    // clang-format on
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Scratch) scratch = scratch_new();
        scratch_write(scratch, "secret", "untouched");
        hostile_tar_write(scratch, cases[i]);
        g_autoptr(GError) error = NULL;
        g_assert_false(archive_unpack(scratch_path(scratch, "evil.tar"),
                                      scratch_path(scratch, "out"), LIMIT, &error));
        g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
        g_assert_false(scratch_exists(scratch, "escaped"));
        g_assert_false(g_file_test("/tmp/escaped", G_FILE_TEST_EXISTS));
        g_assert_false(g_file_test("/tmp/marvin-test-escaped", G_FILE_TEST_EXISTS));
        g_autofree char *secret = scratch_read(scratch, "secret");
        g_assert_cmpstr(secret, ==, "untouched");
    }
}

static void set_id_bits_are_dropped(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    static const char *const items[][3] = {{"f", "0", ""}, {"d", "5", ""}, {NULL}};
    hostile_tar_write(scratch, items);
    g_autoptr(GError) error = NULL;
    archive_unpack(scratch_path(scratch, "evil.tar"), scratch_path(scratch, "out"), LIMIT, &error);
    g_assert_no_error(error);
    g_autofree char *modes = scratch_run(scratch, "stat", "-c", "%a", "out/f", "out/d", NULL);
    g_assert_cmpstr(modes, ==, "755\n755");
}

static void a_folder_above_the_limit_is_refused_and_leaves_nothing(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autofree char *text = g_strnfill(100000, 'x');
    scratch_write(scratch, "in/f", text);
    g_autoptr(GError) error = NULL;
    g_assert_false(
        archive_pack(scratch_path(scratch, "in"), scratch_path(scratch, "t"), 99999, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, "99999"));
    g_assert_nonnull(strstr(error->message, scratch_path(scratch, "in")));
    g_assert_false(scratch_exists(scratch, "t"));

    g_assert_true(archive_pack(scratch_path(scratch, "in"), scratch_path(scratch, "t"), 0, NULL));
    g_clear_error(&error);
    g_assert_false(
        archive_unpack(scratch_path(scratch, "t"), scratch_path(scratch, "out"), 99999, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
}

static void a_sparse_bomb_meets_the_limit(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_free(
        scratch_run(scratch, "sh", "-c", "truncate -s 100G hole && tar -cSf bomb.tar hole", NULL));
    g_autoptr(GError) error = NULL;
    g_assert_false(archive_unpack(scratch_path(scratch, "bomb.tar"), scratch_path(scratch, "out"),
                                  LIMIT, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
}

static void holes_keep_their_size(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_free(scratch_run(
        scratch, "sh", "-c",
        "truncate -s 1M end && printf x > mid && truncate -s 500K mid && printf y >> mid"
        " && tar -cSf t end mid",
        NULL));
    g_autoptr(GError) error = NULL;
    archive_unpack(scratch_path(scratch, "t"), scratch_path(scratch, "out"), LIMIT, &error);
    g_assert_no_error(error);
    g_free(scratch_run(scratch, "cmp", "end", "out/end", NULL));
    g_free(scratch_run(scratch, "cmp", "mid", "out/mid", NULL));
}

static void only_an_empty_folder_is_unpacked_into(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    scratch_write(scratch, "in/f", "x");
    g_assert_true(archive_pack(scratch_path(scratch, "in"), scratch_path(scratch, "t"), 0, NULL));
    g_autoptr(GError) error = NULL;
    g_assert_false(
        archive_unpack(scratch_path(scratch, "t"), scratch_path(scratch, "in"), 0, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    scratch_mkdir(scratch, "new");
    g_assert_true(
        archive_unpack(scratch_path(scratch, "t"), scratch_path(scratch, "new"), 0, NULL));
}

static void what_is_no_tar_is_an_error(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    scratch_write(scratch, "t", "this is no tar at all, but a line of text\n");
    g_autoptr(GError) error = NULL;
    g_assert_false(
        archive_unpack(scratch_path(scratch, "t"), scratch_path(scratch, "out"), 0, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_clear_error(&error);
    g_assert_false(archive_unpack("/dev/null", scratch_path(scratch, "out"), 0, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_clear_error(&error);
    g_assert_false(archive_pack(scratch_path(scratch, "t"), scratch_path(scratch, "u"), 0, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
}

static void an_empty_folder_stays_an_empty_folder(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    scratch_mkdir(scratch, "in");
    dir_pack(scratch, "in", "t");
    g_autoptr(GError) error = NULL;
    archive_unpack(scratch_path(scratch, "t"), scratch_path(scratch, "out"), 0, &error);
    g_assert_no_error(error);
    g_assert_cmpint(g_rmdir(scratch_path(scratch, "out")), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/archive/round-trip", a_folder_comes_back_as_it_was);
    g_test_add_func("/archive/deterministic", the_same_tree_made_otherwise_has_the_same_hash);
    g_test_add_func("/archive/gnu-tar", gnu_tar_reads_the_stream);
    g_test_add_func("/archive/foreign", tars_of_others_are_unpacked);
    g_test_add_func("/archive/hostile", nothing_is_written_outside_of_the_folder);
    g_test_add_func("/archive/set-id", set_id_bits_are_dropped);
    g_test_add_func("/archive/limit", a_folder_above_the_limit_is_refused_and_leaves_nothing);
    g_test_add_func("/archive/sparse", a_sparse_bomb_meets_the_limit);
    g_test_add_func("/archive/holes", holes_keep_their_size);
    g_test_add_func("/archive/not-empty", only_an_empty_folder_is_unpacked_into);
    g_test_add_func("/archive/no-tar", what_is_no_tar_is_an_error);
    g_test_add_func("/archive/empty", an_empty_folder_stays_an_empty_folder);
    return g_test_run();
}
