// The facets' drivers through their fakes: what was asked for is read back, one at a time acts on a
// device, and a stale holder does not.
#include <glib/gstdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/error.h"
#include "inventory/capture.h"
#include "inventory/console.h"
#include "inventory/deploy.h"
#include "inventory/power.h"
#include "inventory/reserve.h"

// A machine whose facets are a folder, and who acts on it.
typedef struct {
    char *folder;
    char *state;
    Machine *machine;
    Actor actor;
} Bench;

static Facet fake_facet(const char *folder)
{
    const char *arguments[] = {folder, NULL};
    return (Facet){.driver = g_strdup("fake"),
                   .arguments = g_strdupv((char **)(gpointer)(guintptr)arguments),
                   .text = g_strdup_printf("fake %s", folder),
                   .origin = g_strdup("here:1")};
}

static void bench_begin(Bench *bench, gconstpointer data)
{
    (void)data;
    bench->folder = g_dir_make_tmp("fake-XXXXXX", NULL);
    bench->state = g_dir_make_tmp("state-XXXXXX", NULL);
    bench->machine = g_new0(Machine, 1);
    bench->machine->name = g_strdup("m");
    bench->machine->reserve = fake_facet(bench->folder);
    bench->machine->power = fake_facet(bench->folder);
    bench->machine->console = fake_facet(bench->folder);
    bench->machine->deploy = fake_facet(bench->folder);
    bench->actor = (Actor){.state = bench->state};
}

static void remove_all(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            remove_all(path);
        else
            g_remove(path);
    }
    g_rmdir(folder);
}

static void bench_end(Bench *bench, gconstpointer data)
{
    (void)data;
    remove_all(bench->folder);
    remove_all(bench->state);
    g_free(bench->folder);
    g_free(bench->state);
    machine_free(bench->machine);
}

static void script(const Bench *bench, const char *lines)
{
    g_autofree char *path = g_build_filename(bench->folder, "script", NULL);
    g_assert_true(g_file_set_contents(path, lines, -1, NULL));
}

static Power *open_power(const Bench *bench)
{
    Power *power = NULL;
    g_autoptr(GError) error = NULL;
    power_open(bench->machine, &bench->actor, &power, &error);
    g_assert_no_error(error);
    return power;
}

static void check_says(const GError *error, const char *text)
{
    g_assert_error(error, MARVIN_ERROR, ERROR_MACHINE);
    if (!strstr(error->message, text))
        g_error("expected \"%s\" in: %s", text, error->message);
}

static void power_is_what_was_asked_for(Bench *bench, gconstpointer data)
{
    (void)data;
    g_autoptr(Power) power = open_power(bench);
    g_autoptr(GError) error = NULL;
    static const struct {
        PowerAction action;
        PowerState state;
    } STEPS[] = {{POWER_DO_ON, POWER_ON},
                 {POWER_DO_CYCLE, POWER_ON},
                 {POWER_DO_OFF, POWER_OFF},
                 {POWER_DO_CYCLE, POWER_ON},
                 {POWER_DO_RESET, POWER_ON}};
    for (size_t i = 0; i < G_N_ELEMENTS(STEPS); i++) {
        PowerState state = POWER_UNKNOWN;
        power_do(power, STEPS[i].action, 5000, &error);
        g_assert_no_error(error);
        g_assert_true(power_status(power, 1000, &state, &error));
        g_assert_cmpint(state, ==, STEPS[i].state);
    }
}

static void a_device_that_lies_is_found_out(Bench *bench, gconstpointer data)
{
    (void)data;
    g_autoptr(Power) power = open_power(bench);
    g_autoptr(GError) error = NULL;
    script(bench, "ok\nignore\n");
    g_assert_false(power_do(power, POWER_DO_ON, 300, &error));
    check_says(error, "took the command on, and its power still reads off");
}

static void trouble_is_unknown_and_within_its_limit(Bench *bench, gconstpointer data)
{
    (void)data;
    static const struct {
        const char *script, *says;
    } CASES[] = {{"hang\n", "no answer within"},
                 {"rubbish\n", "cannot read its answer"},
                 {"late 30\n", "no answer within"},
                 {"fail no route to the device\n", "no route to the device"}};
    g_autoptr(Power) power = open_power(bench);
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GError) error = NULL;
        PowerState state = POWER_ON;
        int64_t begun = clock_monotonic_ms();
        script(bench, CASES[i].script);
        g_assert_false(power_status(power, 200, &state, &error));
        g_assert_cmpint(state, ==, POWER_UNKNOWN);
        check_says(error, "the state of its power is unknown");
        check_says(error, CASES[i].says);
        g_assert_cmpint(clock_monotonic_ms() - begun, <, 5000);
    }
    g_autoptr(GError) error = NULL;
    remove_all(bench->folder);
    g_assert_false(power_do(power, POWER_DO_ON, 200, &error));
    check_says(error, "no device answers");
}

