/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/core/place.h"
#include "hypervisor/core/cpu.h"

#define PROMISED_MAX 900u       /* of 1000 to realtime vCPUs: others of the core get the rest */

static uint32_t own_count(const struct vm *vm, const struct cpu *c)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < vm->vcpu_count; i++) n += vm->vcpu[i]->cpu == c;
    return n;
}

/* Thousandths of a core, rounded up. */
static uint32_t promised_to(const struct sched_config *s)
{
    if (s->class != SHYPER_CLASS_REALTIME) return 0;
    return (uint32_t)((UINT64_C(1000) * s->budget_us + s->period_us - 1) / s->period_us);
}

/* NULL: this core may become the vCPU's home. */
static const char *objection(const struct sched_config *s, const struct cpu *c)
{
    uint32_t promised = promised_to(s);

    if (s->class == SHYPER_CLASS_EXCLUSIVE && c->homes > 0)
        return "cpus: class exclusive: each CPU of the bitmap has another vCPU, perhaps the "
               "management VM's";
    list_for_each(at, &c->home) {
        const struct sched_config *o = &list_item(at, struct vcpu, home_node)->vm->config.sched;

        if (o->class == SHYPER_CLASS_EXCLUSIVE)
            return "cpus: each CPU of the bitmap belongs to a VM of class exclusive";
        promised += promised_to(o);
    }
    return promised > PROMISED_MAX
               ? "cpus: budget_us: more than 90 % of each CPU of the bitmap would be promised"
               : NULL;
}

/* Spread: fewest of this VM's own, then fewest of anybody's (the MVM counts heavily), then the
 * lowest number. */
struct cpu *place_vcpu(const struct vm *vm, uint32_t index, const char **why)
{
    const struct vm_config *config = &vm->config;
    uint64_t allowed = config->cpu_bitmap == 0 ? UINT64_MAX : config->cpu_bitmap;
    struct cpu *best = NULL;
    uint32_t best_cost = UINT32_MAX;

    if (index == 0 && config->cpu_master < cpu_count && cpus[config->cpu_master].online)
        allowed = BIT64(config->cpu_master);
    *why = "cpus: bitmap: no such CPU is running";
    for (uint32_t i = 0; i < cpu_count; i++) {
        struct cpu *c = &cpus[i];
        const char *no;
        uint32_t cost;

        if ((allowed >> i & 1) == 0 || !c->online) continue;
        no = objection(&config->sched, c);
        if (no != NULL) {
            *why = no;
            continue;
        }
        cost = own_count(vm, c) * 1024 + c->homes;
        if (vm_of_mvm() != NULL) cost += own_count(vm_of_mvm(), c) * 64;
        if (cost < best_cost) {
            best = c;
            best_cost = cost;
        }
    }
    return best;
}

void place_settle(struct vcpu *v)
{
    spin_guard(&v->cpu->lock);

    list_push_back(&v->cpu->home, &v->home_node);
    __atomic_fetch_add(&v->cpu->homes, 1, __ATOMIC_RELAXED);
}

void place_leave(struct vcpu *v)
{
    spin_guard(&v->cpu->lock);

    list_remove(&v->home_node);
    __atomic_fetch_sub(&v->cpu->homes, 1, __ATOMIC_RELAXED);
}
