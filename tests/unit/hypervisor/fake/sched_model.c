/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/hypervisor/fake/sched_model.h"

#include <stdio.h>
#include <string.h>

#include "hypervisor/core/sched.h"
#include "tests/fuzz/must.h"
#include "tests/unit/hypervisor/fake/fake_board.h"

#define CPUS    2u
#define VMS     6u
#define VCPUS   2u                      /* per VM at most */
#define ALL     (VMS * VCPUS)
#define SLICE   (HOST_COUNTER_HZ / 100)

struct model_seen model_seen;

struct shadow {
    struct vcpu *v;                     /* NULL: none */
    uint64_t ran;                       /* all in all, also of those who had this place before */
    uint64_t born, used;                /* realtime: used in the period that is now */
    bool wants;
    uint64_t ran_then[ALL];             /* of each other when this one began to want its core */
};

/* Who is on a CPU, as far as the last look found. */
struct turn {
    const struct vcpu *v;
    uint64_t since;
    bool yielded;
};

static struct turn turns[CPUS];
static struct vm *vm[VMS];
static struct shadow shadows[ALL];
static uint64_t now;

static uint32_t index_of(const struct vcpu *v)
{
    for (uint32_t i = 0; i < ALL; i++) {
        if (shadows[i].v == v) return i;
    }
    abort();
}

static const struct sched_config *config_of(const struct shadow *s)
{
    return &s->v->vm->config.sched;
}

static bool is_realtime(const struct shadow *s)     { return config_of(s)->class == SHYPER_CLASS_REALTIME; }
static bool is_running(const struct vcpu *v)        { return v->state == VCPU_RUNNING; }
static uint64_t counts(uint64_t us)                 { return time_count_of_ns(us * 1000); }
static bool has_budget(const struct shadow *s)      { return s->used < counts(config_of(s)->budget_us); }

/* ---- time ---- */

static void account(uint64_t until)
{
    for (uint32_t i = 0; i < ALL; i++) {
        struct shadow *s = &shadows[i];
        uint64_t period, begun, ran;

        if (s->v == NULL) continue;
        ran = s->v->cpu->vcpu == s->v && is_running(s->v) ? until - now : 0;
        s->ran += ran;
        if (!is_realtime(s)) continue;
        period = counts(config_of(s)->period_us);
        begun = until - (until - s->born) % period;
        s->used = begun > now ? MIN(ran, until - begun) : s->used + ran;
    }
    now = until;
    host_time_set(now);
}

/* A sleeper whose registers are still on its core is woken by the hardware. */
static void hardware_timers(void)
{
    for (uint32_t i = 0; i < ALL; i++) {
        struct vcpu *v = shadows[i].v;

        if (v == NULL || v->state != VCPU_WAITING || !v->arch.loaded) continue;
        if (!v->arch.vtimer_on || v->arch.vtimer_at > now) continue;
        host_cpu_set(v->cpu->id);
        vcpu_kick(v);
    }
}

static uint64_t next_event(uint64_t until)
{
    for (uint32_t i = 0; i < CPUS; i++) {
        host_cpu_set(i);
        until = MIN(until, MAX(host_timer_at(), now));
    }
    for (uint32_t i = 0; i < ALL; i++) {
        const struct vcpu *v = shadows[i].v;

        if (v != NULL && v->state == VCPU_WAITING && v->arch.loaded && v->arch.vtimer_on)
            until = MIN(until, MAX(v->arch.vtimer_at, now));
    }
    return until;
}

/* ---- rules ---- */

static void mark_wants(void)
{
    for (uint32_t i = 0; i < ALL; i++) {
        struct shadow *s = &shadows[i];
        bool wants = s->v != NULL && (s->v->state == VCPU_READY || is_running(s->v));

        if (wants && !s->wants) {
            for (uint32_t k = 0; k < ALL; k++) s->ran_then[k] = shadows[k].ran;
        }
        s->wants = wants;
    }
}

static void check_places(struct cpu *c)
{
    uint32_t queued = 0, ready = 0, wanting = 0;
    struct list *const queues[] = { &c->queue.realtime, &c->queue.fair };

    for (uint32_t q = 0; q < ARRAY_LEN(queues); q++) {
        list_for_each(it, queues[q]) {
            struct vcpu *v = container_of(list_item(it, struct runnable, node), struct vcpu, sched);

            queued++;
            must(v->state == VCPU_READY && v->cpu == c);
            must(queued <= ALL);
        }
    }
    for (uint32_t i = 0; i < ALL; i++) {
        const struct vcpu *v = shadows[i].v;

        if (v == NULL || v->cpu != c) continue;
        ready += v->state == VCPU_READY;
        wanting += shadows[i].wants;
        must(list_is_linked(&v->sched.node) == (v->state == VCPU_READY));
        must(is_running(v) == (c->vcpu == v));
        must(is_running(v) == (c->queue.running == &v->sched));
        if (v->state == VCPU_PAUSED || v->state == VCPU_OFF) must(!v->arch.loaded);
    }
    must(queued == ready);
    must((wanting > 0) == (c->vcpu != NULL));
}

