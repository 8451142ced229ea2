/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/core/vm_load.h"
#include "hypervisor/core/arch.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/vm_life.h"
#include "hypervisor/core/vm_make.h"
#include "hypervisor/drivers/gic.h"

#define LOAD_STEP (32 * KIB)

int vm_load_some(struct vm *vm)
{
    const struct vm_image *i;
    uint64_t step;
    int err;

    if (vm->load_index == vm->image_count) return 0;
    i = &vm->image[vm->load_index];
    step = MIN(i->bytes - vm->load_at, LOAD_STEP);
    err = guest_load(vm, IPA(i->ipa + vm->load_at), (const uint8_t *)i->data + vm->load_at, step);
    if (err != 0) return err;
    vm->load_at += step;
    if (vm->load_at == i->bytes) {
        vm->load_index++;
        vm->load_at = 0;
        if (vm->load_index == vm->image_count) arch_icache_sync();
    }
    return -EAGAIN;     /* also after the last piece: what follows is a step of its own */
}

void vm_add_image(struct vm *vm, uint64_t ipa, const void *data, uint64_t bytes)
{
    if (bytes != 0)
        vm->image[vm->image_count++] =
            (struct vm_image){ .ipa = ipa, .data = data, .bytes = bytes };
}

int vm_load_all(struct vm *vm)
{
    int err;

    while ((err = vm_load_some(vm)) == -EAGAIN) continue;
    vm->load_index = 0;
    vm->load_at = 0;
    return err;
}

const struct bundle_member *bundle_image(const struct bundle *b, const char *name, const char **why)
{
    const struct bundle_member *m = bundle_find(b, name);

    *why = "the bundle lacks an image its profile names";
    if (m == NULL) return NULL;
    *why = "an image of the bundle is corrupt (its CRC does not match)";
    return bundle_member_is_whole(m) ? m : NULL;
}

static int add_images(struct vm *vm, const struct bundle *b, const char **why)
{
    const struct vm_config *c = &vm->config;
    uint32_t tree = gic->version - 2;
    const struct bundle_member *kernel, *ramdisk;

    *why = "image: a boot-time VM needs a kernel";
    if (c->kernel == NULL) return -EINVAL;
    kernel = bundle_image(b, c->kernel, why);
    if (kernel == NULL) return -EINVAL;
    vm_add_image(vm, c->load, kernel->data, kernel->bytes);
    if (c->dtb != 0) {
        *why = "image: no device tree for this board's GIC version";
        if (c->dtb_gic[tree] == NULL) return -EINVAL;
        vm_add_image(vm, c->dtb, c->dtb_gic[tree], c->dtb_gic_bytes[tree]);
    }
    if (c->ramdisk != NULL) {
        ramdisk = bundle_image(b, c->ramdisk, why);
        if (ramdisk == NULL) return -EINVAL;
        vm_add_image(vm, c->ramdisk_load, ramdisk->data, ramdisk->bytes);
    }
    return 0;
}

/* One bad VM is refused with the reason; the others, and the MVM, start all the same. */
static struct vm *make_one(const struct bundle *b, const struct bundle_member *blob,
                           struct vm_config *scratch)
{
    const char *why = "";
    struct vm *vm;
    int err = -EINVAL;

    if (!bundle_member_is_whole(blob)) why = "the profile is corrupt (its CRC does not match)";
    else err = profile_decode(blob->data, blob->bytes, scratch, &why);
    if (err == 0) err = vm_make(scratch, false, &vm, &why);
    if (err != 0) {
        log_error("bundle", "%s: %s", blob->name, why);
        return NULL;
    }
    vm->boot_time = true;
    err = add_images(vm, b, &why);
    if (err == 0) {
        why = "an image does not lie in the VM's memory";
        err = vm_load_all(vm);
    }
    if (err != 0) {
        log_error("bundle", "%s: %s", blob->name, why);
        while (!vm_release_some(vm)) continue;
        return NULL;
    }
    return vm;
}

uint32_t bundle_make_vms(const struct bundle *b)
{
    static struct vm_config scratch;
    uint32_t made = 0;

    for (uint32_t i = 0; i < b->vm_count; i++) made += make_one(b, b->vm[i], &scratch) != NULL;
    return made;
}

void bundle_boot_vms(void)
{
    for (uint32_t id = 0; id < SHYPER_VM_MAX; id++) {
        if (vms[id] == NULL || !vms[id]->boot_time || vms[id]->is_mvm) continue;
        if (vm_boot(vms[id]) != 0)
            log_error("bundle", "%s: could not be started", vms[id]->config.name);
    }
}
