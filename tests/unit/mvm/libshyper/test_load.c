/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/libshyper/load.c
/* Images into guest RAM that lies in several pieces. The VM fd is a memory file, so a mapping of it at an offset is a
 * mapping of guest memory at that address. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "mvm/libshyper/shyper.h"

#define BASE 0x40000000u

static const struct shyper_run runs[] = {
    { .ipa = BASE, .bytes = 0x3000 }, { .ipa = BASE + 0x3000, .bytes = 0x1000 }, { .ipa = BASE + 0x8000, .bytes = 0x2000 },
};
static int vm;

int shyper_vm_run(int fd, uint32_t index, struct shyper_run *out)
{
    assert_int_equal(fd, vm);
    if (index >= ARRAY_LEN(runs)) {
        return -ENOENT;
    }
    *out = runs[index];
    return 0;
}

static int fresh(void **state)
{
    vm = memfd_create("vm", MFD_CLOEXEC);
    return ftruncate(vm, BASE + 0x10000);
}

static int clean(void **state)
{
    return close(vm);
}

static char pattern[0x3000];

static void pattern_make(void)
{
    for (size_t i = 0; i < sizeof(pattern); i++) {
        pattern[i] = (char)(i * 7 + i / 256);
    }
}

static void memory_is(uint64_t ipa, const char *want, size_t bytes)
{
    char got[sizeof(pattern)];

    assert_int_equal(pread(vm, got, bytes, (off_t)ipa), bytes);
    assert_memory_equal(got, want, bytes);
}

static void bytes_cross_from_one_piece_into_the_next(void **state)
{
    struct shyper_source from = { .fd = -1, .data = pattern, .bytes = 0x2100 };

    pattern_make();
    assert_int_equal(shyper_load(vm, BASE + 0x1e01, &from), 0);
    memory_is(BASE + 0x1e01, pattern, 0x2100);
    memory_is(BASE + 0x1e00, "", 1);
    memory_is(BASE + 0x1e01 + 0x2100, "", 1);
}

static void a_file_is_read_whole_and_unaligned(void **state)
{
    int file = memfd_create("image", MFD_CLOEXEC);
    struct shyper_source from = { .fd = file, .bytes = 0x2f05 };

    pattern_make();
    assert_int_equal(write(file, pattern, from.bytes), from.bytes);
    assert_int_equal(shyper_load(vm, BASE + 0x0ffb, &from), 0);
    memory_is(BASE + 0x0ffb, pattern, from.bytes);
    close(file);
}

static void a_file_that_became_shorter_is_noticed(void **state)
{
    int file = memfd_create("image", MFD_CLOEXEC);
    struct shyper_source from = { .fd = file, .bytes = 0x1001 };

    assert_int_equal(ftruncate(file, 0x1000), 0);
    assert_int_equal(shyper_load(vm, BASE, &from), -ENODATA);
    close(file);
}

static void where_there_is_no_ram_nothing_is_loaded(void **state)
{
    struct shyper_source from = { .fd = -1, .data = pattern, .bytes = 2 };

    assert_int_equal(shyper_load(vm, BASE - 1, &from), -ERANGE);
    assert_int_equal(shyper_load(vm, BASE + 0x5000, &from), -ERANGE);
    assert_int_equal(shyper_load(vm, BASE + 0x9fff, &from), -ERANGE);
    assert_int_equal(shyper_load(vm, UINT64_MAX, &from), -ERANGE);
    assert_int_equal(shyper_load(vm, BASE + 0x9ffe, &from), 0);
}

static void nothing_is_loaded_without_complaint(void **state)
{
    struct shyper_source from = { .fd = -1, .data = pattern, .bytes = 0 };

    assert_int_equal(shyper_load(vm, 0, &from), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bytes_cross_from_one_piece_into_the_next, fresh, clean),
        cmocka_unit_test_setup_teardown(a_file_is_read_whole_and_unaligned, fresh, clean),
        cmocka_unit_test_setup_teardown(a_file_that_became_shorter_is_noticed, fresh, clean),
        cmocka_unit_test_setup_teardown(where_there_is_no_ram_nothing_is_loaded, fresh, clean),
        cmocka_unit_test_setup_teardown(nothing_is_loaded_without_complaint, fresh, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
