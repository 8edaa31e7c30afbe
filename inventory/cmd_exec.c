// marvin-inventory exec: a command on a machine, under a lease.
#include <stdio.h>
#include <unistd.h>

#include "common/error.h"
#include "inventory/commands.h"
#include "inventory/holding.h"
#include "inventory/lease.h"
#include "inventory/transport.h"

// What keeps the command going; borrowed.
typedef struct {
    Db *db;
    Lease *lease; // NULL: one's own reservation is used as it is
    bool is_lost;
} Keep;

// Renews the lease now and then. True: stop.
static bool keep_tend(void *data)
{
    Keep *keep = data;
    if (cmd_stop_requested())
        return true;
    if (!keep->lease)
        return false;
    if (lease_wants_renewal(keep->lease) && (!db_is_lost(keep->db) || db_reopen(keep->db, NULL))) {
        g_autoptr(GError) error = NULL;
        keep->is_lost = !lease_renew(keep->db, keep->lease, &error) && error->code == ERROR_MACHINE;
    }
    keep->is_lost = keep->is_lost || lease_left_ms(keep->lease) <= 0;
    return keep->is_lost;
}

static bool exec_there(Site *site, const Holding *holding, const char *const *argv, Keep *keep,
                       GError **error)
{
    static const char *const ENV[] = {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};
    g_autoptr(Transport) transport = NULL;
    g_auto(ProcResult) ran = {0};
    if (!transport_open(holding->machine, site->state, &transport, error))
        return false;
    TransportRun what = {.argv = argv,
                         .env = ENV,
                         .pass_output = true,
                         .output_limit_bytes = G_MAXSSIZE,
                         .deadline_ms = keep->lease ? 0 : (int64_t)(holding->left_s * 1000),
                         .is_cancelled = keep_tend,
                         .data = keep};
    if (!transport_run(transport, &what, &ran, error))
        return false;
    if (keep->is_lost || ran.timed_out)
        return error_set(error, ERROR_MACHINE, "stopped: the lease on %s has ended",
                         holding->machine->name);
    if (ran.cancelled)
        return error_set(error, ERROR_INTERRUPTED, "stopped");
    return ran.status == 0 || error_set(error, ERROR_MACHINE, "%s: '%s' ended with status %d",
                                        holding->machine->name, argv[0], ran.status);
}

static bool run(const Invocation *invocation, GError **error)
{
    g_autoptr(Site) site = NULL;
    g_auto(Holding) holding = {0};
    g_auto(Lease) lease = {0};
    const char *const *arguments = cmd_arguments(invocation);
    if (!holding_load("marvin-inventory", arguments[0], &site, &holding, error))
        return false;
    Keep keep = {.db = site->db, .lease = holding.is_mine ? NULL : &lease};
    if (keep.lease) {
        g_autofree char *name = person_name();
        g_autofree char *person = person_key(arguments[0]);
        g_autofree char *key = g_strdup_printf("%s:exec:%d", person, (int)getpid());
        if (!lease_take(site->db, arguments[0], name, key, "running a command",
                        section_real(site->marvin, "lease"), section_real(site->marvin, "guard"),
                        &lease, error))
            return false;
    }
    bool good = exec_there(site, &holding, arguments + 1, &keep, error);
    if (keep.lease && (!db_is_lost(site->db) || db_reopen(site->db, NULL)))
        good = lease_release(site->db, &lease, good ? error : NULL) && good;
    return good;
}

const Command CMD_EXEC = {
    .name = "exec",
    .arguments = "MACHINE -- CMD..",
    .summary = "run a command on a machine",
    .help =
        "Under your reservation where you have one, else under a lease for as long as it takes. "
        "Its words\n"
        "go there as they are: no shell takes them apart. Ends with 5 where the machine is "
        "another's, or\n"
        "the command fails.",
    .min_arguments = 2,
    .max_arguments = -1,
    .run = run,
};
