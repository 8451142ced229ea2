/* SPDX-License-Identifier: Apache-2.0 */
/* TLB maintenance is shown to the test at the moment it happens, so that it can look at the tables
 * as a walker would then. */
#include "arch/host/host.h"

uint32_t host_ipa_bits = 40;
uint32_t host_flushes, host_flush_alls;
void (*host_on_flush)(uint64_t vttbr, ipa_t at, uint64_t len);

uint32_t arch_ipa_bits(void)    { return host_ipa_bits; }
void arch_s2_barrier(void)      { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
pa_t arch_image_va_to_pa(const void *p) { return PA((uintptr_t)p); }

void arch_s2_flush(uint64_t vttbr, ipa_t at, uint64_t len)
{
    host_flushes++;
    if (host_on_flush != NULL) host_on_flush(vttbr, at, len);
}

void arch_s2_flush_all(uint64_t vttbr)
{
    host_flush_alls++;
}
