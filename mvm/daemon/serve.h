/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mvm/daemon/client.h"
#include "mvm/daemon/job.h"

/** Carry out the decoded request of a client that waits: it is answered, a job has it, or it goes on
 * waiting for its turn. */
void serve(struct client *c);

/** What a job came to: answer whose request it was. Frees it. */
void serve_done(struct job *job);
