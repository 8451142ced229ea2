/* SPDX-License-Identifier: Apache-2.0 */
/* Three groups say where devices are, and may say it twice: an emulated device by its type, the
 * GICv2 CPU interface as a passthrough entry called "gicv", and the generated device tree's
 * addresses in dtb_device. Whoever speaks first sets a window; later ones have to agree. Devices
 * this version does not serve are refused by name, not skipped: a guest that misses its disk fails
 * in a less readable way. */
#include <stdlib.h>
#include <string.h>

#include "lib/str.h"
#include "mvm/libshyper/profile_devices.h"

#define EMULATED_MAX    16
#define PASSTHROUGH_MAX 128
#define IRQ_MAX         64
#define VTIMER_INTID    27u

/* The types of the template, in the order of their numbers, and whether this version serves them.
 */
static const struct {
    const char *name;
    bool served;
} emulated_types[] = {
    { "CONSOLE", true },     { "GICD", true },
    { "GPPT", false },       { "VIRTIO_BLK", false },
    { "VIRTIO_NET", false }, { "VIRTIO_CONSOLE", false },
    { "SHYPER", false },     { "VIRTIO_BLK_MEDIATED", false },
    { "IOMMU", false },      { "SRE", false },
    { "SGIR", false },       { "GICR", true },
    { "META", false },       { "PLIC", false },
    { "APLIC", false },
};

static void window_set(struct reader *r, const char *key, struct profile_window *w,
                       const char *name, uint64_t ipa, uint64_t bytes)
{
    if (w->ipa != PROFILE_CHOOSE && w->ipa != ipa) {
        (void)reader_refuse(r, key,
                            "is 0x%llx, but %s is at 0x%llx by another entry: make them equal",
                            (unsigned long long)ipa, w->name, (unsigned long long)w->ipa);
        return;
    }
    if (w->bytes != PROFILE_CHOOSE && bytes != PROFILE_CHOOSE && w->bytes != bytes) {
        (void)reader_refuse(
            r, key, "%s is 0x%llx bytes long here and 0x%llx by another entry: make them equal",
            w->name, (unsigned long long)bytes, (unsigned long long)w->bytes);
        return;
    }
    w->ipa = ipa;
    if (bytes != PROFILE_CHOOSE) { w->bytes = bytes; }
    if (name != NULL) { (void)str_copy(w->name, sizeof w->name, name); }
}

static void uart_irq_set(struct reader *r, const char *key, uint32_t irq)
{
    struct profile *p = r->p;

    if (irq < 32 || irq > 1019) {
        (void)reader_refuse(r, key, "is %u; the console needs a shared interrupt, 32 to 1019", irq);
    } else if (p->uart_irq != 0 && p->uart_irq != irq) {
        (void)reader_refuse(
            r, key, "is %u, but the console has interrupt %u by another entry: make them equal",
            irq, p->uart_irq);
    } else {
        p->uart_irq = irq;
    }
}

static bool take_device_name(struct reader *r, json_t *v, const char **name)
{
    size_t n = 0;

    if (!read_string(r, v, "name", OPTIONAL, name)) {
        *name = NULL;
        return true;
    }
    for (const char *c = *name; n<SHYPER_NAME_MAX && * c> ' ' && *c <= '~'; c++) { n++; }
    if (n >= 1 && n < SHYPER_NAME_MAX && (*name)[n] == '\0') { return true; }
    return reader_refuse(r, "name", "has to be 1 to %d printable characters without spaces",
                         SHYPER_NAME_MAX - 1);
}

/* List `list_key` of at most max numbers, whose length `count_key` repeats (it may be absent). */
static bool take_counted(struct reader *r, json_t *v, const char *count_key, const char *list_key,
                         uint32_t max, uint32_t *out, uint32_t *count)
{
    int64_t stated;

    *count = 0;
    if (read_member(r, v, list_key, OPTIONAL) != NULL &&
        !read_numbers(r, v, list_key, max, out, count)) {
        return false;
    }
    if (read_member(r, v, count_key, OPTIONAL) == NULL) { return true; }
    if (!read_int(r, v, count_key, OPTIONAL, 0, UINT32_MAX, &stated)) { return false; }
    if (stated == *count) { return true; }
    return reader_refuse(r, count_key, "is %lld, but %s has %u entries: make them equal",
                         (long long)stated, list_key, *count);
}

