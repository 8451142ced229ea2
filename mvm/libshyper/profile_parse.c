/* SPDX-License-Identifier: Apache-2.0 */
/* The groups of a profile. One grammar holds the full template and the short form: `kernel`,
 * `ramdisk`, `memory` as a size, `cpus` and `cpu_bitmap` are shorter ways to say what the groups
 * `image`, `memory` and `cpu` say; saying it both ways is refused. Whatever is absent is chosen
 * later (PROFILE_CHOOSE). Device groups: profile_devices.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/str.h"
#include "mvm/libshyper/profile_devices.h"
#include "mvm/libshyper/profile_json.h"
#include "mvm/libshyper/profile_sched.h"

bool profile_set_name(struct profile *p, const char *name)
{
    size_t n = strlen(name);

    /* All digits would be mistaken for an id by the CLI; a leading dot or dash for a hidden file or
     * an option. */
    if (n < 1 || n >= SHYPER_NAME_MAX || name[0] == '.' || name[0] == '-' ||
        strspn(name, "0123456789") == n ||
        strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") != n) {
        return false;
    }
    return str_copy(p->name, sizeof p->name, name);
}

static void take_name(struct reader *r, json_t *root)
{
    const char *s;

    if (!read_string(r, root, "name", NEEDED, &s)) { return; }
    if (!profile_set_name(r->p, s)) {
        (void)reader_refuse(
            r, "name",
            "has to be 1 to %d characters of A-Z a-z 0-9 . _ -, not only digits, and not "
            "begin with . or -",
            SHYPER_NAME_MAX - 1);
    }
}

static void take_type(struct reader *r, json_t *root)
{
    static const struct {
        const char *name;
        uint32_t type;
    } types[] = {
        { "LINUX", SHYPER_VM_TYPE_LINUX },
        { "BARE_METAL", SHYPER_VM_TYPE_BARE_METAL },
        { "BARE_METAL_APP", SHYPER_VM_TYPE_BARE_METAL },
        { "BARE_MATEL_APP", SHYPER_VM_TYPE_BARE_METAL }, /* as the template always spelled it */
    };
    const char *s, *bare;

    if (!read_string(r, root, "type", OPTIONAL, &s)) { return; }
    bare = strncmp(s, "VM_T_", 5) == 0 ? s + 5 : s;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (strcmp(bare, types[i].name) == 0) {
            r->p->type = types[i].type;
            return;
        }
    }
    if (strcmp(bare, "FREERTOS") == 0) {
        (void)reader_refuse(r, "type",
                            "VM_T_FREERTOS is not served by this version; a FreeRTOS image runs as "
                            "VM_T_BARE_METAL");
    } else {
        (void)reader_refuse(
            r, "type",
            "\"%.40s\" is unknown; known: VM_T_LINUX, VM_T_BARE_METAL (also spelled "
            "VM_T_BARE_MATEL_APP)",
            s);
    }
}

static void take_cmdline(struct reader *r, json_t *root)
{
    const char *s;

    if (!read_string(r, root, "cmdline", OPTIONAL, &s)) { return; }
    if (!str_copy(r->p->cmdline, sizeof r->p->cmdline, s)) {
        (void)reader_refuse(r, "cmdline", "is %zu bytes long; at most %d are possible", strlen(s),
                            SHYPER_CMDLINE_MAX - 1);
    }
}

static bool names_nothing(const char *s)
{
    return s[0] == '\0' || strcmp(s, "-") == 0;
}

static void take_file(struct reader *r, json_t *object, const char *key, bool needed,
                      struct profile_file *f)
{
    const char *s;

    if (!read_string(r, object, key, needed, &s)) { return; }
    if (names_nothing(s)) {
        if (needed) { (void)reader_refuse(r, key, "names no file"); }
        return;
    }
    f->path = strdup(s);
    if (f->path == NULL) { (void)profile_no_memory(r->e); }
}

