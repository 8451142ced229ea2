/* SPDX-License-Identifier: Apache-2.0 */
/* For an ISA's offsets.c, which is compiled to assembly only: the build turns the lines these macros
 * mark into offsets.h for the .S files. */
#pragma once

#include <stddef.h>

#define OFFSET(name, type, member)                                                                 \
    __asm__ volatile(".ascii \"@@" #name " %0\"" :: "i"(offsetof(type, member)))
#define SIZE(name, type) __asm__ volatile(".ascii \"@@" #name " %0\"" :: "i"(sizeof(type)))

void offsets(void);
