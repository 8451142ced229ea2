/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* Bytes as copies to and from the RAM of two VMs at any address and length, faults, views of the management VM, and VMs that
 * go and come again. A list of what was written is the model: a copy is done wholly or refused wholly, reads give what was
 * written last in that VM, or zero, and the management VM sees what is open and nothing else. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/hypervisor/fake/fake_board.h"
#include "tests/fuzz/must.h"

#define STEPS    96u
#define COPY_MAX (8 * MIB)
#define HIGH     UINT64_C(0x7fffe00000)         /* the last 2 MiB of the narrowest translation */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct step {
    uint8_t what, where, seed, len_kind;
    uint16_t offset, len;
};

struct write {
    uint64_t at, len;
    uint8_t seed;
};

static struct guest {
    struct vm *vm;
    struct vm_region region[3];
    struct write done[STEPS];
    uint32_t writes, opens;
} guests[2];

static struct vm *mvm;
static uint8_t buffer[COPY_MAX], expected[COPY_MAX];

static void guest_new(struct guest *g, const char *name, uint8_t shape)
{
    struct vm_config *c = board_config(name, 1, 0);
    const char *why = "";
    uint64_t first = (1 + (shape & 3) * 171) * PAGE_SIZE, gap = shape & 4 ? PAGE_SIZE : 0;

    *g = (struct guest){ .region = { { BOARD_RAM, first },
                                     { BOARD_RAM + first + gap, 2 * MIB + (shape >> 3 & 3) * PAGE_SIZE },
                                     { HIGH + 5 * PAGE_SIZE, 2 * MIB - 5 * PAGE_SIZE } } };
    c->memory_count = 3;
    memcpy(c->memory, g->region, sizeof(g->region));
    must(vm_make(c, false, &g->vm, &why) == 0);
}

static void guest_remove(struct guest *g)
{
    while (g->opens > 0) {
        while (guest_mem_close_some(g->vm, mvm) == -EAGAIN) continue;
        g->vm->mem.opens--;
        g->opens--;
    }
    while (!vm_release_some(g->vm)) continue;
}

static uint64_t address(const struct guest *g, const struct step *s)
{
    const struct vm_region *r = &g->region[s->where % 3];

    switch (s->where >> 4 & 7) {
    case 0: return r->ipa + s->offset;
    case 1: return r->ipa + r->bytes - s->offset;
    case 2: return r->ipa - s->offset;
    case 3: return r->ipa + (uint64_t)s->offset * 251;
    case 4: return UINT64_MAX - s->offset;
    case 5: return (uint64_t)s->offset << 32;
    case 6: return align_up(r->ipa, 2 * MIB) - s->offset % 64;
    default: return r->ipa + r->bytes;
    }
}

static uint64_t length(const struct step *s)
{
    switch (s->len_kind & 7) {
    case 0: return (uint64_t)s->len << 48;
    case 1: return UINT64_MAX - s->len;
    case 2: return (uint64_t)s->len * 128;
    case 3: return s->len % 8;
    default: return s->len;
    }
}

/* Byte by region: whether the model has all of it. */
static bool is_ram(const struct guest *g, uint64_t at, uint64_t len)
{
    while (len > 0) {
        uint64_t n = 0;

        for (uint32_t i = 0; i < 3; i++) {
            if (at >= g->region[i].ipa && at - g->region[i].ipa < g->region[i].bytes)
                n = g->region[i].bytes - (at - g->region[i].ipa);
        }
        if (n == 0) return false;
        if (n >= len) return true;
        at += n;
        len -= n;
    }
    return true;
}

static uint8_t pattern(uint64_t at, uint8_t seed)
{
    return (uint8_t)(at * 31 + (at >> 8) + seed);
}

static void check_bytes(const struct guest *g, uint64_t at, uint64_t len)
{
    memset(expected, 0, len);
    for (uint32_t i = 0; i < g->writes; i++) {
        const struct write *w = &g->done[i];
        uint64_t from = MAX(at, w->at), end = MIN(at + len, w->at + w->len);

        for (uint64_t a = from; a < end; a++) expected[a - at] = pattern(a, w->seed);
    }
    must(memcmp(buffer, expected, len) == 0);
}

