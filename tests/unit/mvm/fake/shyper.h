/* SPDX-License-Identifier: Apache-2.0 */
/* A hypervisor in a few arrays, in place of mvm/libshyper/shyper.c: it keeps the states of
 * abi/vm.h, refuses what the real one refuses, and writes down what it was asked. */
#pragma once

#include "mvm/libshyper/shyper.h"

#define FAKE_VMS 4
#define FAKE_RAM 0x40000000u

struct fake_vm {
    struct shyper_vm_info info;         /* state 0: there is none */
    int memory;                         /* a memory file; VM fds are copies of it */
    char console[256], typed[256], log[256];
    struct shyper_vm_fault fault;       /* count 0: none */
    size_t takes;                       /* bytes of input it takes at a time */
};

struct fake {
    int open_error, create_error, load_error;
    struct fake_vm vm[FAKE_VMS];
    char asked[256];                    /* "create 1, boot 1, ..." */
    char log[256], log_of_create[64];   /* the second is added to the first by vm_create */
    uint64_t pool_free;
    uint32_t gic, vms_max, log_level;
    char created_name[SHYPER_NAME_MAX]; /* of the next VM, which is not read from the blob */
    uint32_t created_restart;           /* its policy */
    bool ends_first;                    /* who is to be stopped has just reset itself */
};

extern struct fake fake;

/** An MVM and nothing else. */
void fake_start(void);
void fake_end(void);
/** A VM in a state, as if it had been there before. */
struct fake_vm *fake_vm(uint32_t id, const char *name, uint32_t state, uint32_t reason);
/** A VM that runs from now on, however that came. */
int fake_started(int fd);
