// A build that uses the farm: wrappers of compilers, and the hosts that distcc reads.
#include "bob/farm_use.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "bob/farm_probe.h"
#include "bob/toolchain.h"
#include "common/error.h"
#include "common/proc.h"
#include "common/text.h"
#include "sql/queries.h"

enum { SILENT_S = 15, LINE_BYTES = 4096, LOCAL_LINKS = 4, ICECC_JOBS_PER_CORE = 4 };

struct FarmUse {
    const char *kind; // "none", "distcc" or "icecc": a constant
    char *dir;
    char *path; // without the farm
    char *program; // distcc or icecc
    char *proxy;
    double jobs_per_core;
    json_t *versions;
    int cores, local;
    int jobs;
    char *why; // what is not shared, and why; NULL
    GPtrArray *env;
};

static bool is_kind(const FarmUse *use, const char *kind)
{
    return strcmp(use->kind, kind) == 0;
}

static const char *choose_kind(const Builder *builder, const json_t *tree)
{
    static const char *const KINDS[] = {"distcc", "icecc"};
    const char *own = section_text(builder_site(builder)->marvin, "farm");
    const char *of_tree = json_string_value(json_object_get(tree, "farm"));
    const char *wanted = of_tree != NULL && strcmp(own, "none") != 0 ? of_tree : own;
    for (size_t i = 0; i < G_N_ELEMENTS(KINDS); i++) {
        if (strcmp(wanted, KINDS[i]) == 0)
            return KINDS[i];
    }
    return "none";
}

static void __attribute__((format(printf, 2, 3))) note_why(FarmUse *use, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *sentence = g_strdup_vprintf(format, args);
    va_end(args);
    char *both = g_strconcat(use->why ? use->why : "", use->why ? "; " : "", sentence, NULL);
    g_free(use->why);
    use->why = both;
}

/* The file that a name on this path is in the end; NULL: none. */
static char *find_on_path(const char *path, const char *name)
{
    g_auto(GStrv) folders = g_strsplit(path, ":", -1);
    for (char **folder = folders; *folder != NULL; folder++) {
        g_autofree char *file = g_build_filename(*folder, name, NULL);
        if (g_path_is_absolute(*folder) && g_file_test(file, G_FILE_TEST_IS_EXECUTABLE))
            return realpath(file, NULL);
    }
    return NULL;
}

// Wrappers ---------------------------------------------------------------------------------------

/* A compiler of that name, which is really `real`. distcc reads its hosts in DISTCC_DIR each time,
 * so the text is the same for every build, and so is its time, the compiler's: by both a compiler
 * cache knows it again. */
static bool write_wrapper(const FarmUse *use, const char *name, const char *real, const char *file,
                          GError **error)
{
    g_autofree char *path = g_build_filename(use->dir, "bin", name, NULL);
    g_autofree char *quoted_path = g_shell_quote(use->path);
    g_autofree char *quoted_program = g_shell_quote(use->program);
    g_autofree char *text =
        g_strdup_printf("#!/bin/sh\nPATH=%s\n[ -n \"$MARVIN_FARM\" ] || exec %s \"$@\"\n"
                        "DISTCC_DIR=$MARVIN_FARM/%s exec %s %s \"$@\"\n",
                        quoted_path, real, real, quoted_program, real);
    struct stat st;
    if (!g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0755, error))
        return false;
    if (stat(file, &st) == 0) {
        const struct timespec times[2] = {st.st_mtim, st.st_mtim};
        utimensat(AT_FDCWD, path, times, 0);
    }
    return true;
}

/* Whether a file is the toolchain under another name: /usr/bin/x86_64-linux-gnu-gcc-12 is gcc-12.
 */
static bool is_same_compiler(const char *path, const char *alias, const char *file)
{
    g_autofree char *other = find_on_path(path, alias);
    return other != NULL && strcmp(other, file) == 0;
}

