/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/posix/gate.h"

int gate_yield_pending(struct thread *self)
{
    if (thread_is_killed(self)) gate_ended();
    return thread_is_signalled(self) ? gate_take_signals() : 0;     /* in place of us */
}
