/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "../files/files.h"

/* Each ends with a null name and runs in an empty folder. */
extern const struct test memory_device_tests[], proc_tests[], about_fs_tests[], path_tests[];
