/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/quiesce.c hypervisor/core/timer.c arch/host/cpu.c arch/host/memory.c arch/host/time.c
/* Stopping the board's devices: what is stopped, what is left alone, and pieces that stay small. Registers are memory here, so
 * every device stops at once; one that does not is refused on a real machine only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arch/host/host.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/platform.h"
#include "hypervisor/core/quiesce.h"

#define VIRTIO   UINT64_C(0xa000000)
#define ECAM     UINT64_C(0x10000000)
#define BUS      UINT64_C(0x100000)
#define COMMAND  UINT16_C(0x0547)           /* memory, I/O, bus master and others */
#define MASTER   UINT16_C(4)

struct cpu cpus[CPU_MAX];
struct platform platform;

static void put32(uint64_t pa, uint32_t v)      { memcpy(host_ram(PA(pa)), &v, sizeof(v)); }
static uint32_t get32(uint64_t pa)              { uint32_t v; memcpy(&v, host_ram(PA(pa)), sizeof(v)); return v; }
static uint16_t get16(uint64_t pa)              { uint16_t v; memcpy(&v, host_ram(PA(pa)), sizeof(v)); return v; }

static void pass_ms(uint32_t ms)                { host_time_advance(HOST_COUNTER_HZ / 1000 * ms); }

static int board(void **state)
{
    host_memory_init(GIB);
    return 0;
}

static int nothing_known(void **state)
{
    platform.dma_count = 0;
    platform.dma_unknown = NULL;
    return 0;
}

static void add(enum dma_kind kind, uint64_t base, uint64_t len)
{
    platform.dma[platform.dma_count++] = (struct dma_device){ base, len, kind };
}

static void add_virtio(uint64_t base, uint32_t id, uint32_t status)
{
    add(DMA_VIRTIO_MMIO, base, 0x200);
    put32(base, 0x74726976);
    put32(base + 8, id);
    put32(base + 0x70, status);
}

/* A window of config space: nothing answers, but what is put there. */
static void add_ecam(uint32_t buses)
{
    add(DMA_PCI_ECAM, ECAM, buses * BUS);
    memset(host_ram(PA(ECAM)), 0xff, buses * BUS);
}

static uint64_t function(uint32_t bus, uint32_t device, uint32_t fn)
{
    return ECAM + bus * BUS + device * UINT64_C(0x8000) + fn * UINT64_C(0x1000);
}

static void put_function(uint32_t bus, uint32_t device, uint32_t fn, uint8_t header)
{
    uint8_t config[64] = { 0xf4, 0x1a, 0x00, 0x10, COMMAND & 0xff, COMMAND >> 8 };

    config[0x0e] = header;
    memcpy(host_ram(PA(function(bus, device, fn))), config, sizeof(config));
}

static uint16_t command_of(uint32_t bus, uint32_t device, uint32_t fn)
{
    return get16(function(bus, device, fn) + 4);
}

static void expect_quiet(void)
{
    const char *what;
    uint32_t pieces = 0;
    int err;

    quiesce_begin();
    while ((err = quiesce_some(&what)) == -EAGAIN) {
        if (++pieces > 200) pass_ms(1);
        assert_true(pieces < 400);
    }
    assert_int_equal(err, 0);
}

static void a_board_without_such_devices_is_quiet_once_all_has_arrived(void **state)
{
    const char *what;

    quiesce_begin();
    assert_int_equal(quiesce_some(&what), -EAGAIN);
    pass_ms(9);
    assert_int_equal(quiesce_some(&what), -EAGAIN);
    pass_ms(2);
    assert_int_equal(quiesce_some(&what), 0);
}

static void virtio_devices_are_reset(void **state)
{
    add_virtio(VIRTIO, 2, 15);
    add_virtio(VIRTIO + 0x200, 1, 7);
    expect_quiet();
    assert_int_equal(get32(VIRTIO + 0x70), 0);
    assert_int_equal(get32(VIRTIO + 0x270), 0);
}

static void what_is_no_device_is_left_alone(void **state)
{
    add_virtio(VIRTIO, 0, 15);                  /* an empty slot */
    add_virtio(VIRTIO + 0x200, 2, 15);
    put32(VIRTIO + 0x200, 0x12345678);          /* something else */
    expect_quiet();
    assert_int_equal(get32(VIRTIO + 0x70), 15);
    assert_int_equal(get32(VIRTIO + 0x270), 15);
}

static void a_device_nobody_can_stop_is_named(void **state)
{
    const char *what = NULL;

    add_virtio(VIRTIO, 2, 15);
    platform.dma_unknown = "dma@1000";
    quiesce_begin();
    assert_int_equal(quiesce_some(&what), -ENODEV);
    assert_string_equal(what, "dma@1000");
    assert_int_equal(get32(VIRTIO + 0x70), 15);             /* then the others are left alone too */
}