static void take_image(struct reader *r, json_t *image)
{
    static const char *const keys[] = {
        "kernel_filename",      "kernel_load_ipa",  "kernel_entry_point", "device_tree_filename",
        "device_tree_load_ipa", "ramdisk_filename", "ramdisk_load_ipa",   "symbols_filename",
        NULL,
    };
    struct profile *p = r->p;
    const char *overlay;
    uint64_t at;

    (void)read_object(r, image, keys);
    if (!json_is_object(image)) { return; }
    take_file(r, image, "kernel_filename", NEEDED, &p->kernel);
    (void)read_address(r, image, "kernel_load_ipa", OPTIONAL, &p->load);
    (void)read_address(r, image, "kernel_entry_point", OPTIONAL, &p->entry);
    (void)read_address(r, image, "device_tree_load_ipa", OPTIONAL, &p->dtb);
    take_file(r, image, "ramdisk_filename", OPTIONAL, &p->ramdisk);
    take_file(r, image, "symbols_filename", OPTIONAL, &p->symbols);

    if (read_string(r, image, "device_tree_filename", OPTIONAL, &overlay) &&
        !names_nothing(overlay)) {
        (void)reader_refuse(
            r, "device_tree_filename",
            "device-tree overlays are not served by this version; write \"-\" for none");
    }
    /* "0" is the template's way to say no ramdisk; together with a file it means that we choose the
     * place. */
    if (read_address(r, image, "ramdisk_load_ipa", OPTIONAL, &at) && at != 0) {
        p->ramdisk_load = at;
        if (p->ramdisk.path == NULL) {
            (void)reader_refuse(
                r, "ramdisk_load_ipa",
                "there is no ramdisk to put there; name one in ramdisk_filename, or write \"0\"");
        }
    }
}

static void take_regions(struct reader *r, json_t *memory)
{
    static const char *const keys[] = { "ipa_start", "length", NULL };
    struct profile *p = r->p;
    json_t *list, *region;
    size_t i;

    if (!read_list(r, memory, "region", NEEDED, &list)) { return; }
    if (json_array_size(list) < 1 || json_array_size(list) > SHYPER_RUN_MAX) {
        (void)reader_refuse(r, "region", "has %zu regions; 1 to %d are possible",
                            json_array_size(list), SHYPER_RUN_MAX);
        return;
    }
    json_array_foreach(list, i, region)
    {
        size_t mark = reader_enter(r, "region");
        struct profile_run *run = &p->memory[p->memory_count];

        (void)reader_enter_at(r, i);
        if (read_object(r, region, keys) &&
            read_address(r, region, "ipa_start", NEEDED, &run->ipa) &&
            read_address(r, region, "length", NEEDED, &run->bytes)) {
            p->memory_count++;
        }
        reader_leave(r, mark);
    }
}

static void take_memory(struct reader *r, json_t *root)
{
    static const char *const keys[] = { "region", "colors", "budget", NULL };
    json_t *memory = read_member(r, root, "memory", OPTIONAL);
    const char *colors;
    int64_t budget;
    size_t mark;

    if (memory == NULL) { return; }
    if (!json_is_object(memory)) {
        if (read_size(r, root, "memory", NEEDED, &r->p->memory[0].bytes)) {
            r->p->memory[0].ipa = PROFILE_CHOOSE;
            r->p->memory_count = 1;
        }
        return;
    }
    mark = reader_enter(r, "memory");
    (void)read_object(r, memory, keys);
    take_regions(r, memory);
    if (read_string(r, memory, "colors", OPTIONAL, &colors) && colors[0] != '\0' &&
        strcmp(colors, "all") != 0) {
        (void)reader_refuse(
            r, "colors",
            "cache colours are not served by this version; remove it or write \"all\"");
    }
    if (read_int(r, memory, "budget", OPTIONAL, 0, 100, &budget) && budget != 0 && budget != 100) {
        (void)reader_refuse(
            r, "budget", "bandwidth budgets are not served by this version; remove it or write 0");
    }
    reader_leave(r, mark);
}

