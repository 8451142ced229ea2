/* SPDX-License-Identifier: Apache-2.0 */
/* The boot arguments as a program's arguments: words separated by blanks; '...' and "..." keep
 * blanks, \ takes the next character as it is (not inside '...'). */
#pragma once

#include "lib/compiler.h"

/**
 * @text  cut into words in place
 * @return number of words stored in argv; words beyond max are dropped
 */
unsigned bootargs_split(char *text, char **argv, unsigned max);
