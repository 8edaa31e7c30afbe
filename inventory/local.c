// The transport of this computer: fresh processes in a folder of the state folder.
#include <errno.h>
#include <glib/gstdio.h>

#include "common/error.h"
#include "inventory/transport.h"

static bool local_open(Transport *transport, GError **error)
{
    (void)error;
    transport->work = g_build_filename(transport->state, "work", transport->machine->name, NULL);
    return true;
}

static void local_close(Transport *transport)
{
    (void)transport;
}

static bool local_run(Transport *transport, const TransportRun *what, ProcResult *ret_result,
                      GError **error)
{
    ProcSpec spec = {.argv = what->argv,
                     .env = what->env,
                     .dir = what->dir ? what->dir : transport->work,
                     .input_path = what->input_path,
                     .stdout_path = what->stdout_path,
                     .stderr_path = what->stderr_path,
                     .pass_output = what->pass_output,
                     .output_limit_bytes = what->output_limit_bytes,
                     .deadline_ms = what->deadline_ms,
                     .cpus = what->cpus,
                     .is_cancelled = what->is_cancelled,
                     .data = what->data};
    return proc_run(&spec, ret_result, error);
}

static bool local_put(Transport *transport, Store *store, const char *hash, const char *folder,
                      GError **error)
{
    (void)transport;
    return store_unpack(store, hash, folder, 0, error);
}

static bool local_put_file(Transport *transport, const char *path, const char *to, GError **error)
{
    const char *argv[] = {"install", "-m", "0755", "--", path, to, NULL};
    return transport_run_ok(transport, argv, NULL, error);
}

static bool local_get(Transport *transport, const char *folder, const char *here,
                      guint64 limit_bytes, GError **error)
{
    (void)limit_bytes; // the store bounds what it takes
    if (g_strcmp0(folder, here) == 0)
        return true;
    g_autofree char *all = g_build_filename(folder, ".", NULL);
    const char *argv[] = {"cp", "-a", "--", all, here, NULL};
    return transport_run_ok(transport, argv, NULL, error);
}

const TransportDriver TRANSPORT_DRIVER_LOCAL = {
    .name = "local",
    .open = local_open,
    .close = local_close,
    .run = local_run,
    .put = local_put,
    .put_file = local_put_file,
    .get = local_get,
};
