/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/self/fd: a symbolic link for each open descriptor. It leads to what the descriptor stands for,
 * whatever it says: that has another name now, or none. */
#include "unikernel/fs/tmpfs.h"
#include "unikernel/fs/vfs.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/fs/proc.h"
#include "lib/err.h"
#include "lib/fmt.h"

#define FIRST_NUMBER 0x1000U        /* of the inodes: descriptor 0's */
#define FIRST_COOKIE 3U
#define LINK_SIZE    64U            /* as Linux says, however long it is */

static struct vnode_ops folder_ops, link_ops;  /* as those of tmpfs, but for what is set below */

static long number_of(const struct name *n)
{
    long fd = 0;

    if (n->text[0] == '0' && n->len > 1) return -1;
    for (uint32_t i = 0; i < n->len; i++) {
        if (n->text[i] < '0' || n->text[i] > '9' || fd >= (long)FILES_MAX) return -1;
        fd = fd * 10 + n->text[i] - '0';
    }
    return fd;
}

/* To read and to write, by the access flags of open; to search with both. */
static const uint16_t rights[] = { 0500, 0300, 0700, 0100 };

static int lookup(struct vnode *dir, const struct name *n, struct vnode **out)
{
    long fd = number_of(n);
    uint32_t flags;

    if (fd < 0 || fd_next(fd, &flags) != fd) return -ENOENT;
    *out = tmpfs_nameless(dir, MODE_SYMLINK | rights[flags & LINUX_O_ACCESS], NULL);
    if (*out == NULL) return -ENOMEM;
    (*out)->ops = &link_ops;
    (*out)->number = FIRST_NUMBER + (uint64_t)fd;
    (*out)->size = LINK_SIZE;
    (*out)->links = 1;
    return 0;
}

static bool entry(struct vnode *dir, uint64_t at, struct dir_entry *out)
{
    uint32_t flags;
    long fd = fd_next(at < FIRST_COOKIE ? 0 : (long)(at - FIRST_COOKIE + 1), &flags);

    if (fd < 0) return false;
    out->next = FIRST_COOKIE + (uint64_t)fd;
    out->number = FIRST_NUMBER + (uint64_t)fd;
    out->mode = MODE_SYMLINK;
    out->len = (uint32_t)fmt_text(out->text, sizeof(out->text), "%u", (unsigned)fd);
    return true;
}

static struct file *file_of_link(const struct vnode *link) { return file_of((long)(link->number - FIRST_NUMBER)); }

static int follow(struct vnode *link, struct vnode **out)
{
    struct file *f FILE_SCOPED = file_of_link(link);

    if (f == NULL) return -ENOENT;
    if (f->vnode == NULL) return -ENXIO;
    *out = vnode_get(f->vnode);
    return 0;
}

static int text(struct vnode *link, char *page, char **out)
{
    struct file *f FILE_SCOPED = file_of_link(link);
    int err = f != NULL && f->vnode != NULL ? vfs_way_to(f->vnode, page, out) : -ENOENT;

    if (f == NULL || err != -ENOENT) return MIN(err, 0);
    *out = page;
    if (f->vnode == NULL) (void)fmt_text(page, FILE_PATH_MAX, "anon_inode:[%s]", f->ops->name);
    else (void)fmt_text(page, FILE_PATH_MAX, "pipe:[%lu]", f->vnode->number);
    return 0;
}

int proc_fd_make(struct vnode *dir)
{
    struct vnode *v = vfs_make(dir, "fd", MODE_DIRECTORY | 0500, 0);

    if (v == NULL) return -ENOMEM;
    folder_ops = link_ops = *v->ops;
    folder_ops.lookup = lookup;
    folder_ops.entry = entry;
    link_ops.follow = follow;
    link_ops.text = text;
    v->ops = &folder_ops;
    return 0;
}
