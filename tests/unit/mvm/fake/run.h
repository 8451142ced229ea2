/* SPDX-License-Identifier: Apache-2.0 */
/* Run the command as its main() would, with its input and output in strings. */
#pragma once

#include "lib/compiler.h"

#define RUN_TEXT 8192

extern char run_out[RUN_TEXT], run_err[RUN_TEXT];

/** line: words separated by spaces; input: standard input. Returns the exit status. */
int run(const char *line, const char *input);
