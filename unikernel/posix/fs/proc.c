/* SPDX-License-Identifier: Apache-2.0 */
/* A text is written when it is read from its beginning. Who has opened a file has a copy of his
 * own, so the pieces in which he reads it fit together. All copies share PAGES. */
#include "unikernel/posix/fs/proc.h"
#include "unikernel/fs/tmpfs.h"
#include "unikernel/fs/vfs.h"
#include "unikernel/posix/fs/file.h"
#include "lib/err.h"
#include "lib/fmt.h"

#define PAGES        256U
#define FIRST_NUMBER 2U /* of the inodes, which have the order of proc_files */

extern const char uk_app_name[];
const char *const proc_app_name = uk_app_name; /* which is far away */

struct text {
    struct vnode *v;
    uint8_t *page;
    uint64_t size;
    int err;
};

static void put(void *to, char c)
{
    struct text *t = to;

    if (t->err == 0 && t->size % FILE_PAGE == 0) {
        t->err = t->v->ops->page(t->v, t->size / FILE_PAGE, true, &t->page) == 0 ? 0 : -ENOMEM;
    }
    if (t->err == 0) t->page[t->size++ % FILE_PAGE] = (uint8_t)c;
}

void text_add(struct text *t, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fmt_vput(put, t, format, args);
    va_end(args);
}

static int write_anew(struct vnode *v)
{
    struct text t = { .v = v };

    MUTEX_SCOPED(&v->lock);
    v->ops->truncate(v, 0);
    proc_files[v->number - FIRST_NUMBER].write(&t);
    v->size = t.size;
    return t.err;
}

static long read(struct file *f, struct io *io, uint64_t *at)
{
    int err = *at == 0 ? write_anew(f->vnode) : 0;

    return err != 0 ? err : vnode_file_ops.read(f, io, at);
}

static struct file_ops text_ops;  /* as those of files, but for read */
static struct vnode_ops proc_ops; /* as those of tmpfs, but for open */

static struct vnode *copy_of(const struct vnode *v)
{
    MUTEX_SCOPED(&v->fs->names);

    return tmpfs_nameless(v->fs->root, v->mode, NULL);
}

static int open_text(struct file *f)
{
    struct vnode *copy = copy_of(f->vnode);

    if (copy == NULL) return -ENOMEM;
    copy->number = f->vnode->number;
    copy->links = 1;
    vnode_put(f->vnode);
    f->vnode = copy;
    f->ops = &text_ops;
    return 0;
}

struct fs *proc_new(void)
{
    struct fs *fs = tmpfs_new("proc", PAGES, proc_file_count + 1);
    struct vnode *dir = fs != NULL ? fs->root : NULL, *v;

    if (fs == NULL) return NULL;
    text_ops = vnode_file_ops;
    text_ops.read = read;
    proc_ops = *dir->ops;
    proc_ops.open = open_text;
    for (unsigned i = 0; i < proc_file_count; i++) {
        const struct proc_file *p = &proc_files[i];
        bool is_dir = p->write == NULL;

        v = vfs_make(dir, p->name, is_dir ? MODE_DIRECTORY | 0555 : MODE_FILE | 0444, 0);
        if (v == NULL) return NULL;
        if (is_dir)
            dir = v;
        else
            v->ops = &proc_ops;
    }
    fs->read_only = true;
    return proc_fd_make(dir) == 0 ? fs : NULL;
}
