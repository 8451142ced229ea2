/* SPDX-License-Identifier: Apache-2.0 */
/* Message queues, between mq.c and mq_notify.c. */
#pragma once

#include "unikernel/kernel/waitq.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/signal/signal.h"

struct mq {
    struct mq *next;                /* that has a name */
    uint32_t refs;                  /* of files, and one of its name */
    uint32_t max, count, receivers; /* messages; those that are there; who is receiving */
    uint32_t first, free;           /* slots */
    unsigned order;
    uint64_t size, slot_size;       /* of a message */
    uint8_t *store;
    struct mutex lock;
    struct waitq changed;
    bool notifies;                  /* once, with... */
    struct siginfo notice;          /* signo 0: silently */
    char name[FILE_NAME_MAX + 1];
};

struct linux_mq_attr { int64_t flags, max, size, count, rsv[4]; };

/** A reference; NULL: it is no queue's. */
struct file *mq_file(long fd) must_check;

/** A message came to the empty queue. Its lock is held. */
void mq_tell(struct mq *q);

/** Whoever wanted to be told closes it. */
void mq_forget(struct mq *q);
