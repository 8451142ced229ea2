/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <series.h>

double series_part(unsigned one, unsigned of)
{
    double sum = 0;

    for (unsigned i = one; i < SERIES_TERMS; i += of) sum += 4 * pow(-1, i) / (2 * i + 1);
    return sum;
}
