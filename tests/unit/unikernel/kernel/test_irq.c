/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/kernel/irq.c unikernel/kernel/lock.c tests/unit/unikernel/fake/kernel.c
/* Lines and their actions on a controller that is a list of pending numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/kernel.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/irq.h"
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/machine.h"
#include "lib/err.h"

static uint32_t pending[8], pending_count, ended[8], ended_count;
static bool enabled[64];
static unsigned warnings;

static void chip_enable(uint32_t irq)  { enabled[irq % 64] = true; }
static void chip_disable(uint32_t irq) { enabled[irq % 64] = false; }
static void chip_end(uint32_t irq)     { ended[ended_count++] = irq; }

static uint32_t chip_ack(uint64_t cause)
{
    return pending_count > 0 ? pending[--pending_count] : UINT32_MAX;
}

static void chip_init_cpu(void) { }
static void chip_send(uint32_t irq, const struct cpu *to) { }

static const struct irqchip chip = {
    chip_enable, chip_disable, chip_ack, chip_end, chip_init_cpu, chip_send
};

int arch_irq_init(const struct machine *m, const struct irqchip **out, const char **problem)
{
    *problem = "none there";
    if (m->timer_irq == 0) return -ENODEV;
    *out = &chip;
    return 0;
}

void log_print(enum log_level level, const char *module, const char *format, ...) { warnings++; }

static void count(void *arg) { ++*(unsigned *)arg; }

static int setup(void **state)
{
    const struct machine m = { .timer_irq = 27 };
    const char *problem;

    if (host_memory == NULL) fake_memory(4096 * 512);
    pending_count = ended_count = warnings = 0;
    memset(enabled, 0, sizeof(enabled));
    return irq_init(&m, &problem);
}

static void raise_irq(uint32_t irq) { pending[pending_count++] = irq; }
static void take(void) { (void)irq_dispatch(0); }

static unsigned timer_hits, ipi_hits;

void sched_timer_irq(void)
{
    timer_hits++;
    assert_true(cpus[0]->in_irq);
}

void ipi_handle(void)
{
    ipi_hits++;
    cpus[0]->resched = true;
}

static void the_kernels_own_interrupts_are_on_from_the_beginning_and_need_no_action(void **state)
{
    timer_hits = ipi_hits = 0;
    cpus[0]->resched = false;
    assert_true(enabled[27]);
    assert_true(enabled[ARCH_IPI_IRQ % 64]);
    raise_irq(27);
    assert_false(irq_dispatch(0));
    assert_false(irq_timer());
    assert_int_equal(timer_hits, 2);
    assert_int_equal(ended_count, 1);
    raise_irq(ARCH_IPI_IRQ);
    assert_true(irq_dispatch(0));               /* the thread may have to give way */
    assert_int_equal(ipi_hits, 1);
    assert_false(cpus[0]->in_irq);
    cpus[0]->resched = false;
}

static void nothing_that_came_is_not_ended(void **state)
{
    assert_false(irq_dispatch(0));
    assert_int_equal(ended_count, 0);
    assert_int_equal(warnings, 0);
}

static void one_that_came_meanwhile_is_left_for_the_next_time(void **state)
{
    unsigned hits = 0;
    struct irq_action a;

    irq_attach(&a, 33, count, &hits);
    raise_irq(33);
    raise_irq(33);
    take();
    assert_int_equal(hits, 1);
    take();
    assert_int_equal(hits, 2);
    irq_detach(&a);
}

static void without_a_controller_there_is_an_error(void **state)
{
    const struct machine none = { 0 };
    const char *problem = NULL;

    assert_int_equal(irq_init(&none, &problem), -ENODEV);
    assert_string_equal(problem, "none there");
}

static void an_action_gets_its_argument(void **state)
{
    unsigned hits = 0;
    struct irq_action a;

    irq_attach(&a, 33, count, &hits);
    assert_true(enabled[33]);
    raise_irq(33);
    take();
    assert_int_equal(hits, 1);
    assert_int_equal(ended_count, 1);
    assert_int_equal(ended[0], 33);
    irq_detach(&a);
}

