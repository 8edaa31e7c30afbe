// haproxy's configuration and its table of servers; the script of a node.
#include "bob/farm_haproxy.h"

#include <string.h>

#include "common/error.h"
#include "common/text.h"

enum { WEIGHT_MAX = 256, COLUMNS_MAX = 256 };

/* Connections are few and large: preprocessed sources of a megabyte or more. */
static const char HEAD[] =
    "# Made by bob farm; edited by nobody: nodes.d/ in the settings says what is here.\n"
    "global\n"
    "    maxconn 8192\n"
    "    hard-stop-after 2h\n"
    "    tune.bufsize 262144\n"
    "    tune.rcvbuf.client 4194304\n"
    "    tune.sndbuf.client 4194304\n"
    "    tune.rcvbuf.server 4194304\n"
    "    tune.sndbuf.server 4194304\n";

/* A compile says nothing for as long as it lasts, and may wait for as long as others last. A node
 * that is gone is known by its checks, and by the first connection that it refuses: after 2 s its
 * sessions are cut, so that their compiles begin anew elsewhere. */
static const char DEFAULTS[] =
    "\n"
    "defaults\n"
    "    mode tcp\n"
    "    balance leastconn\n"
    "    timeout connect 2s\n"
    "    timeout check 2s\n"
    "    timeout client 2h\n"
    "    timeout server 2h\n"
    "    timeout queue 2h\n"
    "    retries 3\n"
    "    option redispatch 1\n"
    "    option clitcpka\n"
    "    option srvtcpka\n"
    "    default-server check inter 1s fastinter 250ms downinter 1s fall 2 rise 2 observe layer4 "
    "error-limit 1 on-error fastinter on-marked-down shutdown-sessions\n";

static void append_pool(GString *out, const Farm *farm, int pool)
{
    bool is_v6 = strchr(farm->proxy, ':') != NULL;
    g_string_append_printf(out, "\nlisten pool-%d\n    bind %s%s%s:%d\n", pool, is_v6 ? "[" : "",
                           farm->proxy, is_v6 ? "]" : "", pool);
    for (guint i = 0; i < farm->nodes->len; i++) {
        const FarmNode *node = farm->nodes->pdata[i];
        g_autofree char *address = farm_node_address(node);
        if (node->pool == pool)
            g_string_append_printf(out, "    server %s %s maxconn %d weight %d\n", node->name,
                                   address, node->cores, MIN(node->cores, WEIGHT_MAX));
    }
}

static gint int_compare(gconstpointer a, gconstpointer b)
{
    return *(const int *)a - *(const int *)b;
}

char *haproxy_config_format(const Farm *farm, const char *admin_socket, const char *user)
{
    GString *out = g_string_new(HEAD);
    g_autoptr(GArray) pools = g_array_new(FALSE, FALSE, sizeof(int));
    g_string_append_printf(out, "    stats socket %s mode 600 level admin expose-fd listeners\n",
                           admin_socket);
    if (user != NULL)
        g_string_append_printf(out, "    user %s\n", user);
    g_string_append(out, DEFAULTS);
    for (guint i = 0; i < farm->nodes->len; i++)
        g_array_append_val(pools, ((const FarmNode *)farm->nodes->pdata[i])->pool);
    g_array_sort(pools, int_compare);
    for (guint i = 0; i < pools->len; i++) {
        int pool = g_array_index(pools, int, i);
        if (i == 0 || pool != g_array_index(pools, int, i - 1))
            append_pool(out, farm, pool);
    }
    return g_string_free(out, FALSE);
}

/* The fields of one line of CSV, which may be quoted; freed with g_ptr_array_unref. */
static GPtrArray *fields_parse(const char *line)
{
    GPtrArray *fields = g_ptr_array_new_with_free_func(g_free);
    for (const char *at = line; fields->len < COLUMNS_MAX;) {
        GString *field = g_string_new(NULL);
        bool is_quoted = *at == '"';
        at += is_quoted;
        for (; *at != '\0' && (is_quoted || *at != ','); at++) {
            if (is_quoted && *at == '"' && *++at != '"')
                break;
            g_string_append_c(field, *at);
        }
        while (*at != '\0' && *at != ',')
            at++;
        g_ptr_array_add(fields, g_string_free(field, FALSE));
        if (*at++ == '\0')
            break;
    }
    return fields;
}

/* The field of a column; "" where it is not there. */
static const char *field_find(const GPtrArray *heads, const GPtrArray *fields, const char *column)
{
    for (guint i = 0; i < heads->len && i < fields->len; i++) {
        if (strcmp(heads->pdata[i], column) == 0)
            return fields->pdata[i];
    }
    return "";
}

