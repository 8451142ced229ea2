/* SPDX-License-Identifier: Apache-2.0 */
/* What can be known about the image files without loading them: that they are regular, readable and
 * whole, and how much memory the kernel asks for. Only the first page of the kernel is read. A file
 * cut short is recognised by what it says of itself: the section table of its PE header (Linux has
 * one for EFI), or its own length (Unishyper); an Image without either has nothing to compare with.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/str.h"
#include "mvm/libshyper/profile.h"

#define JSON_BYTES_MAX (1024 * 1024)
#define HEAD_BYTES     4096u

/* arm64 Image header (Documentation/arm64/booting.rst of Linux) and the PE header behind it. */
#define IMAGE_MAGIC       0x644d5241u
#define IMAGE_TEXT_OFFSET 8
#define IMAGE_SIZE        16
#define IMAGE_FLAGS       24
#define IMAGE_FILE_BYTES  48
#define IMAGE_MAGIC_AT    56
#define IMAGE_PE_AT       60
#define IMAGE_HEADER      64

#define SHOWN 256

/* A path of any length, cut so that the reason behind it is still seen. */
static const char *path_shown(const char *path, char to[SHOWN])
{
    (void)snprintf(to, SHOWN, "%.*s%s", SHOWN - 4, path, strlen(path) > SHOWN - 4 ? "..." : "");
    return to;
}

static uint64_t le(const uint8_t *at, unsigned bytes)
{
    uint64_t v = 0;

    while (bytes-- > 0) { v = v << 8 | at[bytes]; }
    return v;
}

/* Where the last section of a PE file ends in the file; 0 when there is no readable section table
 * in these n bytes. */
static uint64_t pe_end(const uint8_t *head, size_t n)
{
    uint64_t pe = le(head + IMAGE_PE_AT, 4), sections, table, end = 0;

    if (pe < IMAGE_HEADER || pe + 24 > n || memcmp(head + pe, "PE\0\0", 4) != 0) { return 0; }
    sections = le(head + pe + 6, 2);
    table = pe + 24 + le(head + pe + 20, 2);
    for (uint64_t i = 0; i < sections && table + (i + 1) * 40 <= n; i++) {
        const uint8_t *s = head + table + i * 40;
        uint64_t bytes = le(s + 16, 4), at = le(s + 20, 4);

        end = MAX(end, at + bytes);
    }
    return end;
}

/* How long the file says it has to be; 0 when it says nothing. Unishyper uses a reserved field of
 * the Image header, where other images have 0. */
static uint64_t whole_file(const uint8_t *head, size_t n)
{
    uint64_t own = le(head + IMAGE_FILE_BYTES, 8);

    return own != 0 && own <= le(head + IMAGE_SIZE, 8) ? own : pe_end(head, n);
}

static int header_take(struct profile *p, const uint8_t *head, size_t n, struct profile_errors *e)
{
    char shown[SHOWN];
    const char *file = path_shown(p->kernel.found, shown);
    uint64_t end;

    p->has_header = n >= IMAGE_HEADER && le(head + IMAGE_MAGIC_AT, 4) == IMAGE_MAGIC;
    if (!p->has_header) {
        if (n >= 4 && memcmp(head, "\177ELF", 4) == 0) {
            return profile_refuse(
                e, "", "kernel %s is an ELF file; make a flat one: objcopy -O binary", file);
        }
        if (n >= 2 && head[0] == 0x1f && head[1] == 0x8b) {
            return profile_refuse(e, "", "kernel %s is compressed by gzip; unpack it first", file);
        }
        if (p->type == SHYPER_VM_TYPE_MVM) {
            return profile_refuse(e, "", "kernel %s has no arm64 Image header", file);
        }
        if (p->type == SHYPER_VM_TYPE_LINUX) {
            return profile_refuse(
                e, "type",
                "kernel %s has no arm64 Image header, so it is no Linux; give an Image, or type "
                "VM_T_BARE_METAL for a raw binary",
                file);
        }
        p->text_offset = 0;
        p->image_bytes = p->kernel.bytes;
    } else {
        if ((le(head + IMAGE_FLAGS, 8) & 1) != 0) {
            return profile_refuse(
                e, "", "kernel %s is big-endian, which this version does not serve", file);
        }
        p->text_offset = le(head + IMAGE_TEXT_OFFSET, 8);
        p->image_bytes = MAX(le(head + IMAGE_SIZE, 8), p->kernel.bytes);
        if (p->text_offset >= GIB || p->image_bytes >= 64 * GIB || !is_aligned(p->text_offset, 8)) {
            return profile_refuse(
                e, "",
                "kernel %s has a damaged Image header (text_offset 0x%llx, image_size 0x%llx)",
                file, (unsigned long long)p->text_offset, (unsigned long long)p->image_bytes);
        }
        end = whole_file(head, n);
        if (end > p->kernel.bytes) {
            return profile_refuse(
                e, "", "kernel %s is cut short: %llu of %llu bytes are there; copy it again", file,
                (unsigned long long)p->kernel.bytes, (unsigned long long)end);
        }
    }
    if (p->type == PROFILE_TYPE_BY_IMAGE) {
        p->type = p->has_header ? SHYPER_VM_TYPE_LINUX : SHYPER_VM_TYPE_BARE_METAL;
    }
    return 0;
}

/* Open `path`, relative names also from `folder`. *found gets the name that worked, in new memory.
 */
