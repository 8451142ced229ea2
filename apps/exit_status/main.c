/* SPDX-License-Identifier: Apache-2.0 */
/* Ends with the status given as first boot argument. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s STATUS\n", argv[0]);
        return 2;
    }
    return (int)strtol(argv[1], NULL, 0);
}