/* Both spellings of the CPUs; the keys differ, the rules do not. */
static void take_cpus(struct reader *r, json_t *object, const char *count_key,
                      const char *bitmap_key)
{
    struct profile *p = r->p;
    bool has_bitmap = read_bitmap(r, object, bitmap_key, OPTIONAL, &p->cpu_bitmap);
    uint32_t allowed = has_bitmap ? (uint32_t)__builtin_popcountll(p->cpu_bitmap) : SHYPER_VCPU_MAX;
    int64_t n;

    if (has_bitmap && allowed == 0) {
        (void)reader_refuse(r, bitmap_key, "allows no CPU; set at least one bit");
    }
    if (read_int(r, object, count_key, OPTIONAL, 1, SHYPER_VCPU_MAX, &n)) {
        p->cpu_count = (uint32_t)n;
        if (has_bitmap && allowed != 0 && p->cpu_count > allowed) {
            (void)reader_refuse(r, count_key,
                                "is %u, but %s allows %u CPUs: lower it or set more bits",
                                p->cpu_count, bitmap_key, allowed);
        }
    }
}

static void take_cpu_group(struct reader *r, json_t *cpu)
{
    static const char *const keys[] = { "num", "allocate_bitmap", "master", PROFILE_SCHED_KEYS,
                                        NULL };
    struct profile *p = r->p;
    int64_t master;

    (void)read_object(r, cpu, keys);
    take_cpus(r, cpu, "num", "allocate_bitmap");
    profile_sched_take(r, cpu);
    if (!read_int(r, cpu, "master", OPTIONAL, -1, 63, &master) || master < 0) { return; }
    p->cpu_master = (uint32_t)master;
    if (p->cpu_bitmap != 0 && (p->cpu_bitmap & BIT64(master)) == 0) {
        (void)reader_refuse(r, "master",
                            "CPU %u is not in allocate_bitmap; choose one that is, or -1",
                            p->cpu_master);
    }
}

/* True when the group `key` is there; none of the shorter keys must then be. */
static bool group_enter(struct reader *r, json_t *root, const char *key,
                        const char *const *shorter, json_t **group, size_t *mark)
{
    *group = read_member(r, root, key, OPTIONAL);
    if (*group == NULL) { return false; }
    for (; *shorter != NULL; shorter++) {
        if (json_object_get(root, *shorter) == NULL) { continue; }
        (void)reader_refuse(r, *shorter,
                            "the group \"%s\" says this already; remove one of the two", key);
    }
    *mark = reader_enter(r, key);
    return true;
}

bool profile_restart_from_text(const char *text, uint32_t *policy)
{
    static const char *const names[] = {
        [SHYPER_RESTART_NEVER] = "never",
        [SHYPER_RESTART_ON_CRASH] = "on-crash",
        [SHYPER_RESTART_ALWAYS] = "always",
    };

    for (uint32_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            *policy = i;
            return true;
        }
    }
    return false;
}

static void take_policy(struct reader *r, json_t *object, const char *key)
{
    const char *policy;

    if (!read_string(r, object, key, NEEDED, &policy)) { return; }
    if (!profile_restart_from_text(policy, &r->p->restart)) {
        (void)reader_refuse(r, key, "has to be \"never\", \"on-crash\" or \"always\"");
    }
}

/* "on-crash", or the policy with the wait before the first restart. */
static void take_restart(struct reader *r, json_t *root)
{
    static const char *const keys[] = { "policy", "delay_ms", NULL };
    json_t *restart = read_member(r, root, "restart", OPTIONAL);
    int64_t ms;
    size_t mark;

    if (restart == NULL) { return; }
    if (!json_is_object(restart)) {
        take_policy(r, root, "restart");
        return;
    }
    mark = reader_enter(r, "restart");
    (void)read_object(r, restart, keys);
    take_policy(r, restart, "policy");
    if (read_int(r, restart, "delay_ms", OPTIONAL, 0, SHYPER_RESTART_DELAY_MS_MAX, &ms)) {
        r->p->restart_delay_ms = (uint32_t)ms;
    }
    reader_leave(r, mark);
}

static void take_heartbeat(struct reader *r, json_t *root)
{
    int64_t ms;

    if (read_int(r, root, "heartbeat_ms", OPTIONAL, SHYPER_HEARTBEAT_MS_MIN,
                 SHYPER_HEARTBEAT_MS_MAX, &ms)) {
        r->p->heartbeat_ms = (uint32_t)ms;
    }
}

