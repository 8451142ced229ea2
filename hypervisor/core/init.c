/* SPDX-License-Identifier: Apache-2.0 */
/* From the first C instruction to the first guest. hv_main reads as the list of what happens. */
#include "hypervisor/arch/aarch64/layout.h"
#include "hypervisor/core/arch.h"
#include "hypervisor/core/bundle.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/init.h"
#include "hypervisor/core/irq.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/mvm.h"
#include "hypervisor/core/page.h"
#include "hypervisor/core/platform.h"
#include "hypervisor/core/trace.h"
#include "hypervisor/core/version.h"
#include "hypervisor/core/vm.h"
#include "hypervisor/core/vm_load.h"
#include "hypervisor/drivers/uart.h"

#define CPU_START_NS     1000000000u

static struct bundle bundle;

static void noreturn_fn switch_off(void)
{
    log_error("boot", "The machine is switched off.");
    arch_shutdown();
}

static void noreturn_fn give_up(const char *what)
{
    log_error("boot", "%s", what);
    switch_off();
}

static const void *read_board(uint64_t dtb)
{
    const void *fdt = arch_map_readonly(PA(dtb), PLATFORM_FDT_MAX);
    const char *why = "";
    int err = platform_read(&platform, fdt, PA(dtb), &why);

    if (platform.uart.kind != UART_NONE)
        uart_init(arch_map_device(PA(platform.uart.mmio.base), platform.uart.mmio.len),
                  platform.uart.sbsa);
    if (err != 0) give_up(why);
    if (platform_boot_cpu(&platform, arch_cpu_mpidr()) != 0)
        give_up(
            "the CPU that boots is not among the first 8 CPUs of the device tree with status okay");
    return fdt;
}

static void start_uart_rx(void)
{
    if (platform.uart.kind == UART_NONE || platform.uart.irq == 0) return;
    if (uart_start_rx(platform.uart.irq) != 0)
        log_warn("uart", "interrupt %u is taken: no input", platform.uart.irq);
}

static void on_timer(uint32_t intid)       { timer_interrupt(); }

static void on_maintenance(uint32_t intid)
{
    if (this_cpu()->loaded != NULL) vgic_maintenance(this_cpu()->loaded);
}

/* What each CPU does for itself. */
static void cpu_init(struct cpu *c)
{
    sched_init_cpu(c);
    gic->init_cpu(c->id);
    if (irq_claim(platform.irq_hyp_timer, on_timer) != 0 ||
        irq_claim(platform.irq_maintenance, on_maintenance) != 0)
        panic("per-CPU interrupts are taken");
    gic_set_priority(platform.irq_vtimer, GIC_PRIO_GUEST);
    gic_enable(platform.irq_vtimer, true);
    if (trace_init_cpu(c) != 0) panic("no memory for trace rings");
    __atomic_store_n(&c->online, true, __ATOMIC_RELEASE);
}

void hv_cpu_main(uint32_t id)
{
    cpu_init(&cpus[id]);
}

static void start_cpus(void)
{
    for (uint32_t i = 0; i < platform.cpu_count; i++) {
        cpus[i].id = i;
        cpus[i].mpidr = platform.cpu[i].mpidr;
        cpus[i].stack_top = arch_cpu_stack(i);
    }
    cpu_count = platform.cpu_count;
    for (uint32_t i = 1; i < cpu_count; i++) {
        uint64_t deadline = time_count() + time_count_of_ns(CPU_START_NS);

        if (arch_cpu_start(i) != 0) {
            log_error("cpu",
                      "CPU %u (mpidr %lx): the firmware refused to start it; going on without", i,
                      cpus[i].mpidr);
            continue;
        }
        while (!__atomic_load_n(&cpus[i].online, __ATOMIC_ACQUIRE) && time_count() < deadline)
            arch_relax();
        if (!cpus[i].online)
            log_error("cpu", "CPU %u (mpidr %lx): does not come up; going on without", i,
                      cpus[i].mpidr);
    }
}

static void open_bundle(void)
{
    uint64_t len = platform.initrd_end - platform.initrd_base;
    const char *why = "no bundle: give one as initrd (made by tools/pack)";
    const void *at = len == 0 ? NULL : arch_map_readonly(PA(platform.initrd_base), len);

    if (len != 0 && at == NULL) why = "the bundle is larger than 1 GiB";
    if (at == NULL) give_up(why);
    if (bundle_open(&bundle, at, len, &why) != 0) {
        log_error("boot", "bundle: %s", why);
        switch_off();
    }
}

/* RAM goes to: this image's carve-out, the bundle and the device tree (read-only, for restarts),
 * the guest pool, the MVM. */
static void divide_ram(struct ranges *mvm)
{
    struct ranges pool = { 0 };
    uint64_t own = arch_image_pa(), want;
    int err;

    *mvm = platform.ram;
    err = ranges_remove(mvm, own, own + HV_CARVE_BYTES);
    if (err == 0)
        err = ranges_remove(mvm, align_down(platform.initrd_base, PAGE_SIZE),
                            align_up(platform.initrd_end, PAGE_SIZE));
    if (err == 0) err = ranges_remove(mvm, align_down(platform.dtb_base, PAGE_SIZE),
                                      align_up(platform.dtb_base + platform.dtb_len, PAGE_SIZE));
    want =
        align_down(bundle.pool_bytes != 0 ? bundle.pool_bytes : ranges_total(mvm) / 2, BLOCK_SIZE);
    if (bundle.mvm == NULL) want = UINT64_MAX;
    while (err == 0 && want >= BLOCK_SIZE && mvm->count > 0) {
        uint64_t base = 0, len = 0;

        for (uint32_t i = mvm->count;
             i-- > 0 && len == 0;) { /* from the top down, whole 2 MiB blocks */
            uint64_t from = align_up(mvm->at[i].base, BLOCK_SIZE),
                     to = align_down(mvm->at[i].end, BLOCK_SIZE);

            if (from >= to) continue;
            len = MIN(want, to - from);
            base = to - len;
        }
        if (len == 0) break;
        err = ranges_add(&pool, base, base + len);
        if (err == 0) err = ranges_remove(mvm, base, base + len);
        want -= len;
    }
    if (err == 0) err = guest_pool_init(&pool);
    if (err != 0)
        give_up("memory: the board's RAM is in more pieces than this version can describe");
}

void hv_main(uint64_t dtb)
{
    struct ranges ram;
    const void *fdt;
    const char *why = "";

    fdt = read_board(dtb);
    log_info("boot", SHYPER_VERSION " on %u CPUs, GICv%u, %lu MiB RAM", platform.cpu_count,
             platform.gic_version, ranges_total(&platform.ram) / MIB);
    page_pool_init((void *)HV_POOL_VA, arch_image_pa() + 2 * HV_SLOT_BYTES, HV_POOL_BYTES);
    if (gic_init(&why) != 0) give_up(why);
    start_cpus();
    cpu_init(&cpus[0]);
    start_uart_rx();
    open_bundle();
    divide_ram(&ram);
    if (bundle.mvm != NULL && mvm_make(&bundle, &ram, &why) != 0) {
        log_error("mvm", "%s; going on without a management VM", why);
    }
    if (bundle_make_vms(&bundle) == 0 && vm_of_mvm() == NULL)
        give_up("the bundle holds no VM that could be started");
    console_start(vm_of_mvm());
    bundle_boot_vms();
    if (vm_of_mvm() == NULL) return;
    if (mvm_load_and_boot(&bundle, fdt, &why) != 0) {
        log_error("mvm", "%s; going on without a management VM", why);
        mvm_abandon();
        return;
    }
    log_leave_uart();
}
