/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/posix/gate.h"

int sched_yield(void) { return gate_yield(true); }