static void take_root(struct reader *r, json_t *root)
{
    static const char *const keys[] = {
        "name",       "type", "cmdline",    "kernel", "ramdisk",         "symbols", "image",
        "memory",     "cpus", "cpu_bitmap", "cpu",    "emulated_device", "passthrough_device",
        "dtb_device", "restart", "heartbeat_ms", PROFILE_SCHED_KEYS, NULL,
    };
    static const char *const image_shorter[] = { "kernel", "ramdisk", "symbols", NULL };
    static const char *const cpu_shorter[] = { "cpus", "cpu_bitmap", PROFILE_SCHED_KEYS,
                                               NULL };
    json_t *group;
    size_t mark;

    (void)read_object(r, root, keys);
    take_name(r, root);
    take_type(r, root);
    take_cmdline(r, root);
    if (group_enter(r, root, "image", image_shorter, &group, &mark)) {
        take_image(r, group);
        reader_leave(r, mark);
    } else {
        take_file(r, root, "kernel", NEEDED, &r->p->kernel);
        take_file(r, root, "ramdisk", OPTIONAL, &r->p->ramdisk);
        take_file(r, root, "symbols", OPTIONAL, &r->p->symbols);
    }
    take_memory(r, root);
    if (group_enter(r, root, "cpu", cpu_shorter, &group, &mark)) {
        take_cpu_group(r, group);
        reader_leave(r, mark);
    } else {
        take_cpus(r, root, "cpus", "cpu_bitmap");
        profile_sched_take(r, root);
    }
    take_restart(r, root);
    take_heartbeat(r, root);
    profile_devices_take(r, root);
}

static void profile_init(struct profile *p)
{
    *p = (struct profile){
        .type = PROFILE_TYPE_BY_IMAGE,
        .load = PROFILE_CHOOSE,
        .entry = PROFILE_CHOOSE,
        .dtb = PROFILE_CHOOSE,
        .ramdisk_load = PROFILE_CHOOSE,
        .cpu_count = 1,
        .cpu_master = PROFILE_MASTER_LOWEST,
        .restart = PROFILE_RESTART_UNSAID,
        .restart_delay_ms = SHYPER_RESTART_DELAY_MS_DEFAULT,
        .uart = { "uart", PROFILE_CHOOSE, PROFILE_CHOOSE },
        .gicd = { "gicd", PROFILE_CHOOSE, PROFILE_CHOOSE },
        .gicc = { "gicc", PROFILE_CHOOSE, PROFILE_CHOOSE },
        .gicr = { "gicr", PROFILE_CHOOSE, PROFILE_CHOOSE },
        .uart_model = SHYPER_UART_SBSA,
    };
}

/* jansson 2.14 does not always notice that memory ran out: it may blame the token it could not
 * store, or go on without a byte of it. So its allocations are watched. */
static _Thread_local bool json_ran_out;

static void *json_malloc_watched(size_t n)
{
    void *at = malloc(n);

    if (at == NULL) { json_ran_out = true; }
    return at;
}

static json_t *json_read(const char *text, size_t len, json_error_t *at)
{
    json_ran_out = false;
    return json_loadb(text, len, JSON_REJECT_DUPLICATES, at);
}

int profile_parse(const char *json, size_t len, struct profile *p, struct profile_errors *e)
{
    struct reader r = { .p = p, .e = e };
    unsigned before = e->count;
    json_malloc_t malloc_before;
    json_free_t free_before;
    json_error_t at;
    json_t *root;

    profile_init(p);
    json_get_alloc_funcs(&malloc_before, &free_before);
    json_set_alloc_funcs(json_malloc_watched, free);
    root = json_read(json, len, &at);
    if (json_ran_out) {
        (void)profile_no_memory(e);
    } else if (root == NULL) {
        (void)profile_refuse(e, "", "line %d, column %d: %s", at.line, at.column, at.text);
    } else if (!json_is_object(root)) {
        (void)reader_refuse(&r, NULL, "a profile has to be an object { … }");
    } else {
        take_root(&r, root);
    }
    json_decref(root);
    json_set_alloc_funcs(malloc_before, free_before);
    if (e->no_memory) { return -ENOMEM; }
    return e->count == before ? 0 : -EINVAL;
}

void profile_free(struct profile *p)
{
    free(p->kernel.path);
    free(p->kernel.found);
    free(p->ramdisk.path);
    free(p->ramdisk.found);
    free(p->symbols.path);
    free(p->symbols.found);
    profile_init(p);
}
