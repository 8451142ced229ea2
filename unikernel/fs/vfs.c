/* SPDX-License-Identifier: Apache-2.0 */
/* Between the walk and the change another thread may have changed what was found, so what matters
 * is looked up again with the names of the file system held. */
#include "unikernel/fs/vfs.h"
#include "unikernel/fs/mapping.h"
#include "unikernel/kernel/time.h"
#include "lib/err.h"
#include "lib/str.h"

struct vnode *vfs_root;

void vfs_mount(struct vnode *dir, const char *at, struct fs *fs)
{
    struct fs *last = vfs_root->fs;

    while (last->next != NULL) last = last->next;
    last->next = fs;
    fs->at = at;
    fs->covers = vnode_get(dir);
    __atomic_store_n(&dir->mounted, fs->root, __ATOMIC_RELEASE);
}

struct vnode *vfs_make(struct vnode *dir, const char *name, uint32_t mode, uint32_t size)
{
    const struct name n = { name, (uint32_t)strlen(name) };
    struct vnode *v;

    if (dir->ops->create(dir, &n, mode, NULL, size, &v) != 0) return NULL;
    vnode_put(v);
    return v;
}

/* names is held in what follows, so no last reference can go: what is found has a name. */

static struct vnode *peek(struct vnode *dir, const struct name *n)
{
    struct vnode *v = NULL;

    return dir->ops->lookup(dir, n, &v) == 0 ? v : NULL;
}

static int may_add(const struct place *at)
{
    struct vnode *there VNODE_SCOPED = peek(at->dir, &at->name);

    if (there != NULL) return -EEXIST;
    if (at->dir->fs->read_only) return -EROFS;
    return at->dir->links == 0 ? -ENOENT : 0;
}

static int create_at(const struct place *at, uint32_t mode, const char *target, uint32_t size,
                     struct vnode **out)
{
    MUTEX_SCOPED(&at->dir->fs->names);
    int err = may_add(at);

    if (err == 0) err = at->dir->ops->create(at->dir, &at->name, mode, target, size, out);
    if (err == 0) vnode_touch(at->dir, true);
    return err;
}

int vfs_create(struct path *p, struct vnode *start, uint32_t mode, const char *target,
               uint32_t size)
{
    struct vnode *made VNODE_SCOPED = NULL;
    PLACE_SCOPED(at);
    int err = path_walk(p, start, 0, &at);

    if (err != 0) return err;
    if (at.v != NULL) return -EEXIST;
    if (at.slash && (mode & MODE_TYPE) != MODE_DIRECTORY) return -ENOENT;
    return create_at(&at, mode, target, size, &made);
}

int vfs_open(struct path *p, struct vnode *start, unsigned how, uint32_t mode, struct vnode **out)
{
    bool creates = how & OPEN_CREATE, is_dir;
    unsigned flags = (creates ? 0 : WALK_SLASH) | (how & OPEN_NOMAGIC ? WALK_NOMAGIC : 0);
    PLACE_SCOPED(at);
    int err;

    if (!(how & OPEN_NOFOLLOW) && !(creates && how & OPEN_EXCLUSIVE)) flags |= WALK_FOLLOW;
    err = path_walk(p, start, flags, &at);
    if (err != 0) return err;
    if (creates && at.slash && at.last == LAST_NAME) return -EISDIR;
    if (at.v == NULL) {
        return creates ? create_at(&at, MODE_FILE | mode, NULL, 0, out) : -ENOENT;
    }
    is_dir = vnode_is(at.v, MODE_DIRECTORY);
    if (creates && how & OPEN_EXCLUSIVE) return -EEXIST;
    if (creates && is_dir) return -EISDIR;
    if (!is_dir && (at.slash || how & OPEN_DIRECTORY)) return -ENOTDIR;
    if (vnode_is(at.v, MODE_SYMLINK)) return -ELOOP;
    *out = vnode_get(at.v);
    return 0;
}

int vfs_link(struct vnode *v, struct path *p, struct vnode *start)
{
    PLACE_SCOPED(at);
    int err = path_walk(p, start, 0, &at);

    if (err != 0) return err;
    if (at.v != NULL) return -EEXIST;
    if (at.slash) return -ENOENT;
    if (at.dir->fs != v->fs) return -EXDEV;
    if (vnode_is(v, MODE_DIRECTORY)) return -EPERM;

    MUTEX_SCOPED(&v->fs->names);
    err = may_add(&at);
    if (err == 0 && v->links == 0) err = -ENOENT;
    if (err == 0) err = at.dir->ops->link(at.dir, &at.name, v);
    if (err != 0) return err;
    vnode_touch(at.dir, true);
    vnode_touch(v, false);
    return 0;
}

