/*
 * The steps of a bootup that its parts share (inventory/bootup*.c); all others see bootup.h.
 */
#pragma once

#include "inventory/bootup.h"
#include "inventory/capture.h"
#include "inventory/console.h"
#include "inventory/deploy.h"
#include "inventory/kernel.h"
#include "inventory/power.h"

enum {
    DEPLOY_MS = 1800000,
    POWER_MS = 60000,
    TRACE_MS = 2000, // a panic's trace follows its first line
};

struct Bootup {
    BootupPlan plan;
    Power *power; // NULL: the machine has none
    Deploy *deploy;
    Capture *capture; // NULL: no console, or not yet
    Transport *transport;
    char *boot_id; // of the system that a driver of needs_system works on
    bool has_left; // that system was left: it is not taken for the next one
    Kernel kernel;
    size_t console_from; // where this boot begins in the console's file, which may have others
    size_t looked; // bytes of the console that bootup_is_dead() has seen
    SshAnswer ssh; // the last one
    Answer processes; // whether one answered on the console
};

/* Rests, the lease being renewed; ERROR_INTERRUPTED: stop. */
bool bootup_rest(const Bootup *bootup, int64_t ms, GError **error);

/* This boot's console so far: its bytes, and its text (freed by the caller); NULL: none. */
size_t bootup_console_size(const Bootup *bootup);
char *bootup_console_text(const Bootup *bootup, size_t *ret_size);

/* Begins to keep the console, where it is not kept yet. is_on: the machine is on, and whether it
 * answers is said. */
void bootup_console_begin(Bootup *bootup, bool is_on);

/* Whether the machine can be spoken to: the transport is opened, or ssh's last answer kept. A
 * system that was left does not count. */
bool bootup_try_transport(Bootup *bootup);
void bootup_drop_transport(Bootup *bootup);

/* Waits for the machine to answer until that monotonic time. *ret_up false: the time is over, or it
 * is dead. */
bool bootup_wait_up(Bootup *bootup, int64_t until, bool *ret_up, GError **error);

bool bootup_switch_power(Bootup *bootup, PowerAction action, GError **error);

/* The running system is what the driver works on; need: switched on where it is off. */
bool bootup_take_system(Bootup *bootup, GError **error);
bool bootup_need_system(Bootup *bootup, GError **error);

/* Both return when the running system is gone. reboot: told to, power cycled where it does not;
 * leave: the driver has told it to start something else. */
bool bootup_reboot_system(Bootup *bootup, GError **error);
bool bootup_leave_system(Bootup *bootup, GError **error);
