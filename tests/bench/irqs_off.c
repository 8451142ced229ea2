/* SPDX-License-Identifier: Apache-2.0 */
/* A QEMU plugin that finds the longest stretches the hypervisor runs with interrupts masked: the
 * instructions of one CPU from the entry into EL2 (or a WFI there) to the return to a guest (or the
 * next WFI, or the next time it takes what interrupts are pending). EL2 is told by its addresses,
 * 0x7000000000 up to 0x7200000000, where no guest of the tests has code. What a CPU does before its
 * first entry or WFI is boot and not counted; one that switches EL2's MMU on boots, also behind a
 * reset of the machine. Nor are rounds of waiting for a lock, which hold a YIELD: how many there
 * are says how the host schedules the emulator's threads.
 *
 * Options:  vectors=ADDR   of the exception vectors
 *           polls=ADDR     of the function that takes pending interrupts
 *           out=FILE       at the end: for each place that was the hottest of some stretch, the
 *                          longest such one, as `TOTAL VECTOR PC:COUNT PC:COUNT ...`
 *
 * Debian ships plugin support but not its header, so the interface (version 4) is declared here. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*cb)(qemu_plugin_id_t, struct qemu_plugin_tb *));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *to, size_t len);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, void (*cb)(unsigned, void *),
                                          int flags, void *data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*cb)(qemu_plugin_id_t, void *),
                                    void *data);
int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);

__attribute__((visibility("default"))) int qemu_plugin_version = 4;

#define EL2_FROM UINT64_C(0x7000000000)
#define EL2_END  UINT64_C(0x7200000000)
#define ERET     0xd69f03e0u
#define WFI      0xd503207fu
#define YIELD    0xd503203fu
#define MSR_SCTLR_EL2 0xd51c1000u   /* with the register's number in the lowest five bits */
#define IRQ      9
#define CPUS     64
#define SLOTS    4096u
#define TOP      6
#define PLACES   512

struct block {
    uint64_t pc, length;
    int vector;                     /* -1: not the start of one */
    bool ends, waits, polls;
};
struct slot {
    uint64_t pc, n, stretch;
};
struct stretch {
    bool on, waited, polled;
    int vector;
    uint64_t total, number;
    struct slot slot[SLOTS];
};
struct place {
    uint64_t total;
    int vector;
    struct slot top[TOP];
};

static struct stretch cpus[CPUS];
static struct place places[PLACES];
static uint64_t vectors, polls;
static const char *out_name;

static void begin(struct stretch *s, int vector)
{
    s->on = true;
    s->polled = false;
    s->vector = vector;
    s->total = 0;
    s->number++;
}

static void add(struct stretch *s, const struct block *b)
{
    size_t i = (size_t)((b->pc >> 2) * UINT64_C(0x9e3779b97f4a7c15) >> 52) % SLOTS;

    while (s->slot[i].stretch == s->number && s->slot[i].pc != b->pc) i = (i + 1) % SLOTS;
    if (s->slot[i].stretch != s->number) s->slot[i] = (struct slot){ b->pc, 0, s->number };
    s->slot[i].n += b->length;
    s->total += b->length;
}

/* Many CPUs may come here at once; a place that two write together is one of two true ones. */
static void end(const struct stretch *s)
{
    struct slot top[TOP] = { 0 };
    struct place *p = places;

    if (s->total < 1000) return;
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot one = s->slot[i];

        if (one.stretch != s->number) continue;
        for (size_t k = 0; k < TOP; k++) {
            if (one.n <= top[k].n) continue;
            struct slot other = top[k];
            top[k] = one;
            one = other;
        }
    }
    while (p < places + PLACES - 1 && p->total != 0 && p->top[0].pc != top[0].pc) p++;
    if (s->total <= p->total) return;
    p->total = s->total;
    p->vector = s->vector;
    memcpy(p->top, top, sizeof(top));
}

/* A round of a waiting loop may be two blocks: the hint, and the look at the lock. */
static bool is_wait(struct stretch *s, const struct block *b)
{
    bool after = s->waited && b->length <= 4;

    s->waited = b->waits;
    return b->waits || after;
}

static void executed(unsigned cpu, void *data)
{
    const struct block *b = data;
    struct stretch *s = &cpus[cpu % CPUS];

    if (b->vector >= 0) begin(s, b->vector);
    if (b->polls && (s->vector != IRQ || s->polled)) { /* an interrupt's own entry begins with it */
        if (s->on) end(s);
        begin(s, -1);
    }
    s->polled |= b->polls;
    if (is_wait(s, b)) return;
    if (s->on) add(s, b);
    if (!b->ends) return;
    if (s->on) end(s);
    begin(s, -1);
}

static void booted(unsigned cpu, void *data)
{
    struct stretch *s = &cpus[cpu % CPUS];

    (void)data;
    if (s->on) end(s);
    s->on = false;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    uint64_t pc = qemu_plugin_tb_vaddr(tb);
    struct block *b;
    uint32_t code = 0;

    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        qemu_plugin_insn_data(qemu_plugin_tb_get_insn(tb, i), &code, sizeof(code));
        if ((code & ~0x1fu) == MSR_SCTLR_EL2)
            qemu_plugin_register_vcpu_tb_exec_cb(tb, booted, 0, NULL);
    }
    if (pc < EL2_FROM || pc >= EL2_END) return;
    b = malloc(sizeof(*b));
    b->pc = pc;
    b->length = qemu_plugin_tb_n_insns(tb);
    b->vector = pc - vectors < 0x800 && pc % 0x80 == 0 ? (int)((pc - vectors) / 0x80) : -1;
    b->waits = false;
    b->polls = pc == polls;
    for (size_t i = 0; i < b->length; i++) {
        qemu_plugin_insn_data(qemu_plugin_tb_get_insn(tb, i), &code, sizeof(code));
        b->waits |= code == YIELD;
    }
    b->ends = code == ERET || code == WFI;
    qemu_plugin_register_vcpu_tb_exec_cb(tb, executed, 0, b);
}

static void ended(qemu_plugin_id_t id, void *data)
{
    FILE *out = fopen(out_name, "w");

    (void)id;
    (void)data;
    if (out == NULL) return;
    for (const struct place *p = places; p < places + PLACES && p->total != 0; p++) {
        fprintf(out, "%llu %d", (unsigned long long)p->total, p->vector);
        for (size_t k = 0; k < TOP && p->top[k].n != 0; k++)
            fprintf(out, " %#llx:%llu", (unsigned long long)p->top[k].pc,
                    (unsigned long long)p->top[k].n);
        fputc('\n', out);
    }
    fclose(out);
}

__attribute__((visibility("default"))) int
qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "vectors=", 8) == 0) vectors = strtoull(argv[i] + 8, NULL, 0);
        if (strncmp(argv[i], "polls=", 6) == 0) polls = strtoull(argv[i] + 6, NULL, 0);
        if (strncmp(argv[i], "out=", 4) == 0) out_name = argv[i] + 4;
    }
    if (vectors == 0 || polls == 0 || out_name == NULL) {
        fprintf(stderr, "irqs_off: vectors=ADDR, polls=ADDR and out=FILE are needed\n");
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
