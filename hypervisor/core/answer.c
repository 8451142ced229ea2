/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/core/answer.h"
#include "hypervisor/core/vm.h"

int64_t answer_struct(struct vcpu *v, uint64_t ipa, uint64_t room, const void *what, uint32_t bytes,
                      uint64_t *value)
{
    uint64_t n = MIN(room, bytes);
    int err = guest_write(v->vm, IPA(ipa), what, n);

    if (err == 0) *value = n;
    return err;
}

uint32_t answer_room(uint64_t room)
{
    uint64_t head = sizeof(struct shyper_text);

    return room <= head ? 0 : (uint32_t)MIN(room - head, ANSWER_TEXT_MAX);
}

int64_t answer_text(struct vcpu *v, uint64_t ipa, uint64_t room, struct answer_text *t,
                    uint32_t bytes, uint64_t *value)
{
    if (room < sizeof(t->head)) return -EINVAL;
    t->head.bytes = bytes;
    t->head.lost = (uint32_t)MIN(t->lost, UINT32_MAX);
    return answer_struct(v, ipa, sizeof(t->head) + bytes, t, (uint32_t)sizeof(t->head) + bytes,
                         value);
}