/* The toolchain's own name, and those that mean it on this system. */
static bool write_wrappers(const FarmUse *use, const char *toolchain, const char *file,
                           GError **error)
{
    static const char *const ALIASES[] = {"cc", "gcc", "clang", "c++", "g++", "clang++"};
    g_autofree char *own = g_path_get_basename(file);
    if (!write_wrapper(use, toolchain, toolchain, file, error))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(ALIASES); i++) {
        if (is_same_compiler(use->path, ALIASES[i], file) &&
            !write_wrapper(use, ALIASES[i], toolchain, file, error))
            return false;
    }
    return strcmp(own, toolchain) == 0 || !is_same_compiler(use->path, own, file) ||
           write_wrapper(use, own, toolchain, file, error);
}

// distcc -----------------------------------------------------------------------------------------

/* The hosts file for a toolchain: its pools, and ourselves. *ret_slots: of all pools. */
static char *hosts_format(const FarmUse *use, const Rows *pools, const char *arch, int *ret_slots)
{
    GString *hosts = g_string_new(NULL);
    bool is_v6 = strchr(use->proxy, ':') != NULL;
    int slots = 0;
    for (int i = 0; i < rows_count(pools); i++) {
        if (strcmp(rows_text(pools, i, "arch"), arch) != 0)
            continue;
        int of_pool = MAX(1, (int)(use->jobs_per_core * (double)rows_int(pools, i, "cores")));
        g_string_append_printf(hosts, "%s%s%s:%d/%d,lzo\n", is_v6 ? "[" : "", use->proxy,
                               is_v6 ? "]" : "", (int)rows_int(pools, i, "port"), of_pool);
        slots += of_pool;
    }
    if (use->local > 0)
        g_string_append_printf(hosts, "localhost/%d\n", use->local);
    // Preprocessing is ours: as much of it as the nodes take.
    g_string_append_printf(hosts, "--localslots=%d\n--localslots_cpp=%d\n",
                           MAX(use->cores, LOCAL_LINKS), slots + use->cores);
    *ret_slots = slots;
    return g_string_free(hosts, FALSE);
}

/* Whether this system's compiler is the farm's. */
static bool is_same_version(FarmUse *use, const char *toolchain, const char *file)
{
    const char *farms = json_string_value(json_object_get(use->versions, toolchain));
    g_autofree char *own = NULL;
    g_autoptr(GError) cause = NULL;
    if (!farm_own_version(file, &own, &cause)) {
        note_why(use, "%s of this system does not work: %s", toolchain, cause->message);
        return false;
    }
    if (g_strcmp0(own, farms) == 0)
        return true;
    note_why(use, "%s is '%s' here and '%s' at the farm", toolchain, own, farms);
    return false;
}

/* Where a toolchain without an architecture in its name is our own, a node of another architecture
 * would make other code of it. */
static char *arch_of(const char *toolchain)
{
    struct utsname system = {0};
    char *named = toolchain_find_arch(toolchain);
    uname(&system);
    return named != NULL ? named : g_strdup(system.machine);
}

static bool share_toolchain(FarmUse *use, Db *db, const char *toolchain, GError **error)
{
    g_autofree char *file = find_on_path(use->path, toolchain);
    g_autofree char *dir = g_build_filename(use->dir, toolchain, NULL);
    g_autofree char *path = g_build_filename(dir, "hosts", NULL);
    g_autofree char *arch = arch_of(toolchain);
    g_autoptr(Rows) pools = NULL;
    int slots = 0;
    if (file == NULL || !is_same_version(use, toolchain, file))
        return true;
    if (!db_rows(db, &QUERY_FARM_POOLS, DB_PARAMS(DB_TEXT(toolchain)), &pools, error))
        return false;
    g_autofree char *hosts = hosts_format(use, pools, arch, &slots);
    if (slots == 0) {
        note_why(use, "no node has %s now", toolchain);
        return true;
    }
    if (g_mkdir_with_parents(dir, 0755) != 0)
        return error_set(error, ERROR_INPUT, "cannot make the folder %s: %s", dir,
                         g_strerror(errno));
    use->jobs = MAX(use->jobs, use->cores + slots);
    return g_file_set_contents(path, hosts, -1, error) &&
           write_wrappers(use, toolchain, file, error);
}

