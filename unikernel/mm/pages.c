/* SPDX-License-Identifier: Apache-2.0 */
/* Memory is handed out in 2 MiB chunks cut into buddies. Per chunk there is one bit for each
 * possible block (a binary tree in heap order: bit 1 is the whole chunk, bits 2n and 2n+1 are the
 * halves of n), set while exactly that block is free. Free blocks are linked per order through
 * their own first bytes.
 *
 * Nothing is touched before it is needed: a bank starts as one untouched stretch from which chunks
 * are carved when the lists are empty, and a chunk's bits are written when it is carved. So boot
 * costs the same with 64 MiB and with 8 GiB.
 *
 * One lock for that; allocation and release take at most PAGES_MAX_ORDER steps. Single pages pass
 * through a few that each CPU keeps, under a lock of its own that others take only when memory is
 * short, to have them back.
 *
 * `left` counts the free pages that nobody has been promised. Whoever wants pages takes them out of
 * this count first and then has them for certain, if single ones: they are free, or on their way
 * from one CPU to another. So it is raised only after pages have come back. */
#include "unikernel/mm/pages.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/lock.h"
#include "unikernel/kernel/panic.h"
#include "lib/bitmap.h"
#include "lib/err.h"
#include "lib/list.h"
#include "lib/str.h"

#define PAGE      4096ULL
#define CHUNK     (PAGE << PAGES_MAX_ORDER)
#define BANKS_MAX 32
#define KEPT_MAX  8U /* pages a CPU keeps */

struct chunk {
    uint64_t free[BITMAP_WORDS(2U << PAGES_MAX_ORDER)];
};

struct bank {
    uint64_t base, end;             /* what may be allocated */
    uint64_t untouched;             /* [untouched, end) has never been carved */
    struct chunk *chunks;           /* of every chunk that [base, end) touches */
};

static struct {
    struct spinlock lock;
    struct bank bank[BANKS_MAX];
    unsigned banks;
    struct list lists[PAGES_MAX_ORDER + 1];
    uint32_t blocks[PAGES_MAX_ORDER + 1];
    uint64_t total;
    uint64_t left;                  /* changed by atomic operations */
} pages;

static struct kept {
    struct spinlock lock;
    uint32_t count;
    uint64_t pa[KEPT_MAX];
} kept[CPUS_MAX];

static struct bank *bank_of(uint64_t pa)
{
    for (unsigned i = 0; i < pages.banks; i++) {
        if (pa >= pages.bank[i].base && pa < pages.bank[i].end) return &pages.bank[i];
    }
    return NULL;
}

static struct chunk *chunk_of(const struct bank *b, uint64_t pa)
{
    return &b->chunks[pa / CHUNK - b->base / CHUNK];
}

static uint32_t bit_of(uint64_t pa, unsigned order)
{
    return (1U << (PAGES_MAX_ORDER - order)) + (uint32_t)((pa % CHUNK) / (PAGE << order));
}

static void block_put(const struct bank *b, uint64_t pa, unsigned order)
{
    bitmap_set(chunk_of(b, pa)->free, bit_of(pa, order));
    list_push_front(&pages.lists[order], arch_linear(pa));
    pages.blocks[order]++;
}

static void block_take(const struct bank *b, uint64_t pa, unsigned order)
{
    bitmap_clear(chunk_of(b, pa)->free, bit_of(pa, order));
    list_remove(arch_linear(pa));
    pages.blocks[order]--;
}

/* Put the next untouched chunk, or what of it is ours, on the lists. */
static bool carve(void)
{
    for (unsigned i = 0; i < pages.banks; i++) {
        struct bank *b = &pages.bank[i];
        uint64_t at = b->untouched, end = MIN(align_down(at, CHUNK) + CHUNK, b->end);

        if (at == b->end) continue;
        memset(chunk_of(b, at), 0, sizeof(struct chunk));
        b->untouched = end;
        while (at < end) {
            unsigned order = PAGES_MAX_ORDER;

            while (!is_aligned(at, PAGE << order) || at + (PAGE << order) > end) order--;
            block_put(b, at, order);
            at += PAGE << order;
        }
        return true;
    }
    return false;
}

int pages_add(uint64_t base, uint64_t end)
{
    uint64_t chunks = (align_up(end, CHUNK) - align_down(base, CHUNK)) / CHUNK;
    uint64_t own = align_up(chunks * sizeof(struct chunk), PAGE);
    LOCK_SCOPED(&pages.lock);

    pages.lock.rank = LOCK_PAGES;
    if (pages.banks == 0) {
        for (unsigned o = 0; o <= PAGES_MAX_ORDER; o++) list_init(&pages.lists[o]);
        for (unsigned i = 0; i < CPUS_MAX; i++) kept[i].lock.rank = LOCK_PAGES_CPU;
    }
    if (end <= base || end - base <= own) return 0;     /* smaller than its own bookkeeping */
    if (pages.banks == BANKS_MAX) return -ENOSPC;
    pages.bank[pages.banks++] = (struct bank){
        .base = base + own,
        .end = end,
        .untouched = base + own,
        /* the bits start at the first chunk of what is left, maybe a later one than base's */
        .chunks = arch_linear(base),
    };
    pages.total += (end - base - own) / PAGE;
    pages.left += (end - base - own) / PAGE;
    return 0;
}

