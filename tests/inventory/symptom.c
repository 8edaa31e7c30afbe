// inventory/symptom: consoles of real boots (tests/data/console) become names with evidence.
#include "inventory/symptom.h"

#include <math.h>
#include <string.h>

static const char RELEASE_612[] = "6.12.117+deb12-amd64";
static const char RELEASE_61[] = "6.1.0-47-cloud-amd64";
static const SymptomFacts SILENT = {
    .power = ANSWER_GOOD, .has_console = true, .ssh = SSH_NO_ANSWER, .deadline_passed = true};

static char *log_read(const char *name)
{
    g_autofree char *path =
        g_strdup_printf("%s/tests/data/console/%s.log", g_getenv("MARVIN_SOURCE_DIR"), name);
    g_autoptr(GError) error = NULL;
    char *text = NULL;
    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    return text;
}

// What each recorded boot is, with a machine that answers no more.
static void test_recorded_boots_are_named(void)
{
    static const struct {
        const char *log;
        Symptom symptom;
        const char *says; // in the sentence
    } BOOTS[] = {
        {"oops", SYMPTOM_OOPS, "BUG: kernel NULL pointer dereference, address: 0000000000000008"},
        {"oops-panic", SYMPTOM_OOPS, "then Kernel panic - not syncing: Fatal exc"},
        {"kthread-oops", SYMPTOM_OOPS, "; then Kernel panic"},
        {"bug", SYMPTOM_OOPS, "kernel BUG at /build/trouble.c:18!"},
        {"panic", SYMPTOM_PANIC, "Kernel panic - not syncing: trouble asked for it (4."},
        {"sysrq-crash", SYMPTOM_PANIC, "Trigger a crash"},
        {"crash61", SYMPTOM_PANIC, "Trigger a crash"},
        {"no-init", SYMPTOM_PANIC, "VFS: Unable to mount root fs"},
        {"no-init61", SYMPTOM_PANIC, "VFS: Unable to mount root fs"},
        {"no-root", SYMPTOM_PANIC, "VFS: Unable to mount root fs on unknown-block(0,0)"},
        {"no-root61", SYMPTOM_PANIC, "VFS: Unable to mount root fs"},
        {"hung", SYMPTOM_HUNG_TASK, "INFO: task hung1:140 blocked for more than 5 seconds."},
        {"hung-panic", SYMPTOM_HUNG_TASK, "then Kernel panic - not syncing: hung_ta"},
        {"stall", SYMPTOM_RCU_STALL, "rcu_preempt self-detected stall on CPU"},
        {"stall-panic", SYMPTOM_RCU_STALL, "then Kernel panic - not syncing: RCU S"},
        {"lockup", SYMPTOM_SOFT_LOCKUP, "soft lockup - CPU#"},
        {"lockup-panic", SYMPTOM_SOFT_LOCKUP, "then Kernel panic - not syncing: so"},
        {"oom", SYMPTOM_OUT_OF_MEMORY, "sh invoked oom-killer"},
        {"oom61", SYMPTOM_OUT_OF_MEMORY, "invoked oom-killer"},
        {"oom-panic", SYMPTOM_OUT_OF_MEMORY, "out of memory: sh invoked oom-killer"},
        {"space", SYMPTOM_NO_SPACE, "dd: error writing '/tmp/x': No space left on device"},
        {"grub-no-kernel", SYMPTOM_BOOTLOADER, "error: unknown filesystem."},
        {"seabios-no-disk", SYMPTOM_BOOTLOADER, "Boot failed: not a bootable disk"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(BOOTS); i++) {
        g_autofree char *text = log_read(BOOTS[i].log);
        g_auto(Diagnosis) found = {0};
        SymptomFacts facts = SILENT;
        facts.expected = g_str_has_suffix(BOOTS[i].log, "61") ? RELEASE_61 : RELEASE_612;
        symptom_diagnose(text, strlen(text), &facts, &found);
        g_test_message("%s: %s: %s", BOOTS[i].log, symptom_name(found.symptom), found.sentence);
        g_assert_cmpstr(symptom_name(found.symptom), ==, symptom_name(BOOTS[i].symptom));
        g_assert_nonnull(strstr(found.sentence, BOOTS[i].says));
    }
}

// A log of a boot that went well names nothing, whatever words it holds.
static void test_good_boots_have_no_symptom(void)
{
    static const char *const GOOD[] = {"good", "warn", "state", "space"};
    for (size_t i = 0; i < G_N_ELEMENTS(GOOD); i++) {
        g_autofree char *text = log_read(GOOD[i]);
        g_auto(Diagnosis) found = {0};
        SymptomFacts facts = {.power = ANSWER_GOOD,
                              .has_console = true,
                              .ssh = SSH_GOOD,
                              .expected = RELEASE_612,
                              .running = RELEASE_612};
        symptom_diagnose(text, strlen(text), &facts, &found);
        g_assert_cmpstr(found.sentence, ==, NULL);
        g_assert_cmpint(found.symptom, ==, SYMPTOM_NONE);
        g_assert_cmpstr(found.started, ==, RELEASE_612);
    }
}

static Symptom symptom_of(const char *console, const SymptomFacts *facts)
{
    g_auto(Diagnosis) found = {0};
    symptom_diagnose(console, console ? strlen(console) : 0, facts, &found);
    g_assert_true((found.symptom == SYMPTOM_NONE) == (found.sentence == NULL));
    return found.symptom;
}

#define STARTED "[    0.000000] Linux version 6.9.1 (a@b) #1 SMP\n"
#define USERLAND                                                                                   \
    STARTED "[    2.000000] Run /sbin/init as init process\nDebian 12 m ttyS0\n\nm login: "

static void test_facts_decide_where_the_console_is_silent(void)
{
    SymptomFacts facts = SILENT;
    g_assert_cmpint(symptom_of("", &facts), ==, SYMPTOM_NO_CONSOLE);
    g_assert_cmpint(symptom_of("SeaBIOS (version 1.16)\r\n", &facts), ==, SYMPTOM_BOOTLOADER);
    g_assert_cmpint(symptom_of(STARTED, &facts), ==, SYMPTOM_DEADLINE);
    g_assert_cmpint(symptom_of(USERLAND, &facts), ==, SYMPTOM_NO_NETWORK);
    facts.ssh = SSH_REFUSED;
    g_assert_cmpint(symptom_of(USERLAND, &facts), ==, SYMPTOM_SSH_REFUSED);
    facts = (SymptomFacts){.ssh = SSH_NO_ANSWER, .deadline_passed = true};
    g_assert_cmpint(symptom_of(NULL, &facts), ==, SYMPTOM_DEADLINE);
    facts = (SymptomFacts){.power = ANSWER_NONE, .has_console = true};
    g_assert_cmpint(symptom_of("", &facts), ==, SYMPTOM_NO_POWER);
    facts = (SymptomFacts){.ssh = SSH_GOOD, .expected = "6.9.1", .running = "6.9.0"};
    g_assert_cmpint(symptom_of(USERLAND, &facts), ==, SYMPTOM_WRONG_KERNEL);
    facts = (SymptomFacts){.ssh = SSH_GOOD, .expected = "6.9.1", .running = "6.9.1"};
    g_assert_cmpint(symptom_of(USERLAND, &facts), ==, SYMPTOM_NONE);
    facts.build_id_differs = true;
    g_assert_cmpint(symptom_of(USERLAND, &facts), ==, SYMPTOM_WRONG_KERNEL);
    facts = (SymptomFacts){.ssh = SSH_GOOD, .benchmark_failed = "iter-0 ended with status 1"};
    g_assert_cmpint(symptom_of(USERLAND, &facts), ==, SYMPTOM_BENCHMARK_FAILED);
    facts = (SymptomFacts){.ssh = SSH_GOOD, .deadline_passed = true};
    g_assert_cmpint(symptom_of(USERLAND, &facts), ==, SYMPTOM_DEADLINE);
}

// What the kernel prints because we asked is its answer: proof of a hang, not a sign.
static void test_a_hang_is_proved_by_the_answer_to_a_probe(void)
{
    static const char ANSWER[] = "[   60.1] sysrq: Show backtrace of all active CPUs\n"
                                 "[   60.2] BUG: looks like one, and is our doing\n"
                                 "[   60.3] RIP: 0010:trouble_wait+0x1a/0x40\n";
    SymptomFacts facts = SILENT;
    facts.probe_offset = strlen(STARTED);
    g_assert_cmpint(symptom_of(STARTED, &facts), ==, SYMPTOM_HANG);
    g_autofree char *stuck = g_strconcat(STARTED, ANSWER, NULL);
    g_auto(Diagnosis) found = {0};
    symptom_diagnose(stuck, strlen(stuck), &facts, &found);
    g_assert_cmpint(found.symptom, ==, SYMPTOM_HANG);
    g_assert_nonnull(strstr(found.sentence, "in trouble_wait+0x1a/0x40"));
    g_autofree char *up = g_strconcat(USERLAND, "\n", ANSWER, NULL);
    facts.probe_offset = strlen(USERLAND) + 1;
    g_assert_cmpint(symptom_of(up, &facts), ==, SYMPTOM_NO_NETWORK);
    g_assert_cmpint(symptom_of(USERLAND "\n", &facts), ==, SYMPTOM_HANG);
}

// The console goes on through a panic into the kernel that the machine fell back to.
static void test_a_fallback_does_not_hide_the_panic(void)
{
    static const char BOTH[] = "[    0.000000] Linux version 6.9.2-bad (a@b) #1 SMP\n"
                               "[    3.000000] Kernel panic - not syncing: no good\n"
                               "error: file `/boot/x' not found.\n" STARTED "m login: ";
    SymptomFacts facts = {
        .has_console = true, .ssh = SSH_GOOD, .expected = "6.9.2-bad", .running = "6.9.1"};
    g_auto(Diagnosis) found = {0};
    symptom_diagnose(BOTH, strlen(BOTH), &facts, &found);
    g_assert_cmpint(found.symptom, ==, SYMPTOM_PANIC);
    g_assert_cmpstr(found.started, ==, "6.9.1");
    facts.expected = "6.9.1"; // the panic was that of the kernel before
    g_assert_cmpint(symptom_of(BOTH, &facts), ==, SYMPTOM_NONE);
}

static void test_stamps_colours_and_rubbish_are_no_obstacle(void)
{
    SymptomFacts facts = SILENT;
    static const char STAMPED[] =
        "2026-11-17T04:05:06.789Z [    0.000000] Linux version 6.9.1 (a@b) #1 SMP\n"
        "2026-11-17T04:05:09.001Z \x1b[1;31m<0>[    3.000000][    T1] Kernel panic - not syncing: "
        "no\x1b[0m\x07!\r\n";
    g_auto(Diagnosis) found = {0};
    symptom_diagnose(STAMPED, strlen(STAMPED), &facts, &found);
    g_assert_cmpint(found.symptom, ==, SYMPTOM_PANIC);
    const SymptomSign *sign = &g_array_index(found.signs, SymptomSign, 0);
    g_assert_cmpstr(sign->text, ==, "Kernel panic - not syncing: no\\x07!");
    g_assert_cmpfloat_with_epsilon(sign->at_s, 3, 1e-9);
    g_assert_cmpint(sign->line, ==, 2);
    g_autofree char *noise = g_malloc(1 << 20);
    g_autoptr(GRand) random = g_rand_new_with_seed(5);
    for (size_t i = 0; i < 1 << 20; i++)
        noise[i] = (char)g_rand_int_range(random, 0, 256);
    g_auto(Diagnosis) of_noise = {0};
    symptom_diagnose(noise, 1 << 20, &facts, &of_noise);
    g_assert_cmpint(of_noise.symptom, ==, SYMPTOM_BOOTLOADER);
}

// Ten thousand lines of chatter, and the sign before what the window leaves out.
static void test_a_long_console_is_read_at_both_ends(void)
{
    g_autoptr(GString) text = g_string_new(STARTED);
    g_string_append(text, "[    1.000000] BUG: unable to handle page fault for address: 0\n");
    while (text->len < 24 << 20)
        g_string_append(text, "[    2.000000] usb 1-1: new high-speed device, said often\n");
    g_string_append(text, "[    9.000000] Kernel panic - not syncing: at last\n");
    SymptomFacts facts = SILENT;
    g_auto(Diagnosis) found = {0};
    symptom_diagnose(text->str, text->len, &facts, &found);
    g_assert_cmpint(found.symptom, ==, SYMPTOM_OOPS);
    g_assert_nonnull(strstr(found.sentence, "at last"));
}

static void test_names_read_back(void)
{
    for (int i = SYMPTOM_NONE; i <= SYMPTOM_DEADLINE; i++) {
        Symptom symptom = SYMPTOM_NONE;
        g_assert_true(symptom_parse(symptom_name((Symptom)i), &symptom));
        g_assert_cmpint(symptom, ==, i);
    }
    g_assert_false(symptom_parse("gremlins", &(Symptom){SYMPTOM_NONE}));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/symptom/recorded", test_recorded_boots_are_named);
    g_test_add_func("/symptom/good", test_good_boots_have_no_symptom);
    g_test_add_func("/symptom/facts", test_facts_decide_where_the_console_is_silent);
    g_test_add_func("/symptom/probe", test_a_hang_is_proved_by_the_answer_to_a_probe);
    g_test_add_func("/symptom/fallback", test_a_fallback_does_not_hide_the_panic);
    g_test_add_func("/symptom/stamps", test_stamps_colours_and_rubbish_are_no_obstacle);
    g_test_add_func("/symptom/long", test_a_long_console_is_read_at_both_ends);
    g_test_add_func("/symptom/names", test_names_read_back);
    return g_test_run();
}
