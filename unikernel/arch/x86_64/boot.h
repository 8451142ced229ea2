/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of this port tell each other. */
#pragma once

#include "unikernel/kernel/irq.h"
#include "unikernel/kernel/machine.h"
#include "unikernel/mm/image.h"
#include "uk_pte.h"

#define VECTOR_IOAPIC   0x30U       /* its pins, as global interrupt numbers, begin here */
#define VECTOR_TIMER    0xe0U
#define VECTOR_SPURIOUS 0xffU

extern char __boot_stack[], __irq_stack[], __panic_stack[];

uint64_t boot_map(uint64_t image_pa, pte_t *tables);
noreturn_fn void uk_entry(uint64_t start_info_pa);

/** Descriptor tables, GS and FP of the calling CPU, whose handlers use these stacks. */
void cpu_init(unsigned index, uint64_t handler_top, uint64_t panic_top);

/** Physical memory as it is, mapped read-only for as long as the machine is read; NULL: too much or
 * no memory for tables. */
const void *boot_window(uint64_t pa, uint64_t len);

/** The initrd is the first of `count` modules that a list at pa names; with the feature fs there is
 * somebody who wants to know. */
void start_info_modules(struct machine *m, uint64_t pa, uint32_t count);

/** RAM, what is reserved, and arguments; *rsdp_pa: where ACPI begins, 0: nowhere. On failure
 * *problem says why. */
int start_info_read(struct machine *m, uint64_t pa, uint64_t *rsdp_pa,
                    const char **problem) must_check;

/** Local APICs, the I/O APIC and ISA interrupts from firmware's tables. What is not found stays
 * zero. */
void acpi_read(struct machine *m, uint64_t rsdp_pa);
void mptable_read(struct machine *m);

/** Interrupt command to another CPU by its APIC's id: a vector, or what starts it. */
void lapic_send(uint32_t command, uint64_t id);

/** What a starting CPU finds in the page it begins at, behind the code (head.S). */
struct boot_cpu {
    uint64_t root, stack, cpu;
};

noreturn_fn void secondary_entry(struct cpu *c);
