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
enum form {
    FORM_U32, FORM_U64, FORM_TEXT, FORM_COMPATIBLE, FORM_NAME, FORM_TREE, FORM_RUNS, FORM_REG,
    FORM_CFG
};

#define ROOT_NODE      "/"
#define IMAGE_NODE     "/image"
#define MEMORY_NODE    "/memory"
#define CPUS_NODE      "/cpus"
#define RESTART_NODE   "/restart"
#define HEARTBEAT_NODE "/heartbeat"
#define DEVICE_NODE    "/devices/dev"

/* Key, node, form, place of the value in struct vm_config (or device_config), name, what it has to be. */
#define FIELDS(VM, DEV)                                                                            \
    VM(COMPATIBLE, ROOT, COMPATIBLE, name, "compatible", "shyper,profile-1")                       \
    VM(NAME, ROOT, NAME, name, "name", "1 to 31 characters of A-Z a-z 0-9 . _ -")                  \
    VM(TYPE, ROOT, U32, type, "type", "one 32-bit number")                                         \
    VM(CMDLINE, ROOT, TEXT, cmdline, "cmdline", "one text")                                        \
    VM(ENTRY, IMAGE, U64, entry, "entry", "one 64-bit number")                                     \
    VM(DTB, IMAGE, U64, dtb, "dtb", "one 64-bit number")                                           \
    VM(LOAD, IMAGE, U64, load, "load", "one 64-bit number")                                        \
    VM(KERNEL, IMAGE, TEXT, kernel, "kernel", "one text")                                          \
    VM(RAMDISK, IMAGE, TEXT, ramdisk, "ramdisk", "one text")                                       \
    VM(RAMDISK_LOAD, IMAGE, U64, ramdisk_load, "ramdisk-load", "one 64-bit number")                \
    VM(DTB_GICV2, IMAGE, TREE, dtb_gic[0], "dtb-gicv2", "a device tree")                           \
    VM(DTB_GICV3, IMAGE, TREE, dtb_gic[1], "dtb-gicv3", "a device tree")                           \
    VM(MEMORY_REG, MEMORY, RUNS, memory, "reg", "1 to 16 pairs of 64-bit numbers")                 \
    VM(COUNT, CPUS, U32, cpu_count, "count", "one 32-bit number")                                  \
    VM(BITMAP, CPUS, U64, cpu_bitmap, "bitmap", "one 64-bit number")                               \
    VM(MASTER, CPUS, U32, cpu_master, "master", "one 32-bit number")                               \
    VM(POLICY, RESTART, U32, restart, "policy", "one 32-bit number")                               \
    VM(DELAY, RESTART, U32, restart_delay_ms, "delay-ms", "one 32-bit number")                     \
    VM(TIMEOUT, HEARTBEAT, U32, heartbeat_ms, "timeout-ms", "one 32-bit number")                   \
    VM(CLASS, CPUS, U32, sched.class, "class", "one 32-bit number")                                \
    VM(WEIGHT, CPUS, U32, sched.weight, "weight", "one 32-bit number")                             \
    VM(PRIORITY, CPUS, U32, sched.priority, "priority", "one 32-bit number")                       \
    VM(BUDGET, CPUS, U32, sched.budget_us, "budget-us", "one 32-bit number")                       \
    VM(PERIOD, CPUS, U32, sched.period_us, "period-us", "one 32-bit number")                       \
    DEV(DEV_TYPE, DEVICE, U32, type, "type", "one 32-bit number")                                  \
    DEV(DEV_NAME, DEVICE, NAME, name, "name", "1 to 31 printable characters")                      \
    DEV(DEV_REG, DEVICE, REG, ipa, "reg", "an address and a length of 64 bits each")               \
    DEV(DEV_IRQ, DEVICE, U32, irq, "irq", "one 32-bit number")                                     \
    DEV(DEV_CFG, DEVICE, CFG, cfg, "cfg", "0 to 16 32-bit numbers")

#define KEY(key, ...) K_##key,
enum key { FIELDS(KEY, KEY) };

struct field {
    uint8_t place, form;
    uint16_t at;
    const char *name;
    const char *why;                /* when it does not have that form, or stands there twice */
};

