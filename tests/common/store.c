#include "common/store.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "common/hash.h"
#include "tests/common/scratch.h"

#define ABSENT "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static Store *store_need(Scratch *scratch)
{
    g_autoptr(GError) error = NULL;
    Store *store = NULL;
    store_open(scratch_path(scratch, "store"), &store, &error);
    g_assert_no_error(error);
    return store;
}

static StoreObject put_text(Store *store, const char *text)
{
    g_autoptr(GError) error = NULL;
    StoreObject object = {0};
    store_put_bytes(store, text, strlen(text), &object, &error);
    g_assert_no_error(error);
    return object;
}

static char *text_get(Store *store, const char *hash)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = NULL;
    store_read(store, hash, 1000, &bytes, &error);
    g_assert_no_error(error);
    return g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

// Overwrites a byte in the middle of an object.
static void object_damage(Store *store, const char *hash)
{
    g_autofree char *path = store_find_path(store, hash);
    g_assert_cmpint(g_chmod(path, 0644), ==, 0);
    int fd = open(path, O_WRONLY);
    g_assert_cmpint(pwrite(fd, "\377\377\377", 3, 6), ==, 3);
    close(fd);
}

static guint tmp_count(Scratch *scratch)
{
    g_autofree char *n = scratch_run(scratch, "sh", "-c", "ls store/tmp | wc -l", NULL);
    return (guint)g_ascii_strtoull(n, NULL, 10);
}

