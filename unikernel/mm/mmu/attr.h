/* SPDX-License-Identifier: Apache-2.0 */
/* Rights of a mapping or segment; R, W and X as SPACE_*. */
#pragma once

#define ATTR_W      2U
#define ATTR_X      4U
#define ATTR_DEVICE 8U
#define ATTR_APP    16U             /* segments only: belongs in the low half */