/* The farm's row; false without an error where there is none that lives. */
static bool find_farm(FarmUse *use, Db *db, bool *ret_found, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    *ret_found = false;
    if (!db_rows(db, &QUERY_FARM_FIND, DB_NO_PARAMS, &rows, error))
        return false;
    if (rows_count(rows) == 0 || rows_real(rows, 0, "silent_s") > SILENT_S) {
        note_why(use, rows_count(rows) == 0 ? "no farm is served"
                                            : "the farm's proxy has been silent for long");
        return true;
    }
    use->proxy = g_strdup(rows_text(rows, 0, "proxy"));
    use->jobs_per_core = rows_real(rows, 0, "jobs_per_core");
    use->versions = json_loads(rows_text(rows, 0, "versions"), 0, NULL);
    *ret_found = true;
    return true;
}

static void env_add(FarmUse *use, const char *name, const char *value)
{
    g_ptr_array_add(use->env, g_strconcat(name, "=", value, NULL));
}

/* Nodes that are away are haproxy's affair: distcc itself tries again at once, and what a node did
 * not end it compiles here. Names of compilers are what we say they are. */
static void distcc_env(FarmUse *use)
{
    g_autofree char *path = g_strconcat(use->dir, "/bin:", use->path, NULL);
    g_autofree char *log = g_build_filename(use->dir, "log", NULL);
    env_add(use, "PATH", path);
    env_add(use, "MARVIN_FARM", use->dir);
    env_add(use, "DISTCC_LOG", log);
    env_add(use, "DISTCC_FALLBACK", "1");
    env_add(use, "DISTCC_BACKOFF_PERIOD", "0");
    env_add(use, "DISTCC_PAUSE_TIME_MSEC", "50");
    env_add(use, "DISTCC_IO_TIMEOUT", "3600");
    env_add(use, "DISTCC_NO_REWRITE_CROSS", "1");
}

static bool open_distcc(FarmUse *use, Db *db, const char *toolchain, GError **error)
{
    bool found = false;
    const char *name = NULL;
    json_t *version = NULL;
    if (!find_farm(use, db, &found, error))
        return false;
    if (!found)
        return true;
    json_object_foreach(use->versions, name, version)
    {
        // A name becomes part of a script: only a word does.
        bool is_wanted = *toolchain == '\0' || strcmp(toolchain, name) == 0;
        if (is_wanted && text_is_word(name) && !share_toolchain(use, db, name, error))
            return false;
    }
    if (*toolchain != '\0' && json_object_get(use->versions, toolchain) == NULL)
        note_why(use, "the farm has no %s", toolchain);
    if (use->jobs > use->cores)
        distcc_env(use);
    return true;
}

// icecc ------------------------------------------------------------------------------------------

/* icecc's daemon of this system knows the scheduler; it sends its own compiler along. */
static bool open_icecc(FarmUse *use, GError **error)
{
    g_autoptr(GPtrArray) toolchains = toolchains_find(use->path);
    g_autofree char *path = g_strconcat(use->dir, "/bin:", use->path, NULL);
    for (guint i = 0; i + 1 < toolchains->len; i++) {
        const char *toolchain = toolchains->pdata[i];
        g_autofree char *file = find_on_path(use->path, toolchain);
        if (file != NULL && !write_wrappers(use, toolchain, file, error))
            return false;
    }
    g_autofree char *log = g_build_filename(use->dir, "log", NULL);
    use->jobs = use->cores * ICECC_JOBS_PER_CORE;
    env_add(use, "PATH", path);
    env_add(use, "MARVIN_FARM", use->dir);
    env_add(use, "ICECC_LOGFILE", log);
    env_add(use, "ICECC_DEBUG", "debug");
    return true;
}

// ------------------------------------------------------------------------------------------------

