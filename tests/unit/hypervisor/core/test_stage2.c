/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/stage2.c tests/unit/hypervisor/fake/fake_page.c arch/host/tables.c
/* Stage 2 against a model that knows of each page where it leads, and a walker that watches every table entry: it looks
 * when TLB entries are flushed and after each call, and what it may not see is a live entry turned into another live one
 * (break-before-make) or one gone without a flush. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arch/host/host.h"
#include "hypervisor/core/stage2.h"
#include "tests/unit/hypervisor/fake/fake_page.h"

#define SPACE       (4 * GIB)
#define PAGES       ((uint32_t)(SPACE / PAGE_SIZE))
#define TABLES_MAX  4096u
#define TABLE(e)    (((e) & 3) == 3)
#define ADDRESS(e)  ((e) & MASK64(47, 12))

struct model_page {
    uint64_t pa;
    bool there;
    enum s2_attr attr;
};

static struct model_page model[PAGES];
static uint32_t seed;

static uint32_t any(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

/* The walker. `seen` is what a TLB may still hold of an entry: the last live value that no flush has covered since. */
static struct {
    const uint64_t *table;
    uint64_t seen[512];
} watched[TABLES_MAX];
static uint32_t watched_count, violations;
static struct stage2 *watched_s2;

static uint64_t *seen_of(const uint64_t *table, bool *is_new)
{
    for (uint32_t i = 0; i < watched_count; i++) {
        *is_new = false;
        if (watched[i].table == table) return watched[i].seen;
    }
    assert_true(watched_count < TABLES_MAX);
    *is_new = true;
    watched[watched_count].table = table;
    return watched[watched_count++].seen;
}

static void look_at(const uint64_t *table, uint64_t base, unsigned level, uint64_t flush_at, uint64_t flush_len)
{
    uint64_t bytes = level == 1 ? GIB : level == 2 ? 2 * MIB : PAGE_SIZE;
    bool is_new;
    uint64_t *seen = seen_of(table, &is_new);

    for (uint64_t i = 0; i < 512; i++) {
        uint64_t at = base + i * bytes, now = table[i], was = is_new ? 0 : seen[i];

        if (was != 0 && now != 0 && was != now) violations++;
        if (was != 0 && now == 0 && flush_len == 0) violations++;       /* the call is over */
        if (now != 0 || (at >= flush_at && at + bytes <= flush_at + flush_len)) seen[i] = now;
        else seen[i] = was;
    }
}

static void look(uint64_t flush_at, uint64_t flush_len)
{
    const uint64_t *root = watched_s2->root;

    look_at(root, 0, 1, flush_at, flush_len);
    for (uint64_t i = 0; i < SPACE / GIB; i++) {
        const uint64_t *l2;

        if (!TABLE(root[i])) continue;
        l2 = page_va(PA(ADDRESS(root[i])));
        look_at(l2, i * GIB, 2, flush_at, flush_len);
        for (uint64_t k = 0; k < 512; k++) {
            if (TABLE(l2[k])) look_at(page_va(PA(ADDRESS(l2[k]))), i * GIB + k * 2 * MIB, 3, flush_at, flush_len);
        }
    }
}

static void on_flush(uint64_t vttbr, ipa_t at, uint64_t len)
{
    if (vttbr != watched_s2->regs.vttbr) violations++;
    look(at.v, len);
}

static void watch(struct stage2 *s)
{
    watched_s2 = s;
    watched_count = violations = 0;
    host_on_flush = on_flush;
}

static void after_call(void)
{
    look(0, 0);
    assert_int_equal(violations, 0);
}

static void destroy(struct stage2 *s)
{
    host_on_flush = NULL;
    for (uint32_t live = fake_page_live(); !s2_destroy_some(s); live = fake_page_live()) {
        assert_in_range(live - fake_page_live(), 1, 64);
    }
    assert_int_equal(s->tables, 0);
    assert_int_equal(fake_page_live(), 0);
}

static void check_page(struct stage2 *s, uint32_t page)
{
    struct model_page *m = &model[page];
    uint64_t leaf, inside = any(PAGE_SIZE);
    enum s2_attr attr;
    pa_t to;
    int err = s2_lookup(s, IPA((uint64_t)page * PAGE_SIZE + inside), &to, &attr, &leaf);

    if (err != (m->there ? 0 : -EFAULT)) fail_msg("page %x: %d", page, err);
    if (err != 0) return;
    if (to.v != m->pa + inside || attr != m->attr) fail_msg("page %x: leads to %lx, attribute %d", page, to.v, (int)attr);
}

