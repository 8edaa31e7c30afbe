// Addresses of trees: what is understood, what is refused, what messages show.
#include "common/git_internal.h"

#include "common/error.h"

typedef struct {
    const char *url;
    GitUrlKind kind;
    const char *user, *machine, *port, *path;
} Good;

static void addresses_are_taken_apart_as_git_does(void)
{
    static const Good goods[] = {
        {"/srv/git/toy.git", GIT_URL_LOCAL, NULL, NULL, NULL, "/srv/git/toy.git"},
        {"./a:b", GIT_URL_LOCAL, NULL, NULL, NULL, "./a:b"},
        {"toy", GIT_URL_LOCAL, NULL, NULL, NULL, "toy"},
        {"/with space/$(x)", GIT_URL_LOCAL, NULL, NULL, NULL, "/with space/$(x)"},
        {"file:///a%20b", GIT_URL_LOCAL, NULL, NULL, NULL, "/a b"},
        {"https://example.org/linux.git", GIT_URL_HTTP, NULL, NULL, NULL, NULL},
        {"http://user:pw@example.org:80/x", GIT_URL_HTTP, NULL, NULL, NULL, NULL},
        {"git://example.org/x", GIT_URL_DAEMON, NULL, NULL, NULL, NULL},
        {"ssh://example.org/x/y", GIT_URL_SSH, NULL, "example.org", NULL, "/x/y"},
        {"ssh://git@example.org:2222/x", GIT_URL_SSH, "git", "example.org", "2222", "/x"},
        {"ssh://git@[::1]:2222/x", GIT_URL_SSH, "git", "::1", "2222", "/x"},
        {"ssh://m/~u/x%20y", GIT_URL_SSH, NULL, "m", NULL, "~u/x y"},
        {"git+ssh://m/x", GIT_URL_SSH, NULL, "m", NULL, "/x"},
        {"m:x", GIT_URL_SSH, NULL, "m", NULL, "x"},
        {"git@m:x/y z", GIT_URL_SSH, "git", "m", NULL, "x/y z"},
        {"git@[::1]:x", GIT_URL_SSH, "git", "::1", NULL, "x"},
        {"[m:2222]:x", GIT_URL_SSH, NULL, "m", "2222", "x"},
        {"git@[m:2222]:/x", GIT_URL_SSH, "git", "m", "2222", "/x"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(goods); i++) {
        g_autoptr(GitUrl) url = NULL;
        g_autoptr(GError) error = NULL;
        git_url_parse(goods[i].url, &url, &error);
        g_assert_no_error(error);
        g_assert_cmpint(url->kind, ==, goods[i].kind);
        g_assert_cmpstr(url->user, ==, goods[i].user);
        g_assert_cmpstr(url->machine, ==, goods[i].machine);
        g_assert_cmpstr(url->port, ==, goods[i].port);
        g_assert_cmpstr(url->path, ==, goods[i].path);
    }
}

static void what_could_become_an_option_or_a_command_is_refused(void)
{
    static const char *const bads[] = {
        "",
        "ext::sh -c touch% /tmp/x",
        "ssh://-oProxyCommand=x/y",
        "-oProxyCommand=x:y",
        "ssh://-x@m/y",
        "ssh://a b/y",
        "ssh://m;x/y",
        "ssh://$(x)/y",
        "u'x@m:y",
        "m:-x",
        "m:",
        "ssh://m",
        "ssh://m:port/x",
        "ssh://m:123456/x",
        "ssh://[::1/x",
        "ssh://m/%00x",
        "[m:x",
        "ftp://example.org/x",
        "https://",
        "https:///x",
        "file://elsewhere/x",
        "/a\nb",
        "m:a\033b",
    };
    for (guint i = 0; i < G_N_ELEMENTS(bads); i++) {
        g_autoptr(GError) error = NULL;
        g_test_message("%s", bads[i]);
        g_assert_false(git_url_check(bads[i], &error));
        g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
        g_assert_null(strpbrk(error->message, "\n\033"));
    }
    g_autofree char *endless = g_strnfill(5000, 'x');
    g_assert_false(git_url_check(endless, NULL));
}

static void secrets_are_not_shown(void)
{
    static const char *const pairs[][2] = {
        {"https://user:secret@example.org/x", "https://example.org/x"},
        {"https://token@example.org/x@y", "https://example.org/x@y"},
        {"https://a:b@c@example.org", "https://example.org"},
        {"ssh://git:secret@example.org/x", "ssh://git@example.org/x"},
        {"ssh://git@example.org/x", "ssh://git@example.org/x"},
        {"https://example.org/a@b", "https://example.org/a@b"},
        {"git@m:x", "git@m:x"},
        {"/a@b", "/a@b"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_autofree char *shown = git_url_format(pairs[i][0]);
        g_assert_cmpstr(shown, ==, pairs[i][1]);
    }
    g_autoptr(GError) error = NULL;
    g_assert_false(git_url_check("ftp://u:secret@m/x", &error));
    g_assert_null(strstr(error->message, "secret"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/git-url/good", addresses_are_taken_apart_as_git_does);
    g_test_add_func("/git-url/bad", what_could_become_an_option_or_a_command_is_refused);
    g_test_add_func("/git-url/secrets", secrets_are_not_shown);
    return g_test_run();
}