static void bytes_and_files_are_named_by_their_own_hash(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(Store) store = store_need(scratch);
    scratch_write(scratch, "f", "abc");
    StoreObject from_bytes = put_text(store, "abc"), from_file;
    g_assert_true(store_put_file(store, scratch_path(scratch, "f"), 3, &from_file, NULL));
    g_assert_cmpstr(from_bytes.hash, ==, ABSENT);
    g_assert_cmpstr(from_file.hash, ==, ABSENT);
    g_assert_cmpuint(from_bytes.bytes, ==, 3);
    g_autofree char *text = text_get(store, ABSENT);
    g_assert_cmpstr(text, ==, "abc");
    g_autofree char *path = store_find_path(store, ABSENT);
    struct stat st;
    g_assert_cmpint(stat(path, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 07777, ==, 0444);
    g_assert_cmpuint(st.st_size, ==, from_bytes.stored_bytes);
    g_assert_cmpuint(tmp_count(scratch), ==, 0);
}

static void a_folder_is_stored_once_and_unpacked(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(Store) store = store_need(scratch);
    scratch_write(scratch, "in/a/b", "content");
    StoreObject first, second;
    g_autoptr(GError) error = NULL;
    store_put_dir(store, scratch_path(scratch, "in"), 0, &first, &error);
    g_assert_no_error(error);
    g_assert_true(store_put_dir(store, scratch_path(scratch, "in"), 0, &second, NULL));
    g_assert_cmpstr(first.hash, ==, second.hash);
    store_unpack(store, first.hash, scratch_path(scratch, "out"), first.bytes, &error);
    g_assert_no_error(error);
    g_free(scratch_run(scratch, "diff", "-r", "in", "out", NULL));
    int fd = open(scratch_path(scratch, "t.tar"), O_WRONLY | O_CREAT, 0644);
    g_assert_true(store_stream(store, first.hash, fd, 0, NULL));
    close(fd);
    g_autofree char *hash = NULL;
    g_assert_true(hash_file(scratch_path(scratch, "t.tar"), &hash, NULL));
    g_assert_cmpstr(hash, ==, first.hash);
}

static bool hash_append(const char *hash, guint64 stored_bytes, gint64 mtime_s, gpointer data)
{
    g_assert_cmpuint(stored_bytes, >, 0);
    g_assert_cmpint(mtime_s, >, 0);
    g_string_append(data, hash);
    return true;
}

static bool first_only(const char *hash, guint64 stored_bytes, gint64 mtime_s, gpointer data)
{
    hash_append(hash, stored_bytes, mtime_s, data);
    return false;
}

static void the_list_is_sorted_and_passes_over_what_is_no_object(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(Store) store = store_need(scratch);
    scratch_write(scratch, "store/objects/README", "x");
    scratch_write(scratch, "store/objects/zz/odd", "x");
    StoreObject a = put_text(store, "one"), b = put_text(store, "two");
    bool in_order = strcmp(a.hash, b.hash) < 0;
    g_autofree char *both =
        g_strconcat(in_order ? a.hash : b.hash, in_order ? b.hash : a.hash, NULL);
    g_autoptr(GString) seen = g_string_new(NULL);
    g_assert_true(store_list(store, hash_append, seen, NULL));
    g_assert_cmpstr(seen->str, ==, both);
    g_string_truncate(seen, 0);
    g_assert_true(store_list(store, first_only, seen, NULL));
    g_assert_cmpuint(seen->len, ==, HASH_CHARS);
}

static void damage_note(const char *hash, const char *why, gpointer data)
{
    g_assert_nonnull(why);
    g_string_append(data, hash);
}

static void damage_is_found_and_healed_by_a_put(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(Store) store = store_need(scratch);
    StoreObject good = put_text(store, "a good one"), bad = put_text(store, "a bad one");
    object_damage(store, bad.hash);
    g_autoptr(GString) damaged = g_string_new(NULL);
    guint64 n = 0;
    g_assert_true(store_verify(store, damage_note, NULL, damaged, &n, NULL));
    g_assert_cmpuint(n, ==, 1);
    g_assert_cmpstr(damaged->str, ==, bad.hash);
    g_autoptr(GBytes) bytes = NULL;
    g_assert_false(store_read(store, bad.hash, 0, &bytes, NULL));
    g_assert_true(store_verify_object(store, good.hash, NULL));
    put_text(store, "a bad one");
    g_assert_true(store_verify(store, damage_note, NULL, damaged, &n, NULL));
    g_assert_cmpuint(n, ==, 0);
}

static void content_under_a_wrong_name_is_damage(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(Store) store = store_need(scratch);
    StoreObject a = put_text(store, "a");
    g_autofree char *from = store_find_path(store, a.hash);
    g_autofree char *to = g_strdup_printf("%s/objects/ba/%s", store_dir(store), &ABSENT[2]);
    scratch_mkdir(scratch, "store/objects/ba");
    g_assert_cmpint(g_rename(from, to), ==, 0);
    g_autoptr(GError) error = NULL;
    g_assert_false(store_verify_object(store, ABSENT, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_assert_false(store_unpack(store, ABSENT, scratch_path(scratch, "out"), 0, NULL));
}

static void what_is_absent_or_no_hash_is_said_so(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(Store) store = store_need(scratch);
    static const char *const bad[] = {ABSENT, "", "../../etc/passwd", NULL};
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) bytes = NULL;
        g_assert_false(store_read(store, bad[i], 0, &bytes, &error));
        g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
        g_assert_false(store_has(store, bad[i]));
    }
}

static void removing_twice_is_no_error(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(Store) store = store_need(scratch);
    StoreObject a = put_text(store, "a");
    g_assert_true(store_remove(store, a.hash, NULL));
    g_assert_false(store_has(store, a.hash));
    g_assert_true(store_remove(store, a.hash, NULL));
    g_assert_false(store_remove(store, "../store", NULL));
}

static void putting_again_renews_the_time(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(Store) store = store_need(scratch);
    StoreObject a = put_text(store, "a");
    g_autofree char *path = store_find_path(store, a.hash);
    g_free(scratch_run(scratch, "touch", "-d", "2001-01-01", path, NULL));
    put_text(store, "a");
    struct stat st;
    g_assert_cmpint(stat(path, &st), ==, 0);
    g_assert_cmpint(st.st_mtime, >, 1000000000);
}

static void a_put_above_the_limit_leaves_nothing(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(Store) store = store_need(scratch);
    scratch_write(scratch, "in/f", "0123456789");
    g_autoptr(GError) error = NULL;
    StoreObject object;
    g_assert_false(store_put_dir(store, scratch_path(scratch, "in"), 9, &object, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_assert_cmpuint(tmp_count(scratch), ==, 0);
}

static void only_old_leftovers_are_cleaned(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(Store) store = store_need(scratch);
    scratch_write(scratch, "store/tmp/put-old", "x");
    scratch_write(scratch, "store/tmp/put-new", "x");
    g_free(scratch_run(scratch, "touch", "-d", "2 days ago", "store/tmp/put-old", NULL));
    guint n = 0;
    g_assert_true(store_clean_tmp(store, &n, NULL));
    g_assert_cmpuint(n, ==, 1);
    g_assert_false(scratch_exists(scratch, "store/tmp/put-old"));
    g_assert_true(scratch_exists(scratch, "store/tmp/put-new"));
}

// Puts the same things for ever, in a child.
static pid_t writer_fork(const char *dir)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    Store *store;
    if (!store_open(dir, &store, NULL))
        _exit(1);
    for (int i = 0;; i++) {
        g_autofree char *text = g_strnfill((gsize)(1000 + i % 7), 'a');
        if (!store_put_bytes(store, text, strlen(text), NULL, NULL))
            _exit(1);
    }
}

static void writers_may_meet_and_be_killed(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(Store) store = store_need(scratch);
    for (int round = 0; round < 5; round++) {
        pid_t pids[3];
        for (int i = 0; i < 3; i++)
            pids[i] = writer_fork(scratch_path(scratch, "store"));
        for (int i = 0; i < 40; i++)
            put_text(store, "with the others");
        for (int i = 0; i < 3; i++) {
            int status;
            kill(pids[i], SIGKILL);
            g_assert_cmpint(waitpid(pids[i], &status, 0), ==, pids[i]);
            g_assert_true(WIFSIGNALED(status)); // none failed before
        }
    }
    guint64 damaged = 1;
    g_assert_true(store_verify(store, NULL, NULL, NULL, &damaged, NULL));
    g_assert_cmpuint(damaged, ==, 0);
}

/* The file of an object in pieces of 7 bytes; one byte turned where `turned` says so. */
typedef struct {
    const char *path;
    gsize at;
    gssize turned;
    bool breaks;
} Pieces;

static bool next_piece(gpointer data, GBytes **ret_bytes, GError **error)
{
    Pieces *pieces = data;
    g_autofree char *text = NULL;
    gsize size = 0;
    if (pieces->breaks && pieces->at > 7)
        return error_set(error, ERROR_DATABASE, "gone");
    g_assert_true(g_file_get_contents(pieces->path, &text, &size, NULL));
    if (pieces->turned >= 0)
        text[pieces->turned] ^= 1;
    gsize n = MIN(size - pieces->at, 7);
    *ret_bytes = n > 0 ? g_bytes_new(text + pieces->at, n) : NULL;
    pieces->at += n;
    return true;
}

static void an_object_of_another_store_is_taken_whole_or_not_at_all(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(Store) store = store_need(scratch);
    g_autoptr(Store) other = NULL;
    g_autoptr(GError) error = NULL;
    StoreObject object;
    bool damaged = true;
    g_assert_true(store_open(scratch_path(scratch, "other"), &other, NULL));
    g_assert_true(store_put_bytes(other, "that travels", 12, &object, NULL));
    g_autofree char *path = store_find_path(other, object.hash);

    Pieces broken = {.path = path, .turned = -1, .breaks = true};
    g_assert_false(store_take(store, object.hash, next_piece, &broken, 0, &damaged, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_DATABASE);
    g_assert_false(damaged);
    g_clear_error(&error);

    for (gssize turned = 0; turned < 12; turned += 11) {
        Pieces bad = {.path = path, .turned = turned};
        g_assert_false(store_take(store, object.hash, next_piece, &bad, 0, &damaged, &error));
        g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
        g_assert_true(damaged);
        g_clear_error(&error);
    }
    Pieces large = {.path = path, .turned = -1};
    g_assert_false(store_take(store, object.hash, next_piece, &large, 3, &damaged, NULL));
    g_assert_true(damaged);
    g_assert_false(store_has(store, object.hash));

    Pieces good = {.path = path, .turned = -1};
    g_assert_true(store_take(store, object.hash, next_piece, &good, 12, &damaged, &error));
    g_assert_no_error(error);
    g_assert_false(damaged);
    g_assert_true(store_verify_object(store, object.hash, NULL));
}

static void a_store_has_an_id_that_goes_with_it(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(Store) store = store_need(scratch);
    g_autoptr(Store) same = store_need(scratch);
    g_autofree char *first = NULL, *second = NULL, *none = NULL;
    g_assert_true(store_id(store, &first, NULL));
    g_assert_true(store_id(same, &second, NULL));
    g_assert_cmpstr(first, ==, second);
    scratch_write(scratch, "store/id", "../etc\n");
    g_assert_false(store_id(store, &none, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/bytes", bytes_and_files_are_named_by_their_own_hash);
    g_test_add_func("/store/folder", a_folder_is_stored_once_and_unpacked);
    g_test_add_func("/store/list", the_list_is_sorted_and_passes_over_what_is_no_object);
    g_test_add_func("/store/damage", damage_is_found_and_healed_by_a_put);
    g_test_add_func("/store/wrong-name", content_under_a_wrong_name_is_damage);
    g_test_add_func("/store/absent", what_is_absent_or_no_hash_is_said_so);
    g_test_add_func("/store/remove", removing_twice_is_no_error);
    g_test_add_func("/store/renew", putting_again_renews_the_time);
    g_test_add_func("/store/limit", a_put_above_the_limit_leaves_nothing);
    g_test_add_func("/store/clean", only_old_leftovers_are_cleaned);
    g_test_add_func("/store/killed", writers_may_meet_and_be_killed);
    g_test_add_func("/store/take", an_object_of_another_store_is_taken_whole_or_not_at_all);
    g_test_add_func("/store/id", a_store_has_an_id_that_goes_with_it);
    return g_test_run();
}
