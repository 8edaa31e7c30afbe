// A package archive as apt sees it, with lists and cache of our own.
#include "bob/apt.h"

#include "common/clock.h"
#include "common/error.h"
#include "common/hash.h"
#include "common/proc.h"
#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SOURCES_MAX_BYTES = 1 << 20,
    NAMES_AT_ONCE = 500,
    LOCK_RETRY_MS = 200,
    UPDATE_DEADLINE_MS = 20 * 60 * 1000,
    LIST_DEADLINE_MS = 5 * 60 * 1000,
    SHOW_MAX_BYTES = 256 << 20,
};

struct Apt {
    char *folder;
    char **env; // with APT_CONFIG
};

static bool is_line(const char *sources)
{
    return g_str_has_prefix(sources, "deb ") || g_str_has_prefix(sources, "deb\t");
}

bool apt_sources_check(const char *sources, GError **error)
{
    bool is_file = g_path_is_absolute(sources) &&
                   (g_str_has_suffix(sources, ".list") || g_str_has_suffix(sources, ".sources"));
    if (strcmp(sources, "apt:") == 0 || is_line(sources) || is_file)
        return true;
    return error_set(error, ERROR_INPUT,
                     "'%s' is no source of packages: write 'apt:' for those of this computer, a "
                     "line 'deb URI SUITE COMPONENT', or the path of a .list or .sources file",
                     sources);
}

char *apt_sources_format(const char *sources)
{
    g_autoptr(GRegex) password = g_regex_new("://[^/@\\s]*@", 0, 0, NULL);
    return g_regex_replace_literal(password, sources, -1, 0, "://", 0, NULL);
}

/* Whether any user can reach the folder: apt as root hands downloads to a user of its own. */
static bool is_reachable(const char *folder)
{
    g_autofree char *path = g_strdup(folder);
    for (;;) {
        struct stat info;
        if (stat(path, &info) != 0 || !(info.st_mode & S_IXOTH))
            return false;
        if (strcmp(path, "/") == 0)
            return true;
        char *parent = g_path_get_dirname(path);
        g_free(path);
        path = parent;
    }
}

/* A path as a value of apt's configuration; freed with g_free. */
static char *quoted(const char *folder, const char *below)
{
    g_autofree char *path = g_build_filename(folder, below, NULL);
    return g_strconcat("\"", path, "\"", NULL);
}

/* Read twice by apt: first as APT_CONFIG, and, as its Dir::Etc::main, after the computer's own
 * settings, over which it has the last word. */
static char *config_text(const char *folder, const char *sources)
{
    g_autofree char *own = quoted(folder, "apt.conf");
    g_autofree char *root = quoted(folder, "");
    g_autofree char *lists = quoted(folder, "lists");
    g_autofree char *status = quoted(folder, "status");
    g_autofree char *cache = quoted(folder, "cache");
    GString *text = g_string_new(NULL);
    if (g_file_test("/etc/apt/apt.conf", G_FILE_TEST_IS_REGULAR))
        g_string_append(text, "#include \"/etc/apt/apt.conf\";\n");
    g_string_append_printf(text,
                           "Dir::Etc::main %s;\n#clear APT::Update;\n#clear DPkg;\n"
                           "APT::Update::Error-Mode \"any\";\nAcquire::Languages \"none\";\n"
                           "Acquire::GzipIndexes \"false\";\nAcquire::Retries \"2\";\n"
                           "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled \"false\";\n"
                           "Dir::State %s;\nDir::State::lists %s;\nDir::State::status %s;\n"
                           "Dir::Cache %s;\n",
                           own, root, lists, status, cache);
    if (strcmp(sources, "apt:") != 0) {
        g_autofree char *list = quoted(folder, "sources.list");
        g_autofree char *parts = quoted(folder, "sources.d");
        g_string_append_printf(text, "Dir::Etc::sourcelist %s;\nDir::Etc::sourceparts %s;\n", list,
                               parts);
    }
    if (!is_reachable(folder))
        g_string_append(text, "APT::Sandbox::User \"root\";\n");
    return g_string_free(text, FALSE);
}

