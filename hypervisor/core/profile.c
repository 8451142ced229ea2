/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder of profile blobs (abi/profile.h). A blob comes from the MVM or the bundle and is not
 * believed: a table says which property may stand where and of what form it is; anything else, and
 * anything twice, is refused, so that a later version's meaning is never half understood. Once all
 * is read, the rules that tie properties together are checked. What depends on the machine (CPUs
 * present, IPA width, free memory, interrupts) is for vm_create.
 *
 * On failure *out holds what was read so far and must not be used. */
#include "hypervisor/core/profile.h"
#include "lib/str.h"

#define INTID_SPI_FIRST 32u
#define INTID_SPI_LAST  1019u

enum place {
    AT_ROOT, AT_IMAGE, AT_MEMORY, AT_CPUS, AT_RESTART, AT_HEARTBEAT, AT_DEVICES, AT_DEVICE,
    PLACE_COUNT
};
enum form { FORM_U32, FORM_U64, FORM_TEXT, FORM_OTHER };

enum key {
    K_COMPATIBLE, K_NAME, K_TYPE, K_CMDLINE,
    K_ENTRY, K_DTB, K_LOAD, K_KERNEL, K_RAMDISK, K_RAMDISK_LOAD, K_DTB_GICV2, K_DTB_GICV3,
    K_MEMORY_REG,
    K_COUNT, K_BITMAP, K_MASTER,
    K_POLICY, K_DELAY, K_TIMEOUT,
    K_CLASS, K_WEIGHT, K_PRIORITY, K_BUDGET, K_PERIOD,
    K_DEV_TYPE, K_DEV_NAME, K_DEV_REG, K_DEV_IRQ, K_DEV_CFG,
};

struct field {
    uint8_t place, key, form;
    uint16_t at;                    /* of the value in struct vm_config, or device_config */
    const char *name;
    const char *why;                /* when it does not have that form, or stands there twice */
};

#define VM_FIELD(place, key, form, member, node, name, kind)                                       \
    {                                                                                              \
        place, key, form, (uint16_t)offsetof(struct vm_config, member), name,                      \
            "profile: " node ": " name " is not " kind                                             \
    }
#define DEV_FIELD(key, form, member, name, kind)                                                   \
    {                                                                                              \
        AT_DEVICE, key, form, (uint16_t)offsetof(struct device_config, member), name,              \
            "profile: /devices/dev: " name " is not " kind                                         \
    }

