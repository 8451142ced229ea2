/* SPDX-License-Identifier: Apache-2.0 */
/* The MVM's memory and devices lie where the board has them, because its devices' DMA uses those
 * addresses. Its images are copied out of the bundle, which stays as it was. */
#include "hypervisor/core/mvm.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/mvm_restart.h"
#include "hypervisor/core/mvm_tree.h"
#include "hypervisor/core/page.h"
#include "hypervisor/core/platform.h"
#include "hypervisor/core/vm_life.h"
#include "hypervisor/core/vm_load.h"
#include "hypervisor/core/vm_make.h"
#include "hypervisor/drivers/gic_dist.h"
#include "lib/str.h"

#define TREE_PAGES    16u

/* Linux arm64 Image header (Documentation/arm64/booting.rst). */
struct image_header {
    uint32_t code[2];
    uint64_t text_offset, image_size, flags, rsv[3];
    uint32_t magic, rsv5;
};
#define IMAGE_MAGIC 0x644d5241u     /* "ARM\x64" */

static void add_device(struct vm_config *c, uint32_t type, const char *name, uint64_t base,
                       uint64_t len, uint32_t irq)
{
    struct device_config *d = &c->device[c->device_count++];

    *d = (struct device_config){ .type = type, .ipa = base, .len = len, .irq = irq };
    str_copy(d->name, sizeof(d->name), name);
}

static void add_board_devices(struct vm_config *c)
{
    const struct platform *p = &platform;

    c->device_count = 0;
    add_device(c, SHYPER_DEV_GICD, "gicd", p->gicd.base, p->gicd.len, 0);
    if (p->gic_version == 3)
        add_device(c, SHYPER_DEV_GICR, "gicr", p->gicr[0].base, GICR_BYTES * c->cpu_count, 0);
    else add_device(c, SHYPER_DEV_GICC, "gicc", p->gicc.base, p->gicc.len, 0);
    if (p->uart.kind == UART_NONE) return;
    add_device(c, SHYPER_DEV_CONSOLE, "uart", p->uart.mmio.base, p->uart.mmio.len, p->uart.irq);
    c->device[c->device_count - 1].cfg_count = 1;
    c->device[c->device_count - 1].cfg[0] = p->uart.sbsa ? SHYPER_UART_SBSA : SHYPER_UART_PL011;
}

static int add_ram(struct vm *vm, const struct ranges *ram)
{
    if (ram->count > MEM_RUN_MAX) return -E2BIG;
    for (uint32_t i = 0; i < ram->count; i++) {
        struct range r = ram->at[i];

        vm->mem.run[vm->mem.run_count++] =
            (struct mem_run){ r.base, r.base, r.end - r.base, .ready = true };
        vm->mem.bytes += r.end - r.base;
    }
    return 0;
}

/* Every SPI of the board that EL2 has not claimed. */
static void own_interrupts(struct vm *vm)
{
    for (uint32_t intid = 32; intid < gic_spi_end; intid++) {
        if (intid == vgic_doorbell_intid()) continue;
        if (vgic_own_spi(vm, intid) != 0 && intid != platform.uart.irq)
            log_warn("mvm", "interrupt %u is not available to the management VM", intid);
    }
    mvm_doorbell(vgic_doorbell_intid());
}

int mvm_make(const struct bundle *b, const struct ranges *ram, const char **why)
{
    static struct vm_config config;
    struct vm *vm;
    int err = profile_decode(b->mvm->data, b->mvm->bytes, &config, why);

    if (err != 0) return err;
    config.type = SHYPER_VM_TYPE_MVM;
    config.memory_count = 0;
    add_board_devices(&config);
    err = vm_make(&config, true, &vm, why);
    if (err != 0) return err;
    *why = "RAM is in too many pieces";
    err = add_ram(vm, ram);
    if (err != 0) {
        while (!vm_release_some(vm)) continue;
        return err;
    }
    vm->boot_time = true;
    own_interrupts(vm);
    return 0;
}

