/* SPDX-License-Identifier: Apache-2.0 */
/* The application's memory that a call reads into or writes from, piece by piece. */
#pragma once

#include "lib/compiler.h"

struct io {
    uint64_t base, len;             /* the piece at hand */
    uint64_t vector;                /* further ones: of struct linux_iovec */
    uint32_t left;
    uint64_t room;                  /* bytes of the whole transfer to come */
};

/** There is something left at base. -EFAULT: a further piece cannot be told. */
int io_next(struct io *io) must_check;

/** n bytes to base, which moves on; from NULL: zeros. io_next has said that there is room.
 * @return n, -EFAULT */
long io_put(struct io *io, const uint8_t *from, uint64_t n) must_check;

/** As many bytes, to as many pieces as it takes. -EFAULT; there is room for them. */
int io_put_all(struct io *io, const void *from, uint64_t n) must_check;

static inline void io_advance(struct io *io, uint64_t by)
{
    io->base += by;
    io->len -= by;
    io->room -= by;
}
