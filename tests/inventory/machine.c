// inventory/machine: sections of the settings become machines, or complaints with file and line.
#include "inventory/machine.h"

#include <glib/gstdio.h>
#include <string.h>

#include "common/error.h"
#include "sql/config.h"

// The machine of an INI text; NULL and an error, or a complaint of the settings themselves.
static Machine *machine_of(const char *text, char **ret_complaint, GError **error)
{
    g_autofree char *path = NULL;
    g_autoptr(Settings) settings = NULL;
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    Machine *machine = NULL;
    int fd = g_file_open_tmp("machine-XXXXXX.ini", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_close(fd, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_assert_true(
        settings_read_file(path, CONFIG_KINDS, N_CONFIG_KINDS, &settings, complaints, NULL));
    g_unlink(path);
    if (complaints->len > 0) {
        *ret_complaint = g_strdup(complaints->pdata[0]);
        return NULL;
    }
    machine_new(settings_at(settings, "machine", 0), &machine, error);
    return machine;
}

static Machine *good_machine(const char *text)
{
    g_autofree char *complaint = NULL;
    g_autoptr(GError) error = NULL;
    Machine *machine = machine_of(text, &complaint, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(complaint, ==, NULL);
    return machine;
}

static void a_local_machine_pins_to_its_first_cpus(void)
{
    g_autoptr(Machine) all = good_machine("[machine a]\ndriver = local\n");
    g_autoptr(Machine) two = good_machine("[machine a]\ndriver = local\ncpus = 2\n");
    g_autoptr(Machine) list = good_machine("[machine a]\ndriver = local\ncpu-list = 0,2-3\n");
    g_autofree char *of_all = machine_pinned_cpus(all);
    g_autofree char *of_two = machine_pinned_cpus(two);
    g_autofree char *of_list = machine_pinned_cpus(list);
    g_assert_cmpstr(of_all, ==, NULL);
    g_assert_cmpstr(of_two, ==, "0-1");
    g_assert_cmpstr(of_list, ==, "0,2-3");
    g_assert_cmpstr(all->mode, ==, "local");
}

static void ssh_options_stand_before_the_destination(void)
{
    g_autoptr(Machine) machine =
        good_machine("[machine a]\ntransport = ssh  root@ivor  -p 2222 -i /k e\n");
    g_autofree char *words = g_strjoinv("|", machine->ssh);
    g_assert_cmpint(machine->transport, ==, TRANSPORT_SSH);
    g_assert_true(g_str_has_suffix(words, "-p|2222|-i|/k|e|--|root@ivor"));
    g_assert_cmpstr(machine->mode, ==, "metal");
}

static void a_definition_is_the_same_for_the_same_words(void)
{
    g_autoptr(Machine) a = good_machine("[machine a]\ndriver = local\ncpus = 1\n");
    g_autoptr(Machine) b = good_machine("# note\n[machine a]\ncpus = 1\ndriver = local\n");
    g_autoptr(Machine) c = good_machine("[machine a]\ncpus = 2\ndriver = local\n");
    g_assert_cmpstr(a->hash, ==, b->hash);
    g_assert_cmpstr(a->hash, !=, c->hash);
}

static void what_this_version_has_not_is_refused_with_its_line(void)
{
    static const struct {
        const char *text, *says;
    } CASES[] = {
        {"[machine a]\ncpus = 1\n", "needs driver = local or qemu, or transport = ssh"},
        {"[machine a]\ndriver = local\npower = ipmy bmc\n",
         ".ini:3: there is no power driver ipmy"},
        {"[machine a]\ndriver = local\npower = fake\n", ".ini:3: expected power = fake FOLDER"},
        {"[machine a]\ndriver = local\nconsole = kermit a\n",
         ".ini:3: there is no console driver kermit; there are: none"},
        {"[machine a]\ndriver = local\nreserve = bultin\n", "(did you mean builtin?)"},
        {"[machine a]\ndriver = local\ndeploy = fake a b\n",
         ".ini:3: expected deploy = fake FOLDER"},
        {"[machine a]\ntransport = telnet a\n", ".ini:2: there is no transport = telnet a"},
        {"[machine a]\ntransport = ssh\n", ".ini:2: expected transport = ssh USER@NAME"},
        {"[machine a]\ntransport = ssh -oProxyCommand=x\n",
         ".ini:2: expected transport = ssh USER@NAME"},
        {"[machine a]\ndriver = local\ncpu-list = 3-\n", ".ini:3: "},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autofree char *complaint = NULL;
        g_autoptr(GError) error = NULL;
        g_autoptr(Machine) machine = machine_of(CASES[i].text, &complaint, &error);
        g_assert_null(machine);
        g_assert_cmpstr(complaint, ==, NULL);
        g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
        if (!strstr(error->message, CASES[i].says))
            g_error("%s says: %s", CASES[i].text, error->message);
    }
}

static void an_unknown_key_is_the_settings_complaint(void)
{
    g_autofree char *complaint = NULL;
    g_autoptr(Machine) machine =
        machine_of("[machine a]\ndriver = local\ncpu_list = 0\n", &complaint, NULL);
    g_assert_null(machine);
    g_assert_nonnull(strstr(complaint, ":3: "));
    g_assert_nonnull(strstr(complaint, "cpu-list"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/machine/cpus", a_local_machine_pins_to_its_first_cpus);
    g_test_add_func("/machine/ssh", ssh_options_stand_before_the_destination);
    g_test_add_func("/machine/definition", a_definition_is_the_same_for_the_same_words);
    g_test_add_func("/machine/refusals", what_this_version_has_not_is_refused_with_its_line);
    g_test_add_func("/machine/unknown-key", an_unknown_key_is_the_settings_complaint);
    return g_test_run();
}
