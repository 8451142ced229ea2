/* SPDX-License-Identifier: Apache-2.0 */
/* page_alloc and page_free from the host's heap, so that ASan sees every overrun and use after free. */
#pragma once

#include "hypervisor/core/page.h"

/** The nth allocation from now on fails, once; 0: none does. */
void fake_page_fail(uint32_t nth);
/** What was set aside for the VM made last. */
uint32_t fake_page_reserved(void);
/** Pages given out and not freed. A test that tears everything down ends with 0. */
uint32_t fake_page_live(void);
