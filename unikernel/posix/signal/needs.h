/* SPDX-License-Identifier: Apache-2.0 */
/* Which calls need signals: those that send or take them, or change what they do, and those that make
 * something whose use sends one. A program that can make none of them cannot tell whether signals are
 * there, so its image has none (tools/uk_calls.py). */
#pragma once

#define NEEDS_SIGNALS(name)                                                                        \
    __asm__(".globl __uk_signals_" #name "\n\t.set __uk_signals_" #name ", 0");
