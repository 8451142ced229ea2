/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "lib/compiler.h"

/** ns, of all threads there are and were. */
uint64_t cputime_of_process(void);
