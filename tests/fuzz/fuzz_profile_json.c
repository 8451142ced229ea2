/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/libshyper/profile_parse.c mvm/libshyper/profile_devices.c
// sources: mvm/libshyper/profile_sched.c
// sources: mvm/libshyper/profile_json.c
// sources: mvm/libshyper/profile_errors.c mvm/libshyper/profile_layout.c
// sources: mvm/libshyper/profile_blob.c
// sources: mvm/libshyper/guest_dt.c mvm/libshyper/fdt_out.c mvm/libshyper/number.c
// sources: hypervisor/core/profile.c lib/fdt_cursor.c libfdt -ljansson
/* Any text as a profile. What is refused has a reason; what is taken has its images in RAM and
 * apart from each other, its blob is taken by the hypervisor's decoder, and its guest's tree is in order and says
 * the same. The first four bytes choose the sizes of the images. */
#include <stdlib.h>
#include <string.h>
#include <libfdt.h>

#include "hypervisor/core/vm.h"
#include "mvm/libshyper/profile.h"
#include "tests/fuzz/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct span {
    uint64_t base, bytes;
};

static void must_be_in_ram(const struct profile *p, struct span s)
{
    for (uint64_t at = s.base; at - s.base < s.bytes;) {
        uint32_t i = 0;

        while (i < p->memory_count &&
               (at < p->memory[i].ipa || at - p->memory[i].ipa >= p->memory[i].bytes)) {
            i++;
        }
        must(i < p->memory_count);
        at = p->memory[i].ipa + p->memory[i].bytes;
    }
}

static void must_be_apart(struct span a, struct span b)
{
    must(a.bytes == 0 || b.bytes == 0 || a.base + a.bytes <= b.base || b.base + b.bytes <= a.base);
}

static void must_be_laid_out(const struct profile *p)
{
    struct span kernel = { p->load, p->image_bytes },
                ramdisk = { p->ramdisk_load, p->ramdisk.bytes };
    struct span dtb = { p->dtb, p->dtb != 0 ? p->dtb_bytes : 0 };

    if (p->ramdisk.path == NULL) { ramdisk.bytes = 0; }
    must_be_in_ram(p, kernel);
    must_be_in_ram(p, ramdisk);
    must_be_in_ram(p, dtb);
    must_be_apart(kernel, ramdisk);
    must_be_apart(kernel, dtb);
    must_be_apart(ramdisk, dtb);
    must(p->entry >= kernel.base && p->entry - kernel.base < kernel.bytes);
}

static void must_be_decoded(const struct profile *p, bool for_bundle)
{
    struct profile_errors e = { 0 };
    struct vm_config c = { 0 };
    const char *why = NULL;
    void *blob;
    size_t bytes;

    must(profile_blob(p, for_bundle, &blob, &bytes, &e) == 0);
    must(profile_decode(blob, (uint32_t)bytes, &c, &why) == 0);
    must(strcmp(c.name, p->name) == 0 && c.cpu_count == p->cpu_count &&
         c.memory_count == p->memory_count);
    free(blob);
}

static void must_have_a_tree(const struct profile *p, uint32_t version)
{
    struct profile_errors e = { 0 };
    void *fdt;
    size_t bytes;
    int node, len = 0, cpus = 0;
    const fdt64_t *reg;

    must(profile_guest_dtb(p, version, &fdt, &bytes, &e) == 0 && bytes <= p->dtb_bytes);
    must(fdt_check_full(fdt, bytes) == 0);
    node = fdt_node_offset_by_prop_value(fdt, -1, "device_type", "memory", sizeof("memory"));
    reg = fdt_getprop(fdt, node, "reg", &len);
    must(len == (int)(p->memory_count * 16));
    for (uint32_t i = 0; i < p->memory_count; i++)
        must(fdt64_ld(&reg[2 * i]) == p->memory[i].ipa && fdt64_ld(&reg[2 * i + 1]) == p->memory[i].bytes);
    fdt_for_each_subnode(node, fdt, fdt_path_offset(fdt, "/cpus")) cpus++;
    must(cpus == (int)p->cpu_count);
    must(fdt_path_offset(fdt, fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "stdout-path", NULL)) > 0);
    free(fdt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct profile_errors e = { 0 };
    struct profile p;
    int err;

    if (size < 4) { return 0; }
    err = profile_parse((const char *)data + 4, size - 4, &p, &e);
    if (err == 0) {
        p.has_header = (data[0] & 1) != 0;
        p.kernel.bytes = ((uint64_t)data[1] << (data[2] & 31)) + 1;
        p.image_bytes = p.kernel.bytes;
        p.text_offset = p.has_header ? (uint64_t)data[0] << 12 : 0;
        p.ramdisk.bytes = ((uint64_t)data[3] << (data[2] >> 4)) + 1;
        if (p.type == PROFILE_TYPE_BY_IMAGE) { p.type = SHYPER_VM_TYPE_LINUX; }
        err = profile_layout(&p, &e);
    }
    must((err == 0) == (e.count == 0));
    must(err == 0 || e.at[0].reason[0] != '\0');
    if (err == 0) {
        must_be_laid_out(&p);
        must_be_decoded(&p, false);
        must_be_decoded(&p, true);
        if (p.dtb != 0 && p.gicv2) must_have_a_tree(&p, 2);
        if (p.dtb != 0 && p.gicv3) must_have_a_tree(&p, 3);
    }
    profile_free(&p);
    return 0;
}
