/* SPDX-License-Identifier: Apache-2.0 */
/* The content of a file: pages in a tree, of which only those are there that were written. */
#include "unikernel/fs/pool.h"
#include "unikernel/fs/tmpfs_node.h"
#include "lib/err.h"
#include "lib/str.h"

#define BITS  9U                    /* a page of pointers */
#define FANS  (1U << BITS)

static void *page_take(struct tmpfs *t)
{
    void *page = NULL;

    if (__atomic_sub_fetch(&t->pages_left, 1, __ATOMIC_RELAXED) >= 0) page = page_alloc();
    if (page == NULL) __atomic_add_fetch(&t->pages_left, 1, __ATOMIC_RELAXED);
    else arch_zero_page(page);
    return page;
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
            void **above = page_take(t);

            if (above == NULL) return -ENOSPC;
            above[0] = n->tree;
            n->tree = above;
        }
        n->height++;
    }
    return 0;
}

int tmpfs_page(struct vnode *v, uint64_t index, bool make, uint8_t **out)
{
    struct tmpfs_node *n = node_of(v);
    struct tmpfs *t = tmpfs_of(v);
    void **at = &n->tree;

    *out = NULL;
    if (n->flat != NULL) {
        if (make) return -EROFS;
        /* Readers do not write. */
        *out = (uint8_t *)(uintptr_t)n->flat + index * FILE_PAGE;
        return 0;
    }
    if (index >> (BITS * n->height) != 0) {
        if (!make) return 0;
        if (grow(t, n, index) != 0) return -ENOSPC;
    }
    for (unsigned h = n->height;; h--) {
        if (*at == NULL) {
            if (!make) return 0;
            *at = page_take(t);
            if (*at == NULL) return -ENOSPC;
            if (h == 0) v->blocks += FILE_PAGE / 512;
        }
        if (h == 0) break;
        at = (void **)*at + (index >> (BITS * (h - 1)) & (FANS - 1));
    }
    *out = *at;
    return 0;
}

/* What the tree has from page `first` on goes, and the tree itself if that is all of it. */
static void drop(struct vnode *v, void **tree, unsigned height, uint64_t first)
{
    void **below = *tree;

    if (below == NULL) return;
    if (height > 0) {
        unsigned shift = BITS * (height - 1);
        uint64_t from = first >> shift;

        for (uint64_t i = from; i < FANS; i++) {
            drop(v, &below[i], height - 1, i == from ? first & (BIT64(shift) - 1) : 0);
        }
    }
    if (first != 0) return;
    if (height == 0) v->blocks -= FILE_PAGE / 512;
    page_give(tmpfs_of(v), below);
    *tree = NULL;
}

void tmpfs_truncate(struct vnode *v, uint64_t size)
{
    struct tmpfs_node *n = node_of(v);
    uint64_t first = (size + FILE_PAGE - 1) / FILE_PAGE;
    uint8_t *last;

    if (n->flat != NULL) return;
    if (first >> (BITS * n->height) == 0) drop(v, &n->tree, n->height, first);
    if (first == 0) n->height = 0;
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
