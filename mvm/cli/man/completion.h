/* SPDX-License-Identifier: Apache-2.0 */
/* Completion for bash, from the command table. docs/cli/shyper.bash is its result; a unit test keeps
 * the two the same. */
#pragma once

#include <stdio.h>

void completion_print(FILE *to);