static void two_do_not_act_on_one_device(Bench *bench, gconstpointer data)
{
    (void)data;
    g_autoptr(Power) power = open_power(bench);
    g_autoptr(GError) error = NULL;
    g_auto(DeviceLock) held = {-1};
    g_assert_true(device_lock(&bench->actor, "other", power->device, 100, &held, &error));
    g_assert_false(power_do(power, POWER_DO_ON, 100, &error));
    check_says(error, "is in use by process");
    device_unlock(&held);
    g_clear_error(&error);
    g_assert_true(power_do(power, POWER_DO_ON, 1000, &error));
}

static bool never(void *data, int64_t within_ms, GError **error)
{
    g_assert_cmpint(within_ms, >, 0);
    return error_set(error, ERROR_MACHINE, "%s", (const char *)data);
}

static void a_stale_holder_is_refused(Bench *bench, gconstpointer data)
{
    (void)data;
    g_autoptr(Power) power = open_power(bench);
    g_autoptr(GError) error = NULL;
    char over[] = "the lease is over";
    bench->actor.token = 7;
    g_assert_true(power_do(power, POWER_DO_ON, 1000, &error));
    bench->actor.token = 9;
    g_assert_true(power_do(power, POWER_DO_OFF, 1000, &error));
    bench->actor.token = 7;
    g_assert_false(power_do(power, POWER_DO_ON, 1000, &error));
    check_says(error, "was granted to another since (lease 9, ours is 7)");
    g_clear_error(&error);
    bench->actor = (Actor){.state = bench->state, .token = 10, .may_act = never, .data = over};
    g_assert_false(power_do(power, POWER_DO_ON, 1000, &error));
    check_says(error, over);
    bench->actor = (Actor){.state = bench->state};
    g_clear_error(&error);
    PowerState state = POWER_UNKNOWN;
    g_assert_true(power_status(power, 1000, &state, &error));
    g_assert_cmpint(state, ==, POWER_OFF);
}

static void a_console_gives_what_was_printed(Bench *bench, gconstpointer data)
{
    (void)data;
    g_autoptr(Console) console = NULL;
    g_autoptr(GError) error = NULL;
    char bytes[64] = "";
    size_t n = 99;
    g_assert_true(console_open(bench->machine, &bench->actor, 1000, &console, &error));
    g_assert_true(console_read(console, bytes, sizeof(bytes), 20, &n, &error));
    g_assert_cmpuint(n, ==, 0);
    g_assert_true(console_write(console, "login:", 6, 1000, &error));
    g_assert_true(console_read(console, bytes, sizeof(bytes), 1000, &n, &error));
    g_assert_cmpuint(n, ==, 6);
    g_assert_cmpstr(bytes, ==, "login:");
}

// A runner that was killed in a boot goes on with the boot's console: what it sees from an offset
// on must be what came since, and not what an earlier line said.
static void a_capture_counts_what_the_file_has(Bench *bench, gconstpointer data)
{
    static const char BEFORE[] = "2026-11-21T07:15:02.123Z here login:\n",
                      SAID[] = "marvin: alive\n";
    g_autofree char *path = g_build_filename(bench->state, "console.log", NULL);
    g_autofree char *text = NULL;
    Console *console = NULL;
    g_autoptr(Capture) capture = NULL;
    int64_t until = clock_monotonic_ms() + 10000;
    (void)data;
    g_assert_true(g_file_set_contents(path, BEFORE, -1, NULL));
    g_assert_true(console_open(bench->machine, &bench->actor, 1000, &console, NULL));
    g_assert_true(capture_start(console, path, &capture, NULL));
    size_t before = capture_size(capture);
    g_assert_cmpuint(before, ==, strlen(BEFORE));
    g_assert_true(capture_write(capture, SAID, strlen(SAID), 1000, NULL));
    while (capture_size(capture) < before + strlen(SAID)) {
        g_assert_cmpint(clock_monotonic_ms(), <, until);
        g_usleep(10000);
    }
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpuint(capture_size(capture), ==, strlen(text));
    g_assert_true(g_str_has_suffix(text + before, SAID));
}

