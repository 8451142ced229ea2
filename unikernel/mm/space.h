/* SPDX-License-Identifier: Apache-2.0 */
/* The application's memory: regions of anonymous memory or of files, given out by address. Supplied
 * by the back end; that of mm/mmu backs them page by page when first touched. */
#pragma once

#include "lib/compiler.h"

#define SPACE_R 1U
#define SPACE_W 2U
#define SPACE_X 4U
#define SPACE_LAZY 8U              /* for space_map: may be more than there is memory, and fail later */

struct mapping;

/** The low half starts with the image's segments and the application's data; everything else is
 * given out by these calls. */
int space_init(void) must_check;

/**
 * Reserve [*at, *at + len) of zeroed memory. *at == 0: anywhere; else exactly there, whatever was
 * there goes (unless `keep`, then -EEXIST). W with X is refused with -EACCES, more than is left of
 * what has not been promised to anybody with -ENOMEM.
 */
int space_map(uint64_t *at, uint64_t len, unsigned rights, bool keep) must_check;

/** The same with the content of the file that m says (mm/mapping.h). LAZY: no copies are made. */
int space_map_file(uint64_t *at, uint64_t len, unsigned rights, bool keep,
                   const struct mapping *m) must_check;

/** Addresses may be unmapped already. -EINVAL when unaligned or outside. */
int space_unmap(uint64_t at, uint64_t len) must_check;

/** -ENOMEM when part of the range is not mapped (the part before it may have been changed, as POSIX
 * allows), or may be touched now and is more than there is memory. */
int space_protect(uint64_t at, uint64_t len, unsigned rights) must_check;

/** The content may go; the addresses stay and read as zeros. No file is mapped there. */
int space_discard(uint64_t at, uint64_t len) must_check;

/** The same where files are mapped, which are read again then: `next` tells the first such range behind
 * *at, until there is none. The lock of the application's memory is held when it is called. */
void space_discard_files(bool (*next)(void *arg, uint64_t *at, uint64_t *end), void *arg);

/** The next write of each page of a file in [at, end) is noticed again (mapping_page). */
void space_clean(uint64_t at, uint64_t end);

/** What is at an address: 1 with and 0 without a page, -ENOMEM: nothing. *rights with LAZY; all of it is
 * so up to *next at least. */
int space_look(uint64_t at, uint64_t *next, unsigned *rights) must_check;

/** Move what is mapped at `from` to where something else is, which goes. -ENOMEM: nothing was moved. */
int space_move(uint64_t from, uint64_t len, uint64_t to) must_check;

/**
 * A page fault of the application at `at`. 0 when the page is there now and the access may be
 * repeated; -EFAULT when nothing may be there or the rights forbid it; -ENOMEM; -EIO when the file
 * that is mapped there has no such page.
 */
int space_fault(uint64_t at, unsigned access) must_check;

/** Make [at, at + len) accessible for the kernel on behalf of the application, or -EFAULT. */
int space_back(uint64_t at, uint64_t len, unsigned access) must_check;

struct space_stat {
    uint64_t backed;                    /* pages taken from the page allocator */
};
void space_stat(struct space_stat *out);
