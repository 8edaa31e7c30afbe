// Addresses of trees by git's own rules (git-clone(1), "GIT URLS"), without its remote helpers.
#include <string.h>

#include "common/error.h"
#include "common/git_internal.h"

#define URL_BYTES_MAX 2048

typedef struct {
    const char *prefix;
    GitUrlKind kind;
} Scheme;

static const Scheme SCHEMES[] = {
    {"file://", GIT_URL_LOCAL},  {"http://", GIT_URL_HTTP}, {"https://", GIT_URL_HTTP},
    {"git://", GIT_URL_DAEMON},  {"ssh://", GIT_URL_SSH},   {"git+ssh://", GIT_URL_SSH},
    {"ssh+git://", GIT_URL_SSH},
};

static bool url_refuse(const char *url, const char *why, GError **error)
{
    g_autofree char *line = git_line(url);
    g_autofree char *shown = git_url_format(line);
    return error_set(error, ERROR_INPUT,
                     "\"%s\" is no address of a git tree: %s; expected a path, file://, https://, "
                     "git://, ssh:// or user@machine:path.",
                     shown, why);
}

void git_url_free(GitUrl *url)
{
    if (!url)
        return;
    g_free(url->path);
    g_free(url->user);
    g_free(url->machine);
    g_free(url->port);
    g_free(url);
}

static bool has_only(const char *text, const char *odd)
{
    for (; *text; text++)
        if (!g_ascii_isalnum(*text) && !strchr(odd, *text))
            return false;
    return true;
}

// [user@]machine[:port] and [user@][address]:port. These become arguments and, by a user's own
// ssh configuration, perhaps parts of a ProxyCommand: only plain characters pass.
static const char *machine_parse(GitUrl *url, const char *text)
{
    const char *at = strrchr(text, '@');
    url->user = at ? g_strndup(text, (gsize)(at - text)) : NULL;
    const char *name = at ? at + 1 : text;
    const char *end = strchr(name, ':');
    if (name[0] == '[') {
        name++;
        end = strchr(name, ']');
        if (!end || (end[1] && end[1] != ':'))
            return "its brackets do not match";
    }
    url->machine = end ? g_strndup(name, (gsize)(end - name)) : g_strdup(name);
    const char *port = end ? strchr(end, ':') : NULL;
    url->port = port && port[1] ? g_strdup(port + 1) : NULL;
    if (!url->machine[0] || url->machine[0] == '-' || !has_only(url->machine, ".-_:%"))
        return "its machine has no valid name";
    if (url->user && (!url->user[0] || url->user[0] == '-' || !has_only(url->user, ".-_+@")))
        return "its user has no valid name";
    if (url->port &&
        (strlen(url->port) > 5 || strspn(url->port, "0123456789") != strlen(url->port)))
        return "its port is no number";
    return NULL;
}

// What follows ssh://; NULL or what is wrong.
static const char *ssh_parse(GitUrl *url, const char *rest)
{
    const char *slash = strchr(rest, '/');
    if (!slash)
        return "it has no path";
    g_autofree char *machine = g_strndup(rest, (gsize)(slash - rest));
    if (slash[1] == '~')
        slash++;
    url->path = g_uri_unescape_string(slash, NULL);
    if (!url->path)
        return "its path is wrongly escaped";
    return machine_parse(url, machine);
}

// [user@]machine:path, where machine may stand in brackets with a port.
static const char *scp_parse(GitUrl *url, const char *text)
{
    const char *bracket = strchr(text, '[');
    const char *colon = strchr(text, ':');
    if (bracket && bracket < colon) {
        const char *close = strchr(bracket, ']');
        if (!close || close[1] != ':')
            return "its brackets do not match";
        colon = close + 1;
    }
    url->path = g_strdup(colon + 1);
    g_autofree char *machine = g_strndup(text, (gsize)(colon - text));
    if (!bracket || bracket > colon)
        return machine_parse(url, machine);
    // [machine:port]:path, but [::1]:path is an address.
    char *open = strchr(machine, '[');
    if (strchr(open, ':') == strrchr(open, ':') && strchr(open, ':')) {
        memmove(open, open + 1, strlen(open));
        machine[strlen(machine) - 1] = 0;
    }
    return machine_parse(url, machine);
}

static const char *local_parse(GitUrl *url, const char *path, bool is_url)
{
    url->path = is_url ? g_uri_unescape_string(path, NULL) : g_strdup(path);
    if (!url->path)
        return "its path is wrongly escaped";
    if (is_url && url->path[0] != '/')
        return "file:// takes an absolute path";
    return NULL;
}

static const char *any_parse(GitUrl *url, const char *text)
{
    for (guint i = 0; i < G_N_ELEMENTS(SCHEMES); i++) {
        if (!g_str_has_prefix(text, SCHEMES[i].prefix))
            continue;
        const char *rest = text + strlen(SCHEMES[i].prefix);
        url->kind = SCHEMES[i].kind;
        if (url->kind == GIT_URL_SSH)
            return ssh_parse(url, rest);
        if (url->kind == GIT_URL_LOCAL)
            return local_parse(url, rest, true);
        return *rest && *rest != '/' ? NULL : "it names no machine";
    }
    const char *colon = strchr(text, ':'), *slash = strchr(text, '/');
    bool is_helper = colon && colon[1] == ':' && !memchr(text, '[', (gsize)(colon - text));
    url->kind = GIT_URL_LOCAL;
    if (!colon || (slash && slash < colon))
        return local_parse(url, text, false);
    if (strstr(text, "://") || is_helper)
        return "its scheme is not known";
    url->kind = GIT_URL_SSH;
    return scp_parse(url, text);
}

bool git_url_parse(const char *url, GitUrl **ret_url, GError **error)
{
    g_autoptr(GitUrl) parsed = g_new0(GitUrl, 1);
    const char *wrong = NULL;
    if (!*url || strlen(url) > URL_BYTES_MAX)
        wrong = *url ? "it is too long" : "it is empty";
    for (const char *c = url; *c && !wrong; c++)
        if (g_ascii_iscntrl(*c))
            wrong = "it holds control characters";
    if (!wrong)
        wrong = any_parse(parsed, url);
    // The other side would take it for an option of git-upload-pack.
    if (!wrong && parsed->kind == GIT_URL_SSH && (!parsed->path[0] || parsed->path[0] == '-'))
        wrong = "its path is empty or begins with -";
    if (wrong)
        return url_refuse(url, wrong, error);
    *ret_url = g_steal_pointer(&parsed);
    return true;
}

bool git_url_check(const char *url, GError **error)
{
    g_autoptr(GitUrl) parsed = NULL;
    return git_url_parse(url, &parsed, error);
}

char *git_url_format(const char *url)
{
    const char *scheme = strstr(url, "://");
    if (!scheme)
        return g_strdup(url);
    const char *start = scheme + 3;
    gsize n = strcspn(start, "/");
    const char *at = memrchr(start, '@', n);
    if (!at)
        return g_strdup(url);
    // Over http the name of the user may be a token; over ssh it is worth saying.
    bool is_ssh = memmem(url, (gsize)(scheme - url), "ssh", 3) != NULL;
    gsize user = is_ssh ? strcspn(start, ":@") : 0;
    return g_strdup_printf("%.*s%.*s%s", (int)(start - url), url, (int)user, start,
                           user ? at : at + 1);
}