static const struct field fields[] = {
    VM_FIELD(AT_ROOT, K_COMPATIBLE, FORM_OTHER, name, "/", "compatible", "shyper,profile-1"),
    VM_FIELD(AT_ROOT, K_NAME, FORM_OTHER, name, "/", "name",
             "1 to 31 characters of A-Z a-z 0-9 . _ -"),
    VM_FIELD(AT_ROOT, K_TYPE, FORM_U32, type, "/", "type", "one 32-bit number"),
    VM_FIELD(AT_ROOT, K_CMDLINE, FORM_TEXT, cmdline, "/", "cmdline", "one text"),
    VM_FIELD(AT_IMAGE, K_ENTRY, FORM_U64, entry, "/image", "entry", "one 64-bit number"),
    VM_FIELD(AT_IMAGE, K_DTB, FORM_U64, dtb, "/image", "dtb", "one 64-bit number"),
    VM_FIELD(AT_IMAGE, K_LOAD, FORM_U64, load, "/image", "load", "one 64-bit number"),
    VM_FIELD(AT_IMAGE, K_KERNEL, FORM_TEXT, kernel, "/image", "kernel", "one text"),
    VM_FIELD(AT_IMAGE, K_RAMDISK, FORM_TEXT, ramdisk, "/image", "ramdisk", "one text"),
    VM_FIELD(AT_IMAGE, K_RAMDISK_LOAD, FORM_U64, ramdisk_load, "/image", "ramdisk-load",
             "one 64-bit number"),
    VM_FIELD(AT_IMAGE, K_DTB_GICV2, FORM_OTHER, dtb_gic[0], "/image", "dtb-gicv2", "a device tree"),
    VM_FIELD(AT_IMAGE, K_DTB_GICV3, FORM_OTHER, dtb_gic[1], "/image", "dtb-gicv3", "a device tree"),
    VM_FIELD(AT_MEMORY, K_MEMORY_REG, FORM_OTHER, memory, "/memory", "reg",
             "1 to 16 pairs of 64-bit numbers"),
    VM_FIELD(AT_CPUS, K_COUNT, FORM_U32, cpu_count, "/cpus", "count", "one 32-bit number"),
    VM_FIELD(AT_CPUS, K_BITMAP, FORM_U64, cpu_bitmap, "/cpus", "bitmap", "one 64-bit number"),
    VM_FIELD(AT_CPUS, K_MASTER, FORM_U32, cpu_master, "/cpus", "master", "one 32-bit number"),
    VM_FIELD(AT_RESTART, K_POLICY, FORM_U32, restart, "/restart", "policy", "one 32-bit number"),
    VM_FIELD(AT_RESTART, K_DELAY, FORM_U32, restart_delay_ms, "/restart", "delay-ms",
             "one 32-bit number"),
    VM_FIELD(AT_HEARTBEAT, K_TIMEOUT, FORM_U32, heartbeat_ms, "/heartbeat", "timeout-ms",
             "one 32-bit number"),
    VM_FIELD(AT_CPUS, K_CLASS, FORM_U32, sched.class, "/cpus", "class", "one 32-bit number"),
    VM_FIELD(AT_CPUS, K_WEIGHT, FORM_U32, sched.weight, "/cpus", "weight", "one 32-bit number"),
    VM_FIELD(AT_CPUS, K_PRIORITY, FORM_U32, sched.priority, "/cpus", "priority",
             "one 32-bit number"),
    VM_FIELD(AT_CPUS, K_BUDGET, FORM_U32, sched.budget_us, "/cpus", "budget-us",
             "one 32-bit number"),
    VM_FIELD(AT_CPUS, K_PERIOD, FORM_U32, sched.period_us, "/cpus", "period-us",
             "one 32-bit number"),
    DEV_FIELD(K_DEV_TYPE, FORM_U32, type, "type", "one 32-bit number"),
    DEV_FIELD(K_DEV_NAME, FORM_OTHER, name, "name", "1 to 31 printable characters"),
    DEV_FIELD(K_DEV_REG, FORM_OTHER, ipa, "reg", "an address and a length of 64 bits each"),
    DEV_FIELD(K_DEV_IRQ, FORM_U32, irq, "irq", "one 32-bit number"),
    DEV_FIELD(K_DEV_CFG, FORM_OTHER, cfg, "cfg", "0 to 16 32-bit numbers"),
};

#define STEP_TOKENS 16u
#define STEP_BYTES  1024u

static int refuse(struct profile_decoder *d, const char *why)
{
    *d->why = why;
    return -EINVAL;
}

static bool has(const struct profile_decoder *d, enum key k)
{
    return (d->keys & 1u << k) != 0;
}

static bool text_is_valid(const char *text, bool (*allowed)(char c), size_t max)
{
    size_t len = strnlen(text, max + 1);

    if (len == 0 || len > max) return false;
    for (size_t i = 0; i < len; i++) {
        if (!allowed(text[i])) return false;
    }
    return true;
}

static bool in_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

static bool printable(char c)
{
    return c > ' ' && c <= '~';
}

/** Exactly one string, without zeros inside. */
static const char *single_text(const struct fdt_token *t)
{
    const char *text = t->len > SHYPER_CMDLINE_MAX ? NULL : fdt_token_text(t);

    return text != NULL && strlen(text) + 1 == t->len ? text : NULL;
}

/* ---- single properties: true when the value has its form ---- */

static bool take_memory(struct vm_config *out, const struct fdt_token *t)
{
    if (t->len == 0 || t->len % 16 != 0 || t->len / 16 > SHYPER_RUN_MAX) return false;
    for (uint32_t i = 0; i < t->len / 16; i++) {
        out->memory[i].ipa = fdt_cells2(t->data + 16 * (size_t)i);
        out->memory[i].bytes = fdt_cells2(t->data + 16 * (size_t)i + 8);
    }
    out->memory_count = t->len / 16;
    return true;
}

static bool take_tree(struct vm_config *out, uint32_t which, const struct fdt_token *t)
{
    struct fdt_cursor c;
    const char *why;

    if (fdt_cursor_open(&c, t->data, t->len, &why) < 0) return false;
    out->dtb_gic[which] = t->data;
    out->dtb_gic_bytes[which] = t->len;
    return true;
}

