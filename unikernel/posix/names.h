/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "unikernel/posix/linux.h"

/** What of uname can be changed, with the feature fs. */
void uname_hosts(struct linux_utsname *u);
