/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

extern int panic, sched_init, thread_create;

const char *kernel_of(int n);
