/* SPDX-License-Identifier: Apache-2.0 */
/* Stage-2 faults: an access to an emulated device, first use of RAM, or nothing at all (the guest gets an external abort). */
#include "hypervisor/arch/aarch64/trap.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/trace.h"
#include "hypervisor/core/vm.h"

#define FSC_KIND(esr)    (((esr) >> 2) & 0xf)
#define FSC_TRANSLATION  1u

static bool fault_is_translation(uint64_t esr)
{
    return FSC_KIND(esr) == FSC_TRANSLATION;
}

/* HPFAR_EL2 holds the page of the faulting IPA for translation faults, and for faults of the guest's own table walks. */
static ipa_t fault_ipa(uint64_t esr)
{
    uint64_t page = (sysreg_read(hpfar_el2) & MASK64(43, 4)) << 8;

    return IPA(page | (esr & ESR_ISS_S1PTW ? 0 : sysreg_read(far_el2) & 0xfff));
}

static struct device *device_at(struct vcpu *v, ipa_t at)
{
    struct vm *vm = v->vm;

    for (uint32_t i = 0; i < vm->device_count; i++) {
        struct device *d = &vm->device[i];

        if (at.v - d->config.ipa < d->config.len) return d->model->mmio != NULL ? d : NULL;
    }
    return NULL;
}

static uint64_t extend_load(uint64_t value, uint64_t esr, unsigned size)
{
    unsigned shift = 64 - size * 8;

    value <<= shift;
    if (esr & ESR_ISS_SSE) {
        value = (uint64_t)((int64_t)value >> shift);
        return esr & ESR_ISS_SF ? value : (uint32_t)value;
    }
    return value >> shift;
}

/* False: the device has no such register or the instruction cannot be emulated. */
static bool mmio_emulate(struct device *d, struct vcpu *v, struct guest_frame *f, uint64_t esr, ipa_t at)
{
    struct mmio_access a;
    unsigned reg = FIELD(esr, 20, 16);

    if ((esr & ESR_ISS_ISV) == 0) return false;     /* pairs, write-back, vector: no syndrome */
    a.size = (uint8_t)(1u << FIELD(esr, 23, 22));
    a.offset = at.v - d->config.ipa;
    a.write = (esr & ESR_ISS_WNR) != 0;
    if (!is_aligned(at.v, a.size) || a.offset + a.size > d->config.len) return false;
    a.value = 0;
    if (a.write) {
        a.value = frame_get(f, reg);
        if (a.size < 8) a.value &= BIT64(a.size * 8) - 1;
    }
    if (!d->model->mmio(d, v, &a)) return false;
    if (!a.write) frame_set(f, reg, extend_load(a.value, esr, a.size));
    return true;
}

static void report_abort(struct vcpu *v, const char *what, ipa_t at, uint64_t esr)
{
    v->exits[SHYPER_EXIT_INJECTED]++;
    log_vm(v->vm, "vcpu %u: %s at IPA %lx, pc %lx, syndrome %lx: external abort", v->id, what, at.v,
           sysreg_read(elr_el2), esr);
}

void trap_data_abort(struct vcpu *v, struct guest_frame *f, uint64_t esr)
{
    uint64_t far = sysreg_read(far_el2);
    ipa_t at = fault_ipa(esr);

    if (likely(fault_is_translation(esr))) {
        struct device *d = esr & ESR_ISS_S1PTW ? NULL : device_at(v, at);

        if (d != NULL) {
            v->exits[SHYPER_EXIT_MMIO]++;
            if (esr & ESR_ISS_CM || mmio_emulate(d, v, f, esr, at)) {   /* cache maintenance of a device page: nothing */
                guest_skip();
                return;
            }
            report_abort(v, d->config.name, at, esr);
            arch_inject_abort(v, far, false);
            return;
        }
        v->exits[SHYPER_EXIT_MEMORY]++;
        if (guest_mem_fault(v->vm, at) == 0) return;
    }
    report_abort(v, esr & ESR_ISS_WNR ? "write" : "read", at, esr);
    arch_inject_abort(v, far, false);
}

void trap_fetch_abort(struct vcpu *v, uint64_t esr)
{
    ipa_t at = fault_ipa(esr);

    if (fault_is_translation(esr) && guest_mem_fault(v->vm, at) == 0) return;
    report_abort(v, "instruction fetch", at, esr);
    arch_inject_abort(v, sysreg_read(far_el2), true);
}