static void copy(struct guest *g, const struct step *s)
{
    uint64_t at = address(g, s), len = length(s);
    bool ram = is_ram(g, at, len);
    int err;

    if (ram && len > COPY_MAX) return;
    if ((s->what & 0x30) == 0) {
        memset(buffer, 0xa5, MIN(len, 64u));
        err = guest_read(g->vm, IPA(at), buffer, len);
        if (err == 0) check_bytes(g, at, len);
        else for (uint64_t i = 0; i < MIN(len, 64u); i++) must(buffer[i] == 0xa5);
    } else {
        if (ram) for (uint64_t i = 0; i < len; i++) buffer[i] = pattern(at + i, s->seed);
        err = s->what & 0x10 ? guest_write(g->vm, IPA(at), buffer, len) : guest_load(g->vm, IPA(at), buffer, len);
        if (err == 0) g->done[g->writes++] = (struct write){ at, len, s->seed };
    }
    must(err == (ram ? 0 : -EFAULT));
}

/* A fault brings the page in, where the model has RAM: zeroing takes some attempts. */
static void touch(struct guest *g, const struct step *s)
{
    uint64_t at = address(g, s), leaf;
    enum s2_attr attr;
    pa_t to;

    if (!is_ram(g, at, 1)) {
        must(guest_mem_fault(g->vm, IPA(at)) == -EFAULT);
        return;
    }
    for (uint32_t tries = 0; s2_lookup(&g->vm->s2, IPA(at), &to, &attr, &leaf) != 0; tries++) {
        must(tries < 16 && guest_mem_fault(g->vm, IPA(at)) == 0);
    }
    must(attr == S2_RAM);
    g->done[g->writes++] = (struct write){ at, 1, s->seed };        /* as the guest itself would */
    *(uint8_t *)host_ram(to) = pattern(at, s->seed);
}

/* The management VM looks at the place where this is: it gets there while it is open, else not. */
static void look(struct guest *g, const struct step *s)
{
    const struct mem_run *r = &g->vm->mem.run[s->where % g->vm->mem.run_count];
    uint64_t at = r->pa + (uint64_t)s->offset * 31 % r->bytes, leaf;
    enum s2_attr attr;
    bool seen;
    pa_t to;

    for (uint32_t tries = 0; tries < 16 && guest_mem_fault(mvm, IPA(at)) == 0; tries++) {
        if (s2_lookup(&mvm->s2, IPA(at), &to, &attr, &leaf) == 0) break;
    }
    seen = s2_lookup(&mvm->s2, IPA(at), &to, &attr, &leaf) == 0;
    must(seen == (g->opens > 0));
    if (seen) must(to.v == at && attr == S2_RAM);
}

static void one_step(const struct step *s)
{
    struct guest *g = &guests[s->what & 1];

    switch (s->what >> 1 & 7) {
    default:
        copy(g, s);
        break;
    case 4:
        touch(g, s);
        break;
    case 5:
        look(g, s);
        break;
    case 6:
        if (s->seed & 1) {
            guest_mem_open(g->vm);
            g->opens++;
        } else if (g->opens > 0) {
            while (g->opens == 1 && guest_mem_close_some(g->vm, mvm) == -EAGAIN) continue;
            g->vm->mem.opens--;
            g->opens--;
        }
        break;
    case 7:
        guest_remove(g);
        guest_new(g, s->what & 1 ? "one" : "zero", s->seed);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    static struct board_count before;
    struct board_count after;
    struct step step;

    if (!ready) {
        board_init(3, 2);
        before = board_count();
        ready = true;
    }
    if (size < 2) return 0;
    mvm = board_mvm(1);
    guest_new(&guests[0], "zero", data[0]);
    guest_new(&guests[1], "one", data[1]);
    data += 2;
    size -= 2;
    for (uint32_t n = 0; n < STEPS && size >= sizeof(step); n++) {
        memcpy(&step, data, sizeof(step));
        data += sizeof(step);
        size -= sizeof(step);
        one_step(&step);
    }
    for (uint32_t i = 0; i < 2; i++) guest_remove(&guests[i]);
    board_clear();
    after = board_count();
    must(board_count_same(&before, &after));
    return 0;
}
