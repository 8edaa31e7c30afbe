// A machine that Slurm hands out: reserve = slurm NODE [partition=P] [minutes=N] [conf=FILE]. An
// exclusive allocation without a step, which a reboot of its node does not end, known by its name:
// a process that comes after a killed one finds it again.
#include <string.h>

#include "common/clock.h"
#include "common/error.h"
#include "common/text.h"
#include "inventory/device_program.h"
#include "inventory/reserve.h"

enum { MINUTES = 240, MAX_MINUTES = 525600, POLL_MS = 200, READ_MS = 10000, ANSWER_FIELDS = 6 };

// A job of Slurm as squeue prints it.
typedef struct {
    char *id, *state, *node, *user, *name;
    double left_s;
} SlurmJob;

static void job_clear(SlurmJob *job)
{
    g_free(job->id);
    g_free(job->state);
    g_free(job->node);
    g_free(job->user);
    g_free(job->name);
    *job = (SlurmJob){0};
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SlurmJob, job_clear)

static const char *node_of(const Reserve *reserve)
{
    return facet_argument(reserve->facet, 0);
}

static bool ask(const Reserve *reserve, const char *const *argv, int64_t deadline_ms,
                char **ret_out, GError **error)
{
    const char *conf = facet_option(reserve->facet, "conf", NULL);
    g_autofree char *variable = conf ? g_strconcat("SLURM_CONF=", conf, NULL) : NULL;
    const char *variables[] = {variable, NULL};
    DeviceQuestion question = {.argv = argv, .variables = variables, .deadline_ms = deadline_ms};
    return device_ask(&question, ret_out, error);
}

// Slurm's D-HH:MM:SS, HH:MM:SS or MM:SS; anything else (UNLIMITED) is a year.
static double parse_left(const char *text)
{
    double parts[4] = {0};
    g_auto(GStrv) words = g_strsplit_set(text, "-:", -1);
    int n = (int)g_strv_length(words);
    int64_t value = 0;
    for (int i = 0; i < n && n <= 4; i++) {
        if (!text_parse_int(words[i], &value))
            return 365.0 * 86400;
        parts[4 - n + i] = (double)value;
    }
    return ((parts[0] * 24 + parts[1]) * 60 + parts[2]) * 60 + parts[3];
}

static bool parse_job(const char *line, SlurmJob *ret_job)
{
    g_auto(GStrv) fields = g_strsplit(line, "|", ANSWER_FIELDS);
    int64_t id = 0;
    if (g_strv_length(fields) != ANSWER_FIELDS || !text_parse_int(fields[0], &id))
        return false;
    *ret_job = (SlurmJob){.id = g_strdup(fields[0]),
                          .state = g_strdup(fields[1]),
                          .node = g_strdup(fields[2]),
                          .user = g_strdup(fields[3]),
                          .left_s = parse_left(fields[4]),
                          .name = g_strdup(fields[5])};
    return true;
}

// The first job that squeue lists with these two filters; id NULL: none.
static bool job_find(const Reserve *reserve, const char *who, const char *which,
                     int64_t deadline_ms, SlurmJob *ret_job, GError **error)
{
    g_autofree char *out = NULL;
    const char *argv[] = {"squeue",
                          "--noheader",
                          "--states=RUNNING,COMPLETING,SUSPENDED,CONFIGURING",
                          "--format=%i|%T|%N|%u|%L|%j",
                          which,
                          who,
                          NULL};
    if (!ask(reserve, argv, deadline_ms, &out, error))
        return false;
    g_strstrip(out);
    out[strcspn(out, "\n")] = '\0';
    return !*out || parse_job(out, ret_job) || device_rubbish("squeue", out, error);
}

static bool our_job_find(const Reserve *reserve, int64_t deadline_ms, SlurmJob *ret_job,
                         GError **error)
{
    g_autofree char *name = g_strconcat("--name=marvin-", reserve->machine->name, NULL);
    return job_find(reserve, "--me", name, deadline_ms, ret_job, error);
}

static bool slurm_open(Reserve *reserve, GError **error)
{
    static const char *const KEYS[] = {"partition", "minutes", "conf", NULL};
    int minutes = 0;
    if (node_of(reserve)[0] == '-' || strpbrk(node_of(reserve), "[],"))
        return error_set(error, ERROR_INPUT, "%s: expected the name of one node, not %s",
                         reserve->facet->origin, node_of(reserve));
    return facet_check_options(reserve->facet, 1, KEYS, error) &&
           facet_option_int(reserve->facet, "minutes", MINUTES, 1, MAX_MINUTES, &minutes, error);
}

// Ends our job and reads until it is gone.
static bool slurm_release(Reserve *reserve, int64_t deadline_ms, GError **error)
{
    int64_t until = clock_monotonic_ms() + deadline_ms;
    for (bool is_told = false;; is_told = true) {
        g_auto(SlurmJob) job = {0};
        int64_t left_ms = MAX(until - clock_monotonic_ms(), 1);
        if (!our_job_find(reserve, left_ms, &job, error))
            return false;
        const char *argv[] = {"scancel", job.id, NULL};
        if (!job.id)
            return true;
        if (!is_told && !ask(reserve, argv, left_ms, NULL, error))
            return false;
        if (clock_monotonic_ms() + POLL_MS >= until)
            return error_set(error, ERROR_MACHINE, "Slurm's job %s was ended, and is still %s",
                             job.id, job.state);
        g_usleep(POLL_MS * 1000);
    }
}

