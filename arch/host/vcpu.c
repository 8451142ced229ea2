/* SPDX-License-Identifier: Apache-2.0 */
/* A vCPU's registers are in its structure all the time; loading and saving only keeps account, and
 * refuses what would lose registers on a real core. */
#include "arch/host/host.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/vcpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void (*host_on_save)(void);

static void must(bool holds, const char *what)
{
    if (holds) return;
    fprintf(stderr, "vCPU: %s\n", what);
    abort();
}

void arch_vcpu_reset(struct vcpu *v)
{
    unsigned loads = v->arch.loads, resets = v->arch.resets, restarts = v->arch.restarts;

    must(!v->arch.loaded, "reset while its registers are on a core");
    v->arch = (struct arch_vcpu){ .loads = loads, .resets = resets + 1, .restarts = restarts };
}

void arch_vcpu_set_entry(struct vcpu *v, uint64_t entry, uint64_t context)
{
    v->arch.pc = entry;
    v->arch.context = context;
}

void arch_vcpu_restart(struct vcpu *v, uint64_t entry, uint64_t context)
{
    bool on = v->arch.vtimer_on;
    uint64_t at = v->arch.vtimer_at;

    arch_vcpu_reset(v);
    v->arch.vtimer_on = on;
    v->arch.vtimer_at = at;
    v->arch.restarts++;
    arch_vcpu_set_entry(v, entry, context);
}

void arch_vcpu_save(struct vcpu *v)
{
    must(v->arch.loaded, "saved, but not loaded");
    if (host_on_save != NULL) host_on_save();
    v->arch.loaded = false;
}

void arch_vcpu_load(struct vcpu *v)
{
    must(!v->arch.loaded, "loaded twice");
    v->arch.loaded = true;
    v->arch.loads++;
}

void arch_inject_undefined(struct vcpu *v)
{
    v->arch.injected_undefined++;
}

void arch_inject_abort(struct vcpu *v, uint64_t address, bool fetch)
{
    v->arch.injected_aborts++;
    v->arch.abort_address = address;
    v->arch.abort_fetch = fetch;
}

void arch_vcpu_fault(struct vcpu *v, struct shyper_vm_fault *f)
{
    f->pc = v->arch.pc;
    memcpy(f->x, v->arch.regs, sizeof(f->x));
}

bool arch_vtimer_line(void)
{
    const struct vcpu *v = this_cpu()->loaded;

    return v != NULL && v->arch.vtimer_on && v->arch.vtimer_at <= arch_counter();
}

void arch_vtimer_mask(void) { }

bool arch_vtimer_deadline(const struct vcpu *v, uint64_t *count)
{
    if (v->arch.vtimer_on) *count = v->arch.vtimer_at;
    return v->arch.vtimer_on;
}
