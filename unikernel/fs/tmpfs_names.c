/* SPDX-License-Identifier: Apache-2.0 */
/* Directories. One table for the whole file system finds a name by its directory and text; each
 * directory lists its own in the order in which they came, which is how they are read. */
#include "unikernel/fs/pool.h"
#include "unikernel/fs/tmpfs_node.h"
#include "unikernel/mm/pages.h"
#include "lib/err.h"
#include "lib/str.h"

#define SHORT_NAME 40U

struct entry {
    struct list node;               /* in the directory's entries */
    struct entry *next;             /* in the table */
    struct vnode *dir, *v;          /* a reference of v */
    uint64_t cookie;
    uint32_t hash;
    uint8_t len;
    char text[];
};

static struct pool short_names = POOL(short_names, sizeof(struct entry) + SHORT_NAME);
static struct pool long_names = POOL(long_names, sizeof(struct entry) + FILE_NAME_MAX + 1);

static struct pool *pool_of(uint32_t len) { return len <= SHORT_NAME ? &short_names : &long_names; }

/* FNV-1a */
static uint32_t hash_of(const struct vnode *dir, const struct name *n)
{
    uint32_t h = 2166136261U ^ (uint32_t)dir->number;

    for (uint32_t i = 0; i < n->len; i++) h = (h ^ (uint8_t)n->text[i]) * 16777619U;
    return h ^ h >> 15;
}

static uint64_t buckets(unsigned order) { return (4096U / sizeof(struct entry *)) << order; }

static struct entry **bucket_of(struct entry **table, unsigned order, uint32_t hash)
{
    return &table[hash & (buckets(order) - 1)];
}

void tmpfs_table_free(struct tmpfs *t)
{
    if (t->table != NULL)
        pages_free((uint64_t)((char *)t->table - (char *)arch_linear(0)), t->order);
}

/* Without memory it stays as it is, which is slower and nothing else. */
static void table_resize(struct tmpfs *t, unsigned order)
{
    struct entry **table;
    uint64_t pa;

    if (order > PAGES_MAX_ORDER || pages_alloc(order, &pa) != 0) return;
    table = arch_linear(pa);
    memset(table, 0, buckets(order) * sizeof(*table));
    for (uint64_t i = 0; t->table != NULL && i < buckets(t->order); i++) {
        for (struct entry *e = t->table[i], *next; e != NULL; e = next) {
            struct entry **to = bucket_of(table, order, e->hash);

            next = e->next;
            e->next = *to;
            *to = e;
        }
    }
    tmpfs_table_free(t);
    t->table = table;
    t->order = order;
}

bool tmpfs_table_new(struct tmpfs *t)
{
    table_resize(t, 0);
    return t->table != NULL;
}

/* Where the entry is linked in; NULL there: it is not. */
static struct entry **find(const struct vnode *dir, const struct name *n)
{
    struct tmpfs *t = tmpfs_of(dir);
    uint32_t hash = hash_of(dir, n);
    struct entry **at = bucket_of(t->table, t->order, hash);

    for (; *at != NULL; at = &(*at)->next) {
        const struct entry *e = *at;

        if (e->hash == hash && e->dir == dir && e->len == n->len &&
            memcmp(e->text, n->text, n->len) == 0)
            break;
    }
    return at;
}

/* In no list, and without a reference of v. */
static struct entry *entry_new(struct vnode *dir, const struct name *n, struct vnode *v)
{
    struct entry *e = pool_alloc(pool_of(n->len));

    if (e == NULL) return NULL;
    e->dir = dir;
    e->v = v;
    e->len = (uint8_t)n->len;
    memcpy(e->text, n->text, n->len);
    return e;
}

/* The caller's reference of v becomes the entry's. */
static int entry_add(struct vnode *dir, const struct name *n, struct vnode *v)
{
    struct tmpfs_node *d = node_of(dir);
    struct tmpfs *t = tmpfs_of(dir);
    struct entry *e, **at;

    if (t->used > 2 * buckets(t->order)) table_resize(t, t->order + 1);
    if (t->names_left == 0 || (e = entry_new(dir, n, v)) == NULL) return -ENOSPC;
    e->cookie = ++d->last_cookie;
    e->hash = hash_of(dir, n);
    at = bucket_of(t->table, t->order, e->hash);
    e->next = *at;
    *at = e;
    list_push_back(&d->entries, &e->node);
    d->count++;
    t->used++;
    t->names_left--;
    return 0;
}

/* The entry's reference of what it names becomes the caller's. */
static struct vnode *entry_remove(struct entry **at)
{
    struct entry *e = *at;
    struct tmpfs_node *d = node_of(e->dir);
    struct tmpfs *t = tmpfs_of(e->dir);
    struct vnode *v = e->v;

    *at = e->next;
    if (d->read_last == e) d->read_last = NULL;
    list_remove(&e->node);
    d->count--;
    t->used--;
    t->names_left++;
    pool_free(pool_of(e->len), e);
    if (t->order > 0 && t->used < buckets(t->order) / 8) table_resize(t, t->order - 1);
    return v;
}

