// The way to a machine: what all drivers share.
#include "inventory/transport.h"

#include <string.h>

#include "common/error.h"

enum { SHORT_MS = 600000, TEXT_BYTES = 1 << 20 };

static const TransportDriver *driver_of(const Machine *machine)
{
    return machine->transport == TRANSPORT_SSH    ? &TRANSPORT_DRIVER_SSH
           : machine->transport == TRANSPORT_QEMU ? &TRANSPORT_DRIVER_QEMU
                                                  : &TRANSPORT_DRIVER_LOCAL;
}

bool transport_open(const Machine *machine, const char *state, Transport **ret_transport,
                    GError **error)
{
    g_autoptr(Transport) transport = g_new0(Transport, 1);
    transport->driver = driver_of(machine);
    transport->machine = machine;
    transport->state = g_strdup(state);
    if (!transport->driver->open(transport, error) ||
        !transport_make_folder(transport, transport->work, error))
        return false;
    *ret_transport = g_steal_pointer(&transport);
    return true;
}

void transport_close(Transport *transport)
{
    if (!transport)
        return;
    transport->driver->close(transport);
    g_free(transport->state);
    g_free(transport->work);
    g_strfreev(transport->ssh);
    g_free(transport);
}

void transport_tend(Transport *transport, bool (*is_cancelled)(void *data), void *data)
{
    transport->is_cancelled = is_cancelled;
    transport->tend_data = data;
}

const char *transport_work(const Transport *transport)
{
    return transport->work;
}

bool transport_run(Transport *transport, const TransportRun *what, ProcResult *ret_result,
                   GError **error)
{
    return transport->driver->run(transport, what, ret_result, error);
}

bool transport_run_ok(Transport *transport, const char *const *argv, char **ret_out, GError **error)
{
    static const char *const ENV[] = {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};
    TransportRun what = {.argv = argv,
                         .env = ENV,
                         .dir = "/",
                         .output_limit_bytes = TEXT_BYTES,
                         .deadline_ms = SHORT_MS};
    g_auto(ProcResult) ran = {0};
    if (!transport_run(transport, &what, &ran, error))
        return false;
    ProcSpec spec = {.argv = argv};
    g_autofree char *complaint = proc_result_complaint(&spec, &ran);
    if (complaint)
        return error_set(error, ERROR_INPUT, "%s: %s", transport->machine->name, complaint);
    if (ret_out)
        *ret_out = g_steal_pointer(&ran.out);
    return true;
}

bool transport_end_left(Transport *transport, GError **error)
{
    return !transport->driver->end_left || transport->driver->end_left(transport, error);
}

bool transport_put(Transport *transport, Store *store, const char *hash, const char *folder,
                   GError **error)
{
    return transport_make_folder(transport, folder, error) &&
           transport->driver->put(transport, store, hash, folder, error);
}

bool transport_put_file(Transport *transport, const char *path, const char *to, GError **error)
{
    return transport->driver->put_file(transport, path, to, error);
}

bool transport_get(Transport *transport, const char *folder, const char *here, guint64 limit_bytes,
                   GError **error)
{
    return transport->driver->get(transport, folder, here, limit_bytes, error);
}

bool transport_make_folder(Transport *transport, const char *folder, GError **error)
{
    const char *argv[] = {"mkdir", "-p", "--", folder, NULL};
    return transport_run_ok(transport, argv, NULL, error);
}

bool transport_remove(Transport *transport, const char *folder, GError **error)
{
    size_t length = strlen(transport->work);
    bool below =
        strncmp(folder, transport->work, length) == 0 && (folder[length] == '/' || !folder[length]);
    if (!below || strstr(folder, "/..") || length < 2)
        return error_set(error, ERROR_INPUT, "%s: will not remove %s, which is not below %s",
                         transport->machine->name, folder, transport->work);
    const char *argv[] = {"rm", "-rf", "--", folder, NULL};
    return transport_run_ok(transport, argv, NULL, error);
}

char *transport_find_text(Transport *transport, const char *path)
{
    const char *argv[] = {"cat", "--", path, NULL};
    char *text = NULL;
    return transport_run_ok(transport, argv, &text, NULL) ? text : NULL;
}

bool transport_boot_id(Transport *transport, char **ret_id, GError **error)
{
    const char *argv[] = {"cat", "/proc/sys/kernel/random/boot_id", NULL};
    char *id = NULL;
    if (!transport_run_ok(transport, argv, &id, error))
        return false;
    *ret_id = g_strstrip(id);
    return true;
}
