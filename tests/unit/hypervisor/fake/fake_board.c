/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/answer.c hypervisor/core/bundle.c hypervisor/core/console.c hypervisor/core/cpu.c hypervisor/core/create.c
// sources: hypervisor/core/fault.c hypervisor/core/guest_mem.c hypervisor/core/hcall.c hypervisor/core/hcall_info.c
// sources: hypervisor/core/hcall_vm.c lib/cpio.c
// sources: hypervisor/core/mvm_restart.c hypervisor/core/quiesce.c hypervisor/core/platform_device.c lib/siphash.c
// sources: hypervisor/core/irq.c hypervisor/core/log.c hypervisor/core/platform.c hypervisor/core/platform_node.c
// sources: hypervisor/core/platform_reader.c hypervisor/core/platform_uart.c hypervisor/core/profile.c
// sources: hypervisor/core/place.c hypervisor/core/psci.c hypervisor/core/runq.c hypervisor/core/sched.c
// sources: hypervisor/core/stage2.c hypervisor/core/timer.c
// sources: hypervisor/core/trace.c hypervisor/core/vcpu.c hypervisor/core/vm.c hypervisor/core/vm_life.c
// sources: hypervisor/core/vm_load.c hypervisor/core/watch.c hypervisor/devices/vgic.c hypervisor/devices/vgic_dist.c
// sources: hypervisor/devices/vgic_hw.c hypervisor/devices/vgic_lr.c hypervisor/devices/vgic_state.c hypervisor/devices/vgic_v2.c
// sources: hypervisor/devices/vgic_v3.c hypervisor/devices/vuart.c lib/crc32.c lib/fdt_cursor.c lib/fmt.c lib/ranges.c
// sources: lib/state.c arch/host/cpu.c arch/host/idle.c arch/host/machine.c arch/host/memory.c arch/host/tables.c
// sources: arch/host/time.c arch/host/vcpu.c tests/unit/hypervisor/fake/fake_page.c tests/unit/hypervisor/fake/fake_uart.c
// sources: tests/unit/hypervisor/fake/fake_crc32.c libfdt
// sources: -Wl,--defsym=hv_device_models_start=__start_device_models -Wl,--defsym=hv_device_models_end=__stop_device_models
#include "fake_board.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libfdt.h>

#include "hypervisor/core/create.h"
#include "hypervisor/core/hcall.h"
#include "hypervisor/core/irq.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/mvm.h"
#include "hypervisor/core/trace.h"
#include "lib/bitmap.h"
#include "tests/unit/hypervisor/fake/fake_uart.h"

static void must_at(bool holds, int line)
{
    if (holds) return;
    fprintf(stderr, "%s:%d: broken rule\n", __FILE__, line);
    abort();
}
#define must(holds) must_at((holds), __LINE__)

#define QUEUE 32u

const struct gic_driver *gic;
uint32_t gic_lr_count, gic_spi_end;
bool gic_traps_dir = true;
uint64_t board_enabled[1024 / 64], board_active[1024 / 64];
uint32_t board_eois, board_deactivations, board_unlisted_ends;
void (*board_on_look)(void);
static struct gic_driver driver;
static struct gic_lr lr_of[CPU_MAX][GIC_LR_MAX];
static bool interface_on[CPU_MAX];
static uint64_t vmcr_of[CPU_MAX];
static uint32_t kicks[CPU_MAX], raised[CPU_MAX][QUEUE], raised_count[CPU_MAX];

static uint32_t here(void)                                      { return this_cpu()->id; }
static void init_cpu(uint32_t cpu)                              { must(cpu == here()); }
void gic_set_pending(uint32_t intid, bool on)                   { must(intid < 1020); }
void gic_set_edge(uint32_t intid, bool edge)                    { must(intid < 1020); }
void gic_set_priority(uint32_t intid, uint8_t priority)         { must(intid < 1020); }
static void set_target(uint32_t intid, uint32_t cpu)            { must(intid >= 32 && intid < 1020 && cpu < cpu_count); }

static void set_bit(uint64_t *map, uint32_t intid, bool on)
{
    must(intid < 1020);
    if (on) bitmap_set(map, intid);
    else bitmap_clear(map, intid);
}

void gic_enable(uint32_t intid, bool on)                        { set_bit(board_enabled, intid, on); }
void gic_set_active(uint32_t intid, bool on)                    { set_bit(board_active, intid, on); }

