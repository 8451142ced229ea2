/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/cli/symbols.c
/* Names from a small ELF file, and files that only look like one. */
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "mvm/cli/symbols.h"

#define COUNT 8
#define LOAD  0x40000000

/* Header, segments (data, code), section headers (none, symbols, strings), symbols, strings: all
 * there is. */
static struct {
    Elf64_Ehdr file;
    Elf64_Phdr segment[2];
    Elf64_Shdr section[3];
    Elf64_Sym symbol[COUNT];
    char names[64];
} elf;

static char path[] = "/tmp/test_symbols.XXXXXX";

static int fresh(void **state)
{
    static const char names[] = "\0start\0serve\0data\0$x\0far\0label";
    static const Elf64_Sym symbols[COUNT] = {
        { 0 },
        { .st_name = 7, .st_info = STT_FUNC, .st_shndx = 1, .st_value = 0x1040, .st_size = 0x40 },
        { .st_name = 1, .st_info = STT_FUNC, .st_shndx = 1, .st_value = 0x1000, .st_size = 0x40 },
        { .st_name = 13, .st_info = STT_OBJECT, .st_shndx = 2, .st_value = 0x1010, .st_size = 8 },
        { .st_name = 18, .st_info = STT_NOTYPE, .st_shndx = 1, .st_value = 0x1020 },
        { .st_name = 21, .st_info = STT_FUNC, .st_shndx = SHN_UNDEF, .st_value = 0x1030 },
        { .st_name = 25, .st_info = STT_NOTYPE, .st_shndx = 1, .st_value = 0x2000 },
        { .st_name = 9999, .st_info = STT_FUNC, .st_shndx = 1, .st_value = 0x1050, .st_size = 8 },
    };

    memset(&elf, 0, sizeof(elf));
    memcpy(elf.file.e_ident, ELFMAG, SELFMAG);
    elf.file.e_ident[EI_CLASS] = ELFCLASS64;
    elf.file.e_ident[EI_DATA] = ELFDATA2LSB;
    elf.file.e_shoff = offsetof(__typeof__(elf), section);
    elf.file.e_phoff = offsetof(__typeof__(elf), segment);
    elf.file.e_phentsize = sizeof(Elf64_Phdr);
    elf.file.e_phnum = 2;
    elf.segment[0] =
        (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R, .p_vaddr = 0x800, .p_memsz = 0x10 };
    elf.segment[1] =
        (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_X, .p_vaddr = 0xf00, .p_memsz = 0x2000 };
    elf.file.e_shentsize = sizeof(Elf64_Shdr);
    elf.file.e_shnum = 3;
    elf.section[1] = (Elf64_Shdr){ .sh_type = SHT_SYMTAB,
                                   .sh_link = 2,
                                   .sh_offset = offsetof(__typeof__(elf), symbol),
                                   .sh_size = sizeof(elf.symbol) };
    elf.section[2] = (Elf64_Shdr){ .sh_type = SHT_STRTAB,
                                   .sh_offset = offsetof(__typeof__(elf), names),
                                   .sh_size = sizeof(names) };
    memcpy(elf.symbol, symbols, sizeof(symbols));
    memcpy(elf.names, names, sizeof(names));
    return 0;
}

static int opened(size_t bytes, struct symbols **s)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(&elf, 1, bytes, file), bytes);
    fclose(file);
    return symbols_open(path, LOAD, s);
}

static void is_named(const struct symbols *s, uint64_t address, const char *expected)
{
    char name[64] = "none";

    assert_int_equal(symbols_find(s, address, name, sizeof(name)), strcmp(expected, "none") != 0);
    assert_string_equal(name, expected);
}

