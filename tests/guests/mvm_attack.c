/* SPDX-License-Identifier: Apache-2.0 */
/* A management VM that means no harm to its VMs but knows no order: two vCPUs make, change and
 * remove the same VMs at once, with numbers that cannot be and buffers at every edge, and one of
 * them rewrites profiles while the hypervisor reads them. A VM of the bundle beside it is left
 * alone. In the end all that was free is free again. */
#include "tests/guests/lib/mvm.h"

#include "lib/str.h"

#define BYSTANDER 1u                    /* the VM of the bundle */
#define BUFFER    0x10000u              /* bytes; RAM both vCPUs use for arguments and answers */

static uint64_t ram_base, ram_end, end, seed;
static uint8_t *buffer;                 /* the profile in its first half, answers in the second */
static uint32_t blob_bytes;
static uint64_t calls[2], accepted[2];
static volatile bool over;

static uint64_t draw(uint64_t *state)           /* splitmix64 */
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t draw_buffer(uint64_t *s)
{
    switch (draw(s) % 8) {
    case 0:  return ram_end - draw(s) % 128;
    case 1:  return ram_end + draw(s) % 0x800000;       /* the hypervisor's; our code is behind that */
    case 2:  return UART_BASE + draw(s) % 0x1000;
    case 3:  return UINT64_C(0x70000000000) + draw(s) % 0x1000000;
    case 4:  return -(draw(s) % 256);
    default: return (uintptr_t)buffer + BUFFER / 2 + draw(s) % (BUFFER / 4);
    }
}

static uint64_t draw_length(uint64_t *s)
{
    switch (draw(s) % 6) {
    case 0:  return 0;
    case 1:  return draw(s) & 0xffffffff;
    case 2:  return draw(s);
    default: return draw(s) % (BUFFER / 4);
    }
}

static uint64_t draw_vm(uint64_t *s)
{
    static const uint64_t never[] = { 0,          SHYPER_VM_MAX,         SHYPER_VM_MAX - 1,
                                      0xffffffff, UINT64_C(0x100000002), 1000 };

    return draw(s) % 4 == 0 ? never[draw(s) % ARRAY_LEN(never)] : BYSTANDER + 1 + draw(s) % 3;
}

static void make(uint64_t *s, uint32_t me)
{
    struct mvm_profile p = { .cpus = 1 + (uint32_t)(draw(s) % 2),
                             .ram_bytes = (1 + draw(s) % 3) * 2 * MIB };
    const char *const names[] = { "one", "two", "three" };
    uint64_t id;

    p.name = names[draw(s) % ARRAY_LEN(names)];
    if (me == 0) blob_bytes = mvm_blob(&p, buffer, BUFFER / 2);
    accepted[me] +=
        mvm_finish(SHYPER_HCALL_VM_CREATE, (uintptr_t)buffer, blob_bytes, 0, 0, &id) == 0;
}

/* The second vCPU changes what the first one has checked, and puts it back or not. */
static void rewrite(uint64_t *s)
{
    for (uint32_t n = 0; n < 64; n++) {
        volatile uint32_t *word =
            (volatile uint32_t *)(void *)(buffer + (draw(s) % (blob_bytes + 4) & ~UINT64_C(3)));
        uint32_t was = *word;

        *word = draw(s) & 1 ? (uint32_t)draw(s) : was ^ 1u << draw(s) % 32;
        if (draw(s) % 8 != 0) *word = was;
    }
}

static void any_call(uint64_t *s, uint32_t me)
{
    static const uint16_t with_vm[] = {
        SHYPER_HCALL_VM_BOOT,     SHYPER_HCALL_VM_STOP,      SHYPER_HCALL_VM_RESET,
        SHYPER_HCALL_VM_REMOVE,   SHYPER_HCALL_VM_PAUSE,     SHYPER_HCALL_VM_RESUME,
        SHYPER_HCALL_MEMORY_OPEN, SHYPER_HCALL_MEMORY_CLOSE,
    };
    static const uint16_t with_buffer[] = {
        SHYPER_HCALL_VM_INFO,  SHYPER_HCALL_VM_STAT,      SHYPER_HCALL_VM_LOG,
        SHYPER_HCALL_VM_FAULT, SHYPER_HCALL_CONSOLE_READ, SHYPER_HCALL_CONSOLE_WRITE,
    };
    int64_t err = -1;

    switch (draw(s) % 8) {
    case 0: case 1: case 2:
        err = mvm_call(with_vm[draw(s) % ARRAY_LEN(with_vm)], draw_vm(s), draw(s), draw(s), draw(s),
                       NULL);
        break;
    case 3: case 4:
        err = mvm_call(with_buffer[draw(s) % ARRAY_LEN(with_buffer)], draw_vm(s), draw_buffer(s),
                       draw_length(s), draw(s) % 4096, NULL);
        break;
    case 5:
        err = mvm_call(SHYPER_HCALL_MEMORY_RUN, draw_vm(s), draw(s) % 20, draw_buffer(s), 0, NULL);
        break;
    case 6:
        err = mvm_call(SHYPER_HCALL_VM_CREATE, draw_buffer(s), draw_length(s), 0, 0, NULL);
        break;
    default:
        err = mvm_call(draw(s) & 1 ? SHYPER_HCALL_INFO_SYSTEM : SHYPER_HCALL_INFO_LOG,
                       draw_buffer(s), draw_length(s), draw(s), 0, NULL);
    }
    accepted[me] += err == 0;
}

