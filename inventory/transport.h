/*
 * The way to a machine: running programs there, bringing folders, fetching what they left. A table
 * of functions with two fillings: local (fresh processes on this computer) and ssh (OpenSSH run as
 * a program: BatchMode, one shared connection).
 *
 * Paths on the machine are absolute, below transport_work(). Not here: power, consoles, boots.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/proc.h"
#include "common/store.h"
#include "inventory/machine.h"

typedef struct Transport Transport;

/* A program to run on the machine. Pointers are borrowed for the call. */
typedef struct {
    const char *const *argv; // argv[0]: a path there, or a name on its PATH
    const char *const *env; // "K=V" list: the whole environment
    const char *dir; // there; NULL: transport_work()
    const char *input_path; // its standard input: a file here; NULL: nothing
    const char *stdout_path; // files here, on this computer; NULL: captured
    const char *stderr_path;
    bool pass_output; // without paths: to our own stdout and stderr
    size_t output_limit_bytes;
    int64_t deadline_ms;
    const char *cpus; // pinned to these; NULL: all
    bool (*is_cancelled)(void *data);
    void *data;
} TransportRun;

typedef struct {
    const char *name;
    bool (*open)(Transport *transport, GError **error);
    void (*close)(Transport *transport);
    bool (*run)(Transport *transport, const TransportRun *what, ProcResult *ret_result,
                GError **error);
    bool (*put)(Transport *transport, Store *store, const char *hash, const char *folder,
                GError **error);
    bool (*put_file)(Transport *transport, const char *path, const char *to, GError **error);
    bool (*get)(Transport *transport, const char *folder, const char *here, guint64 limit_bytes,
                GError **error);
    bool (*end_left)(Transport *transport, GError **error); // NULL: nothing outlives us there
} TransportDriver;

extern const TransportDriver TRANSPORT_DRIVER_LOCAL;
extern const TransportDriver TRANSPORT_DRIVER_SSH;
extern const TransportDriver TRANSPORT_DRIVER_QEMU; // ssh to the port of a virtual machine

/* What every driver shares; the drivers fill work and data in open. */
struct Transport {
    const TransportDriver *driver;
    const Machine *machine; // borrowed: outlives the transport
    char *state; // our state folder, for connections and, locally, for work
    char *work; // folder there that is ours alone
    char **ssh; // of ssh: options, "--", destination; filled by open
    void *data;
    bool (*is_cancelled)(void *data); // of transport_tend()
    void *tend_data;
};

/* Connects. ERROR_MACHINE says what the machine answered. */
bool transport_open(const Machine *machine, const char *state, Transport **ret_transport,
                    GError **error);
void transport_close(Transport *transport);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Transport, transport_close)

const char *transport_work(const Transport *transport);

/* What is asked while files are on their way, as is_cancelled of a run is: copies take minutes, in
 * which a lease must be renewed. True ends them with ERROR_INTERRUPTED. */
void transport_tend(Transport *transport, bool (*is_cancelled)(void *data), void *data);

/* True when the program was started there and ended, whatever its status. */
bool transport_run(Transport *transport, const TransportRun *what, ProcResult *ret_result,
                   GError **error);

/* Runs a program and wants status 0; ERROR_MACHINE else. ret_out: stdout, at most 1 MiB, or NULL.
 */
bool transport_run_ok(Transport *transport, const char *const *argv, char **ret_out,
                      GError **error);

/*
 * Ends what a process before us, which was killed or lost its connection, left running there of the
 * programs below transport_work(). For who has the machine to himself, before he measures.
 */
bool transport_end_left(Transport *transport, GError **error);

/* Unpacks a folder of the store into a folder there, which is made. */
bool transport_put(Transport *transport, Store *store, const char *hash, const char *folder,
                   GError **error);

/* Copies one executable file from here to a path there. */
bool transport_put_file(Transport *transport, const char *path, const char *to, GError **error);

/* Copies what lies in a folder there into a folder here; nothing to do where they are the same. */
bool transport_get(Transport *transport, const char *folder, const char *here, guint64 limit_bytes,
                   GError **error);

/* Makes folders there, and removes one with all that is below it; only below transport_work(). */
bool transport_make_folder(Transport *transport, const char *folder, GError **error);
bool transport_remove(Transport *transport, const char *folder, GError **error);

/* A small text file there, at most 1 MiB; NULL where there is none. Freed by the caller. */
char *transport_find_text(Transport *transport, const char *path);

/* What the kernel there calls the boot that it is in. Freed by the caller. */
bool transport_boot_id(Transport *transport, char **ret_id, GError **error);
