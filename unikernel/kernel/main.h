/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "lib/compiler.h"

/** The kernel from C's first line on, as the idle thread of the first CPU. */
noreturn_fn void uk_main(void);
