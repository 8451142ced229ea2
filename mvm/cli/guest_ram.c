/* SPDX-License-Identifier: Apache-2.0 */
#include "mvm/cli/guest_ram.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mvm/libshyper/shyper.h"

int guest_ram_open(int handle, struct guest_ram *out)
{
    struct guest_ram ram = { 0 };
    int vm = shyper_vm_device(handle), ret = 0;

    if (vm < 0) {
        return vm;
    }

    while (ram.count < SHYPER_RUN_MAX) {
        struct shyper_run *run = &ram.piece[ram.count].run;
        void *at;

        ret = shyper_vm_run(vm, ram.count, run);
        if (ret < 0) {
            break;
        }
        at = mmap(NULL, run->bytes, PROT_READ, MAP_SHARED, vm, (off_t)run->ipa);
        if (at == MAP_FAILED) {
            ret = -errno;
            break;
        }
        ram.piece[ram.count++].at = at;
    }
    close(vm);
    if (ret < 0 && ret != -ENOENT) {
        guest_ram_close(&ram);
        return ret;
    }
    *out = ram;
    return 0;
}

void guest_ram_close(struct guest_ram *ram)
{
    while (ram->count > 0) {
        ram->count--;
        munmap((void *)(uintptr_t)ram->piece[ram->count].at, ram->piece[ram->count].run.bytes);
    }
}

bool guest_ram_word(const struct guest_ram *ram, uint64_t ipa, uint64_t *value)
{
    for (unsigned i = 0; ipa % 8 == 0 && i < ram->count; i++) {
        const struct shyper_run *run = &ram->piece[i].run;

        if (ipa >= run->ipa && ipa - run->ipa < run->bytes) {
            *value =
                *(const volatile uint64_t *)(const void *)(ram->piece[i].at + (ipa - run->ipa));
            return true;
        }
    }
    return false;
}

#define SCTLR_M    BIT64(0)
#define OUT_MASK   (BIT64(48) - 1)
#define DESC_VALID BIT64(0)
#define DESC_TABLE BIT64(1) /* at the last level: a page */

/* One half of the address space, from TCR_EL1 (Arm ARM D17.2.131). */
struct half {
    uint64_t table;
    unsigned bits, page_bits; /* of the virtual address; of a page, which a table also fills */
    bool off;
};

static struct half half_of(const struct shyper_vm_fault *f, uint64_t va)
{
    static const unsigned page_bits0[] = { 12, 16, 14, 0 }, page_bits1[] = { 0, 14, 12, 16 };
    bool upper = (va & BIT64(55)) != 0;
    unsigned at = upper ? 16 : 0;

    return (struct half){
        .table = (upper ? f->ttbr1 : f->ttbr0) & OUT_MASK & ~UINT64_C(1),
        .bits = 64 - (unsigned)(f->tcr >> at & 0x3f),
        .page_bits = upper ? page_bits1[f->tcr >> 30 & 3] : page_bits0[f->tcr >> 14 & 3],
        .off = (f->tcr >> (at + 7) & 1) != 0,
    };
}

/* The bits above the half's must all be as bit 55, but for the byte a guest may use as a tag. */
static bool in_half(const struct half *h, uint64_t va)
{
    uint64_t above;

    if (h->off || h->page_bits == 0 || h->bits < 25 || h->bits > 48) {
        return false;
    }
    above = (va << 8) >> (h->bits + 8);
    return above == ((va & BIT64(55)) != 0 ? (BIT64(56) - 1) >> h->bits : 0);
}

bool guest_translate(const struct guest_ram *ram, const struct shyper_vm_fault *f, uint64_t va,
                     uint64_t *ipa)
{
    struct half h = half_of(f, va);
    unsigned step = h.page_bits - 3, level = 4;
    uint64_t table = h.table, low = BIT64(h.bits % 64) - 1, entry;

    if ((f->sctlr & SCTLR_M) == 0) {
        *ipa = va;
        return true;
    }
    if (!in_half(&h, va)) {
        return false;
    }
    for (unsigned left = h.bits - h.page_bits; left > 0; left -= MIN(left, step)) {
        level--;
    }
    for (;; level++) {
        unsigned shift = h.page_bits + (3 - level) * step;
        uint64_t index = (va & low) >> shift, inside = BIT64(shift) - 1;

        if (!guest_ram_word(ram, table + index * 8, &entry) || (entry & DESC_VALID) == 0) {
            return false;
        }
        if (level == 3 || (entry & DESC_TABLE) == 0) {
            *ipa = (entry & OUT_MASK & ~inside) | (va & inside);
            return level == 3 ? (entry & DESC_TABLE) != 0 : level > 0;
        }
        table = entry & OUT_MASK & ~(BIT64(h.page_bits) - 1);
        low = inside;
    }
}

static bool word_at(const struct guest_ram *ram, const struct shyper_vm_fault *f, uint64_t va,
                    uint64_t *value)
{
    uint64_t ipa;

    return guest_translate(ram, f, va, &ipa) && guest_ram_word(ram, ipa, value);
}

unsigned guest_backtrace(const struct guest_ram *ram, const struct shyper_vm_fault *f,
                         uint64_t *out, unsigned max)
{
    uint64_t frame = f->x[29], older, from;
    unsigned count = 0;

    while (count < max && word_at(ram, f, frame, &older) && word_at(ram, f, frame + 8, &from) &&
           from != 0) {
        out[count++] = from;
        if (older <= frame) {
            break;
        } /* stacks grow downwards: this is the end, or no chain */
        frame = older;
    }
    return count;
}
