/* SPDX-License-Identifier: Apache-2.0 */
/* Making is: begin a record, make the VM, complete the record, load, commit. A VM whose record is
 * still the unfinished one is removed by make_recover; nobody was told of it. */
#include "mvm/libshyper/make.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/profile.h"
#include "mvm/libshyper/shyper.h"

printf_like(3, 4)
static int because(char why[WHY_BYTES], int error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(why, WHY_BYTES, format, args);
    va_end(args);
    return error;
}

/* Open the VM called `name` into *vm; 0 with *vm < 0 when there is none. */
static int vm_named(int sys, const char *name, int *vm, struct shyper_vm_info *info)
{
    uint32_t after = UINT32_MAX;

    *vm = -1;
    for (;;) {
        int id = shyper_vm_next(sys, after), fd, ret;

        if (id < 0) { return id == -ENOENT ? 0 : id; }
        after = (uint32_t)id;
        fd = shyper_vm_open(sys, after);
        if (fd == -ENOENT) { continue; }
        if (fd < 0) { return fd; }
        ret = shyper_vm_info(fd, info);
        if (ret == 0 && strcmp(info->name, name) == 0) {
            *vm = fd;
            return 0;
        }
        close(fd);
        if (ret < 0 && ret != -ENOENT) { return ret; }
    }
}

static uint64_t log_end(int sys)
{
    uint64_t cursor = 0, lost;
    char text[4096];

    while (shyper_system_log(sys, &cursor, text, sizeof text, &lost) > 0) { continue; }
    return cursor;
}

/* The hypervisor names the field it does not like in its log. */
static int refused(int sys, uint64_t cursor, int error, char why[WHY_BYTES])
{
    uint64_t lost;
    char text[512];
    ssize_t got = shyper_system_log(sys, &cursor, text, sizeof text, &lost);

    while (got > 0 && text[got - 1] == '\n') { got--; }
    return because(why, error, "the hypervisor refuses this VM: %s%s%.*s", strerror(-error),
                   got > 0 ? "; it says:\n" : "", (int)MAX(got, 0), text);
}

static int blob_read(int fd, void *blob, size_t *bytes, char why[WHY_BYTES])
{
    ssize_t got = pread(fd, blob, SHYPER_PROFILE_BYTES_MAX + 1, 0);

    if (got <= 0) { return because(why, -EINVAL, "the compiled profile cannot be read"); }
    if (got > SHYPER_PROFILE_BYTES_MAX) {
        return because(why, -E2BIG, "the compiled profile is larger than %d bytes",
                       SHYPER_PROFILE_BYTES_MAX);
    }
    *bytes = (size_t)got;
    return 0;
}

static int create(int sys, const struct shyper_config *config, uint32_t *id, char why[WHY_BYTES])
{
    void *blob = malloc(SHYPER_PROFILE_BYTES_MAX + 1);
    uint64_t cursor;
    size_t bytes = 0;
    int ret;

    if (blob == NULL) { return because(why, -ENOMEM, "out of memory"); }
    ret = blob_read(config->blob, blob, &bytes, why);
    if (ret == 0) {
        cursor = log_end(sys);
        ret = shyper_vm_create(sys, blob, bytes, id);
        if (ret < 0) { ret = refused(sys, cursor, ret, why); }
    }
    free(blob);
    return ret;
}

static int load(int vm, int fd, uint64_t ipa, uint64_t bytes, char why[WHY_BYTES])
{
    const struct shyper_source from = { .fd = fd, .bytes = bytes };
    int ret = shyper_load(vm, ipa, &from);

    if (ret == -ENODATA) {
        return because(why, ret, "an image became shorter while it was read; try again");
    }
    return ret == 0 ? 0
                    : because(why, ret, "cannot load %" PRIu64 " bytes to 0x%" PRIx64 ": %s", bytes,
                              ipa, strerror(-ret));
}

static int keep_failed(int error, char why[WHY_BYTES])
{
    return because(why, error,
                   "cannot keep in %s what the VM needs for another start: %s%s", kept_folder,
                   strerror(-error),
                   error == -ENOSPC ? "; a VM with a restart policy keeps copies of its images" : "");
}

static int fill(int vm, const struct shyper_config *config, char why[WHY_BYTES])
{
    struct shyper_vm_info info;
    int ret = shyper_vm_info(vm, &info);

    if (ret < 0) { return because(why, ret, "cannot ask for the VM: %s", strerror(-ret)); }
    if (strcmp(info.name, config->name) != 0) {
        return because(why, -EINVAL, "the compiled profile is that of '%s', not of '%s'", info.name,
                       config->name);
    }
    ret = kept_images(config, info.restart != SHYPER_RESTART_NEVER);
    if (ret < 0) { return keep_failed(ret, why); }
    for (unsigned i = 0; ret == 0 && i < config->count; i++) {
        const struct shyper_image *image = &config->image[i];

        ret = load(vm, image->fd, image->ipa, image->bytes, why);
    }
    if (ret == 0) {
        ret = kept_commit(info.id);
        if (ret < 0) { return keep_failed(ret, why); }
    }
    return ret;
}