static void check_classes(const struct cpu *c)
{
    const struct shadow *r = c->vcpu == NULL ? NULL : &shadows[index_of(c->vcpu)];

    for (uint32_t i = 0; i < ALL; i++) {
        const struct shadow *s = &shadows[i];

        if (s->v == NULL || s->v->cpu != c || s->v->state != VCPU_READY) continue;
        if (is_realtime(s) && has_budget(s)) {
            must(is_realtime(r) && has_budget(r) && config_of(r)->priority >= config_of(s)->priority);
            model_seen.realtime_first++;
        } else if (!is_realtime(s) && is_realtime(r)) {
            must(has_budget(r));
        } else if (is_realtime(s) && !is_realtime(r)) {
            model_seen.exhausted_behind++;
        }
    }
}

/* Both in run time of the default weight. What each may be ahead: its last slice, what it was ahead when the other came, the
 * half slice a sleeper may catch up, and the quarter for which nobody changes places. */
static void check_fairness(const struct cpu *c)
{
    for (uint32_t i = 0; i < ALL; i++) {
        for (uint32_t k = 0; k < ALL; k++) {
            const struct shadow *a = &shadows[i], *b = &shadows[k];
            uint64_t a_had, b_had, grain;

            if (i == k || a->v == NULL || b->v == NULL || a->v->cpu != c || b->v->cpu != c) continue;
            if (!a->wants || !b->wants || is_realtime(a) || is_realtime(b)) continue;
            a_had = (a->ran - MAX(a->ran_then[i], b->ran_then[i])) * SHYPER_WEIGHT_DEFAULT / config_of(a)->weight;
            b_had = (b->ran - MAX(a->ran_then[k], b->ran_then[k])) * SHYPER_WEIGHT_DEFAULT / config_of(b)->weight;
            grain = SHYPER_WEIGHT_DEFAULT * SLICE / config_of(a)->weight + SHYPER_WEIGHT_DEFAULT * SLICE / config_of(b)->weight;
            must(a_had <= b_had + 2 * grain + 2 * SLICE);
            model_seen.fair_pairs += a_had > 10 * SLICE;
        }
    }
}

/* A fair one that has just got its core and still wants it is not put off by another fair one at once. */
static void check_changes(const struct cpu *c)
{
    struct turn *t = &turns[c->id];

    if (t->v == c->vcpu) return;
    for (uint32_t i = 0; c->vcpu != NULL && i < ALL; i++) {
        const struct shadow *was = &shadows[i], *is = &shadows[index_of(c->vcpu)];

        if (was->v == NULL || was->v != t->v || was->v->state != VCPU_READY) continue;
        must(is_realtime(was) || is_realtime(is) || t->yielded || now - t->since >= SLICE / 16);
        model_seen.changes++;
    }
    *t = (struct turn){ .v = c->vcpu, .since = now };
}

static void check_timers(const struct cpu *c)
{
    uint32_t wanting = 0, timers = 0;

    for (uint32_t i = 0; i < ALL; i++) {
        const struct vcpu *v = shadows[i].v;

        if (v == NULL || v->cpu != c) continue;
        wanting += shadows[i].wants;
        if (v->state != VCPU_WAITING || !v->arch.vtimer_on) continue;
        must(v->arch.vtimer_at > now);
        timers += !v->arch.loaded;
        must(v->arch.loaded || list_is_linked(&v->vtimer.node));
    }
    host_cpu_set(c->id);
    if (wanting < 2 && timers == 0) must(host_timer_at() == UINT64_MAX);
}

static void settle(void)
{
    board_settle();
    mark_wants();
    for (uint32_t i = 0; i < CPUS; i++) {
        check_places(&cpus[i]);
        check_classes(&cpus[i]);
        check_fairness(&cpus[i]);
        check_changes(&cpus[i]);
        check_timers(&cpus[i]);
    }
}

static void advance(uint64_t by)
{
    uint64_t until = now + by;

    do {
        account(next_event(until));
        for (uint32_t i = 0; i < CPUS; i++) {
            host_cpu_set(i);
            if (host_timer_at() <= now) timer_interrupt();
        }
        hardware_timers();
        settle();
    } while (now < until);
}

/* ---- what can happen ---- */

static void forget(uint32_t n)
{
    for (uint32_t i = 0; i < VCPUS; i++) shadows[n * VCPUS + i].v = NULL;
    vm[n] = NULL;
}

