/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "mvm/cli/cli.h"
#include "mvm/cli/symbols.h"
#include "mvm/libshyper/manage.h"
#include "mvm/libshyper/profile.h"

struct symbols *target_symbols(const struct target *t)
{
    struct profile_errors errors = { 0 };
    struct symbols *symbols = NULL;
    struct profile profile;
    struct shyper_kept kept;
    int ret;

    if (shyper_vm_kept(t->vm, &kept) < 0 || kept.profile[0] == 0) {
        return NULL;
    }
    if (profile_load(kept.profile, &profile, &errors) == 0 && profile.symbols.found != NULL) {
        ret = symbols_open(profile.symbols.found, profile.load, &symbols);
        if (ret < 0) {
            note("shyper: symbols: %s: %s", profile.symbols.found, strerror(-ret));
        }
    }
    profile_free(&profile);
    return symbols;
}