static bool take_cfg(struct device_config *dev, const struct fdt_token *t)
{
    if (t->len % 4 != 0 || t->len / 4 > SHYPER_CFG_MAX) return false;
    for (uint32_t i = 0; i < t->len / 4; i++) dev->cfg[i] = fdt_cell(t->data + 4 * (size_t)i);
    dev->cfg_count = t->len / 4;
    return true;
}

static bool take_other(struct profile_decoder *d, const struct field *f, struct device_config *dev,
                       const struct fdt_token *t)
{
    const char *text = single_text(t);

    switch (f->key) {
    case K_COMPATIBLE:
        return text != NULL && strcmp(text, SHYPER_PROFILE_COMPATIBLE) == 0;
    case K_NAME:
        return text != NULL && text_is_valid(text, in_name, SHYPER_NAME_MAX - 1) &&
               str_copy(d->out->name, sizeof(d->out->name), text);
    case K_DEV_NAME:
        return text != NULL && text_is_valid(text, printable, sizeof(dev->name) - 1) &&
               str_copy(dev->name, sizeof(dev->name), text);
    case K_DTB_GICV2:
        return take_tree(d->out, 0, t);
    case K_DTB_GICV3:
        return take_tree(d->out, 1, t);
    case K_MEMORY_REG:
        return take_memory(d->out, t);
    case K_DEV_REG:
        if (t->len != 16) return false;
        dev->ipa = fdt_cells2(t->data);
        dev->len = fdt_cells2(t->data + 8);
        return true;
    case K_DEV_CFG:
        return take_cfg(dev, t);
    default:
        return false;
    }
}

static int take_property(struct profile_decoder *d, const struct fdt_token *t)
{
    struct device_config *dev = &d->out->device[d->out->device_count];      /* valid at AT_DEVICE */
    const struct field *f = fields;
    bool fits;
    char *to;

    while (f < fields + ARRAY_LEN(fields) &&
           (f->place != d->place || f->name[0] != t->name[0] || strcmp(f->name, t->name) != 0))
        f++;
    if (f == fields + ARRAY_LEN(fields))
        return refuse(d, "profile: a property this version does not know");
    if (has(d, f->key)) return refuse(d, f->why);
    d->keys |= 1u << f->key;
    to = (d->place == AT_DEVICE ? (char *)dev : (char *)d->out) + f->at;
    switch (f->form) {
    case FORM_U32:
        fits = t->len == 4;
        if (fits) *(uint32_t *)(void *)to = fdt_cell(t->data);
        break;
    case FORM_U64:
        fits = t->len == 8;
        if (fits) *(uint64_t *)(void *)to = fdt_cells2(t->data);
        break;
    case FORM_TEXT:
        if (t->len > SHYPER_CMDLINE_MAX)
            return refuse(d, f->key == K_CMDLINE ? "profile: /: cmdline is longer than 1023 bytes"
                                                 : f->why);
        fits = single_text(t) != NULL;
        if (fits) *(const char **)(void *)to = single_text(t);
        break;
    default:
        fits = take_other(d, f, dev, t);
        break;
    }
    return fits ? 0 : refuse(d, f->why);
}

/* ---- nodes ---- */

static int enter(struct profile_decoder *d, const char *name)
{
    uint32_t depth = d->depth - 1;
    static const char *const names[] = { [AT_ROOT] = "",
                                         [AT_IMAGE] = "image",
                                         [AT_MEMORY] = "memory",
                                         [AT_CPUS] = "cpus",
                                         [AT_RESTART] = "restart",
                                         [AT_HEARTBEAT] = "heartbeat",
                                         [AT_DEVICES] = "devices" };

    if (depth == 2 && d->place == AT_DEVICES && strncmp(name, "dev@", 4) == 0) {
        if (d->out->device_count == SHYPER_DEVICE_MAX)
            return refuse(d, "profile: /devices: more than 16 devices");
        d->place = AT_DEVICE;
        d->keys &= (1u << K_DEV_TYPE) - 1;
        return 0;
    }
    if (depth == 2 || depth > 2) return refuse(d, "profile: a node this version does not know");
    for (uint32_t i = depth == 0 ? AT_ROOT : AT_IMAGE; i < (depth == 0 ? AT_IMAGE : AT_DEVICE);
         i++) {
        if (strcmp(name, names[i]) != 0) continue;
        if ((d->places & 1u << i) != 0) return refuse(d, "profile: a node stands there twice");
        d->places |= 1u << i;
        d->place = i;
        return 0;
    }
    return refuse(d, "profile: a node this version does not know");
}