static void deactivate(uint32_t intid)
{
    board_deactivations++;
    gic_set_active(intid, false);
}

static uint32_t ack(void)
{
    uint32_t cpu = here(), intid;

    if (raised_count[cpu] == 0) return 1023;
    intid = raised[cpu][0];
    memmove(&raised[cpu][0], &raised[cpu][1], --raised_count[cpu] * sizeof(raised[cpu][0]));
    gic_set_active(intid, true);
    board_eois++;
    return intid;
}

void board_raise(uint32_t cpu, uint32_t intid)
{
    must(raised_count[cpu] < QUEUE);
    raised[cpu][raised_count[cpu]++] = intid;
}

static void send_sgi(uint32_t cpu, uint32_t sgi)
{
    must(cpu < cpu_count && cpu != here());
    __atomic_fetch_add(&kicks[cpu], sgi == SGI_KICK, __ATOMIC_RELAXED);
}

uint32_t board_kicks(uint32_t cpu)
{
    uint32_t n = kicks[cpu];

    kicks[cpu] = 0;
    return n;
}

static void lr_write(uint32_t n, const struct gic_lr *lr)       { lr_of[here()][n] = *lr; }
static void lr_read(uint32_t n, struct gic_lr *lr)              { *lr = lr_of[here()][n]; }
bool board_take(uint32_t *intid)
{
    for (uint32_t i = 0; i < gic_lr_count; i++) {
        struct gic_lr *lr = &lr_of[here()][i];

        if (!lr->pending) continue;
        *intid = lr->intid;
        lr->pending = false;
        return true;
    }
    return false;
}

static void maintenance(uint32_t raise)                         { board_unlisted_ends = 0; }
static uint64_t lr_empty(void)
{
    uint64_t empty = 0;

    for (uint32_t i = 0; i < gic_lr_count; i++) {
        const struct gic_lr *lr = &lr_of[here()][i];

        if (!lr->pending && !lr->active && !lr->eoi_maintenance) empty |= BIT64(i);
    }
    return empty;
}
static bool lr_link(uint32_t n, uint32_t intid, uint8_t priority, bool group1)
{
    if (!(lr_empty() >> n & 1)) return false;
    lr_write(n, &(struct gic_lr){ .intid = intid, .hw_intid = intid, .hw = true, .pending = true });
    return true;
}

static uint32_t eoi_count(void)                                 { return board_unlisted_ends; }
static void regs_reset(struct gic_vcpu_regs *r)                 { *r = (struct gic_vcpu_regs){ 0 }; }

static uint64_t vmcr(void)
{
    if (board_on_look != NULL) board_on_look();
    return vmcr_of[here()];
}

static void interface_load(const struct gic_vcpu_regs *r)
{
    must(!interface_on[here()]);
    interface_on[here()] = true;
    vmcr_of[here()] = r->vmcr;
}

static void interface_save(struct gic_vcpu_regs *r)
{
    must(interface_on[here()]);
    interface_on[here()] = false;
    r->vmcr = vmcr_of[here()];
}

void board_set_gic(uint32_t version)
{
    driver = (struct gic_driver){
        .version = version, .init_cpu = init_cpu, .ack = ack, .deactivate = deactivate, .set_target = set_target,
        .send_sgi = send_sgi, .lr_write = lr_write, .lr_read = lr_read, .lr_empty = lr_empty, .lr_link = lr_link, .maintenance = maintenance,
        .eoi_count = eoi_count, .vmcr = vmcr, .vcpu_load = interface_load, .vcpu_save = interface_save,
        .vcpu_reset = regs_reset,
    };
    gic = &driver;
    platform.gic_version = version;
}

void board_init(uint32_t gic_version, uint32_t count)
{
    struct ranges pool = { 3, { { 0x80000000, 0x88000000 }, { 0x88200000, 0x90000000 }, { 0x90600000, 0x100000000 } } };

    host_memory_init(4 * GIB);
    gic_lr_count = 4;
    gic_spi_end = BOARD_SPI_END;
    platform = (struct platform){
        .cpu_count = count, .gicd = { 0x8000000, 0x10000 }, .gicc = { 0x8010000, 0x2000 }, .gicv = { 0x8040000, 0x2000 },
        .gicr = { { 0x80a0000, 0xf60000 } }, .irq_maintenance = 25, .irq_vtimer = 27, .irq_hyp_timer = 26, .irq_ptimer = 30,
        .uart = { UART_PL011, { BOARD_UART, 0x1000 }, BOARD_UART_IRQ, false },
        .ram_all = { 1, { { 0x40000000, 0x100000000 } } },
    };
    platform.ram = platform.ram_all;
    board_set_gic(gic_version);
    cpu_count = count;
    for (uint32_t i = 0; i < count; i++) {
        cpus[i].id = i;
        cpus[i].mpidr = i;
        cpus[i].online = true;
        sched_init_cpu(&cpus[i]);
        must(trace_init_cpu(&cpus[i]) == 0);
    }
    must(guest_pool_init(&pool) == 0);
    log_leave_uart();
}