/* Writes only what is other, so that apt's caches stay valid. */
static bool write_file(const char *folder, const char *name, const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *was = NULL;
    if (g_file_get_contents(path, &was, NULL, NULL) && strcmp(was, text) == 0)
        return true;
    return g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, error);
}

static bool read_sources(const char *path, char **ret_text, GError **error)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return error_set(error, ERROR_INPUT, "cannot read the sources %s: %s", path,
                         g_strerror(errno));
    if (!S_ISREG(info.st_mode) || info.st_size > SOURCES_MAX_BYTES)
        return error_set(error, ERROR_INPUT, "the sources %s are no file of less than 1M", path);
    return g_file_get_contents(path, ret_text, NULL, error);
}

static bool write_sources(const char *folder, const char *sources, GError **error)
{
    g_autofree char *text = NULL;
    if (strcmp(sources, "apt:") == 0)
        return true;
    if (is_line(sources))
        text = g_strconcat(sources, "\n", NULL);
    else if (!read_sources(sources, &text, error))
        return false;
    bool is_deb822 = !is_line(sources) && g_str_has_suffix(sources, ".sources");
    return write_file(folder, "sources.list", is_deb822 ? "" : text, error) &&
           write_file(folder, "sources.d/tree.sources", is_deb822 ? text : "", error);
}

static bool make_folders(const char *folder, GError **error)
{
    static const char *const FOLDERS[] = {"lists/partial", "cache/archives/partial", "sources.d"};
    for (size_t i = 0; i < G_N_ELEMENTS(FOLDERS); i++) {
        g_autofree char *path = g_build_filename(folder, FOLDERS[i], NULL);
        if (g_mkdir_with_parents(path, 0755) != 0)
            return error_set(error, ERROR_INPUT, "cannot make the folder %s: %s", path,
                             g_strerror(errno));
    }
    return true;
}

bool apt_open(const char *folder, const char *sources, Apt **ret_apt, GError **error)
{
    if (strpbrk(folder, "\"\\\n") != NULL)
        return error_set(error, ERROR_INPUT,
                         "apt cannot work in '%s': its configuration has no way to write \" and \\",
                         folder);
    g_autofree char *program = proc_find_program("apt-get");
    if (program == NULL)
        return error_set(error, ERROR_INPUT,
                         "there is no apt-get here: trees of packages are watched and fetched on "
                         "systems that have apt");
    if (!make_folders(folder, error))
        return false;
    g_autofree char *config = config_text(folder, sources);
    if (!write_file(folder, "status", "", error) || !write_sources(folder, sources, error) ||
        !write_file(folder, "apt.conf", config, error))
        return false;
    g_autofree char *path = g_build_filename(folder, "apt.conf", NULL);
    Apt *apt = g_new0(Apt, 1);
    apt->folder = g_strdup(folder);
    apt->env = g_environ_setenv(g_get_environ(), "APT_CONFIG", path, TRUE);
    apt->env = g_environ_setenv(apt->env, "LC_ALL", "C", TRUE);
    *ret_apt = apt;
    return true;
}

void apt_close(Apt *apt)
{
    if (apt == NULL)
        return;
    g_free(apt->folder);
    g_strfreev(apt->env);
    g_free(apt);
}

/* The first line of apt's that begins with "E: ", else with "W: "; freed with g_free. */
static char *find_complaint(const char *text)
{
    static const char *const MARKS[] = {"E: ", "W: "};
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    for (size_t i = 0; i < G_N_ELEMENTS(MARKS); i++) {
        for (char **line = lines; *line != NULL; line++) {
            if (g_str_has_prefix(*line, MARKS[i])) {
                g_autofree char *safe = text_escape_terminal(*line + strlen(MARKS[i]));
                return g_strndup(safe, 300);
            }
        }
    }
    return NULL;
}

