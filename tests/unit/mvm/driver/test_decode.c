/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/driver/decode.c
/* What the module takes from an ioctl's caller, and each refusal. */
#include <errno.h>
#include <linux/uaccess.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "abi/profile.h"
#include "lib/compiler.h"
#include "mvm/driver/decode.h"

/* The caller's only memory: what the test has put there, ending where the page ends. */
static unsigned char page[4096];
static unsigned copies;

unsigned long copy_from_user(void *to, const void *from, unsigned long bytes)
{
    uintptr_t at = (uintptr_t)from, first = (uintptr_t)page, end = first + sizeof(page);
    unsigned long good = at >= first && at < end ? MIN(bytes, end - at) : 0;

    copies++;
    if (good != 0) {
        memcpy(to, from, good);
    }
    return bytes - good;
}

static unsigned long at_end(const void *value, size_t bytes)
{
    unsigned char *at = page + sizeof(page) - bytes;

    memcpy(at, value, bytes);
    return (unsigned long)at;
}

typedef int decode_fn(unsigned int cmd, unsigned long arg, union shyper_args *out);

/* Nothing behind the structure is read, and one byte less is EFAULT. */
static void is(decode_fn *decode, unsigned cmd, const void *value, size_t bytes, int result)
{
    union shyper_args args;
    unsigned long arg = at_end(value, bytes);

    copies = 0;
    assert_int_equal(decode(cmd, arg, &args), result);
    assert_int_equal(copies, 1);
    assert_int_equal(decode(cmd, arg + 1, &args), -EFAULT);
    assert_int_equal(decode(cmd, 0, &args), -EFAULT);
    assert_int_equal(decode(cmd, UINT64_MAX - 3, &args), -EFAULT);
}

static void calls_without_argument_take_none(void **state)
{
    static const unsigned system_calls[] = { SHYPER_IOC_VERSION, SHYPER_IOC_EVENTS, SHYPER_IOC_SELF,
                                             SHYPER_IOC_SHUTDOWN, SHYPER_IOC_REBOOT };
    static const unsigned vm_calls[] = { SHYPER_IOC_BOOT,  SHYPER_IOC_STOP,   SHYPER_IOC_RESET,
                                         SHYPER_IOC_PAUSE, SHYPER_IOC_RESUME, SHYPER_IOC_REMOVE };
    union shyper_args args;

    for (size_t i = 0; i < ARRAY_LEN(system_calls); i++) {
        assert_int_equal(shyper_system_decode(system_calls[i], 0, &args), 0);
        assert_int_equal(shyper_system_decode(system_calls[i], 1, &args), -EINVAL);
        assert_int_equal(shyper_vm_decode(system_calls[i], 0, &args), -ENOTTY);
    }
    for (size_t i = 0; i < ARRAY_LEN(vm_calls); i++) {
        assert_int_equal(shyper_vm_decode(vm_calls[i], 0, &args), 0);
        assert_int_equal(shyper_vm_decode(vm_calls[i], 1ul << 40, &args), -EINVAL);
        assert_int_equal(shyper_system_decode(vm_calls[i], 0, &args), -ENOTTY);
    }
}

static void ids_have_32_bits(void **state)
{
    union shyper_args args;

    assert_int_equal(shyper_system_decode(SHYPER_IOC_VM_NEXT, UINT32_MAX, &args), 0);
    assert_int_equal(args.id, UINT32_MAX);
    assert_int_equal(shyper_system_decode(SHYPER_IOC_VM_OPEN, 7, &args), 0);
    assert_int_equal(args.id, 7);
    assert_int_equal(shyper_system_decode(SHYPER_IOC_VM_OPEN, 1ul << 32, &args), -EINVAL);
    assert_int_equal(shyper_system_decode(SHYPER_IOC_LOG_LEVEL, SHYPER_LOG_DEBUG, &args), 0);
    assert_int_equal(args.id, SHYPER_LOG_DEBUG);
    assert_int_equal(shyper_system_decode(SHYPER_IOC_LOG_LEVEL, 1ul << 32, &args), -EINVAL);
    assert_int_equal(shyper_vm_decode(SHYPER_IOC_LOG_LEVEL, SHYPER_LOG_DEBUG, &args), -ENOTTY);
}

static void an_unknown_call_is_refused_without_a_look(void **state)
{
    union shyper_args args;

    copies = 0;
    for (unsigned n = 0; n < 256; n++) {
        bool is_system = n <= 10, is_vm = n >= 32 && n <= 44;
        unsigned cmd = _IO('T', n), other = _IOW(SHYPER_IOC_MAGIC, n, char[3]);

        assert_int_equal(shyper_system_decode(cmd, 0, &args), -ENOTTY);
        assert_int_equal(shyper_vm_decode(other, 0, &args), -ENOTTY);
        if (!is_system && !is_vm) {
            assert_int_equal(shyper_system_decode(_IO(SHYPER_IOC_MAGIC, n), 0, &args), -ENOTTY);
            assert_int_equal(shyper_vm_decode(_IO(SHYPER_IOC_MAGIC, n), 0, &args), -ENOTTY);
        }
    }
    assert_int_equal(copies, 0);
}