int tmpfs_lookup(struct vnode *dir, const struct name *n, struct vnode **out)
{
    struct entry *e = *find(dir, n);

    if (e == NULL) return -ENOENT;
    *out = vnode_get(e->v);
    return 0;
}

static int write_target(struct vnode *v, const char *target, uint32_t size)
{
    uint8_t *page;
    int err = tmpfs_page(v, 0, true, &page);

    if (err != 0) return err;
    memcpy(page, target, size);
    v->size = size;
    return 0;
}

int tmpfs_create(struct vnode *dir, const struct name *n, uint32_t mode, const char *target,
                 uint32_t size, struct vnode **out)
{
    struct vnode *v = tmpfs_node_new(tmpfs_of(dir), mode);
    int err = 0;

    if (v == NULL) return -ENOSPC;
    if (target != NULL) err = write_target(v, target, size);
    else v->device = size;
    if (err == 0) err = entry_add(dir, n, v);
    if (err != 0) {
        vnode_put(v);
        return err;
    }
    if (vnode_is(v, MODE_DIRECTORY)) {
        v->parent = vnode_get(dir);
        dir->links++;
    }
    *out = vnode_get(v);
    return 0;
}

int tmpfs_link(struct vnode *dir, const struct name *n, struct vnode *v)
{
    int err = entry_add(dir, n, v);

    if (err != 0) return err;
    vnode_get(v);
    v->links++;
    return 0;
}

void tmpfs_remember(struct vnode *dir, const struct name *n, struct vnode *v)
{
    struct entry *e = entry_new(dir, n, v);

    node_of(v)->removed = e;
    if (e != NULL && v->parent == NULL) v->parent = vnode_get(dir);
}

void tmpfs_forget(struct vnode *v)
{
    struct entry *e = node_of(v)->removed;

    if (e != NULL) pool_free(pool_of(e->len), e);
}

/* One name less, and with it a reference that is not the last: the caller has one, too. */
static void name_lost(struct vnode *dir, const struct name *n, struct vnode *v)
{
    if (vnode_is(v, MODE_DIRECTORY)) {
        v->links = 0;
        dir->links--;
    } else {
        v->links--;
    }
    if (v->links == 0 && __atomic_load_n(&v->refs, __ATOMIC_RELAXED) > 2) tmpfs_remember(dir, n, v);
    vnode_put(v);
}

static bool is_full(struct vnode *v)
{
    return vnode_is(v, MODE_DIRECTORY) && node_of(v)->count != 0;
}

int tmpfs_unlink(struct vnode *dir, const struct name *n)
{
    struct entry **at = find(dir, n);

    if (is_full((*at)->v)) return -ENOTEMPTY;
    name_lost(dir, n, entry_remove(at));
    return 0;
}

/* v, whose name was in `from`, has one in `to` now. */
static void moved(struct vnode *from, struct vnode *to, struct vnode *v)
{
    if (from == to || !vnode_is(v, MODE_DIRECTORY)) return;
    from->links--;
    to->links++;
    v->parent = vnode_get(to);
    vnode_put(from);                /* not the last: somebody is at work there */
}

int tmpfs_rename(struct vnode *from, const struct name *n, struct vnode *to, const struct name *m,
                 bool exchange)
{
    struct vnode *v = (*find(from, n))->v, *w;
    struct entry *over = *find(to, m);

    if (over == NULL) {
        int err = entry_add(to, m, v);

        if (err != 0) return err;
        (void)entry_remove(find(from, n));
        moved(from, to, v);
        return 0;
    }
    w = over->v;
    if (!exchange && is_full(w)) return -ENOTEMPTY;
    over->v = v;
    moved(from, to, v);
    if (exchange) {
        (*find(from, n))->v = w;
        moved(to, from, w);
    } else {
        (void)entry_remove(find(from, n));
        name_lost(to, m, w);
    }
    return 0;
}

static void tell(const struct entry *e, struct dir_entry *out)
{
    out->next = e->cookie;
    out->number = e->v->number;
    out->mode = e->v->mode;
    out->len = e->len;
    memcpy(out->text, e->text, e->len);
    out->text[e->len] = '\0';
}

bool tmpfs_entry(struct vnode *dir, uint64_t at, struct dir_entry *out)
{
    struct tmpfs_node *d = node_of(dir);
    struct list *next = d->entries.next;
    struct entry *e;

    if (d->read_last != NULL && d->read_last->cookie == at) next = d->read_last->node.next;
    while (next != &d->entries && list_item(next, struct entry, node)->cookie <= at)
        next = next->next;
    if (next == &d->entries) return false;
    e = list_item(next, struct entry, node);
    d->read_last = e;
    tell(e, out);
    return true;
}

/* By its number, which a text of /proc that is open has in common with the file. */
struct vnode *tmpfs_name(struct vnode *v, struct dir_entry *out)
{
    const struct tmpfs *t = tmpfs_of(v);
    const struct entry *e = node_of(v)->removed;

    for (uint64_t i = 0; e == NULL && i < buckets(t->order); i++) {
        for (e = t->table[i]; e != NULL && e->v->number != v->number; e = e->next) { }
    }
    if (e == NULL) return NULL;
    tell(e, out);
    return e->dir;
}
