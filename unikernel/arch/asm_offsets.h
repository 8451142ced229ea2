/* SPDX-License-Identifier: Apache-2.0 */
/* For an ISA's offsets.c, which is compiled to assembly only: the build turns the lines these macros
 * mark into offsets.h for the .S files. */
#pragma once

#include <stddef.h>

#define NUMBER(name, number) __asm__ volatile(".ascii \"@@" #name " %0\"" :: "i"(number))
#define OFFSET(name, type, member) NUMBER(name, offsetof(type, member))
#define SIZE(name, type) NUMBER(name, sizeof(type))

void offsets(void);
