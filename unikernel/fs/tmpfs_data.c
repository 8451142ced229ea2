/* SPDX-License-Identifier: Apache-2.0 */
/* The content of a file: pages in a tree, of which only those are there that were written, or touched
 * where they are mapped. Taking some away also needs the lock of the vnode. */
#include "unikernel/fs/pool.h"
#include "unikernel/fs/tmpfs_node.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/stack.h"
#include "lib/err.h"
#include "lib/str.h"

#define BITS  9U                    /* a page of pointers */
#define FANS  (1U << BITS)

#define ENOUGH 16U                  /* pages that are taken away at once */

static int page_take(struct tmpfs *t, void **out)
{
    int err = -ENOSPC;
    uint64_t pa;

    if (__atomic_sub_fetch(&t->pages_left, 1, __ATOMIC_RELAXED) >= 0) err = pages_alloc(0, &pa);
    if (err == 0) arch_zero_page(*out = arch_linear(pa));
    else __atomic_add_fetch(&t->pages_left, 1, __ATOMIC_RELAXED);
    return err;
}

static void page_give(struct tmpfs *t, void *page)
{
    page_free(page);
    __atomic_add_fetch(&t->pages_left, 1, __ATOMIC_RELAXED);
}

/* Make the tree as high as index needs. */
static int grow(struct tmpfs *t, struct tmpfs_node *n, uint64_t index)
{
    while (index >> (BITS * n->height) != 0) {
        if (n->tree != NULL) {
            void *above;
            int err = page_take(t, &above);

            if (err != 0) return err;
            *(void **)above = n->tree;
            n->tree = above;
        }
        n->height++;
    }
    return 0;
}

static int page_of(struct vnode *v, uint64_t index, bool make, uint8_t **out)
{
    struct tmpfs_node *n = node_of(v);
    struct tmpfs *t = tmpfs_of(v);
    void **at = &n->tree;
    int err = 0;
    LOCK_SCOPED(&n->content);

    *out = NULL;
    if (index >> (BITS * n->height) != 0) {
        if (make) err = grow(t, n, index);
        if (!make || err != 0) return err;
    }
    for (unsigned h = n->height;; h--) {
        if (*at == NULL) {
            if (make) err = page_take(t, at);
            if (!make || err != 0) return err;
            if (h == 0 && n->flat != NULL) {
                uint64_t from = index * FILE_PAGE;

                memcpy(*at, n->flat + from, MIN(v->size - from, FILE_PAGE));
            } else if (h == 0) {
                v->blocks += FILE_PAGE / 512;
            }
        }
        if (h == 0) break;
        at = (void **)*at + (index >> (BITS * (h - 1)) & (FANS - 1));
    }
    *out = *at;
    return 0;
}

int tmpfs_page(struct vnode *v, uint64_t index, bool make, uint8_t **out)
{
    int err;

    if (node_of(v)->flat != NULL) {
        if (make) return -EROFS;
        /* Readers do not write. */
        *out = (uint8_t *)(uintptr_t)node_of(v)->flat + index * FILE_PAGE;
        return 0;
    }
    err = page_of(v, index, make, out);
    if (err == -ENOMEM && stacks_drop()) err = page_of(v, index, make, out);
    return err == -ENOMEM ? -ENOSPC : err;
}

int tmpfs_map_page(struct vnode *v, uint64_t index, uint8_t **out)
{
    return page_of(v, index, true, out);
}

/* What the tree has from page `first` on goes, and the tree itself if that is all of it; only as many
 * pages as *left. */
static void drop(struct vnode *v, void **tree, unsigned height, uint64_t first, unsigned *left)
{
    void **below = *tree;

    if (below == NULL) return;
    if (height > 0) {
        unsigned shift = BITS * (height - 1);
        uint64_t from = first >> shift;

        for (uint64_t i = from; i < FANS && *left > 0; i++) {
            drop(v, &below[i], height - 1, i == from ? first & (BIT64(shift) - 1) : 0, left);
        }
    }
    if (first != 0 || *left == 0) return;
    --*left;
    if (height == 0) v->blocks -= FILE_PAGE / 512;
    page_give(tmpfs_of(v), below);
    *tree = NULL;
}

/* @return whether that was all */
static bool drop_some(struct vnode *v, uint64_t first)
{
    struct tmpfs_node *n = node_of(v);
    unsigned left = ENOUGH;
    LOCK_SCOPED(&n->content);

    if (first >> (BITS * n->height) == 0) drop(v, &n->tree, n->height, first, &left);
    if (first == 0 && left > 0) n->height = 0;
    return left > 0;
}

void tmpfs_truncate(struct vnode *v, uint64_t size)
{
    struct tmpfs_node *n = node_of(v);
    uint64_t first = (size + FILE_PAGE - 1) / FILE_PAGE;
    uint8_t *last;

    if (n->flat != NULL) return;
    while (!drop_some(v, first)) { }
    if (size % FILE_PAGE != 0 && tmpfs_page(v, size / FILE_PAGE, false, &last) == 0 &&
        last != NULL) {
        memset(last + size % FILE_PAGE, 0, FILE_PAGE - size % FILE_PAGE);
    }
}

void tmpfs_set_content(struct vnode *v, const uint8_t *data, uint64_t bytes)
{
    node_of(v)->flat = data;
    v->size = bytes;
    v->blocks = align_up(bytes, FILE_PAGE) / 512;
}
