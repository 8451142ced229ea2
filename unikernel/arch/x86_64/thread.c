/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts and frames of threads, as the assembly lays them out. */
#include "unikernel/arch/x86_64/cpu.h"
#include "unikernel/arch/frame_record.h"
#include "unikernel/kernel/fault.h"
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/mm/mmu/table.h"

#define MXCSR_RESET 0x1f80U
#define X87_RESET   0x37fU
#define LINKS       16U             /* words on the top of a stack */

void thread_begin_asm(void);
int __set_thread_area(void *tls);

void arch_thread_prepare(struct thread *t, void *top, void (*fn)(void *arg), void *arg)
{
    t->context.rbx = (uint64_t)fn;
    t->context.r12 = (uint64_t)arg;
    t->context.sp = (uint64_t)top & ~15ULL;
    t->context.pc = (uint64_t)thread_begin_asm;
    t->context.mxcsr = MXCSR_RESET;
    t->context.x87 = X87_RESET;
}

/* libc's thread pointer is the base of FS. */
int __set_thread_area(void *tls)
{
    arch_self()->tls = (uint64_t)tls;
    msr_write(MSR_FS_BASE, (uint64_t)tls);
    return 0;
}

/* A function expects its stack pointer 8 below a multiple of 16: the return address is there. */
void arch_frame_redirect(struct trap_frame *f, void (*fn)(void *), void *arg, uint64_t sp)
{
    f->rdi = (uint64_t)arg;
    f->rbp = 0;
    f->pc = (uint64_t)fn;
    f->sp = (sp & ~15ULL) - 8;
}

uint64_t arch_frame_fp(const struct trap_frame *f)      { return f->rbp; }

void arch_fault_print(const struct fault *fault)
{
    const struct trap_frame *f = fault->frame;

    log_text("  rip %016lx  rsp %016lx  rflags %08lx  vector %lu  error %lx  cr2 %016lx\n", f->pc,
             f->sp, f->flags, f->vector, f->error, fault->at);
    log_text("  rax %016lx  rbx %016lx  rcx %016lx  rdx %016lx\n", f->rax, f->rbx, f->rcx, f->rdx);
    log_text("  rsi %016lx  rdi %016lx  rbp %016lx  r8  %016lx\n", f->rsi, f->rdi, f->rbp, f->r8);
    log_text("  r9  %016lx  r10 %016lx  r11 %016lx  r12 %016lx\n", f->r9, f->r10, f->r11, f->r12);
    log_text("  r13 %016lx  r14 %016lx  r15 %016lx\n", f->r13, f->r14, f->r15);
}

static bool is_readable(uint64_t va)
{
    unsigned level;

    return (int64_t)va << 16 >> 16 == (int64_t)va && pte_is_valid(*map_find(va, &level));
}

/* After a jump into nowhere the caller's address is still on the top of the stack. */
uint64_t arch_frame_return(const struct trap_frame *f)
{
    unsigned level;
    pte_t e = is_readable(f->pc) ? *map_find(f->pc, &level) : 0;

    if (pte_rights(e) & ATTR_X && pte_is_valid(e)) return 0;
    return (f->sp & 7) == 0 && is_readable(f->sp) ? *(const uint64_t *)f->sp : 0;
}

/* Below it are the registers the function has saved. */
uint64_t *arch_frame_link(struct trap_frame *f, unsigned n)
{
    uint64_t *at = (uint64_t *)f->sp + n;

    return n < LINKS && (f->sp & 7) == 0 && is_readable((uint64_t)at) ? at : NULL;
}

bool arch_is_after_call(uint64_t pc)
{
    const uint8_t *end = (const uint8_t *)pc;

    if (end[-5] == 0xe8) return true;
    for (unsigned n = 2; n <= 7; n++) {                 /* ff /2 */
        if (end[-(int)n] == 0xff && (end[1 - (int)n] >> 3 & 7) == 2) return true;
    }
    return false;
}

bool arch_frame_up(uint64_t *fp, uint64_t **ret) { return frame_record_up(fp, ret, is_readable); }

/* An interrupt that is pending ends hlt only when it may be taken, so it is. */
void arch_wait(void)
{
    flush_idle_begin();
    __asm__ volatile("sti; hlt; cli" ::: "memory");
    flush_idle_end();
}
