/*
 * A machine as the settings describe it: names and words, no connection. A facet's word that no
 * driver has is refused when the settings are used, with the words that would do. `driver =`
 * presets the facets: local (this computer), qemu (a virtual machine on it).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/db.h"
#include "common/settings.h"
#include "inventory/facet.h"

typedef enum { TRANSPORT_LOCAL, TRANSPORT_SSH, TRANSPORT_QEMU } TransportKind;

/* Freed with machine_free(). */
typedef struct {
    char *name;
    TransportKind transport;
    char **ssh; // of ssh: options and, last, USER@NAME; NULL-terminated
    Facet reserve, power, console, deploy;
    int cpus; // that the benchmarks use; 0: as many as there are
    char *cpu_list; // that they are pinned to, "0,2-3"; NULL: not pinned unless cpus says so
    char **classes;
    const char *mode; // where a metric says something: "local" or "metal"; of a virtual machine
                      // NULL: vm_mode() knows it after a start
    char *distro; // the system image where a tree names none; NULL: the machine's own
    char *accel; // of a virtual machine: kvm, icount, tcg or auto
    int64_t memory_bytes; // of a virtual machine
    char *append; // words for the kernel's command line; NULL: none
    char *kernel; // folder of a kernel artifact: what programs run on; NULL: none
    bool dump; // whether the memory of a kernel that failed is written to STATE/dumps/NAME.core
    double boot_s; // within which a kernel must answer
    char *body; // the definition, JSON with sorted keys
    char *hash; // of the body
} Machine;

/* From a section [machine NAME]. ERROR_INPUT names file and line. */
bool machine_new(const Section *section, Machine **ret_machine, GError **error);
/* The machine NAME of the settings; ERROR_INPUT with what there is. */
bool machine_find(const Settings *settings, const char *name, Machine **ret_machine,
                  GError **error);
/* Adds a sentence (char *) to complaints for each section [machine NAME] that is no machine. */
void machine_check_all(const Settings *settings, GPtrArray *complaints);
/* Whether a file of the settings that was left out as a whole (complaints, as of a Site) has a
 * section [machine NAME]. */
bool machine_is_left_out(const GPtrArray *complaints, const char *name);
void machine_free(Machine *machine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Machine, machine_free)

/* Stores the definition and the machine; *ret_id is its row. */
bool machine_store(Db *db, const Machine *machine, int *ret_id, GError **error);

/* The CPUs to pin to: cpu_list, else the first `cpus` ones ("0-1"), else NULL. Freed by the caller.
 */
char *machine_pinned_cpus(const Machine *machine);
