/* SPDX-License-Identifier: Apache-2.0 */
#include "signals.h"

const struct test timer_tests[] = { { NULL, NULL } };
