/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/shell/fs/place.h"
#include "unikernel/fs/pool.h"
#include "unikernel/kernel/log.h"
#include "unikernel/shell/commands.h"
#include "lib/err.h"
#include "lib/fmt.h"

static struct vnode *here;              /* NULL: the root */

static struct vnode *here_get(void) { return vnode_get(here != NULL ? here : vfs_root); }

int shell_at(struct at *a, const char *text, const char *name)
{
    int err = path_new(&a->path);

    if (err != 0) return err;
    if (fmt_text(a->path.page, FILE_PATH_MAX, name != NULL ? "%s/%s" : "%s", text, name) >=
        FILE_PATH_MAX) {
        return -ENAMETOOLONG;
    }
    path_begin(&a->path);
    a->start = here_get();
    return 0;
}

int shell_find(const char *text, struct vnode **out)
{
    AT_SCOPED(a);
    int err = shell_at(&a, text, NULL);

    return err != 0 ? err : path_find(&a.path, a.start, WALK_FOLLOW, out);
}

static const char *reason(long err)
{
    static const struct {
        uint8_t err;
        char text[31];
    } reasons[] = {
        { ENOENT, "No such file or directory" }, { ENOMEM, "Cannot allocate memory" },
        { EBUSY, "Device or resource busy" },    { EEXIST, "File exists" },
        { EXDEV, "Invalid cross-device link" },  { ENOTDIR, "Not a directory" },
        { EISDIR, "Is a directory" },            { EFBIG, "File too large" },
        { ENOSPC, "No space left on device" },   { EROFS, "Read-only file system" },
        { ENAMETOOLONG, "File name too long" },  { ENOTEMPTY, "Directory not empty" },
        { ELOOP, "Too many symbolic links" },
    };

    for (unsigned i = 0; i < ARRAY_LEN(reasons); i++) {
        if (reasons[i].err == -err) return reasons[i].text;
    }
    return NULL;
}

void complain(const char *command, const char *path, long err)
{
    const char *why = reason(err);

    if (err == -EINTR) log_text("^C\n");
    else if (why != NULL) log_text("%s: %s: %s\n", command, path, why);
    else log_text("%s: %s: error %ld\n", command, path, -err);
}

void command_cd(const struct words *w)
{
    const char *path = w->at[1] != NULL ? w->at[1] : "/";
    struct vnode *v VNODE_SCOPED = NULL;
    int err = shell_find(path, &v);

    if (err == 0 && !vnode_is(v, MODE_DIRECTORY)) err = -ENOTDIR;
    if (err != 0) {
        complain("cd", path, err);
        return;
    }
    vnode_put(here);
    here = v;
    v = NULL;
}

void command_pwd(const struct words *w)
{
    struct vnode *v VNODE_SCOPED = here_get();
    char *page = page_alloc(), *text;
    int err = page == NULL ? -ENOMEM : vfs_way_to(v, page, &text);

    if (err == 0) log_text("%s\n", text);
    else complain("pwd", ".", err == 1 ? -ENOENT : err);
    if (page != NULL) page_free(page);
}
