/* SPDX-License-Identifier: Apache-2.0 */
/* How much of their cores do the other VMs get? All of them spin; what the hypervisor counts as their run time has to come near
 * what each should have: `each` per cent, or `vmN`. The longer the time, the less a single slice matters: it looks again until
 * all are near enough, and gives up after a minute. */
#include "tests/guests/lib/mvm.h"

#define LOOKS 120u

static struct shyper_vm_stat first[SHYPER_VM_MAX];
static uint64_t began[SHYPER_VM_MAX];

static uint64_t now_ns(void)
{
    return time_now() * 1000 / (time_hz() / 1000000);
}

static void on_irq(uint32_t intid)
{
    if (intid == VTIMER_INTID) timer_off();
}

static void sleep_ms(uint64_t ms)
{
    uint32_t before = irqs_taken(0, VTIMER_INTID);

    timer_set(time_now() + time_hz() / 1000 * ms);
    while (irqs_taken(0, VTIMER_INTID) == before) irq_wait();
}

static struct shyper_vm_stat stat_of(uint64_t id)
{
    static struct shyper_vm_stat s;

    (void)mvm_call(SHYPER_HCALL_VM_STAT, id, (uintptr_t)&s, sizeof(s), 0, NULL);
    return s;
}

static uint64_t wanted(uint64_t id)
{
    char name[] = "vm00";

    if (id < 10) name[2] = (char)('0' + id), name[3] = '\0';
    else name[2] = (char)('0' + id / 10), name[3] = (char)('0' + id % 10);
    return 10 * argument(name, argument("each", 0));
}

/* In thousandths. */
static bool is_near(uint64_t id, bool say)
{
    struct shyper_vm_stat s = stat_of(id);
    uint64_t window = now_ns() - began[id], got = (s.run_ns - first[id].run_ns) * 1000 / window;
    uint64_t waited = (s.ready_ns - first[id].ready_ns) * 1000 / window, want = wanted(id);

    if (say) print("  VM %lu: ran %lu of 1000, waited %lu, should run %lu\n", id, got, waited, want);
    return got * 100 >= want * 95 && got * 100 <= want * 105 && got + waited >= 980 && got + waited <= 1020 &&
           (want < 1000 || s.switches == first[id].switches);
}

void guest_main(void)
{
    uint64_t id = SHYPER_MVM_ID, vms = 0;
    bool near = false;

    mvm_init();
    gic_enable(VTIMER_INTID);
    irq_hook = on_irq;
    sleep_ms(300);
    while (mvm_call(SHYPER_HCALL_VM_NEXT, id, 0, 0, 0, &id) == 0) {
        vms++;
        first[id] = stat_of(id);
        began[id] = now_ns();
    }
    report(vms == argument("vms", 0), "%lu VMs run", vms);
    for (uint32_t look = 1; !near && look <= LOOKS; look++) {
        sleep_ms(500);
        near = true;
        for (id = SHYPER_MVM_ID; mvm_call(SHYPER_HCALL_VM_NEXT, id, 0, 0, 0, &id) == 0;)
            near = is_near(id, look == LOOKS) && near;
    }
    report(near, "each gets its share");
}
