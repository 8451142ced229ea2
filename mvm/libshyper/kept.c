/* SPDX-License-Identifier: Apache-2.0 */
#include "mvm/libshyper/kept.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "lib/str.h"
#include "mvm/libshyper/kept_record.h"

#define NEW  "new"
#define GONE ".gone"

const char *kept_folder = "/run/shyper";

static int path_of(char to[SHYPER_PATH_MAX], const char *folder, const char *file)
{
    int n = snprintf(to, SHYPER_PATH_MAX, "%s/%s%s%s", kept_folder, folder,
                     file != NULL ? "/" : "", file != NULL ? file : "");

    return n < SHYPER_PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* `file` may be GONE, for a folder of its own. */
static int path_of_vm(char to[SHYPER_PATH_MAX], uint32_t id, const char *file)
{
    bool is_gone = file != NULL && strcmp(file, GONE) == 0;
    char folder[24];

    (void)snprintf(folder, sizeof folder, "%" PRIu32 "%s", id, is_gone ? GONE : "");
    return path_of(to, folder, is_gone ? NULL : file);
}

int kept_lock(unsigned wait_ms)
{
    char path[SHYPER_PATH_MAX];
    int fd, ret;

    if (mkdir(kept_folder, 0750) != 0 && errno != EEXIST) { return -errno; }
    ret = path_of(path, "lock", NULL);
    if (ret < 0) { return ret; }
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) { return -errno; }
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        static const struct timespec step = { .tv_nsec = 10 * 1000 * 1000 };

        ret = errno == EWOULDBLOCK ? -EBUSY : -errno;
        if (ret != -EBUSY || wait_ms < 10) {
            close(fd);
            return ret;
        }
        (void)nanosleep(&step, NULL);
        wait_ms -= 10;
    }
    return fd;
}

/* A folder of plain files. */
static void folder_remove(const char *path)
{
    char file[SHYPER_PATH_MAX];
    DIR *dir = opendir(path);

    while (dir != NULL) {
        struct dirent *entry = readdir(dir);

        if (entry == NULL) { break; }
        if (snprintf(file, sizeof file, "%s/%s", path, entry->d_name) < (int)sizeof file) {
            (void)unlink(file);
        }
    }
    if (dir != NULL) { closedir(dir); }
    (void)rmdir(path);
}

void kept_abandon(void)
{
    char path[SHYPER_PATH_MAX];

    if (path_of(path, NEW, NULL) == 0) { folder_remove(path); }
}

void kept_forget(uint32_t id)
{
    char path[SHYPER_PATH_MAX], gone[SHYPER_PATH_MAX];

    /* In one step, so that no half of a record is ever taken for a whole one. */
    if (path_of_vm(path, id, NULL) != 0 || path_of_vm(gone, id, GONE) != 0) { return; }
    folder_remove(gone);
    if (rename(path, gone) == 0) { folder_remove(gone); }
}

int kept_begin(const struct shyper_config *config)
{
    struct kept *k = calloc(1, sizeof *k);
    char path[SHYPER_PATH_MAX];
    int ret;

    if (k == NULL) { return -ENOMEM; }
    kept_abandon();
    ret = path_of(path, NEW, NULL);
    if (ret == 0 && mkdir(path, 0700) != 0) { ret = -errno; }
    if (ret == 0) { ret = path_of(path, NEW, KEPT_RECORD); }
    if (ret == 0) {
        (void)str_copy(k->name, sizeof k->name, config->name);
        ret = kept_record_write(path, k);
    }
    free(k);
    return ret;
}

static void note_file(struct kept_image *to, const struct stat *st)
{
    to->device = st->st_dev;
    to->inode = st->st_ino;
    to->size = (uint64_t)st->st_size;
    to->changed_ns = (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec;
}

static bool is_that_file(const struct kept_image *image, const struct stat *st)
{
    struct kept_image now = { 0 };

    note_file(&now, st);
    return S_ISREG(st->st_mode) && image->device == now.device && image->inode == now.inode &&
           image->size == now.size && image->changed_ns == now.changed_ns;
}

/* The path of an open file, if it leads to it. */
static bool file_find(int fd, struct kept_image *to)
{
    char link[32];
    struct stat by_fd, by_path;
    ssize_t length;

    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, to->path, sizeof to->path - 1);
    if (length <= 0 || fstat(fd, &by_fd) != 0) { return false; }
    to->path[length] = '\0';
    note_file(to, &by_fd);
    return lstat(to->path, &by_path) == 0 && is_that_file(to, &by_path);
}

static int file_copy(int from, int to, uint64_t bytes)
{
    static const size_t piece = 256 * 1024;
    char *buffer = malloc(piece);
    int ret = buffer != NULL ? 0 : -ENOMEM;

    for (uint64_t at = 0; ret == 0 && at < bytes;) {
        ssize_t got = pread(from, buffer, MIN(piece, bytes - at), (off_t)at);

        if (got < 0 && errno == EINTR) { continue; }
        if (got <= 0) {
            ret = got < 0 ? -errno : -ENODATA;
        } else if (pwrite(to, buffer, (size_t)got, (off_t)at) != got) {
            ret = -ENOSPC;
        }
        at += (uint64_t)MAX(got, 0);
    }
    free(buffer);
    return ret;
}

