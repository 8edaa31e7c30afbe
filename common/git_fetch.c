// A fetch: list the remote's references, compare, and only if something differs download, keep
// what would become unreachable, and move the references. A lock on the mirror's folder, gone
// with the process that holds it, makes leftovers of killed ones recognisable.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/git_internal.h"

#define TIMEOUT_MS (60 * 60 * 1000)
#define LOCK_RETRY_US 50000
#define AT_ONCE_FROM 50 // so many new references are written as one file

// --- what libgit2 calls ----------------------------------------------------------------------

static int on_transfer(const git_indexer_progress *stats, void *payload)
{
    GitConnection *connection = payload;
    GitProgress *seen = &connection->limits.seen;
    seen->n_received = stats->received_objects;
    seen->n_indexed = stats->indexed_objects;
    seen->n_objects = stats->total_objects;
    seen->bytes = stats->received_bytes;
    return git_limits_go_on(&connection->limits) ? 0 : GIT_EUSER;
}

static int on_sideband(const char *text, int n, void *payload)
{
    GitConnection *connection = payload;
    (void)text;
    (void)n;
    return git_limits_go_on(&connection->limits) ? 0 : GIT_EUSER;
}

static int on_pack(int stage, uint32_t current, uint32_t total, void *payload)
{
    (void)current;
    (void)total;
    return on_sideband(NULL, stage, payload);
}

// libgit2 would ask again and again: nothing here can answer.
static int on_credentials(git_credential **ret_credential, const char *url, const char *user,
                          unsigned int allowed, void *payload)
{
    GitConnection *connection = payload;
    (void)ret_credential;
    (void)url;
    (void)user;
    (void)allowed;
    return git_limits_fail(&connection->limits,
                           "it asks for a password (or the one in the address is wrong); use an "
                           "ssh address with a key, or one that anybody may read");
}

static int on_transport(git_transport **ret_transport, git_remote *remote, void *payload)
{
    GitConnection *connection = payload;
    git_smart_subtransport_definition http = {git_smart_subtransport_http, 1, NULL};
    git_smart_subtransport_definition daemon = {git_smart_subtransport_git, 0, NULL};
    git_smart_subtransport_definition program = {git_program_subtransport, 0, connection};
    GitUrlKind kind = connection->url->kind;
    if (kind == GIT_URL_HTTP)
        return git_transport_smart(ret_transport, remote, &http);
    if (kind == GIT_URL_DAEMON)
        return git_transport_smart(ret_transport, remote, &daemon);
    if (git_program_is_fit(connection->url))
        return git_transport_smart(ret_transport, remote, &program);
    return git_transport_local(ret_transport, remote, NULL);
}

// --- the mirror's files ----------------------------------------------------------------------

// Waits for the mirror's lock; the descriptor that holds it, or -1 with the cause noted.
static int lock_take(GitMirror *mirror, GitLimits *limits)
{
    int fd = open(mirror->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK && git_limits_go_on(limits)) {
            g_usleep(LOCK_RETRY_US);
            continue;
        }
        if (!limits->cause)
            git_limits_fail(limits, "%s cannot be locked: %s", mirror->path, g_strerror(errno));
        close(fd);
        return -1;
    }
    if (fd < 0)
        git_limits_fail(limits, "%s cannot be opened: %s", mirror->path, g_strerror(errno));
    return fd;
}

// With the lock held, whatever a fetch makes for a while is a killed one's.
static void leftovers_remove(const char *path, bool in_refs)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *below = g_build_filename(path, name, NULL);
        if (in_refs && g_file_test(below, G_FILE_TEST_IS_DIR))
            leftovers_remove(below, true);
        else if (g_str_has_suffix(name, ".lock") || g_str_has_prefix(name, "pack_git2_") ||
                 g_str_has_prefix(name, "packed-refs."))
            unlink(below);
    }
}

static void mirror_clean(GitMirror *mirror)
{
    g_autofree char *refs = g_build_filename(mirror->path, "refs", NULL);
    g_autofree char *packs = g_build_filename(mirror->path, "objects", "pack", NULL);
    leftovers_remove(mirror->path, false);
    leftovers_remove(refs, true);
    leftovers_remove(packs, false);
}

// --- writing ---------------------------------------------------------------------------------

static bool is_known(git_repository *repo, const char *hash)
{
    git_odb *odb = NULL;
    git_oid oid;
    bool known = git_repository_odb(&odb, repo) == 0 && git_oid_fromstr(&oid, hash) == 0 &&
                 git_odb_exists(odb, &oid);
    git_odb_free(odb);
    return known;
}