static void an_address_belongs_to_the_function_around_it(void **state)
{
    struct symbols *s;

    assert_int_equal(opened(sizeof(elf), &s), 0);
    is_named(s, 0xfff, "none");
    is_named(s, 0x1000, "start+0x0");
    is_named(s, 0x1030, "start+0x30"); /* not data, not a mark, not undefined */
    is_named(s, 0x103f, "start+0x3f");
    is_named(s, 0x1054, "serve+0x14"); /* not the one whose name is outside */
    is_named(s, 0x1080, "none");       /* behind the end of serve */
    is_named(s, 0x2010, "label+0x10");
    is_named(s, 0x2eff, "label+0xeff");
    is_named(s, 0x2f00, "none"); /* behind the code */
    is_named(s, 0x805, "none");
    is_named(s, UINT64_MAX, "none");
    is_named(s, LOAD + 0x1030 - 0x800, "start+0x30");
    is_named(s, LOAD, "none");
    symbols_close(s);
}

static void a_name_can_be_shown_whatever_it_is(void **state)
{
    struct symbols *s;
    char name[64];

    memcpy(elf.names + 1, "\x1b[2J\xff", 5);
    assert_int_equal(opened(sizeof(elf), &s), 0);
    assert_true(symbols_find(s, 0x1004, name, sizeof(name)));
    assert_string_equal(name, "?[2J?+0x4");
    symbols_close(s);
    fresh(state);
    memset(elf.names + 1, 'n', sizeof(elf.names) - 2);
    elf.section[2].sh_size = sizeof(elf.names);
    assert_int_equal(opened(sizeof(elf), &s), 0);
    assert_true(symbols_find(s, 0x1004, name, sizeof(name)));
    assert_string_equal(name, "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn+0x4");
    symbols_close(s);
}

static void every_damage_is_refused(void **state)
{
    struct symbols *s;

    for (size_t bytes = 0; bytes < offsetof(__typeof__(elf), names) + elf.section[2].sh_size;
         bytes++) {
        assert_int_equal(opened(bytes, &s), -ENOEXEC);
    }
    elf.file.e_ident[EI_CLASS] = ELFCLASS32;
    assert_int_equal(opened(sizeof(elf), &s), -ENOEXEC);
    fresh(state);
    elf.file.e_ident[0] = 'E';
    assert_int_equal(opened(sizeof(elf), &s), -ENOEXEC);
    fresh(state);
    elf.file.e_shoff = UINT64_MAX - 8;
    assert_int_equal(opened(sizeof(elf), &s), -ENOEXEC);
    fresh(state);
    elf.file.e_shentsize = 40;
    assert_int_equal(opened(sizeof(elf), &s), -ENOEXEC);
    fresh(state);
    elf.file.e_phoff = UINT64_MAX;
    assert_int_equal(opened(sizeof(elf), &s), -ENOEXEC);
    fresh(state);
    elf.file.e_phentsize--;
    assert_int_equal(opened(sizeof(elf), &s), -ENOEXEC);
    fresh(state);
    elf.segment[1].p_memsz = UINT64_MAX;
    assert_int_equal(opened(sizeof(elf), &s), -ENOEXEC);
    fresh(state);
    elf.section[1].sh_link = 3;
    assert_int_equal(opened(sizeof(elf), &s), -ENOEXEC);
    fresh(state);
    elf.section[1].sh_size = UINT64_MAX;
    assert_int_equal(opened(sizeof(elf), &s), -ENOEXEC);
    fresh(state);
    elf.section[2].sh_offset = INT64_MAX;
    assert_int_equal(opened(sizeof(elf), &s), -ENOEXEC);
}

static void a_file_without_symbols_says_so(void **state)
{
    struct symbols *s;

    elf.section[1].sh_type = SHT_PROGBITS;
    assert_int_equal(opened(sizeof(elf), &s), -ENOENT);
    assert_int_equal(symbols_open("/nowhere/at/all", 0, &s), -ENOENT);
    assert_int_equal(symbols_open("/tmp", 0, &s), -ENOEXEC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_address_belongs_to_the_function_around_it, fresh),
        cmocka_unit_test_setup(a_name_can_be_shown_whatever_it_is, fresh),
        cmocka_unit_test_setup(every_damage_is_refused, fresh),
        cmocka_unit_test_setup(a_file_without_symbols_says_so, fresh),
    };
    int fd = mkstemp(path), ret;

    if (fd < 0) {
        perror(path);
        return 1;
    }
    close(fd);
    ret = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return ret;
}