static int build_tree(struct vm *vm, const void *fdt, uint64_t initrd, uint64_t initrd_bytes,
                      void *out, uint32_t *bytes, const char **why)
{
    uint64_t mpidr[SHYPER_VCPU_MAX];
    uint8_t seeds[PLATFORM_ENTROPY];
    struct ranges ram = { 0 };
    struct mvm_tree_params p = {
        .ram = &ram,
        .pool = guest_pool_ranges(),
        .mpidr = mpidr,
        .cpu_count = vm->vcpu_count,
        .bootargs = vm->config.cmdline,
        .initrd_base = initrd,
        .initrd_end = initrd + initrd_bytes,
        .doorbell = vgic_doorbell_intid(),
        .entropy = mvm_seeds(seeds) ? seeds : NULL,
    };

    for (uint32_t i = 0; i < vm->vcpu_count; i++) mpidr[i] = vm->vcpu[i]->mpidr;
    for (uint32_t i = 0; i < vm->mem.run_count; i++) {
        if (ranges_add(&ram, vm->mem.run[i].pa, vm->mem.run[i].pa + vm->mem.run[i].bytes) != 0)
            return -ENOSPC;
    }
    return mvm_tree_build(out, TREE_PAGES * PAGE_SIZE, fdt, &p, bytes, why);
}

struct placement {
    uint64_t kernel, ramdisk, tree;
};

/* Kernel on a 2 MiB boundary, ramdisk and tree on boundaries behind it, all in one piece of RAM. */
static int place(const struct vm *vm, const struct image_header *h, uint64_t kernel_bytes,
                 uint64_t ramdisk_bytes, struct placement *at)
{
    uint64_t kernel_room = align_up(h->text_offset + MAX(h->image_size, kernel_bytes), BLOCK_SIZE);
    uint64_t ramdisk_room = align_up(ramdisk_bytes, BLOCK_SIZE), base;

    for (uint32_t i = 0; i < vm->mem.run_count; i++) {
        const struct mem_run *r = &vm->mem.run[i];

        base = align_up(r->ipa, BLOCK_SIZE);
        if (base - r->ipa > r->bytes ||
            kernel_room + ramdisk_room + BLOCK_SIZE > r->bytes - (base - r->ipa))
            continue;
        *at = (struct placement){ base + h->text_offset, base + kernel_room,
                                  base + kernel_room + ramdisk_room };
        return 0;
    }
    return -ENOMEM;
}

int mvm_load_and_boot(const struct bundle *b, const void *fdt, const char **why)
{
    struct vm *vm = vm_of_mvm();
    struct vm_config *c = &vm->config;
    const struct bundle_member *kernel, *ramdisk = NULL;
    struct image_header h;          /* a copy: members of the bundle are aligned to 4 bytes only */
    struct placement at;
    uint32_t tree_bytes;
    void *tree;
    int err;

    *why = "its profile names no kernel";
    if (c->kernel == NULL || (kernel = bundle_image(b, c->kernel, why)) == NULL) return -EINVAL;
    if (c->ramdisk != NULL && (ramdisk = bundle_image(b, c->ramdisk, why)) == NULL) return -EINVAL;
    *why = "its kernel is not an arm64 Image";
    if (kernel->bytes < sizeof(h)) return -EINVAL;
    memcpy(&h, kernel->data, sizeof(h));
    if (h.magic != IMAGE_MAGIC || h.text_offset >= BLOCK_SIZE || h.image_size > GIB) return -EINVAL;
    *why = "its images do not fit into one piece of its RAM";
    err = place(vm, &h, kernel->bytes, ramdisk == NULL ? 0 : ramdisk->bytes, &at);
    if (err != 0) return err;
    *why = "no memory left in the hypervisor";
    tree = page_alloc(PAGE_VM, vm->id, TREE_PAGES);
    if (tree == NULL) return -ENOMEM;
    err = build_tree(vm, fdt, at.ramdisk, ramdisk == NULL ? 0 : ramdisk->bytes, tree, &tree_bytes,
                     why);
    if (err != 0) return err;

    mvm_restart_tree(tree, tree_bytes);
    c->entry = at.kernel;
    c->dtb = at.tree;
    vm_add_image(vm, at.kernel, kernel->data, kernel->bytes);
    vm_add_image(vm, at.tree, tree, tree_bytes);
    if (ramdisk != NULL) vm_add_image(vm, at.ramdisk, ramdisk->data, ramdisk->bytes);
    *why = "its images could not be loaded";
    err = vm_load_all(vm);
    return err != 0 ? err : vm_boot(vm);
}

/* What it had stays taken: other cores may have found it a moment ago. */
void mvm_abandon(void)
{
    {
        spin_guard(&vms_lock);
        vms[SHYPER_MVM_ID] = NULL;
        console_start(NULL);
    }
    vms_end_if_done();
}