static void model_set(uint64_t at, uint64_t len, const struct model_page *first)
{
    for (uint64_t page = at / PAGE_SIZE, i = 0; i < len / PAGE_SIZE; page++, i++) {
        model[page] = first == NULL ? (struct model_page){ 0 } : *first;
        if (first != NULL) model[page].pa += i * PAGE_SIZE;
    }
}

static bool model_is_free(uint64_t at, uint64_t len)
{
    for (uint64_t page = at / PAGE_SIZE; page < (at + len) / PAGE_SIZE; page++) {
        if (model[page].there) return false;
    }
    return true;
}

static void random_range(uint64_t *at, uint64_t *len)
{
    static const uint64_t unit[] = { PAGE_SIZE, PAGE_SIZE, 64 * KIB, 2 * MIB, 2 * MIB, 1 * GIB };
    uint64_t u = unit[any(ARRAY_LEN(unit))], e = unit[any(ARRAY_LEN(unit))];

    *at = any((uint32_t)(SPACE / e)) * e;
    *len = u * (1 + any(u == PAGE_SIZE ? 700 : 2));
    if (*len > SPACE - *at) *len = SPACE - *at;
}

/* regression: 51 */
static void mappings_agree_with_a_model_and_break_before_make(void **state)
{
    struct stage2 s;
    uint32_t mapped = 0, unmapped = 0;

    seed = 2026;
    memset(model, 0, sizeof(model));
    assert_int_equal(s2_init(&s, 3, 40), 0);
    watch(&s);
    for (uint32_t round = 0; round < 400; round++) {
        uint64_t at, len;

        random_range(&at, &len);
        if (any(5) < 3) {
            uint64_t off = any(3) == 0 ? (1 + any(1000)) * PAGE_SIZE : any(4) * GIB;
            struct model_page m = { at + off, true, (enum s2_attr)any(2) };

            if (!model_is_free(at, len)) continue;
            assert_int_equal(s2_map(&s, IPA(at), PA(m.pa), len, m.attr), 0);
            model_set(at, len, &m);
            mapped++;
            assert_int_equal(s2_map(&s, IPA(at), PA(m.pa), len, m.attr), 0);        /* again: the same */
        } else {
            assert_int_equal(s2_unmap(&s, IPA(at), len), 0);
            model_set(at, len, NULL);
            unmapped++;
        }
        after_call();
        for (uint32_t i = 0; i < 500; i++) check_page(&s, any(PAGES));
        for (uint64_t page = at / PAGE_SIZE; page < (at + len) / PAGE_SIZE && page < at / PAGE_SIZE + 2048; page++)
            check_page(&s, (uint32_t)page);
    }
    for (uint32_t page = 0; page < PAGES; page++) check_page(&s, page);
    assert_true(mapped > 50 && unmapped > 50);
    destroy(&s);
}

static uint64_t leaf_at(struct stage2 *s, uint64_t at)
{
    uint64_t leaf = 0;
    enum s2_attr attr;
    pa_t to;

    assert_int_equal(s2_lookup(s, IPA(at), &to, &attr, &leaf), 0);
    return leaf;
}

/* regression: 51 */
static void large_leaves_are_used_where_both_addresses_allow(void **state)
{
    struct stage2 s;

    assert_int_equal(s2_init(&s, 1, 39), 0);
    assert_int_equal(s2_map(&s, IPA(GIB - 4 * MIB - 8 * KIB), PA(5 * GIB - 4 * MIB - 8 * KIB), 3 * GIB, S2_RAM), 0);
    assert_int_equal(leaf_at(&s, GIB - 4 * MIB - 4 * KIB), PAGE_SIZE);
    assert_int_equal(leaf_at(&s, GIB - 4 * MIB), 2 * MIB);
    assert_int_equal(leaf_at(&s, GIB), GIB);
    assert_int_equal(leaf_at(&s, 3 * GIB - 1), GIB);
    assert_int_equal(leaf_at(&s, 3 * GIB), 2 * MIB);
    assert_int_equal(leaf_at(&s, 4 * GIB - 4 * MIB - 8 * KIB - 1), PAGE_SIZE);
    assert_int_equal(s2_map(&s, IPA(8 * GIB), PA(2 * MIB), GIB, S2_RAM), 0);         /* the target is less aligned */
    assert_int_equal(leaf_at(&s, 8 * GIB), 2 * MIB);
    assert_int_equal(s2_map(&s, IPA(16 * GIB), PA(4 * KIB), 2 * MIB, S2_RAM), 0);
    assert_int_equal(leaf_at(&s, 16 * GIB), PAGE_SIZE);
    destroy(&s);
}

