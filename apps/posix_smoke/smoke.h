/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "../conformance/check.h"

/* Each ends with a null name. */
extern const struct test memory_tests[], map_tests[], thread_tests[], sync_tests[], register_tests[],
    time_tests[], sched_tests[], inherit_tests[];