static int may_remove(const struct place *at, const struct vnode *v, bool directory)
{
    bool is_dir = vnode_is(v, MODE_DIRECTORY);

    if (!is_dir) return directory || at->slash ? -ENOTDIR : 0;
    if (!directory) return -EISDIR;
    return v->mounted != NULL ? -EBUSY : 0;
}

int vfs_unlink(struct path *p, struct vnode *start, bool directory)
{
    static const int refused[] = {
        [LAST_ROOT] = -EBUSY, [LAST_DOT] = -EINVAL, [LAST_DOTDOT] = -ENOTEMPTY,
    };
    PLACE_SCOPED(at);
    int err = path_walk(p, start, 0, &at);

    if (err != 0) return err;
    if (at.last != LAST_NAME) return directory ? refused[at.last] : -EISDIR;
    if (at.dir->fs->read_only) return -EROFS;

    struct vnode *v VNODE_SCOPED = NULL;
    MUTEX_SCOPED(&at.dir->fs->names);
    err = at.dir->ops->lookup(at.dir, &at.name, &v);
    if (err == 0) err = may_remove(&at, v, directory);
    if (err == 0) err = at.dir->ops->unlink(at.dir, &at.name);
    if (err != 0) return err;
    vnode_touch(at.dir, true);
    vnode_touch(v, false);
    return 0;
}

static bool is_inside(const struct vnode *dir, const struct vnode *v)
{
    while (dir != NULL && dir != v) dir = dir->parent;
    return dir != NULL;
}

static int may_rename(const struct place *a, const struct vnode *v, const struct place *b,
                      const struct vnode *w, unsigned flags)
{
    bool v_is_dir = vnode_is(v, MODE_DIRECTORY),
         w_is_dir = w != NULL && vnode_is(w, MODE_DIRECTORY);
    bool exchange = flags & MOVE_EXCHANGE;

    if (b->dir->links == 0) return -ENOENT;
    if (w != NULL ? flags & MOVE_NOREPLACE : exchange) return w != NULL ? -EEXIST : -ENOENT;
    if (!v_is_dir && (a->slash || (!exchange && b->slash))) return -ENOTDIR;
    if (exchange && !w_is_dir && b->slash) return -ENOTDIR;
    if (v_is_dir && is_inside(b->dir, v)) return -EINVAL;
    if (w_is_dir && is_inside(a->dir, w)) return exchange ? -EINVAL : -ENOTEMPTY;
    if (v->mounted != NULL || (w != NULL && w->mounted != NULL)) return -EBUSY;
    if (w == NULL || exchange || v_is_dir == w_is_dir) return 0;
    return v_is_dir ? -ENOTDIR : -EISDIR;
}

static int rename_at(const struct place *a, const struct place *b, unsigned flags)
{
    struct vnode *v VNODE_SCOPED = NULL, *w VNODE_SCOPED = NULL;
    MUTEX_SCOPED(&a->dir->fs->names);
    int err = a->dir->ops->lookup(a->dir, &a->name, &v);

    if (err != 0) return err;
    w = peek(b->dir, &b->name);
    err = may_rename(a, v, b, w, flags);
    if (err != 0 || v == w) return err;
    err = a->dir->ops->rename(a->dir, &a->name, b->dir, &b->name, flags & MOVE_EXCHANGE);
    if (err != 0) return err;
    vnode_touch(a->dir, true);
    vnode_touch(b->dir, true);
    vnode_touch(v, false);
    if (w != NULL) vnode_touch(w, false);
    return 0;
}

int vfs_rename(const struct place *from, const struct place *to, unsigned flags)
{
    if (from->last != LAST_NAME) return -EBUSY;
    if (to->last != LAST_NAME) return flags & MOVE_NOREPLACE ? -EEXIST : -EBUSY;
    if (from->dir->fs != to->dir->fs) return -EXDEV;
    return from->dir->fs->read_only ? -EROFS : rename_at(from, to, flags);
}

int vfs_resize(struct vnode *v, uint64_t size)
{
    uint64_t was;

    if (vnode_is(v, MODE_DIRECTORY)) return -EISDIR;
    if (!vnode_is(v, MODE_FILE)) return -EINVAL;
    if (v->fs->read_only) return -EROFS;
    if (size > FILE_SIZE_MAX) return -EFBIG;

    MUTEX_SCOPED(&v->lock);
    was = v->size;
    __atomic_store_n(&v->size, size, __ATOMIC_RELAXED);
    if (size < was) {
        mapping_forget(v, size, UINT64_MAX);
        v->ops->truncate(v, size);
    }
    v->modified = v->changed = (int64_t)time_wall_ns();
    return 0;
}
