/* SPDX-License-Identifier: Apache-2.0 */
// sources: tests/unit/hypervisor/fake/sched_model.c @tests/unit/hypervisor/fake/fake_board.c
/* The scheduler against its model (sched_model.h says the rules): each three bytes of input are a step, VMs made and taken down,
 * paused and resumed, vCPUs asleep, awake, yielding and off, and time that passes. Nothing may be left behind. */
#include "tests/fuzz/must.h"
#include "tests/unit/hypervisor/fake/fake_board.h"
#include "tests/unit/hypervisor/fake/sched_model.h"

#define STEPS 400u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    struct board_count before, after;

    if (!ready) {
        model_init();
        ready = true;
    }
    before = board_count();
    model_begin();
    for (uint32_t n = 0; n < STEPS && size >= 3; n++, data += 3, size -= 3) model_step(data[0], data[1], data[2]);
    model_end();
    after = board_count();
    must(board_count_same(&before, &after));
    return 0;
}
