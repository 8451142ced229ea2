/* SPDX-License-Identifier: Apache-2.0 */
/* Data that are larger than memory, of which little is used. */
#include <stdio.h>

#define SIZE (192UL << 20)

static volatile char data[SIZE];

int main(void)
{
    unsigned sum = 0;

    for (unsigned long at = 0; at < SIZE; at += SIZE / 16) data[at] = 1;
    data[SIZE - 1] = 1;
    for (unsigned long at = 0; at < SIZE; at += SIZE / 64) sum += (unsigned)data[at];
    printf("%u of 16, and the end\n", sum);
    return sum != 16 || data[SIZE - 1] != 1;
}
