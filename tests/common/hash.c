#include "common/hash.h"

#include <glib/gstdio.h>

#include "common/error.h"

// FIPS 180-4's example and the well-known value of nothing.
#define OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void known_values_are_met(void)
{
    g_autofree char *abc = hash_string("abc");
    g_autofree char *nothing = hash_bytes(NULL, 0);
    g_assert_cmpstr(abc, ==, OF_ABC);
    g_assert_cmpstr(nothing, ==, OF_NOTHING);
}

static void a_file_has_the_hash_of_its_bytes(void)
{
    g_autofree char *dir = g_dir_make_tmp("hash-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "f", NULL);
    g_assert_true(g_file_set_contents(path, "abc", 3, NULL));
    g_autofree char *hash = NULL;
    g_assert_true(hash_file(path, &hash, NULL));
    g_assert_cmpstr(hash, ==, OF_ABC);
    g_unlink(path);
    g_rmdir(dir);
}

static void a_folder_or_nothing_is_no_file(void)
{
    g_autoptr(GError) error = NULL;
    char *hash = NULL;
    g_assert_false(hash_file("/", &hash, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_clear_error(&error);
    g_assert_false(hash_file("/nonexistent/file", &hash, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_assert_null(hash);
}

static void only_64_lower_case_digits_are_a_hash(void)
{
    g_assert_true(hash_is_valid(OF_ABC));
    g_assert_false(hash_is_valid(NULL));
    g_assert_false(hash_is_valid(""));
    g_assert_false(hash_is_valid(OF_ABC "0"));
    g_autofree char *upper = g_ascii_strup(OF_ABC, -1);
    g_assert_false(hash_is_valid(upper));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hash/known-values", known_values_are_met);
    g_test_add_func("/hash/file", a_file_has_the_hash_of_its_bytes);
    g_test_add_func("/hash/no-file", a_folder_or_nothing_is_no_file);
    g_test_add_func("/hash/valid", only_64_lower_case_digits_are_a_hash);
    return g_test_run();
}
