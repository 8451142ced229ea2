/* SPDX-License-Identifier: Apache-2.0 */
/* Members are gathered in memory first: the config member is written in front and holds the CRCs of
 * all others. */
#include "tools/pack/pack.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/crc32.h"
#include "lib/str.h"
#include "mvm/libshyper/fdt_out.h"
#include "tools/pack/cpio.h"
#include "tools/pack/file.h"

#define CONFIG_MAX 8192u

/* Takes over `data`. */
static void member_add(struct pack *b, const char *name, void *data, size_t bytes, size_t align)
{
    struct pack_member *m = &b->member[b->member_count++];

    (void)str_copy(m->name, sizeof m->name, name);
    m->data = data;
    m->bytes = bytes;
    m->align = align;
}

static int file_add(struct pack *b, const struct profile_file *f, const char *name,
                    struct profile_errors *e)
{
    void *data = NULL;
    size_t bytes = 0;
    int err = file_read(f->found, &data, &bytes);

    if (err < 0) {
        (void)profile_refuse(e, "", "%s: %s", f->found, strerror(-err));
        return err;
    }
    if (bytes != f->bytes) {
        free(data);
        return profile_refuse(e, "", "%s: changed while it was read; try again", f->found);
    }
    member_add(b, name, data, bytes, SHYPER_BUNDLE_ALIGN);
    return 0;
}

static int name_claim(struct pack *b, const char *name, struct profile_errors *e)
{
    for (size_t i = 0; i < b->vm_count; i++) {
        if (strcmp(b->vm[i], name) == 0) {
            return profile_refuse(
                e, "name",
                "another VM of this bundle is called %s too; give one another name (--vm-name)",
                name);
        }
    }
    if (strcmp(name, "mvm") == 0) {
        return profile_refuse(e, "name",
                              "\"mvm\" is the management VM's; give another name (--vm-name)");
    }
    if (b->vm_count == SHYPER_BUNDLE_VM_MAX) {
        return profile_refuse(e, "", "is one VM too many: a bundle holds %d", SHYPER_BUNDLE_VM_MAX);
    }
    (void)str_copy(b->vm[b->vm_count++], SHYPER_NAME_MAX, name);
    return 0;
}

int pack_add(struct pack *b, const struct profile *p, struct profile_errors *e)
{
    bool is_mvm = p->type == SHYPER_VM_TYPE_MVM;
    char stem[SHYPER_NAME_MAX + 4] = "mvm", name[SHYPER_NAME_MAX + 16];
    void *blob = NULL;
    size_t bytes = 0;
    int err = is_mvm ? 0 : name_claim(b, p->name, e);

    if (err == 0) { err = profile_blob(p, true, &blob, &bytes, e); }
    if (err < 0) { return err; }
    if (!is_mvm) { (void)snprintf(stem, sizeof stem, "vm/%s", p->name); }
    (void)snprintf(name, sizeof name, "%s.dtb", stem);
    member_add(b, is_mvm ? SHYPER_BUNDLE_MVM : name, blob, bytes, 8);
    (void)snprintf(name, sizeof name, "%s/kernel", stem);
    err = file_add(b, &p->kernel, name, e);
    if (err == 0 && p->ramdisk.path != NULL) {
        (void)snprintf(name, sizeof name, "%s/ramdisk", stem);
        err = file_add(b, &p->ramdisk, name, e);
    }
    return err;
}

/* Strings one behind the other, each with its zero, as device trees want them. */
static size_t list_append(char *list, size_t at, const char *prefix, const char *s,
                          const char *suffix)
{
    return at + (size_t)sprintf(list + at, "%s%s%s", prefix, s, suffix) + 1;
}

static int config_make(const struct pack *b, void **config, size_t *bytes, struct profile_errors *e)
{
    char vms[SHYPER_BUNDLE_VM_MAX * (SHYPER_NAME_MAX + 8)],
        members[PACK_MEMBER_MAX * sizeof b->member[0].name];
    uint32_t crcs[PACK_MEMBER_MAX];
    size_t vms_len = 0, members_len = 0;
    struct fdt_out t;
    uint8_t *longer;
    int err;

    for (size_t i = 0; i < b->vm_count; i++) {
        vms_len = list_append(vms, vms_len, "vm/", b->vm[i], ".dtb");
    }
    for (size_t i = 0; i < b->member_count; i++) {
        members_len = list_append(members, members_len, "", b->member[i].name, "");
        crcs[i] = crc32(0, b->member[i].data, b->member[i].bytes);
    }
    fdt_out_begin(&t, CONFIG_MAX);
    fdt_out_string(&t, "compatible", SHYPER_BUNDLE_COMPATIBLE);
    fdt_out_u64(&t, "pool-bytes", b->pool_bytes);
    if (b->vm_count > 0) { fdt_out_bytes(&t, "vms", vms, vms_len); }
    fdt_out_bytes(&t, "members", members, members_len);
    fdt_out_cells(&t, "crcs", crcs, b->member_count);
    err = fdt_out_finish(&t, config, bytes);
    if (err < 0) {
        return err == -ENOMEM ? profile_no_memory(e) : profile_refuse(e, "", "too many members");
    }
    longer = realloc(*config, *bytes + 4);
    if (longer == NULL) {
        free(*config);
        return profile_no_memory(e);
    }
    fdt32_st(longer + *bytes, crc32(0, longer, *bytes));
    *config = longer;
    *bytes += 4;
    return 0;
}

int pack_write(const struct pack *b, const char *path, struct profile_errors *e)
{
    size_t temp_size = strlen(path) + 8, config_bytes = 0;
    struct cpio_writer w = { 0 };
    void *config = NULL;
    struct stat st;
    char *temp;
    int err;

    /* What is renamed to a device takes its place. */
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        return profile_refuse(e, "", "is no regular file");
    }
    err = config_make(b, &config, &config_bytes, e);
    if (err < 0) { return err; }
    temp = malloc(temp_size);
    if (temp == NULL) {
        free(config);
        return profile_no_memory(e);
    }
    (void)snprintf(temp, temp_size, "%s.new", path);
    w.to = fopen(temp, "wbe");
    if (w.to != NULL) {
        cpio_add(&w, SHYPER_BUNDLE_CONFIG, config, config_bytes, 8);
        for (size_t i = 0; i < b->member_count; i++) {
            cpio_add(&w, b->member[i].name, b->member[i].data, b->member[i].bytes,
                     b->member[i].align);
        }
        cpio_end(&w);
        if (fclose(w.to) != 0) { w.failed = true; }
    }
    if (w.to == NULL || w.failed || rename(temp, path) != 0) {
        err = -errno;
        (void)profile_refuse(e, "", "cannot be written: %s", strerror(-err));
        (void)remove(temp);
    }
    free(temp);
    free(config);
    return err;
}

void pack_free(struct pack *b)
{
    for (size_t i = 0; i < b->member_count; i++) { free(b->member[i].data); }
    *b = (struct pack){ 0 };
}