static bool is_any_missing(git_repository *repo, const GPtrArray *changes)
{
    for (guint i = 0; i < changes->len; i++) {
        const GitRefChange *change = changes->pdata[i];
        if (change->new_hash && !is_known(repo, change->new_hash))
            return true;
    }
    return false;
}

static bool ref_write(git_repository *repo, const char *name, const char *hash)
{
    git_oid oid;
    git_reference *ref = NULL;
    bool ok = git_oid_fromstr(&oid, hash) == 0 &&
              git_reference_create(&ref, repo, name, &oid, 1, "fetch") == 0;
    git_reference_free(ref);
    return ok;
}

// Whether what the reference named stays reachable from what it names now.
static bool is_ancestor(git_repository *repo, const GitRefChange *change)
{
    git_oid old, new;
    return change->kind == GIT_REF_MOVED && g_str_has_prefix(change->name, "refs/heads/") &&
           git_oid_fromstr(&old, change->old_hash) == 0 &&
           git_oid_fromstr(&new, change->new_hash) == 0 &&
           git_graph_descendant_of(repo, &new, &old) == 1;
}

// libgit2 cannot fetch into a repository where a reference other than a tag names no commit.
static bool is_history(git_repository *repo, const char *hash)
{
    git_oid oid;
    git_object *object = NULL, *commit = NULL;
    bool found = git_oid_fromstr(&oid, hash) == 0 &&
                 git_object_lookup(&object, repo, &oid, GIT_OBJECT_ANY) == 0 &&
                 git_object_peel(&commit, object, GIT_OBJECT_COMMIT) == 0;
    git_object_free(commit);
    git_object_free(object);
    return found;
}

static bool old_keep(git_repository *repo, GitRefChange *change)
{
    if (change->kind == GIT_REF_NEW || is_ancestor(repo, change) ||
        !is_history(repo, change->old_hash))
        return true;
    change->is_rewrite =
        change->kind == GIT_REF_MOVED && g_str_has_prefix(change->name, "refs/heads/");
    g_autofree char *name = g_strconcat(KEPT_PREFIX, change->old_hash, NULL);
    return ref_write(repo, name, change->old_hash);
}

static guint new_count(const GPtrArray *changes)
{
    guint n = 0;
    for (guint i = 0; i < changes->len; i++)
        n += ((const GitRefChange *)changes->pdata[i])->kind == GIT_REF_NEW;
    return n;
}

// In an order that may end anywhere: first what keeps the old, then what makes room (a tag "a"
// may go where "a/b" comes), then the new.
static bool changes_write(GitMirror *mirror, const GPtrArray *changes)
{
    git_repository *repo = mirror->repo;
    for (guint i = 0; i < changes->len; i++)
        if (!old_keep(repo, changes->pdata[i]))
            return false;
    for (guint i = 0; i < changes->len; i++) {
        const GitRefChange *change = changes->pdata[i];
        if (change->kind == GIT_REF_GONE && git_reference_remove(repo, change->name) != 0)
            return false;
    }
    bool at_once = new_count(changes) >= AT_ONCE_FROM;
    if (at_once && !git_refs_add(mirror, changes))
        return false;
    for (guint i = 0; i < changes->len; i++) {
        const GitRefChange *change = changes->pdata[i];
        if (change->new_hash && !(at_once && change->kind == GIT_REF_NEW) &&
            !ref_write(repo, change->name, change->new_hash))
            return false;
    }
    return true;
}

// HEAD names the remote's default branch; one that is not there leaves it as it is.
static bool head_write(git_repository *repo, git_remote *remote)
{
    git_buf branch = GIT_BUF_INIT;
    git_reference *head = NULL, *target = NULL;
    bool ok = true;
    if (git_remote_default_branch(&branch, remote) == 0 &&
        git_reference_lookup(&target, repo, branch.ptr) == 0 &&
        git_reference_lookup(&head, repo, "HEAD") == 0 &&
        g_strcmp0(git_reference_symbolic_target(head), branch.ptr) != 0)
        ok = git_repository_set_head(repo, branch.ptr) == 0;
    git_reference_free(head);
    git_reference_free(target);
    git_buf_dispose(&branch);
    return ok;
}

static bool pack_download(git_remote *remote, const git_remote_callbacks *callbacks,
                          GitFetchReport *report)
{
    char heads[] = "+refs/heads/*:refs/heads/*", tags[] = "+refs/tags/*:refs/tags/*";
    char *specs[] = {heads, tags};
    git_strarray refspecs = {specs, G_N_ELEMENTS(specs)};
    git_fetch_options options;
    git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
    options.callbacks = *callbacks;
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
    options.update_fetchhead = 0;
    options.proxy_opts.type = GIT_PROXY_AUTO;
    if (git_remote_download(remote, &refspecs, &options) != 0)
        return false;
    report->bytes = git_remote_stats(remote)->received_bytes;
    return true;
}

