/* SPDX-License-Identifier: Apache-2.0 */
/* Files, from nothing to the first call of the application: "/" is in memory, and what the boot
 * loader brought is at /initrd. */
#include "unikernel/fs/initrd.h"
#include "unikernel/fs/tmpfs.h"
#include "unikernel/fs/vfs.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/machine.h"
#include "unikernel/kernel/system.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/fs/device.h"
#include "unikernel/posix/fs/file.h"
#include "lib/err.h"
#include "lib/str.h"

#define NAMES_IN_DEV 1024

static int make_folder(struct vnode *in, const char *name, uint32_t rights, struct vnode **out)
{
    const struct name n = { name, (uint32_t)strlen(name) };

    return in->ops->create(in, &n, MODE_DIRECTORY | rights, NULL, 0, out);
}

/* Is there memory where the boot loader says? A page that is not mapped is an error of the copy. */
static bool is_memory(const struct region *r)
{
    uint8_t byte;

    for (uint64_t pa = r->pa; pa < r->pa + r->len; pa = align_down(pa, 4096) + 4096) {
        if (user_copy(&byte, arch_linear(pa), 1) != 0) return false;
    }
    return true;
}

/* One that is broken is told of, and /initrd stays empty. */
static void mount_initrd(struct vnode *on)
{
    const char *why = "it lies where no memory is";
    struct fs *fs;

    if (machine.initrd.len == 0) return;
    if (is_memory(&machine.initrd) &&
        initrd_read(arch_linear(machine.initrd.pa), machine.initrd.len, &fs, &why) == 0) {
        vfs_mount(on, fs);
    } else {
        log_error("initrd", "%s", why);
    }
}

static int mount_dev(struct vnode *on, uint64_t pages)
{
    struct fs *fs = tmpfs_new("devtmpfs", pages, NAMES_IN_DEV);
    int err = fs == NULL ? -ENOMEM : devices_make(fs->root);

    if (err == 0) vfs_mount(on, fs);
    return err;
}

static int files_start(void)
{
    struct vnode *tmp VNODE_SCOPED = NULL, *initrd VNODE_SCOPED = NULL, *dev VNODE_SCOPED = NULL;
    struct pages_stat pages;
    struct fs *root;
    int err;

    pages_stat(&pages);
    root = tmpfs_new("tmpfs", pages.total / 2, pages.total / 2);
    if (root == NULL) return -ENOMEM;
    vfs_root = root->root;
    err = make_folder(vfs_root, "tmp", 01777, &tmp);
    if (err == 0) err = make_folder(vfs_root, "initrd", 0755, &initrd);
    if (err == 0) err = make_folder(vfs_root, "dev", 0755, &dev);
    if (err == 0) err = mount_dev(dev, pages.total / 2);
    if (err == 0) err = fds_init();
    if (err == 0) mount_initrd(initrd);
    return err;
}
SERVICE(1, "files", files_start);
