/* SPDX-License-Identifier: Apache-2.0 */
/* Stage-2 faults: an access to an emulated device, first use of RAM, or nothing at all (the guest
 * gets an external abort). */
#include "hypervisor/arch/aarch64/trap.h"
#include "hypervisor/core/fault.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/trace.h"
#include "hypervisor/core/vm.h"
#include "hypervisor/core/vm_life.h"

#define FSC_KIND(esr)    (((esr) >> 2) & 0xf)
#define FSC_TRANSLATION  1u

/* The common case in one comparison: a translation fault of an instruction the syndrome describes,
 * neither a table walk nor cache maintenance. */
#define PLAIN_MASK  (ESR_ISS_ISV | ESR_ISS_S1PTW | ESR_ISS_CM | MASK64(5, 2))
#define PLAIN_VALUE (ESR_ISS_ISV | FSC_TRANSLATION << 2)

/* HPFAR_EL2 holds the page of the faulting IPA for translation faults, and for faults of the
 * guest's own table walks. */
static ipa_t fault_page(void)
{
    return IPA((sysreg_read(hpfar_el2) & MASK64(43, 4)) << 8);
}

static inline bool is_inside(const struct device *d, uint64_t at)
{
    return at - d->config.ipa < d->config.len;
}

static struct device *device_find(struct vcpu *v, uint64_t at)
{
    struct vm *vm = v->vm;

    for (struct device *d = vm->device, *end = d + vm->device_count; d < end; d++) {
        if (!is_inside(d, at) || d->model->mmio == NULL) continue;
        v->device_hint = d;
        return d;
    }
    return NULL;
}

static inline struct device *device_at(struct vcpu *v, uint64_t at)
{
    struct device *d = v->device_hint;

    return likely(is_inside(d, at)) ? d : device_find(v, at);
}

/* Shifts take their amount modulo 64, so `0 - bits` moves the value to the top and back. */
static inline uint64_t zero_extend(uint64_t value, unsigned bits)
{
    unsigned shift = (0u - bits) & 63;

    return value << shift >> shift;
}

static uint64_t sign_extend(uint64_t value, uint64_t esr, unsigned bits)
{
    unsigned shift = (0u - bits) & 63;

    value = (uint64_t)((int64_t)(value << shift) >> shift);
    return esr & ESR_ISS_SF ? value : (uint32_t)value;
}

/* False: the device has no such register or the width does not fit. Frames are whole pages, so an
 * aligned access that begins inside ends inside. */
static inline bool mmio_emulate(struct device *d, struct vcpu *v, struct guest_frame *f,
                                uint64_t esr, uint64_t at)
{
    unsigned log_size = FIELD(esr, 23, 22), bits = 8u << log_size;
    uint64_t *reg = &f->x[FIELD(esr, 20, 16)];
    bool write = (esr & ESR_ISS_WNR) != 0;
    struct mmio_access a;

    a.offset = at - d->config.ipa;
    a.size = (uint8_t)(1u << log_size);
    a.write = write;
    if (unlikely((at & (a.size - 1u)) != 0)) return false;
    if (write) {
        a.value = zero_extend(*reg, bits);
        return d->model->mmio(d, v, &a);
    }
    a.value = 0;
    if (unlikely(!d->model->mmio(d, v, &a))) return false;
    *reg =
        unlikely(esr & ESR_ISS_SSE) ? sign_extend(a.value, esr, bits) : zero_extend(a.value, bits);
    return true;
}

static void report_abort(struct vcpu *v, enum shyper_fault kind, const char *what, ipa_t at,
                         uint64_t esr)
{
    v->exits[SHYPER_EXIT_INJECTED]++;
    log_vm(v->vm, "vcpu %u: %s at IPA %lx, pc %lx, syndrome %lx: external abort", v->id, what, at.v,
           sysreg_read(elr_el2), esr);
    fault_note(v, kind, sysreg_read(far_el2), at);
}

/* True: the access can be tried again. Without memory for tables a guest cannot go on at all; the
 * management VM, on which others depend, gets an abort for that access. */
static bool memory_is_there(struct vcpu *v, ipa_t at)
{
    int err = guest_mem_fault(v->vm, at);

    if (err == -ENOMEM && !v->vm->is_mvm) {
        log_vm(v->vm, "vcpu %u: the hypervisor has no memory left for IPA %lx", v->id, at.v);
        fault_note(v, SHYPER_FAULT_MEMORY, sysreg_read(far_el2), at);
        vm_end(v->vm, SHYPER_REASON_FAULT, 0);
    }
    return err == 0 || (err == -ENOMEM && !v->vm->is_mvm);
}

/* Everything but a plain access to a device: first use of RAM, or an error of the guest. */
static cold_fn void abort_slow(struct vcpu *v, struct device *d, uint64_t esr)
{
    uint64_t far = sysreg_read(far_el2);
    ipa_t at = fault_page();

    if (v->again) {
        v->again = false;
        return;
    }
    if ((esr & ESR_ISS_S1PTW) == 0) at.v |= far & 0xfff;
    if (d == NULL && FSC_KIND(esr) == FSC_TRANSLATION) {
        if ((esr & ESR_ISS_S1PTW) == 0 && esr & ESR_ISS_CM && device_find(v, at.v) != NULL) {
            guest_skip(esr); /* cache maintenance of a device page: nothing to do */
            return;
        }
        v->exits[SHYPER_EXIT_MEMORY]++;
        if (memory_is_there(v, at)) return;
    }
    report_abort(v, esr & ESR_ISS_WNR ? SHYPER_FAULT_WRITE : SHYPER_FAULT_READ,
                 d != NULL ? d->config.name : esr & ESR_ISS_WNR ? "write" : "read", at, esr);
    arch_inject_abort(v, far, false);
}

void trap_data_abort(struct vcpu *v, struct guest_frame *f, uint64_t esr)
{
    struct device *d = NULL;

    if (likely((esr & PLAIN_MASK) == PLAIN_VALUE)) {
        uint64_t at = fault_page().v | (sysreg_read(far_el2) & 0xfff);

        d = device_at(v, at);
        if (likely(d != NULL)) {
            v->exits[SHYPER_EXIT_MMIO]++;
            if (likely(mmio_emulate(d, v, f, esr, at))) {
                guest_skip(esr);
                return;
            }
        }
    }
    abort_slow(v, d, esr);
}

void trap_fetch_abort(struct vcpu *v, uint64_t esr)
{
    ipa_t at = fault_page();

    if (FSC_KIND(esr) == FSC_TRANSLATION && memory_is_there(v, at)) return;
    if ((esr & ESR_ISS_S1PTW) == 0) at.v |= sysreg_read(far_el2) & 0xfff;
    report_abort(v, SHYPER_FAULT_FETCH, "instruction fetch", at, esr);
    arch_inject_abort(v, sysreg_read(far_el2), true);
}
