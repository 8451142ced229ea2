/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c hypervisor/core/init.c hypervisor/core/mvm.c hypervisor/core/mvm_tree.c
// sources: hypervisor/core/mvm_tree_edit.c hypervisor/core/mvm_tree_new.c lib/fdt_writer.c
// sources: hypervisor/core/bundle.c tests/unit/hypervisor/fake/archive.c tests/unit/hypervisor/fake/tree.c
/* Booting, from the firmware's tree and a bundle to the first guest, each time in a process of its own: how RAM is divided, and
 * what each thing that is missing or broken costs, from nothing but a line in the log to the whole machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>
#include <libfdt.h>

#include "hypervisor/arch/aarch64/layout.h"
#include "hypervisor/core/init.h"
#include "hypervisor/core/irq.h"
#include "hypervisor/core/log.h"
#include "hypervisor/drivers/uart.h"
#include "tests/unit/hypervisor/fake/archive.h"
#include "tests/unit/hypervisor/fake/fake_board.h"
#include "tests/unit/hypervisor/fake/tree.h"

#define RAM     UINT64_C(0x40000000)
#define RAM_END UINT64_C(0x80000000)
#define IMAGE   UINT64_C(0x40200000)
#define DTB     UINT64_C(0x48000000)
#define BUNDLE  UINT64_C(0x4a000800)
#define FILE_MODE 0100644u

/* One boot: what differs from the usual one. */
static struct boot {
    struct tree tree;
    struct archive bundle;
    uint64_t mpidr;
    const char *gic_error;
    uint32_t refused, silent;       /* CPUs that are not started, or do not come up */
    uint32_t no_page;               /* the nth allocation fails */
    bool uart_taken;
    void (*check)(void);            /* after hv_main */
} boot;

static struct tree firmware;
static uint32_t mvm_blob[512], one_blob[512];
static uint64_t kernel[4096];
static struct archive_file files[] = {
    { "shyper/mvm.dtb", FILE_MODE, mvm_blob, 0 }, { "mvm/kernel", FILE_MODE, kernel, sizeof(kernel) },
    { "vm/one.dtb", FILE_MODE, one_blob, 0 },     { "vm/one/kernel", FILE_MODE, kernel, sizeof(kernel) },
};
static const char *const one[] = { "vm/one.dtb" };
static char *said;                  /* the log, in memory shared with the process that booted */

/* --- What the machine has beside the core --- */

uint64_t arch_cpu_mpidr(void)                           { return boot.mpidr; }
void uart_init(volatile void *base, bool sbsa)          { }
int uart_start_rx(uint32_t intid)                       { return boot.uart_taken ? -EBUSY : 0; }
void page_pool_init(void *va, uint64_t pa, uint64_t bytes)
{
    if (pa != IMAGE + 2 * HV_SLOT_BYTES || bytes != HV_POOL_BYTES) abort();
}

int gic_init(const char **why)
{
    *why = boot.gic_error;
    if (boot.gic_error != NULL) return -ENODEV;
    board_set_gic(platform.gic_version);
    gic_lr_count = 4;
    gic_spi_end = BOARD_SPI_END;
    return 0;
}

static int start_cpu(uint32_t cpu)
{
    if (boot.refused >> cpu & 1) return -EINVAL;
    if (boot.silent >> cpu & 1) return 0;
    host_cpu_set(cpu);
    hv_cpu_main(cpu);
    host_cpu_set(0);
    return 0;
}

static void pass_time(void)         { host_time_advance(HOST_COUNTER_HZ / 100); }

static void keep_log(void)
{
    uint64_t cursor = 0, lost;

    said[log_read(&cursor, (uint8_t *)said, PAGE_SIZE - 1, &lost)] = '\0';
}

/* --- Booting --- */

static void run(void *arg)
{
    host_memory_init(4 * GIB);
    host_image_pa = IMAGE;
    host_on_cpu_start = start_cpu;
    host_on_relax = pass_time;
    host_on_end = keep_log;
    memcpy(host_ram(PA(DTB)), boot.tree.fdt, boot.tree.len);
    if (boot.bundle.len != 0) memcpy(host_ram(PA(BUNDLE)), boot.bundle.at, boot.bundle.len);
    fake_page_fail(boot.no_page);
    hv_main(DTB);
    if (boot.check != NULL) boot.check();
    keep_log();
}

static void must_at(bool holds, int line)
{
    if (holds) return;
    fprintf(stderr, "line %d\n", line);
    abort();
}
#define must(holds) must_at((holds), __LINE__)