/* regression: uk 7 */
static void two_actions_share_a_line(void **state)
{
    unsigned first = 0, second = 0;
    struct irq_action a, b;

    irq_attach(&a, 40, count, &first);
    irq_attach(&b, 40, count, &second);
    raise_irq(40);
    take();
    assert_int_equal(first, 1);
    assert_int_equal(second, 1);
    irq_detach(&a);
    assert_true(enabled[40]);
    raise_irq(40);
    take();
    assert_int_equal(first, 1);
    assert_int_equal(second, 2);
    irq_detach(&b);
    assert_false(enabled[40]);
}

static void lines_of_one_bucket_are_told_apart(void **state)
{
    unsigned one = 0, other = 0;
    struct irq_action a, b;

    irq_attach(&a, 32, count, &one);
    irq_attach(&b, 48, count, &other);
    raise_irq(48);
    take();
    assert_int_equal(one, 0);
    assert_int_equal(other, 1);
    irq_detach(&a);
    irq_detach(&b);
}

static struct irq_action once;

static void detach_itself(void *arg)
{
    ++*(unsigned *)arg;
    irq_detach(&once);
}

static void an_action_may_remove_itself(void **state)
{
    unsigned hits = 0;

    irq_attach(&once, 50, detach_itself, &hits);
    raise_irq(50);
    take();
    assert_int_equal(hits, 1);
    assert_false(enabled[50]);
}

static unsigned quick_hits;

/* CPU 0 is in here all the while. */
static void be_slow(void *arg)
{
    host_self = cpus[1]->idle;
    raise_irq(34);
    take();
    assert_int_equal(quick_hits, 1);
    host_self = cpus[0]->idle;
}

/* regression: uk 6 */
static void a_slow_handler_holds_up_no_other_cpu(void **state)
{
    struct irq_action slow, quick;

    fake_cpus(2);
    quick_hits = 0;
    irq_attach(&slow, 33, be_slow, NULL);
    irq_attach(&quick, 34, count, &quick_hits);
    raise_irq(33);
    take();
    assert_int_equal(quick_hits, 1);
    assert_false(cpus[0]->in_irq);
    irq_detach(&slow);
    irq_detach(&quick);
}

static unsigned rounds_waited;

static void other_cpu_goes_on(void)
{
    if (++rounds_waited == 3) cpus[1]->irq_rounds++;
}

/* regression: uk 7 */
static void a_removed_handler_runs_nowhere_any_more(void **state)
{
    struct irq_action a;
    unsigned hits = 0;

    fake_cpus(3);
    irq_attach(&a, 33, count, &hits);
    cpus[1]->irq_rounds = 7;                    /* in a handler */
    rounds_waited = 0;
    fake_spin = other_cpu_goes_on;
    irq_detach(&a);
    assert_int_equal(rounds_waited, 3);
    raise_irq(33);
    take();
    assert_int_equal(hits, 0);
}

static void a_line_nobody_handles_is_switched_off_and_ended(void **state)
{
    enabled[60] = true;
    raise_irq(60);
    take();
    assert_false(enabled[60]);
    assert_int_equal(ended_count, 1);
    assert_int_equal(warnings, 1);
}

static int cleanup(void **state)
{
    fake_memory_free();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_a_controller_there_is_an_error, setup),
        cmocka_unit_test_setup(the_kernels_own_interrupts_are_on_from_the_beginning_and_need_no_action, setup),
        cmocka_unit_test_setup(nothing_that_came_is_not_ended, setup),
        cmocka_unit_test_setup(one_that_came_meanwhile_is_left_for_the_next_time, setup),
        cmocka_unit_test_setup(an_action_gets_its_argument, setup),
        cmocka_unit_test_setup(two_actions_share_a_line, setup),
        cmocka_unit_test_setup(lines_of_one_bucket_are_told_apart, setup),
        cmocka_unit_test_setup(an_action_may_remove_itself, setup),
        cmocka_unit_test_setup(a_slow_handler_holds_up_no_other_cpu, setup),
        cmocka_unit_test_setup(a_removed_handler_runs_nowhere_any_more, setup),
        cmocka_unit_test_setup(a_line_nobody_handles_is_switched_off_and_ended, setup),
    };

    return cmocka_run_group_tests(tests, NULL, cleanup);
}