/* regression: 51 */
static void a_block_that_was_split_is_one_again_when_it_is_mapped_whole(void **state)
{
    const uint64_t at = GIB + 2 * MIB, to = 4 * GIB;
    uint32_t tables, flushes;
    struct stage2 s;

    assert_int_equal(s2_init(&s, 1, 39), 0);
    assert_int_equal(s2_map(&s, IPA(at), PA(to), 4 * MIB, S2_RAM), 0);
    tables = s.tables;
    assert_int_equal(s2_unmap(&s, IPA(at + 8 * KIB), 4 * KIB), 0);
    assert_int_equal(leaf_at(&s, at), PAGE_SIZE);
    assert_int_equal(s.tables, tables + 1);
    flushes = host_flushes;
    assert_int_equal(s2_map(&s, IPA(at), PA(to), 4 * MIB, S2_RAM), 0);
    assert_int_equal(leaf_at(&s, at), 2 * MIB);
    assert_int_equal(leaf_at(&s, at + 8 * KIB), 2 * MIB);
    assert_int_equal(s.tables, tables);                     /* the table of pages is free again */
    assert_int_equal(host_flushes, flushes + 1);

    /* not by pages one after the other, and not over another mapping */
    assert_int_equal(s2_unmap(&s, IPA(at + 8 * KIB), 4 * KIB), 0);
    assert_int_equal(s2_map(&s, IPA(at + 8 * KIB), PA(to + 8 * KIB), 4 * KIB, S2_RAM), 0);
    assert_int_equal(leaf_at(&s, at), PAGE_SIZE);
    assert_int_equal(s2_map(&s, IPA(at), PA(to), 2 * MIB, S2_DEVICE), -EEXIST);
    assert_int_equal(leaf_at(&s, at), PAGE_SIZE);
    assert_int_equal(s2_map(&s, IPA(at), PA(to + 2 * MIB), 2 * MIB, S2_RAM), -EEXIST);
    assert_int_equal(leaf_at(&s, at), PAGE_SIZE);
    destroy(&s);
}

/* regression: 51 */
static void another_mapping_in_the_way_is_reported_and_stays(void **state)
{
    struct stage2 s;
    uint64_t leaf;
    enum s2_attr attr;
    pa_t to;

    assert_int_equal(s2_init(&s, 1, 40), 0);
    assert_int_equal(s2_map(&s, IPA(GIB), PA(GIB), 2 * MIB, S2_RAM), 0);
    assert_int_equal(s2_map(&s, IPA(GIB), PA(GIB), 2 * MIB, S2_DEVICE), -EEXIST);
    assert_int_equal(s2_map(&s, IPA(GIB), PA(2 * GIB), 2 * MIB, S2_RAM), -EEXIST);
    assert_int_equal(s2_map(&s, IPA(GIB + 4 * KIB), PA(GIB), 4 * KIB, S2_RAM), -EEXIST);
    assert_int_equal(s2_map(&s, IPA(GIB + 4 * KIB), PA(GIB + 4 * KIB), 4 * KIB, S2_DEVICE), -EEXIST);
    assert_int_equal(s2_map(&s, IPA(GIB), PA(GIB), GIB, S2_DEVICE), -EEXIST);
    assert_int_equal(s2_lookup(&s, IPA(GIB + 4097), &to, &attr, &leaf), 0);
    assert_int_equal(to.v, GIB + 4097);
    assert_int_equal(attr, S2_RAM);
    destroy(&s);
}

