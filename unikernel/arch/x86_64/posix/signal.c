/* SPDX-License-Identifier: Apache-2.0 */
/* Linux's struct sigcontext: registers in an order of its own, and where the FP registers are, as the
 * CPU stores them: behind the ucontext. They are taken from there, wherever the pointer points then. */
#include "unikernel/arch/x86_64/cpu.h"
#include "unikernel/kernel/fault.h"
#include "unikernel/posix/gate.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/signal/signal.h"
#include "lib/err.h"
#include "lib/str.h"

#define FLAGS_APP  0xcd5ULL             /* arithmetic, and the direction */
#define FLAGS_DIR  0x400ULL
#define FP_AT      (1088U - 128U - UCONTEXT_REGISTERS)   /* from the registers */
#define MXCSR      6U                   /* words of the area */
#define MXCSR_BITS 0xffffU
#define XSTATE_BV  128U
#define XSTATE_FP  7U                   /* x87, SSE, AVX */

extern uint8_t cpu_has_xsave;

/* Of a frame's words, counted from r15. */
static const uint8_t order[] = { 9, 8, 7, 6, 3, 2, 1, 0, 14, 13, 4, 5, 12, 10, 11, 20, 17 };

struct context {
    uint64_t general[ARRAY_LEN(order)], flags;
    uint16_t cs, gs, fs, ss;
    uint64_t error, vector, mask, cr2, fp;
};

unsigned arch_fault_signal(const struct fault *fault, int32_t *code)
{
    static const struct { uint8_t signal, code; } of[] = {
        [0] = { SIGFPE, 1 },            /* FPE_INTDIV */
        [1] = { SIGTRAP, 2 },           /* TRAP_TRACE */
        [3] = { SIGTRAP, SI_KERNEL },
        [6] = { SIGILL, 2 },            /* ILL_ILLOPN */
        [14] = { SIGSEGV, 0 },
        [16] = { SIGFPE, 7 },           /* FPE_FLTINV */
        [17] = { SIGBUS, 1 },           /* BUS_ADRALN */
        [19] = { SIGFPE, 7 },
    };
    uint64_t vector = fault->frame->vector;

    *code = SI_KERNEL;
    if (vector >= ARRAY_LEN(of) || of[vector].signal == 0) return SIGSEGV;
    *code = of[vector].code;
    return of[vector].signal;
}

int arch_signal_save(uint64_t to, const struct trap_frame *f, uint64_t fault)
{
    struct arch_fp *fp = &arch_self()->fp;
    struct context c;               /* each of its members is set, which costs less than zeros first */

    c.flags = f->flags;
    c.cs = (uint16_t)f->cs;
    c.ss = (uint16_t)f->ss;
    c.gs = c.fs = 0;
    c.error = f->error;
    c.vector = f->vector;
    c.mask = 0;
    c.cr2 = fault;
    c.fp = to + FP_AT;
    for (unsigned i = 0; i < ARRAY_LEN(order); i++) c.general[i] = (&f->r15)[order[i]];
    if (cpu_has_xsave) __asm__ volatile("xsave64 %0" : "+m"(*fp) : "a"(XSTATE_FP), "d"(0));
    else __asm__ volatile("fxsave64 %0" : "+m"(*fp));
    if (user_write(to, &c, sizeof(c)) != 0) return -EFAULT;
    return user_write(c.fp, fp, sizeof(*fp));
}

/* What the CPU would not accept is taken out. */
static void load_fp(struct arch_fp *fp)
{
    uint32_t *word = (void *)fp->area, features, high;

    word[MXCSR] &= MXCSR_BITS;
    if (!cpu_has_xsave) {
        __asm__ volatile("fxrstor64 %0" :: "m"(*fp));
        return;
    }
    __asm__ volatile("xgetbv" : "=a"(features), "=d"(high) : "c"(0));
    word[XSTATE_BV] = (word[XSTATE_BV] | 3) & features;
    word[XSTATE_BV + 1] = 0;
    memset(&word[XSTATE_BV + 2], 0, 56);
    __asm__ volatile("xrstor64 %0" :: "m"(*fp), "a"(XSTATE_FP), "d"(0));
}

int arch_signal_load(struct trap_frame *f, uint64_t from)
{
    struct arch_fp *fp = &arch_self()->fp;
    struct context c;

    if (user_read(&c, from, sizeof(c)) != 0 || user_read(fp, from + FP_AT, sizeof(*fp)) != 0) return -EFAULT;
    for (unsigned i = 0; i < ARRAY_LEN(order); i++) (&f->r15)[order[i]] = c.general[i];
    f->flags = (f->flags & ~FLAGS_APP) | (c.flags & FLAGS_APP);
    load_fp(fp);
    return 0;
}

/* FP registers are as a program begins with them: functions expect nothing on the x87's stack. */
int arch_signal_enter(struct trap_frame *f, uint64_t handler, unsigned signal, uint64_t at)
{
    static const uint32_t mxcsr = 0x1f80;
    const uint64_t ret = (uint64_t)signal_return;

    __asm__ volatile("fninit; ldmxcsr %0" :: "m"(mxcsr));
    f->rax = 0;
    f->rdi = signal;
    f->rsi = at;
    f->rdx = at + 128;
    f->flags &= ~FLAGS_DIR;
    f->sp = at - 8;
    f->pc = handler;
    return user_write(f->sp, &ret, sizeof(ret));
}

void arch_gate_return(struct trap_frame *f, const struct gate_call *call)
{
    f->rbp = call->fp;
    f->pc = call->ret;
    f->sp += sizeof(*call);
}

/* The address it returns to is on the stack. */
void arch_gate_again(struct trap_frame *f, const struct gate_call *call)
{
    f->rdi = call->arg[0];
    f->rsi = call->arg[1];
    f->rdx = call->arg[2];
    f->rcx = call->arg[3];
    f->r8 = call->arg[4];
    f->r9 = call->arg[5];
    f->rax = call->number;
    f->sp -= 8;
    f->pc = (uint64_t)__uk_syscall;
}
