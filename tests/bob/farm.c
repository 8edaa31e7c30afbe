#include "bob/farm.h"

#include <glib/gstdio.h>
#include <string.h>

#include "bob/farm_haproxy.h"
#include "bob/farm_probe.h"
#include "common/error.h"

// Settings ---------------------------------------------------------------------------------------

/* A farm of that marvin.ini; NULL with *ret_error. */
static Farm *farm_of(const char *ini, GError **ret_error)
{
    g_autofree char *dir = g_dir_make_tmp("farm-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "marvin.ini", NULL);
    g_autoptr(Site) site = NULL;
    Farm *farm = NULL;
    g_assert_true(g_file_set_contents(path, ini, -1, NULL));
    g_setenv("MARVIN_CONFIG", dir, TRUE);
    g_setenv("MARVIN_HOME", dir, TRUE);
    site = site_load();
    g_assert_cmpuint(site->complaints->len, ==, 0);
    farm_read(site, &farm, ret_error);
    g_unlink(path);
    g_rmdir(dir);
    return farm;
}

#define NODE(name, address, more)                                                                  \
    "[node " name "]\naddress = " address "\ncores = 4\ntoolchains = gcc-12 gcc-11 gcc-12\n" more

static void a_farm_is_read_from_settings(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Farm) farm = farm_of("[farm]\nproxy = proxy.example\nport = 4000\n" NODE(
                                       "iris", "10.0.0.1", "arch = aarch64\npreload = no\n")
                                       NODE("lily", "[fd00::1]:4444", ""),
                                   &error);
    g_assert_no_error(error);
    const FarmNode *iris = farm_find_node(farm, "iris"), *lily = farm_find_node(farm, "lily");
    g_assert_cmpstr(farm->proxy, ==, "proxy.example");
    g_assert_cmpstr(farm->allow[0], ==, "proxy.example");
    g_assert_cmpint(iris->port, ==, 3632);
    g_assert_cmpstr(iris->arch, ==, "aarch64");
    g_assert_cmpstr(iris->toolchains[0], ==, "gcc-11");
    g_assert_null(iris->toolchains[2]);
    g_assert_cmpstr(lily->host, ==, "fd00::1");
    g_autofree char *address = farm_node_address(lily);
    g_assert_cmpstr(address, ==, "[fd00::1]:4444");
    g_assert_null(farm_find_node(farm, "rose"));
}

