/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a VM with a status. */
#include "abi/hcall.h"
#include "tests/guests/lib/guest.h"

void guest_main(void)
{
    print("leaving\n");
    hvc(SHYPER_HCALL_BASE | SHYPER_HCALL_INFO_EXIT, 3, 0, 0);
    report(false, "info_exit returned");
}
