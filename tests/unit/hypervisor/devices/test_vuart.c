/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/devices/vuart.c hypervisor/core/console.c lib/state.c
// sources: tests/unit/hypervisor/fake/fake_page.c tests/unit/hypervisor/fake/fake_uart.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "abi/state.h"
#include "hypervisor/core/vm.h"
#include "hypervisor/drivers/pl011.h"
#include "tests/unit/hypervisor/fake/fake_page.h"
#include "tests/unit/hypervisor/fake/fake_uart.h"

#define IRQ 33u

extern const struct device_model *const __start_device_models[], *const __stop_device_models[];
struct vm *vms[SHYPER_VM_MAX];
struct spinlock vms_lock;
static bool line;
static uint32_t line_calls;

void mvm_notify(uint32_t events) { (void)events; }

void vgic_set_spi(struct vm *vm, uint32_t intid, bool level)
{
    assert_ptr_equal(vm, vms[1]);
    assert_int_equal(intid, IRQ);
    line = level;
    line_calls++;
}

static const struct device_model *model(void)
{
    assert_int_equal(__stop_device_models - __start_device_models, 1);
    return __start_device_models[0];
}

static struct device *uart_new(uint32_t kind)
{
    struct vm *vm = vms[1];
    struct device *d = &vm->device[vm->device_count++];

    d->model = model();
    d->vm = vm;
    d->config = (struct device_config){ .type = SHYPER_DEV_CONSOLE, .name = "uart", .ipa = 0x9000000, .len = 0x1000,
                                        .irq = IRQ, .cfg = { kind }, .cfg_count = 1 };
    return d;
}

static struct device *uart_made(uint32_t kind)
{
    struct device *d = uart_new(kind);

    assert_int_equal(model()->create(d), 0);
    return d;
}

static int one_vm(void **state)
{
    struct vm *vm = calloc(1, sizeof(*vm));

    (void)state;
    vm->id = 1;
    strcpy(vm->config.name, "g");
    vms[1] = vm;
    line = false;
    line_calls = 0;
    if (console_vm_init(vm) != 0) return 1;
    console_start(NULL);
    (void)fake_uart_taken();
    return 0;
}

static int all_freed(void **state)
{
    struct vm *vm = vms[1];

    (void)state;
    for (uint32_t i = 0; i < vm->device_count; i++) {
        if (vm->device[i].state != NULL) model()->destroy(&vm->device[i]);
    }
    vms[1] = NULL;
    console_vm_destroy(vm);
    free(vm);
    return fake_page_live() != 0;
}

static uint32_t rd(struct device *d, uint32_t offset)
{
    struct mmio_access a = { .offset = offset, .size = 4 };

    assert_true(model()->mmio(d, NULL, &a));
    assert_true(a.value <= UINT32_MAX);
    return (uint32_t)a.value;
}

static void wr(struct device *d, uint32_t offset, uint32_t value)
{
    struct mmio_access a = { .offset = offset, .size = 4, .write = true, .value = value };

    assert_true(model()->mmio(d, NULL, &a));
}

static void type(const char *s)
{
    while (*s != '\0') console_uart_rx((uint8_t)*s++);
}

static void output_is_always_taken_and_reaches_the_console(void **state)
{
    (void)state;
    struct device *d = uart_made(SHYPER_UART_PL011);

    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(rd(d, PL011_FR) & (PL011_FR_TXFF | PL011_FR_BUSY | PL011_FR_TXFE), PL011_FR_TXFE);
        wr(d, PL011_DR, 'a');
    }
    wr(d, PL011_DR, '\n');
    assert_int_equal(strlen(fake_uart_taken()), strlen("[g] ") + 100 + 2);
}

static void transmit_interrupt_follows_output_until_cleared(void **state)
{
    (void)state;
    struct device *d = uart_made(SHYPER_UART_PL011);

    wr(d, PL011_IMSC, PL011_INT_TX);
    assert_false(line);                             /* nothing was sent yet */
    wr(d, PL011_DR, 'a');
    assert_true(line);
    assert_int_equal(rd(d, PL011_RIS), PL011_INT_TX);
    wr(d, PL011_IMSC, 0);
    assert_false(line);                             /* masked: how Linux stops it */
    assert_int_equal(rd(d, PL011_RIS), PL011_INT_TX);
    assert_int_equal(rd(d, PL011_MIS), 0);
    wr(d, PL011_IMSC, PL011_INT_TX);
    assert_true(line);
    wr(d, PL011_ICR, PL011_INT_RX | PL011_INT_RT);
    assert_true(line);
    wr(d, PL011_ICR, PL011_INT_TX);
    assert_false(line);
    assert_int_equal(rd(d, PL011_RIS), 0);
}

