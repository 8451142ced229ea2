/* SPDX-License-Identifier: Apache-2.0 */
/* Part of linux.h. */
#pragma once

#include "lib/compiler.h"

struct linux_timespec { int64_t sec, nsec; };
struct linux_timeval { int64_t sec, us; };