static void the_same_in_other_pieces_is_no_conflict(void **state)
{
    struct stage2 s;

    assert_int_equal(s2_init(&s, 1, 40), 0);
    assert_int_equal(s2_map(&s, IPA(GIB), PA(2 * GIB), GIB, S2_RAM), 0);
    assert_int_equal(s2_map(&s, IPA(GIB + 12 * KIB), PA(2 * GIB + 12 * KIB), 4 * KIB, S2_RAM), 0);
    assert_int_equal(leaf_at(&s, GIB + 12 * KIB), GIB);
    assert_int_equal(s2_map(&s, IPA(4 * MIB), PA(4 * MIB), 4 * KIB, S2_RAM), 0);
    assert_int_equal(s2_map(&s, IPA(4 * MIB), PA(4 * MIB), 2 * MIB, S2_RAM), 0);        /* a page of it is there already */
    assert_int_equal(s2_map(&s, IPA(4 * MIB), PA(4 * MIB), 2 * MIB, S2_RAM), 0);
    assert_int_equal(leaf_at(&s, 6 * MIB - 1), 2 * MIB);
    destroy(&s);
}

/* regression: 51 */
static void a_block_goes_where_pages_were_taken_away(void **state)
{
    struct stage2 s;

    assert_int_equal(s2_init(&s, 1, 40), 0);
    assert_int_equal(s2_map(&s, IPA(4 * MIB), PA(64 * MIB), 8 * KIB, S2_RAM), 0);
    assert_int_equal(s2_unmap(&s, IPA(4 * MIB), 8 * KIB), 0);
    assert_int_equal(s2_map(&s, IPA(4 * MIB), PA(128 * MIB), 2 * MIB, S2_DEVICE), 0);
    assert_true(leaf_at(&s, 4 * MIB) != 0);
    destroy(&s);
}

static void ranges_that_cannot_be_are_refused(void **state)
{
    static const struct { uint64_t at, to, len; } bad[] = {
        { 4 * KIB + 1, 0, 4 * KIB }, { 0, 1, 4 * KIB }, { 0, 0, 4095 }, { BIT64(36), 0, 4 * KIB },
        { BIT64(36) - 4 * KIB, 0, 8 * KIB }, { UINT64_MAX - 4095, 0, 8 * KIB }, { 4 * KIB, 0, UINT64_MAX - 4095 },
    };
    struct stage2 s;
    uint64_t leaf;
    enum s2_attr attr;
    pa_t to;

    assert_int_equal(s2_init(&s, 1, 36), 0);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(s2_map(&s, IPA(bad[i].at), PA(bad[i].to), bad[i].len, S2_RAM), -ERANGE);
        if (bad[i].to == 0) assert_int_equal(s2_unmap(&s, IPA(bad[i].at), bad[i].len), -ERANGE);
    }
    assert_int_equal(s.tables, 1);
    assert_int_equal(s2_lookup(&s, IPA(BIT64(36)), &to, &attr, &leaf), -EFAULT);
    assert_int_equal(s2_lookup(&s, IPA(UINT64_MAX), &to, &attr, &leaf), -EFAULT);
    assert_int_equal(s2_map(&s, IPA(BIT64(36) - 4 * KIB), PA(0), 4 * KIB, S2_RAM), 0);
    destroy(&s);
}

static void wide_addresses_use_concatenated_roots(void **state)
{
    for (uint32_t bits = 39; bits <= 42; bits++) {
        struct stage2 s;

        assert_int_equal(s2_init(&s, 1, bits), 0);
        assert_int_equal(s.tables, BIT64(bits - 39));
        assert_int_equal(s2_map(&s, IPA(BIT64(bits) - GIB), PA(GIB), GIB, S2_DEVICE), 0);
        assert_int_equal(leaf_at(&s, BIT64(bits) - 1), GIB);
        assert_int_equal(s.regs.vttbr >> 48, 2);
        assert_int_equal(s.regs.vttbr & MASK64(47, 0), page_pa(s.root).v);
        assert_true(is_aligned(page_pa(s.root).v, BIT64(bits - 39) * PAGE_SIZE));
        assert_int_equal(s.regs.vtcr & 0x3f, 64 - bits);
        destroy(&s);
    }
}

static void splitting_a_leaf_keeps_all_it_said(void **state)
{
    struct stage2 s;

    memset(model, 0, sizeof(model));
    assert_int_equal(s2_init(&s, 1, 40), 0);
    watch(&s);
    model_set(GIB, GIB, &(struct model_page){ 3 * GIB, true, S2_DEVICE });
    assert_int_equal(s2_map(&s, IPA(GIB), PA(3 * GIB), GIB, S2_DEVICE), 0);
    model_set(GIB + 300 * MIB + 4 * KIB, 8 * KIB, NULL);
    assert_int_equal(s2_unmap(&s, IPA(GIB + 300 * MIB + 4 * KIB), 8 * KIB), 0);
    after_call();
    for (uint32_t page = 0; page < PAGES; page++) check_page(&s, page);
    destroy(&s);
}

