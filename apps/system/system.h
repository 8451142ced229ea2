/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define _GNU_SOURCE
#include "../conformance/check.h"
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Each ends with a null name. */
extern const struct test identity_tests[], id_tests[], name_tests[], clock_tests[], cputime_tests[], limit_tests[], scheduling_tests[];
