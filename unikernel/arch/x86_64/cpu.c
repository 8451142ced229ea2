/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptor tables of a CPU. Every vector goes through IST 1 to the handlers' stack; while a handler
 * runs, IST 1 points at the panic stack (vectors.S), so a fault of the handler keeps its frame. Faults
 * that may come at any instruction, even at the first of a vector, have IST 2.
 * (Intel SDM volume 3, 3.5, 6.14, 7.7) */
#include "unikernel/arch/x86_64/cpu.h"
#include "unikernel/arch/x86_64/boot.h"
#include "unikernel/kernel/cpu.h"
#include "lib/str.h"

#define SELECTOR_CODE 8U
#define SELECTOR_TSS  24U
#define VECTOR_NMI    2U
#define VECTOR_DOUBLE 8U
#define VECTOR_CHECK  18U
#define TSS_IST       36U
#define GATE          0x8e00U       /* present, ring 0, interrupts masked */

#define CR4_OSXSAVE   BIT64(18)

struct gate {
    uint16_t low, selector, attr, middle;
    uint32_t high, zero;
};

struct cpu_block {
    struct arch_cpu own;
    uint64_t gdt[5];
    uint32_t align;
    struct {
        uint32_t rsv0;
        uint64_t rsp[3], rsv1, ist[7];
        uint64_t rsv2;
        uint16_t rsv3, io_map;
    } __attribute__((packed)) tss;
};

extern char vector_stubs[];             /* 16 bytes each */

static struct cpu_block blocks[CPUS_MAX];
static struct gate idt[256];
bool cpu_has_xsave;

static void idt_init(void)
{
    for (unsigned v = 0; v < ARRAY_LEN(idt); v++) {
        uint64_t to = (uint64_t)vector_stubs + v * 16;
        unsigned ist = v == VECTOR_NMI || v == VECTOR_DOUBLE || v == VECTOR_CHECK ? 2 : 1;

        idt[v] = (struct gate){ (uint16_t)to, SELECTOR_CODE, (uint16_t)(GATE | ist),
                                (uint16_t)(to >> 16), (uint32_t)(to >> 32), 0 };
    }
}

static void gdt_init(struct cpu_block *b)
{
    uint64_t tss = (uint64_t)&b->tss, limit = sizeof(b->tss) - 1;

    b->gdt[1] = 0x00af9a000000ffff;
    b->gdt[2] = 0x00cf92000000ffff;
    b->gdt[3] = limit | (tss & 0xffffff) << 16 | UINT64_C(0x89) << 40 | (tss >> 24 & 0xff) << 56;
    b->gdt[4] = tss >> 32;
}

static void load(struct cpu_block *b)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) gdtr = { sizeof(b->gdt) - 1, (uint64_t)b->gdt },
                              idtr = { sizeof(idt) - 1, (uint64_t)idt };

    __asm__ volatile("lgdt %0; lidt %1; ltr %w2" :: "m"(gdtr), "m"(idtr), "r"(SELECTOR_TSS));
    msr_write(MSR_GS_BASE, (uint64_t)&b->own);
}

/* x87, SSE and AVX are saved; wider registers are left off, and so no program finds them. */
static void fp_init(void)
{
    uint64_t cr4;

    cpu_has_xsave = cpuid(1, 0).c & BIT64(26);
    if (!cpu_has_xsave) return;
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("mov %0, %%cr4" :: "r"(cr4 | CR4_OSXSAVE));
    __asm__ volatile("xsetbv" :: "c"(0), "a"(cpuid(13, 0).a & 7), "d"(0));
}

void cpu_init(unsigned index, uint64_t handler_top, uint64_t panic_top)
{
    struct cpu_block *b = &blocks[index];

    b->tss.ist[0] = handler_top;
    b->tss.ist[1] = panic_top;
    b->tss.io_map = sizeof(b->tss);
    b->own.ist1 = (uint64_t *)(void *)((char *)&b->tss + TSS_IST);
    b->own.handler_top = *b->own.ist1;
    b->own.panic_top = panic_top;
    gdt_init(b);
    if (index == 0) idt_init();
    load(b);
    fp_init();
}
