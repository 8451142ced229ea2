/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/shell/complete.h"
#include "unikernel/shell/fs/place.h"
#include "lib/str.h"

void path_offer(struct candidates *c, char *path)
{
    char *slash = strrchr(path, '/'), behind = '\0';
    struct dir_entry e = { .next = ENTRIES_BEGIN };
    struct vnode *dir VNODE_SCOPED = NULL;
    int err;

    if (slash != NULL) {
        c->begin = slash + 1;
        behind = slash[1];
        slash[1] = '\0';
    }
    err = shell_find(slash != NULL ? path : ".", &dir);
    if (slash != NULL) slash[1] = behind;
    if (err != 0 || !vnode_is(dir, MODE_DIRECTORY)) return;
    while (vfs_entry(dir, e.next, &e) > 0) {
        candidates_take(c, e.text, e.len, (e.mode & MODE_TYPE) == MODE_DIRECTORY);
    }
}
