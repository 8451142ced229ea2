/* SPDX-License-Identifier: Apache-2.0 */
/* The boot arguments as a program's arguments: words separated by blanks; '...' and "..." keep
 * blanks, \ takes the next character as it is (not inside '...'). */
#pragma once

#include "lib/compiler.h"

/* What main is given at most */
#define BOOTARGS_WORDS 32U
#define BOOTARGS_TEXT  1024U        /* with the zero at the end */

/**
 * @text  cut into words in place
 * @return number of words stored in argv; words beyond max are dropped
 */
unsigned bootargs_split(char *text, char **argv, unsigned max);

/** How many words in front have the form NAME=value: the environment, as on a shell's command line. */
unsigned bootargs_environment(char *const *argv, unsigned words);
