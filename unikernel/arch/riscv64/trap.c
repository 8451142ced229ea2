/* SPDX-License-Identifier: Apache-2.0 */
/* What an exception means. Page faults are served only for the application: gate depth 0,
 * interrupts on. One that the page tables do not explain comes from an entry that was invalid when
 * this CPU read it and was made valid by another: it is repeated. What
 * faults in user.S returns an error. Everything else is a fault and is
 * reported; the application's are its thread's end, the kernel's are the system's. */
#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/fault.h"
#include "unikernel/kernel/signal.h"
#include "unikernel/mm/space.h"
#include "unikernel/mm/mmu/table.h"
#include "unikernel/mm/user.h"
#include "lib/err.h"
#include "lib/fmt.h"

void trap_sync(struct trap_frame *f, uint64_t cause, uint64_t at);
void trap_in_handler(struct trap_frame *f, uint64_t cause, uint64_t at);

static bool is_page_fault(uint64_t cause)
{
    return cause == CAUSE_FETCH_PAGE || cause == CAUSE_LOAD_PAGE || cause == CAUSE_STORE_PAGE;
}

static unsigned access_of(uint64_t cause)
{
    switch (cause) {
    case CAUSE_FETCH_MISALIGNED:
    case CAUSE_FETCH_ACCESS:
    case CAUSE_FETCH_PAGE:      return SPACE_X;
    case CAUSE_STORE_MISALIGNED:
    case CAUSE_STORE_ACCESS:
    case CAUSE_STORE_PAGE:      return SPACE_W;
    default:                    return SPACE_R;
    }
}

/* What the page tables say about an address. */
static enum { MAPPED, FORBIDDEN, NOTHING } look_up(uint64_t at, unsigned access)
{
    unsigned level;
    const pte_t *e = map_find(at, &level);

    if (!va_is_canonical(at) || !pte_is_valid(*e)) return NOTHING;
    if (access & SPACE_W && pte_is_clean(*e)) return FORBIDDEN;
    return access & ~(SPACE_R | pte_rights(*e)) ? FORBIDDEN : MAPPED;
}

static const char *cause_name(uint64_t cause)
{
    switch (cause) {
    case CAUSE_ILLEGAL:    return "undefined instruction";
    case CAUSE_BREAKPOINT: return "breakpoint instruction";
    default:               return cause <= CAUSE_STORE_ACCESS || is_page_fault(cause)
                                      ? NULL : "unexpected exception";
    }
}

static void describe(struct fault *fault, const struct trap_frame *f, uint64_t cause, uint64_t at)
{
    unsigned access = access_of(cause);
    bool nothing = is_page_fault(cause) && look_up(at, access) == NOTHING;
    const char *name = cause_name(cause);
    const char *what = access == SPACE_X ? "execution" : access == SPACE_W ? "write" : "read";
    const char *why = nothing ? "nothing is mapped there"
                      : is_page_fault(cause) ? "not allowed there"
                      : cause % 2 == 0 ? "misaligned" : "no memory and no device there";

    *fault = (struct fault){ .frame = f, .esr = cause, .at = at, .is_access = name == NULL };
    if (name != NULL) {
        (void)fmt_text(fault->text, sizeof(fault->text), "%s", name);
    } else if (at < PAGE_SIZE && nothing) {
        (void)fmt_text(fault->text, sizeof(fault->text), "null pointer: %s of address 0x%lx", what,
                       at);
    } else {
        (void)fmt_text(fault->text, sizeof(fault->text), "%s of address 0x%lx: %s", what, at, why);
    }
}

/* An access just below the stack pointer, or where it points itself: the guard page was met. */
static bool is_stack_overflow(const struct trap_frame *f, uint64_t cause, uint64_t at)
{
    bool near = at < f->sp ? f->sp - at <= 2 * PAGE_SIZE : at / PAGE_SIZE == f->sp / PAGE_SIZE;

    return (cause == CAUSE_LOAD_PAGE || cause == CAUSE_STORE_PAGE) &&
           look_up(at, access_of(cause)) == NOTHING && near;
}

/* Nothing is wrong (any more): let the CPU look again. */
static bool is_settled(uint64_t cause, uint64_t at)
{
    if (!is_page_fault(cause) || look_up(at, access_of(cause)) != MAPPED) return false;
    arch_entries_ready();
    return true;
}

static bool landed(struct trap_frame *f, uint64_t cause)
{
    if (f->pc - (uint64_t)user_begin >= (uint64_t)(user_end - user_begin) || !is_page_fault(cause)) {
        return false;
    }
    f->pc = f->ra;
    f->a[0] = (uint64_t)-EFAULT;
    return true;
}

void trap_sync(struct trap_frame *f, uint64_t cause, uint64_t at)
{
    struct thread *t = arch_self();
    struct fault fault;
    int err = -EFAULT;

    if (is_page_fault(cause) && t->depth == 0 && f->status & SSTATUS_SPIE && at < LOW_END) {
        err = space_fault(at, access_of(cause));
        if (err == 0) arch_entries_ready();
        if (err == 0) return;
    }
    if (is_settled(cause, at) || landed(f, cause)) return;
    if (cause == CAUSE_BREAKPOINT && signal_trapped(f, f->pc)) return;
    describe(&fault, f, cause, at);
    fault.why = err;
    fault.stack_overflow = err != -ENOMEM && is_stack_overflow(f, cause, at);
    /* The gate touches the application's stack before it enters the kernel. */
    fault.in_app = t->depth == 0 && (f->pc < LOW_END || (fault.is_access && at < LOW_END));
    fault_handle(&fault, f);
}

void trap_in_handler(struct trap_frame *f, uint64_t cause, uint64_t at)
{
    uint64_t stack = cpu_self()->irq_stack_top - IRQ_STACK_SIZE;
    struct fault fault;

    if (is_settled(cause, at) || landed(f, cause)) return;
    describe(&fault, f, cause, at);
    /* The handlers' stack has two pages on every CPU, and none below. */
    fault.stack_overflow = f->sp < stack + 256 && f->sp + PAGE_SIZE > stack;
    fault_handle(&fault, f);
}
