/* SPDX-License-Identifier: Apache-2.0 */
/* Names in directories: listed, made, moved, removed; and copies. */
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/log.h"
#include "unikernel/shell/commands.h"
#include "unikernel/shell/fs/place.h"
#include "unikernel/shell/fs/stream.h"
#include "lib/err.h"
#include "lib/str.h"

static void list_one(unsigned index, const struct vnode *v, const char *name)
{
    static const char types[16] = "-pc-d-b---l-s---";

    log_text("[%2u]: %c  %6lu\t%s\n", index, types[v->mode >> 12 & 15], v->size, name);
}

static struct vnode *child(struct vnode *dir, const struct dir_entry *e)
{
    const struct name n = { e->text, e->len };
    struct vnode *v = NULL;
    MUTEX_SCOPED(&dir->fs->names);

    return dir->ops->lookup(dir, &n, &v) == 0 ? v : NULL;
}

void command_ls(const struct words *w)
{
    const char *path = w->at[1] != NULL ? w->at[1] : ".";
    struct dir_entry e = { .next = ENTRIES_BEGIN };
    struct vnode *dir VNODE_SCOPED = NULL;
    unsigned index = 0;

    if (shell_find(path, &dir) != 0) {
        log_text("ls: cannot access '%s': No such file or directory\n", path);
        return;
    }
    log_text("[  ]:[T] [size]\t[name]\n");
    if (!vnode_is(dir, MODE_DIRECTORY)) list_one(0, dir, path);
    else while (!console_interrupted() && vfs_entry(dir, e.next, &e) > 0) {
        struct vnode *v VNODE_SCOPED = child(dir, &e);

        if (v != NULL) list_one(index++, v, e.text);
    }
}

void command_mkdir(const struct words *w)
{
    AT_SCOPED(a);
    int err = shell_at(&a, w->at[1], NULL);

    if (err == 0) err = vfs_create(&a.path, a.start, MODE_DIRECTORY | 0755, NULL, 0);
    if (err != 0) log_text("mkdir: cannot create directory '%s'.\n", w->at[1]);
}

void command_rm(const struct words *w)
{
    AT_SCOPED(a);
    int err = shell_at(&a, w->at[1], NULL);

    if (err == 0) err = vfs_unlink(&a.path, a.start, false);
    if (err != 0) complain("rm", w->at[1], err);
}

/* In a directory a thing keeps its name: what that is; NULL: `to` is no directory. */
static const char *name_in(const char *to, const char *from)
{
    struct vnode *v VNODE_SCOPED = NULL;
    const char *slash = strrchr(from, '/');

    if (shell_find(to, &v) != 0 || !vnode_is(v, MODE_DIRECTORY)) return NULL;
    return slash != NULL ? slash + 1 : from;
}

void command_mv(const struct words *w)
{
    AT_SCOPED(a);
    AT_SCOPED(b);
    PLACE_SCOPED(from);
    PLACE_SCOPED(to);
    int err = shell_at(&a, w->at[1], NULL);

    if (err == 0) err = path_walk(&a.path, a.start, 0, &from);
    if (err == 0) err = shell_at(&b, w->at[2], name_in(w->at[2], w->at[1]));
    if (err == 0) err = path_walk(&b.path, b.start, 0, &to);
    if (err == 0) err = vfs_rename(&from, &to, 0);
    if (err != 0) complain("mv", w->at[1], err);
}

static int copy(struct stream *from, struct stream *to)
{
    char piece[512];
    long n;

    while ((n = stream_read(from, piece, sizeof(piece))) > 0) {
        n = stream_write(to, piece, (uint64_t)n);
        if (n != 0) return (int)n;
    }
    return (int)n;
}

void command_cp(const struct words *w)
{
    const char *from = w->at[1], *to = w->at[2], *name = name_in(to, from), *about = from;
    STREAM_SCOPED(in);
    STREAM_SCOPED(out);
    int err = stream_open(&in, from, NULL, 0);

    if (err == 0 && vnode_is(in.file->vnode, MODE_DIRECTORY)) err = -EISDIR;
    if (err == 0) {
        about = to;
        err = stream_open(&out, to, name, LINUX_O_WRONLY | LINUX_O_CREAT);
    }
    if (err == 0 && in.file->vnode == out.file->vnode) {
        log_text("cp: '%s' and '%s' are the same file\n", from, to);
        return;
    }
    if (err == 0 && vnode_is(out.file->vnode, MODE_FILE)) err = vfs_resize(out.file->vnode, 0);
    if (err == 0) err = copy(&in, &out);
    if (err != 0) complain("cp", about, err);
}

void command_echo_to(const struct words *w)
{
    STREAM_SCOPED(s);
    long flags = LINUX_O_WRONLY | LINUX_O_CREAT | (w->append ? LINUX_O_APPEND : LINUX_O_TRUNC);
    int err = stream_open(&s, w->to, NULL, flags);

    for (unsigned i = 1; i < w->count && err == 0; i++) {
        if (i > 1) err = stream_write(&s, " ", 1);
        if (err == 0) err = stream_write(&s, w->at[i], strlen(w->at[i]));
    }
    if (err == 0) err = stream_write(&s, "\n", 1);
    if (err != 0) complain("echo", w->to, err);
}