/* Runs a program of apt's; what it prints is captured. ERROR_INPUT with its own complaint. */
static bool run(const Apt *apt, const char *const *argv, const char *dir, gint64 deadline_ms,
                AptStop is_stopped, void *data, ProcResult *ret_result, GError **error)
{
    ProcSpec spec = {.argv = argv,
                     .env = (const char *const *)apt->env,
                     .dir = dir,
                     .output_limit_bytes = SHOW_MAX_BYTES,
                     .deadline_ms = deadline_ms,
                     .is_cancelled = is_stopped,
                     .data = data};
    g_auto(ProcResult) ran = {0};
    if (!proc_run(&spec, &ran, error))
        return false;
    if (ran.cancelled)
        return error_set(error, ERROR_INTERRUPTED, "stopped; start it again to go on");
    g_autofree char *said = find_complaint(ran.err);
    g_autofree char *complaint = proc_result_complaint(&spec, &ran);
    if (complaint != NULL)
        return error_set(error, ERROR_INPUT, "%s", said != NULL ? said : complaint);
    *ret_result = ran;
    ran = (ProcResult){0};
    return true;
}

/* A descriptor whose lock dies with the process; -1 with an error. */
static int lock_folder(const Apt *apt, AptStop is_stopped, void *data, GError **error)
{
    g_autofree char *path = g_build_filename(apt->folder, "update.lock", NULL);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) {
        error_set(error, ERROR_INPUT, "cannot open the lock %s: %s", path, g_strerror(errno));
        return -1;
    }
    for (int waited_ms = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited_ms += LOCK_RETRY_MS) {
        bool must_end = (is_stopped != NULL && is_stopped(data)) || errno != EWOULDBLOCK;
        if (must_end || waited_ms > UPDATE_DEADLINE_MS) {
            error_set(error, must_end ? ERROR_INTERRUPTED : ERROR_INPUT,
                      "another process updates %s", apt->folder);
            close(fd);
            return -1;
        }
        clock_sleep(LOCK_RETRY_MS, NULL, NULL);
    }
    return fd;
}

bool apt_update(Apt *apt, AptStop is_stopped, void *data, GError **error)
{
    static const char *const ARGV[] = {"apt-get", "-q", "update", NULL};
    g_auto(ProcResult) ran = {0};
    int fd = lock_folder(apt, is_stopped, data, error);
    if (fd < 0)
        return false;
    bool done = run(apt, ARGV, NULL, UPDATE_DEADLINE_MS, is_stopped, data, &ran, error);
    close(fd);
    return done;
}

/* What all globs that include share at their beginning, for apt to narrow the names; g_free. */
static char *common_prefix(const char *const *globs)
{
    char *prefix = NULL;
    for (const char *const *glob = globs; *glob != NULL; glob++) {
        if (**glob == '!')
            continue;
        size_t length = strcspn(*glob, "*?[\\");
        if (prefix == NULL)
            prefix = g_strndup(*glob, length);
        size_t shared = 0;
        while (shared < length && prefix[shared] == (*glob)[shared] && prefix[shared] != '\0')
            shared++;
        prefix[shared] = '\0';
    }
    return prefix != NULL ? prefix : g_strdup("");
}

static bool list_names(const Apt *apt, const char *const *globs, GPtrArray **ret_names,
                       GError **error)
{
    g_autofree char *prefix = common_prefix(globs);
    const char *const argv[] = {"apt-cache", "pkgnames", "--", prefix, NULL};
    g_auto(ProcResult) ran = {0};
    if (!run(apt, argv, NULL, LIST_DEADLINE_MS, NULL, NULL, &ran, error))
        return false;
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) lines = g_strsplit(ran.out, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (**line != '\0' && **line != '-' && apt_name_matches(globs, *line))
            g_ptr_array_add(names, g_strdup(*line));
    }
    *ret_names = names;
    return true;
}