static void add_device(struct vm_config *c, uint32_t type, const char *name, uint64_t ipa, uint64_t len, uint32_t irq)
{
    struct device_config *d = &c->device[c->device_count++];

    *d = (struct device_config){ .type = type, .ipa = ipa, .len = len, .irq = irq };
    strcpy(d->name, name);
}

struct vm_config *board_config(const char *name, uint32_t vcpus, uint64_t ram_bytes)
{
    static struct vm_config c;

    c = (struct vm_config){ .type = SHYPER_VM_TYPE_BARE_METAL, .cmdline = "", .entry = BOARD_RAM + 0x80000, .dtb = BOARD_RAM,
                            .cpu_count = vcpus, .cpu_master = UINT32_MAX, .sched = { .weight = SHYPER_WEIGHT_DEFAULT } };
    strcpy(c.name, name);
    if (ram_bytes != 0) c.memory[c.memory_count++] = (struct vm_region){ BOARD_RAM, ram_bytes };
    add_device(&c, SHYPER_DEV_GICD, "gicd", 0x8000000, 0x10000, 0);
    add_device(&c, SHYPER_DEV_GICC, "gicc", 0x8010000, 0x2000, 0);
    add_device(&c, SHYPER_DEV_GICR, "gicr", 0x80a0000, UINT64_C(0x20000) * vcpus, 0);
    add_device(&c, SHYPER_DEV_CONSOLE, "uart", BOARD_UART, 0x1000, BOARD_UART_IRQ);
    c.device[c.device_count - 1].cfg_count = 1;
    c.device[c.device_count - 1].cfg[0] = SHYPER_UART_PL011;
    return &c;
}

struct vm *board_guest(const char *name, uint32_t vcpus, uint64_t ram_bytes)
{
    const char *why = "";
    struct vm *vm = NULL;
    int err = vm_make(board_config(name, vcpus, ram_bytes), false, &vm, &why);

    if (err != 0) fprintf(stderr, "%s: %d: %s\n", name, err, why);
    must(err == 0 && vm != NULL);
    return vm;
}

static void put(void *f, const char *name, const void *value, size_t bytes)
{
    must(fdt_property(f, name, value, (int)bytes) == 0);
}

static void put64(void *f, const char *name, uint64_t value)
{
    fdt64_t v = cpu_to_fdt64(value);

    put(f, name, &v, sizeof(v));
}

uint32_t board_blob(void *out, uint32_t room, const char *name, uint32_t vcpus, const char *kernel, uint64_t load)
{
    fdt64_t reg[2] = { cpu_to_fdt64(BOARD_RAM), cpu_to_fdt64(4 * MIB) };
    uint8_t *f = out;

    must(fdt_create(f, (int)room) == 0 && fdt_finish_reservemap(f) == 0 && fdt_begin_node(f, "") == 0);
    put(f, "compatible", SHYPER_PROFILE_COMPATIBLE, sizeof(SHYPER_PROFILE_COMPATIBLE));
    put(f, "name", name, strlen(name) + 1);
    must(fdt_property_u32(f, "type", SHYPER_VM_TYPE_BARE_METAL) == 0 && fdt_begin_node(f, "image") == 0);
    put64(f, "entry", BOARD_RAM);
    put64(f, "dtb", 0);
    if (kernel != NULL) put64(f, "load", load);
    if (kernel != NULL) put(f, "kernel", kernel, strlen(kernel) + 1);
    must(fdt_end_node(f) == 0 && fdt_begin_node(f, "memory") == 0);
    put(f, "reg", reg, sizeof(reg));
    must(fdt_end_node(f) == 0 && fdt_begin_node(f, "cpus") == 0 && fdt_property_u32(f, "count", vcpus) == 0);
    put64(f, "bitmap", 0);
    must(fdt_property_u32(f, "master", UINT32_MAX) == 0 && fdt_end_node(f) == 0 && fdt_begin_node(f, "devices") == 0);
    must(fdt_end_node(f) == 0 && fdt_end_node(f) == 0 && fdt_finish(f) == 0);
    return fdt_totalsize(out);
}

