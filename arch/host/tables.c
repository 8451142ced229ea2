/* SPDX-License-Identifier: Apache-2.0 */
/* TLB maintenance is shown to the test at the moment it happens, so that it can look at the tables
 * as a walker would then. */
#include "arch/host/host.h"
#include "hypervisor/core/page.h"

uint32_t host_ipa_bits = 40;
uint32_t host_flushes, host_flush_alls;
void (*host_on_flush)(uint64_t vttbr, ipa_t at, uint64_t len);

uint32_t arch_ipa_bits(void)    { return host_ipa_bits; }
void arch_tables_barrier(void)      { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
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

/* Arm ARM D8.3: bits 1:0 of a descriptor, 47:12 the address, 5:2 the memory type, 7:6 the permissions. */
int s2_lookup(const struct stage2 *s, ipa_t at, pa_t *to, enum s2_attr *attr, uint64_t *leaf_bytes)
{
    const uint64_t *table = s->root;
    uint64_t address = MASK64(47, 12);

    if (at.v >> s->ipa_bits != 0) return -EFAULT;
    for (uint32_t shift = 30;; shift -= 9) {
        uint64_t e = table[shift == 30 ? at.v >> 30 : at.v >> shift & 511];

        if ((e & 1) == 0) return -EFAULT;
        if (shift > 12 && (e & 2) != 0) {
            table = page_va(PA(e & address));
            continue;
        }
        if (FIELD(e, 7, 6) != 3) return -EACCES;        /* all can be read and written */
        *to = PA((e & address) + (at.v & (BIT64(shift) - 1)));
        *attr = FIELD(e, 5, 2) != 15 ? S2_DEVICE : S2_RAM;
        *leaf_bytes = BIT64(shift);
        return 0;
    }
}
