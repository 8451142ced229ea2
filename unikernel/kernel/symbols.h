/* SPDX-License-Identifier: Apache-2.0 */
/* Names of addresses, when the image has them (FEATURES=symbols). */
#pragma once

#include "lib/compiler.h"

/** Print "<prefix>0x<address> <name>+0x<offset>" or as much of it as is known. is_return: a call ends
 * there, which may be the last thing of its function. */
void symbols_print(const char *prefix, uint64_t address, bool is_return);
