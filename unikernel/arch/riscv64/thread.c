/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts and frames of threads, as the assembly lays them out. */
#include "unikernel/arch/riscv64/boot.h"
#include "unikernel/kernel/fault.h"
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/mm/mmu/table.h"

void thread_begin_asm(void);

void arch_thread_prepare(struct thread *t, void *top, void (*fn)(void *arg), void *arg)
{
    t->context.s0_s11[1] = (uint64_t)fn;
    t->context.s0_s11[2] = (uint64_t)arg;
    t->context.ra = (uint64_t)thread_begin_asm;
    t->context.sp = (uint64_t)top & ~15ULL;
}

void arch_frame_redirect(struct trap_frame *f, void (*fn)(void *), void *arg, uint64_t sp)
{
    f->a[0] = (uint64_t)arg;
    f->s0 = 0;
    f->ra = 0;
    f->pc = (uint64_t)fn;
    f->sp = sp & ~15ULL;
}

uint64_t arch_frame_fp(const struct trap_frame *f)      { return f->s0; }
uint64_t arch_frame_return(const struct trap_frame *f)  { return f->ra; }

uint64_t *arch_frame_link(struct trap_frame *f, unsigned n) { return n == 0 ? &f->ra : NULL; }

bool arch_is_after_call(uint64_t pc)
{
    const uint16_t *end = (const uint16_t *)pc;
    uint32_t word = pc & 1 ? 0 : end[-2] | (uint32_t)end[-1] << 16;

    /* jal ra, jalr ra, c.jalr */
    return (word & 0xfff) == 0xef || (word & 0x7fff) == 0xe7 || (word >> 16 & 0xf07f) == 0x9002;
}

void arch_fault_print(const struct fault *fault)
{
    static const char names[][4] = { "pc", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0",
                                     "a1", "a2", "a3", "a4", "a5", "a6", "a7", "s2", "s3", "s4", "s5",
                                     "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6" };
    const uint64_t *x = &fault->frame->pc;

    for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
        log_text("  %-3s %016lx%s", names[i], x[i], i % 4 == 3 ? "\n" : "");
    }
    log_text("  status %016lx  cause %lx  stval %016lx\n", fault->frame->status, fault->esr,
             fault->at);
}

static bool is_mapped(uint64_t va, unsigned attr)
{
    unsigned level;
    const pte_t *e = map_find(va, &level);

    return va_is_canonical(va) && pte_is_valid(*e) && (pte_rights(*e) & attr) == attr;
}

/* Below the frame pointer lie the return address and, below that, the caller's frame pointer. A
 * function that calls nobody saves only the latter, in the upper place: then what is there is no
 * address of code. Frames lie one above the other, in mapped places. */
bool arch_frame_up(uint64_t *fp, uint64_t **ret)
{
    while (*fp >= 16 && (*fp & 15) == 0 && is_mapped(*fp - 16, 0)) {
        uint64_t *frame = (uint64_t *)*fp, up = frame[-2];
        bool calls = is_mapped(frame[-1], ATTR_X);

        if (!calls) up = frame[-1];
        *ret = &frame[-1];
        *fp = up > *fp ? up : 0;
        if (calls) return true;
    }
    return false;
}
