/* SPDX-License-Identifier: Apache-2.0 */
/* The manual page, from the command table. docs/cli/shyper.1 is its result; a unit test keeps the
 * two the same. */
#pragma once

#include <stdio.h>

void man_print(FILE *to);