/* Its path becomes that in the record of the VM, and stays good until kept_commit. */
static int image_copy(int fd, unsigned index, struct kept_image *to)
{
    char file[16];
    struct stat st;
    int copy, ret;

    (void)snprintf(file, sizeof file, "image%u", index);
    ret = path_of(to->path, NEW, file);
    if (ret < 0) { return ret; }
    copy = open(to->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (copy < 0) { return -errno; }
    ret = file_copy(fd, copy, to->bytes);
    if (ret == 0 && fstat(copy, &st) != 0) { ret = -errno; }
    close(copy);
    if (ret < 0) { return ret; }
    note_file(to, &st);
    to->copied = 1;
    memcpy(to->path, file, sizeof file);
    return 0;
}

int kept_images(const struct shyper_config *config, bool copy)
{
    struct kept *k = calloc(1, sizeof *k);
    char path[SHYPER_PATH_MAX];
    int ret = 0;

    if (k == NULL) { return -ENOMEM; }
    (void)str_copy(k->name, sizeof k->name, config->name);
    (void)str_copy(k->profile, sizeof k->profile, config->profile);
    for (; ret == 0 && k->count < config->count; k->count++) {
        const struct shyper_image *from = &config->image[k->count];
        struct kept_image *to = &k->image[k->count];

        to->ipa = from->ipa;
        to->bytes = from->bytes;
        if (copy || !file_find(from->fd, to)) { ret = image_copy(from->fd, k->count, to); }
    }
    if (ret == 0) { ret = path_of(path, NEW, KEPT_RECORD); }
    if (ret == 0) { ret = kept_record_write(path, k); }
    free(k);
    return ret;
}

int kept_commit(uint32_t id)
{
    char from[SHYPER_PATH_MAX], to[SHYPER_PATH_MAX];
    int ret = path_of(from, NEW, NULL);

    if (ret == 0) { ret = path_of_vm(to, id, NULL); }
    if (ret < 0) { return ret; }
    folder_remove(to);          /* of a VM that had this id once */
    return rename(from, to) == 0 ? 0 : -errno;
}

bool kept_unfinished(char name[SHYPER_NAME_MAX])
{
    char path[SHYPER_PATH_MAX];
    struct kept *k = path_of(path, NEW, KEPT_RECORD) == 0 ? kept_record_read(path) : NULL;

    if (k == NULL) { return false; }
    (void)str_copy(name, SHYPER_NAME_MAX, k->name);
    free(k);
    return true;
}

static int file_open(uint32_t id, const char *file, int flags)
{
    char path[SHYPER_PATH_MAX];
    int fd, ret = path_of_vm(path, id, file);

    if (ret < 0) { return ret; }
    fd = open(path, flags | O_CLOEXEC, 0600);
    return fd < 0 ? -errno : fd;
}

int kept_starting(uint32_t id)
{
    int fd = file_open(id, "starting", O_WRONLY | O_CREAT);

    if (fd < 0) { return fd; }
    close(fd);
    return 0;
}

void kept_started(uint32_t id)
{
    char path[SHYPER_PATH_MAX];

    if (path_of_vm(path, id, "starting") == 0) { (void)unlink(path); }
}

bool kept_is_starting(uint32_t id)
{
    char path[SHYPER_PATH_MAX];

    return path_of_vm(path, id, "starting") == 0 && access(path, F_OK) == 0;
}

bool kept_policy_write(uint32_t id, const void *policy, size_t bytes)
{
    int fd = file_open(id, "policy", O_WRONLY | O_CREAT);
    bool good = fd >= 0 && pwrite(fd, policy, bytes, 0) == (ssize_t)bytes;

    if (fd >= 0) { close(fd); }
    return good;
}

bool kept_policy_read(uint32_t id, const char *name, void *policy, size_t bytes)
{
    struct kept *k = kept_read(id, name);
    int fd = k != NULL ? file_open(id, "policy", O_RDONLY) : -1;
    bool good = fd >= 0 && read(fd, policy, bytes) == (ssize_t)bytes;

    if (fd >= 0) { close(fd); }
    free(k);
    return good;
}

void kept_visit(void (*visit)(uint32_t id, void *), void *context)
{
    for (uint32_t id = 0; id < SHYPER_VM_MAX; id++) {
        char path[SHYPER_PATH_MAX];

        if (path_of_vm(path, id, GONE) == 0) { folder_remove(path); }
        if (path_of_vm(path, id, NULL) == 0 && access(path, F_OK) == 0) { visit(id, context); }
    }
}

struct kept *kept_read(uint32_t id, const char *name)
{
    char path[SHYPER_PATH_MAX];
    struct kept *k = path_of_vm(path, id, KEPT_RECORD) == 0 ? kept_record_read(path) : NULL;

    if (k == NULL || strcmp(k->name, name) == 0) {
        for (unsigned i = 0; k != NULL && i < k->count; i++) {
            if (k->image[i].copied != 0 && path_of_vm(path, id, k->image[i].path) == 0) {
                (void)str_copy(k->image[i].path, sizeof k->image[i].path, path);
            }
        }
        return k;
    }
    free(k);
    return NULL;
}

int kept_open(const struct kept_image *image)
{
    struct stat st;
    int fd = open(image->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0) { return errno == ENOENT || errno == ELOOP ? -ESTALE : -errno; }
    if (fstat(fd, &st) != 0 || !is_that_file(image, &st)) {
        close(fd);
        return -ESTALE;
    }
    return fd;
}

uint32_t kept_state(const struct kept *k, uint64_t *copied_bytes)
{
    uint32_t state = SHYPER_KEPT_COPIES;

    *copied_bytes = 0;
    if (k == NULL || k->count == 0) { return SHYPER_KEPT_NOTHING; }
    for (unsigned i = 0; i < k->count; i++) {
        int fd = kept_open(&k->image[i]);

        if (fd < 0) { return SHYPER_KEPT_CHANGED; }
        close(fd);
        if (k->image[i].copied != 0) {
            *copied_bytes += k->image[i].bytes;
        } else {
            state = SHYPER_KEPT_FILES;
        }
    }
    return state;
}