static void pci_functions_lose_the_bus(void **state)
{
    add_ecam(2);
    put_function(0, 0, 0, 0);
    put_function(0, 3, 0, 0x80);             /* several functions */
    put_function(0, 3, 7, 0);
    put_function(0, 4, 0, 0);                /* one: what lies behind it is not asked */
    put_function(0, 4, 1, 0);
    expect_quiet();
    assert_int_equal(command_of(0, 0, 0), COMMAND & ~MASTER);
    assert_int_equal(command_of(0, 3, 0), COMMAND & ~MASTER);
    assert_int_equal(command_of(0, 3, 7), COMMAND & ~MASTER);
    assert_int_equal(command_of(0, 4, 1), COMMAND);
    assert_int_equal(command_of(0, 5, 0), 0xffff);          /* nobody there, nothing written */
}

static void virtual_functions_go_with_their_physical_one(void **state)
{
    add_ecam(1);
    put_function(0, 6, 0, 0);
    put32(function(0, 6, 0) + 0x100, 0x14010001);           /* error reporting, then ... */
    put32(function(0, 6, 0) + 0x140, 0x00010010);           /* ... SR-IOV, the last one */
    put32(function(0, 6, 0) + 0x148, 0x00ab0019);
    put_function(0, 7, 0, 0);
    put32(function(0, 7, 0) + 0x100, 0x10010001);           /* a list that comes back to itself */
    expect_quiet();
    assert_int_equal(get32(function(0, 6, 0) + 0x148), 0x00ab0010);
    assert_int_equal(command_of(0, 7, 0), COMMAND & ~MASTER);
}

static void every_bus_of_the_window_is_visited(void **state)
{
    add_ecam(64);
    put_function(0, 1, 0, 1);                   /* a bridge */
    put_function(9, 2, 0, 0);
    put_function(40, 0, 0, 0x80);               /* on a bus of the host itself: no bridge tells of it */
    put_function(40, 0, 5, 0);
    put_function(63, 31, 0, 0x81);
    put_function(63, 31, 7, 0);
    expect_quiet();
    assert_int_equal(command_of(0, 1, 0), COMMAND & ~MASTER);
    assert_int_equal(command_of(9, 2, 0), COMMAND & ~MASTER);
    assert_int_equal(command_of(40, 0, 0), COMMAND & ~MASTER);
    assert_int_equal(command_of(40, 0, 5), COMMAND & ~MASTER);
    assert_int_equal(command_of(63, 31, 0), COMMAND & ~MASTER);
    assert_int_equal(command_of(63, 31, 7), COMMAND & ~MASTER);
}

static void nothing_behind_the_window_is_touched(void **state)
{
    add_ecam(3);
    put_function(2, 31, 0, 0);
    put_function(3, 0, 0, 0);
    expect_quiet();
    assert_int_equal(command_of(2, 31, 0), COMMAND & ~MASTER);
    assert_int_equal(command_of(3, 0, 0), COMMAND);
}

static uint32_t still_masters(uint32_t functions)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < functions; i++) n += (command_of(i / 256, i / 8 % 32, i % 8) & MASTER) != 0;
    return n;
}

/* A bus full of functions, which takes as long as it takes. */
static void a_piece_is_a_few_devices_and_time_is_no_matter(void **state)
{
    const char *what;
    uint32_t left = 2 * 256;

    add_ecam(2);
    for (uint32_t i = 0; i < left; i++) put_function(i / 256, i / 8 % 32, i % 8, 0x80);
    quiesce_begin();
    while (left > 0) {
        uint32_t now;

        assert_int_equal(quiesce_some(&what), -EAGAIN);
        now = still_masters(2 * 256);
        assert_in_range(left - now, 1, 64);
        left = now;
        pass_ms(900);
    }
}

static void it_can_be_done_again(void **state)
{
    add_ecam(1);
    put_function(0, 0, 0, 0);
    add_virtio(VIRTIO, 2, 15);
    expect_quiet();
    put_function(0, 0, 0, 0);
    put32(VIRTIO + 0x70, 15);
    expect_quiet();
    assert_int_equal(command_of(0, 0, 0), COMMAND & ~MASTER);
    assert_int_equal(get32(VIRTIO + 0x70), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, nothing_known)
    const struct CMUnitTest tests[] = {
        TEST(a_board_without_such_devices_is_quiet_once_all_has_arrived), TEST(virtio_devices_are_reset),
        TEST(what_is_no_device_is_left_alone), TEST(a_device_nobody_can_stop_is_named), TEST(pci_functions_lose_the_bus),
        TEST(virtual_functions_go_with_their_physical_one),
        TEST(every_bus_of_the_window_is_visited), TEST(nothing_behind_the_window_is_touched),
        TEST(a_piece_is_a_few_devices_and_time_is_no_matter), TEST(it_can_be_done_again),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