static void input_raises_the_line_until_all_is_read(void **state)
{
    (void)state;
    struct device *d = uart_made(SHYPER_UART_SBSA);

    type("early");
    assert_false(line);
    assert_int_equal(rd(d, PL011_FR) & PL011_FR_RXFE, 0);
    wr(d, PL011_IMSC, PL011_INT_RT);
    assert_true(line);
    for (const char *s = "early"; *s != '\0'; s++) {
        assert_true(line);
        assert_int_equal(rd(d, PL011_DR), *s);
    }
    assert_false(line);
    assert_int_equal(rd(d, PL011_FR) & PL011_FR_RXFE, PL011_FR_RXFE);
    assert_int_equal(rd(d, PL011_DR), 0);
    wr(d, PL011_IMSC, PL011_INT_RX);
    type("x");
    assert_true(line);
    assert_int_equal(rd(d, PL011_MIS), PL011_INT_RX);
}

static void clearing_the_receive_interrupt_loses_no_character(void **state)
{
    (void)state;
    struct device *d = uart_made(SHYPER_UART_PL011);

    wr(d, PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
    type("ab");
    assert_int_equal(rd(d, PL011_DR), 'a');
    wr(d, PL011_ICR, PL011_INT_ALL);
    assert_true(line);
    assert_int_equal(rd(d, PL011_DR), 'b');
    assert_false(line);
}

static void a_pl011_has_its_registers_and_an_sbsa_uart_has_not(void **state)
{
    (void)state;
    static const struct { uint32_t offset, reset, mask; } reg[] = {
        { PL011_ILPR, 0, 0xff }, { PL011_IBRD, 0, 0xffff }, { PL011_FBRD, 0, 0x3f }, { PL011_LCR_H, 0, 0xff },
        { PL011_CR, 0x300, 0xff01 }, { PL011_IFLS, 0x12, 0x3f }, { PL011_DMACR, 0, 7 }, { PL011_IMSC, 0, 0x7ff },
    };
    struct device *d = uart_made(SHYPER_UART_PL011);

    for (uint32_t i = 0; i < ARRAY_LEN(reg); i++) {
        assert_int_equal(rd(d, reg[i].offset), reg[i].reset);
        wr(d, reg[i].offset, 0xffffffff);
        assert_int_equal(rd(d, reg[i].offset), reg[i].mask);
    }
    model()->reset(d);
    for (uint32_t i = 0; i < ARRAY_LEN(reg); i++) assert_int_equal(rd(d, reg[i].offset), reg[i].reset);
    model()->destroy(d);
    d = uart_made(SHYPER_UART_SBSA);
    for (uint32_t i = 0; i < ARRAY_LEN(reg); i++) {
        wr(d, reg[i].offset, 0xffffffff);
        assert_int_equal(rd(d, reg[i].offset), reg[i].offset == PL011_IMSC ? 0x7ff : 0);
    }
}

static void the_ids_are_those_linux_looks_for(void **state)
{
    (void)state;
    struct device *d = uart_made(SHYPER_UART_PL011);
    uint32_t pid = 0, cid = 0;

    for (uint32_t i = 0; i < 4; i++) {
        pid |= rd(d, PL011_ID + i * 4) << (i * 8);
        cid |= rd(d, PL011_ID + 16 + i * 4) << (i * 8);
    }
    assert_int_equal(pid & 0xfffff, 0x41011);
    assert_int_equal(cid, 0xb105f00d);
}

static void every_offset_and_width_is_answered_inside_the_page_only(void **state)
{
    (void)state;
    struct device *d = uart_made(SHYPER_UART_PL011);
    struct mmio_access a;

    for (uint32_t write = 0; write < 2; write++) {
        for (uint32_t size = 1; size <= 4; size *= 2) {
            for (uint32_t offset = 0; offset < 0x1000; offset += size) {
                a = (struct mmio_access){ .offset = offset, .size = (uint8_t)size, .write = write != 0, .value = 0 };
                assert_true(model()->mmio(d, NULL, &a));
                assert_int_equal(a.value >> (size * 8), 0);
            }
        }
    }
    a = (struct mmio_access){ .offset = 0x18, .size = 8, .value = 5 };
    assert_false(model()->mmio(d, NULL, &a));
    a = (struct mmio_access){ .offset = 0x1000, .size = 4 };
    assert_false(model()->mmio(d, NULL, &a));
}

static void narrow_accesses_see_their_bytes(void **state)
{
    (void)state;
    struct device *d = uart_made(SHYPER_UART_PL011);
    struct mmio_access a = { .offset = PL011_CR + 1, .size = 1 };

    assert_true(model()->mmio(d, NULL, &a));
    assert_int_equal(a.value, 0x03);
    a = (struct mmio_access){ .offset = PL011_DR, .size = 1, .write = true, .value = 'Q' };
    assert_true(model()->mmio(d, NULL, &a));
    a = (struct mmio_access){ .offset = PL011_DR + 1, .size = 1, .write = true, .value = 'R' };
    assert_true(model()->mmio(d, NULL, &a));
    assert_string_equal(fake_uart_taken(), "[g] Q");
    a = (struct mmio_access){ .offset = PL011_IMSC, .size = 2, .write = true, .value = PL011_INT_TX };
    assert_true(model()->mmio(d, NULL, &a));
    assert_true(line);
}

static void bad_configurations_are_refused_and_leave_nothing(void **state)
{
    (void)state;
    uint32_t pages = fake_page_live();
    static const struct { uint32_t kind, cfg_count, irq; uint64_t len; } bad[] = {
        { 2, 1, IRQ, 0x1000 }, { 1, 2, IRQ, 0x1000 }, { 1, 1, 31, 0x1000 }, { 1, 1, 1020, 0x1000 }, { 1, 1, IRQ, 0xfff },
    };

    for (uint32_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct device *d = uart_new(bad[i].kind);
        d->config.cfg_count = bad[i].cfg_count;
        d->config.irq = bad[i].irq;
        d->config.len = bad[i].len;
        assert_int_equal(model()->create(d), -EINVAL);
        assert_null(d->state);
    }
    fake_page_fail(1);
    assert_int_equal(model()->create(uart_new(0)), -ENOMEM);
    (void)uart_made(0);
    assert_int_equal(model()->create(uart_new(0)), -EBUSY);
    assert_int_equal(fake_page_live(), pages + 1);
}

static void a_uart_without_interrupt_can_be_polled(void **state)
{
    (void)state;
    struct device *d = uart_new(SHYPER_UART_SBSA);

    d->config.irq = 0;
    assert_int_equal(model()->create(d), 0);
    wr(d, PL011_IMSC, 0x7ff);
    type("p");
    wr(d, PL011_DR, '!');
    assert_int_equal(rd(d, PL011_DR), 'p');
    assert_int_equal(line_calls, 0);
}

static void reset_is_as_after_creation(void **state)
{
    (void)state;
    struct device *d = uart_made(SHYPER_UART_PL011);

    wr(d, PL011_IMSC, 0x7ff);
    wr(d, PL011_DR, 'a');
    type("in");
    assert_true(line);
    model()->reset(d);
    assert_false(line);
    assert_int_equal(rd(d, PL011_RIS), 0);
    assert_int_equal(rd(d, PL011_FR) & PL011_FR_RXFE, PL011_FR_RXFE);
}

static void state_survives_save_destroy_restore(void **state)
{
    (void)state;
    struct device *d = uart_made(SHYPER_UART_PL011);
    uint8_t buf[1024], again[1024];
    struct state_writer w = { buf, sizeof(buf), 0 }, w2 = { again, sizeof(again), 0 };

    wr(d, PL011_IBRD, 13);
    wr(d, PL011_FBRD, 1);
    wr(d, PL011_LCR_H, 0x70);
    wr(d, PL011_CR, 0x301);
    wr(d, PL011_IMSC, PL011_INT_RX | PL011_INT_TX);
    wr(d, PL011_DR, 'a');
    type("typed");
    assert_int_equal(model()->save(d, &w), 0);
    model()->destroy(d);
    line = false;

    d = uart_made(SHYPER_UART_PL011);
    model()->reset(d);
    struct state_reader r = { buf, w.used, 0 };
    assert_int_equal(model()->restore(d, &r), 0);
    assert_int_equal(r.used, w.used);
    assert_true(line);
    assert_int_equal(model()->save(d, &w2), 0);
    assert_int_equal(w2.used, w.used);
    assert_memory_equal(again, buf, w.used);
    assert_int_equal(rd(d, PL011_LCR_H), 0x70);
    assert_int_equal(rd(d, PL011_DR), 't');
}

static void a_state_that_cannot_be_is_refused_whole(void **state)
{
    (void)state;
    struct device *d = uart_made(SHYPER_UART_PL011);
    uint8_t good[1024], before[1024], bad[1024];
    struct state_writer w = { good, sizeof(good), 0 }, w2 = { before, sizeof(before), 0 };
    const size_t head = sizeof(struct state_header);
    static const struct { size_t at; uint32_t value; } spoil[] = {
        { offsetof(struct shyper_state_vuart, kind), SHYPER_UART_SBSA },
        { offsetof(struct shyper_state_vuart, reg[6]), 0x800 },          /* IMSC */
        { offsetof(struct shyper_state_vuart, reg[4]), 0x80 },           /* CR */
        { offsetof(struct shyper_state_vuart, reg[2]), 0x40 },           /* FBRD */
        { offsetof(struct shyper_state_vuart, tx_raw), 2 },
        { offsetof(struct shyper_state_vuart, input_bytes), 257 },
        { offsetof(struct shyper_state_vuart, rsv0), 1 },
    };

    wr(d, PL011_IMSC, PL011_INT_TX);
    assert_int_equal(model()->save(d, &w), 0);
    model()->reset(d);
    assert_int_equal(model()->save(d, &w2), 0);
    for (uint32_t i = 0; i < ARRAY_LEN(spoil); i++) {
        memcpy(bad, good, w.used);
        memcpy(bad + head + spoil[i].at, &spoil[i].value, 4);
        struct state_reader r = { bad, w.used, 0 };
        assert_int_equal(model()->restore(d, &r), -EPROTO);
        assert_int_equal(r.used, 0);
    }
    for (size_t cut = 0; cut < w.used; cut++) {
        struct state_reader r = { good, cut, 0 };
        assert_int_equal(model()->restore(d, &r), -EPROTO);
    }
    struct state_writer w3 = { bad, sizeof(bad), 0 };
    assert_int_equal(model()->save(d, &w3), 0);
    assert_memory_equal(bad, before, w2.used);
    struct state_writer tiny = { bad, 16, 0 };
    assert_int_equal(model()->save(d, &tiny), -ENOSPC);
}

/* Whatever a guest does: the line is what MIS says, state can be saved and restored at any
 * moment and is the same after. */
static void any_accesses_keep_line_and_state_consistent(void **state)
{
    (void)state;
    struct device *d = uart_made(SHYPER_UART_PL011);
    uint64_t seed = 88172645463325252u;
    uint8_t one[1024], two[1024];

    for (uint32_t i = 0; i < 100000; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        uint32_t size = 1u << (seed & 3), offset = (uint32_t)(seed >> 8) & (seed & 4 ? 0x4c : 0x1ffc);
        struct mmio_access a = { .offset = offset & ~(size - 1), .size = (uint8_t)size, .write = (seed & 8) != 0,
                                 .value = (seed >> 32) & (size == 8 ? UINT64_MAX : BIT64(size * 8) - 1) };

        if ((seed & 0xf0) == 0) console_uart_rx('k');
        assert_int_equal(model()->mmio(d, NULL, &a), size <= 4 && a.offset < 0x1000);
        assert_int_equal(line, rd(d, PL011_MIS) != 0);
        assert_int_equal(rd(d, PL011_FR) & PL011_FR_RXFE, rd(d, PL011_RIS) & PL011_INT_RX ? 0 : PL011_FR_RXFE);
        (void)fake_uart_taken();
        if (i % 64 != 0) continue;

        struct state_writer w = { one, sizeof(one), 0 }, w2 = { two, sizeof(two), 0 };
        assert_int_equal(model()->save(d, &w), 0);
        model()->reset(d);
        struct state_reader r = { one, w.used, 0 };
        assert_int_equal(model()->restore(d, &r), 0);
        assert_int_equal(model()->save(d, &w2), 0);
        assert_memory_equal(one, two, w.used);
        assert_int_equal(line, rd(d, PL011_MIS) != 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, one_vm, all_freed)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(output_is_always_taken_and_reaches_the_console),
        TEST(transmit_interrupt_follows_output_until_cleared),
        TEST(input_raises_the_line_until_all_is_read),
        TEST(clearing_the_receive_interrupt_loses_no_character),
        TEST(a_pl011_has_its_registers_and_an_sbsa_uart_has_not),
        TEST(the_ids_are_those_linux_looks_for),
        TEST(every_offset_and_width_is_answered_inside_the_page_only),
        TEST(narrow_accesses_see_their_bytes),
        TEST(bad_configurations_are_refused_and_leave_nothing),
        TEST(a_uart_without_interrupt_can_be_polled),
        TEST(reset_is_as_after_creation),
        TEST(state_survives_save_destroy_restore),
        TEST(a_state_that_cannot_be_is_refused_whole),
        TEST(any_accesses_keep_line_and_state_consistent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
