/* SPDX-License-Identifier: Apache-2.0 */
/* Reader of the bundle: a cpio archive of the "newc" kind. Each entry is a header of 110 ASCII
 * characters (magic, then thirteen numbers of eight hexadecimal digits), the name with its zero,
 * and the data, name and data each padded to four bytes; an entry called TRAILER!!! ends it, and
 * what follows that (boot loaders pad) is of no interest.
 *
 * The archive lies in memory that any boot loader may have damaged: every length is checked against
 * what is left, and every member that EL2 relies on has a checksum in the configuration, which has
 * one itself. */
#include "hypervisor/core/bundle.h"
#include "hypervisor/core/arch.h"
#include "lib/fdt_cursor.h"
#include "lib/str.h"

#define HEADER_LEN      110u
#define AT_MODE         14u
#define AT_FILE_BYTES   54u
#define AT_NAME_BYTES   94u
#define NAME_MAX_BYTES  256u
#define MODE_KIND       0170000u
#define MODE_FILE       0100000u
#define MODE_FOLDER     0040000u
#define TRAILER         "TRAILER!!!"

struct archive {
    const uint8_t *at;
    uint64_t left;
    const char **why;
};

static int refuse(const char **why, const char *reason)
{
    *why = reason;
    return -EINVAL;
}

static bool hex_number(const uint8_t *digits, uint32_t *out)
{
    uint32_t value = 0;

    for (int i = 0; i < 8; i++) {
        uint32_t c = digits[i], digit = c - '0';

        if (digit > 9) {
            digit = (c | 0x20) - 'a' + 10;
            if (digit < 10 || digit > 15) return false;
        }
        value = value << 4 | digit;
    }
    *out = value;
    return true;
}

