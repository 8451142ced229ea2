/* SPDX-License-Identifier: Apache-2.0 */
/* Invalidating translations on every CPU, for ISAs whose own instruction reaches only the CPU that
 * executes it. Such a port calls flush_serve from the interrupt ARCH_IPI_IRQ and from arch_spin,
 * and supplies flush_local. */
#pragma once

#include "lib/compiler.h"

/** No CPU uses old translations of [from, end) any more on return. Any locks may be held: who waits
 * for one of them serves us meanwhile. Interrupts may be masked. */
void flush_all_cpus(uint64_t from, uint64_t end);

/** Do what another CPU in flush_all_cpus asks of this one, if any does. */
void flush_serve(void);

/** Around waiting in the idle thread, and at the beginning of every interrupt: a CPU that idles is
 * not interrupted for a flush, but forgets everything before it does anything again. */
void flush_idle_begin(void);
void flush_idle_end(void);

/** The port's: this CPU alone. */
void flush_local(uint64_t from, uint64_t end);
