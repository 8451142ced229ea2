/* SPDX-License-Identifier: Apache-2.0 */
/* Each function either asks the daemon, or takes the lock that the daemon would hold and does it. */
#include "mvm/libshyper/manage.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mvm/libshyper/make.h"
#include "mvm/libshyper/remote.h"
#include "mvm/libshyper/shyper.h"
#include "mvm/libshyper/wire.h"

#define LOCK_WAIT_MS 10000

/* Nothing may end us half-way; a signal that came is taken at leave(). */
struct alone {
    int lock;
    sigset_t before;
};

printf_like(1, 2)
static void say_nothing(const char *format, ...) { (void)format; }

static int enter(int sys, struct alone *a)
{
    sigset_t all;

    a->lock = kept_lock(LOCK_WAIT_MS);
    if (a->lock < 0) {
        message_set(a->lock == -EBUSY ? "another shyper command or the daemon is at work in %s"
                                      : "cannot work in %s",
                    kept_folder);
        return a->lock;
    }
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &a->before);
    make_recover(sys, say_nothing);
    return 0;
}

static int leave(struct alone *a, int ret, const char *why)
{
    message_set("%s", ret < 0 ? why : "");
    close(a->lock);
    sigprocmask(SIG_SETMASK, &a->before, NULL);
    return ret;
}

static json_t *config_request(const struct shyper_config *c)
{
    json_t *images = json_array();

    for (unsigned i = 0; i < c->count; i++) {
        json_t *image = json_pack("{s:I, s:I}", "ipa", (json_int_t)c->image[i].ipa, "bytes",
                                  (json_int_t)c->image[i].bytes);

        if (json_array_append_new(images, image) != 0) {
            json_decref(images);
            return NULL;
        }
    }
    return json_pack("{s:s, s:s, s:o, s:o}", "op", "config", "name", c->name, "profile",
                     wire_from_text(c->profile, strlen(c->profile)), "images", images);
}

static int config_remote(int sys, const struct shyper_config *c, uint32_t *id)
{
    int fds[1 + SHYPER_LOADS_MAX] = { c->blob };
    json_t *answer;
    int ret;

    for (unsigned i = 0; i < c->count; i++) { fds[1 + i] = c->image[i].fd; }
    ret = remote_call(sys, config_request(c), fds, 1 + c->count, &answer);
    if (ret < 0) { return ret; }
    *id = (uint32_t)json_integer_value(json_object_get(answer, "value"));
    json_decref(answer);
    return 0;
}

int shyper_vm_config(int sys, const struct shyper_config *config, uint32_t *id)
{
    char why[WHY_BYTES] = "";
    struct alone a;
    int ret;

    if (remote_is(sys)) { return config_remote(sys, config, id); }
    ret = enter(sys, &a);
    return ret < 0 ? ret : leave(&a, make_vm(sys, config, id, why), why);
}

/* make_* on a VM handle; what is left of others is none of this call's business. */
static int direct(int vm, int (*make)(int vm, char why[WHY_BYTES]))
{
    char why[WHY_BYTES] = "";
    struct alone a;
    int sys = shyper_open_device(), ret = sys < 0 ? sys : enter(sys, &a);

    if (ret == 0) { ret = leave(&a, make(vm, why), why); }
    if (sys >= 0) { close(sys); }
    return ret;
}

int shyper_vm_start(int vm)
{
    return remote_is(vm) ? remote_plain(vm, "start") : direct(vm, make_start);
}

int shyper_vm_drop(int vm)
{
    return remote_is(vm) ? remote_plain(vm, "remove") : direct(vm, make_drop);
}

static int delconfig_direct(int vm, char why[WHY_BYTES])
{
    bool removed;
    int ret = make_delconfig(vm, &removed, why);

    return ret < 0 ? ret : removed;
}

int shyper_vm_delconfig(int vm, bool *removed)
{
    int ret = remote_is(vm) ? remote_plain(vm, "delconfig") : direct(vm, delconfig_direct);

    if (ret >= 0) { *removed = ret != 0; }
    return MIN(ret, 0);
}

int shyper_vm_kept(int vm, struct shyper_kept *out)
{
    struct shyper_vm_info info;
    struct kept *k;
    int ret;

    message_set("%s", "");
    if (remote_is(vm)) { return remote_struct(vm, "kept", out); }
    ret = shyper_vm_info(vm, &info);
    if (ret < 0) { return ret; }
    k = kept_read(info.id, info.name);
    *out = (struct shyper_kept){ .restart_in_ms = SHYPER_NO_RESTART };
    out->images = kept_state(k, &out->copied_bytes);
    if (k != NULL) { memcpy(out->profile, k->profile, sizeof out->profile); }
    free(k);
    return 0;
}

int shyper_daemon_status(int sys, struct shyper_daemon_status *out)
{
    message_set("%s", "");
    return remote_is(sys) ? remote_struct(sys, "status", out) : -ENOTCONN;
}
