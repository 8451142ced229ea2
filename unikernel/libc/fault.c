/* SPDX-License-Identifier: Apache-2.0 */
/* Faults an operator may ask for, which are the application's: its half is where they happen.
 * (__uk_fault_illegal is in arch/ISA/musl.S) */
#include "unikernel/libc/uk_libc.h"

static char *volatile nowhere = (char *)16;

void __uk_fault_read(void)  { (void)*(volatile char *)nowhere; }
void __uk_fault_write(void) { *nowhere = 0; }
void __uk_fault_jump(void)  { ((void (*)(void))nowhere)(); }
