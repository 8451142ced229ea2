/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors: Arm ARM D8.3 (VMSAv8-64, 4 KiB granule, stage 2). Translation starts at level 1;
 * address widths above 39 bits use concatenated root tables (D8.2.2). */
#include "hypervisor/core/stage2.h"
#include "hypervisor/core/arch.h"
#include "hypervisor/core/page.h"

#define S2_VALID    BIT64(0)
#define S2_TABLE    UINT64_C(3)         /* also the type of a page at level 3 */
#define S2_ADDR     MASK64(47, 12)
#define S2_AF       BIT64(10)
#define S2_XN       BIT64(54)
#define S2_RW       (UINT64_C(3) << 6)
#define S2_SHARED   (UINT64_C(3) << 8)
#define S2_NORMAL   (UINT64_C(0xf) << 2)
#define S2_DEV      (UINT64_C(1) << 2)

#define LEVEL_SHIFT(level) (39u - 9u * (level))         /* 30, 21, 12 */
#define LEVEL_BYTES(level) BIT64(LEVEL_SHIFT(level))
#define DESTROY_STEP 64u

static uint32_t root_pages(const struct stage2 *s)
{
    return s->ipa_bits > 39 ? 1u << (s->ipa_bits - 39) : 1;
}

static uint64_t attr_bits(enum s2_attr attr)
{
    return S2_AF | S2_RW | (attr == S2_RAM ? S2_SHARED | S2_NORMAL : S2_DEV | S2_XN);
}

static bool is_table(uint64_t entry, unsigned level)
{
    return level < 3 && (entry & 3) == S2_TABLE;
}
static uint64_t leaf_type(unsigned level)            { return level == 3 ? S2_TABLE : S2_VALID; }
static uint64_t *table_of(uint64_t entry)            { return page_va(PA(entry & S2_ADDR)); }

static uint64_t *entry_at(uint64_t *table, uint64_t at, unsigned level)
{
    uint64_t index = at >> LEVEL_SHIFT(level);

    return &table[level == 1 ? index : index & 511];
}

static void entry_set(uint64_t *e, uint64_t value)
{
    __atomic_store_n(e, value,
                     __ATOMIC_RELEASE); /* a walker that sees a table entry sees the table */
}

static uint64_t vtcr_for(uint32_t ipa_bits)
{
    uint64_t bits = arch_ipa_bits(), ps = bits >= 42 ? 3 : bits >= 40 ? 2 : bits >= 36 ? 1 : 0;

    return BIT64(31) | ps << 16 | UINT64_C(3) << 12 | UINT64_C(1) << 10 | UINT64_C(1) << 8 |
           UINT64_C(1) << 6 | (64 - ipa_bits);
}

int s2_init(struct stage2 *s, uint32_t vm_id, uint32_t ipa_bits)
{
    *s = (struct stage2){ .vm_id = vm_id, .vmid = vm_id + 1, .ipa_bits = ipa_bits };
    s->root = page_alloc(PAGE_TABLE, vm_id, root_pages(s));
    if (s->root == NULL) return -ENOMEM;
    s->regs.vtcr = vtcr_for(ipa_bits);
    s->regs.vttbr = (uint64_t)s->vmid << 48 | page_pa(s->root).v;
    s->tables = root_pages(s);
    return 0;
}

static uint64_t *table_new(struct stage2 *s)
{
    uint64_t *t = page_alloc(PAGE_TABLE, s->vm_id, 1);

    if (t != NULL) s->tables++;
    return t;
}

/* Replace a live leaf by a table that says the same (break-before-make, D8.14.1). */
static int split(struct stage2 *s, uint64_t *e, uint64_t at, unsigned level)
{
    uint64_t was = *e, attr = was & ~(S2_ADDR | 3), pa = was & S2_ADDR;
    uint64_t *t = table_new(s);

    if (t == NULL) return -ENOMEM;
    for (uint64_t i = 0; i < 512; i++)
        t[i] = (pa + i * LEVEL_BYTES(level + 1)) | attr | leaf_type(level + 1);
    entry_set(e, 0);
    arch_s2_flush(s->regs.vttbr, IPA(align_down(at, LEVEL_BYTES(level))), LEVEL_BYTES(level));
    entry_set(e, page_pa(t).v | S2_TABLE);
    return 0;
}

/* Would a leaf in the place of this table of pages take nothing away and change nothing? */
static bool says_the_same(const uint64_t *t, uint64_t to, uint64_t attr)
{
    for (uint64_t i = 0; i < 512; i++) {
        if (t[i] != 0 && t[i] != ((to + i * PAGE_SIZE) | attr | leaf_type(3))) return false;
    }
    return true;
}

/* The first half of replacing a live table by a leaf (break-before-make). Nobody walks it any more after the flush. */
static void drop_table(struct stage2 *s, uint64_t *e, uint64_t at)
{
    uint64_t *t = table_of(*e);

    entry_set(e, 0);
    arch_s2_flush(s->regs.vttbr, IPA(at), BLOCK_SIZE);
    page_free(t, 1);
    s->tables--;
}