static int buddy_alloc(unsigned order, uint64_t *pa)
{
    LOCK_SCOPED(&pages.lock);
    unsigned have = order;
    uint64_t at;

    do {
        for (have = order; have <= PAGES_MAX_ORDER && pages.blocks[have] == 0; have++) { }
    } while (have > PAGES_MAX_ORDER && carve());
    if (have > PAGES_MAX_ORDER) return -ENOMEM;

    at = (uint64_t)((char *)pages.lists[have].next - (char *)arch_linear(0));
    const struct bank *b = bank_of(at);

    block_take(b, at, have);
    while (have > order) {
        have--;
        block_put(b, at + (PAGE << have), have);
    }
    *pa = at;
    return 0;
}

/* Free, or inside a larger free block. */
static bool is_free(const struct bank *b, uint64_t pa, unsigned order)
{
    if (pa >= b->untouched) return true;
    for (; order <= PAGES_MAX_ORDER; order++) {
        if (bitmap_test(chunk_of(b, pa)->free, bit_of(pa, order))) return true;
    }
    return false;
}

static void buddy_free(uint64_t pa, unsigned order)
{
    LOCK_SCOPED(&pages.lock);
    const struct bank *b = bank_of(pa);

    BUG_ON(b == NULL || !is_aligned(pa, PAGE << order) || is_free(b, pa, order));
    while (order < PAGES_MAX_ORDER) {
        uint64_t buddy = pa ^ (PAGE << order);

        if (!bitmap_test(chunk_of(b, pa)->free, bit_of(buddy, order))) break;
        block_take(b, buddy, order);
        pa = MIN(pa, buddy);
        order++;
    }
    block_put(b, pa, order);
}

/* All but `leave` of what k keeps. Its lock is held. */
static void put_back(struct kept *k, uint32_t leave)
{
    while (k->count > leave) buddy_free(k->pa[--k->count], 0);
}

static void put_all_back(void)
{
    for (unsigned i = 0; i < cpu_count; i++) {
        LOCK_SCOPED(&kept[i].lock);

        put_back(&kept[i], 0);
    }
}

/* Which CPU's it is matters for speed alone. */
static struct kept *own(void) { return &kept[cpu_self()->index]; }

int pages_promise(uint64_t count)
{
    uint64_t left = __atomic_load_n(&pages.left, __ATOMIC_RELAXED);

    do {
        if (left < count) return -ENOMEM;
    } while (!__atomic_compare_exchange_n(&pages.left, &left, left - count, false, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    return 0;
}

void pages_unpromise(uint64_t count)
{
    (void)__atomic_fetch_add(&pages.left, count, __ATOMIC_RELAXED);
}

static bool keep_some(struct kept *k)
{
    while (k->count < KEPT_MAX / 2 && buddy_alloc(0, &k->pa[k->count]) == 0) k->count++;
    return k->count > 0;
}

uint64_t pages_take(void)
{
    for (;;) {
        struct kept *k = own();

        {
            LOCK_SCOPED(&k->lock);

            if (k->count > 0 || keep_some(k)) return k->pa[--k->count];
        }
        put_all_back();
    }
}

void pages_return(uint64_t pa)
{
    struct kept *k = own();
    LOCK_SCOPED(&k->lock);

    for (uint32_t i = 0; i < k->count; i++) BUG_ON(k->pa[i] == pa);
    if (k->count == KEPT_MAX) put_back(k, KEPT_MAX / 2);
    k->pa[k->count++] = pa;
}

/* Those of a block must lie side by side: that there are so many is not enough. */
static int block_alloc(unsigned order, uint64_t *pa)
{
    if (buddy_alloc(order, pa) == 0) return 0;
    put_all_back();
    return buddy_alloc(order, pa);
}

int pages_alloc(unsigned order, uint64_t *pa)
{
    int err = pages_promise(1ULL << order);

    if (err != 0) return err;
    if (order == 0) {
        *pa = pages_take();
        return 0;
    }
    err = block_alloc(order, pa);
    if (err != 0) pages_unpromise(1ULL << order);
    return err;
}

void pages_free(uint64_t pa, unsigned order)
{
    if (order == 0)
        pages_return(pa);
    else
        buddy_free(pa, order);
    pages_unpromise(1ULL << order);
}

void pages_stat(struct pages_stat *out)
{
    put_all_back();
    LOCK_SCOPED(&pages.lock);

    *out = (struct pages_stat){ .total = pages.total, .left = pages.left };
    for (unsigned i = 0; i < pages.banks; i++) {
        out->untouched += (pages.bank[i].end - pages.bank[i].untouched) / PAGE;
    }
    out->free = out->untouched;
    for (unsigned o = 0; o <= PAGES_MAX_ORDER; o++) {
        out->free_blocks[o] = pages.blocks[o];
        out->free += (uint64_t)pages.blocks[o] << o;
    }
}
