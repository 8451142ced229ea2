/* SPDX-License-Identifier: Apache-2.0 */
/* Looking into a guest's memory by its own addresses. Whatever the guest has put there, a look
 * fails or gives a number; it follows no pointer of the guest's here. */
#pragma once

#include "abi/vm.h"
#include "lib/compiler.h"

struct guest_ram {
    unsigned count;
    struct {
        struct shyper_run run;
        const char *at; /* where it is mapped */
    } piece[SHYPER_RUN_MAX];
};

/** Map all RAM of an open VM for reading, for which the daemon is of no use. On failure nothing stays mapped. */
int guest_ram_open(int handle, struct guest_ram *out) must_check;
void guest_ram_close(struct guest_ram *ram);

/** The 64-bit word at a guest-physical address. False: no RAM there, or not aligned. */
bool guest_ram_word(const struct guest_ram *ram, uint64_t ipa, uint64_t *value) must_check;

/** Where a virtual address was, with the translation of the moment of a fault. */
bool guest_translate(const struct guest_ram *ram, const struct shyper_vm_fault *f, uint64_t va,
                     uint64_t *ipa) must_check;

/** Return addresses by the chain of frame pointers (AAPCS64 6.4.6), innermost first, at most `max`.
 */
unsigned guest_backtrace(const struct guest_ram *ram, const struct shyper_vm_fault *f,
                         uint64_t *out, unsigned max);
