/* SPDX-License-Identifier: Apache-2.0 */
/* The exit loop. A core changes vCPUs only here, after an exit has been handled completely; runq.c
 * says to which. A vCPU's registers stay on the core (`loaded`) until another vCPU needs it, so
 * sleeping and waking alone costs no switch. */
#include "hypervisor/core/sched.h"
#include "hypervisor/core/arch.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/irq.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/platform.h"
#include "hypervisor/core/trace.h"
#include "hypervisor/core/vm.h"
#include "hypervisor/core/vm_life.h"
#include "hypervisor/core/watch.h"

#define JOB_NS 1000000u

/* c->lock is held; the caller asks the core to look. */
static void become_ready(struct cpu *c, struct vcpu *v)
{
    v->state = VCPU_READY;
    runq_add(&c->queue, &v->sched, time_count());
}

void sched_start(struct vcpu *v)
{
    struct cpu *c = v->cpu;

    spin_lock(&c->lock);
    if (v->vm->state == SHYPER_VM_PAUSED) v->state = VCPU_PAUSED;
    else become_ready(c, v);
    spin_unlock(&c->lock);
    cpu_request(c, WORK_RESCHEDULE);
}

void sched_resume(struct vcpu *v)
{
    struct cpu *c = v->cpu;

    spin_lock(&c->lock);
    v->pause = false;
    if (v->state == VCPU_PAUSED) become_ready(c, v);
    spin_unlock(&c->lock);
    cpu_request(c, WORK_RESCHEDULE);
}

void vcpu_kick(struct vcpu *v)
{
    struct cpu *c = v->cpu;
    uint32_t work = 0;

    spin_lock(&c->lock);
    if (v->state == VCPU_WAITING) {
        become_ready(c, v);
        work = WORK_RESCHEDULE;
    } else if (v->state == VCPU_RUNNING) {
        work = WORK_VGIC;
    }
    spin_unlock(&c->lock);
    if (work != 0) cpu_request(c, work);
}

/* A timer that was set anew takes its interrupt back out of the list register, before it expires
 * again: then the interrupt of the first time would keep it from waking. */
static bool has_reason_to_wake(struct vcpu *v)
{
    bool pending = vgic_has_pending(v);

    if (likely(__atomic_load_n(&v->vgic.dirty, __ATOMIC_RELAXED) == 0)) return pending;
    vgic_enter(v);
    return vgic_has_pending(v);
}

void sched_wait(struct vcpu *v)
{
    struct cpu *c = v->cpu;

    if (v->vgic.unlisted) vgic_maintenance(v); /* what its guest has ended last, too */
    spin_lock(&c->lock);
    runq_remove(&c->queue, &v->sched, time_count());
    v->state = VCPU_WAITING;
    spin_unlock(&c->lock);
    cpu_request(c, WORK_RESCHEDULE);
    if (has_reason_to_wake(v))
        vcpu_kick(v); /* after the state is visible: no wake-up is lost between */
}

void sched_let_others(struct vcpu *v)
{
    struct cpu *c = v->cpu;

    spin_lock(&c->lock);
    runq_yield(&c->queue, time_count());
    spin_unlock(&c->lock);
    cpu_request(c, WORK_RESCHEDULE);
}

/* It has left its core with its timer, which wakes it if it sleeps: but not again while it still has
 * the interrupt of the last time, or a masked one would wake it without end. */
static void arm_vtimer(struct vcpu *v)
{
    uint64_t deadline;

    if (v->vgic.irq[platform.irq_vtimer].hw_active) return;
    if (arch_vtimer_deadline(v, &deadline)) timer_arm(&v->vtimer, deadline);
}

static void unload(struct cpu *c)
{
    struct vcpu *v = c->loaded;

    if (v == NULL) return;
    vgic_save(v);
    arch_vcpu_save(v);
    c->loaded = NULL;
}

static void load(struct cpu *c, struct vcpu *v)
{
    struct vcpu *was = c->loaded;

    if (unlikely(c->trace_mask != 0)) trace_switch(c, was, v);
    unload(c);
    if (was != NULL && was->state == VCPU_WAITING) arm_vtimer(was);
    timer_cancel(&v->vtimer);
    arch_vcpu_load(v);
    vgic_load(v);
    v->sched.switches++;
    c->loaded = v;
}

/* Its core forgets a vCPU, which keeps everything in its record. */
static void withdraw(struct cpu *c, struct vcpu *v, enum vcpu_state state)
{
    timer_cancel(&v->vtimer);
    if (state == VCPU_OFF) timer_cancel(&v->ptimer);
    if (c->loaded == v) unload(c);
    if (c->vcpu == v) c->vcpu = NULL;
    spin_lock(&c->lock);
    runq_remove(&c->queue, &v->sched, time_count());
    if (state == VCPU_PAUSED && !v->pause) {
        become_ready(c, v);             /* its VM was resumed meanwhile */
    } else {
        v->pause = false;
        if (state == VCPU_OFF) v->leave = false;
        __atomic_store_n(&v->state, state, __ATOMIC_RELEASE);   /* pairs with vcpu_state_of */
    }
    spin_unlock(&c->lock);
    cpu_request(c, WORK_RESCHEDULE); /* for those who stay there may be nobody to compete with */
}

