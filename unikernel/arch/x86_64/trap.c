/* SPDX-License-Identifier: Apache-2.0 */
/* What an exception means. Page faults are served only for the application: gate depth 0,
 * interrupts on. What faults in user.S returns an error. Everything else is a fault and is reported; the application's are its thread's end,
 * the kernel's are the system's. (Intel SDM volume 3, 6.15) */
#include "unikernel/kernel/fault.h"
#include "unikernel/arch/x86_64/boot.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/kernel/signal.h"
#include "unikernel/mm/space.h"
#include "unikernel/mm/user.h"
#include "unikernel/kernel/cpu.h"
#include "lib/err.h"
#include "lib/fmt.h"

#define FLAGS_IF     BIT64(9)

#define VECTOR_BREAK 3U
#define VECTOR_PAGE  14U
#define EXCEPTIONS   32U

#define ERROR_THERE  BIT64(0)       /* page fault: the address is mapped, the access is not allowed */
#define ERROR_WRITE  BIT64(1)
#define ERROR_FETCH  BIT64(4)

void trap_from_thread(struct trap_frame *f);
bool trap_irq(uint64_t vector);
void trap_in_handler(struct trap_frame *f);

static unsigned access_of(uint64_t error)
{
    if (error & ERROR_FETCH) return SPACE_X;
    return error & ERROR_WRITE ? SPACE_W : SPACE_R;
}

static const char *const names[EXCEPTIONS] = {
    [0] = "division by zero or overflow",   [1] = "debug exception",
    [2] = "non-maskable interrupt",         [3] = "breakpoint instruction",
    [4] = "overflow",                       [5] = "bound range exceeded",
    [6] = "undefined instruction",          [7] = "FP instruction where none may be",
    [8] = "double fault",                   [12] = "stack segment fault",
    [13] = "general protection fault",      [16] = "x87 exception",
    [17] = "misaligned access",             [18] = "machine check",
    [19] = "SIMD exception",                [21] = "control protection exception",
};

static void describe(struct fault *fault, const struct trap_frame *f, uint64_t at)
{
    bool is_page = f->vector == VECTOR_PAGE, there = f->error & ERROR_THERE;
    const char *name = f->vector < EXCEPTIONS ? names[f->vector] : NULL;
    const char *what = f->error & ERROR_FETCH ? "execution"
                       : f->error & ERROR_WRITE ? "write" : "read";

    fault->frame = f;
    fault->esr = f->error;
    fault->at = at;
    fault->is_access = is_page;
    fault->why = -EFAULT;
    if (!is_page) {
        (void)fmt_text(fault->text, sizeof(fault->text), "%s",
                       name != NULL ? name : "unexpected exception");
    } else if (at < PAGE_SIZE && !there) {
        (void)fmt_text(fault->text, sizeof(fault->text), "null pointer: %s of address 0x%lx", what,
                       at);
    } else {
        (void)fmt_text(fault->text, sizeof(fault->text), "%s of address 0x%lx: %s", what, at,
                       there ? "not allowed there" : "nothing is mapped there");
    }
}

/* An access just below the stack pointer, or where it points itself: the guard page was met. */
static bool is_stack_overflow(const struct trap_frame *f, uint64_t at)
{
    bool near = at < f->sp ? f->sp - at <= 2 * PAGE_SIZE : at / PAGE_SIZE == f->sp / PAGE_SIZE;

    return f->vector == VECTOR_PAGE && !(f->error & (ERROR_THERE | ERROR_FETCH)) && near;
}

static uint64_t fault_address(void)
{
    uint64_t at;

    __asm__ volatile("mov %%cr2, %0" : "=r"(at));
    return at;
}

static bool landed(struct trap_frame *f)
{
    if (f->pc - (uint64_t)user_begin >= (uint64_t)(user_end - user_begin) || f->vector != VECTOR_PAGE) {
        return false;
    }
    f->pc = *(const uint64_t *)f->sp;
    f->sp += 8;
    f->rax = (uint64_t)-EFAULT;
    return true;
}

void trap_from_thread(struct trap_frame *f)
{
    struct thread *t = arch_self();
    uint64_t at = fault_address();
    struct fault fault;
    int err = -EFAULT;

    if (landed(f)) return;
    if (f->vector == VECTOR_PAGE && t->depth == 0 && f->flags & FLAGS_IF && at < LOW_END) {
        err = space_fault(at, access_of(f->error));
        if (err == 0) return;
    }
    if (f->vector == VECTOR_BREAK && signal_trapped(f, f->pc - 1)) return;
    describe(&fault, f, at);
    fault.why = err;
    fault.stack_overflow = err != -ENOMEM && is_stack_overflow(f, at);
    /* The gate touches the application's stack before it enters the kernel. */
    fault.in_app = t->depth == 0 && (f->pc < LOW_END || (fault.is_access && at < LOW_END));
    fault_handle(&fault, f);
}

bool trap_irq(uint64_t vector)
{
    if (unlikely(cpu_self()->tlb != 0)) flush_idle_end();
    if (vector == ARCH_IPI_IRQ) flush_serve();
    return irq_dispatch(vector);
}

void trap_in_handler(struct trap_frame *f)
{
    uint64_t stack = cpu_self()->irq_stack_top - IRQ_STACK_SIZE;
    struct fault fault;

    if (landed(f)) return;
    describe(&fault, f, fault_address());
    fault.stack_overflow = f->sp < stack + 256 && f->sp + PAGE_SIZE > stack;
    fault.in_app = false;
    fault_handle(&fault, f);
}
