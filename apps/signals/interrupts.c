/* SPDX-License-Identifier: Apache-2.0 */
#include "signals.h"

const struct test interrupt_tests[] = { { NULL, NULL } };
