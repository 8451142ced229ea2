/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts and frames of threads, as the assembly lays them out. */
#include "unikernel/arch/aarch64/boot.h"
#include "unikernel/arch/frame_record.h"
#include "unikernel/kernel/fault.h"
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/thread.h"

void thread_begin_asm(void);

void arch_thread_prepare(struct thread *t, void *top, void (*fn)(void *arg), void *arg)
{
    t->context.x19_x30[0] = (uint64_t)fn;
    t->context.x19_x30[1] = (uint64_t)arg;
    t->context.x19_x30[11] = (uint64_t)thread_begin_asm;
    t->context.sp = (uint64_t)top & ~15ULL;
    t->context.fpcr = 0;
}

void arch_frame_redirect(struct trap_frame *f, void (*fn)(void *), void *arg, uint64_t sp)
{
    f->x[0] = (uint64_t)arg;
    f->x[29] = 0;
    f->x[30] = 0;
    f->pc = (uint64_t)fn;
    f->sp = sp & ~15ULL;
}

uint64_t arch_frame_fp(const struct trap_frame *f)      { return f->x[29]; }
uint64_t arch_frame_return(const struct trap_frame *f)  { return f->x[30]; }

uint64_t *arch_frame_link(struct trap_frame *f, unsigned n) { return n == 0 ? &f->x[30] : NULL; }

bool arch_is_after_call(uint64_t pc)
{
    uint32_t word = (pc & 3) == 0 ? ((const uint32_t *)pc)[-1] : 0;

    return word >> 26 == 0x25 || (word & 0xfffffc1f) == 0xd63f0000;         /* bl, blr */
}

void arch_fault_print(const struct fault *fault)
{
    const struct trap_frame *f = fault->frame;

    log_text("  pc %016lx  sp %016lx  pstate %08lx  esr %08lx  far %016lx\n", f->pc, f->sp,
             f->pstate, fault->esr, fault->at);
    for (unsigned i = 0; i < 31; i++) {
        log_text("  x%-2u %016lx%s", i, f->x[i], i % 4 == 3 ? "\n" : "");
    }
    log_text("\n");
}

/* The hardware's own address translation says so without risking a fault. */
static bool is_readable(uint64_t va)
{
    IRQS_OFF_SCOPED();              /* a handler asks, too, and PAR_EL1 has one answer */
    uint64_t par;

    __asm__ volatile("at s1e1r, %1; isb; mrs %0, par_el1" : "=r"(par) : "r"(va) : "memory");
    return !(par & 1);
}

bool arch_frame_up(uint64_t *fp, uint64_t **ret) { return frame_record_up(fp, ret, is_readable); }

void arch_wait(void)
{
    dsb(sy);
    wfi();
}
