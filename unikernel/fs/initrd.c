/* SPDX-License-Identifier: Apache-2.0 */
/* The archive is foreign: it becomes a file system that nobody sees before all of it has been read.
 */
#include "unikernel/fs/initrd.h"
#include "unikernel/fs/path.h"
#include "unikernel/fs/pool.h"
#include "unikernel/fs/tmpfs.h"
#include "lib/cpio.h"
#include "lib/err.h"
#include "lib/str.h"

#define TARGET_MAX (FILE_PATH_MAX - 1)
#define NS         1000000000LL

/* Files with several names: the content comes with any one of them. */
struct same {
    uint32_t inode, left;           /* names to come */
    struct vnode *v;
};
#define SAME_MAX (4096U / sizeof(struct same))

struct reader {
    struct fs *fs;
    struct same *same;
    unsigned same_count;
    const char *why;
};

static int refuse(struct reader *r, const char *why)
{
    r->why = why;
    return -EINVAL;
}

/* The next part of a path, which moves on to what follows it. */
static bool part_next(const char **path, struct name *n)
{
    while (**path == '/') ++*path;
    n->text = *path;
    while (**path != '\0' && **path != '/') ++*path;
    n->len = (uint32_t)(*path - n->text);
    return n->len != 0;
}

static bool is_last(const char *path)
{
    while (*path == '/') path++;
    return *path == '\0';
}

static bool is_dots(const struct name *n, uint32_t dots)
{
    return n->len == dots && memcmp(n->text, "..", dots) == 0;
}

/* The folder of that name in *dir, made if it is missing. */
static int go_down(struct reader *r, struct vnode **dir, const struct name *n)
{
    struct vnode *v = NULL;
    int err = (*dir)->ops->lookup(*dir, n, &v);

    if (err == -ENOENT) err = (*dir)->ops->create(*dir, n, MODE_DIRECTORY | 0755, NULL, 0, &v);
    if (err != 0) return err;
    vnode_put(v);                   /* its name keeps it */
    if (!vnode_is(v, MODE_DIRECTORY))
        return refuse(r, "an entry lies in something that is no folder");
    *dir = v;
    return 0;
}

static struct same *same_find(struct reader *r, const struct cpio_entry *e)
{
    unsigned i = 0;

    while (i < r->same_count && r->same[i].inode != e->inode) i++;
    return i < r->same_count ? &r->same[i] : NULL;
}

/* Another name of a file that has come before, or the first of several. */
static int add_same(struct reader *r, struct vnode *dir, const struct name *n,
                    const struct cpio_entry *e, struct vnode **out)
{
    struct same *s = same_find(r, e);
    int err;

    if (s != NULL) {
        err = dir->ops->link(dir, n, s->v);
        if (err != 0) return err;
        *out = vnode_get(s->v);
        if (--s->left == 0) *s = r->same[--r->same_count];
        return 0;
    }
    if (r->same_count == SAME_MAX) return refuse(r, "too many files with several names at once");
    err = dir->ops->create(dir, n, MODE_FILE | (e->mode & MODE_RIGHTS), NULL, 0, out);
    if (err == 0) r->same[r->same_count++] = (struct same){ e->inode, e->links - 1, *out };
    return err;
}

static int add_file(struct reader *r, struct vnode *dir, const struct name *n,
                    const struct cpio_entry *e, struct vnode **out)
{
    int err = e->links > 1
                  ? add_same(r, dir, n, e, out)
                  : dir->ops->create(dir, n, MODE_FILE | (e->mode & MODE_RIGHTS), NULL, 0, out);

    if (err == 0 && e->bytes != 0) tmpfs_set_content(*out, e->data, e->bytes);
    return err;
}

static int add_symlink(struct reader *r, struct vnode *dir, const struct name *n,
                       const struct cpio_entry *e, struct vnode **out)
{
    if (e->bytes == 0 || e->bytes > TARGET_MAX || memchr(e->data, '\0', e->bytes) != NULL)
        return refuse(r, "a symbolic link says nothing that is a path");
    return dir->ops->create(dir, n, MODE_SYMLINK | 0777, (const char *)e->data, e->bytes, out);
}

static int add_folder(struct reader *r, struct vnode *dir, const struct name *n,
                      const struct cpio_entry *e, struct vnode **out)
{
    int err = go_down(r, &dir, n);

    if (err != 0) return err;
    dir->mode = MODE_DIRECTORY | (e->mode & MODE_RIGHTS);
    *out = vnode_get(dir);
    return 0;
}

static int add_named(struct reader *r, struct vnode *dir, const struct name *n,
                     const struct cpio_entry *e)
{
    uint32_t kind = e->mode & CPIO_MODE_KIND;
    struct vnode *v VNODE_SCOPED = NULL, *there = NULL;
    int err;

    if (kind != CPIO_MODE_FOLDER && dir->ops->lookup(dir, n, &there) == 0) {
        vnode_put(there);
        return refuse(r, "two entries have the same name");
    }
    switch (kind) {
    case CPIO_MODE_FILE: err = add_file(r, dir, n, e, &v); break;
    case CPIO_MODE_FOLDER: err = add_folder(r, dir, n, e, &v); break;
    case CPIO_MODE_SYMLINK: err = add_symlink(r, dir, n, e, &v); break;
    default: return 0;              /* devices and the like have no meaning here */
    }
    if (err == 0) v->accessed = v->modified = v->changed = e->seconds * NS;
    return err;
}

/* The parts of the way to it are checked as they come. */
static int add(struct reader *r, const struct cpio_entry *e)
{
    struct vnode *dir = r->fs->root;
    const char *path = e->name;
    struct name n;

    while (part_next(&path, &n)) {
        int err;

        if (is_dots(&n, 1)) continue;
        if (is_dots(&n, 2)) return refuse(r, "an entry's name has .. in it");
        if (n.len > FILE_NAME_MAX) return refuse(r, "an entry's name is too long");
        if (is_last(path)) return add_named(r, dir, &n, e);
        err = go_down(r, &dir, &n);
        if (err != 0) return err;
    }
    return 0;                       /* the root itself */
}

static int add_all(struct reader *r, const uint8_t *data, uint64_t bytes)
{
    struct cpio_cursor c = { data, bytes };
    struct cpio_entry e;
    int more, err = 0;

    while (err == 0 && (more = cpio_next(&c, &e, &r->why)) != 0) err = more < 0 ? more : add(r, &e);
    return err;
}

int initrd_read(const uint8_t *data, uint64_t bytes, struct fs **out, const char **why)
{
    struct reader r = { .same = page_alloc(), .why = "no memory" };
    int err = -ENOMEM;

    r.fs = tmpfs_new("initrd", UINT32_MAX, UINT32_MAX);
    if (r.fs != NULL && r.same != NULL) err = add_all(&r, data, bytes);
    if (r.same != NULL) page_free(r.same);
    *why = err == -EINVAL ? r.why : "no memory";
    if (err == 0) {
        r.fs->read_only = true;
        *out = r.fs;
    } else if (r.fs != NULL) {
        tmpfs_destroy(r.fs);
    }
    return err == -EINVAL || err == 0 ? err : -ENOMEM;
}
