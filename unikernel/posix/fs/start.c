/* SPDX-License-Identifier: Apache-2.0 */
/* Files, from nothing to the first call of the application: "/" is in memory, and what the boot
 * loader brought is at /initrd. */
#include "unikernel/fs/initrd.h"
#include "unikernel/fs/tmpfs.h"
#include "unikernel/fs/vfs.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/machine.h"
#include "unikernel/kernel/system.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/fs/device.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/fs/proc.h"
#include "lib/err.h"

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
static struct fs *initrd_new(void)
{
    const char *why = "it lies where no memory is";
    struct fs *fs;

    if (machine.initrd.len == 0) return NULL;
    if (is_memory(&machine.initrd) &&
        initrd_read(arch_linear(machine.initrd.pa), machine.initrd.len, &fs, &why) == 0) {
        return fs;
    }
    log_error("initrd", "%s", why);
    return NULL;
}

static int make_folder(const char *name, uint32_t rights, struct fs *fs)
{
    struct vnode *v = vfs_make(vfs_root, name, MODE_DIRECTORY | rights, 0);

    if (v == NULL) return -ENOMEM;
    if (fs != NULL) vfs_mount(v, name, fs);
    return 0;
}

static int files_start(void)
{
    static const struct name console_name = { "console", 7 };
    struct vnode *console VNODE_SCOPED = NULL;
    struct pages_stat pages;
    struct fs *root, *dev, *proc = proc_new();
    int err;

    console_on_input(console_tell);
    pages_stat(&pages);
    root = tmpfs_new("tmpfs", pages.total / 2, pages.total / 2);
    dev = tmpfs_new("devtmpfs", pages.total / 2, pages.total / 2);
    if (root == NULL || dev == NULL || proc == NULL) return -ENOMEM;
    vfs_root = root->root;
    err = devices_make(dev->root);
    if (err == 0) err = make_folder("tmp", 01777, NULL);
    if (err == 0) err = make_folder("dev", 0755, dev);
    if (err == 0) err = make_folder("proc", 0755, proc);
    if (err == 0) err = make_folder("initrd", 0755, initrd_new());
    if (err == 0) err = dev->root->ops->lookup(dev->root, &console_name, &console);
    return err == 0 ? fds_init(console) : err;
}
SERVICE(1, "files", files_start);
