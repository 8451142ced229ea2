/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/fs/tmpfs.h"
#include "unikernel/fs/pool.h"
#include "unikernel/fs/tmpfs_node.h"
#include "unikernel/kernel/time.h"

#define COOKIES_BELOW 2U

static struct pool instances = POOL(instances, sizeof(struct tmpfs));
static struct pool nodes = POOL(nodes, sizeof(struct tmpfs_node));

/* Under names. */
struct vnode *tmpfs_node_new(struct tmpfs *t, uint32_t mode)
{
    struct tmpfs_node *n = pool_alloc(&nodes);

    if (n == NULL) return NULL;
    n->v.ops = &tmpfs_ops;
    n->v.fs = &t->fs;
    n->v.refs = 1;
    n->v.mode = mode;
    n->v.links = 1;
    n->v.number = ++t->last_number;
    n->v.accessed = n->v.modified = n->v.changed = (int64_t)time_wall_ns();
    if (vnode_is(&n->v, MODE_DIRECTORY)) {
        n->v.links = 2;
        list_init(&n->entries);
        n->last_cookie = COOKIES_BELOW;
    } else {
        n->content.rank = LOCK_CONTENT;
    }
    return &n->v;
}

static void release(struct vnode *v)
{
    if (!vnode_is(v, MODE_DIRECTORY)) tmpfs_truncate(v, 0);
    tmpfs_forget(v);
    pool_free(&nodes, node_of(v));
}

const struct vnode_ops tmpfs_ops = {
    .lookup = tmpfs_lookup,
    .create = tmpfs_create,
    .link = tmpfs_link,
    .unlink = tmpfs_unlink,
    .rename = tmpfs_rename,
    .entry = tmpfs_entry,
    .name = tmpfs_name,
    .page = tmpfs_page,
    .map_page = tmpfs_map_page,
    .truncate = tmpfs_truncate,
    .release = release,
};

struct fs *tmpfs_new(const char *type, uint64_t pages, uint64_t names)
{
    static uint32_t devices;
    struct tmpfs *t = pool_alloc(&instances);

    if (t == NULL) return NULL;
    t->fs.type = type;
    t->fs.device = __atomic_add_fetch(&devices, 1, __ATOMIC_RELAXED);
    t->pages = pages;
    t->names = names;
    t->pages_left = (int64_t)pages;
    t->names_left = names;
    t->fs.at = "";
    t->fs.root = tmpfs_node_new(t, MODE_DIRECTORY | 0755);
    if (t->fs.root != NULL && tmpfs_table_new(t)) return &t->fs;
    vnode_put(t->fs.root);
    pool_free(&instances, t);
    return NULL;
}

struct vnode *tmpfs_nameless(struct vnode *dir, uint32_t mode, const struct name *had)
{
    struct vnode *made = tmpfs_node_new(tmpfs_of(dir), mode);

    if (made == NULL) return NULL;
    made->links = 0;
    if (had != NULL) tmpfs_remember(dir, had, made);
    return made;
}

/* What is never written has no room left. */
void tmpfs_stat(struct fs *fs, struct fs_stat *out)
{
    struct tmpfs *t = container_of(fs, struct tmpfs, fs);
    int64_t left = __atomic_load_n(&t->pages_left, __ATOMIC_RELAXED);

    *out = (struct fs_stat){ t->pages, (uint64_t)MAX(left, 0), t->names,
                             __atomic_load_n(&t->names_left, __ATOMIC_RELAXED) };
    if (!fs->read_only) return;
    out->pages -= out->pages_free;
    out->names -= out->names_free;
    out->pages_free = out->names_free = 0;
}

/* Bottom up: the first name of the first directory, as deep as it goes. */
void tmpfs_destroy(struct fs *fs)
{
    struct tmpfs *t = container_of(fs, struct tmpfs, fs);
    struct vnode *dir = fs->root;
    struct dir_entry e;

    while (dir != fs->root || node_of(dir)->count != 0) {
        struct vnode *v = NULL;
        struct name n;

        (void)tmpfs_entry(dir, COOKIES_BELOW, &e);
        n = (struct name){ e.text, e.len };
        if (tmpfs_lookup(dir, &n, &v) != 0) return;
        if (vnode_is(v, MODE_DIRECTORY) && node_of(v)->count != 0) {
            vnode_put(v);
            dir = v;
            continue;
        }
        (void)tmpfs_unlink(dir, &n);
        vnode_put(v);
        while (dir != fs->root && node_of(dir)->count == 0) dir = dir->parent;
    }
    vnode_put(fs->root);
    tmpfs_table_free(t);
    pool_free(&instances, t);
}
