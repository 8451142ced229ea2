/* SPDX-License-Identifier: Apache-2.0 */
/* A QEMU plugin that counts instructions between marks, of all CPUs together.
 *
 * A mark is the execution of an instruction with a number N in 96..127 that does nothing on any CPU
 * (so a payload can carry it anywhere, at any address and exception level), or of the instruction
 * at a given address. aarch64: `hint #N`; x86_64: `nopl 0x4d524b00+N(%rax)`; riscv64:
 * `slti x0, x0, N`. Each writes one line to the report:
 *     mark NAME TOTAL PAGES
 * TOTAL: instructions executed so far, all exception levels, the marked one not included.
 * PAGES: distinct 4 KiB pages of physical memory written so far, when asked for.
 * At the end: `end TOTAL`.
 *
 * Options:  out=FILE
 *           at=ADDR:NAME    a mark at an address, as executed
 *           stop=NAME       end QEMU at that mark
 *           pages=FROM      count pages from the first mark FROM on, or from `reset`
 *           cpus=many       count by a call for each instruction: QEMU 10.0.2 crashes on the faster
 *                           way when it emulates several CPUs in turn
 *           where=FROM:TO:SKIP   also report where instructions between a mark FROM, the first or
 *                           behind SKIP others, and the next TO were, as lines `pc ADDR COUNT`;
 *                           FROM may be `reset`
 *
 * Debian ships plugin support but not its header, so the interface (version 4) is declared here. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_scoreboard;
struct qemu_plugin_hwaddr;
typedef struct {
    struct qemu_plugin_scoreboard *score;
    size_t offset;
} qemu_plugin_u64;
enum { PLUGIN_INLINE_ADD_U64 = 0, PLUGIN_MEM_W = 2 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*cb)(qemu_plugin_id_t, struct qemu_plugin_tb *));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *to, size_t len);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
                                            void (*cb)(unsigned, void *), int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(struct qemu_plugin_insn *insn, int op,
                                                         qemu_plugin_u64 to, uint64_t by);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
                                      void (*cb)(unsigned, uint32_t, uint64_t, void *), int flags,
                                      int rw, void *data);
struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(uint32_t info, uint64_t vaddr);
uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *hwaddr);
struct qemu_plugin_scoreboard *qemu_plugin_scoreboard_new(size_t size);
uint64_t qemu_plugin_u64_sum(qemu_plugin_u64 entry);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*cb)(qemu_plugin_id_t, void *),
                                    void *data);
int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);

__attribute__((visibility("default"))) int qemu_plugin_version = 4;

#define MARK_MAX 64
#define CPUS_MAX 8
#define HINT_LOW 96u
#define HINT_END 128u
#define TABLE (1u << 20) /* slots of a hash table of addresses; more than any window here fills */

struct mark {
    char name[32];
    uint64_t address;
};
struct count {
    uint64_t key, n;
};

static struct mark marks[MARK_MAX];
static unsigned mark_count;
static FILE *out;
static qemu_plugin_u64 total;
static char stop[32], pages_from[32], where_from[32], where_to[32];
static uint32_t (*hint_of)(uint64_t code);
static bool pages_wanted, pages_on, where_wanted, where_on, many_cpus;
static uint64_t called[CPUS_MAX]; /* many_cpus */
static unsigned long where_skip;
static struct count *pages, *where;
static uint64_t page_count;

static struct count *slot_of(struct count *table, uint64_t key)
{
    size_t i = (size_t)((key >> 2) * UINT64_C(0x9e3779b97f4a7c15) >> 44) % TABLE;

    while (table[i].n != 0 && table[i].key != key) {
        i = (i + 1) % TABLE;
    }
    table[i].key = key;
    return &table[i];
}

static void report_where(void)
{
    for (size_t i = 0; i < TABLE; i++) {
        if (where[i].n != 0) {
            fprintf(out, "pc %#llx %llu\n", (unsigned long long)where[i].key,
                    (unsigned long long)where[i].n);
        }
    }
    where_on = where_wanted = false;
}

static unsigned long long total_now(void)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < CPUS_MAX; i++) {
        sum += called[i];
    }
    return many_cpus ? sum : qemu_plugin_u64_sum(total);
}

static void counted(unsigned cpu, void *data)
{
    (void)data;
    called[cpu]++;
}

static void mark_hit(unsigned cpu, void *data)
{
    const struct mark *m = data;

    fprintf(out, "mark %s %llu %llu", m->name, total_now(), (unsigned long long)page_count);
    fprintf(out, " %u %llu %llu\n", cpu, (unsigned long long)called[0],
            (unsigned long long)called[1]);
    if (where_on && strcmp(m->name, where_to) == 0) { report_where(); }
    if (where_wanted && strcmp(m->name, where_from) == 0 && where_skip-- == 0) { where_on = true; }
    if (pages_wanted && strcmp(m->name, pages_from) == 0) { pages_on = true; }
    fflush(out);
    if (strcmp(m->name, stop) == 0) { _exit(0); }
}

static void executed(unsigned cpu, void *data)
{
    (void)cpu;
    if (where_on) { slot_of(where, (uint64_t)(uintptr_t)data)->n++; }
}

static void stored(unsigned cpu, uint32_t info, uint64_t vaddr, void *data)
{
    const struct qemu_plugin_hwaddr *hw = qemu_plugin_get_hwaddr(info, vaddr);
    struct count *page;

    (void)cpu;
    (void)data;
    if (!pages_on || hw == NULL) { return; }
    page = slot_of(pages, qemu_plugin_hwaddr_phys_addr(hw) & ~UINT64_C(0xfff));
    page_count += page->n++ == 0;
}

