/* SPDX-License-Identifier: Apache-2.0 */
/* From an exception to a report and to the end of what caused it. */
#pragma once

#include "unikernel/kernel/arch.h"

struct fault {
    const struct trap_frame *frame;
    uint64_t esr, at;
    char text[96];                  /* what happened, in words */
    bool is_access;                 /* `at` is an address */
    bool stack_overflow;
    int why;                        /* what space_fault says of it: -ENOMEM, -EIO, -EFAULT */
    bool in_app; /* gate depth 0 in application code: the thread can be ended, the system goes on */
};

/** Set a few pages aside for threads that fault because there are no more. */
void fault_init(void);

/**
 * Report. For a fault of the application the frame is changed so that the thread continues in its
 * own end; for any other the machine ends.
 */
void fault_handle(const struct fault *fault, struct trap_frame *f);

/** Registers and stack of a frame. The ISA's part of a report. */
void arch_fault_print(const struct fault *fault);

/** Let f continue in fn(arg) on the stack that ends at sp. */
void arch_frame_redirect(struct trap_frame *f, void (*fn)(void *), void *arg, uint64_t sp);
uint64_t arch_frame_fp(const struct trap_frame *f);
uint64_t arch_frame_return(const struct trap_frame *f);

/** Where a function that has no frame may keep the address it returns to: the n-th place; NULL: no more. */
uint64_t *arch_frame_link(struct trap_frame *f, unsigned n);

/** Is there a call in front of this address of code? */
bool arch_is_after_call(uint64_t pc);
