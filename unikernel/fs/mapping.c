/* SPDX-License-Identifier: Apache-2.0 */
/* Pages come when they are touched, in a handler that cannot sleep, so nothing of this takes a lock
 * that sleeps: what a mapping needs of a file is its pages, which have a lock of their own
 * (vnode_ops.map_page), and its size. So a call may hold any file's lock while it touches mapped memory.
 *
 * What shrinks a file first sets its size, then discards what is mapped, then takes the pages. A touch
 * looks at the size under the lock of the application's memory, which discarding takes as well: either
 * it sees the new size, or what it has put there is discarded.
 *
 * The list changes under the lock of the application's memory and its own; whoever has either may read. */
#include "unikernel/fs/mapping.h"
#include "unikernel/fs/pool.h"
#include "unikernel/kernel/time.h"
#include "unikernel/mm/space.h"
#include "lib/err.h"

static struct {
    struct spinlock lock;
    struct mapping *first;
    struct mapping *cut;            /* nowhere any more; changed by exchange */
} maps = { .lock = SPINLOCK(LOCK_MAPPED) };

static struct pool pool = POOL(pool, sizeof(struct mapping));

/* With the lock that shrinking holds: either that sees this, or we its size. */
void mapping_begin(struct vnode *v)
{
    MUTEX_SCOPED(&v->lock);

    v->is_mapped = true;
}

void mapping_reap(void)
{
    struct mapping *m = __atomic_exchange_n(&maps.cut, NULL, __ATOMIC_ACQUIRE);

    while (m != NULL) {
        struct mapping *next = m->next;

        vnode_put(m->v);
        pool_free(&pool, m);
        m = next;
    }
}

/* maps.lock is held from here on. */

static struct mapping *copy_of(const struct mapping *m)
{
    struct mapping *copy = pool_alloc_now(&pool);

    if (copy == NULL) return NULL;
    *copy = *m;
    vnode_get(m->v);
    return copy;
}

static void put_aside(struct mapping *m)
{
    m->next = __atomic_load_n(&maps.cut, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&maps.cut, &m->next, m, true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED)) { }
}

static void move_to(struct mapping *m, uint64_t at)
{
    m->offset += at - m->at;
    m->at = at;
}

/* The first one that ends behind `at`, and where it is linked in. */
static struct mapping **link_of(uint64_t at)
{
    struct mapping **link = &maps.first;

    while (*link != NULL && (*link)->end <= at) link = &(*link)->next;
    return link;
}

static struct mapping *mapping_at(uint64_t at)
{
    struct mapping *m = *link_of(at);

    return m != NULL && m->at <= at ? m : NULL;
}

int mapping_set(uint64_t at, uint64_t end, const struct mapping *as)
{
    LOCK_SCOPED(&maps.lock);
    struct mapping **link = link_of(at), *m = *link, *new = NULL;

    if (as != NULL) {
        new = copy_of(as);
        if (new == NULL) return -ENOMEM;
        new->at = at;
        new->end = end;
    }
    if (m != NULL && m->at < at) {
        if (m->end > end) {
            struct mapping *behind = copy_of(m);

            if (behind == NULL) {
                if (new != NULL) put_aside(new);
                return -ENOMEM;
            }
            m->next = behind;
        }
        m->end = at;
        link = &m->next;
    }
    while ((m = *link) != NULL && m->end <= end) {
        *link = m->next;
        put_aside(m);
    }
    if (m != NULL && m->at < end) move_to(m, end);
    if (new != NULL) {
        new->next = m;
        *link = new;
    }
    return 0;
}

/* Whoever has the vnode's lock sets them too: then both are of now. */
static void touch(struct vnode *v)
{
    int64_t now = (int64_t)time_wall_ns();

    __atomic_store_n(&v->modified, now, __ATOMIC_RELAXED);
    __atomic_store_n(&v->changed, now, __ATOMIC_RELAXED);
}

int mapping_page(uint64_t at, bool written, uint8_t **page)
{
    const struct mapping *m = mapping_at(at);
    uint64_t offset;
    int err;

    if (m == NULL) return -EIO;
    offset = m->offset + (at - m->at);
    if (offset >= __atomic_load_n(&m->v->size, __ATOMIC_RELAXED)) return -EIO;
    err = m->v->ops->map_page(m->v, offset / FILE_PAGE, page);
    if (err != 0) return err == -ENOMEM ? err : -EIO;
    if (!m->direct) return MAPPING_COPY;
    if (written) touch(m->v);
    return MAPPING_PAGE;
}

struct gone {
    const struct vnode *v;
    uint64_t from, end;
};

/* Where of a mapping `offset` is, or its end. */
static uint64_t address_of(const struct mapping *m, uint64_t offset)
{
    if (offset <= m->offset) return m->at;
    return offset - m->offset < m->end - m->at ? m->at + (offset - m->offset) : m->end;
}

static bool next_gone(void *arg, uint64_t *at, uint64_t *end)
{
    const struct gone *g = arg;

    for (const struct mapping *m = *link_of(*at); m != NULL; m = m->next) {
        uint64_t first = MAX(address_of(m, g->from), *at), last = address_of(m, g->end);

        if (m->v != g->v || first >= last) continue;
        *at = first;
        *end = last;
        return true;
    }
    return false;
}

void mapping_forget(struct vnode *v, uint64_t from, uint64_t end)
{
    struct gone g = { v, align_up(from, FILE_PAGE), end };

    if (v->is_mapped) space_discard_files(next_gone, &g);
}

bool mapping_next(uint64_t at, uint64_t end, struct mapping *out)
{
    LOCK_SCOPED(&maps.lock);
    const struct mapping *m = *link_of(at);

    if (m == NULL || m->at >= end) return false;
    *out = *m;
    if (m->at < at) move_to(out, at);
    out->end = MIN(m->end, end);
    vnode_get(m->v);
    return true;
}

/* What may only be read shows pages of the file; to be written it needs its own, and the promise of
 * them. */
int mapping_protect(uint64_t at, uint64_t end, unsigned rights)
{
    struct mapping part = { .end = at };
    int err = 0;

    while (rights & SPACE_W && err == 0 && mapping_next(part.end, end, &part)) {
        if (part.shared) {
            err = part.may_write ? 0 : -EACCES;
        } else if (part.direct) {
            part.direct = false;
            err = space_map_file(&part.at, part.end - part.at, rights, false, &part);
        }
        vnode_put(part.v);
    }
    return err;
}

static bool next_of_part(void *arg, uint64_t *at, uint64_t *end)
{
    const struct mapping *part = arg;

    *at = MAX(*at, part->at);
    *end = part->end;
    return *at < *end;
}

int mapping_discard(uint64_t at, uint64_t end)
{
    struct mapping part;
    int err = 0;

    for (bool more = true; more && at < end && err == 0; at = part.end) {
        more = mapping_next(at, end, &part);
        if (!more) part.at = end;
        if (part.at > at) err = space_discard(at, part.at - at);
        if (!more) break;
        space_discard_files(next_of_part, &part);
        vnode_put(part.v);
    }
    return err;
}