static void attack(void *arg)
{
    uint32_t me = cpu_id();
    uint64_t s = seed << 8 | me;

    while (!over && (me != 0 || time_now() < end)) {
        switch (draw(&s) % 4) {
        case 0:  make(&s, me); break;
        case 1:
            if (me == 1) rewrite(&s);
            break;
        default: any_call(&s, me);
        }
        calls[me]++;
        if (me == 0) irq_poll();
    }
}

static void remove_all(void)
{
    uint64_t id = BYSTANDER;

    while (mvm_call(SHYPER_HCALL_VM_NEXT, id, 0, 0, 0, &id) == 0) {
        while (mvm_finish(SHYPER_HCALL_MEMORY_CLOSE, id, 0, 0, 0, NULL) == 0) {}
        mvm_finish(SHYPER_HCALL_VM_REMOVE, id, 0, 0, 0, NULL);
    }
}

/* The bystander is a victim.c, which says on its console how it fared. */
static bool bystander_is_well(void)
{
    static const char well[] = " passed, 0 failed";
    struct shyper_text *text = (struct shyper_text *)(void *)buffer;
    const char *at = (const char *)(text + 1);
    uint64_t cursor = 0;

    if (!mvm_wait(BYSTANDER, SHYPER_VM_STOPPED)) return false;
    do {
        if (mvm_call(SHYPER_HCALL_CONSOLE_READ, BYSTANDER, (uintptr_t)buffer, BUFFER, cursor,
                     NULL) != 0)
            return false;
        for (uint32_t i = 0; i + sizeof(well) <= text->bytes; i++) {
            if (strncmp(at + i, well, sizeof(well) - 1) == 0) return true;
        }
        cursor = text->next;
    } while (text->bytes != 0);
    return false;
}

void guest_main(void)
{
    uint32_t bytes;
    const uint8_t *memory = dtb_property("memory", "reg", &bytes);
    struct shyper_system_info start, now;

    ram_base = dtb_u64(memory);
    ram_end = ram_base + dtb_u64(memory + 8);
    buffer = (uint8_t *)(uintptr_t)align_down(ram_base + (ram_end - ram_base) / 2, 0x1000);
    end = argument("seconds", 10) * time_hz();
    seed = argument("seed", 1);
    mvm_init();
    blob_bytes = mvm_blob(&(struct mvm_profile){ .name = "one", .cpus = 1, .ram_bytes = 2 * MIB },
                          buffer, BUFFER / 2);
    memset(buffer + BUFFER / 2, 0, BUFFER / 2);         /* touched, before memory is counted */
    start = mvm_system();
    print("attack of a management VM: seed %lu\n", seed);
    report(cpu_start(1, attack, NULL) == 0, "the second vCPU runs");
    attack(NULL);
    over = true;
    while (cpu_state(1) == 0) {}
    remove_all();
    now = mvm_system();
    print("%lu and %lu calls and rewrites, %lu and %lu accepted\n", calls[0], calls[1], accepted[0],
          accepted[1]);
    report(accepted[0] > 0 && accepted[1] > 0, "some were accepted");
    report(bystander_is_well(), "the VM of the bundle is well");
    report(now.vms == start.vms, "VMs at the end: %u of %u", now.vms, start.vms);
    report(now.pool_free_bytes == start.pool_free_bytes,
           "all guest memory is free again: %lu of %lu", now.pool_free_bytes,
           start.pool_free_bytes);
    report(now.hyp_free_bytes == start.hyp_free_bytes, "and all of the hypervisor's: %lu of %lu",
           now.hyp_free_bytes, start.hyp_free_bytes);
}
