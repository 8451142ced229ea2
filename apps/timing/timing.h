/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <time.h>

#define NS_PER_S 1000000000L

long now_ns(clockid_t clock);
struct timespec at_ns(long ns);

int tell_bounds(void);
