/* SPDX-License-Identifier: Apache-2.0 */
/* Printing, reporting, the device tree, vCPUs and time. See guest.h. */
#include "tests/guests/lib/guest.h"

#include "lib/fmt.h"
#include "lib/mmio.h"
#include "lib/str.h"

#define UART ((volatile void *)(uintptr_t)UART_BASE)

const void *guest_dtb;
static uint32_t passed, failed;

static void put(void *to, char c)
{
    (void)to;
    while ((mmio_read32(UART, 0x18) & 0x20) != 0) {}
    mmio_write32(UART, 0, (uint8_t)c);
}

void print(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fmt_vput(put, NULL, format, args);
    va_end(args);
}

bool report(bool ok, const char *format, ...)
{
    va_list args;

    print(ok ? "pass: " : "FAIL: ");
    va_start(args, format);
    fmt_vput(put, NULL, format, args);
    va_end(args);
    print("\n");
    if (ok) {
        passed++;
    } else {
        failed++;
    }
    return ok;
}

void finish(void)
{
    print("done: %u passed, %u failed\n", passed, failed);
    hvc(PSCI_SYSTEM_OFF, 0, 0, 0);
    print("SYSTEM_OFF returned\n");
    while (true) __asm__ volatile("wfi");
}

static void mask_uart(uint32_t intid)
{
    mmio_write32(UART, 0x38, 0);
}

void wait_if_told(void)
{
    uint32_t bytes;
    const char *args = dtb_property("chosen", "bootargs", &bytes);

    if (args == NULL || strcmp(args, "wait") != 0) return;
    irq_hook = mask_uart;
    gic_init();
    gic_enable(33);
    print("waiting\n");
    mmio_write32(UART, 0x38, 0x50);             /* receive, receive timeout */
    while ((mmio_read32(UART, 0x18) & 0x10) != 0) irq_wait();
    (void)mmio_read32(UART, 0);
}

uint64_t argument(const char *name, uint64_t otherwise)
{
    uint32_t bytes;
    const char *word = dtb_property("chosen", "bootargs", &bytes);
    size_t length = strlen(name);
    uint64_t value = 0;

    while (word != NULL && *word != '\0') {
        if (strncmp(word, name, length) == 0 && word[length] == '=') {
            for (word += length + 1; *word >= '0' && *word <= '9'; word++) value = value * 10 + (uint64_t)(*word - '0');
            return value;
        }
        while (*word != '\0' && *word != ',' && *word != ' ') word++;
        if (*word != '\0') word++;
    }
    return otherwise;
}

void guest_boot(const void *dtb);
void guest_boot(const void *dtb)
{
    uint32_t bytes;
    const char *intc;

    guest_dtb = dtb;
    intc = dtb_property("intc", "compatible", &bytes);
    gic_version = intc != NULL && strcmp(intc, "arm,gic-v3") == 0 ? 3 : 2;
    guest_main();
    finish();
}

/* --- device tree (version 17; made for us, so only its own lengths are trusted) --- */

static uint32_t be32(const void *p)
{
    const uint8_t *b = p;

    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

uint64_t dtb_u64(const void *p)
{
    return (uint64_t)be32(p) << 32 | be32((const uint8_t *)p + 4);
}

/* One pass over the structure block; counts nodes that begin like `node`, or stops at the
 * property asked for. */
static const void *dtb_walk(const char *node, const char *name, uint32_t *bytes, uint32_t *nodes)
{
    const uint8_t *dtb = guest_dtb, *at = dtb + be32(dtb + 8);
    const char *strings = (const char *)dtb + be32(dtb + 12);
    bool inside = false;

    *nodes = 0;
    while (true) {
        uint32_t token = be32(at);

        at += 4;
        if (token == 1) {                                           /* node begins */
            inside = strncmp((const char *)at, node, strlen(node)) == 0;
            *nodes += inside;
            at += align_up(strlen((const char *)at) + 1, 4);
        } else if (token == 2) {                                    /* ends; its parent's properties came before it */
            inside = false;
        } else if (token == 3) {
            uint32_t len = be32(at);

            if (inside && name != NULL && strcmp(strings + be32(at + 4), name) == 0) {
                *bytes = len;
                return at + 8;
            }
            at += 8 + align_up(len, 4);
        } else if (token != 4) {
            return NULL;
        }
    }
}

const void *dtb_property(const char *node, const char *name, uint32_t *bytes)
{
    uint32_t nodes;

    return dtb_walk(node, name, bytes, &nodes);
}

uint32_t dtb_cpus(void)
{
    uint32_t nodes, bytes;

    (void)dtb_walk("cpu@", NULL, &bytes, &nodes);
    return nodes;
}

/* --- vCPUs --- */

struct cpu_start {                      /* known to start.S */
    void *stack_top;
    void (*fn)(void *arg);
    void *arg;
};

extern const char secondary_entry[];
static uint8_t stacks[CPUS_MAX][8192] aligned_to(16);
static struct cpu_start starts[CPUS_MAX];

uint32_t cpu_id(void)
{
    return (uint32_t)read_sysreg(mpidr_el1) & 0xff;
}

int64_t cpu_start(uint32_t cpu, void (*fn)(void *arg), void *arg)
{
    starts[cpu] = (struct cpu_start){ stacks[cpu] + sizeof(stacks[cpu]), fn, arg };
    dsb();
    return (int64_t)hvc(PSCI_CPU_ON | PSCI_64, cpu, (uintptr_t)secondary_entry, (uintptr_t)&starts[cpu]);
}

void cpu_off(void)
{
    hvc(PSCI_CPU_OFF, 0, 0, 0);
}

int64_t cpu_state(uint32_t cpu)
{
    return (int64_t)hvc(PSCI_AFFINITY_INFO | PSCI_64, cpu, 0, 0);
}

/* --- time --- */

uint64_t time_now(void)
{
    isb();
    return read_sysreg(cntvct_el0);
}

uint64_t time_hz(void)
{
    return read_sysreg(cntfrq_el0);
}

void timer_set(uint64_t at)
{
    write_sysreg(cntv_cval_el0, at);
    write_sysreg(cntv_ctl_el0, 1);
    isb();
}

void timer_off(void)
{
    write_sysreg(cntv_ctl_el0, 0);
    isb();
}
