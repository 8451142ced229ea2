/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "../files/files.h"

/* Says what is typed, with the terminal in other modes than the usual one. */
int look_at_keys(void);

/* Each ends with a null name and runs in an empty folder. */
extern const struct test memory_device_tests[], terminal_tests[], proc_tests[], descriptor_link_tests[], about_fs_tests[],
    path_tests[];