// What the caller knows does not hold for a mirror that was lost and begins anew.
static bool is_known_whole(GitMirror *mirror, const GitFetchOptions *options, const char *digest)
{
    g_autofree char *packed = g_build_filename(mirror->path, "packed-refs", NULL);
    return options->is_known != NULL && options->is_known(digest, options->known_data) &&
           g_file_test(packed, G_FILE_TEST_EXISTS);
}

// The fetch itself; false with libgit2's error or the limits' cause.
static bool remote_mirror(GitMirror *mirror, git_remote *remote, GitConnection *connection,
                          GitFetchReport *report)
{
    git_remote_callbacks callbacks;
    git_remote_init_callbacks(&callbacks, GIT_REMOTE_CALLBACKS_VERSION);
    callbacks.transfer_progress = on_transfer;
    callbacks.sideband_progress = on_sideband;
    callbacks.pack_progress = on_pack;
    callbacks.credentials = on_credentials;
    callbacks.transport = on_transport;
    callbacks.payload = connection;
    git_proxy_options proxy;
    git_proxy_options_init(&proxy, GIT_PROXY_OPTIONS_VERSION);
    proxy.type = GIT_PROXY_AUTO;
    const git_remote_head **heads;
    size_t n;
    if (!git_limits_go_on(&connection->limits) ||
        git_remote_connect(remote, GIT_DIRECTION_FETCH, &callbacks, &proxy, NULL) != 0 ||
        git_remote_ls(&heads, &n, remote) != 0)
        return false;
    g_autoptr(GPtrArray) want = git_refs_of_remote(heads, n, report->complaints);
    report->digest = git_refs_digest(want);
    if (is_known_whole(mirror, connection->limits.options, report->digest))
        return head_write(mirror->repo, remote);
    g_autoptr(GPtrArray) have = git_refs_of_mirror(mirror->repo);
    if (!have)
        return false;
    git_refs_compare(have, want, report);
    if (report->changes->len == 0)
        return head_write(mirror->repo, remote);
    mirror_clean(mirror);
    if (is_any_missing(mirror->repo, report->changes) && !pack_download(remote, &callbacks, report))
        return false;
    return changes_write(mirror, report->changes) && head_write(mirror->repo, remote);
}

static bool fetch_fail(const char *url, GitLimits *limits, GError **error)
{
    g_autofree char *shown = git_url_format(url);
    g_autofree char *cause = git_cause(limits->cause);
    return error_set(error, limits->interrupted ? ERROR_INTERRUPTED : ERROR_INPUT,
                     "The tree at %s could not be fetched: %s.", shown, cause);
}

// Without a name nothing of it is stored. The user's url.*.insteadOf does not apply: the url is the
// tree's setting (and libgit2 1.5 loses 20 KB for each line of configuration in looking for it).
static bool remote_new(GitMirror *mirror, const char *url, git_remote **ret_remote)
{
    git_remote_create_options options;
    git_remote_create_options_init(&options, GIT_REMOTE_CREATE_OPTIONS_VERSION);
    options.repository = mirror->repo;
    options.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC;
    return git_remote_create_with_opts(ret_remote, url, &options) == 0;
}

bool git_mirror_fetch(GitMirror *mirror, const char *url, const GitFetchOptions *options,
                      GitFetchReport **ret_report, GError **error)
{
    g_autoptr(GitUrl) parsed = NULL;
    if (!git_url_parse(url, &parsed, error))
        return false;
    GitFetchOptions used = options ? *options : (GitFetchOptions){0};
    if (used.timeout_ms == 0)
        used.timeout_ms = TIMEOUT_MS;
    GitConnection connection = {
        .limits = {.deadline_us = g_get_monotonic_time() + (gint64)used.timeout_ms * 1000,
                   .options = &used},
        .url = parsed};
    g_autoptr(GitFetchReport) report = git_fetch_report_new();
    git_remote *remote = NULL;
    git_error_clear();
    int lock_fd = lock_take(mirror, &connection.limits);
    const char *address = parsed->kind == GIT_URL_LOCAL ? parsed->path : url;
    git_socket_use(&connection.limits);
    bool ok = lock_fd >= 0 && remote_new(mirror, address, &remote) &&
              remote_mirror(mirror, remote, &connection, report);
    if (!ok)
        fetch_fail(url, &connection.limits, error);
    git_remote_free(remote);
    git_socket_use(NULL);
    if (lock_fd >= 0)
        close(lock_fd);
    g_free(connection.limits.cause);
    if (ok && ret_report)
        *ret_report = g_steal_pointer(&report);
    return ok;
}
