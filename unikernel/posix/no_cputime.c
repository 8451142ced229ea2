/* SPDX-License-Identifier: Apache-2.0 */
/* An image without the feature fs does not count what its threads take: to the process all time is its
 * own. */
#include "unikernel/kernel/cputime.h"
#include "unikernel/posix/clock.h"
#include "unikernel/posix/linux.h"
#include "lib/err.h"

void cputime_charge(struct cpu *c) { }
uint64_t cputime_of(struct thread *t) { return 0; }

int clock_of_cpu_time(int id, uint64_t *ns)
{
    return id == LINUX_CLOCK_PROCESS_CPUTIME ? 0 : -EINVAL;
}