static void create(uint32_t n, uint8_t how)
{
    static const uint32_t weights[] = { 100, 100, 300, 50, 1000, 25 };
    static const uint32_t budgets_us[] = { 1000, 2000, 5000, 700 }, periods_us[] = { 10000, 10000, 12500, 3000 };
    struct vm_config *c;
    const char *why = "";
    char name[8];

    snprintf(name, sizeof(name), "vm%u", n);
    c = board_config(name, 1 + how % VCPUS, 2 * MIB);
    c->cpu_bitmap = how & 64 ? 2 : 0;
    if (how & 128) {
        uint32_t which = how >> 1 & 3;

        c->sched = (struct sched_config){ SHYPER_CLASS_REALTIME, SHYPER_WEIGHT_DEFAULT, how >> 3 & 3, budgets_us[which],
                                          periods_us[which] };
    } else if ((how & 0x3e) == 0x3e) {
        c->sched.class = SHYPER_CLASS_EXCLUSIVE;
    } else {
        c->sched.weight = weights[(how >> 1 & 7) % ARRAY_LEN(weights)];
    }
    host_cpu_set(0);
    if (vm_make(c, false, &vm[n], &why) != 0) {
        must(strstr(why, "cpus: ") != NULL);
        model_seen.refused++;
        vm[n] = NULL;
        return;
    }
    model_seen.vms++;
    for (uint32_t i = 0; i < vm[n]->vcpu_count; i++) {
        struct shadow *s = &shadows[n * VCPUS + i];

        *s = (struct shadow){ .v = vm[n]->vcpu[i], .born = now, .ran = s->ran };
    }
    must(vm_boot(vm[n]) == 0);
    if (vm[n]->vcpu_count > 1) {
        settle();
        must(board_call(vm[n]->vcpu[0], 0xc4000003, (const uint64_t[5]){ 1, BOARD_RAM }, NULL) == 0);
    }
}

static void destroy(uint32_t n)
{
    int err;

    host_cpu_set(0);
    vm_end(vm[n], SHYPER_REASON_REQUEST, 0);
    settle();
    while ((err = vm_remove(vm[n])) == -EAGAIN) settle();
    must(err == 0);
    forget(n);
}

static void sleep_until(struct vcpu *v, uint8_t how)
{
    host_cpu_set(v->cpu->id);
    v->arch.vtimer_on = how & 1;
    v->arch.vtimer_at = now + counts((uint64_t)(1 + how / 2) * 100);
    model_seen.timers += how & 1;
    sched_wait(v);
}

static void change(struct vm *of, uint8_t how)
{
    int err;

    host_cpu_set(0);
    switch (how % 3) {
    case 0:
        while ((err = vm_pause(of)) == -EAGAIN) settle();
        model_seen.pauses += err == 0;
        break;
    case 1:
        if (vm_pause(of) == -EAGAIN) model_seen.pauses++;      /* and whatever comes next while they leave */
        break;
    default:
        must(vm_resume(of) == 0 || of->state != SHYPER_VM_PAUSED);
    }
}

void model_step(uint8_t what, uint8_t whom, uint8_t how)
{
    uint32_t n = whom % VMS;
    struct vcpu *v;

    if (vm[n] != NULL && vm[n]->state == SHYPER_VM_STOPPED) destroy(n);        /* its last vCPU has turned itself off */
    v = shadows[whom % ALL].v;
    switch (what % 12) {
    case 0:
    case 1:
        if (vm[n] == NULL) create(n, how);
        break;
    case 2:
        if (vm[n] != NULL && how % 4 == 0) destroy(n);
        break;
    case 3:
    case 4:
        if (v != NULL && is_running(v)) sleep_until(v, how);
        break;
    case 5:
        if (v == NULL) break;
        host_cpu_set(how % CPUS);
        model_seen.kicks += v->state == VCPU_WAITING;
        vcpu_kick(v);
        must(v->state != VCPU_WAITING);
        break;
    case 6:
        if (v == NULL || !is_running(v)) break;
        host_cpu_set(v->cpu->id);
        turns[v->cpu->id].yielded = true;
        if (how % 8 != 0) sched_let_others(v);
        else sched_off(v);
        break;
    case 7:
        if (vm[n] != NULL) change(vm[n], how);
        break;
    case 8:
        advance(counts((uint64_t)how * how));
        break;
    default:
        advance(counts((uint64_t)how * 20));
        break;
    }
    settle();
}

void model_init(void)
{
    board_init(3, CPUS);
}

void model_begin(void)
{
    model_seen = (struct model_seen){ 0 };
    memset(turns, 0, sizeof(turns));
    now = arch_counter();
    board_mvm(1);                       /* never started: without it the last VM's end would be the machine's */
}

void model_end(void)
{
    for (uint32_t i = 0; i < ALL; i++) {
        if (shadows[i].v != NULL) model_seen.switches += shadows[i].v->arch.loads;
    }
    board_clear();
    for (uint32_t n = 0; n < VMS; n++) forget(n);
}
