/* SPDX-License-Identifier: Apache-2.0 */
/* Linux's struct sigcontext: the registers as a frame has them, FP registers. */
#include "unikernel/kernel/fault.h"
#include "unikernel/posix/gate.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/signal/signal.h"
#include "lib/err.h"
#include "lib/str.h"

#define GENERAL   256U                  /* of the registers: all but the status */
#define FP_SIZE   (256U + 4U)
#define FP_DIRTY  (BIT64(63) | 3U << 13)
#define FCSR_BITS 0xffU

unsigned arch_fault_signal(const struct fault *fault, int32_t *code)
{
    *code = 1;                          /* ILL_ILLOPC, TRAP_BRKPT, BUS_ADRALN */
    switch (fault->esr) {
    case CAUSE_FETCH_MISALIGNED:
    case CAUSE_LOAD_MISALIGNED:
    case CAUSE_STORE_MISALIGNED:
        return SIGBUS;
    case CAUSE_FETCH_ACCESS:
    case CAUSE_LOAD_ACCESS:
    case CAUSE_STORE_ACCESS:
        *code = 2;                      /* SEGV_ACCERR */
        return SIGSEGV;
    case CAUSE_FETCH_PAGE:
    case CAUSE_LOAD_PAGE:
    case CAUSE_STORE_PAGE:
        *code = 0;
        return SIGSEGV;
    case CAUSE_BREAKPOINT:
        return SIGTRAP;
    default:
        return SIGILL;
    }
}

int arch_signal_save(uint64_t to, const struct trap_frame *f, uint64_t fault)
{
    struct arch_fp *fp = &arch_self()->fp;

    if (f->status & BIT64(63)) arch_fp_save(arch_self());
    else memset(fp, 0, sizeof(*fp));
    if (user_write(to, f, GENERAL) != 0) return -EFAULT;
    return user_write(to + GENERAL, fp, FP_SIZE);
}

int arch_signal_load(struct trap_frame *f, uint64_t from)
{
    struct arch_fp *fp = &arch_self()->fp;

    if (user_read(f, from, GENERAL) != 0 || user_read(fp, from + GENERAL, FP_SIZE) != 0) return -EFAULT;
    fp->fcsr &= FCSR_BITS;
    arch_fp_load(arch_self());
    f->status |= FP_DIRTY;
    return 0;
}

int arch_signal_enter(struct trap_frame *f, uint64_t handler, unsigned signal, uint64_t at)
{
    f->a[0] = signal;
    f->a[1] = at;
    f->a[2] = at + 128;
    f->ra = (uint64_t)signal_return;
    f->sp = at;
    f->pc = handler;
    return 0;
}

void arch_gate_return(struct trap_frame *f, const struct gate_call *call)
{
    f->s0 = call->fp;
    f->ra = f->pc = call->ret;
    f->sp += sizeof(*call);
}

void arch_gate_again(struct trap_frame *f, const struct gate_call *call)
{
    for (unsigned i = 0; i < ARRAY_LEN(call->arg); i++) f->a[i] = call->arg[i];
    f->a[7] = call->number;
    f->pc = (uint64_t)__uk_syscall;
}
