/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of hypercalls into the caller's memory. */
#pragma once

#include "abi/vm.h"
#include "hypervisor/core/types.h"

#define ANSWER_TEXT_MAX 1024u

struct answer_text {
    struct shyper_text head;
    uint8_t text[ANSWER_TEXT_MAX];
    uint64_t lost;
};

/** Write as much of the structure as the caller has room for. *value: bytes written. */
int64_t answer_struct(struct vcpu *v, uint64_t ipa, uint64_t room, const void *what, uint32_t bytes,
                      uint64_t *value);

/** Bytes of text that fit an answer of `room` bytes. */
uint32_t answer_room(uint64_t room);

/** Write head and `bytes` of text; t->head.next and t->lost are set. */
int64_t answer_text(struct vcpu *v, uint64_t ipa, uint64_t room, struct answer_text *t,
                    uint32_t bytes, uint64_t *value);