struct vm *board_mvm(uint32_t vcpus)
{
    struct vm_config *c = board_config("mvm", vcpus, 0);
    const char *why = "";
    struct vm *vm = NULL;

    c->type = SHYPER_VM_TYPE_MVM;
    must(vm_make(c, true, &vm, &why) == 0);
    vm->mem.run[vm->mem.run_count++] = (struct mem_run){ BOARD_MVM_RAM, BOARD_MVM_RAM, 0x3fc00000, .ready = true };
    vm->mem.bytes = 0x3fc00000;
    vm->boot_time = true;
    vm->config.entry = BOARD_MVM_RAM;
    vm->config.dtb = 0;
    mvm_doorbell(vgic_doorbell_intid());
    console_start(vm);
    return vm;
}

int board_reset(struct vm *vm)
{
    int err;

    while ((err = vm_reset(vm)) == -EAGAIN) continue;
    return err;
}

int board_remove(struct vm *vm)
{
    int err;

    while ((err = vm_remove(vm)) == -EAGAIN && vm->state == SHYPER_VM_REMOVING) continue;
    return err;
}

void board_clear(void)
{
    host_cpu_set(0);
    while (create_undo_some()) continue;
    for (uint32_t id = SHYPER_VM_MAX; id-- > 0;) {          /* the MVM last: without it the last VM's end is the machine's */
        if (vms[id] == NULL) continue;
        vm_end(vms[id], SHYPER_REASON_REQUEST, 0);
        board_settle();
        must(vms[id]->vcpus_live == 0);
        while (!vm_release_some(vms[id])) continue;
    }
    console_start(NULL);
    for (uint32_t i = 0; i < cpu_count; i++) {
        cpus[i].work = 0;
        kicks[i] = 0;
    }
    (void)fake_uart_taken();        /* without a management VM the log went there */
}

static uint32_t list_count(const struct list *l)
{
    uint32_t n = 0;

    list_for_each(it, l) n++;
    return n;
}

struct board_count board_count(void)
{
    struct board_count n = { .pool_free = guest_pool_free(), .pages = fake_page_live() };

    for (uint32_t i = 0; i < SHYPER_VM_MAX; i++) n.vms += vms[i] != NULL;
    for (uint32_t i = 0; i < cpu_count; i++) {
        n.at_home += list_count(&cpus[i].home);
        n.queued += list_count(&cpus[i].queue.fair) + list_count(&cpus[i].queue.realtime);
        n.timers += list_count(&cpus[i].timers.armed);
    }
    for (uint32_t i = 32; i < gic_spi_end; i++) n.irqs += irq_owner(i) != NULL;
    return n;
}

bool board_count_same(const struct board_count *a, const struct board_count *b)
{
    bool same = a->pool_free == b->pool_free && a->pages == b->pages && a->vms == b->vms && a->at_home == b->at_home &&
                a->queued == b->queued && a->timers == b->timers && a->irqs == b->irqs;

    if (!same)
        fprintf(stderr, "pool %lx %lx pages %u %u vms %u %u home %u %u queued %u %u timers %u %u irqs %u %u\n", a->pool_free,
                b->pool_free, a->pages, b->pages, a->vms, b->vms, a->at_home, b->at_home, a->queued, b->queued, a->timers,
                b->timers, a->irqs, b->irqs);
    return same;
}

struct vcpu *board_turn(uint32_t cpu)
{
    host_cpu_set(cpu);
    return host_exit_loop() ? cpus[cpu].vcpu : NULL;
}

void board_settle(void)
{
    bool busy = true;

    for (uint32_t rounds = 0; busy; rounds++) {
        must(rounds < 1000);
        busy = false;
        for (uint32_t i = 0; i < cpu_count; i++) {
            if (cpus[i].work == 0) continue;
            busy = true;
            board_turn(i);
        }
    }
    host_cpu_set(0);
}

int64_t board_call(struct vcpu *v, uint32_t id, const uint64_t arg[5], uint64_t *value)
{
    uint64_t x[31] = { id, arg[0], arg[1], arg[2], arg[3], arg[4] };

    host_cpu_set(v->cpu->id);
    hcall_dispatch(v, x);
    if (value != NULL) *value = x[1];
    return (int64_t)x[0];
}