static void assert_refused(const char *ini, const char *why)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(farm_of(ini, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    if (strstr(error->message, why) == NULL)
        g_error("'%s' is not in: %s", why, error->message);
}

static void what_cannot_be_is_refused_with_its_place(void)
{
    assert_refused(NODE("a", "10.0.0.1", "") NODE("b", "10.0.0.1:3632", ""),
                   "the nodes a and b have the same address");
    assert_refused(NODE("a", "10.0.0.1:0", ""), "is no address");
    assert_refused(NODE("a", "10.0.0.1:99999", ""), "is no address");
    assert_refused(NODE("a", "$(reboot)", ""), "is no address");
    assert_refused(NODE("a", "-x", ""), "is no address");
    assert_refused(NODE("a", "[::1", ""), "is no address");
    assert_refused(NODE("a", "10.0.0.1 maxconn 1", ""), "marvin.ini:2");
    assert_refused("[node a]\naddress = a\ncores = 1\ntoolchains = gcc;sh\n", "is no toolchain");
    assert_refused("[farm]\nproxy = 10.0.0.1:80\n", "without a port");
    assert_refused("[farm]\nallow = `id`\n", "is no network");
}

// haproxy ----------------------------------------------------------------------------------------

static void the_configuration_has_a_pool_for_nodes_of_one_kind(void)
{
    g_autoptr(Farm) farm =
        farm_of("[farm]\nproxy = 10.0.0.9\n" NODE("iris", "10.0.0.1", "")
                    NODE("lily", "10.0.0.2", "") NODE("rose", "10.0.0.3", "arch = arm\n"),
                NULL);
    farm_find_node(farm, "iris")->pool = farm_find_node(farm, "lily")->pool = 3700;
    farm_find_node(farm, "rose")->pool = 3701;
    g_autofree char *config = haproxy_config_format(farm, "/run/x.sock", "haproxy");
    g_assert_nonnull(strstr(config, "listen pool-3700\n    bind 10.0.0.9:3700\n"
                                    "    server iris 10.0.0.1:3632 maxconn 4 weight 4\n"
                                    "    server lily 10.0.0.2:3632 maxconn 4 weight 4\n"));
    g_assert_nonnull(strstr(config, "listen pool-3701\n    bind 10.0.0.9:3701\n"
                                    "    server rose 10.0.0.3:3632 maxconn 4 weight 4\n"));
    g_assert_nonnull(strstr(config, "balance leastconn"));
    g_assert_nonnull(strstr(config, "on-marked-down shutdown-sessions"));
    g_assert_nonnull(strstr(config, "user haproxy\n"));
}

static void a_node_takes_twice_its_cores_where_it_preloads(void)
{
    g_autoptr(Farm) farm = farm_of(
        "[farm]\nallow = 10.0.0.0/8 fd00::/8\n" NODE("iris", "10.0.0.1", "load-port = 3633\n")
            NODE("lily", "10.0.0.2", "preload = no\n"),
        NULL);
    g_autofree char *iris = haproxy_node_script(farm, farm_find_node(farm, "iris"));
    g_autofree char *lily = haproxy_node_script(farm, farm_find_node(farm, "lily"));
    g_assert_nonnull(strstr(iris, "--port 3632 --jobs 8 "));
    g_assert_nonnull(
        strstr(iris, "--allow 10.0.0.0/8 --allow fd00::/8 --stats --stats-port 3633\n"));
    g_assert_nonnull(strstr(iris, "for name in gcc-11 gcc-12; do"));
    g_assert_nonnull(strstr(lily, "--jobs 4 "));
    g_assert_null(strstr(lily, "--stats"));
}

static const char STAT[] = "# pxname,svname,qcur,scur,stot,econ,eresp,status,check_desc,\n"
                           "pool-3700,FRONTEND,,3,9,,,OPEN,,\n"
                           "pool-3700,iris,0,2,40,1,2,UP,\"Layer4 check passed, \"\"well\"\"\",\n"
                           "pool-3700,lily,0,0,7,0,0,DOWN,Layer4 timeout,\n"
                           "pool-3700,rose,0,0,7,0,0,MAINT,,\n"
                           "pool-3700,BACKEND,5,2,54,1,2,UP,,\n"
                           "other,x,1,1,1,1,1,UP,,\n\n";

static void the_table_of_servers_is_read(void)
{
    g_autoptr(GPtrArray) servers = NULL;
    gint64 waiting = 0;
    g_assert_true(haproxy_stat_parse(STAT, &servers, &waiting, NULL));
    g_assert_cmpuint(servers->len, ==, 3);
    g_assert_cmpint(waiting, ==, 5);
    const HaproxyServer *iris = servers->pdata[0], *lily = servers->pdata[1];
    g_assert_cmpstr(iris->name, ==, "iris");
    g_assert_cmpint(iris->port, ==, 3700);
    g_assert_cmpint(iris->busy, ==, 2);
    g_assert_cmpint(iris->done, ==, 40);
    g_assert_cmpint(iris->errors, ==, 3);
    g_assert_true(iris->is_up && !iris->is_drained && !iris->is_maintained);
    g_assert_cmpstr(iris->check, ==, "Layer4 check passed, \"well\"");
    g_assert_false(lily->is_up);
    g_assert_true(((const HaproxyServer *)servers->pdata[2])->is_maintained);
}

static void what_is_no_table_is_refused(void)
{
    static const char *const BAD[] = {"", "HTTP/1.0 400 Bad\r\n", "\n\n", "# pxname,other,\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(BAD); i++) {
        g_autoptr(GPtrArray) servers = NULL;
        gint64 waiting = 0;
        g_assert_false(haproxy_stat_parse(BAD[i], &servers, &waiting, NULL));
    }
    for (gsize n = 0; n < strlen(STAT); n++) { // cut anywhere: no crash, no more than there is
        g_autofree char *cut = g_strndup(STAT, n);
        g_autoptr(GPtrArray) servers = NULL;
        gint64 waiting = 0;
        if (haproxy_stat_parse(cut, &servers, &waiting, NULL))
            g_assert_cmpuint(servers->len, <=, 4);
    }
}

// Proofs -----------------------------------------------------------------------------------------

#define GOOD                                                                                       \
    "DONE00000001STAT00000000SERR00000000SOUT00000000DOTO00000018\177ELF"                          \
    "GCC: (Debian) 12.2\0x"

static void an_object_says_its_compiler(void)
{
    g_autofree char *version = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(farm_answer_parse(GOOD, sizeof GOOD - 1, &version, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(version, ==, "GCC: (Debian) 12.2");
}

static void assert_answer(const char *answer, gsize size, const char *why)
{
    g_autofree char *version = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *exact = g_memdup2(answer, size); // so that a sanitizer sees its end
    g_assert_false(farm_answer_parse(exact, size, &version, &error));
    if (strstr(error->message, why) == NULL)
        g_error("'%s' is not in: %s", why, error->message);
    g_assert_null(strchr(error->message, '\033'));
}

static void rubbish_is_no_answer(void)
{
#define ASSERT_ANSWER(answer, why) assert_answer(answer, sizeof answer - 1, why)
    ASSERT_ANSWER("", "without an answer");
    ASSERT_ANSWER("HTTP/1.1 418 I am a teapot", "not distcc's protocol");
    ASSERT_ANSWER("DONE00000001STATzzzzzzzz", "not distcc's protocol");
    ASSERT_ANSWER("DONE00000001STAT00000000SERRffffffff", "not distcc's protocol");
    ASSERT_ANSWER("DONE00000001STAT00000100SERR00000008\033[31mbad\nSOUT00000000", "not distcc's");
    ASSERT_ANSWER("DONE00000001STAT00000100SERR0000000a\033[31mbad\nxSOUT00000000",
                  "cannot compile an empty file: ");
    ASSERT_ANSWER("DONE00000001STAT00000000SERR00000000SOUT00000000DOTO00000004\177ELF",
                  "do not say their compiler");
    for (gsize n = 1; n < sizeof GOOD - 1; n++)
        assert_answer(GOOD, n, "not distcc's protocol");
}

static void this_systems_compiler_has_a_version(void)
{
    g_autofree char *version = NULL, *none = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(farm_own_version("gcc", &version, NULL));
    g_assert_true(g_str_has_prefix(version, "GCC: ("));
    g_assert_false(farm_own_version("gcc-0.1", &none, &error));
    g_assert_nonnull(error);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/farm/settings", a_farm_is_read_from_settings);
    g_test_add_func("/farm/refused", what_cannot_be_is_refused_with_its_place);
    g_test_add_func("/farm/config", the_configuration_has_a_pool_for_nodes_of_one_kind);
    g_test_add_func("/farm/node", a_node_takes_twice_its_cores_where_it_preloads);
    g_test_add_func("/farm/stat", the_table_of_servers_is_read);
    g_test_add_func("/farm/no-stat", what_is_no_table_is_refused);
    g_test_add_func("/farm/answer", an_object_says_its_compiler);
    g_test_add_func("/farm/rubbish", rubbish_is_no_answer);
    g_test_add_func("/farm/own-version", this_systems_compiler_has_a_version);
    return g_test_run();
}