int make_vm(int sys, const struct shyper_config *config, uint32_t *id, char why[WHY_BYTES])
{
    struct shyper_vm_info info;
    int vm, ret = vm_named(sys, config->name, &vm, &info);

    if (ret < 0) { return because(why, ret, "cannot list the VMs: %s", strerror(-ret)); }
    if (vm >= 0) {
        close(vm);
        return because(why, -EEXIST,
                       "name: VM %" PRIu32
                       " is called '%s' already; choose another name, or shyper vm remove %s",
                       info.id, config->name, config->name);
    }
    ret = kept_begin(config);
    if (ret < 0) {
        kept_abandon();
        return keep_failed(ret, why);
    }
    ret = create(sys, config, id, why);
    if (ret < 0) {
        kept_abandon();
        return ret;
    }
    vm = shyper_vm_open(sys, *id);
    if (vm < 0) {
        return because(why, vm, "VM %" PRIu32 ": cannot open it: %s", *id, strerror(-vm));
    }
    ret = fill(vm, config, why);
    if (ret < 0 && shyper_vm_remove(vm) == 0) { kept_abandon(); }
    close(vm);
    return ret;
}

/* All of them before anything changes. */
static int images_open(const struct shyper_vm_info *info, const struct kept *k,
                       int fds[SHYPER_LOADS_MAX], char why[WHY_BYTES])
{
    if (k == NULL) {
        return because(why, -ENOKEY,
                       "nothing is kept of the images of VM %" PRIu32 " (%s), so they cannot be loaded "
                       "again; remove the VM and configure it again",
                       info->id, info->name);
    }
    for (unsigned i = 0; i < k->count; i++) {
        fds[i] = kept_open(&k->image[i]);
        if (fds[i] < 0) {
            int error = fds[i];

            while (i-- > 0) { close(fds[i]); }
            return because(why, error, "%.600s: %s; remove the VM and configure it again",
                           k->image[i + 1].path,
                           error == -ESTALE ? "is not the file any more that the VM was made of"
                                            : strerror(-error));
        }
    }
    return 0;
}

static bool is_over(const struct shyper_vm_info *info)
{
    return info->state == SHYPER_VM_STOPPED || info->state == SHYPER_VM_CRASHED;
}

/* EL2 loads those of the bundle by itself. */
static int start_again(int vm, const struct shyper_vm_info *info, const struct kept *k,
                       char why[WHY_BYTES])
{
    bool loads = info->boot_time == 0;
    int fds[SHYPER_LOADS_MAX], ret = loads ? images_open(info, k, fds, why) : 0;

    if (ret < 0) { return ret; }
    ret = loads ? kept_starting(info->id) : 0;
    if (ret < 0) { (void)keep_failed(ret, why); }
    if (ret == 0 && is_over(info)) {
        ret = shyper_vm_reset(vm);
        if (ret < 0) { (void)because(why, ret, "cannot reset it: %s", strerror(-ret)); }
    }
    for (unsigned i = 0; loads && i < k->count; i++) {
        if (ret == 0) { ret = load(vm, fds[i], k->image[i].ipa, k->image[i].bytes, why); }
        close(fds[i]);
    }
    return ret;
}

int make_start(int vm, char why[WHY_BYTES])
{
    struct shyper_vm_info info;
    struct kept *k;
    int ret = shyper_vm_info(vm, &info);

    if (ret < 0) { return because(why, ret, "cannot ask for the VM: %s", strerror(-ret)); }
    if (!is_over(&info) && info.state != SHYPER_VM_CREATED && info.state != SHYPER_VM_READY) {
        return because(why, -EBUSY, "VM %" PRIu32 " (%s) cannot be started as it is now", info.id,
                       info.name);
    }
    k = kept_read(info.id, info.name);
    if (info.state != SHYPER_VM_CREATED) { ret = start_again(vm, &info, k, why); }
    free(k);
    if (ret == 0) {
        ret = shyper_vm_boot(vm);
        if (ret < 0) { (void)because(why, ret, "cannot boot it: %s", strerror(-ret)); }
    }
    kept_started(info.id);
    return ret;
}

int make_drop(int vm, char why[WHY_BYTES])
{
    struct shyper_vm_info info;
    int ret = shyper_vm_info(vm, &info);

    if (ret == 0) { ret = shyper_vm_remove(vm); }
    if (ret < 0) { return because(why, ret, "%s", ""); }
    kept_forget(info.id);
    return 0;
}

int make_delconfig(int vm, bool *removed, char why[WHY_BYTES])
{
    struct shyper_vm_info info;
    int ret = shyper_vm_info(vm, &info);

    if (ret < 0) { return because(why, ret, "%s", ""); }
    if (info.id == SHYPER_MVM_ID) { return because(why, -EACCES, "%s", ""); }
    *removed = is_over(&info) || info.state == SHYPER_VM_CREATED || info.state == SHYPER_VM_READY;
    if (*removed) { return make_drop(vm, why); }
    kept_forget(info.id);
    return 0;
}
