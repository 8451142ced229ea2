/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/mm/mmu/space.c unikernel/mm/mmu/no_files.c unikernel/mm/stack.c unikernel/mm/mmu/map.c unikernel/kernel/lock.c lib/ranges.c
// sources: tests/unit/unikernel/fake/kernel.c
#include "tests/unit/unikernel/fake/space_model.h"

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/must.h"
#include "tests/unit/unikernel/fake/kernel.h"
#include "unikernel/kernel/log.h"
#include "unikernel/mm/image.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/space.h"
#include "unikernel/mm/mmu/table.h"
#include "lib/err.h"

#define PAGES   (4U * 512) /* the window: half a block below the mmap area, the rest in it */
#define FIRST   (MMAP_BASE - 256ULL * PAGE_SIZE)
#define FRAMES  (2 * PAGES + 64)
#define POISON  0x5a
#define RICH    UINT32_MAX

pte_t boot_tables[PTES] __attribute__((aligned(4096)));
unsigned pte_largest = 1;
const struct image_segment image_segments[] = { { 0 } };
char __early_pages[1], __kbss[1], __kbss_end[1], __data[1], __data_load[1], __data_size[1],
    __bss_end[1];

unsigned space_model_done[SPACE_WHATS], space_model_backed;

static struct page {
    bool taken, backed;
    bool lazy;
    uint8_t rights, content;
} model[PAGES];
static pte_t tlb[PAGES];            /* what the CPU used for it last; 0: nothing */

static uint64_t free_frames[FRAMES];
static unsigned frames_left, budget, hidden;
static uint64_t frames_promised;

int pages_promise(uint64_t count)
{
    if (count + hidden > frames_left - frames_promised || count > budget) return -ENOMEM;
    if (budget != RICH) budget -= (unsigned)count;
    frames_promised += count;
    return 0;
}

void pages_unpromise(uint64_t count)
{
    must(count <= frames_promised);
    frames_promised -= count;
}

uint64_t pages_take(void)
{
    must(frames_promised > 0);
    frames_promised--;
    return free_frames[--frames_left];
}

int pages_alloc(unsigned order, uint64_t *pa)
{
    must(order == 0);
    if (pages_promise(1) != 0) return -ENOMEM;
    *pa = pages_take();
    return 0;
}

void pages_return(uint64_t pa)
{
    for (unsigned i = 0; i < PAGES; i++) must(tlb[i] == 0 || pte_pa(tlb[i]) != pa);
    memset(arch_linear(pa), POISON, PAGE_SIZE);
    free_frames[frames_left++] = pa;
    frames_promised++;
}

void pages_free(uint64_t pa, unsigned order)
{
    pages_return(pa);
    pages_unpromise(1);
}

void log_print(enum log_level level, const char *module, const char *format, ...) { }

void arch_tlb_flush(uint64_t from, uint64_t end)
{
    for (unsigned i = 0; i < PAGES; i++) {
        if (FIRST + i * PAGE_SIZE >= from && FIRST + i * PAGE_SIZE < end) tlb[i] = 0;
    }
}

static uint64_t va_of(unsigned page) { return FIRST + (uint64_t)page * PAGE_SIZE; }

static bool all_free(unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++) {
        if (model[i].taken) return false;
    }
    return true;
}

static void forget(unsigned first, unsigned count)
{
    memset(&model[first], 0, count * sizeof(model[0]));
}

/* The lowest place in the mmap area; PAGES when there is none in the window. */
static unsigned first_fit(unsigned count)
{
    unsigned at = 256;

    while (at + count <= PAGES && !all_free(at, count)) at++;
    return at + count <= PAGES ? at : PAGES;
}

static bool is_wx(unsigned rights) { return (rights & (SPACE_W | SPACE_X)) == (SPACE_W | SPACE_X); }

static bool map(unsigned first, unsigned count, const struct space_op *op)
{
    bool anywhere = op->how & 1, keep = op->how & 2;
    uint64_t at = anywhere ? 0 : va_of(first) + (op->off > 250 ? 8 : 0), was = at;
    uint64_t len = (uint64_t)count * PAGE_SIZE - (op->off > 250 && count > 0 ? 100 : 0);
    bool poor = op->how & 4 && (anywhere || keep);
    unsigned lazy = op->how & 32 ? SPACE_LAZY : 0;
    int err;

    budget = poor ? op->how >> 3 & 3 : RICH;
    err = space_map(&at, len, (op->rights & 7) | lazy, keep);
    budget = RICH;
    must(err == 0 || at == was);
    if (is_wx(op->rights)) must(err == -EACCES);
    else if (count == 0 || (!anywhere && op->off > 250)) must(err == -EINVAL);
    else if (!anywhere && keep && !all_free(first, count)) must(err == -EEXIST);
    else must(err == 0 || (poor && err == -ENOMEM));
    if (err != 0) return false;
    if (anywhere) {
        first = first_fit(count);
        if (first == PAGES) {           /* somewhere beyond: not ours to follow */
            must(at + len > va_of(PAGES) - PAGE_SIZE && at >= MMAP_BASE);
            must(space_unmap(at, len) == 0);
            return true;
        }
        must(at == va_of(first));
    }
    forget(first, count);
    for (unsigned i = first; i < first + count; i++) {
        model[i].taken = true;
        model[i].lazy = lazy != 0;
        model[i].rights = op->rights & 7;
    }
    return true;
}

static bool unmap(unsigned first, unsigned count, const struct space_op *op)
{
    bool bad = op->off > 250;
    int err = space_unmap(va_of(first) + (bad ? 1 : 0), (uint64_t)count * PAGE_SIZE);

    must(err == (bad || count == 0 ? -EINVAL : 0));
    if (err == 0) forget(first, count);
    return err == 0;
}

