/* SPDX-License-Identifier: Apache-2.0 */
/* The last of what a VM's console showed, in a file, so that it outlives the daemon. Viewers have a
 * cursor, which counts bytes from the first one ever; a viewer that is slow loses its place and
 * nothing else. Bytes go into the file first and into its head after them: whoever is killed between
 * the two leaves a file that does not know them, and a hypervisor that still has them. */
#pragma once

#include "abi/vm.h"
#include "lib/compiler.h"

#define SCROLL_BYTES (256 * KIB)

struct scroll_head {
    uint64_t total;             /* bytes ever added */
    uint64_t taken;             /* cursor of the hypervisor's ring behind them */
};

struct scroll {
    int fd;
    struct scroll_head head;
};

/** Where the files are; made if need be. */
extern const char *scroll_folder;

/** Never fails: without a file, memory of this process has to do. */
void scroll_open(struct scroll *s, uint32_t id, const char *name);
void scroll_close(struct scroll *s);
/** Delete the file of a VM that is gone. */
void scroll_forget(uint32_t id, const char *name);

/** `taken`: where the hypervisor's ring is read next. */
void scroll_add(struct scroll *s, const char *text, size_t bytes, uint64_t taken);

/** As shyper_console_read. */
size_t scroll_read(const struct scroll *s, uint64_t *cursor, char *text, size_t room,
                   uint64_t *lost);

/** Delete every file `keep` does not want. */
void scroll_clean(bool (*keep)(uint32_t id, const char *name));
