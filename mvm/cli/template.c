/* SPDX-License-Identifier: Apache-2.0 */
/* `vm getdefconfig`: a profile to edit. It is checked by the profile library before it is printed, so
 * that it stays one. */
#include <jansson.h>
#include <string.h>

#include "mvm/cli/cli.h"
#include "mvm/libshyper/profile.h"

static json_t *linux_profile(const char *name)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:s}", "name", name, "type", "VM_T_LINUX",
                     "kernel", "Image", "ramdisk", "initrd", "memory", "256M", "cpus", 1, "cmdline",
                     "console=ttyAMA0", "restart", "never");
}

static json_t *bare_metal_profile(const char *name)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:i, s:s}", "name", name, "type", "VM_T_BARE_METAL",
                     "kernel", "/usr/share/shyper/hello.bin", "memory", "64M", "cpus", 1, "restart",
                     "never");
}

static int checked(const char *text)
{
    struct profile_errors errors = { 0 };
    struct profile profile;
    int ret = profile_parse(text, strlen(text), &profile, &errors);

    profile_free(&profile);
    if (ret < 0) {
        profile_errors_print(&errors, "getdefconfig", stderr);
    }
    return ret < 0 ? EXIT_FAILED : EXIT_OK;
}

int vm_getdefconfig(const struct request *r)
{
    bool is_linux = strcmp(r->operand, "linux") == 0;
    bool is_type = is_linux || strcmp(r->operand, "bare-metal") == 0;
    const char *name = is_type ? "vm1" : r->operand;
    json_t *profile = is_linux ? linux_profile(name) : bare_metal_profile(name);
    char *text = profile != NULL ? json_dumps(profile, JSON_INDENT(4)) : NULL;
    int status = text != NULL ? checked(text) : failed(EXIT_FAILED, "out of memory");

    json_decref(profile);
    if (status == EXIT_OK) {
        puts(text);
    }
    free(text);
    return status;
}