static int leave(struct profile_decoder *d)
{
    if (d->place != AT_DEVICE) {
        d->place = AT_ROOT;
        return 0;
    }
    if (!has(d, K_DEV_TYPE) || !has(d, K_DEV_NAME) || !has(d, K_DEV_REG))
        return refuse(d, "profile: /devices/dev: type, name or reg is missing");
    d->out->device_count++;
    d->place = AT_DEVICES;
    return 0;
}

/* 0: go on; 1: the tree has ended. */
static int take_token(struct profile_decoder *d)
{
    struct fdt_cursor *c = &d->cursor;
    struct fdt_token t;

    /* No tool writes these; skipping them would be work without an end in sight. */
    if (c->end - c->at >= 4 && fdt_cell(c->at) == FDT_TAG_NOP)
        return refuse(d, "profile: a tree with gaps (NOP tokens)");
    switch (fdt_cursor_next(c, &t)) {
    case FDT_TAG_NODE:
        d->after_child = false;
        d->depth++;
        return enter(d, t.name);
    case FDT_TAG_PROP:
        if (d->depth == 0 || d->after_child)
            return refuse(d, "profile: a property outside its node");
        /* ->device[] has room: a node beyond the last was refused. */
        return take_property(d, &t);
    case FDT_TAG_NODE_END:
        if (d->depth == 0) return refuse(d, "profile: malformed tree");
        d->after_child = true;
        d->depth--;
        return leave(d);
    case FDT_TAG_END:
        if (d->depth == 0 && d->after_child) return 1;
        return refuse(d, "profile: malformed or cut off");
    default:
        return refuse(d, "profile: malformed or cut off");
    }
}

/* ---- rules ---- */

static bool in_memory(const struct vm_config *out, uint64_t at)
{
    for (uint32_t i = 0; i < out->memory_count; i++) {
        if (at >= out->memory[i].ipa && at - out->memory[i].ipa < out->memory[i].bytes) return true;
    }
    return false;
}

static int check_memory(struct profile_decoder *d)
{
    const struct vm_config *out = d->out;
    uint64_t end = 0;

    for (uint32_t i = 0; i < out->memory_count; i++) {
        const struct vm_region *m = &out->memory[i];

        if (m->bytes == 0 || !is_aligned(m->ipa | m->bytes, PAGE_SIZE))
            return refuse(d, "profile: /memory: reg has an address or length that is no multiple "
                             "of 4 KiB, or no length");
        if (m->ipa < end) return refuse(d, "profile: /memory: reg is not ascending, or overlaps");
        if (!add_ok(&end, m->ipa, m->bytes)) return refuse(d, "profile: /memory: reg wraps around");
    }
    return 0;
}

static int check_devices(struct profile_decoder *d)
{
    const struct vm_config *out = d->out;

    for (uint32_t i = 0; i < out->device_count; i++) {
        const struct device_config *dev = &out->device[i];
        uint64_t end;

        if (dev->type != SHYPER_DEV_CONSOLE && dev->type != SHYPER_DEV_GICD &&
            dev->type != SHYPER_DEV_GICR && dev->type != SHYPER_DEV_GICC)
            return refuse(d, "profile: /devices/dev: type is not served by this version");
        if (dev->len == 0 || !is_aligned(dev->ipa | dev->len, PAGE_SIZE) ||
            !add_ok(&end, dev->ipa, dev->len))
            return refuse(
                d, "profile: /devices/dev: reg is empty, wraps around or is no multiple of 4 KiB");
        if (dev->irq != 0 && (dev->irq < INTID_SPI_FIRST || dev->irq > INTID_SPI_LAST))
            return refuse(d, "profile: /devices/dev: irq is neither 0 nor 32 to 1019");
        for (uint32_t m = 0; m < out->memory_count; m++) {
            if (dev->ipa < out->memory[m].ipa + out->memory[m].bytes && out->memory[m].ipa < end)
                return refuse(d, "profile: /devices/dev: reg overlaps memory");
        }
        for (uint32_t k = 0; k < i; k++) {
            const struct device_config *other = &out->device[k];

            if (dev->ipa < other->ipa + other->len && other->ipa < end)
                return refuse(d, "profile: /devices/dev: reg overlaps another device");
            if (dev->irq != 0 && dev->irq == other->irq)
                return refuse(d, "profile: /devices/dev: irq is another device's");
        }
    }
    return 0;
}

