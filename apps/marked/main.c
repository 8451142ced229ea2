/* SPDX-License-Identifier: Apache-2.0 */
/* Marks around a program, its output included. */
#include "../benches/bench.h"
#include <stdio.h>

#undef main
int program_main(int argc, char **argv);

int main(int argc, char **argv)
{
    int status;

    MARK(MARK_PROGRAM);
    status = program_main(argc, argv);
    fflush(NULL);
    MARK(MARK_PROGRAM);
    if (status == 0) MARK(MARK_END);
    return status;
}
