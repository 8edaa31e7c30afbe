// A management controller that speaks IPMI over the network, reached by ipmitool.
#include "inventory/ipmi.h"

#include <string.h>

#include "common/error.h"
#include "inventory/device_program.h"

enum { PORT = 623, MAX_PORT = 65535, CIPHER = 3, MAX_CIPHER = 17 };

void ipmi_free(Ipmi *ipmi)
{
    if (!ipmi)
        return;
    for (char **word = ipmi->variables; word && *word; word++)
        memset(*word, 0, strlen(*word));
    g_strfreev(ipmi->argv);
    g_strfreev(ipmi->variables);
    g_free(ipmi->device);
    g_free(ipmi);
}

static bool password_read(const Facet *facet, Ipmi *ipmi, GError **error)
{
    const char *path = facet_option(facet, "password-file", NULL);
    g_autofree char *secret = NULL;
    GError *cause = NULL;
    if (path && !secret_read(path, &secret, &cause))
        return error_pass(error, cause, "%s", facet->origin);
    ipmi->variables = g_new0(char *, 2);
    if (path)
        ipmi->variables[0] = g_strconcat("IPMI_PASSWORD=", secret, NULL);
    return path || g_getenv("IPMI_PASSWORD") ||
           error_set(error, ERROR_INPUT,
                     "%s: no password: add password-file=PATH, or set IPMI_PASSWORD",
                     facet->origin);
}

bool ipmi_new(const Facet *facet, Ipmi **ret_ipmi, GError **error)
{
    static const char *const KEYS[] = {"port", "user", "password-file", "cipher", NULL};
    g_autoptr(Ipmi) ipmi = g_new0(Ipmi, 1);
    int port = 0, cipher = 0;
    const char *name = facet_argument(facet, 0);
    if (*name == '-')
        return error_set(error, ERROR_INPUT, "%s: %s is no name of a controller", facet->origin,
                         name);
    if (!facet_check_options(facet, 1, KEYS, error) ||
        !facet_option_int(facet, "port", PORT, 1, MAX_PORT, &port, error) ||
        !facet_option_int(facet, "cipher", CIPHER, 0, MAX_CIPHER, &cipher, error) ||
        !password_read(facet, ipmi, error))
        return false;
    g_autofree char *ports = g_strdup_printf("%d", port);
    g_autofree char *suite = g_strdup_printf("%d", cipher);
    const char *argv[] = {"ipmitool",
                          "-I",
                          "lanplus",
                          "-C",
                          suite,
                          "-H",
                          name,
                          "-p",
                          ports,
                          "-U",
                          facet_option(facet, "user", "ADMIN"),
                          "-E",
                          NULL};
    ipmi->argv = g_strdupv((char **)(gpointer)(guintptr)argv);
    ipmi->device = g_strdup_printf("ipmi %s:%d", name, port);
    *ret_ipmi = g_steal_pointer(&ipmi);
    return true;
}

const char **ipmi_argv(const Ipmi *ipmi, const char *const *words)
{
    guint first = g_strv_length(ipmi->argv);
    guint n = g_strv_length((char **)(gpointer)(guintptr)words);
    const char **argv = g_new0(const char *, first + n + 1);
    memcpy(argv, ipmi->argv, first * sizeof(*argv));
    memcpy(argv + first, words, n * sizeof(*argv));
    return argv;
}
