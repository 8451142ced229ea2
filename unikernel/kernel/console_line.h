/* SPDX-License-Identifier: Apache-2.0 */
/* Lines as terminals edit them: what is typed is echoed, control characters as ^X; 8 and 127 erase,
 * control-U all of it, control-V takes the next character as it is, CR or LF end the line. What does
 * not fit into 4,096 bytes is not taken. Control-D ends it without a newline; of an empty line that
 * is the end of the file. */
#pragma once

#include "lib/compiler.h"

/** Bytes of a line, with its newline, in pieces if need be; 0: end of the file. out NULL: how many
 * bytes there are, and they stay. -EAGAIN: no line is whole. */
long console_take_line(char *out, size_t len) must_check;

/** ... waits for one. -EINTR. For one thread at a time. */
long console_read(char *out, size_t len) must_check;

/** Is what is typed shown? At first it is. */
void console_echo(bool on);

/** From now on the keyboard belongs to the shell, and here the file is always at its end. */
void console_claim(void);
bool console_is_claimed(void);
