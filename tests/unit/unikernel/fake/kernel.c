/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unikernel/fake/kernel.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/kernel/thread.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct thread *host_self;
uint64_t host_irq_flag;
char *host_memory;

uint64_t fake_now, fake_timer_at;
struct thread *fake_switched_to;
bool fake_panic_expected;
void *fake_panic_return[5];

void fake_memory(uint64_t bytes)
{
    static struct thread nobody;
    size_t len = bytes;

    host_self = &nobody;
    nobody.held = NULL;
    /* Aligned as physical address 0 is, for the largest block. */
    host_memory = aligned_alloc(2u << 20, len);
    memset(host_memory, 0xa5, len);
}

void fake_memory_free(void)
{
    free(host_memory);
    host_memory = NULL;
}

void panic(const char *format, ...)
{
    va_list args;

    if (fake_panic_expected) {
        host_self->held = NULL;
        __builtin_longjmp(fake_panic_return, 1);
    }
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    abort();
}

uint64_t arch_ticks(void)               { return fake_now; }
uint64_t arch_ticks_per_second(void)    { return FAKE_HZ; }
void arch_timer_set(uint64_t at)        { fake_timer_at = at; }