static bool protect(unsigned first, unsigned count, const struct space_op *op)
{
    int err = space_protect(va_of(first), (uint64_t)count * PAGE_SIZE, op->rights & 7);

    if (count == 0) must(err == 0);
    else if (is_wx(op->rights)) must(err == -EACCES);
    else must(err == 0 || err == -ENOMEM);
    if (err == -EACCES) return false;
    for (unsigned i = first; i < first + count; i++) {
        if (!model[i].taken) {
            must(err == -ENOMEM);
            return false;
        }
        model[i].rights = op->rights & 7;
    }
    must(err == 0);
    return true;
}

static bool discard(unsigned first, unsigned count)
{
    int err = space_discard(va_of(first), (uint64_t)count * PAGE_SIZE);

    must(err == (count == 0 ? -EINVAL : 0));
    if (err != 0) return false;
    for (unsigned i = first; i < first + count; i++) {
        struct page *p = &model[i];

        if (!p->backed) continue;
        p->backed = false;
        p->content = 0;
        if (p->rights != 0) p->rights |= SPACE_R;
    }
    return true;
}

/* As a CPU does, then writes if that was what it wanted. */
static bool touch(unsigned page, const struct space_op *op)
{
    struct page *p = &model[page];
    unsigned access = 1U << op->rights % 3, may = p->rights, level;
    bool poor = op->how & 4 && !p->backed;
    pte_t *e;
    int err;

    if (p->backed && may != 0) may |= SPACE_R;          /* no ISA has pages that cannot be read */
    budget = poor ? op->how >> 3 & 1 : RICH;
    err = space_fault(va_of(page) + op->off, access);
    budget = RICH;
    if (!p->taken || (may & access) == 0) must(err == -EFAULT);
    else must(err == 0 || (poor && p->lazy && err == -ENOMEM));
    if (err != 0) return false;
    if (!p->backed) space_model_backed++;
    p->backed = true;
    e = map_find(va_of(page), &level);
    must(level == 3 && pte_is_valid(*e));
    tlb[page] = *e;
    if (access == SPACE_W) {
        p->content = (uint8_t)(op->off | 1);
        memset(arch_linear(pte_pa(*e)), p->content, PAGE_SIZE);
    }
    return true;
}

static void look_at(unsigned page, bool used[])
{
    const struct page *p = &model[page];
    unsigned level, rights;
    const pte_t *e = map_find(va_of(page), &level);

    must(tlb[page] == 0 || tlb[page] == *e);
    must(p->taken == (*e != 0));
    if (!p->backed) {
        must(!pte_is_valid(*e) && pte_pa(*e) == 0);
        return;
    }
    must(level == 3 && *e & PTE_OWNED && pte_is_valid(*e) == (p->rights != 0));
    rights = pte_rights(*e);
    if (p->rights != 0) must(rights == (p->rights & (SPACE_W | SPACE_X)));
    must(!used[pte_pa(*e) / PAGE_SIZE]);
    used[pte_pa(*e) / PAGE_SIZE] = true;
    for (unsigned i = 0; i < PAGE_SIZE; i += 1365) {
        must(((const uint8_t *)arch_linear(pte_pa(*e)))[i] == p->content);
    }
}

/* What is promised: a page for each that may be touched, and the table of a block that is none yet. */
static void look_at_promises(void)
{
    uint64_t pages = 0;

    for (unsigned i = 0; i < PAGES; i++) {
        const struct page *p = &model[i];
        unsigned level;

        if (!p->taken || p->rights == 0 || p->lazy || p->backed) continue;
        (void)map_find(va_of(i), &level);
        pages += level == 2 && is_aligned(va_of(i), BLOCK_SIZE) ? 2 : 1;
    }
    must(pages == frames_promised);
}

uint64_t space_model_left(void) { return frames_left - frames_promised; }

void space_model_begin(void)
{
    if (host_memory == NULL) fake_memory(align_up(FRAMES * PAGE_SIZE, BLOCK_SIZE));
    budget = RICH;
    must(space_unmap(PAGE_SIZE, LOW_END - PAGE_SIZE) == 0);
    must(frames_promised == 0);
    memset(boot_tables, 0, sizeof(boot_tables));
    forget(0, PAGES);
    for (frames_left = 0; frames_left < FRAMES; frames_left++)
        free_frames[frames_left] = frames_left * PAGE_SIZE;
}

void space_model_memory(unsigned pages_left)
{
    unsigned left = frames_left - (unsigned)frames_promised;

    hidden = left > pages_left ? left - pages_left : 0;
}

void space_model_step(const struct space_op *op)
{
    unsigned first = op->page % PAGES, backed = 0;
    unsigned count = MIN(op->pages % (op->pages & 0x8000 ? PAGES : 16U), PAGES - first);
    struct space_stat stat;
    bool used[FRAMES] = { false }, done = false;

    budget = RICH;
    if (op->page & 0x8000) first -= first % 512;
    switch (op->what % SPACE_WHATS) {
    case SPACE_MAP:     done = map(first, count, op); break;
    case SPACE_UNMAP:   done = unmap(first, count, op); break;
    case SPACE_PROTECT: done = protect(first, count, op); break;
    case SPACE_DISCARD: done = discard(first, count); break;
    default:            done = touch(first, op); break;
    }
    space_model_done[op->what % SPACE_WHATS] += done;
    for (unsigned i = 0; i < PAGES; i++) {
        look_at(i, used);
        backed += model[i].backed;
    }
    space_stat(&stat);
    must(stat.backed == backed);
    look_at_promises();
    must(host_irq_flag == 1 && host_self->held == NULL);
}