static int file_open(const char *path, const char *folder, char **found)
{
    size_t size = strlen(path) + (folder != NULL ? strlen(folder) : 0) + 2;
    char *name = malloc(size);
    int fd;

    if (name == NULL) { return -ENOMEM; }
    (void)str_copy(name, size, path);
    fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT && path[0] != '/' && folder != NULL) {
        (void)snprintf(name, size, "%s/%s", folder, path);
        fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    }
    *found = name;
    return fd >= 0 ? fd : -errno;
}

/* Find f, check that it is a regular file with something in it, and read its beginning into head.
 * Returns bytes read. */
static int file_look(struct profile_file *f, const char *what, const char *folder, uint8_t *head,
                     size_t head_max, struct profile_errors *e)
{
    char shown[SHOWN];
    struct stat st;
    ssize_t n = 0;
    int fd;

    free(f->found);
    f->found = NULL;
    fd = file_open(f->path, folder, &f->found);
    if (fd == -ENOMEM) { return profile_no_memory(e); }
    if (fd < 0) {
        (void)profile_refuse(e, "", "%s %s: %s%s%s", what, path_shown(f->path, shown),
                             strerror(-fd),
                             f->path[0] != '/' && folder != NULL ? "; looked for here and in " : "",
                             f->path[0] != '/' && folder != NULL ? folder : "");
        return fd;
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void)profile_refuse(e, "", "%s %s is no regular file", what, path_shown(f->found, shown));
        n = -EINVAL;
    } else if (st.st_size == 0) {
        (void)profile_refuse(e, "", "%s %s is empty", what, path_shown(f->found, shown));
        n = -EINVAL;
    } else {
        f->bytes = (uint64_t)st.st_size;
        n = read(fd, head, head_max);
        if (n < 0) {
            n = -errno;
            (void)profile_refuse(e, "", "%s %s: %s", what, path_shown(f->found, shown),
                                 strerror((int)-n));
        }
    }
    close(fd);
    return (int)n;
}

static int symbols_take(struct profile *p, const char *folder, struct profile_errors *e)
{
    char shown[SHOWN];
    uint8_t head[4];
    int n = file_look(&p->symbols, "symbols", folder, head, sizeof head, e);

    if (n >= 0 && (n < 4 || memcmp(head, "\177ELF", 4) != 0)) {
        return profile_refuse(e, "",
                              "symbols %s is no ELF file; leave it out, or name the kernel's",
                              path_shown(p->symbols.found, shown));
    }
    return n;
}

int profile_files(struct profile *p, const char *folder, struct profile_errors *e)
{
    uint8_t head[HEAD_BYTES];
    int kernel, ramdisk = 0, symbols = 0;

    kernel = file_look(&p->kernel, "kernel", folder, head, sizeof head, e);
    if (kernel >= 0) { kernel = header_take(p, head, (size_t)kernel, e); }
    if (p->ramdisk.path != NULL) {
        ramdisk = file_look(&p->ramdisk, "ramdisk", folder, head, 1, e);
    }
    if (p->symbols.path != NULL) { symbols = symbols_take(p, folder, e); }
    return kernel < 0 ? kernel : ramdisk < 0 ? ramdisk : MIN(symbols, 0);
}

char *profile_folder(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL) { return strdup("."); }
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* A FIFO or a terminal would keep us waiting, a device may do anything: only regular files are
 * read. */
static FILE *text_open(const char *path, struct profile_errors *e, int *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    FILE *f = NULL;

    *err = 0;
    if (fd < 0) {
        *err = -errno;
        (void)profile_refuse(e, "", "%s", strerror(errno));
    } else if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        *err = profile_refuse(e, "", "is %s, no regular file",
                              S_ISDIR(st.st_mode)    ? "a folder"
                              : S_ISFIFO(st.st_mode) ? "a pipe"
                                                     : "a device");
    } else {
        f = fdopen(fd, "r");
        if (f != NULL) { return f; }
        *err = profile_no_memory(e);
    }
    if (fd >= 0) { close(fd); }
    return NULL;
}

static int text_read(const char *path, char **text, size_t *len, struct profile_errors *e)
{
    int err;
    FILE *f = text_open(path, e, &err);

    *text = NULL;
    *len = 0;
    if (f == NULL) { return err; }
    *text = malloc(JSON_BYTES_MAX + 1);
    if (*text == NULL) {
        err = profile_no_memory(e);
    } else {
        *len = fread(*text, 1, JSON_BYTES_MAX + 1, f);
        if (ferror(f)) {
            err = profile_refuse(e, "", "cannot be read: %s", strerror(errno));
        } else if (*len > JSON_BYTES_MAX) {
            err =
                profile_refuse(e, "", "is larger than %d bytes; is it a profile?", JSON_BYTES_MAX);
        }
    }
    fclose(f);
    if (err < 0) {
        free(*text);
        *text = NULL;
    }
    return err;
}

int profile_read(const char *path, struct profile *p, struct profile_errors *e)
{
    char *text;
    size_t len;
    int err;

    *p = (struct profile){ 0 };
    err = text_read(path, &text, &len, e);
    if (err < 0) { return err; }
    err = profile_parse(text, len, p, e);
    free(text);
    return err;
}

int profile_load(const char *path, struct profile *p, struct profile_errors *e)
{
    int err = profile_read(path, p, e);
    char *folder;

    if (err < 0) { return err; }
    folder = profile_folder(path);
    if (folder == NULL) { return profile_no_memory(e); }
    err = profile_files(p, folder, e);
    if (err == 0) { err = profile_layout(p, e); }
    free(folder);
    return err;
}