static void go_off(struct cpu *c, struct vcpu *v)
{
    withdraw(c, v, VCPU_OFF);
    log_debug(v->vm, "vCPU %u is off", v->id);
    vm_vcpu_left(v->vm);
}

void sched_off(struct vcpu *v)
{
    go_off(v->cpu, v);
}

void sched_restart(struct vcpu *v, uint64_t entry, uint64_t context)
{
    unload(v->cpu);
    arm_vtimer(v);
    arch_vcpu_restart(v, entry, context);
}

static struct vcpu *next_leaving(struct cpu *c)
{
    spin_guard(&c->lock);

    list_for_each(it, &c->home) {
        struct vcpu *v = list_item(it, struct vcpu, home_node);

        if (v->state != VCPU_OFF && (v->leave || v->pause)) return v;
    }
    return NULL;
}

static void leave_all(struct cpu *c)
{
    for (struct vcpu *v; (v = next_leaving(c)) != NULL;) {
        if (v->leave) go_off(c, v);
        else withdraw(c, v, VCPU_PAUSED);
    }
}

/* Who runs now, and when to ask again: no timer runs for one that has nobody to compete with. */
static void pick(struct cpu *c)
{
    struct runnable *next;
    uint64_t at;

    spin_lock(&c->lock);
    next = runq_next(&c->queue, time_count());
    at = runq_deadline(&c->queue);
    if (c->vcpu != NULL && c->vcpu->state == VCPU_RUNNING) c->vcpu->state = VCPU_READY;
    c->vcpu = next == NULL ? NULL : container_of(next, struct vcpu, sched);
    if (next != NULL) c->vcpu->state = VCPU_RUNNING;
    spin_unlock(&c->lock);

    if (at == UINT64_MAX) timer_cancel(&c->slice);
    else timer_arm(&c->slice, at);
}

/* At once while the core is idle, otherwise now and then: its guests go first. */
static cold_fn void run_job(struct cpu *c)
{
    if (!vm_job()) return;
    if (c->vcpu == NULL && runq_is_empty(&c->queue)) cpu_request(c, WORK_JOB);
    else timer_arm(&c->job, time_count() + time_count_of_ns(JOB_NS));
}

static void job_due(struct timer *t)
{
    cpu_request(container_of(t, struct cpu, job), WORK_JOB);
}

static void slice_over(struct timer *t)
{
    cpu_request(container_of(t, struct cpu, slice), WORK_RESCHEDULE);
}

void sched_init_cpu(struct cpu *c)
{
    runq_init(&c->queue);
    list_init(&c->home);
    timer_queue_init(&c->timers);
    timer_init(&c->slice, slice_over);
    timer_init(&c->job, job_due);
}

void sched_times(struct vcpu *v, uint64_t *run, uint64_t *ready)
{
    uint64_t now;
    spin_guard(&v->cpu->lock);

    now = time_count();
    *run = v->sched.run + (v->state == VCPU_RUNNING ? now - v->sched.since : 0);
    *ready = v->sched.ready + (v->state == VCPU_READY ? now - v->sched.since : 0);
}

void exit_loop(struct guest_frame *f)
{
    struct cpu *c = this_cpu();

    for (;;) {
        uint32_t work = __atomic_exchange_n(&c->work, 0, __ATOMIC_ACQ_REL);

        if (work & WORK_WATCH) watch_look();
        if (work & WORK_LEAVE) leave_all(c);
        if (work & WORK_JOB) run_job(c);
        if (work & WORK_RESCHEDULE || c->vcpu == NULL || c->vcpu->state != VCPU_RUNNING) pick(c);
        if (c->vcpu == NULL) {
            if (__atomic_load_n(&c->work, __ATOMIC_ACQUIRE) == 0) arch_wait_for_interrupt();
            irq_handle();
            continue;
        }
        if (c->loaded != c->vcpu) load(c, c->vcpu);
        if (__atomic_load_n(&c->vcpu->vgic.dirty, __ATOMIC_RELAXED) != 0) vgic_enter(c->vcpu);
        if (__atomic_load_n(&c->work, __ATOMIC_ACQUIRE) == 0) break;
        irq_handle();   /* or work without end from elsewhere would hold off this core's timers */
    }
    arch_vcpu_trap_wfi(__atomic_load_n(&c->homes, __ATOMIC_RELAXED) > 1);
}
