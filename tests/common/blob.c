#include "common/blob.h"

#include <fcntl.h>
#include <unistd.h>

#include "common/error.h"
#include "common/hash.h"
#include "tests/common/scratch.h"

#define BIG_BYTES (3 * 1000 * 1000)

// Bytes that compress a little, from a fixed seed.
static GBytes *bytes_make(gsize n)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);
    guchar *data = g_malloc(n);
    for (gsize i = 0; i < n; i++)
        data[i] = (guchar)g_rand_int_range(rand, 0, 50);
    return g_bytes_new_take(data, n);
}

static int blob_make(Scratch *scratch, GBytes *bytes, BlobInfo *ret_info)
{
    int fd = open(scratch_path(scratch, "blob"), O_RDWR | O_CREAT | O_TRUNC, 0644);
    gsize n;
    const void *data = g_bytes_get_data(bytes, &n);
    g_autoptr(GError) error = NULL;
    blob_write_bytes(fd, data, n, ret_info, &error);
    g_assert_no_error(error);
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static void what_goes_in_comes_out(void)
{
    const gsize sizes[] = {0, 1, 131072, BIG_BYTES};
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(Scratch) scratch = scratch_new();
        g_autoptr(GBytes) bytes = bytes_make(sizes[i]), back = NULL;
        BlobInfo in, out;
        int fd = blob_make(scratch, bytes, &in);
        g_autoptr(GError) error = NULL;
        blob_read_to_bytes(fd, "blob", sizes[i], &back, &out, &error);
        g_assert_no_error(error);
        g_assert_true(g_bytes_equal(bytes, back));
        g_autofree char *hash = hash_bytes(g_bytes_get_data(bytes, NULL), sizes[i]);
        g_assert_cmpstr(in.hash, ==, hash);
        g_assert_cmpstr(out.hash, ==, hash);
        g_assert_cmpuint(in.bytes, ==, sizes[i]);
        g_assert_cmpuint(in.stored_bytes, ==, out.stored_bytes);
        close(fd);
    }
}

static void zstd_itself_reads_a_blob(void)
{
    g_autofree char *zstd = g_find_program_in_path("zstd");
    if (!zstd) {
        g_test_skip("the program zstd is not installed");
        return;
    }
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(GBytes) bytes = g_bytes_new_static("hello", 5);
    close(blob_make(scratch, bytes, NULL));
    g_autofree char *out = scratch_run(scratch, "sh", "-c", "zstd -dc < blob", NULL);
    g_assert_cmpstr(out, ==, "hello");
}

static void a_blob_cut_anywhere_is_an_error(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(GBytes) bytes = bytes_make(300);
    BlobInfo info;
    int fd = blob_make(scratch, bytes, &info);
    for (guint64 n = info.stored_bytes; n-- > 0;) {
        g_assert_cmpint(ftruncate(fd, (off_t)n), ==, 0);
        lseek(fd, 0, SEEK_SET);
        g_autoptr(GError) error = NULL;
        g_assert_false(blob_read_to_fd(fd, "blob", -1, 0, NULL, &error));
        g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    }
    close(fd);
}

static void a_flipped_bit_is_an_error(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(GBytes) bytes = bytes_make(300);
    BlobInfo info;
    int fd = blob_make(scratch, bytes, &info);
    for (guint64 at = 0; at < info.stored_bytes; at++) {
        guchar byte, bad;
        g_assert_cmpint(pread(fd, &byte, 1, (off_t)at), ==, 1);
        bad = byte ^ 4;
        g_assert_cmpint(pwrite(fd, &bad, 1, (off_t)at), ==, 1);
        lseek(fd, 0, SEEK_SET);
        BlobInfo out;
        // A bit of the header may be one that zstd ignores: then the content is still right.
        if (blob_read_to_fd(fd, "blob", -1, 1000, &out, NULL))
            g_assert_cmpstr(out.hash, ==, info.hash);
        g_assert_cmpint(pwrite(fd, &byte, 1, (off_t)at), ==, 1);
    }
    close(fd);
}

static void more_than_the_limit_is_an_error_on_both_ways(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(GBytes) bytes = bytes_make(BIG_BYTES), back = NULL;
    g_autoptr(GError) error = NULL;
    int fd = blob_make(scratch, bytes, NULL);
    g_assert_false(blob_read_to_bytes(fd, "blob", BIG_BYTES - 1, &back, NULL, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_assert_null(back);
    g_assert_nonnull(strstr(error->message, "2999999"));
    close(fd);

    g_clear_error(&error);
    scratch_write(scratch, "in", "1234567890");
    fd = open("/dev/null", O_WRONLY);
    g_assert_true(blob_write_file(fd, scratch_path(scratch, "in"), 10, NULL, NULL));
    g_assert_false(blob_write_file(fd, scratch_path(scratch, "in"), 9, NULL, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    close(fd);
}

static void a_full_disk_is_an_error(void)
{
    int fd = open("/dev/full", O_WRONLY);
    g_autoptr(GError) error = NULL;
    g_assert_false(blob_write_bytes(fd, "x", 1, NULL, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    close(fd);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/blob/round-trip", what_goes_in_comes_out);
    g_test_add_func("/blob/zstd", zstd_itself_reads_a_blob);
    g_test_add_func("/blob/cut", a_blob_cut_anywhere_is_an_error);
    g_test_add_func("/blob/flipped", a_flipped_bit_is_an_error);
    g_test_add_func("/blob/limit", more_than_the_limit_is_an_error_on_both_ways);
    g_test_add_func("/blob/full", a_full_disk_is_an_error);
    return g_test_run();
}