#define FIELD_OF(type, node, form, member, name, kind)                                             \
    { AT_##node, FORM_##form, (uint16_t)offsetof(struct type, member), name,                       \
      "profile: " node##_NODE ": " name " is not " kind },
#define VM_FIELD(key, ...)  FIELD_OF(vm_config, __VA_ARGS__)
#define DEV_FIELD(key, ...) FIELD_OF(device_config, __VA_ARGS__)
static const struct field fields[] = { FIELDS(VM_FIELD, DEV_FIELD) };

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

_Static_assert(sizeof(((struct device_config *)NULL)->name) == SHYPER_NAME_MAX, "one limit for names");

static bool text_is_valid(const char *text, bool (*allowed)(char c))
{
    size_t len = 0;

    while (len < SHYPER_NAME_MAX && allowed(text[len])) len++;
    return len > 0 && len < SHYPER_NAME_MAX && text[len] == '\0';
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

static bool take_runs(struct vm_config *out, const struct fdt_token *t)
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

static bool take_value(struct vm_config *out, uint32_t key, const struct fdt_token *t)
{
    const struct field *f = &fields[key];
    struct device_config *dev = &out->device[out->device_count];            /* valid at AT_DEVICE */
    char *to = (f->place == AT_DEVICE ? (char *)dev : (char *)out) + f->at;
    const char *text = single_text(t);

    switch ((enum form)f->form) {
    case FORM_U32:
        if (t->len == 4) *(uint32_t *)(void *)to = fdt_cell(t->data);
        return t->len == 4;
    case FORM_U64:
        if (t->len == 8) *(uint64_t *)(void *)to = fdt_cells2(t->data);
        return t->len == 8;
    case FORM_TEXT:
        *(const char **)(void *)to = text;
        return text != NULL;
    case FORM_COMPATIBLE:
        return text != NULL && strcmp(text, SHYPER_PROFILE_COMPATIBLE) == 0;
    case FORM_NAME:
        return text != NULL && text_is_valid(text, key == K_NAME ? in_name : printable) &&
               str_copy(to, SHYPER_NAME_MAX, text);
    case FORM_TREE:
        return take_tree(out, key - K_DTB_GICV2, t);
    case FORM_RUNS:
        return take_runs(out, t);
    case FORM_REG:
        if (t->len != 16) return false;
        dev->ipa = fdt_cells2(t->data);
        dev->len = fdt_cells2(t->data + 8);
        return true;
    case FORM_CFG:
        return take_cfg(dev, t);
    }
    return false;
}

static int take_property(struct profile_decoder *d, const struct fdt_token *t)
{
    uint32_t key = 0;

    while (key < ARRAY_LEN(fields) &&
           (fields[key].place != d->place || strcmp(fields[key].name, t->name) != 0))
        key++;
    if (key == ARRAY_LEN(fields))
        return refuse(d, "profile: a property this version does not know");
    if (has(d, key)) return refuse(d, fields[key].why);
    d->keys |= 1u << key;
    if (key == K_CMDLINE && t->len > SHYPER_CMDLINE_MAX)
        return refuse(d, "profile: /: cmdline is longer than 1023 bytes");
    return take_value(d->out, key, t) ? 0 : refuse(d, fields[key].why);
}

/* ---- nodes ---- */

static int enter(struct profile_decoder *d, const char *name)
{
    uint32_t depth = d->depth - 1, first = depth == 0 ? AT_ROOT : AT_IMAGE, place;
    uint32_t count = depth == 0 ? 1 : depth == 1 ? AT_DEVICE - AT_IMAGE : 0;
    static const char *const names[] = { "", "image", "memory", "cpus", "restart", "heartbeat", "devices" };

    if (depth == 2 && d->place == AT_DEVICES && strncmp(name, "dev@", 4) == 0) {
        if (d->out->device_count == SHYPER_DEVICE_MAX)
            return refuse(d, "profile: /devices: more than 16 devices");
        d->place = AT_DEVICE;
        d->keys &= (1u << K_DEV_TYPE) - 1;
        return 0;
    }
    place = first + str_index(name, names + first, count);
    if (place == first + count) return refuse(d, "profile: a node this version does not know");
    if ((d->places & 1u << place) != 0) return refuse(d, "profile: a node stands there twice");
    d->places |= 1u << place;
    d->place = place;
    return 0;
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
