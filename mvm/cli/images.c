/* SPDX-License-Identifier: Apache-2.0 */
/* Images in guest memory, at creation and again before a restart.
 *
 * For a restart the profile is read and compiled again, so that a rebuilt kernel is taken. The
 * hypervisor goes on with the configuration it has, therefore the result must be the blob of `vm
 * config`; else the user has to remove the VM and make it anew. Kept per VM in images_folder, which
 * is gone after a restart of the machine, as the VMs are: ID.json, a link to the profile, and
 * ID.blob. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mvm/cli/cli.h"
#include "mvm/cli/images.h"
#include "mvm/cli/symbols.h"
#include "mvm/libshyper/shyper.h"

const char *images_folder = "/run/shyper";

static int load_file(int vm, const char *what, const struct profile_file *file, uint64_t ipa)
{
    struct shyper_source from = { .fd = open(file->found, O_RDONLY | O_CLOEXEC),
                                  .bytes = file->bytes };
    int ret;

    if (from.fd < 0) {
        return failed(EXIT_FAILED, "%s: %s: %s", what, file->found, strerror(errno));
    }
    ret = shyper_load(vm, ipa, &from);
    close(from.fd);
    if (ret == -ENODATA) {
        return failed(EXIT_FAILED, "%s: %s became shorter while it was read; try again", what,
                      file->found);
    }
    return ret == 0 ? 0
                    : failed(EXIT_FAILED, "%s: cannot load %s to 0x%" PRIx64 ": %s", what,
                             file->found, ipa, strerror(-ret));
}

static int load_tree(int vm, const struct profile *p, uint32_t gic_version)
{
    struct profile_errors errors = { 0 };
    struct shyper_source from = { .fd = -1 };
    size_t bytes;
    void *tree;
    int ret;

    if (profile_guest_dtb(p, gic_version, &tree, &bytes, &errors) < 0) {
        profile_errors_print(&errors, "device tree", stderr);
        return EXIT_FAILED;
    }
    from.data = tree;
    from.bytes = bytes;
    ret = shyper_load(vm, p->dtb, &from);
    free(tree);
    return ret == 0 ? 0
                    : failed(EXIT_FAILED, "cannot load the device tree to 0x%" PRIx64 ": %s",
                             p->dtb, strerror(-ret));
}

int images_load(int vm, const struct profile *p, uint32_t gic_version)
{
    int status = load_file(vm, "kernel", &p->kernel, p->load);

    if (status == 0 && p->ramdisk_load != 0) {
        status = load_file(vm, "ramdisk", &p->ramdisk, p->ramdisk_load);
    }
    if (status == 0 && p->dtb != 0) {
        status = load_tree(vm, p, gic_version);
    }
    return status;
}

static void state_path(char to[PATH_MAX], uint32_t id, const char *ending)
{
    snprintf(to, PATH_MAX, "%s/%" PRIu32 ".%s", images_folder, id, ending);
}

void images_forget(uint32_t id)
{
    char path[PATH_MAX];

    state_path(path, id, "json");
    unlink(path);
    state_path(path, id, "blob");
    unlink(path);
}

static int blob_save(const char *path, const void *blob, size_t bytes)
{
    FILE *file = fopen(path, "we");
    bool good;

    if (file == NULL) {
        return -1;
    }
    good = fwrite(blob, 1, bytes, file) == bytes;
    return fclose(file) == 0 && good ? 0 : -1;
}

int images_remember(uint32_t id, const char *profile_path, const void *blob, size_t blob_bytes)
{
    char path[PATH_MAX], *profile = realpath(profile_path, NULL);
    int ret = -1;

    images_forget(id);
    if (profile != NULL && (mkdir(images_folder, 0700) == 0 || errno == EEXIST)) {
        state_path(path, id, "json");
        ret = symlink(profile, path);
        state_path(path, id, "blob");
        ret = ret == 0 ? blob_save(path, blob, blob_bytes) : ret;
    }
    free(profile);
    return ret == 0 ? 0
                    : failed(EXIT_FAILED, "cannot keep the VM's state in %s: %s", images_folder,
                             strerror(errno));
}

static bool blob_is_kept(const char *path, const void *blob, size_t bytes)
{
    char kept[SHYPER_PROFILE_BYTES_MAX + 1];
    FILE *file = fopen(path, "re");
    size_t got = file != NULL ? fread(kept, 1, sizeof(kept), file) : 0;

    if (file != NULL) {
        fclose(file);
    }
    return got == bytes && memcmp(kept, blob, bytes) == 0;
}

static int reload(const struct target *t, const struct profile *p, const char *profile_path)
{
    struct profile_errors errors = { 0 };
    struct shyper_system_info system;
    char kept[PATH_MAX];
    size_t bytes;
    void *blob;
    bool same;
    int ret;

    if (profile_blob(p, false, &blob, &bytes, &errors) < 0) {
        profile_errors_print(&errors, profile_path, stderr);
        return EXIT_FAILED;
    }
    state_path(kept, t->info.id, "blob");
    same = blob_is_kept(kept, blob, bytes);
    free(blob);
    if (!same) {
        return failed(EXIT_FAILED,
                      "%s or an image it names has changed in a way that needs a new VM; "
                      "shyper vm remove %" PRIu32 ", then shyper vm config it again",
                      profile_path, t->info.id);
    }
    ret = shyper_system_info(t->sys, &system);
    return ret == 0 ? images_load(t->vm, p, system.gic_version) : refuse("info", &t->info, ret);
}

struct symbols *images_symbols(const struct target *t)
{
    struct profile_errors errors = { 0 };
    struct symbols *symbols = NULL;
    struct profile profile;
    char link[PATH_MAX], path[PATH_MAX];
    int ret;

    state_path(link, t->info.id, "json");
    ssize_t length = readlink(link, path, sizeof(path) - 1);
    if (length < 0) {
        return NULL;
    }
    path[length] = 0;
    if (profile_load(path, &profile, &errors) == 0 && profile.symbols.found != NULL) {
        ret = symbols_open(profile.symbols.found, profile.load, &symbols);
        if (ret < 0) {
            note("shyper: symbols: %s: %s", profile.symbols.found, strerror(-ret));
        }
    }
    profile_free(&profile);
    return symbols;
}

int images_reload(const struct target *t)
{
    struct profile_errors errors = { 0 };
    struct profile profile;
    char link[PATH_MAX], path[PATH_MAX];
    int status;

    state_path(link, t->info.id, "json");
    ssize_t length = readlink(link, path, sizeof(path) - 1);
    if (length < 0) {
        return failed(EXIT_FAILED,
                      "VM %" PRIu32
                      " (%s): %s is not there, so its images cannot be loaded again; remove the VM "
                      "and configure it again",
                      t->info.id, t->info.name, link);
    }
    path[length] = 0;
    if (profile_load(path, &profile, &errors) < 0) {
        profile_errors_print(&errors, path, stderr);
        status = EXIT_FAILED;
    } else {
        status = reload(t, &profile, path);
    }
    profile_free(&profile);
    return status;
}
