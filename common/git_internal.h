/*
 * What the files common/git*.c share; for nobody else. The one place that includes git2.h.
 */
#pragma once

#include <git2.h>
#include <git2/sys/transport.h>

#include "common/git.h"

/* What the mirror keeps although no branch or tag of the tree names it. */
#define KEPT_PREFIX "refs/marvin/kept/"

struct GitMirror {
    char *path;
    git_repository *repo;
};

/* --- addresses (git_url.c) --------------------------------------------------------------- */

typedef enum { GIT_URL_LOCAL, GIT_URL_HTTP, GIT_URL_DAEMON, GIT_URL_SSH } GitUrlKind;

/* Where a tree lies. Owned by whoever parsed it. */
typedef struct {
    GitUrlKind kind;
    char *path; // LOCAL: on this machine; SSH: on the other one
    char *user; // SSH: or NULL
    char *machine; // SSH: name or address, without brackets
    char *port; // SSH: digits, or NULL
} GitUrl;

bool git_url_parse(const char *url, GitUrl **ret_url, GError **error);
void git_url_free(GitUrl *url);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GitUrl, git_url_free)

/* --- how long a fetch may take (git_limits.c) ---------------------------------------------- */

/* On the stack of one git_mirror_fetch(). */
typedef struct {
    gint64 deadline_us; // g_get_monotonic_time()
    const GitFetchOptions *options;
    GitProgress seen;
    bool interrupted; // the progress function said stop
    char *cause; // what our own transports know better than libgit2; the first one stays
} GitLimits;

/* Whether to go on: calls the progress function and looks at the clock; sets cause if not. */
bool git_limits_go_on(GitLimits *limits);

/* Notes why the fetch fails, for libgit2 as well; always -1. */
int git_limits_fail(GitLimits *limits, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Waits until fd is ready for events (poll's). wait_ms bounds this wait, the deadline anyway.
 * 0, or -1 with the cause noted: who is what is waited for. */
int git_limits_wait(GitLimits *limits, int fd, short events, gint64 wait_ms, const char *who);

/* --- transports (git_program.c, git_socket.c) ----------------------------------------------------
 */

/* What the transports of one fetch work with; on the stack of git_mirror_fetch(). */
typedef struct {
    GitLimits limits;
    GitUrl *url;
} GitConnection;

/*
 * Whether a child program is to be the transport: ssh always; for a tree by path `git
 * upload-pack`, five times as fast as libgit2's own way, where git is installed and the tree is
 * ours (git may run what another user's tree names in its configuration; libgit2 does not).
 */
bool git_program_is_fit(const GitUrl *url);

/* A smart subtransport over such a child; param is the GitConnection. */
int git_program_subtransport(git_smart_subtransport **ret_transport, git_transport *owner,
                             void *param);

/* Makes libgit2 open its sockets by us; to be called once libgit2 is initialised. */
void git_socket_register(void);

/* From now on the sockets that libgit2 opens in this thread keep to limits; NULL ends it. */
void git_socket_use(GitLimits *limits);

/* --- references (git_refs.c) ---------------------------------------------------------------- */

/* The branches and tags that a remote offers, sorted; what no file system holds is a complaint. */
GPtrArray *git_refs_of_remote(const git_remote_head **heads, gsize n, GPtrArray *complaints);

/* The branches and tags of a mirror, sorted; NULL when it cannot be read. */
GPtrArray *git_refs_of_mirror(git_repository *repo);

/* Adds to report->changes what makes the first list the second. */
/* A hash of names and what they name, of references in order; freed with g_free. */
char *git_refs_digest(const GPtrArray *refs);

void git_refs_compare(const GPtrArray *have, const GPtrArray *want, GitFetchReport *report);

/* Adds the new ones among changes in one write, where one by one each would wait for the disk.
 * false with libgit2's error. */
bool git_refs_add(GitMirror *mirror, const GPtrArray *changes);

GitFetchReport *git_fetch_report_new(void);

/* --- errors and text (git.c) ------------------------------------------------------------- */

/* known, or if that is NULL libgit2's last message, as part of a sentence: one line without a
 * final full stop; g_free. */
char *git_cause(const char *known);

/* Foreign bytes as one line of UTF-8 without control characters; g_free. */
char *git_line(const char *bytes);

/* --- commits (git.c) ------------------------------------------------------------------------- */

/* The commit of a full hash, freed with git_commit_free(). ERROR_INPUT when there is none. */
bool git_commit_get(GitMirror *mirror, const char *hash, git_commit **ret_commit, GError **error);
