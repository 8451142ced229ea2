/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a directory, and the way to one. */
#include "unikernel/fs/vfs.h"
#include "lib/err.h"
#include "lib/str.h"

#define AT_DOT    0U                /* cookies; those of file systems are greater */
#define AT_DOTDOT 1U

static void dots(const struct vnode *v, uint32_t dots, struct dir_entry *out)
{
    out->next = dots;
    out->number = v->number;
    out->mode = v->mode;
    out->len = dots;
    memcpy(out->text, "..", dots);
    out->text[dots] = '\0';
}

int vfs_entry(struct vnode *dir, uint64_t at, struct dir_entry *out)
{
    if (at == AT_DOTDOT) {
        struct vnode *parent VNODE_SCOPED = path_parent(dir);

        dots(parent, 2, out);
        return 1;
    }
    MUTEX_SCOPED(&dir->fs->names);
    if (dir->links == 0) return -ENOENT;
    if (at == AT_DOT) dots(dir, 1, out);
    return at == AT_DOT || dir->ops->entry(dir, at, out);
}

/* One step up from *at, where the way begins with *out. */
static int prepend(struct vnode **at, const char *page, char **out)
{
    struct vnode *v = *at, *parent;
    struct dir_entry e;

    while (v->fs->root == v) v = v->fs->covers;

    MUTEX_SCOPED(&v->fs->names);
    parent = v->ops->name(v, &e);
    if (parent == NULL) return -ENOENT;
    if (e.len + 1 > (uint64_t)(*out - page)) return -ENAMETOOLONG;
    *out -= e.len + 1;
    **out = '/';
    memcpy(*out + 1, e.text, e.len);
    vnode_get(parent);
    vnode_put(*at);
    *at = parent;
    return 0;
}

static bool is_removed(struct vnode *v)
{
    MUTEX_SCOPED(&v->fs->names);

    return v->links == 0;
}

int vfs_way_to(struct vnode *v, char *page, char **out)
{
    static const char mark[] = " (deleted)";
    struct vnode *at VNODE_SCOPED = vnode_get(v);
    bool removed = is_removed(v);
    int err = 0;

    *out = page + FILE_PATH_MAX - sizeof(mark);
    memcpy(*out, removed ? mark : "", removed ? sizeof(mark) : 1);
    while (at != vfs_root && err == 0) err = prepend(&at, page, out);
    if (err == 0 && **out == '\0') *--*out = '/';
    return err == 0 ? removed : err;
}
