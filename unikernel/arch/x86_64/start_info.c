/* SPDX-License-Identifier: Apache-2.0 */
/* What the boot loader says by the PVH protocol (Xen: public/arch-x86/hvm/start_info.h). */
#include "unikernel/arch/x86_64/boot.h"
#include "lib/err.h"
#include "lib/str.h"

#define START_MAGIC     0x336ec578U
#define MEMORY_RAM      1U
#define MEMORY_MAX      128U
#define TEXT_MAX        4096U
#define LOW_RAM_END     0x100000U       /* firmware's data, video, ROM */

struct start_info {
    uint32_t magic, version, flags, modules;
    uint64_t modules_pa, cmdline_pa, rsdp_pa;
    uint64_t memory_pa;                 /* from version 1 on */
    uint32_t memory_count, rsv0;
};

struct memory_entry {
    uint64_t pa, len;
    uint32_t type, rsv0;
};

static int reserve(struct machine *m, uint64_t pa, uint64_t len)
{
    return ranges_add(&m->reserved, align_down(pa, PAGE_SIZE), align_up(pa + len, PAGE_SIZE));
}

static int read_memory(struct machine *m, const struct start_info *s)
{
    uint64_t len = (uint64_t)s->memory_count * sizeof(struct memory_entry), end;
    const char *at = boot_window(s->memory_pa, len);
    int err = 0;

    if (s->version < 1 || at == NULL || s->memory_count > MEMORY_MAX) return -ENODEV;
    for (uint32_t i = 0; i < s->memory_count && err == 0; i++) {
        struct memory_entry e;
        uint64_t from;

        memcpy(&e, at + i * sizeof(e), sizeof(e));          /* aligned as the loader likes */
        from = align_up(e.pa, PAGE_SIZE);                   /* 0 in the last page there is */
        if (!add_ok(&end, e.pa, e.len)) return -EINVAL;
        end = align_down(end, PAGE_SIZE);
        if (e.type == MEMORY_RAM && from >= e.pa && from < end)
            err = ranges_add(&m->ram, from, end);
    }
    if (err == -ENOSPC) err = 0;            /* RAM that does not fit the list is not used */
    return m->ram.count == 0 ? -ENODEV : err;
}

static int read_arguments(struct machine *m, const struct start_info *s)
{
    const char *text = s->cmdline_pa != 0 ? boot_window(s->cmdline_pa, TEXT_MAX) : NULL;

    if (text == NULL || memchr(text, '\0', TEXT_MAX) == NULL) return 0;
    m->bootargs = text;
    return reserve(m, s->cmdline_pa, strlen(text) + 1);
}

__attribute__((weak)) void start_info_modules(struct machine *m, uint64_t pa, uint32_t count) { }

int start_info_read(struct machine *m, uint64_t pa, uint64_t *rsdp_pa, const char **problem)
{
    struct start_info s;
    const void *at = boot_window(pa, sizeof(s));
    int err;

    *problem = "the boot loader gave no PVH start info";
    if (at == NULL) return -EINVAL;
    memcpy(&s, at, sizeof(s));
    if (s.magic != START_MAGIC) return -EINVAL;
    *problem = "the start info describes no memory";
    err = read_memory(m, &s);
    if (err == 0) {
        *problem = "too many reserved pieces of memory";
        err = reserve(m, 0, LOW_RAM_END);
    }
    if (err == 0) err = read_arguments(m, &s);
    if (err == 0) start_info_modules(m, s.modules_pa, s.modules);
    if (err == 0) *rsdp_pa = s.rsdp_pa;
    return err;
}