/* regression: 54 */
static void no_memory_for_a_table_is_reported_and_can_be_undone(void **state)
{
    uint32_t n;
    int err = -ENOMEM;

    for (n = 1; err != 0; n++) {
        struct stage2 s;

        fake_page_fail(n);
        err = s2_init(&s, 1, 40);
        if (err == 0) {
            err = s2_map(&s, IPA(GIB - 4 * KIB), PA(2 * GIB - 4 * KIB), GIB + 8 * KIB, S2_RAM);
            fake_page_fail(0);
            if (err != 0) assert_int_equal(s2_unmap(&s, IPA(GIB - 4 * KIB), GIB + 8 * KIB), 0);
            for (uint64_t at = GIB - 8 * KIB; err != 0 && at < 2 * GIB + 8 * KIB; at += 4 * KIB) {
                uint64_t leaf;
                enum s2_attr attr;
                pa_t to;

                assert_int_equal(s2_lookup(&s, IPA(at), &to, &attr, &leaf), -EFAULT);
            }
            destroy(&s);
        }
        if (err != 0) assert_int_equal(err, -ENOMEM);
        assert_int_equal(fake_page_live(), 0);
    }
    assert_int_equal(n - 2, 5);             /* the root, and two tables at each end */
}

/* regression: 54 */
static void no_memory_for_a_split_changes_nothing_of_that_leaf(void **state)
{
    for (uint32_t n = 1; n <= 2; n++) {
        struct stage2 s;

        memset(model, 0, sizeof(model));
        assert_int_equal(s2_init(&s, 1, 40), 0);
        watch(&s);
        model_set(GIB, GIB, &(struct model_page){ 2 * GIB, true, S2_RAM });
        assert_int_equal(s2_map(&s, IPA(GIB), PA(2 * GIB), GIB, S2_RAM), 0);
        fake_page_fail(n);
        assert_int_equal(s2_unmap(&s, IPA(GIB + 4 * KIB), 4 * KIB), -ENOMEM);
        fake_page_fail(0);
        after_call();
        for (uint32_t page = 0; page < PAGES; page++) check_page(&s, page);
        assert_int_equal(s2_unmap(&s, IPA(GIB + 4 * KIB), 4 * KIB), 0);
        destroy(&s);
    }
}

static void release_is_done_in_steps_of_64_tables(void **state)
{
    struct stage2 s;
    uint32_t steps = 0, before;

    assert_int_equal(s2_init(&s, 1, 40), 0);
    for (uint64_t i = 0; i < 400; i++) assert_int_equal(s2_map(&s, IPA(i * 4 * MIB), PA(0), 4 * KIB, S2_RAM), 0);
    before = host_flush_alls;
    assert_int_equal(s.tables, fake_page_live());
    for (uint32_t live = fake_page_live(); !s2_destroy_some(&s); live = fake_page_live(), steps++) {
        assert_true(host_flush_alls > before);  /* before the first page is somebody else's */
        assert_in_range(live - fake_page_live(), 1, 64);
        assert_int_equal(s.tables, fake_page_live());
    }
    assert_in_range(steps, 6, 8);
    assert_int_equal(fake_page_live(), 0);
    assert_true(s2_destroy_some(&s));           /* nothing left to do */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mappings_agree_with_a_model_and_break_before_make),
        cmocka_unit_test(large_leaves_are_used_where_both_addresses_allow),
        cmocka_unit_test(a_block_that_was_split_is_one_again_when_it_is_mapped_whole),
        cmocka_unit_test(another_mapping_in_the_way_is_reported_and_stays),
        cmocka_unit_test(the_same_in_other_pieces_is_no_conflict),
        cmocka_unit_test(a_block_goes_where_pages_were_taken_away),
        cmocka_unit_test(ranges_that_cannot_be_are_refused),
        cmocka_unit_test(wide_addresses_use_concatenated_roots),
        cmocka_unit_test(splitting_a_leaf_keeps_all_it_said),
        cmocka_unit_test(no_memory_for_a_table_is_reported_and_can_be_undone),
        cmocka_unit_test(no_memory_for_a_split_changes_nothing_of_that_leaf),
        cmocka_unit_test(release_is_done_in_steps_of_64_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