// Who has the node, as a sentence's end; NULL: nobody.
static bool slurm_holder(Reserve *reserve, int64_t deadline_ms, char **ret_holder, GError **error)
{
    g_auto(SlurmJob) job = {0};
    g_autofree char *node = g_strconcat("--nodelist=", node_of(reserve), NULL);
    if (!job_find(reserve, "--sort=-t,i", node, deadline_ms, &job, error))
        return false;
    *ret_holder = job.id ? g_strdup_printf("%s (job %s, %s)", job.user, job.id, job.name) : NULL;
    return true;
}

static bool allocate(const Reserve *reserve, const char *purpose, int64_t deadline_ms,
                     GError **error)
{
    int minutes = MINUTES;
    const char *partition = facet_option(reserve->facet, "partition", NULL);
    g_autofree char *node = g_strconcat("--nodelist=", node_of(reserve), NULL);
    g_autofree char *name = g_strconcat("--job-name=marvin-", reserve->machine->name, NULL);
    g_autofree char *comment = g_strconcat("--comment=", purpose, NULL);
    // Slurm looks at what waits every few seconds: give up a little before we are stopped.
    g_autofree char *wait = g_strdup_printf("--immediate=%d", (int)MAX(deadline_ms / 1000 - 1, 1));
    g_autofree char *where = g_strconcat("--partition=", partition, NULL);
    if (!facet_option_int(reserve->facet, "minutes", MINUTES, 1, MAX_MINUTES, &minutes, error))
        return false;
    g_autofree char *time = g_strdup_printf("--time=%d", minutes);
    const char *argv[] = {"salloc",
                          "--no-shell",
                          "--no-kill",
                          "--exclusive",
                          "--nodes=1",
                          node,
                          name,
                          comment,
                          wait,
                          time,
                          partition ? where : NULL,
                          NULL};
    return ask(reserve, argv, deadline_ms, NULL, error);
}

static bool fail_taken(Reserve *reserve, GError *cause, GError **error)
{
    g_autofree char *holder = NULL;
    if (slurm_holder(reserve, READ_MS, &holder, NULL) && holder)
        return error_pass(error, cause, "Slurm's node %s is held by %s", node_of(reserve), holder);
    return error_pass(error, cause, "Slurm does not grant its node %s", node_of(reserve));
}

// Reads back that a job of ours runs, on this node, long enough.
static bool check_job(const Reserve *reserve, const SlurmJob *job, double seconds, GError **error)
{
    if (!job->id)
        return error_set(error, ERROR_MACHINE, "Slurm has no allocation of ours of its node %s",
                         node_of(reserve));
    if (strcmp(job->state, "RUNNING") != 0 || strcmp(job->node, node_of(reserve)) != 0)
        return error_set(error, ERROR_MACHINE, "Slurm's job %s is %s on %s, not running on %s",
                         job->id, job->state, job->node, node_of(reserve));
    return job->left_s >= seconds ||
           error_set(error, ERROR_MACHINE,
                     "Slurm's job %s ends in %.0f s, and %.0f s are wanted: raise minutes= of "
                     "reserve = slurm",
                     job->id, job->left_s, seconds);
}

static bool slurm_take(Reserve *reserve, double seconds, const char *purpose, int64_t deadline_ms,
                       GError **error)
{
    g_auto(SlurmJob) job = {0};
    int64_t until = clock_monotonic_ms() + deadline_ms;
    GError *cause = NULL;
    if (!our_job_find(reserve, deadline_ms, &job, error))
        return false;
    if (job.id && strcmp(job.state, "RUNNING") == 0 && job.left_s >= seconds)
        return check_job(reserve, &job, seconds, error);
    if (job.id && !slurm_release(reserve, MAX(until - clock_monotonic_ms(), 1), error))
        return false;
    if (!allocate(reserve, purpose, MAX(until - clock_monotonic_ms(), 1), &cause))
        return fail_taken(reserve, cause, error);
    job_clear(&job);
    return our_job_find(reserve, READ_MS, &job, error) && check_job(reserve, &job, seconds, error);
}

// Only Slurm's operators may lengthen a job: it was made long enough, or it is over.
static bool slurm_renew(Reserve *reserve, double seconds, int64_t deadline_ms, GError **error)
{
    g_auto(SlurmJob) job = {0};
    return our_job_find(reserve, deadline_ms, &job, error) &&
           check_job(reserve, &job, seconds, error);
}

const ReserveDriver RESERVE_DRIVER_SLURM = {
    .word = {.name = "slurm",
             .usage = "slurm NODE [partition=P] [minutes=N] [conf=FILE]",
             .min_arguments = 1,
             .max_arguments = 4},
    .open = slurm_open,
    .take = slurm_take,
    .renew = slurm_renew,
    .release = slurm_release,
    .holder = slurm_holder,
};
