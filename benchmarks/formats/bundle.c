// Bundles of boots: their list, read and checked.
#include "benchmarks/formats/bundle.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/archive.h"
#include "common/error.h"
#include "common/stats/orient.h"

bool bundle_is(const char *path)
{
    static const unsigned char MAGIC[] = {0x28, 0xb5, 0x2f, 0xfd};
    unsigned char bytes[sizeof MAGIC];
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    bool is = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
              read(fd, bytes, sizeof bytes) == sizeof bytes &&
              memcmp(bytes, MAGIC, sizeof bytes) == 0;
    close(fd);
    return is;
}

static bool has_texts(const json_t *object, const char *const *keys)
{
    if (!json_is_object(object))
        return false;
    for (; *keys; keys++)
        if (!json_is_string(json_object_get(object, *keys)))
            return false;
    return true;
}

static bool state_is_good(const json_t *object)
{
    const char *state = json_string_value(json_object_get(object, "state"));
    return g_strcmp0(state, "done") == 0 || g_strcmp0(state, "failed") == 0;
}

static bool are_numbers(const json_t *list)
{
    size_t i;
    json_t *number;
    json_array_foreach(list, i, number)
    {
        if (!json_is_number(number))
            return false;
    }
    return true;
}

// As the database wants it: a value has its position, and what is done has a value.
static bool sample_is_good(const json_t *sample)
{
    static const char *const METRIC[] = {"name", "unit", "better", "statistic", NULL};
    const json_t *metric = json_object_get(sample, "metric");
    const json_t *value = json_object_get(sample, "value");
    const json_t *position = json_object_get(sample, "position");
    Better better;
    return has_texts(metric, METRIC) && state_is_good(sample) &&
           better_parse(json_string_value(json_object_get(metric, "better")), &better) &&
           are_numbers(value) && are_numbers(position) &&
           json_array_size(position) == json_array_size(value) &&
           (json_array_size(value) > 0 ||
            strcmp(json_string_value(json_object_get(sample, "state")), "failed") == 0);
}

static bool trial_is_good(const json_t *trial)
{
    static const char *const TRIAL[] = {"benchmark", "key", "state", NULL};
    const json_t *samples = json_object_get(trial, "samples");
    size_t i;
    json_t *sample;
    if (!has_texts(trial, TRIAL) || !state_is_good(trial) || !json_is_array(samples))
        return false;
    json_array_foreach(samples, i, sample)
    {
        if (!sample_is_good(sample))
            return false;
    }
    return true;
}

static bool boot_is_good(const json_t *boot)
{
    static const char *const BOOT[] = {"tree", "revision", "machine", NULL};
    const json_t *trials = json_object_get(boot, "trials");
    size_t i;
    json_t *trial;
    if (!has_texts(boot, BOOT) || !json_is_array(trials))
        return false;
    json_array_foreach(trials, i, trial)
    {
        if (!trial_is_good(trial))
            return false;
    }
    return true;
}

static bool boots_check(const char *place, const json_t *root, GError **error)
{
    const json_t *boots = json_object_get(root, "boots");
    size_t i;
    json_t *boot;
    if (json_integer_value(json_object_get(root, "schema")) != 1 || !json_is_array(boots))
        return error_set(error, ERROR_INPUT, "%s: is no bundle of a schema that is known here (1)",
                         place);
    json_array_foreach(boots, i, boot)
    {
        if (!boot_is_good(boot))
            return error_set(error, ERROR_INPUT,
                             "%s: its boot %zu lacks what every boot has; see "
                             "benchmarks/formats/bundle.h",
                             place, i + 1);
    }
    return true;
}

bool bundle_parse(const char *place, const char *text, size_t length, json_t **ret_boots,
                  GError **error)
{
    json_error_t why;
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &why);
    if (!root)
        return error_set(error, ERROR_INPUT, "%s:%d: is no JSON: %s", place, why.line, why.text);
    bool good = boots_check(place, root, error);
    if (good)
        *ret_boots = json_incref(json_object_get(root, "boots"));
    json_decref(root);
    return good;
}

bool bundle_read(const char *path, json_t **ret_boots, GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    if (!archive_read_file(path, BUNDLE_BOOTS, BUNDLE_LIMIT_BYTES, &bytes, error))
        return false;
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    g_autofree char *place = g_strdup_printf("%s (%s)", path, BUNDLE_BOOTS);
    return bundle_parse(place, text ? text : "", length, ret_boots, error);
}
