// Looks at the drivers of a machine's facets, each through its device, and changes nothing there.
#include "inventory/checkup.h"
#include "inventory/console.h"
#include "inventory/deploy.h"
#include "inventory/power.h"
#include "inventory/reserve.h"

enum { ASK_MS = 20000 };

static void add(Checkup *checkup, const Machine *machine, const char *facet, const char *found,
                const GError *error, const char *remedy)
{
    g_autofree char *what = g_strdup_printf("%s: %s", machine->name, facet);
    if (error)
        checkup_mend(checkup, what, error->message, remedy);
    else
        checkup_good(checkup, what, found);
}

static void look_at_power(Checkup *checkup, const Machine *machine, const Actor *actor)
{
    g_autoptr(Power) power = NULL;
    g_autoptr(GError) error = NULL;
    PowerState state = POWER_UNKNOWN;
    if (power_open(machine, actor, &power, &error))
        power_status(power, ASK_MS, &state, &error);
    add(checkup, machine, "power", power_state_name(state), error,
        "is the device reachable and the login right? Until it answers nobody can switch the "
        "machine");
}

static void look_at_console(Checkup *checkup, const Machine *machine, const Actor *actor, bool held)
{
    Console *console = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *what = g_strdup_printf("%s: console", machine->name);
    if (console_open(machine, actor, ASK_MS, &console, &error))
        checkup_good(checkup, what, "answers");
    else if (held)
        checkup_note(checkup, what, error->message,
                     "the machine is in use: its holder may be the one reader of the console");
    else
        checkup_mend(checkup, what, error->message,
                     "without it nobody knows why a kernel does not boot: is the server there, and "
                     "the machine on?");
    console_close(console);
}

static void look_at_reserve(Checkup *checkup, const Machine *machine, const Actor *actor)
{
    g_autoptr(Reserve) reserve = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *holder = NULL;
    if (reserve_open(machine, actor, &reserve, &error))
        reserve_holder(reserve, ASK_MS, &holder, &error);
    g_autofree char *found = holder ? g_strdup_printf("granted to %s", holder) : g_strdup("free");
    add(checkup, machine, "reserve", found, error,
        "ask who runs that system; without its word the machine is not used");
}

void checkup_drivers(Checkup *checkup, const Machine *machine, const Actor *actor, bool held)
{
    if (machine->reserve.driver && g_strcmp0(machine->reserve.driver, "builtin") != 0)
        look_at_reserve(checkup, machine, actor);
    if (machine->power.driver)
        look_at_power(checkup, machine, actor);
    if (machine->console.driver)
        look_at_console(checkup, machine, actor, held);
}

void checkup_deploy(Checkup *checkup, const Machine *machine, const Actor *actor,
                    const Settings *settings, Transport *transport)
{
    g_autoptr(Deploy) deploy = NULL;
    g_autoptr(GError) error = NULL;
    g_auto(DeployLook) look = {0};
    g_autofree char *what = g_strdup_printf("%s: deploy", machine->name);
    if (!machine->deploy.driver)
        return;
    bool is_open = deploy_open(machine, actor, settings, &deploy, &error);
    if (is_open && deploy->driver->needs_system && !transport) {
        checkup_note(checkup, what, machine->deploy.text,
                     "works on the running machine: it is looked at when that answers");
        return;
    }
    if (is_open && deploy->restart == RESTART_POWER && !machine->power.driver) {
        checkup_mend(checkup, what, machine->deploy.text,
                     "set power = too: the machine is switched behind it");
        return;
    }
    if (is_open) {
        deploy->transport = transport;
        deploy_check(deploy, ASK_MS, &look, &error);
    }
    g_autofree char *found = g_strdup_printf("%s: %s", machine->deploy.driver, look.found);
    if (look.remedy)
        checkup_mend(checkup, what, found, look.remedy);
    else
        add(checkup, machine, "deploy", found, error,
            "until it answers no kernel gets onto the machine: mend its setting or the device");
}
