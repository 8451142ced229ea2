/* SPDX-License-Identifier: Apache-2.0 */
#include "mvm/daemon/scroll.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES (SCROLL_BYTES + sizeof(struct scroll_head))
#define PATH_BYTES 256

const char *scroll_folder = "/run/shyper/console";

/* The name belongs to it, so that an id's next VM does not get its predecessor's text. */
static void path_of(char to[PATH_BYTES], uint32_t id, const char *name)
{
    (void)snprintf(to, PATH_BYTES, "%s/%" PRIu32 ".%s", scroll_folder, id, name);
}

/* The head lies behind the text. */
static bool head_read(struct scroll *s)
{
    struct stat st;

    return fstat(s->fd, &st) == 0 && st.st_size == FILE_BYTES &&
           pread(s->fd, &s->head, sizeof s->head, SCROLL_BYTES) == sizeof s->head;
}

/* All of it at once: whoever writes later must not find the file system full. */
static int file_make(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd >= 0 && posix_fallocate(fd, 0, FILE_BYTES) != 0) {
        close(fd);
        (void)unlink(path);
        fd = -1;
    }
    return fd;
}

void scroll_open(struct scroll *s, uint32_t id, const char *name)
{
    char path[PATH_BYTES];

    *s = (struct scroll){ 0 };
    (void)mkdir(scroll_folder, 0700);
    path_of(path, id, name);
    s->fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (s->fd >= 0 && head_read(s)) { return; }
    if (s->fd >= 0) { close(s->fd); }
    s->head = (struct scroll_head){ 0 };
    s->fd = file_make(path);
    if (s->fd < 0) { s->fd = memfd_create("console", MFD_CLOEXEC); }
}

void scroll_close(struct scroll *s)
{
    if (s->fd >= 0) { close(s->fd); }
    s->fd = -1;
}

void scroll_forget(uint32_t id, const char *name)
{
    char path[PATH_BYTES];

    path_of(path, id, name);
    (void)unlink(path);
}

void scroll_add(struct scroll *s, const char *text, size_t bytes, uint64_t taken)
{
    while (bytes > 0) {
        uint64_t at = s->head.total % SCROLL_BYTES;
        size_t part = MIN(bytes, SCROLL_BYTES - at);

        if (pwrite(s->fd, text, part, (off_t)at) != (ssize_t)part) { return; }
        s->head.total += part;
        text += part;
        bytes -= part;
    }
    s->head.taken = taken;
    if (pwrite(s->fd, &s->head, sizeof s->head, SCROLL_BYTES) < 0) { return; }
}

size_t scroll_read(const struct scroll *s, uint64_t *cursor, char *text, size_t room,
                   uint64_t *lost)
{
    uint64_t total = s->head.total, oldest = total > SCROLL_BYTES ? total - SCROLL_BYTES : 0;
    uint64_t from = MIN(MAX(*cursor, oldest), total);
    size_t done = 0;

    *lost = from > *cursor ? from - *cursor : 0;
    while (done < room && from < total) {
        uint64_t at = from % SCROLL_BYTES;
        size_t part = MIN(MIN(room - done, total - from), SCROLL_BYTES - at);

        if (pread(s->fd, text + done, part, (off_t)at) != (ssize_t)part) { break; }
        done += part;
        from += part;
    }
    *cursor = from;
    return done;
}

void scroll_clean(bool (*keep)(uint32_t id, const char *name))
{
    DIR *dir = opendir(scroll_folder);
    struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char *end;
        unsigned long id = strtoul(entry->d_name, &end, 10);

        if (entry->d_name[0] != '.' && !(*end == '.' && keep((uint32_t)id, end + 1))) {
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
        }
    }
    if (dir != NULL) { closedir(dir); }
}