static int check_cpus(struct profile_decoder *d)
{
    const struct vm_config *out = d->out;

    if (!has(d, K_COUNT) || out->cpu_count == 0 || out->cpu_count > SHYPER_VCPU_MAX)
        return refuse(d, "profile: /cpus: count is not 1 to 8");
    if (out->cpu_master != UINT32_MAX && out->cpu_master > 63)
        return refuse(d, "profile: /cpus: master is no CPU");
    if (out->cpu_master != UINT32_MAX && out->cpu_bitmap != 0 &&
        (out->cpu_bitmap & BIT64(out->cpu_master)) == 0)
        return refuse(d, "profile: /cpus: master is not in bitmap");
    return 0;
}

/* The management VM is started again unless its profile says otherwise. */
static int check_watch(struct profile_decoder *d)
{
    struct vm_config *out = d->out;

    if ((d->places & 1u << AT_RESTART) != 0 && !has(d, K_POLICY))
        return refuse(d, "profile: /restart: policy is missing");
    if (!has(d, K_POLICY) && out->type == SHYPER_VM_TYPE_MVM) out->restart = SHYPER_RESTART_ALWAYS;
    if (!has(d, K_DELAY)) out->restart_delay_ms = SHYPER_RESTART_DELAY_MS_DEFAULT;
    if (out->restart > SHYPER_RESTART_ALWAYS)
        return refuse(d, "profile: /restart: policy is not known to this version");
    if (out->restart_delay_ms > SHYPER_RESTART_DELAY_MS_MAX)
        return refuse(d, "profile: /restart: delay-ms is above 60000");
    if ((d->places & 1u << AT_HEARTBEAT) != 0 &&
        (out->heartbeat_ms < SHYPER_HEARTBEAT_MS_MIN ||
         out->heartbeat_ms > SHYPER_HEARTBEAT_MS_MAX))
        return refuse(d, "profile: /heartbeat: timeout-ms is missing or not 10 to 3600000");
    return 0;
}

static int check_class(struct profile_decoder *d)
{
    const struct sched_config *s = &d->out->sched;
    bool any_realtime = has(d, K_PRIORITY) || has(d, K_BUDGET) || has(d, K_PERIOD);

    if (s->class > SHYPER_CLASS_EXCLUSIVE) return refuse(d, "profile: /cpus: class is not 0 to 2");
    if (s->class != SHYPER_CLASS_FAIR && has(d, K_WEIGHT))
        return refuse(d, "profile: /cpus: weight belongs to class fair only");
    if (s->weight < SHYPER_WEIGHT_MIN || s->weight > SHYPER_WEIGHT_MAX)
        return refuse(d, "profile: /cpus: weight is not 1 to 10000");
    if (s->class != SHYPER_CLASS_REALTIME)
        return any_realtime ? refuse(d, "profile: /cpus: priority, budget-us and period-us belong "
                                        "to class realtime only")
                            : 0;
    if (!has(d, K_PRIORITY) || s->priority > SHYPER_PRIORITY_MAX)
        return refuse(d, "profile: /cpus: priority is not 0 to 31");
    if (!has(d, K_PERIOD) || s->period_us < SHYPER_PERIOD_US_MIN ||
        s->period_us > SHYPER_PERIOD_US_MAX)
        return refuse(d, "profile: /cpus: period-us is not 100 to 1000000");
    if (!has(d, K_BUDGET) || s->budget_us == 0 || s->budget_us > s->period_us)
        return refuse(d, "profile: /cpus: budget-us is not 1 to period-us");
    return 0;
}