static int64_t number_find(const GPtrArray *heads, const GPtrArray *fields, const char *column)
{
    int64_t value = 0;
    return text_parse_int(field_find(heads, fields, column), &value) ? value : 0;
}

static void server_free(gpointer data)
{
    HaproxyServer *server = data;
    g_free(server->name);
    g_free(server->check);
    g_free(server);
}

static HaproxyServer *server_parse(const GPtrArray *heads, const GPtrArray *fields, int port)
{
    HaproxyServer *server = g_new0(HaproxyServer, 1);
    const char *status = field_find(heads, fields, "status");
    server->port = port;
    server->name = g_strdup(field_find(heads, fields, "svname"));
    server->is_maintained = g_str_has_prefix(status, "MAINT");
    server->is_drained = g_str_has_prefix(status, "DRAIN") || strstr(status, "(drain") != NULL;
    server->is_up = g_str_has_prefix(status, "UP") || g_str_has_prefix(status, "DRAIN") ||
                    g_str_has_prefix(status, "no check");
    server->check = g_strdup(field_find(heads, fields, "check_desc"));
    server->busy = number_find(heads, fields, "scur");
    server->done = number_find(heads, fields, "stot");
    server->errors = number_find(heads, fields, "econ") + number_find(heads, fields, "eresp");
    return server;
}

bool haproxy_stat_parse(const char *text, GPtrArray **ret_servers, int64_t *ret_waiting,
                        GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GPtrArray) servers = g_ptr_array_new_with_free_func(server_free);
    int64_t waiting = 0;
    if (lines[0] == NULL || !g_str_has_prefix(lines[0], "# pxname,svname,"))
        return error_set(error, ERROR_MACHINE, "haproxy's admin socket answers what is no table");
    g_autoptr(GPtrArray) heads = fields_parse(lines[0] + 2);
    for (char **line = lines + 1; *line != NULL; line++) {
        g_autoptr(GPtrArray) fields = fields_parse(*line);
        const char *pool = field_find(heads, fields, "pxname");
        const char *name = field_find(heads, fields, "svname");
        int64_t port = 0;
        if (!g_str_has_prefix(pool, "pool-") || !text_parse_int(pool + strlen("pool-"), &port) ||
            strcmp(name, "FRONTEND") == 0)
            continue;
        if (strcmp(name, "BACKEND") == 0)
            waiting += number_find(heads, fields, "qcur");
        else
            g_ptr_array_add(servers, server_parse(heads, fields, (int)port));
    }
    *ret_servers = g_steal_pointer(&servers);
    *ret_waiting = waiting;
    return true;
}

/* What is written into it are words that farm_read() has checked, and numbers. */
char *haproxy_node_script(const Farm *farm, const FarmNode *node)
{
    GString *out = g_string_new("#!/bin/sh\n");
    g_autofree char *toolchains = g_strjoinv(" ", node->toolchains);
    g_string_append_printf(
        out,
        "# The node %s of the build farm: run this there, as root or not; it stays in the\n"
        "# foreground. Made by bob farm config.\n"
        "set -eu\n"
        "state=${STATE_DIRECTORY:-${TMPDIR:-/tmp}/marvin-node-%s}\n"
        "mkdir -p \"$state/tmp\"\n"
        "# distccd becomes another user where root starts it, and needs a folder that it may "
        "write.\n"
        "[ \"$(id -u)\" != 0 ] || chown distccd \"$state\" \"$state/tmp\"\n"
        "# Only these compilers may be asked for, and each by the name that has its version.\n"
        ": >\"$state/compilers\"\n"
        "for name in %s; do\n"
        "    command -v \"$name\" >>\"$state/compilers\" || { echo \"$name is not on this system\" "
        ">&2; exit 1; }\n"
        "done\n"
        "export DISTCC_DIR=\"$state\" TMPDIR=\"$state/tmp\" DISTCC_CMDLIST=\"$state/compilers\"\n",
        node->name, node->name, toolchains);
    g_string_append_printf(out,
                           "exec distccd --no-detach --daemon --port %d --jobs %d --log-stderr "
                           "--log-level warning",
                           node->port, node->preload ? 2 * node->cores : node->cores);
    for (char **network = farm->allow; *network != NULL; network++)
        g_string_append_printf(out, " --allow %s", *network);
    if (node->load_port > 0)
        g_string_append_printf(out, " --stats --stats-port %d", node->load_port);
    g_string_append(out, "\n");
    return g_string_free(out, FALSE);
}