static void tell_where(struct archive *a)
{
    int chosen = fdt_path_offset(boot.tree.fdt, "/chosen");

    if (a->len == 0) return;
    if (fdt_setprop_u64(boot.tree.fdt, chosen, "linux,initrd-start", BUNDLE) != 0 ||
        fdt_setprop_u64(boot.tree.fdt, chosen, "linux,initrd-end", BUNDLE + a->len) != 0)
        fail();
}

static void expect(enum host_end end, const char *line)
{
    enum host_end got;

    tell_where(&boot.bundle);
    said[0] = '\0';
    got = host_run(run, NULL);
    if (got != end) fail_msg("ended as %d (%s); log:\n%s", (int)got, host_last_words(), said);
    if (line != NULL && strstr(said, line) == NULL && strstr(host_last_words(), line) == NULL)
        fail_msg("\"%s\" is not in the log:\n%s", line, said);
}

static int group(void **state)
{
    firmware = tree_from_qemu("-M virt,virtualization=on,gic-version=3 -cpu cortex-a57 -smp 4 -m 1024");
    said = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return said == MAP_FAILED;
}

static int group_end(void **state)
{
    tree_free(&firmware);
    return munmap(said, PAGE_SIZE);
}

static int start(void **state)
{
    memset(kernel, 0x5a, sizeof(kernel));
    kernel[1] = 0;                              /* text_offset, image_size, magic of an arm64 Image */
    kernel[2] = MIB;
    kernel[7] = 0x644d5241;
    files[0].bytes = board_blob(mvm_blob, sizeof(mvm_blob), "mvm", 2, "mvm/kernel", BOARD_RAM);
    files[2].bytes = board_blob(one_blob, sizeof(one_blob), "one", 1, "vm/one/kernel", BOARD_RAM);
    boot = (struct boot){ .tree = tree_editable(&firmware, 1024), .bundle = archive_bundle(files, 4, one, 1, 0) };
    return 0;
}

static int end(void **state)
{
    tree_free(&boot.tree);
    archive_free(&boot.bundle);
    return 0;
}

static void bundle_of(uint32_t first, uint32_t count, uint64_t pool)
{
    archive_free(&boot.bundle);
    boot.bundle = archive_bundle(files + first, count, one, 1, pool);
}

/* --- The usual boot --- */

static void everything_runs(void)
{
    must(cpu_count == 4 && host_cpus_started == 0xe);
    for (uint32_t i = 0; i < 4; i++) must(cpus[i].online && cpus[i].id == i && cpus[i].mpidr == i);
    must(vm_of_mvm() != NULL && vm_of_mvm()->state == SHYPER_VM_RUNNING && vm_of_mvm()->vcpu_count == 2);
    must(vms[1] != NULL && vms[1]->state == SHYPER_VM_RUNNING && strcmp(vms[1]->config.name, "one") == 0);
    board_settle();
    must(vms[1]->vcpu[0]->arch.pc == BOARD_RAM);
    must(vm_of_mvm()->vcpu[0]->arch.context == vm_of_mvm()->config.dtb);
    must(fdt_check_header(host_ram(PA(vm_of_mvm()->config.dtb))) == 0);
}

static void all_is_started(void **state)
{
    boot.check = everything_runs;
    expect(HOST_RETURNED, "on 4 CPUs, GICv3, 1024 MiB RAM");
}

/* Every page of RAM is the image's, the bundle's, the tree's, the pool's or the MVM's, and of one of them only. */
static void ram_is_divided(void)
{
    struct ranges left = { 1, { { RAM, RAM_END } } };
    const struct ranges *pool = guest_pool_ranges();
    const struct guest_mem *m = &vm_of_mvm()->mem;
    uint64_t bundle_end = BUNDLE + boot.bundle.len, tree_end = DTB + platform.dtb_len;
    uint64_t taken = HV_CARVE_BYTES + align_up(bundle_end, PAGE_SIZE) - align_down(BUNDLE, PAGE_SIZE) +
                     align_up(tree_end, PAGE_SIZE) - DTB;

    must(ranges_remove(&left, IMAGE, IMAGE + HV_CARVE_BYTES) == 0);
    must(ranges_remove(&left, align_down(BUNDLE, PAGE_SIZE), align_up(bundle_end, PAGE_SIZE)) == 0);
    must(ranges_remove(&left, DTB, align_up(tree_end, PAGE_SIZE)) == 0);
    for (uint32_t i = 0; i < pool->count; i++) {
        must(is_aligned(pool->at[i].base | pool->at[i].end, BLOCK_SIZE));
        must(ranges_remove(&left, pool->at[i].base, pool->at[i].end) == 0);
    }
    for (uint32_t i = 0; i < m->run_count; i++) must(ranges_remove(&left, m->run[i].pa, m->run[i].pa + m->run[i].bytes) == 0);
    must(left.count == 0);
    must(ranges_total(pool) + m->bytes + taken == GIB);         /* nothing was given twice */
    must(guest_pool_bytes() == ranges_total(pool));
}

