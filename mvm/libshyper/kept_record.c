/* SPDX-License-Identifier: Apache-2.0 */
#include "mvm/libshyper/kept_record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "mvm/libshyper/wire.h"

static const struct wire_field image_fields[] = {
    WIRE_ARRAY(kept_image, path), WIRE_NUMBER(kept_image, ipa), WIRE_NUMBER(kept_image, bytes),
    WIRE_NUMBER(kept_image, copied), WIRE_NUMBER(kept_image, device),
    WIRE_NUMBER(kept_image, inode), WIRE_NUMBER(kept_image, size),
    WIRE_NUMBER(kept_image, changed_ns), { 0 },
};
static const struct wire_field fields[] = {
    WIRE_ARRAY(kept, name), WIRE_ARRAY(kept, profile), WIRE_NUMBER(kept, count), { 0 },
};
static const struct wire_struct image_type = { sizeof(struct kept_image), image_fields };
static const struct wire_struct type = { sizeof(struct kept), fields };

static json_t *to_json(const struct kept *k)
{
    json_t *root = wire_from_struct(&type, k), *images = json_array();
    bool good = json_object_set_new(root, "images", images) == 0;      /* takes it in any case */

    for (unsigned i = 0; good && i < k->count; i++) {
        good = json_array_append_new(images, wire_from_struct(&image_type, &k->image[i])) == 0;
    }
    if (!good) {
        json_decref(root);
        return NULL;
    }
    return root;
}

int kept_record_write(const char *path, const struct kept *k)
{
    char part[SHYPER_PATH_MAX];
    json_t *root = to_json(k);
    int ret = -ENOMEM;

    if (root == NULL) { return ret; }
    if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part) {
        ret = -ENAMETOOLONG;
    } else if (json_dump_file(root, part, JSON_INDENT(1)) != 0) {
        ret = -ENOSPC;
    } else {
        ret = rename(part, path) == 0 ? 0 : -errno;
    }
    json_decref(root);
    return ret;
}

struct kept *kept_record_read(const char *path)
{
    json_t *root = json_load_file(path, 0, NULL);
    json_t *images = json_object_get(root, "images");
    struct kept *k = calloc(1, sizeof *k);
    bool good = k != NULL && root != NULL && wire_to_struct(&type, root, k) &&
                k->count <= SHYPER_LOADS_MAX && json_array_size(images) == k->count;

    for (unsigned i = 0; good && i < k->count; i++) {
        good = wire_to_struct(&image_type, json_array_get(images, i), &k->image[i]);
    }
    json_decref(root);
    if (!good) {
        free(k);
        return NULL;
    }
    return k;
}
