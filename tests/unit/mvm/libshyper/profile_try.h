/* SPDX-License-Identifier: Apache-2.0 */
/* A profile through parsing and layout without files: the kernel is what the test says it is. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "mvm/libshyper/profile.h"

/* 300 KiB of Image that takes 1 MiB with its BSS, and a ramdisk of 10000 bytes if the profile names
 * one. */
static inline int profile_try(const char *json, struct profile *p, struct profile_errors *e)
{
    int err = profile_parse(json, strlen(json), p, e);

    if (err < 0) { return err; }
    p->has_header = true;
    p->kernel.bytes = 300 * KIB;
    p->image_bytes = MIB;
    if (p->type == PROFILE_TYPE_BY_IMAGE) { p->type = SHYPER_VM_TYPE_LINUX; }
    if (p->ramdisk.path != NULL) { p->ramdisk.bytes = 10000; }
    return profile_layout(p, e);
}

static inline void profile_must(const char *json, struct profile *p)
{
    struct profile_errors e = { 0 };

    if (profile_try(json, p, &e) < 0) {
        profile_errors_print(&e, json, stderr);
        fail();
    }
}
