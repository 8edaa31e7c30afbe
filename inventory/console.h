/*
 * What a machine's kernel prints: a table of functions, filled by a file for each way to a console.
 * A driver gives one file descriptor that yields the bytes and takes input (a socket, or the master
 * of a pseudo terminal behind which a program runs), or reads and writes by functions of its own;
 * everything else is shared. Kept by
 * inventory/capture.h. Not here: what the text means (inventory/symptom.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inventory/device.h"
#include "inventory/machine.h"

typedef struct Console Console;

typedef struct {
    FacetWord word;
    /* Connects within deadline_ms and sets console->fd, where there is no `read`. ERROR_MACHINE:
     * nobody answers. */
    bool (*open)(Console *console, int64_t deadline_ms, GError **error);
    void (*close)(Console *console); // ends what open started, but does not close fd; may be NULL
    /* Why the bytes ended: asked after the end of the file. NULL: "the console was closed". Freed
     * by the caller. */
    char *(*reason)(Console *console);
    /* As console_read() and console_write(). NULL: by fd. */
    bool (*read)(Console *console, char *bytes, size_t size, int64_t deadline_ms, size_t *ret_n,
                 GError **error);
    bool (*write)(Console *console, const char *bytes, size_t n, int64_t deadline_ms,
                  GError **error);
    /* Sends the kernel's magic SysRq: a break, then the key. NULL: this console has no break. */
    bool (*sysrq)(Console *console, char key, int64_t deadline_ms, GError **error);
    bool can_write;
    bool needs_power; // there is no console while the machine is off: opened after power on
    /* Called at least every second while somebody reads: lets a driver notice that its program has
     * ended. NULL: need not be. */
    void (*tend)(Console *console);
} ConsoleDriver;

struct Console {
    const ConsoleDriver *driver;
    const Machine *machine; // borrowed, as is the actor
    const Facet *facet;
    const Actor *actor;
    int fd; // non-blocking; closed by console_close(); -1: none yet
    void *data;
};

const FacetWord *const *console_words(void); // static

/* ERROR_MACHINE: the machine has no console driver, or nobody answers within deadline_ms. */
bool console_open(const Machine *machine, const Actor *actor, int64_t deadline_ms,
                  Console **ret_console, GError **error);
void console_close(Console *console);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Console, console_close)

/* Waits up to deadline_ms for bytes. *ret_n 0: none came. ERROR_MACHINE: the console has ended. */
bool console_read(Console *console, char *bytes, size_t size, int64_t deadline_ms, size_t *ret_n,
                  GError **error);

/* Types n bytes. ERROR_MACHINE: this console cannot, or does not take them within deadline_ms. */
bool console_write(Console *console, const char *bytes, size_t n, int64_t deadline_ms,
                   GError **error);

/* Asks the kernel by SysRq: 'l' all CPUs' stacks, 'w' blocked tasks, 'b' reset .. ERROR_MACHINE
 * also where the console cannot. What it prints comes by console_read(). */
bool console_sysrq(Console *console, char key, int64_t deadline_ms, GError **error);

extern const ConsoleDriver CONSOLE_DRIVER_FAKE;
extern const ConsoleDriver CONSOLE_DRIVER_QEMU;
extern const ConsoleDriver CONSOLE_DRIVER_CONMAN;
extern const ConsoleDriver CONSOLE_DRIVER_IPMI_SOL;
extern const ConsoleDriver CONSOLE_DRIVER_COMMAND;