static void half_of_the_rest_is_the_guests(void)
{
    ram_is_divided();
    must(guest_pool_bytes() <= vm_of_mvm()->mem.bytes && guest_pool_bytes() > GIB / 2 - 16 * MIB);
}

static void as_much_as_the_bundle_says(void)
{
    ram_is_divided();
    must(guest_pool_bytes() == 200 * MIB);
}

static void ram_is_divided_without_rest(void **state)
{
    boot.check = half_of_the_rest_is_the_guests;
    expect(HOST_RETURNED, NULL);
    bundle_of(0, 4, 200 * MIB);
    boot.check = as_much_as_the_bundle_says;
    expect(HOST_RETURNED, NULL);
}

static void guests_have_all_ram(void)
{
    must(vm_of_mvm() == NULL && vms[1]->state == SHYPER_VM_RUNNING);
    must(guest_pool_bytes() > GIB - 32 * MIB);
}

static void without_a_management_vm_all_ram_is_the_guests(void **state)
{
    bundle_of(2, 2, 0);
    boot.check = guests_have_all_ram;
    expect(HOST_RETURNED, NULL);
}

static void the_mvm_has_a_cpu_interface(void)
{
    everything_runs();
    must(platform.gic_version == 2 && vm_of_mvm()->device[1].config.type == SHYPER_DEV_GICC);
    must(vm_of_mvm()->device[1].config.ipa == 0x8010000);
}

static void a_board_with_the_older_controller_boots(void **state)
{
    struct tree v2 = tree_from_qemu("-M virt,virtualization=on,gic-version=2 -cpu cortex-a57 -smp 4 -m 1024");

    tree_free(&boot.tree);
    boot.tree = tree_editable(&v2, 1024);
    boot.check = the_mvm_has_a_cpu_interface;
    expect(HOST_RETURNED, "GICv2");
    tree_free(&v2);
}

/* --- What is missing or broken --- */

static void no_way_to_go_on_switches_the_machine_off(void **state)
{
    static uint8_t nothing[64];

    boot.gic_error = "interrupt controller: broken";
    expect(HOST_SHUTDOWN, "interrupt controller: broken");
    boot.gic_error = NULL;
    boot.mpidr = 0x100;
    expect(HOST_SHUTDOWN, "not among the first 8 CPUs");
    boot.mpidr = 0;
    memset(boot.bundle.at, 0, 64);
    expect(HOST_SHUTDOWN, "The machine is switched off.");
    archive_free(&boot.bundle);
    (void)fdt_delprop(boot.tree.fdt, fdt_path_offset(boot.tree.fdt, "/chosen"), "linux,initrd-start");
    (void)fdt_delprop(boot.tree.fdt, fdt_path_offset(boot.tree.fdt, "/chosen"), "linux,initrd-end");
    boot.bundle = (struct archive){ 0 };
    expect(HOST_SHUTDOWN, "no bundle: give one as initrd");
    (void)fdt_del_node(boot.tree.fdt, fdt_path_offset(boot.tree.fdt, "/memory@40000000"));
    expect(HOST_SHUTDOWN, "no usable memory");
    memcpy(boot.tree.fdt, nothing, sizeof(nothing));
    boot.tree.len = sizeof(nothing);
    expect(HOST_SHUTDOWN, "The machine is switched off.");
}

static void a_bundle_whose_vms_are_all_broken_is_one_without(void **state)
{
    files[2].bytes = 40;
    bundle_of(2, 2, 0);
    expect(HOST_SHUTDOWN, "holds no VM that could be started");
}

static void three_cpus_run(void)
{
    must(cpu_count == 4 && !cpus[2].online && cpus[1].online && cpus[3].online);
    must(vm_of_mvm()->state == SHYPER_VM_RUNNING && vms[1]->state == SHYPER_VM_RUNNING);
    must(vm_of_mvm()->vcpu[1]->cpu != &cpus[2] && vms[1]->vcpu[0]->cpu != &cpus[2]);
}