static int check_mvm(struct profile_decoder *d)
{
    if (d->out->kernel == NULL)
        return refuse(d, "profile: /image: the management VM has no kernel");
    if (d->out->sched.class != SHYPER_CLASS_FAIR)
        return refuse(d, "profile: /cpus: the management VM's class is fair");
    if (has(d, K_ENTRY) || has(d, K_DTB) || has(d, K_LOAD) || has(d, K_RAMDISK_LOAD) ||
        has(d, K_DTB_GICV2) || has(d, K_DTB_GICV3) || d->out->memory_count != 0 ||
        d->out->device_count != 0)
        return refuse(
            d, "profile: the management VM's addresses, memory and devices are chosen at boot");
    return 0;
}

static int check_guest(struct profile_decoder *d)
{
    const struct vm_config *out = d->out;

    if (out->memory_count == 0) return refuse(d, "profile: /memory: reg is missing");
    if (!has(d, K_ENTRY) || !in_memory(out, out->entry) || !is_aligned(out->entry, 4))
        return refuse(d, "profile: /image: entry is missing, outside memory or no multiple of 4");
    if (out->dtb != 0 && (!in_memory(out, out->dtb) || !is_aligned(out->dtb, 8)))
        return refuse(d, "profile: /image: dtb is outside memory or no multiple of 8");
    if (out->kernel == NULL) {
        if (has(d, K_LOAD) || has(d, K_RAMDISK) || has(d, K_RAMDISK_LOAD) || has(d, K_DTB_GICV2) ||
            has(d, K_DTB_GICV3))
            return refuse(d, "profile: /image: something to load, but no kernel");
        return 0;
    }
    if (!has(d, K_LOAD) || !in_memory(out, out->load))
        return refuse(d, "profile: /image: load is missing or outside memory");
    if ((out->ramdisk != NULL) != has(d, K_RAMDISK_LOAD) ||
        (out->ramdisk != NULL && !in_memory(out, out->ramdisk_load)))
        return refuse(d, "profile: /image: ramdisk and ramdisk-load do not go together, or it is "
                         "outside memory");
    return 0;
}

static int check(struct profile_decoder *d)
{
    const struct vm_config *out = d->out;
    int error;

    if (!has(d, K_COMPATIBLE)) return refuse(d, "profile: /: compatible is missing");
    if (!has(d, K_NAME)) return refuse(d, "profile: /: name is missing");
    if (!has(d, K_TYPE) ||
        (out->type != SHYPER_VM_TYPE_LINUX && out->type != SHYPER_VM_TYPE_BARE_METAL &&
         out->type != SHYPER_VM_TYPE_MVM))
        return refuse(d, "profile: /: type is missing or not served by this version");
    if ((error = check_cpus(d)) < 0 || (error = check_class(d)) < 0 ||
        (error = check_memory(d)) < 0 || (error = check_devices(d)) < 0 ||
        (error = check_watch(d)) < 0)
        return error;
    return out->type == SHYPER_VM_TYPE_MVM ? check_mvm(d) : check_guest(d);
}

int profile_decode_begin(struct profile_decoder *d, const void *blob, uint32_t bytes,
                         struct vm_config *out, const char **why)
{
    *d = (struct profile_decoder){ .out = out, .why = why };
    if (bytes > SHYPER_PROFILE_BYTES_MAX) return refuse(d, "profile: longer than 64 KiB");
    if (fdt_cursor_open(&d->cursor, blob, bytes, why) < 0) return -EINVAL;
    *out = (struct vm_config){
        .cmdline = "", .cpu_master = UINT32_MAX, .sched.weight = SHYPER_WEIGHT_DEFAULT
    };
    return 0;
}

int profile_decode_some(struct profile_decoder *d, const char **why)
{
    const uint8_t *from = d->cursor.at;

    d->why = why;
    for (uint32_t n = 0; n < STEP_TOKENS && d->cursor.at - from < STEP_BYTES; n++) {
        int err = take_token(d);

        if (err != 0) return err < 0 ? err : check(d);
    }
    return -EAGAIN;
}

int profile_decode(const void *blob, uint32_t bytes, struct vm_config *out, const char **why)
{
    struct profile_decoder d;
    int err = profile_decode_begin(&d, blob, bytes, out, why);

    if (err != 0) return err;
    while ((err = profile_decode_some(&d, why)) == -EAGAIN) continue;
    return err;
}
