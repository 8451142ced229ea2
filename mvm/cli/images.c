/* SPDX-License-Identifier: Apache-2.0 */
/* Files are opened here, with the rights of who runs this, whoever loads them later. What we make
 * ourselves is in memory files. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/str.h"
#include "mvm/cli/cli.h"
#include "mvm/cli/images.h"

/* Takes `data` over. */
static int memory_file(const char *what, void *data, size_t bytes, int *fd)
{
    int made = memfd_create(what, MFD_CLOEXEC);

    if (made >= 0 && write(made, data, bytes) != (ssize_t)bytes) {
        close(made);
        made = -1;
    }
    free(data);
    if (made < 0) {
        return failed(EXIT_FAILED, "%s: no memory for it: %s", what, strerror(errno));
    }
    *fd = made;
    return 0;
}

static struct shyper_image *image_add(struct shyper_config *c, uint64_t ipa, uint64_t bytes)
{
    struct shyper_image *image = &c->image[c->count++];

    *image = (struct shyper_image){ .fd = -1, .ipa = ipa, .bytes = bytes };
    return image;
}

static int file_add(struct shyper_config *c, const char *what, const struct profile_file *file,
                    uint64_t ipa)
{
    struct shyper_image *image = image_add(c, ipa, file->bytes);

    image->fd = open(file->found, O_RDONLY | O_CLOEXEC);
    return image->fd >= 0
               ? 0
               : failed(EXIT_FAILED, "%s: %s: %s", what, file->found, strerror(errno));
}

static int tree_add(struct shyper_config *c, const struct profile *p, uint32_t gic_version)
{
    struct profile_errors errors = { 0 };
    struct shyper_image *image;
    size_t bytes;
    void *tree;

    if (profile_guest_dtb(p, gic_version, &tree, &bytes, &errors) < 0) {
        profile_errors_print(&errors, "device tree", stderr);
        return EXIT_FAILED;
    }
    image = image_add(c, p->dtb, bytes);
    return memory_file("device tree", tree, bytes, &image->fd);
}

static int blob_open(struct shyper_config *c, const struct profile *p, const char *path)
{
    struct profile_errors errors = { 0 };
    size_t bytes;
    void *blob;

    if (profile_blob(p, false, &blob, &bytes, &errors) < 0) {
        profile_errors_print(&errors, path, stderr);
        return EXIT_FAILED;
    }
    return memory_file("compiled profile", blob, bytes, &c->blob);
}

int images_open(const struct profile *p, const char *path, uint32_t gic_version,
                struct shyper_config *out)
{
    char *whole = realpath(path, NULL);
    int status;

    *out = (struct shyper_config){ .blob = -1 };
    (void)str_copy(out->name, sizeof(out->name), p->name);
    (void)str_copy(out->profile, sizeof(out->profile), whole != NULL ? whole : path);
    free(whole);
    status = blob_open(out, p, path);
    if (status == 0) {
        status = file_add(out, "kernel", &p->kernel, p->load);
    }
    if (status == 0 && p->ramdisk_load != 0) {
        status = file_add(out, "ramdisk", &p->ramdisk, p->ramdisk_load);
    }
    if (status == 0 && p->dtb != 0) {
        status = tree_add(out, p, gic_version);
    }
    if (status != 0) {
        images_close(out);
    }
    return status;
}

void images_close(const struct shyper_config *config)
{
    for (unsigned i = 0; i < config->count; i++) {
        if (config->image[i].fd >= 0) {
            close(config->image[i].fd);
        }
    }
    if (config->blob >= 0) {
        close(config->blob);
    }
}
