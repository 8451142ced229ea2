/* SPDX-License-Identifier: Apache-2.0 */
/* The management VM's tree, made from a board's and read back with libfdt. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libfdt.h>

#include "hypervisor/core/mvm_tree.h"
#include "hypervisor/core/platform.h"
#include "tests/unit/hypervisor/fake/tree.h"

#define FIXTURES "tests/unit/hypervisor/core/fixtures/"
#define ROOM 65536

static const struct ranges ram = {
    .count = 2, .at = { { 0x40000000, 0x48000000 }, { 0x60000000, 0x7fe00000 } }
};

static const struct ranges pool = { .count = 1, .at = { { 0x48000000, 0x60000000 } } };
static const uint64_t first_cpus[] = { 0, 1 };
static const uint8_t entropy[PLATFORM_ENTROPY] = "0123456789abcdefghijklmnopqrstuvwxyzABCD";

static inline struct mvm_tree_params usual(void)
{
    return (struct mvm_tree_params){
        .ram = &ram,
        .pool = &pool,
        .mpidr = first_cpus,
        .cpu_count = 2,
        .bootargs = "console=ttyAMA0 quiet",
        .initrd_base = 0x45000000,
        .initrd_end = 0x45012345,
        .doorbell = 250,
        .entropy = entropy,
    };
}

/** Build, check the result as a whole, and hand it over in an allocation of its exact length. */
static inline struct tree build(const struct tree *from, const struct mvm_tree_params *p)
{
    struct tree t = { malloc(ROOM), 0 };
    struct tree exact;
    const char *why = "no reason given";
    uint32_t bytes;

    assert_non_null(t.fdt);
    if (mvm_tree_build(t.fdt, ROOM, from->fdt, p, &bytes, &why) != 0) fail_msg("%s", why);
    exact = (struct tree){ malloc(bytes), bytes };
    assert_non_null(exact.fdt);
    memcpy(exact.fdt, t.fdt, bytes);
    free(t.fdt);
    assert_int_equal(fdt_totalsize(exact.fdt), bytes);
    assert_int_equal(fdt_check_full(exact.fdt, bytes), 0);
    return exact;
}
