/* SPDX-License-Identifier: Apache-2.0 */
/* The devices a RISC-V machine may have. */
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/machine_walk.h"
#include "lib/str.h"

const char *const arch_node_props[ARCH_NODE_PROPS] = {
    [PROP_PHANDLE] = "phandle",
    [PROP_OUTPUTS] = "interrupts-extended",
    [PROP_MSI_PARENT] = "msi-parent",
    [PROP_PLIC_SOURCES] = "riscv,ndev",
    [PROP_APLIC_SOURCES] = "riscv,num-sources",
    [PROP_IMSIC_IDS] = "riscv,num-ids",
    [PROP_ISA] = "riscv,isa",
    [PROP_ISA_EXTENSIONS] = "riscv,isa-extensions",
};

static uint32_t cell_of(const struct node *n, unsigned prop)
{
    const struct prop *p = &n->extra[prop];

    return p->len >= 4 ? fdt_cell(p->data) : 0;
}

/* In a list of texts as well as in one with underscores. */
static bool has_extension(const struct prop *isa, const char *name)
{
    uint32_t len = (uint32_t)strlen(name);

    for (uint32_t i = 1; i + len < isa->len; i++) {
        uint8_t before = isa->data[i - 1], after = isa->data[i + len];

        if ((before == '_' || before == '\0') && (after == '_' || after == '\0') &&
            memcmp(isa->data + i, name, len) == 0) {
            return true;
        }
    }
    return false;
}

/* Of many harts the first ones are kept, and the one that runs. */
static void take_hart(struct walk *w, const struct node *n)
{
    const struct level *cpus = &w->at[w->depth - 1];
    struct arch_machine *m = &w->m->arch;
    uint64_t id;

    if (cpus->timebase != 0) m->timebase = cpus->timebase;
    m->has_sstc = has_extension(&n->extra[PROP_ISA_EXTENSIONS], "sstc") ||
                  has_extension(&n->extra[PROP_ISA], "sstc");
    w->m->timer_irq = IRQ_LOCAL + IRQ_TIMER;
    m->hart = NULL;
    if (n->reg.len < 4 * cpus->address_cells) return;
    id = cells(n->reg.data, cpus->address_cells);
    if (m->hart_count < MACHINE_HARTS) m->hart = &m->harts[m->hart_count++];
    else if (id == arch_cpu_id()) m->hart = &m->harts[MACHINE_HARTS - 1];
    if (m->hart != NULL) *m->hart = (struct hart){ .id = id };
}

/* The child of a hart's node. */
static void take_hart_intc(struct walk *w, const struct node *n)
{
    struct arch_machine *m = &w->m->arch;

    if (m->hart != NULL) m->hart->phandle = cell_of(n, PROP_PHANDLE);
}

static void take_intc(struct walk *w, const struct node *n, enum intc_kind kind, unsigned sources)
{
    struct arch_machine *m = &w->m->arch;
    struct intc *c = &m->intcs[m->intc_count];

    if (m->intc_count == MACHINE_INTCS || !node_region(w, n, 0, &c->regs)) return;
    c->kind = kind;
    c->phandle = cell_of(n, PROP_PHANDLE);
    c->msi_parent = cell_of(n, PROP_MSI_PARENT);
    c->sources = cell_of(n, sources);
    c->outputs = n->extra[PROP_OUTPUTS].data;
    c->output_count = n->extra[PROP_OUTPUTS].len / 8;
    m->intc_count++;
}

static void take_plic(struct walk *w, const struct node *n)
{
    take_intc(w, n, INTC_PLIC, PROP_PLIC_SOURCES);
}

static void take_aplic(struct walk *w, const struct node *n)
{
    take_intc(w, n, INTC_APLIC, PROP_APLIC_SOURCES);
}

static void take_imsic(struct walk *w, const struct node *n)
{
    take_intc(w, n, INTC_IMSIC, PROP_IMSIC_IDS);
}

static void take_sswi(struct walk *w, const struct node *n)
{
    take_intc(w, n, INTC_SSWI, PROP_IMSIC_IDS);
}

static void take_uart(struct walk *w, const struct node *n)
{
    node_uart(w, n, UART_16550, n->interrupts.len >= 4 ? fdt_cell(n->interrupts.data) : 0);
}

static void take_rtc(struct walk *w, const struct node *n)
{
    if (!node_region(w, n, 0, &w->m->rtc)) w->m->rtc.len = 0;
}

static void take_test(struct walk *w, const struct node *n)
{
    if (!node_region(w, n, 0, &w->m->arch.test)) w->m->arch.test.len = 0;
}

const struct node_kind arch_node_kinds[] = {
    { "riscv", take_hart },                 { "riscv,cpu-intc", take_hart_intc },
    { "sifive,plic-1.0.0", take_plic },     { "riscv,plic0", take_plic },
    { "riscv,aplic", take_aplic },          { "riscv,imsics", take_imsic },
    { "riscv,aclint-sswi", take_sswi },
    { "ns16550a", take_uart },              { "google,goldfish-rtc", take_rtc },
    { "sifive,test0", take_test },          { "sifive,test1", take_test },
    { NULL, NULL },
};
