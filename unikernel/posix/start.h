/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "lib/compiler.h"

/** Make the main thread, which enters libc with the words of the boot arguments as argv[1] and on.
 */
int posix_start(void) must_check;
