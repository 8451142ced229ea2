/* SPDX-License-Identifier: Apache-2.0 */
/* A file the shell reads or writes, as an application does: a call copies from and to the low half only,
 * so a page of that is borrowed as long as the file is open. */
#pragma once

#include "unikernel/posix/fs/file.h"

#define STREAM_MAX 4096U            /* bytes at once */

struct stream {
    struct file *file;
    uint64_t page;
};

/** flags: Linux's O_. -EINTR: control-C was typed. */
int stream_open(struct stream *s, const char *directory, const char *name, long flags) must_check;
void stream_close(struct stream *s);
#define STREAM_SCOPED(name) struct stream name __attribute__((cleanup(stream_close))) = { 0 }

/** Bytes; 0 at the end; -EINTR as above. */
long stream_read(struct stream *s, void *to, uint64_t n) must_check;

/** All of it. */
int stream_write(struct stream *s, const void *from, uint64_t n) must_check;
