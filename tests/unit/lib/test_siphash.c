/* SPDX-License-Identifier: Apache-2.0 */
// sources: lib/siphash.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/siphash.h"

/* Key 00 01 ... 0f and message 00 01 ... 07, of the reference's test vectors. */
static void it_is_siphash_2_4(void **state)
{
    static const uint64_t key[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };

    assert_true(siphash(key, 0x0706050403020100) == 0x93f5f5799a932462);
}

static void every_input_matters(void **state)
{
    static const uint64_t key[2] = { 1, 2 }, other[2] = { 1, 3 };

    assert_true(siphash(key, 1) != siphash(key, 2));
    assert_true(siphash(key, 1) != siphash(other, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(it_is_siphash_2_4), cmocka_unit_test(every_input_matters) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