static void a_reservation_is_taken_and_given_back(Bench *bench, gconstpointer data)
{
    (void)data;
    g_autoptr(Reserve) reserve = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *holder = NULL, *path = g_build_filename(bench->folder, "holder", NULL);
    g_assert_true(reserve_open(bench->machine, &bench->actor, &reserve, &error));
    g_assert_true(reserve_take(reserve, 60, "test", 1000, &error));
    g_assert_true(reserve_holder(reserve, 1000, &holder, &error));
    g_assert_nonnull(holder);
    g_assert_true(g_file_set_contents(path, "process 1", -1, NULL));
    g_assert_false(reserve_renew(reserve, 60, 1000, &error));
    check_says(error, "it is no longer ours");
    g_clear_error(&error);
    g_assert_false(reserve_take(reserve, 60, "test", 1000, &error));
    check_says(error, "process 1 holds it");
}

static void put_text(const char *folder, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static char *find_text(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) ? text : NULL;
}

static void a_kernel_and_an_image_are_deployed(Bench *bench, gconstpointer data)
{
    (void)data;
    g_autoptr(Deploy) deploy = NULL;
    g_autoptr(GError) error = NULL;
    put_text(bench->state, "image", "x");
    put_text(bench->state, "kernel.txt", "release: 6.1.0\nversion: #1 SMP\nimage: image\n");
    g_assert_true(deploy_open(bench->machine, &bench->actor, NULL, &deploy, &error));
    g_assert_true(deploy_kernel(deploy, bench->state, 1000, &error));
    g_assert_true(deploy_image(deploy, "os", NULL, 1000, &error));
    g_autofree char *kernel = find_text(bench->folder, "kernel");
    g_autofree char *image = find_text(bench->folder, "image");
    g_assert_cmpstr(kernel, ==, "6.1.0");
    g_assert_cmpstr(image, ==, "os");
    g_assert_true(deploy_settle(deploy, 1000, &error));
    g_autofree char *after = find_text(bench->folder, "kernel");
    g_assert_null(after);
    script(bench, "fail the disk is full\n");
    g_assert_false(deploy_image(deploy, "os", NULL, 1000, &error));
    check_says(error, "m: deploy fake");
    check_says(error, "the disk is full");
}

static void a_look_at_deploying_says_what_to_do(Bench *bench, gconstpointer data)
{
    (void)data;
    g_autoptr(Deploy) deploy = NULL;
    g_autoptr(GError) error = NULL;
    g_auto(DeployLook) good = {0}, bad = {0}, none = {0};
    g_assert_true(deploy_open(bench->machine, &bench->actor, NULL, &deploy, &error));
    g_assert_true(deploy_check(deploy, 1000, &good, &error));
    g_assert_nonnull(good.found);
    g_assert_null(good.remedy);
    script(bench, "ignore\nhang\n");
    g_assert_true(deploy_check(deploy, 1000, &bad, &error));
    g_assert_nonnull(bad.remedy);
    g_assert_false(deploy_check(deploy, 100, &none, &error));
    check_says(error, "no answer within");
    g_assert_null(none.found);
}

static void a_facet_without_driver_says_what_to_do(Bench *bench, gconstpointer data)
{
    (void)data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Power) power = NULL;
    g_autoptr(Deploy) deploy = NULL;
    facet_clear(&bench->machine->power);
    facet_clear(&bench->machine->deploy);
    g_assert_false(power_open(bench->machine, &bench->actor, &power, &error));
    check_says(error, "has no power driver");
    g_clear_error(&error);
    g_assert_false(deploy_open(bench->machine, &bench->actor, NULL, &deploy, &error));
    check_says(error, "has no deploy driver");
}

#define ADD(path, function) g_test_add(path, Bench, NULL, bench_begin, function, bench_end)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/drivers/power", power_is_what_was_asked_for);
    ADD("/drivers/power-lies", a_device_that_lies_is_found_out);
    ADD("/drivers/power-trouble", trouble_is_unknown_and_within_its_limit);
    ADD("/drivers/lock", two_do_not_act_on_one_device);
    ADD("/drivers/fence", a_stale_holder_is_refused);
    ADD("/drivers/console", a_console_gives_what_was_printed);
    ADD("/drivers/capture", a_capture_counts_what_the_file_has);
    ADD("/drivers/reserve", a_reservation_is_taken_and_given_back);
    ADD("/drivers/deploy", a_kernel_and_an_image_are_deployed);
    ADD("/drivers/deploy-look", a_look_at_deploying_says_what_to_do);
    ADD("/drivers/none", a_facet_without_driver_says_what_to_do);
    return g_test_run();
}
