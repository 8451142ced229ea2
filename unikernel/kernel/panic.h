/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the system when one of our own invariants is broken, or nothing else can be done. */
#pragma once

#include "lib/compiler.h"

#define PANIC_STATUS 70             /* exit status of the machine after a panic */

cold_fn noreturn_fn void panic(const char *format, ...) printf_like(1, 2);

#define BUG_ON(cond)                                                                               \
    do {                                                                                           \
        if (unlikely(cond)) panic("%s:%d: %s", __FILE_NAME__, __LINE__, #cond);                    \
    } while (0)