static void a_cpu_that_does_not_start_is_left_out(void **state)
{
    boot.check = three_cpus_run;
    boot.refused = 4;
    expect(HOST_RETURNED, "CPU 2 (mpidr 2): the firmware refused to start it");
    boot.refused = 0;
    boot.silent = 4;
    expect(HOST_RETURNED, "CPU 2 (mpidr 2): does not come up");
}

static void only_the_guest_runs(void)
{
    must(vm_of_mvm() == NULL && vms[1]->state == SHYPER_VM_RUNNING);
}

static void a_broken_management_vm_costs_the_guests_nothing(void **state)
{
    boot.check = only_the_guest_runs;
    kernel[7] = 0;
    bundle_of(0, 4, 0);
    expect(HOST_RETURNED, "its kernel is not an arm64 Image; going on without a management VM");
    kernel[7] = 0x644d5241;
    files[0].bytes = 64;
    bundle_of(0, 4, 0);
    expect(HOST_RETURNED, "going on without a management VM");
}

static void an_uart_interrupt_that_is_taken_costs_the_input(void **state)
{
    boot.uart_taken = true;
    boot.check = everything_runs;
    expect(HOST_RETURNED, "interrupt 33 is taken: no input");
}

static void a_board_without_uart_boots(void **state)
{
    (void)fdt_del_node(boot.tree.fdt, fdt_path_offset(boot.tree.fdt, "/pl011@9000000"));
    boot.check = everything_runs;
    expect(HOST_RETURNED, NULL);
}

/* regression: 54 */
static void each_allocation_of_the_boot_may_fail(void **state)
{
    uint32_t n;

    for (n = 1; n < 200; n++) {
        enum host_end got;

        tell_where(&boot.bundle);
        boot.no_page = n;
        boot.check = NULL;
        got = host_run(run, NULL);
        if (got != HOST_RETURNED && got != HOST_PANIC && got != HOST_SHUTDOWN) fail_msg("allocation %u: %d", n, (int)got);
        if (got == HOST_PANIC) assert_non_null(strstr(host_last_words(), "no memory for trace rings"));
        else if (strstr(said, "] E ") == NULL) break;           /* there are fewer than n */
    }
    assert_in_range(n, 15, 199);
}

static void interrupts_of_a_cpu_that_are_the_same_one_are_refused(void **state)
{
    static const uint32_t same[] = { 1, 13, 8, 1, 14, 8, 1, 11, 8, 1, 9, 8 };       /* the hypervisor timer is GIC maintenance */
    uint32_t cells[ARRAY_LEN(same)];

    for (size_t i = 0; i < ARRAY_LEN(same); i++) cells[i] = cpu_to_fdt32(same[i]);
    assert_int_equal(fdt_setprop(boot.tree.fdt, fdt_path_offset(boot.tree.fdt, "/timer"), "interrupts", cells, sizeof(cells)), 0);
    expect(HOST_SHUTDOWN, "two of their interrupts are the same PPI");
}

static void maintenance_and_timer_are_served(void)
{
    must(irq_owner(platform.irq_maintenance) == NULL);
    board_raise(0, platform.irq_maintenance);
    board_raise(0, platform.irq_hyp_timer);
    while (irq_handle()) continue;
    must(board_eois == 2);
}

static void interrupts_of_el2_itself_are_served(void **state)
{
    boot.check = maintenance_and_timer_are_served;
    expect(HOST_RETURNED, NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        TEST(all_is_started), TEST(ram_is_divided_without_rest), TEST(without_a_management_vm_all_ram_is_the_guests),
        TEST(a_board_with_the_older_controller_boots),
        TEST(no_way_to_go_on_switches_the_machine_off), TEST(a_bundle_whose_vms_are_all_broken_is_one_without),
        TEST(a_cpu_that_does_not_start_is_left_out), TEST(a_broken_management_vm_costs_the_guests_nothing),
        TEST(an_uart_interrupt_that_is_taken_costs_the_input), TEST(a_board_without_uart_boots),
        TEST(each_allocation_of_the_boot_may_fail), TEST(interrupts_of_a_cpu_that_are_the_same_one_are_refused),
        TEST(interrupts_of_el2_itself_are_served),
    };

    return cmocka_run_group_tests(tests, group, group_end);
}
