/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/fs/path.h"
#include "unikernel/fs/pool.h"
#include "unikernel/fs/vfs.h"
#include "lib/err.h"
#include "lib/str.h"

int path_new(struct path *p)
{
    p->page = page_alloc();
    return p->page == NULL ? -ENOMEM : 0;
}

void path_begin(struct path *p)
{
    size_t bytes = strlen(p->page) + 1;

    p->rest = p->page + FILE_PATH_MAX - bytes;
    memmove(p->rest, p->page, bytes);
}

void path_drop(struct path *p)
{
    if (p->page != NULL) page_free(p->page);
}

void place_leave(struct place *at)
{
    vnode_put(at->v);
    vnode_put(at->dir);
}

/* Where one is after going to v, which the caller has a reference of. */
static struct vnode *enter_mounts(struct vnode *v)
{
    struct vnode *on;

    while ((on = __atomic_load_n(&v->mounted, __ATOMIC_ACQUIRE)) != NULL) {
        vnode_get(on);
        vnode_put(v);
        v = on;
    }
    return v;
}

struct vnode *path_parent(struct vnode *dir)
{
    while (dir->fs->root == dir && dir->fs->covers != NULL) dir = dir->fs->covers;

    MUTEX_SCOPED(&dir->fs->names);
    return vnode_get(dir->parent != NULL ? dir->parent : dir);
}

static int look_up(struct vnode *dir, const struct name *n, struct vnode **out)
{
    MUTEX_SCOPED(&dir->fs->names);

    return dir->ops->lookup(dir, n, out);
}

static int step(struct vnode *dir, const struct name *n, enum last_part *kind, struct vnode **out)
{
    int err = 0;

    *kind = LAST_NAME;
    if (n->text[0] == '.' && n->len == 1) {
        *kind = LAST_DOT;
        *out = vnode_get(dir);
    } else if (n->text[0] == '.' && n->text[1] == '.' && n->len == 2) {
        *kind = LAST_DOTDOT;
        *out = path_parent(dir);
    } else {
        if (n->len > FILE_NAME_MAX) return -ENAMETOOLONG;
        err = look_up(dir, n, out);
    }
    if (err == 0) *out = enter_mounts(*out);
    return err;
}

/* What the link says comes before the rest. */
static int splice(struct path *p, struct vnode *link)
{
    MUTEX_SCOPED(&link->lock);
    uint8_t *text = NULL;
    int err = link->ops->page(link, 0, false, &text);

    if (err != 0 || text == NULL) return err != 0 ? err : -ENOENT;
    if (link->size > (uint64_t)(p->rest - p->page)) return -ENAMETOOLONG;
    p->rest -= link->size;
    memcpy(p->rest, text, link->size);
    return 0;
}

static bool is_end(const char *rest)
{
    while (*rest == '/') rest++;
    return *rest == '\0';
}

static struct vnode *begin(struct path *p, struct vnode *start)
{
    return vnode_get(p->rest[0] == '/' ? vfs_root : start);
}

int path_walk(struct path *p, struct vnode *start, unsigned flags, struct place *at)
{
    struct vnode *dir VNODE_SCOPED = begin(p, start);
    unsigned links = 0;
    int err;

    *at = (struct place){ .last = LAST_ROOT };
    if (p->rest[0] == '\0') return -ENOENT;
    for (;;) {
        struct vnode *v VNODE_SCOPED = NULL;
        bool is_last;

        while (*p->rest == '/') p->rest++;
        if (*p->rest == '\0') {         /* nothing but slashes, or behind the text of a link */
            at->last = LAST_ROOT;
            at->v = vnode_get(dir);
            return vnode_is(dir, MODE_DIRECTORY) ? 0 : -ENOTDIR;
        }
        if (!vnode_is(dir, MODE_DIRECTORY)) return -ENOTDIR;
        at->name = (struct name){ p->rest, 0 };
        while (*p->rest != '\0' && *p->rest != '/') p->rest++;
        at->name.len = (uint32_t)(p->rest - at->name.text);
        at->slash = *p->rest == '/';
        is_last = is_end(p->rest);
        err = step(dir, &at->name, &at->last, &v);
        if (err != 0 && !(err == -ENOENT && is_last)) return err;
        if (v != NULL && vnode_is(v, MODE_SYMLINK) &&
            (!is_last || flags & (at->slash ? WALK_SLASH : WALK_FOLLOW))) {
            if (++links > SYMLINKS_MAX) return -ELOOP;
            if (v->ops->follow != NULL) {
                struct vnode *to;

                err = flags & WALK_NOMAGIC ? -ELOOP : v->ops->follow(v, &to);
                if (err != 0) return err;
                vnode_put(dir);
                dir = to;
                if (!is_last || at->slash) continue;
                at->last = LAST_ROOT;
                at->v = vnode_get(dir);
                return 0;
            }
            err = splice(p, v);
            if (err != 0) return err;
            if (p->rest[0] == '/') {
                vnode_put(dir);
                dir = vnode_get(vfs_root);
            }
            continue;
        }
        if (is_last) {
            if (at->last == LAST_NAME) {
                at->dir = dir;
                dir = NULL;
            }
            at->v = v;
            v = NULL;
            return 0;
        }
        vnode_put(dir);
        dir = v;
        v = NULL;
    }
}

int path_find(struct path *p, struct vnode *start, unsigned flags, struct vnode **out)
{
    PLACE_SCOPED(at);
    int err = path_walk(p, start, flags | WALK_SLASH, &at);

    if (err != 0) return err;
    if (at.v == NULL) return -ENOENT;
    if (at.slash && !vnode_is(at.v, MODE_DIRECTORY)) return -ENOTDIR;
    *out = vnode_get(at.v);
    return 0;
}
