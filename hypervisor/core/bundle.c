/* SPDX-License-Identifier: Apache-2.0 */
/* Reader of the bundle, a cpio archive that lies in memory any boot loader may have damaged: every
 * member that EL2 relies on has a checksum in the configuration, which has one itself. */
#include "hypervisor/core/bundle.h"
#include "hypervisor/core/arch.h"
#include "lib/cpio.h"
#include "lib/fdt_cursor.h"
#include "lib/str.h"

static int refuse(const char **why, const char *reason)
{
    *why = reason;
    return -EINVAL;
}

/** b->count: there is none. */
static uint32_t member_index(const struct bundle *b, const char *name)
{
    uint32_t i = 0;

    while (i < b->count && strcmp(b->member[i].name, name) != 0) i++;
    return i;
}

const struct bundle_member *bundle_find(const struct bundle *b, const char *name)
{
    uint32_t i = member_index(b, name);

    return i < b->count ? &b->member[i] : NULL;
}

static int members_list(struct bundle *b, struct cpio_cursor *c, const char **why)
{
    struct cpio_entry e;
    int more;

    while ((more = cpio_next(c, &e, why)) > 0) {
        if (strcmp(e.name, SHYPER_BUNDLE_FILLER) == 0 ||
            (e.mode & CPIO_MODE_KIND) == CPIO_MODE_FOLDER)
            continue;
        if ((e.mode & CPIO_MODE_KIND) != CPIO_MODE_FILE)
            return refuse(why, "an entry is neither a file nor a folder");
        if (bundle_find(b, e.name) != NULL)
            return refuse(why, "two entries have the same name");
        if (b->count == BUNDLE_MEMBER_MAX) return refuse(why, "more than 64 files");
        b->member[b->count++] = (struct bundle_member){ e.name, e.data, e.bytes, 0 };
    }
    return more;
}

/** What the configuration's root says; lists are matched with the members afterwards. */
struct config {
    bool compatible, pool;
    struct fdt_token vms, members, crcs;
};

static int config_read(struct bundle *b, struct fdt_cursor *c, struct config *config,
                       const char **why)
{
    struct fdt_token t;
    int tag = fdt_cursor_next(c, &t);

    if (tag != FDT_TAG_NODE) return refuse(why, SHYPER_BUNDLE_CONFIG ": malformed");
    while ((tag = fdt_cursor_next(c, &t)) == FDT_TAG_PROP) {
        if (strcmp(t.name, "compatible") == 0) {
            const char *text = fdt_token_text(&t);

            config->compatible = text != NULL && strcmp(text, SHYPER_BUNDLE_COMPATIBLE) == 0;
        } else if (strcmp(t.name, "pool-bytes") == 0 && t.len == 8) {
            b->pool_bytes = fdt_cells2(t.data);
            config->pool = true;
        } else if (strcmp(t.name, "vms") == 0) {
            config->vms = t;
        } else if (strcmp(t.name, "members") == 0) {
            config->members = t;
        } else if (strcmp(t.name, "crcs") == 0 && t.len % 4 == 0) {
            config->crcs = t;
        } else {
            return refuse(why, SHYPER_BUNDLE_CONFIG ": a property this version does not know");
        }
    }
    if (tag != FDT_TAG_NODE_END || fdt_cursor_next(c, &t) != FDT_TAG_END)
        return refuse(why, SHYPER_BUNDLE_CONFIG ": malformed");
    if (!config->compatible || !config->pool)
        return refuse(why, SHYPER_BUNDLE_CONFIG
                      ": compatible is not shyper,bundle-1, or pool-bytes is missing");
    return 0;
}

/** Next text of a string list; NULL at its end. The list's last byte is zero. */
static const char *list_next(const struct fdt_token *list, uint32_t *at)
{
    const char *text;

    if (*at >= list->len) return NULL;
    text = (const char *)list->data + *at;
    *at += (uint32_t)strlen(text) + 1;
    return text;
}

