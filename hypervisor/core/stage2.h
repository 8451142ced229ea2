/* SPDX-License-Identifier: Apache-2.0 */
/* Stage-2 translation of one VM: 4 KiB granule, 2 MiB (and for the MVM 1 GiB) leaves where
 * alignment allows.
 *
 * Entries only go from absent to present and back; a change of a live entry is break-before-make
 * with TLB maintenance for this VMID on all cores. Tables come from the page pool and are freed
 * when the VM goes. */
#pragma once

#include "hypervisor/core/lock.h"
#include "hypervisor/core/types.h"

enum s2_attr {
    S2_RAM,                 /* normal write-back, read-write-execute */
    S2_DEVICE,              /* nGnRE, read-write, never executable */
};

/** VTCR_EL2 and VTTBR_EL2. */
struct s2_regs {
    uint64_t vtcr, vttbr;
};

struct stage2 {
    struct spinlock lock;
    struct s2_regs regs;    /* valid while there is a root */
    uint64_t *root;
    uint32_t vm_id, vmid;
    uint32_t ipa_bits;      /* 32..42 */
    uint32_t tables;        /* pages in use, root included */
    uint32_t destroy_at;    /* cursor of the bounded release */
};

int s2_init(struct stage2 *s, uint32_t vm_id, uint32_t ipa_bits) must_check;

/**
 * Map [at, at+len) to [to, to+len). Page-aligned.
 * @return 0; -ENOMEM (what was mapped before the failure stays, unmap it); -EEXIST something else
 * is mapped there; -ERANGE beyond the address width. Mapping exactly what is there already is 0;
 * pages of a 2 MiB block that is mapped whole become one leaf.
 */
int s2_map(struct stage2 *s, ipa_t at, pa_t to, uint64_t len, enum s2_attr attr) must_check;

/** Remove mappings in the range, splitting larger leaves. -ENOMEM: a split found no page (nothing
 * of that leaf changed). */
int s2_unmap(struct stage2 *s, ipa_t at, uint64_t len) must_check;

/** Free up to 64 table pages; true when all is gone. The VM must not run. */
bool s2_destroy_some(struct stage2 *s);

/** For a core between two VMs: a translation in which nothing is mapped. Each core calls
 * s2_init_cpu before it uses it. */
extern struct s2_regs s2_empty;
void s2_init_cpu(void);