static void structures_to_fill_have_the_known_size(void **state)
{
    static const struct {
        decode_fn *decode;
        unsigned cmd;
        uint32_t size;
    } all[] = {
        { shyper_system_decode, SHYPER_IOC_SYSTEM_INFO, sizeof(struct shyper_system_info) },
        { shyper_vm_decode, SHYPER_IOC_INFO, sizeof(struct shyper_vm_info) },
        { shyper_vm_decode, SHYPER_IOC_STAT, sizeof(struct shyper_vm_stat) },
        { shyper_vm_decode, SHYPER_IOC_FAULT, sizeof(struct shyper_vm_fault) },
    };

    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        uint32_t sizes[] = { all[i].size, 0, 4, all[i].size - 1, all[i].size + 8, UINT32_MAX };

        for (size_t j = 0; j < ARRAY_LEN(sizes); j++) {
            is(all[i].decode, all[i].cmd, &sizes[j], 4, j == 0 ? 0 : -EINVAL);
        }
    }
}

static void a_blob_is_limited(void **state)
{
    const struct shyper_ioc_create good = { .size = sizeof(good), .blob = 1, .blob_bytes = 1 };
    struct shyper_ioc_create c = good;

    is(shyper_system_decode, SHYPER_IOC_VM_CREATE, &c, sizeof(c), 0);
    c.blob_bytes = SHYPER_PROFILE_BYTES_MAX;
    is(shyper_system_decode, SHYPER_IOC_VM_CREATE, &c, sizeof(c), 0);
    c.blob_bytes++;
    is(shyper_system_decode, SHYPER_IOC_VM_CREATE, &c, sizeof(c), -E2BIG);
    c.blob_bytes = UINT64_MAX;
    is(shyper_system_decode, SHYPER_IOC_VM_CREATE, &c, sizeof(c), -E2BIG);
    c.blob_bytes = 0;
    is(shyper_system_decode, SHYPER_IOC_VM_CREATE, &c, sizeof(c), -EINVAL);
    c = good, c.id = 1;
    is(shyper_system_decode, SHYPER_IOC_VM_CREATE, &c, sizeof(c), -EINVAL);
    c = good, c.size--;
    is(shyper_system_decode, SHYPER_IOC_VM_CREATE, &c, sizeof(c), -EINVAL);
}

static void text_has_a_cursor_outwards_only(void **state)
{
    static const unsigned outwards[] = { SHYPER_IOC_LOG, SHYPER_IOC_CONSOLE_READ };
    const struct shyper_ioc_buf good = { .size = sizeof(good), .addr = 1, .bytes = UINT64_MAX };
    struct shyper_ioc_buf b = good;

    is(shyper_vm_decode, SHYPER_IOC_CONSOLE_WRITE, &b, sizeof(b), 0);
    b.lost = 1;
    is(shyper_vm_decode, SHYPER_IOC_CONSOLE_WRITE, &b, sizeof(b), -EINVAL);
    b = good, b.cursor = 1;
    is(shyper_vm_decode, SHYPER_IOC_CONSOLE_WRITE, &b, sizeof(b), -EINVAL);
    is(shyper_system_decode, SHYPER_IOC_SYSTEM_LOG, &b, sizeof(b), 0);
    for (size_t i = 0; i < ARRAY_LEN(outwards); i++) {
        b = good, b.cursor = UINT64_MAX;
        is(shyper_vm_decode, outwards[i], &b, sizeof(b), 0);
        b.rsv0 = 1;
        is(shyper_vm_decode, outwards[i], &b, sizeof(b), -EINVAL);
        b = good, b.size++;
        is(shyper_vm_decode, outwards[i], &b, sizeof(b), -EINVAL);
    }
}

static void a_run_is_asked_for_by_index(void **state)
{
    struct shyper_ioc_run run = { .size = sizeof(run), .index = UINT32_MAX };

    is(shyper_vm_decode, SHYPER_IOC_RUN, &run, sizeof(run), 0);
    run.size = 8;
    is(shyper_vm_decode, SHYPER_IOC_RUN, &run, sizeof(run), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_without_argument_take_none),
        cmocka_unit_test(ids_have_32_bits),
        cmocka_unit_test(an_unknown_call_is_refused_without_a_look),
        cmocka_unit_test(structures_to_fill_have_the_known_size),
        cmocka_unit_test(a_blob_is_limited),
        cmocka_unit_test(text_has_a_cursor_outwards_only),
        cmocka_unit_test(a_run_is_asked_for_by_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