/* Map as much as one entry says, the largest that fits, or find it mapped so. Pages of a block that is mapped
 * whole become one. Returns how far that reaches from `at`; negative: error. */
static int64_t map_one(struct stage2 *s, uint64_t at, uint64_t to, uint64_t len, uint64_t attr)
{
    uint64_t *e = entry_at(s->root, at, 1);

    for (unsigned level = 1;; level++) {
        uint64_t bytes = LEVEL_BYTES(level), inside = at & (bytes - 1);
        bool fits = is_aligned(at | to, bytes) && len >= bytes;

        if (fits && level == 2 && is_table(*e, 2) && says_the_same(table_of(*e), to, attr))
            drop_table(s, e, at);
        if (*e == 0 && fits) {
            entry_set(e, to | attr | leaf_type(level));
            return (int64_t)bytes;
        }
        if (*e == 0) {
            uint64_t *t = table_new(s);

            if (t == NULL) return -ENOMEM;
            entry_set(e, page_pa(t).v | S2_TABLE);
        } else if (!is_table(*e, level)) {
            return *e == ((to - inside) | attr | leaf_type(level)) ? (int64_t)(bytes - inside)
                                                                   : -EEXIST;
        }
        e = entry_at(table_of(*e), at, level + 1);
    }
}

static bool range_ok(const struct stage2 *s, uint64_t at, uint64_t len)
{
    uint64_t end;

    return is_aligned(at | len, PAGE_SIZE) && add_ok(&end, at, len) && end <= BIT64(s->ipa_bits);
}

int s2_map(struct stage2 *s, ipa_t at, pa_t to, uint64_t len, enum s2_attr attr)
{
    uint64_t bits = attr_bits(attr), done = 0;
    spin_guard(&s->lock);

    if (!range_ok(s, at.v, len) || !is_aligned(to.v, PAGE_SIZE)) return -ERANGE;
    while (done < len) {
        int64_t step = map_one(s, at.v + done, to.v + done, len - done, bits);

        if (step < 0) return (int)step;
        done += (uint64_t)step;
    }
    arch_tables_barrier();
    return 0;
}

/* Returns the size of what was found (or not) at `at`, having removed it; negative: error. */
static int64_t unmap_one(struct stage2 *s, uint64_t at, uint64_t len)
{
    uint64_t *e = entry_at(s->root, at, 1);

    for (unsigned level = 1;; level++) {
        uint64_t bytes = LEVEL_BYTES(level);

        if (*e == 0) return (int64_t)(bytes - (at & (bytes - 1)));
        if (!is_table(*e, level)) {
            if (is_aligned(at, bytes) && len >= bytes) {
                entry_set(e, 0);
                return (int64_t)bytes;
            }
            if (split(s, e, at, level) != 0) return -ENOMEM;
        }
        e = entry_at(table_of(*e), at, level + 1);
    }
}

int s2_unmap(struct stage2 *s, ipa_t at, uint64_t len)
{
    uint64_t done = 0;
    int err = 0;
    spin_guard(&s->lock);

    if (!range_ok(s, at.v, len)) return -ERANGE;
    while (done < len) {
        int64_t step = unmap_one(s, at.v + done, len - done);

        if (step < 0) {
            err = (int)step;
            break;
        }
        done += (uint64_t)step;
    }
    arch_s2_flush(s->regs.vttbr, at, MIN(done, len));
    return err;
}

/* One level-2 table with its level-3 tables per step at most, so a step is a few dozen pages. */
bool s2_destroy_some(struct stage2 *s)
{
    uint32_t freed = 0, entries = 512 * root_pages(s);
    spin_guard(&s->lock);

    if (s->root == NULL) return true;
    arch_s2_flush_all(s->regs.vttbr); /* before any of it can be used for something else */
    for (; s->destroy_at < entries; s->destroy_at++) {
        uint64_t e = s->root[s->destroy_at], *l2;

        if (!is_table(e, 1)) continue;
        l2 = table_of(e);
        for (uint32_t i = 0; i < 512; i++) {
            if (!is_table(l2[i], 2)) continue;
            if (freed++ == DESTROY_STEP) return false;
            page_free(table_of(l2[i]), 1);
            l2[i] = 0;
            s->tables--;
        }
        if (freed >= DESTROY_STEP) return false;
        s->root[s->destroy_at] = 0;
        page_free(l2, 1);
        s->tables--;
        return false;
    }
    page_free(s->root, root_pages(s));
    s->root = NULL;
    s->tables = 0;
    return true;
}

/* Never written: a walk the CPU starts by itself while no VM is loaded finds nothing, and above all
 * no table that has been freed. */
static uint64_t empty_root[512] aligned_to(4096);
struct s2_regs s2_empty;

void s2_init_cpu(void)
{
    s2_empty.vtcr = vtcr_for(MIN(39u, arch_ipa_bits()));
    s2_empty.vttbr = arch_image_va_to_pa(empty_root).v;
}
