/* SPDX-License-Identifier: Apache-2.0 */
/* vm_create in bounded pieces. The caller repeats the call while it says EAGAIN; in between the VM is
 * in nobody's sight. The blob is copied once, then decoded, then the VM is made. What fails, or is
 * given up by a call for another blob, is undone in pieces before anything else is begun. One
 * creation at a time; vms_lock is held throughout each piece. */
#include "hypervisor/core/create.h"
#include "hypervisor/core/hcalls.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/page.h"
#include "hypervisor/core/profile.h"
#include "hypervisor/core/vm_make.h"

#define READ_STEP 2048u

struct scratch {
    uint8_t blob[SHYPER_PROFILE_BYTES_MAX] aligned_to(8);
    struct profile_decoder decoder;
    struct vm_config config;
};
#define SCRATCH_PAGES ((uint32_t)((sizeof(struct scratch) + PAGE_SIZE - 1) / PAGE_SIZE))

static struct {
    enum { IDLE, READING, DECODING, MAKING, UNDOING } stage;
    uint32_t life;                  /* of the caller, which may be started anew meanwhile */
    uint64_t ipa;                   /* the blob of the call that began it */
    uint32_t bytes, read;
    struct scratch *scratch;        /* while reading and decoding */
    struct vm *vm;                  /* while making */
    int err;                        /* while undoing: what the caller will be told */
} job;

static int begin(const struct vm *caller, uint64_t ipa, uint32_t bytes)
{
    struct scratch *s = page_alloc(PAGE_HYP, PAGE_NO_VM, SCRATCH_PAGES);

    if (s == NULL) return -ENOMEM;
    job.stage = READING;
    job.life = caller->restarts;
    job.ipa = ipa;
    job.bytes = bytes;
    job.read = 0;
    job.scratch = s;
    return -EAGAIN;
}

static int read_some(struct vm *caller, const char **why)
{
    uint32_t n = MIN(job.bytes - job.read, READ_STEP);
    int err = guest_read(caller, IPA(job.ipa + job.read), job.scratch->blob + job.read, n);

    *why = "the blob is not in the caller's memory";
    job.read += n;
    if (err != 0 || job.read < job.bytes) return err;
    job.stage = DECODING;
    return profile_decode_begin(&job.scratch->decoder, job.scratch->blob, job.bytes,
                                &job.scratch->config, why);
}

static int decode_some(const char **why)
{
    struct vm_config *c = &job.scratch->config;
    int err = profile_decode_some(&job.scratch->decoder, why);

    if (err != 0) return err;
    *why = "profile: /: type: the management VM comes from the bundle";
    if (c->type == SHYPER_VM_TYPE_MVM) return -EINVAL;
    c->cmdline = ""; /* these point into the blob */
    c->kernel = c->ramdisk = NULL;
    c->dtb_gic[0] = c->dtb_gic[1] = NULL;
    err = vm_make_begin(c, false, &job.vm, why);
    if (err != 0) return err;
    page_free(job.scratch, SCRATCH_PAGES);
    job.scratch = NULL;
    job.stage = MAKING;
    return -EAGAIN;
}

bool create_undo_some(void)
{
    if (job.stage == IDLE) return false;
    job.stage = UNDOING;
    if (job.scratch != NULL) page_free(job.scratch, SCRATCH_PAGES);
    job.scratch = NULL;
    if (job.vm != NULL && !vm_release_some(job.vm)) return true;
    job.vm = NULL;
    job.stage = IDLE;
    return false;
}

/* -EAGAIN, or the end: 0 and the VM's id, or an error with everything undone. */
static int step(struct vcpu *v, uint64_t *value)
{
    const char *why = "";
    int err = 0;

    switch (job.stage) {
    case IDLE:
        break;
    case READING:
        err = read_some(v->vm, &why);
        break;
    case DECODING:
        err = decode_some(&why);
        break;
    case MAKING:
        err = vm_make_some(job.vm, &why);
        if (err != 0) break;
        *value = job.vm->id;
        log_debug(job.vm, "is made: id %u, %u vCPUs", job.vm->id, job.vm->vcpu_count);
        job.vm = NULL;
        job.stage = IDLE;
        mvm_notify(SHYPER_EVENT_STATE);
        return 0;
    case UNDOING:
        return create_undo_some() ? -EAGAIN : job.err;
    }
    if (err == 0 || err == -EAGAIN) return -EAGAIN;
    log_warn("vm", "profile refused: %s", why);
    job.err = err;
    job.stage = UNDOING;
    return -EAGAIN;
}

int64_t hcall_vm_create(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    uint32_t bytes = (uint32_t)arg[1];
    spin_guard(&vms_lock);

    if (bytes == 0 || bytes > SHYPER_PROFILE_BYTES_MAX) return -EINVAL;
    if (job.stage == IDLE) return begin(v->vm, arg[0], bytes);
    if (job.ipa == arg[0] && job.bytes == bytes && job.life == v->vm->restarts)
        return step(v, value);
    job.err = -EAGAIN;          /* should it be called for again, that begins anew */
    create_undo_some();
    return -EAGAIN;
}