/* Some names are only named by other packages: apt then complains and shows the rest. */
static bool show(const Apt *apt, const GPtrArray *names, guint from, GPtrArray *packages,
                 GError **error)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_ptr_array_add(argv, (gpointer) "apt-cache");
    g_ptr_array_add(argv, (gpointer) "show");
    g_ptr_array_add(argv, (gpointer) "--");
    for (guint i = from; i < MIN(names->len, from + NAMES_AT_ONCE); i++)
        g_ptr_array_add(argv, g_ptr_array_index(names, i));
    g_ptr_array_add(argv, NULL);
    ProcSpec spec = {.argv = (const char *const *)argv->pdata,
                     .env = (const char *const *)apt->env,
                     .output_limit_bytes = SHOW_MAX_BYTES,
                     .deadline_ms = LIST_DEADLINE_MS};
    g_auto(ProcResult) ran = {0};
    if (!proc_run(&spec, &ran, error))
        return false;
    if (ran.timed_out || ran.output_exceeded) {
        g_autofree char *complaint = proc_result_complaint(&spec, &ran);
        return error_set(error, ERROR_INPUT, "%s", complaint);
    }
    apt_records_parse(ran.out, packages);
    return true;
}

bool apt_list(Apt *apt, const char *const *globs, GPtrArray **ret_packages, GError **error)
{
    g_autoptr(GPtrArray) names = NULL;
    g_autoptr(GPtrArray) packages =
        g_ptr_array_new_with_free_func((GDestroyNotify)apt_package_free);
    if (!list_names(apt, globs, &names, error))
        return false;
    for (guint i = 0; i < names->len; i += NAMES_AT_ONCE) {
        if (!show(apt, names, i, packages, error))
            return false;
    }
    *ret_packages = g_steal_pointer(&packages);
    return true;
}

/* The one .deb in dir; freed with g_free. */
static char *find_deb(const char *dir)
{
    GDir *folder = g_dir_open(dir, 0, NULL);
    const char *name = NULL;
    char *path = NULL;
    while (folder != NULL && path == NULL && (name = g_dir_read_name(folder)) != NULL) {
        if (g_str_has_suffix(name, ".deb"))
            path = g_build_filename(dir, name, NULL);
    }
    if (folder != NULL)
        g_dir_close(folder);
    return path;
}

bool apt_download(Apt *apt, const AptPackage *package, const char *dir, AptStop is_stopped,
                  void *data, char **ret_path, GError **error)
{
    g_autofree char *spec = g_strdup_printf("%s=%s", package->name, package->version);
    const char *const argv[] = {"apt-get", "-q", "download", "--", spec, NULL};
    g_auto(ProcResult) ran = {0};
    if (!run(apt, argv, dir, 0, is_stopped, data, &ran, error))
        return false;
    g_autofree char *path = find_deb(dir);
    g_autofree char *hash = NULL;
    if (path == NULL)
        return error_set(error, ERROR_INPUT, "apt-get downloaded no package for %s", spec);
    if (!hash_file(path, &hash, error))
        return false;
    if (strcmp(hash, package->sha256) != 0)
        return error_set(error, ERROR_INPUT,
                         "the archive has another %s now: its SHA-256 is %.12s.., and the release "
                         "that was found is %.12s..",
                         spec, hash, package->sha256);
    *ret_path = g_steal_pointer(&path);
    return true;
}

gint64 deb_file_time(const char *path)
{
    // ar(5): 8 bytes of magic; then of the first member a name of 16 bytes and a time of 12.
    enum { NAME_AT = 8, TIME_AT = 24, TIME_BYTES = 12, HEAD_BYTES = 36 };
    char head[HEAD_BYTES] = {0};
    FILE *file = fopen(path, "re");
    size_t n = file != NULL ? fread(head, 1, sizeof head, file) : 0;
    if (file != NULL)
        fclose(file);
    if (n != sizeof head || memcmp(head, "!<arch>\ndebian-binary", NAME_AT + 13) != 0)
        return 0;
    g_autofree char *text = g_strndup(head + TIME_AT, TIME_BYTES);
    int64_t time_s = 0;
    return text_parse_int(g_strchomp(text), &time_s) && time_s > 0 ? time_s : 0;
}
