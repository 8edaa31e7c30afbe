// The kernel.txt of an artifact: what the image and the folder say.
#include "bob/kernel_artifact.h"

#include "inventory/kernel.h"

#include <string.h>

/* The REL of the only boot/vmlinuz-REL; NULL for none or several. Freed with g_free. */
static char *find_image_release(const char *folder)
{
    static const char PREFIX[] = "vmlinuz-";
    g_autofree char *boot = g_build_filename(folder, "boot", NULL);
    GDir *dir = g_dir_open(boot, 0, NULL);
    const char *name = NULL;
    char *release = NULL;
    int found = 0;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        if (!g_str_has_prefix(name, PREFIX))
            continue;
        g_free(release);
        release = g_strdup(name + strlen(PREFIX));
        found++;
    }
    if (dir != NULL)
        g_dir_close(dir);
    if (found > 1)
        g_clear_pointer(&release, g_free);
    return release;
}

/* The path below the folder where it is there, else NULL; freed with g_free. */
static char *find_below(const char *folder, const char *parent, const char *prefix,
                        const char *release)
{
    g_autofree char *below = g_strconcat(parent, "/", prefix, release, NULL);
    g_autofree char *path = g_build_filename(folder, below, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS) ? g_steal_pointer(&below) : NULL;
}

bool kernel_artifact_complete(const char *folder, GError **error)
{
    g_autofree char *release = find_image_release(folder);
    if (release == NULL || kernel_is_in(folder))
        return true;
    g_auto(Kernel) kernel = {.image = g_strconcat("boot/vmlinuz-", release, NULL)};
    g_autofree char *image = g_build_filename(folder, kernel.image, NULL);
    if (!kernel_image_version(image, &kernel.release, &kernel.version, NULL))
        return true;
    kernel.config = find_below(folder, "boot", "config-", release);
    kernel.modules = find_below(folder, "lib/modules", "", release);
    return kernel_write(folder, &kernel, error);
}
