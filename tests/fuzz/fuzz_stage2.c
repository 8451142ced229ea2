/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/stage2.c tests/unit/hypervisor/fake/fake_page.c arch/host/tables.c
/* Bytes as a sequence of maps, unmaps and allocation failures: look-ups agree with one word per page, what is mapped by whole
 * blocks is blocks whatever it was before, and nothing leaks. */
#include <stdlib.h>
#include <string.h>

#include "arch/host/host.h"
#include "hypervisor/core/stage2.h"
#include "tests/unit/hypervisor/fake/fake_page.h"
#include "tests/fuzz/must.h"

#define SPACE (GIB + 4 * MIB)
#define PAGES (SPACE / PAGE_SIZE)
#define THERE 8u                    /* beside the attribute, in the low bits of a word */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct step {
    uint8_t what, unit, offset, fail;
    uint16_t at, len;
};

static uint64_t model[PAGES];
static uint64_t used_to = PAGES;    /* pages of the model that may not be 0 */

static void check(struct stage2 *s, uint64_t at)
{
    uint64_t leaf, want;
    enum s2_attr attr;
    pa_t to;
    int err;

    if (at >= SPACE) return;
    want = model[at / PAGE_SIZE];
    err = s2_lookup(s, IPA(at), &to, &attr, &leaf);
    must(err == (want == 0 ? -EFAULT : 0));
    if (err == 0) must(to.v == (want & ~UINT64_C(0xfff)) && (uint32_t)attr == (want & 3));
}

/* A block that was mapped whole is one leaf, also when pages of it were there before. */
static void check_blocks(struct stage2 *s, uint64_t at, uint64_t to, uint64_t len)
{
    if (((at ^ to) & (BLOCK_SIZE - 1)) != 0) return;
    for (uint64_t block = align_up(at, BLOCK_SIZE); block + BLOCK_SIZE <= at + len; block += BLOCK_SIZE) {
        enum s2_attr attr;
        uint64_t leaf;
        pa_t found;

        must(s2_lookup(s, IPA(block), &found, &attr, &leaf) == 0 && leaf >= BLOCK_SIZE);
    }
}

static bool is_free(uint64_t at, uint64_t len)
{
    for (uint64_t i = at / PAGE_SIZE; i < (at + len) / PAGE_SIZE; i++) {
        if (model[i] != 0) return false;
    }
    return true;
}

static void take_away(struct stage2 *s, uint64_t at, uint64_t len)
{
    uint64_t from = at / PAGE_SIZE, end = MIN(used_to, (at + len) / PAGE_SIZE);

    if (s2_unmap(s, IPA(at), len) != 0) {
        fake_page_fail(0);
        must(s2_unmap(s, IPA(at), len) == 0);
    }
    if (from < end) memset(&model[from], 0, (end - from) * sizeof(model[0]));
}

static void put(struct stage2 *s, uint64_t at, uint64_t to, uint64_t len, enum s2_attr attr)
{
    int err = s2_map(s, IPA(at), PA(to), len, attr);

    fake_page_fail(0);
    must(err == 0 || err == -ENOMEM || (err == -EEXIST && !is_free(at, len)));
    if (err != 0) {                             /* what came before the failure stays: take all of it away */
        take_away(s, at, len);
        return;
    }
    used_to = MAX(used_to, (at + len) / PAGE_SIZE);
    for (uint64_t i = 0; i < len; i += PAGE_SIZE) {
        uint64_t word = (to + i) | THERE | (uint32_t)attr, *m = &model[(at + i) / PAGE_SIZE];

        must(*m == 0 || *m == word);
        *m = word;
    }
    check_blocks(s, at, to, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t unit[] = { PAGE_SIZE, 16 * PAGE_SIZE, 2 * MIB, GIB };
    struct stage2 s;
    struct step step;

    memset(model, 0, used_to * sizeof(model[0]));
    used_to = 0;
    fake_page_fail(0);
    must(s2_init(&s, 1, 39) == 0);
    for (size_t used = 0; size - used >= sizeof(step) && used < 64 * sizeof(step); used += sizeof(step)) {
        uint64_t u, at, len;

        memcpy(&step, data + used, sizeof(step));
        u = unit[step.unit & 3];
        at = step.at * unit[step.unit >> 2 & 3] % SPACE;
        len = (1 + step.len % (u == PAGE_SIZE ? 1500u : 12u)) * u;
        if (len > SPACE - at) len = SPACE - at;
        fake_page_fail(step.fail < 8 ? step.fail : 0);
        if (step.what & 1) take_away(&s, at, len);
        else put(&s, at, at + step.offset % 32 * unit[step.offset >> 5 & 3], len, (enum s2_attr)((step.what >> 1) % 2));
        fake_page_fail(0);
        check(&s, at);
        check(&s, at + len - PAGE_SIZE);
        check(&s, at + len);
        check(&s, at - PAGE_SIZE);
    }
    for (uint64_t at = 0; at < SPACE; at += 97 * PAGE_SIZE) check(&s, at);
    while (!s2_destroy_some(&s)) continue;
    must(fake_page_live() == 0);
    return 0;
}
