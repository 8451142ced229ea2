/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include <sys/stat.h>
#include <unistd.h>

void run_in_folder(const struct test *t)
{
    if (mkdir("test", 0755) != 0 || chdir("test") != 0)
        checks_failed++;
    else
        t->run();
    if (chdir("/tmp") != 0 || rename("test", t->name) != 0) checks_failed++;
}
