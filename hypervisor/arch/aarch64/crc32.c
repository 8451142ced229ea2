/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32 by the CPU's own instructions, eight bytes each, where it has them (optional in ARMv8.0,
 * always from 8.1 on; all cores of the baseline have them). A management VM's kernel and ramdisk
 * are tens of megabytes and are checked at every boot: by table that would cost half as many
 * instructions as booting Linux itself. */
#include "hypervisor/core/arch.h"
#include "lib/crc32.h"

static bool has_crc_instructions(void)
{
    uint64_t isar0;

    __asm__("mrs %0, id_aa64isar0_el1" : "=r"(isar0));
    return FIELD(isar0, 19, 16) != 0;
}

static inline uint32_t add_byte(uint32_t crc, uint8_t v)
{
    __asm__(".arch_extension crc\n\tcrc32b %w0, %w0, %w1" : "+r"(crc) : "r"(v));
    return crc;
}

static inline uint32_t add_word(uint32_t crc, uint64_t v)
{
    __asm__(".arch_extension crc\n\tcrc32x %w0, %w0, %1" : "+r"(crc) : "r"(v));
    return crc;
}

/* 128 bytes; loads in pairs, which the compiler does not find between the other instructions. */
static inline uint32_t add_line(uint32_t crc, const uint64_t *word)
{
    uint64_t a, b;

    __asm__ volatile(".arch_extension crc\n"
            "ldp %1, %2, [%3]\n crc32x %w0, %w0, %1\n crc32x %w0, %w0, %2\n"
            "ldp %1, %2, [%3, #16]\n crc32x %w0, %w0, %1\n crc32x %w0, %w0, %2\n"
            "ldp %1, %2, [%3, #32]\n crc32x %w0, %w0, %1\n crc32x %w0, %w0, %2\n"
            "ldp %1, %2, [%3, #48]\n crc32x %w0, %w0, %1\n crc32x %w0, %w0, %2\n"
            "ldp %1, %2, [%3, #64]\n crc32x %w0, %w0, %1\n crc32x %w0, %w0, %2\n"
            "ldp %1, %2, [%3, #80]\n crc32x %w0, %w0, %1\n crc32x %w0, %w0, %2\n"
            "ldp %1, %2, [%3, #96]\n crc32x %w0, %w0, %1\n crc32x %w0, %w0, %2\n"
            "ldp %1, %2, [%3, #112]\n crc32x %w0, %w0, %1\n crc32x %w0, %w0, %2"
            : "+r"(crc), "=&r"(a), "=&r"(b) : "r"(word) : "memory");
    return crc;
}

uint32_t arch_crc32(uint32_t crc, const void *at, uint64_t len)
{
    const uint8_t *byte = at, *end = byte + len;
    const uint64_t *word, *lines_end;

    if (!has_crc_instructions()) return crc32(crc, at, len);
    crc = ~crc;
    while (byte < end && ((uintptr_t)byte & 7) != 0) crc = add_byte(crc, *byte++);
    word = (const void *)byte;
    lines_end = word + (size_t)(end - byte) / 128 * 16;
    for (; word < lines_end; word += 16) crc = add_line(crc, word);
    for (; (size_t)(end - (const uint8_t *)word) >= 8; word++) crc = add_word(crc, *word);
    for (byte = (const void *)word; byte < end; byte++) crc = add_byte(crc, *byte);
    return ~crc;
}
