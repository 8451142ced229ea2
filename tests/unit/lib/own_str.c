/* SPDX-License-Identifier: Apache-2.0 */
/* lib/str.c under names of its own, so that the sanitizers and the C library keep theirs. */
#define memcpy  own_memcpy
#define memmove own_memmove
#define memset  own_memset
#define memcmp  own_memcmp
#define memchr  own_memchr
#define strlen  own_strlen
#define strnlen own_strnlen
#define strcmp  own_strcmp
#define strncmp own_strncmp
#define strchr  own_strchr
#define strrchr own_strrchr

#include "tests/unit/lib/own_str.h"
#include "lib/str.c"