/** Give each member its CRC; all but the configuration must have one. */
static int crcs_assign(struct bundle *b, const struct config *config, const char **why)
{
    uint64_t done = 0;
    uint32_t at = 0, i = 0;
    const char *name;

    if (config->members.len != 0 && fdt_token_text(&config->members) == NULL)
        return refuse(why, SHYPER_BUNDLE_CONFIG ": members is not a list of texts");
    for (; (name = list_next(&config->members, &at)) != NULL; i++) {
        uint32_t index = member_index(b, name);

        if (index == b->count)
            return refuse(why, "a file that " SHYPER_BUNDLE_CONFIG " names is missing");
        if (i >= config->crcs.len / 4)
            return refuse(why, SHYPER_BUNDLE_CONFIG ": crcs is shorter than members");
        b->member[index].crc = fdt_cell(config->crcs.data + 4 * (size_t)i);
        done |= BIT64(index);
    }
    if (i != config->crcs.len / 4)
        return refuse(why, SHYPER_BUNDLE_CONFIG ": crcs is longer than members");
    for (i = 1; i < b->count; i++) {
        if ((done & BIT64(i)) == 0)
            return refuse(why, "a file has no checksum in " SHYPER_BUNDLE_CONFIG);
    }
    return 0;
}

bool bundle_member_is_whole(const struct bundle_member *m)
{
    return arch_crc32(0, m->data, m->bytes) == m->crc;
}

static int vms_list(struct bundle *b, const struct config *config, const char **why)
{
    uint32_t at = 0;
    const char *name;

    b->mvm = bundle_find(b, SHYPER_BUNDLE_MVM);
    if (b->mvm != NULL && !bundle_member_is_whole(b->mvm))
        return refuse(why, SHYPER_BUNDLE_MVM ": wrong checksum, it is damaged");
    if (config->vms.len != 0 && fdt_token_text(&config->vms) == NULL)
        return refuse(why, SHYPER_BUNDLE_CONFIG ": vms is not a list of texts");
    while ((name = list_next(&config->vms, &at)) != NULL) {
        const struct bundle_member *m = bundle_find(b, name);

        if (m == NULL)
            return refuse(why, "the profile of a VM that should start at boot is missing");
        if (b->vm_count == SHYPER_BUNDLE_VM_MAX)
            return refuse(why, "more than 16 VMs to start at boot");
        b->vm[b->vm_count++] = m;
    }
    if (b->mvm == NULL && b->vm_count == 0)
        return refuse(why, "neither a management VM nor any other VM in it");
    return 0;
}

/** The last four bytes, big-endian, at any alignment. */
static uint32_t last_word(const struct bundle_member *m)
{
    const uint8_t *p = (const uint8_t *)m->data + m->bytes - 4;

    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

int bundle_open(struct bundle *b, const void *at, uint64_t len, const char **why)
{
    struct cpio_cursor archive = { at, len };
    const struct bundle_member *own;
    struct config config = { 0 };
    struct fdt_cursor c;
    int error;

    *b = (struct bundle){ 0 };
    if (at == NULL || ((uintptr_t)at & 3) != 0)
        return refuse(why, "address is not a multiple of 4");
    if ((error = members_list(b, &archive, why)) < 0) return error;
    own = &b->member[0];
    if (b->count == 0 || strcmp(own->name, SHYPER_BUNDLE_CONFIG) != 0)
        return refuse(why, "does not begin with " SHYPER_BUNDLE_CONFIG);
    if (own->bytes < 4 || arch_crc32(0, own->data, own->bytes - 4) != last_word(own))
        return refuse(why, SHYPER_BUNDLE_CONFIG ": wrong checksum, it is damaged");
    if ((error = fdt_cursor_open(&c, own->data, own->bytes - 4, why)) < 0) return error;
    if ((error = config_read(b, &c, &config, why)) < 0) return error;
    if ((error = crcs_assign(b, &config, why)) < 0) return error;
    return vms_list(b, &config, why);
}