static void take_console_cfg(struct reader *r, const uint32_t *cfg, uint32_t n)
{
    if (n == 0) { return; }
    if (n > 1 || cfg[0] > SHYPER_UART_PL011) {
        (void)reader_refuse(r, "cfg_list", "for a console: [0] an SBSA UART or [1] a PL011");
    } else {
        r->p->uart_model = cfg[0];
    }
}

static void take_emulated(struct reader *r, json_t *v)
{
    static const char *const keys[] = { "name",    "base_ipa", "length", "irq_id",
                                        "cfg_num", "cfg_list", "type",   NULL };
    static const char prefix[] = "EMU_DEVICE_T_";
    uint32_t cfg[SHYPER_CFG_MAX], n = 0;
    const char *type, *name;
    uint64_t ipa, bytes;
    int64_t irq = 0;
    size_t i;

    if (!read_object(r, v, keys) || !read_string(r, v, "type", NEEDED, &type)) { return; }
    for (i = 0; i < ARRAY_LEN(emulated_types); i++) {
        if (strncmp(type, prefix, strlen(prefix)) == 0 &&
            strcmp(type + strlen(prefix), emulated_types[i].name) == 0) {
            break;
        }
    }
    if (i == ARRAY_LEN(emulated_types)) {
        (void)reader_refuse(r, "type", "\"%.40s\" is unknown; served: %sCONSOLE, %sGICD, %sGICR",
                            type, prefix, prefix, prefix);
        return;
    }
    if (!emulated_types[i].served) {
        (void)reader_refuse(r, "type", "%s is not served by this version; remove this device",
                            type);
        return;
    }
    if (!take_device_name(r, v, &name) || !read_address(r, v, "base_ipa", NEEDED, &ipa) ||
        !read_address(r, v, "length", NEEDED, &bytes)) {
        return;
    }
    if (read_member(r, v, "irq_id", OPTIONAL) != NULL &&
        !read_int(r, v, "irq_id", OPTIONAL, 0, 1019, &irq)) {
        return;
    }
    if (!take_counted(r, v, "cfg_num", "cfg_list", SHYPER_CFG_MAX, cfg, &n)) { return; }

    switch ((uint32_t)i) {
    case SHYPER_DEV_CONSOLE:
        window_set(r, "base_ipa", &r->p->uart, name, ipa, bytes);
        if (irq != 0) { uart_irq_set(r, "irq_id", (uint32_t)irq); }
        take_console_cfg(r, cfg, n);
        break;
    case SHYPER_DEV_GICD: window_set(r, "base_ipa", &r->p->gicd, name, ipa, bytes); break;
    default: window_set(r, "base_ipa", &r->p->gicr, name, ipa, bytes); break;
    }
}

/* Interrupts of a passthrough entry: only the virtual timer's, which every guest has anyway. */
static bool take_passthrough_irqs(struct reader *r, json_t *v)
{
    uint32_t irqs[IRQ_MAX], n;

    if (!take_counted(r, v, "irq_num", "irq_list", IRQ_MAX, irqs, &n)) { return false; }
    for (uint32_t i = 0; i < n; i++) {
        if (irqs[i] != VTIMER_INTID) {
            return reader_refuse(
                r, "irq_list",
                "interrupt %u: passthrough interrupts are not served by this version "
                "(%u, the virtual timer, is always there); remove it",
                irqs[i], VTIMER_INTID);
        }
    }
    return true;
}

static void take_passthrough(struct reader *r, json_t *v)
{
    static const char *const keys[] = {
        "name", "base_pa", "base_ipa", "length", "smmu_id", "irq_num", "irq_list", NULL,
    };
    uint64_t pa = 0, ipa = 0, bytes = 0;
    const char *name;
    bool good;

    if (!read_object(r, v, keys) || !read_string(r, v, "name", NEEDED, &name)) { return; }
    if (read_member(r, v, "smmu_id", OPTIONAL) != NULL) {
        (void)reader_refuse(r, "smmu_id", "SMMUs are not served by this version; remove it");
        return;
    }
    good = take_passthrough_irqs(r, v);
    if (strcmp(name, "gicv") == 0) {
        /* base_pa is a fact of one board; the hypervisor takes it from the board's own device tree.
         */
        (void)read_address(r, v, "base_pa", OPTIONAL, &pa);
        if (read_address(r, v, "base_ipa", NEEDED, &ipa) &&
            read_address(r, v, "length", NEEDED, &bytes)) {
            window_set(r, "base_ipa", &r->p->gicc, "gicc", ipa, bytes);
        }
        return;
    }
    (void)read_address(r, v, "length", OPTIONAL, &bytes);
    if (good && bytes != 0) {
        (void)reader_refuse(
            r, "name",
            "\"%.40s\": device passthrough is not served by this version; remove this device",
            name);
    }
}