/** @return 1 and the entry's name and data; 0 at the trailer; -EINVAL */
static int entry_next(struct archive *a, struct bundle_member *m, uint32_t *mode)
{
    uint32_t name_bytes;
    uint64_t head, whole;

    if (a->left < HEADER_LEN) return refuse(a->why, "bundle: cut off: the archive has no trailer");
    if (memcmp(a->at, "070701", 6) != 0)
        return refuse(a->why,
                      "bundle: not an uncompressed cpio archive (newc) as tools/pack makes it");
    if (!hex_number(a->at + AT_MODE, mode) || !hex_number(a->at + AT_FILE_BYTES, &m->bytes) ||
        !hex_number(a->at + AT_NAME_BYTES, &name_bytes))
        return refuse(a->why,
                      "bundle: an entry's header has something else than hexadecimal digits");
    if (name_bytes < 2 || name_bytes > NAME_MAX_BYTES)
        return refuse(a->why, "bundle: an entry's name is empty or too long");
    head = align_up(HEADER_LEN + (uint64_t)name_bytes, 4);
    whole = align_up(head + m->bytes, 4);
    if (head + m->bytes > a->left) return refuse(a->why, "bundle: cut off inside an entry");
    m->name = (const char *)a->at + HEADER_LEN;
    if (strnlen(m->name, name_bytes) != name_bytes - 1)
        return refuse(a->why, "bundle: an entry's name and the length of it do not agree");
    m->data = a->at + head;
    m->crc = 0;
    a->at += whole;
    a->left -= MIN(whole, a->left);
    return strcmp(m->name, TRAILER) != 0;
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

static int members_list(struct bundle *b, struct archive *a)
{
    struct bundle_member m;
    uint32_t mode;
    int more;

    while ((more = entry_next(a, &m, &mode)) > 0) {
        if (strcmp(m.name, SHYPER_BUNDLE_FILLER) == 0 || (mode & MODE_KIND) == MODE_FOLDER)
            continue;
        if ((mode & MODE_KIND) != MODE_FILE)
            return refuse(a->why, "bundle: an entry is neither a file nor a folder");
        if (bundle_find(b, m.name) != NULL)
            return refuse(a->why, "bundle: two entries have the same name");
        if (b->count == BUNDLE_MEMBER_MAX) return refuse(a->why, "bundle: more than 64 files");
        b->member[b->count++] = m;
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

    if (tag != FDT_TAG_NODE) return refuse(why, "bundle: " SHYPER_BUNDLE_CONFIG ": malformed");
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
            return refuse(why, "bundle: " SHYPER_BUNDLE_CONFIG
                               ": a property this version does not know");
        }
    }
    if (tag != FDT_TAG_NODE_END || fdt_cursor_next(c, &t) != FDT_TAG_END)
        return refuse(why, "bundle: " SHYPER_BUNDLE_CONFIG ": malformed");
    if (!config->compatible || !config->pool)
        return refuse(why, "bundle: " SHYPER_BUNDLE_CONFIG
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
        return refuse(why, "bundle: " SHYPER_BUNDLE_CONFIG ": members is not a list of texts");
    for (; (name = list_next(&config->members, &at)) != NULL; i++) {
        uint32_t index = member_index(b, name);

        if (index == b->count)
            return refuse(why, "bundle: a file that " SHYPER_BUNDLE_CONFIG " names is missing");
        if (i >= config->crcs.len / 4)
            return refuse(why, "bundle: " SHYPER_BUNDLE_CONFIG ": crcs is shorter than members");
        b->member[index].crc = fdt_cell(config->crcs.data + 4 * (size_t)i);
        done |= BIT64(index);
    }
    if (i != config->crcs.len / 4)
        return refuse(why, "bundle: " SHYPER_BUNDLE_CONFIG ": crcs is longer than members");
    for (i = 1; i < b->count; i++) {
        if ((done & BIT64(i)) == 0)
            return refuse(why, "bundle: a file has no checksum in " SHYPER_BUNDLE_CONFIG);
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
        return refuse(why, "bundle: " SHYPER_BUNDLE_MVM ": wrong checksum, it is damaged");
    if (config->vms.len != 0 && fdt_token_text(&config->vms) == NULL)
        return refuse(why, "bundle: " SHYPER_BUNDLE_CONFIG ": vms is not a list of texts");
    while ((name = list_next(&config->vms, &at)) != NULL) {
        const struct bundle_member *m = bundle_find(b, name);

        if (m == NULL)
            return refuse(why, "bundle: the profile of a VM that should start at boot is missing");
        if (b->vm_count == SHYPER_BUNDLE_VM_MAX)
            return refuse(why, "bundle: more than 16 VMs to start at boot");
        b->vm[b->vm_count++] = m;
    }
    if (b->mvm == NULL && b->vm_count == 0)
        return refuse(why, "bundle: neither a management VM nor any other VM in it");
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
    struct archive a = { .at = at, .left = len, .why = why };
    const struct bundle_member *own;
    struct config config = { 0 };
    struct fdt_cursor c;
    int error;

    *b = (struct bundle){ 0 };
    if (at == NULL || ((uintptr_t)at & 3) != 0)
        return refuse(why, "bundle: address is not a multiple of 4");
    if ((error = members_list(b, &a)) < 0) return error;
    own = &b->member[0];
    if (b->count == 0 || strcmp(own->name, SHYPER_BUNDLE_CONFIG) != 0)
        return refuse(why, "bundle: does not begin with " SHYPER_BUNDLE_CONFIG);
    if (own->bytes < 4 || arch_crc32(0, own->data, own->bytes - 4) != last_word(own))
        return refuse(why, "bundle: " SHYPER_BUNDLE_CONFIG ": wrong checksum, it is damaged");
    if ((error = fdt_cursor_open(&c, own->data, own->bytes - 4, why)) < 0) return error;
    if ((error = config_read(b, &c, &config, why)) < 0) return error;
    if ((error = crcs_assign(b, &config, why)) < 0) return error;
    return vms_list(b, &config, why);
}