static int local_share(Site *site, int cores)
{
    const Section *farm = settings_find(site->settings, "farm", NULL);
    return farm != NULL && section_has(farm, "local") ? (int)section_int(farm, "local")
                                                      : MAX(1, cores / 2);
}

bool farm_use_open(Builder *builder, const json_t *tree, const char *toolchain, const char *dir,
                   const char *path, FarmUse **ret_use, GError **error)
{
    g_autoptr(FarmUse) use = g_new0(FarmUse, 1);
    use->kind = choose_kind(builder, tree);
    use->env = g_ptr_array_new_with_free_func(g_free);
    use->cores = use->jobs = builder_cores(builder);
    use->local = local_share(builder_site(builder), use->cores);
    use->dir = g_strdup(dir);
    use->path = g_strdup(path);
    use->program = is_kind(use, "none") ? NULL : proc_find_program(use->kind);
    g_autofree char *bin = g_build_filename(dir, "bin", NULL);
    if (!is_kind(use, "none") && use->program == NULL)
        note_why(use, "%s is not on this system", use->kind);
    if (use->program != NULL && g_mkdir_with_parents(bin, 0755) != 0)
        return error_set(error, ERROR_INPUT, "cannot make the folder %s: %s", bin,
                         g_strerror(errno));
    if (use->program != NULL &&
        !(is_kind(use, "distcc") ? open_distcc(use, builder_site(builder)->db, toolchain, error)
                                 : open_icecc(use, error)))
        return false;
    g_ptr_array_add(use->env, NULL);
    *ret_use = g_steal_pointer(&use);
    return true;
}

void farm_use_close(FarmUse *use)
{
    if (use == NULL)
        return;
    g_free(use->dir);
    g_free(use->path);
    g_free(use->program);
    g_free(use->proxy);
    g_free(use->why);
    g_clear_pointer(&use->versions, json_decref);
    g_clear_pointer(&use->env, g_ptr_array_unref);
    g_free(use);
}

const char *const *farm_use_env(const FarmUse *use)
{
    return (const char *const *)use->env->pdata;
}

int farm_use_jobs(const FarmUse *use)
{
    return use->jobs;
}

typedef struct {
    json_int_t shared, local, again;
} Counts;

/* By the lines that distcc begins and ends a compile with: begun more often than ended, it was done
 * again, by another node or here. */
static void count_distcc(const char *line, Counts *counts)
{
    bool is_compile = strstr(line, "] compile ") != NULL && strstr(line, " completed ok") != NULL;
    bool is_local = strstr(line, " on localhost completed ok") != NULL;
    bool is_failure = strstr(line, " compile ") != NULL && g_str_has_suffix(line, " failed\n");
    counts->shared += is_compile && !is_local;
    counts->local += is_compile && is_local;
    counts->again += (strstr(line, "] exec on ") != NULL) - is_compile - is_failure;
}

/* icecc's debug lines: where a compile goes, and that it was done here after all. */
static void count_icecc(const char *line, Counts *counts)
{
    counts->shared += strstr(line, ": Have to use host ") != NULL;
    counts->local += strstr(line, ": building myself, but telling localhost") != NULL;
    counts->again += strstr(line, "recompiling locally") != NULL ||
                     strstr(line, "local build forced by remote exception") != NULL;
}

static Counts count_log(const FarmUse *use)
{
    g_autofree char *path = g_build_filename(use->dir, "log", NULL);
    char line[LINE_BYTES];
    Counts counts = {0};
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        is_kind(use, "icecc") ? count_icecc(line, &counts) : count_distcc(line, &counts);
    counts.again = MAX(counts.again, 0);
    if (file != NULL)
        fclose(file);
    return counts;
}

json_t *farm_use_facts(const FarmUse *use)
{
    if (is_kind(use, "none"))
        return NULL;
    Counts counts = count_log(use);
    return json_pack("{s:s, s:I, s:I, s:I, s:s?}", "kind", use->kind, "shared", counts.shared,
                     "local", counts.local, "again", counts.again, "why", use->why);
}