static void take_dtb_device(struct reader *r, json_t *v)
{
    static const char *const keys[] = {
        "name", "type", "irq_num", "irq_list", "addr_region_ipa", "addr_region_length", NULL,
    };
    static const char *const types[] = { "CONSOLE", "GICD", "GICC", "GICR", "PLIC", "APLIC" };
    static const char prefix[] = "DTB_DEVICE_T_";
    struct profile_window *const window[] = { &r->p->uart, &r->p->gicd, &r->p->gicc, &r->p->gicr };
    uint64_t ipa, bytes = PROFILE_CHOOSE;
    uint32_t irqs[IRQ_MAX], n;
    const char *type, *name;
    size_t i;

    if (!read_object(r, v, keys) || !read_string(r, v, "type", NEEDED, &type)) { return; }
    for (i = 0; i < ARRAY_LEN(types); i++) {
        if (strncmp(type, prefix, strlen(prefix)) == 0 &&
            strcmp(type + strlen(prefix), types[i]) == 0) {
            break;
        }
    }
    if (i >= ARRAY_LEN(window)) {
        (void)reader_refuse(
            r, "type",
            i < ARRAY_LEN(types)
                ? "%.40s is not served by this version; remove this entry"
                : "\"%.40s\" is unknown; known: DTB_DEVICE_T_CONSOLE, _GICD, _GICC, _GICR",
            type);
        return;
    }
    if (!take_device_name(r, v, &name) ||
        !take_counted(r, v, "irq_num", "irq_list", IRQ_MAX, irqs, &n)) {
        return;
    }
    if (!read_address(r, v, "addr_region_ipa", NEEDED, &ipa)) { return; }
    if (read_member(r, v, "addr_region_length", OPTIONAL) != NULL &&
        !read_address(r, v, "addr_region_length", OPTIONAL, &bytes)) {
        return;
    }
    /* These describe the device tree, not the device: a length counts only when the device itself
     * has none. */
    if (bytes == 0 || window[i]->bytes != PROFILE_CHOOSE) { bytes = PROFILE_CHOOSE; }
    window_set(r, "addr_region_ipa", window[i], NULL, ipa, bytes);
    if (i == 0 && n > 0) { uart_irq_set(r, "irq_list", irqs[0]); }
}

static void take_group(struct reader *r, json_t *root, const char *group_key, const char *list_key,
                       size_t max, void (*take)(struct reader *r, json_t *v))
{
    const char *const keys[] = { list_key, NULL };
    json_t *group = read_member(r, root, group_key, OPTIONAL), *list, *v;
    size_t mark, i;

    if (group == NULL) { return; }
    mark = reader_enter(r, group_key);
    if (read_object(r, group, keys) && read_list(r, group, list_key, OPTIONAL, &list)) {
        if (json_array_size(list) > max) {
            (void)reader_refuse(r, list_key, "has %zu entries; at most %zu are possible",
                                json_array_size(list), max);
        } else {
            json_array_foreach(list, i, v)
            {
                size_t inner = reader_enter(r, list_key);

                (void)reader_enter_at(r, i);
                take(r, v);
                reader_leave(r, inner);
            }
        }
    }
    reader_leave(r, mark);
}

void profile_devices_take(struct reader *r, json_t *root)
{
    take_group(r, root, "emulated_device", "emulated_device_list", EMULATED_MAX, take_emulated);
    take_group(r, root, "passthrough_device", "passthrough_device_list", PASSTHROUGH_MAX,
               take_passthrough);
    take_group(r, root, "dtb_device", "dtb_device_list", PASSTHROUGH_MAX, take_dtb_device);
}
