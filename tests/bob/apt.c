#include "bob/apt.h"

#include <string.h>

#define HASH "139e51253b0d93db1ba3eb87707f76f3c5a7d83a50a5e5aacbda010ad21bd73a"

static const AptPackage *package_at(const GPtrArray *packages, guint i)
{
    return g_ptr_array_index(packages, i);
}

static GPtrArray *parsed(const char *text)
{
    GPtrArray *packages = g_ptr_array_new_with_free_func((GDestroyNotify)apt_package_free);
    apt_records_parse(text, packages);
    return packages;
}

static void a_stanza_is_a_version_of_a_package(void)
{
    g_autoptr(GPtrArray) packages =
        parsed("Package: linux-image-6.1.0-47-cloud-amd64\nVersion: 6.1.170-3\n"
               "Description: Linux 6.1\n more text\nSHA256: " HASH "\n\n"
               "Package: toy\nVersion: 1:2.0\nSHA256: " HASH "\nDescription-en: a toy\n");
    g_assert_cmpuint(packages->len, ==, 2);
    g_assert_cmpstr(package_at(packages, 0)->name, ==, "linux-image-6.1.0-47-cloud-amd64");
    g_assert_cmpstr(package_at(packages, 0)->version, ==, "6.1.170-3");
    g_assert_cmpstr(package_at(packages, 0)->summary, ==, "Linux 6.1");
    g_assert_cmpstr(package_at(packages, 1)->version, ==, "1:2.0");
    g_assert_cmpstr(package_at(packages, 1)->summary, ==, "a toy");
}

static void what_is_no_whole_package_is_passed_over(void)
{
    static const char *const TEXTS[] = {
        "",
        "\n\n\n",
        "Package: a\nVersion: 1\n",
        "Package: a\nSHA256: " HASH "\n",
        "Version: 1\nSHA256: " HASH "\n",
        "Package: a\nVersion: 1\nSHA256: 139e\n",
        ": \n::\nPackage\n \xff\xfe\n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(TEXTS); i++) {
        g_autoptr(GPtrArray) packages = parsed(TEXTS[i]);
        g_assert_cmpuint(packages->len, ==, 0);
    }
    g_autoptr(GPtrArray) packages = parsed("Package: a\nVersion: 1\n\nPackage: b\nVersion: 2\n"
                                           "SHA256: " HASH "\nPackage: c\n");
    g_assert_cmpuint(packages->len, ==, 1);
    g_assert_cmpstr(package_at(packages, 0)->name, ==, "b");
}

static void a_glob_that_excludes_wins(void)
{
    static const char *const GENERIC[] = {"linux-image-6.1.0-*-amd64", "!*-cloud-*", "!*-rt-*",
                                          NULL};
    g_assert_true(apt_name_matches(GENERIC, "linux-image-6.1.0-47-amd64"));
    g_assert_false(apt_name_matches(GENERIC, "linux-image-6.1.0-47-cloud-amd64"));
    g_assert_false(apt_name_matches(GENERIC, "linux-image-6.1.0-47-rt-amd64"));
    g_assert_false(apt_name_matches(GENERIC, "linux-image-6.1.0-47-amd64-unsigned"));
    static const char *const NONE[] = {"!*", NULL};
    g_assert_false(apt_name_matches(NONE, "toy"));
}

static void sources_have_three_forms_and_no_password_is_shown(void)
{
    static const char *const GOOD[] = {"apt:", "deb http://deb.debian.org/debian bookworm main",
                                       "deb [trusted=yes] file:/srv/a ./", "/etc/apt/x.sources",
                                       "/srv/own.list"};
    static const char *const BAD[] = {"",       "apt",          "http://deb.debian.org/debian",
                                      "x.list", "/srv/own.txt", "deb-src http://a b c",
                                      "debian"};
    for (size_t i = 0; i < G_N_ELEMENTS(GOOD); i++)
        g_assert_true(apt_sources_check(GOOD[i], NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(apt_sources_check(BAD[i], &error));
        g_assert_nonnull(strstr(error->message, "apt:"));
    }
    g_autofree char *shown = apt_sources_format("deb https://me:secret@a.org/d s main");
    g_assert_cmpstr(shown, ==, "deb https://a.org/d s main");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/apt/stanza", a_stanza_is_a_version_of_a_package);
    g_test_add_func("/apt/passed over", what_is_no_whole_package_is_passed_over);
    g_test_add_func("/apt/globs", a_glob_that_excludes_wins);
    g_test_add_func("/apt/sources", sources_have_three_forms_and_no_password_is_shown);
    return g_test_run();
}
