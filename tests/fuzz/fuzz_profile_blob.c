/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/profile.c lib/fdt_cursor.c libfdt
/* Any bytes as a profile blob: what is accepted keeps every rule that EL2 relies on without asking
 * again. */
#include <stdlib.h>
#include <string.h>

#include "hypervisor/core/vm.h"
#include "tests/fuzz/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool apart(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
    return a + a_len <= b || b + b_len <= a;
}

static void check(const struct vm_config *c, const uint8_t *blob, size_t size)
{
    must(strnlen(c->name, sizeof(c->name)) >= 1 && strnlen(c->name, sizeof(c->name)) <= 31);
    must(strlen(c->cmdline) < SHYPER_CMDLINE_MAX);
    must(c->cpu_count >= 1 && c->cpu_count <= SHYPER_VCPU_MAX && c->memory_count <= SHYPER_RUN_MAX);
    must((c->type == SHYPER_VM_TYPE_MVM) == (c->memory_count == 0));
    for (uint32_t i = 0; i < c->memory_count; i++) {
        const struct vm_region *m = &c->memory[i];
        uint64_t end;

        must(m->bytes != 0 && is_aligned(m->ipa | m->bytes, PAGE_SIZE) &&
             add_ok(&end, m->ipa, m->bytes));
        must(i == 0 || c->memory[i - 1].ipa + c->memory[i - 1].bytes <= m->ipa);
    }
    must(c->device_count <= SHYPER_DEVICE_MAX);
    for (uint32_t i = 0; i < c->device_count; i++) {
        const struct device_config *d = &c->device[i];
        uint64_t end;

        must(d->len != 0 && is_aligned(d->ipa | d->len, PAGE_SIZE) && add_ok(&end, d->ipa, d->len));
        must(d->cfg_count <= SHYPER_CFG_MAX && strnlen(d->name, sizeof(d->name)) < sizeof(d->name));
        for (uint32_t k = 0; k < i; k++)
            must(apart(d->ipa, d->len, c->device[k].ipa, c->device[k].len));
        for (uint32_t k = 0; k < c->memory_count; k++)
            must(apart(d->ipa, d->len, c->memory[k].ipa, c->memory[k].bytes));
    }
    for (int i = 0; i < 2; i++) {
        const uint8_t *tree = c->dtb_gic[i];

        must(tree == NULL || (tree >= blob && tree + c->dtb_gic_bytes[i] <= blob + size));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct vm_config config;
    uint8_t *blob = malloc(size == 0 ? 1 : size);
    const char *why = NULL;
    int got;

    if (blob == NULL) return 0;
    memcpy(blob, data, size);
    got = profile_decode(blob, (uint32_t)size, &config, &why);
    if (got == 0) check(&config, blob, size);
    else must(got == -EINVAL && why != NULL);
    free(blob);
    return 0;
}
