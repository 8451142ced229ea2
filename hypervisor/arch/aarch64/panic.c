/* SPDX-License-Identifier: Apache-2.0 */
/* The end: what is known goes to the UART without any lock, the other CPUs are told to stop, and
 * the machine is reset (the policy of this version; without firmware it stops). */
#include "hypervisor/arch/aarch64/trap.h"
#include "hypervisor/core/irq.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/symbols.h"
#include "hypervisor/core/trace.h"
#include "hypervisor/core/vm.h"
#include "hypervisor/drivers/uart.h"

#define FRAMES_MAX 24u
#define TRACE_SHOWN 8u

static void others_halt(void)
{
    for (uint32_t i = 0; gic != NULL && i < cpu_count; i++) {
        if (cpus[i].online && &cpus[i] != this_cpu()) gic->send_sgi(i, SGI_HALT);
    }
}

/* Only one CPU reports. A second one that panics meanwhile just stops. */
static void begin(void)
{
    static uint32_t begun;

    if (__atomic_exchange_n(&begun, this_cpu()->id + 1, __ATOMIC_RELAXED) != 0) arch_halt();
    others_halt();
    uart_poll();
}

static void say_put(void *to, char c)
{
    if (c == '\n') uart_put('\r');
    uart_put((uint8_t)c);
}

static void say(const char *format, ...) printf_like(1, 2);
static void say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fmt_vput(say_put, NULL, format, args);
    va_end(args);
}

static void say_address(const char *what, uint64_t address)
{
    uint64_t distance = 0;
    char name[SYMBOL_NAME_MAX];

    if (symbol_at(address, name, &distance)) say("  %s %lx %s+%lx\n", what, address, name, distance);
    else say("  %s %lx\n", what, address);
}

/* Frame records {previous x29, x30} (AAPCS64); only this CPU's stack is followed. */
static void backtrace(uint64_t fp)
{
    uint64_t top = (uint64_t)this_cpu()->stack_top, bottom = top - 0x4000;

    for (unsigned i = 0; i < FRAMES_MAX && fp >= bottom && fp <= top - 16 && is_aligned(fp, 8);
         i++) {
        const uint64_t *record = (const uint64_t *)fp;

        if (record[1] == 0) break;
        say_address("called from", record[1]);
        if (record[0] <= fp) break;
        fp = record[0];
    }
}

static void say_trace(void)
{
    for (unsigned i = 0; i < TRACE_SHOWN; i++) {
        const struct trace_record *r = trace_tail(this_cpu(), i);

        if (r != NULL)
            say("  trace %lu: event %u vm %u a %lx b %lx\n", r->time, r->event, r->vm, r->a, r->b);
    }
}

static void say_guest(void)
{
    const struct vcpu *v = this_cpu()->vcpu;

    if (v != NULL) say("  guest: vm %u (%s) vcpu %u\n", v->vm->id, v->vm->config.name, v->id);
}

static void noreturn_fn finish(uint64_t fp)
{
    backtrace(fp);
    say_guest();
    say_trace();
    say("The machine is reset.\n");
    arch_reset();
}

void panic(const char *format, ...)
{
    va_list args;

    begin();
    say("\n*** Shyper panic on CPU %u: ", this_cpu()->id);
    va_start(args, format);
    fmt_vput(say_put, NULL, format, args);
    va_end(args);
    say("\n");
    finish((uint64_t)__builtin_frame_address(0));
}

void panic_fault(uint64_t kind, struct guest_frame *f)
{
    static const char *const name[] = { "exception", "interrupt", "fast interrupt", "SError" };

    begin();
    say("\n*** Shyper panic on CPU %u: %s in EL2, syndrome %lx, address %lx\n", this_cpu()->id,
        name[kind & 3], sysreg_read(esr_el2), sysreg_read(far_el2));
    say_address("at", sysreg_read(elr_el2));
    say_address("x30 leads to", f->x[30]);
    for (unsigned i = 0; i < 31; i++)
        say("  x%-2u %016lx%s", i, f->x[i], i % 4 == 3 || i == 30 ? "\n" : "");
    finish(f->x[29]);
}