static struct mark *mark_named(const char *name, uint64_t address)
{
    struct mark *m = &marks[mark_count++];

    if (mark_count > MARK_MAX) {
        fprintf(stderr, "count: too many marks\n");
        exit(1);
    }
    snprintf(m->name, sizeof m->name, "%s", name);
    m->address = address;
    return m;
}

/* The mark for a hint number, made when the first is met. An odd address belongs to no instruction.
 */
static struct mark *mark_of_hint(unsigned number)
{
    uint64_t key = 2 * number + 1;
    char name[8];

    for (unsigned i = 0; i < mark_count; i++) {
        if (marks[i].address == key) { return &marks[i]; }
    }
    snprintf(name, sizeof name, "%u", number);
    return mark_named(name, key);
}

/* The number in an instruction that is a mark, of its first eight bytes; something else otherwise. */
static uint32_t hint_of_aarch64(uint64_t code)
{
    return (code & 0xfffff01f) == 0xd503201f ? (uint32_t)code >> 5 & 0x7f : 0;
}

static uint32_t hint_of_riscv64(uint64_t code)
{
    return (code & 0xfffff) == 0x02013 ? (uint32_t)code >> 20 : 0;
}

static uint32_t hint_of_x86_64(uint64_t code)
{
    return (code & 0xffffff00ffffff) == 0x4d524b00801f0f ? (uint32_t)(code >> 24) & 0xff : 0;
}

static int hints_of_target(const char *name)
{
    static const struct {
        const char *name;
        uint32_t (*hint_of)(uint64_t code);
    } targets[] = {
        { "aarch64", hint_of_aarch64 },
        { "riscv64", hint_of_riscv64 },
        { "x86_64", hint_of_x86_64 },
    };

    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        if (strcmp(targets[i].name, name) == 0) { hint_of = targets[i].hint_of; }
    }
    return hint_of != NULL ? 0 : -1;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t pc = qemu_plugin_insn_vaddr(insn);
        uint64_t code = 0;
        uint32_t hint;

        qemu_plugin_insn_data(insn, &code, sizeof code);
        hint = hint_of(code);
        if (hint >= HINT_LOW && hint < HINT_END) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, mark_hit, 0, mark_of_hint(hint));
        }
        for (unsigned k = 0; k < mark_count; k++) {
            if (marks[k].address == pc) {
                qemu_plugin_register_vcpu_insn_exec_cb(insn, mark_hit, 0, &marks[k]);
            }
        }
        if (where_wanted) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, executed, 0, (void *)(uintptr_t)pc);
        }
        if (pages_wanted) { qemu_plugin_register_vcpu_mem_cb(insn, stored, 0, PLUGIN_MEM_W, NULL); }
        if (many_cpus) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, counted, 0, NULL);
        } else {
            qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn, PLUGIN_INLINE_ADD_U64, total,
                                                                1);
        }
    }
}

static void ended(qemu_plugin_id_t id, void *data)
{
    (void)id;
    (void)data;
    fprintf(out, "end %llu\n", total_now());
    fclose(out);
}

static int option(char *text)
{
    char *value = strchr(text, '='), *colon, *skip;

    if (value == NULL) { return -1; }
    *value++ = '\0';
    colon = strchr(value, ':');
    if (strcmp(text, "out") == 0) { return (out = fopen(value, "w")) != NULL ? 0 : -1; }
    if (strcmp(text, "stop") == 0) { return snprintf(stop, sizeof stop, "%s", value) > 0 ? 0 : -1; }
    if (strcmp(text, "pages") == 0) {
        snprintf(pages_from, sizeof pages_from, "%s", value);
        pages_wanted = true;
        pages_on = strcmp(value, "reset") == 0;
        return 0;
    }
    if (strcmp(text, "cpus") == 0) {
        many_cpus = strcmp(value, "many") == 0;
        return 0;
    }
    if (colon == NULL) { return -1; }
    *colon = '\0';
    if (strcmp(text, "at") == 0) {
        return mark_named(colon + 1, strtoull(value, NULL, 0)) != NULL ? 0 : -1;
    }
    if (strcmp(text, "where") == 0) {
        snprintf(where_from, sizeof where_from, "%s", value);
        skip = strchr(colon + 1, ':');
        if (skip != NULL) {
            *skip = '\0';
            where_skip = strtoul(skip + 1, NULL, 0);
        }
        snprintf(where_to, sizeof where_to, "%s", colon + 1);
        where_wanted = true;
        where_on = strcmp(value, "reset") == 0;
        return 0;
    }
    return -1;
}

__attribute__((visibility("default"))) int
qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    const char *target = *(const char *const *)info; /* its first member */

    pages = calloc(TABLE, sizeof *pages);
    where = calloc(TABLE, sizeof *where);
    out = stderr;
    for (int i = 0; i < argc; i++) {
        if (option(argv[i]) < 0) {
            fprintf(stderr, "count: what is '%s'?\n", argv[i]);
            return 1;
        }
    }
    if (hints_of_target(target) < 0) {
        fprintf(stderr, "count: no marks are known for %s\n", target);
        return 1;
    }
    total = (qemu_plugin_u64){ qemu_plugin_scoreboard_new(sizeof(uint64_t)), 0 };
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
