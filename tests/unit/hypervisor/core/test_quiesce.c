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

static void put_function(uint32_t bus, uint32_t device, uint32_t fn, uint8_t header, uint8_t subordinate)
{
    uint8_t config[64] = { 0xf4, 0x1a, 0x00, 0x10, COMMAND & 0xff, COMMAND >> 8 };

    config[0x0e] = header;
    config[0x1a] = subordinate;
    memcpy(host_ram(PA(function(bus, device, fn))), config, sizeof(config));
}

static uint16_t command_of(uint32_t bus, uint32_t device, uint32_t fn)
{
    return get16(function(bus, device, fn) + 4);
}

/* All is quiet after so many pieces, not counting those in which time only has to pass. */
static uint32_t expect_quiet(void)
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
    return pieces;
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
    (void)expect_quiet();
    assert_int_equal(get32(VIRTIO + 0x70), 0);
    assert_int_equal(get32(VIRTIO + 0x270), 0);
}

static void what_is_no_device_is_left_alone(void **state)
{
    add_virtio(VIRTIO, 0, 15);                  /* an empty slot */
    add_virtio(VIRTIO + 0x200, 2, 15);
    put32(VIRTIO + 0x200, 0x12345678);          /* something else */
    (void)expect_quiet();
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
    put_function(0, 0, 0, 0, 0);
    put_function(0, 3, 0, 0x80, 0);             /* several functions */
    put_function(0, 3, 7, 0, 0);
    put_function(0, 4, 0, 0, 0);                /* one: what lies behind it is not asked */
    put_function(0, 4, 1, 0, 0);
    (void)expect_quiet();
    assert_int_equal(command_of(0, 0, 0), COMMAND & ~MASTER);
    assert_int_equal(command_of(0, 3, 0), COMMAND & ~MASTER);
    assert_int_equal(command_of(0, 3, 7), COMMAND & ~MASTER);
    assert_int_equal(command_of(0, 4, 1), COMMAND);
    assert_int_equal(command_of(0, 5, 0), 0xffff);          /* nobody there, nothing written */
}

static void buses_behind_bridges_are_visited_in_small_pieces(void **state)
{
    uint32_t pieces;

    add_ecam(64);
    put_function(0, 1, 0, 1, 9);                /* a bridge to the buses up to 9 */
    put_function(1, 0, 0, 0x81, 40);            /* a bridge behind it says more */
    put_function(9, 2, 0, 0, 0);
    put_function(40, 31, 0, 0, 0);
    put_function(41, 0, 0, 0, 0);               /* behind no bridge */
    pieces = expect_quiet();
    assert_true(pieces >= 11);                  /* 41 buses, 4 at a time */
    assert_int_equal(command_of(0, 1, 0), COMMAND & ~MASTER);
    assert_int_equal(command_of(9, 2, 0), COMMAND & ~MASTER);
    assert_int_equal(command_of(40, 31, 0), COMMAND & ~MASTER);
    assert_int_equal(command_of(41, 0, 0), COMMAND);
}

static void buses_end_where_the_window_ends(void **state)
{
    add_ecam(3);
    put_function(0, 0, 0, 1, 255);
    put_function(2, 0, 0, 0, 0);
    put_function(3, 0, 0, 0, 0);
    (void)expect_quiet();
    assert_int_equal(command_of(2, 0, 0), COMMAND & ~MASTER);
    assert_int_equal(command_of(3, 0, 0), COMMAND);
}

static void it_can_be_done_again(void **state)
{
    add_ecam(1);
    put_function(0, 0, 0, 0, 0);
    add_virtio(VIRTIO, 2, 15);
    (void)expect_quiet();
    put_function(0, 0, 0, 0, 0);
    put32(VIRTIO + 0x70, 15);
    (void)expect_quiet();
    assert_int_equal(command_of(0, 0, 0), COMMAND & ~MASTER);
    assert_int_equal(get32(VIRTIO + 0x70), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, nothing_known)
    const struct CMUnitTest tests[] = {
        TEST(a_board_without_such_devices_is_quiet_once_all_has_arrived), TEST(virtio_devices_are_reset),
        TEST(what_is_no_device_is_left_alone), TEST(a_device_nobody_can_stop_is_named), TEST(pci_functions_lose_the_bus),
        TEST(buses_behind_bridges_are_visited_in_small_pieces), TEST(buses_end_where_the_window_ends), TEST(it_can_be_done_again),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
