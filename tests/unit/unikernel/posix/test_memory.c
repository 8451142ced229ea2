/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/posix/memory.c unikernel/posix/no_mapped.c @tests/unit/unikernel/fake/space_model.c
/* mmap and relatives: what each argument means, and that no argument does harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/space_model.h"
#include "unikernel/mm/space.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/syscalls.h"
#include "uk_pte.h"
#include "lib/err.h"

#define ANONYMOUS (LINUX_MAP_ANONYMOUS | LINUX_MAP_PRIVATE)

static int setup(void **state)
{
    space_model_begin();
    return 0;
}

static long map(long address, long len, long protection, long flags)
{
    return sys_mmap(address, len, protection, flags, -1, 0);
}

static void memory_is_given_where_nothing_was(void **state)
{
    long a = map(0, 10000, LINUX_PROT_READ, ANONYMOUS), b = map(a, 1, LINUX_PROT_READ, ANONYMOUS);

    assert_int_equal(a, MMAP_BASE);
    assert_int_equal(b, MMAP_BASE + 3 * PAGE_SIZE);     /* an address is a wish only */
    assert_int_equal(sys_munmap(a, 10000, 0, 0, 0, 0), 0);
    assert_int_equal(map(0, PAGE_SIZE, LINUX_PROT_READ, ANONYMOUS), a);
}

static void fixed_replaces_unless_told_not_to(void **state)
{
    long a = map(0, PAGE_SIZE, LINUX_PROT_READ, ANONYMOUS);

    assert_int_equal(map(a, 1, LINUX_PROT_READ, ANONYMOUS | LINUX_MAP_FIXED_NOREPLACE), -EEXIST);
    assert_int_equal(map(a, 1, LINUX_PROT_READ | LINUX_PROT_WRITE, ANONYMOUS | LINUX_MAP_FIXED), a);
    assert_int_equal(space_fault((uint64_t)a, SPACE_W), 0);
    assert_int_equal(map(0, 1, LINUX_PROT_READ, ANONYMOUS | LINUX_MAP_FIXED), -EINVAL);
    assert_int_equal(map(a + 1, 1, LINUX_PROT_READ, ANONYMOUS | LINUX_MAP_FIXED), -EINVAL);
}

static void what_is_not_served_is_refused(void **state)
{
    assert_int_equal(map(0, 1, 8, ANONYMOUS), -EINVAL);
    assert_int_equal(map(0, 1, LINUX_PROT_WRITE | LINUX_PROT_EXEC, ANONYMOUS), -EACCES);
    assert_int_equal(map(0, 1, LINUX_PROT_READ, LINUX_MAP_PRIVATE), -EBADF);
    assert_int_equal(sys_mmap(0, 1, LINUX_PROT_READ, LINUX_MAP_PRIVATE, 0, 0), -ENODEV);
    assert_int_equal(sys_mmap(0, 1, LINUX_PROT_READ, ANONYMOUS, -1, 1), -EINVAL);
    assert_int_equal(map(0, 1, LINUX_PROT_READ, LINUX_MAP_ANONYMOUS), -EINVAL);
    assert_int_equal(map(0, 0, LINUX_PROT_READ, ANONYMOUS), -EINVAL);
    assert_int_equal(map(0, INT64_MAX, LINUX_PROT_READ, ANONYMOUS), -ENOMEM);
    assert_int_equal(sys_mprotect(MMAP_BASE, PAGE_SIZE, 16, 0, 0, 0), -EINVAL);
    assert_int_equal(sys_mprotect(MMAP_BASE, PAGE_SIZE, LINUX_PROT_READ, 0, 0, 0), -ENOMEM);
    assert_int_equal(sys_madvise(1, 1, LINUX_MADV_DONTNEED, 0, 0, 0), -EINVAL);
    assert_int_equal(sys_madvise(1, 1, 12345, 0, 0, 0), 0);
    assert_int_equal(sys_brk(-1, 0, 0, 0, 0, 0), sys_brk(0, 0, 0, 0, 0, 0));
}

static void what_may_be_written_or_executed_may_be_read(void **state)
{
    long w = map(0, 1, LINUX_PROT_WRITE, ANONYMOUS), x = map(0, 1, LINUX_PROT_EXEC, ANONYMOUS);
    long none = map(0, 1, 0, ANONYMOUS);

    assert_int_equal(space_fault((uint64_t)w, SPACE_R), 0);
    assert_int_equal(space_fault((uint64_t)w, SPACE_X), -EFAULT);
    assert_int_equal(space_fault((uint64_t)x, SPACE_R), 0);
    assert_int_equal(space_fault((uint64_t)x, SPACE_W), -EFAULT);
    assert_int_equal(space_fault((uint64_t)none, SPACE_R), -EFAULT);
    assert_int_equal(sys_mprotect(none, 1, LINUX_PROT_READ, 0, 0, 0), 0);
    assert_int_equal(space_fault((uint64_t)none, SPACE_R), 0);
}

static long any(void)
{
    static const long edges[] = {
        0, 1, -1, PAGE_SIZE, PAGE_SIZE - 1, MMAP_BASE, MMAP_BASE + BLOCK_SIZE, BLOCK_SIZE, 3 * BLOCK_SIZE,
        LOW_END, LOW_END - PAGE_SIZE, INT64_MAX, INT64_MIN, INT64_MIN + PAGE_SIZE, -PAGE_SIZE,
    };
    long edge = edges[(size_t)rand() % ARRAY_LEN(edges)];

    return rand() % 4 == 0 ? (long)((uint64_t)edge + (uint64_t)(rand() % 3) * PAGE_SIZE) : edge;
}

/* regression: uk 16 */
static void any_arguments_have_an_answer(void **state)
{
    unsigned done = 0, refused = 0;

    srand(4);
    for (unsigned i = 0; i < 50000; i++) {
        long a = any(), len = any() % (16 * BLOCK_SIZE), got;

        switch (rand() % 4) {
        case 0:
            got = map(a, rand() % 4 ? len : any(), rand() % 10, rand() % 256 | rand() % 2 << 20);
            assert_true(got < 0 ? got > -4096 : (uint64_t)got <= LOW_END - PAGE_SIZE);
            break;
        case 1: got = sys_munmap(a, len, 0, 0, 0, 0); break;
        case 2: got = sys_mprotect(a, len, rand() % 10, 0, 0, 0); break;
        default: got = sys_madvise(a, len, LINUX_MADV_DONTNEED, 0, 0, 0); break;
        }
        done += got >= 0;
        refused += got < 0;
        if (i % 64 == 0) {
            struct space_stat stat;

            assert_int_equal(space_unmap(PAGE_SIZE, LOW_END - PAGE_SIZE), 0);
            space_stat(&stat);
            assert_int_equal(stat.backed, 0);
        }
    }
    assert_true(done > 2000 && refused > 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(memory_is_given_where_nothing_was, setup),
        cmocka_unit_test_setup(fixed_replaces_unless_told_not_to, setup),
        cmocka_unit_test_setup(what_is_not_served_is_refused, setup),
        cmocka_unit_test_setup(what_may_be_written_or_executed_may_be_read, setup),
        cmocka_unit_test_setup(any_arguments_have_an_answer, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
