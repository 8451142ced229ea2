/* SPDX-License-Identifier: Apache-2.0 */
/* The shell's parts that need no terminal. */
#pragma once

#include "lib/compiler.h"

struct shell_line {
    const char *command;            /* first word; NULL on an empty line */
    const char *argument;           /* second word or NULL; further words are ignored */
};

/** Cut a line in place. */
struct shell_line shell_parse(char *line);

/** A thread id in decimal. -EINVAL for anything else. */
int shell_parse_id(const char *text, uint32_t *id) must_check;

/** Run one line. Output goes to the console. */
void shell_execute(char *line);
