/* SPDX-License-Identifier: Apache-2.0 */
/* ELF-64 as in the generic ABI: the header leads to the program headers, which say where code is,
 * and to the section headers, one of which is the symbol table, whose sh_link names the strings.
 * Nothing in the file is believed before it is checked. */
#include "mvm/cli/symbols.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TABLE_BYTES_MAX (256u * 1024 * 1024)

#define SEGMENTS_MAX 8
#define NAME_BYTES_MAX 44         /* of a name shown, so that its offset still is */

struct symbols {
    struct {
        uint64_t first, last; /* linked addresses */
    } code[SEGMENTS_MAX];
    unsigned code_count;
    uint64_t base, load; /* the lowest linked address, and where that was loaded */
    Elf64_Sym *symbol;
    size_t count;
    char *names; /* ends with a zero of ours */
    size_t names_bytes;
};

static int file_read(int fd, uint64_t at, void *to, size_t bytes)
{
    ssize_t got = at <= INT64_MAX ? pread(fd, to, bytes, (off_t)at) : -1;

    return got >= 0 && (size_t)got == bytes ? 0 : -ENOEXEC;
}

/* A part of the file in new memory, with a zero behind it. */
static int part_read(int fd, const Elf64_Shdr *part, void *out)
{
    char *text;
    int ret;

    if (part->sh_size > TABLE_BYTES_MAX) {
        return -ENOEXEC;
    }
    text = malloc(part->sh_size + 1);
    if (text == NULL) {
        return -ENOMEM;
    }
    ret = file_read(fd, part->sh_offset, text, part->sh_size);
    if (ret < 0) {
        free(text);
        return ret;
    }
    text[part->sh_size] = 0;
    memcpy(out, &text, sizeof(text));
    return 0;
}

static int header_at(int fd, const Elf64_Ehdr *file, uint32_t index, Elf64_Shdr *out)
{
    uint64_t at;

    if (index >= file->e_shnum || !add_ok(&at, file->e_shoff, (uint64_t)index * sizeof(*out))) {
        return -ENOEXEC;
    }
    return file_read(fd, at, out, sizeof(*out));
}

static int segments_read(int fd, const Elf64_Ehdr *file, struct symbols *s)
{
    s->base = UINT64_MAX;
    for (uint32_t i = 0; i < file->e_phnum; i++) {
        Elf64_Phdr segment;
        uint64_t at, end;

        if (!add_ok(&at, file->e_phoff, (uint64_t)i * sizeof(segment)) ||
            file_read(fd, at, &segment, sizeof(segment)) < 0) {
            return -ENOEXEC;
        }
        if (segment.p_type != PT_LOAD || segment.p_memsz == 0) {
            continue;
        }
        if (!add_ok(&end, segment.p_vaddr, segment.p_memsz - 1)) {
            return -ENOEXEC;
        }
        s->base = MIN(s->base, segment.p_vaddr);
        if ((segment.p_flags & PF_X) != 0 && s->code_count < SEGMENTS_MAX) {
            s->code[s->code_count].first = segment.p_vaddr;
            s->code[s->code_count++].last = end;
        }
    }
    return 0;
}

static int tables_read(int fd, struct symbols *s)
{
    Elf64_Shdr table, names;
    Elf64_Ehdr file;
    int ret = file_read(fd, 0, &file, sizeof(file));

    if (ret < 0 || memcmp(file.e_ident, ELFMAG, SELFMAG) != 0 ||
        file.e_ident[EI_CLASS] != ELFCLASS64 || file.e_ident[EI_DATA] != ELFDATA2LSB ||
        (file.e_shnum != 0 && file.e_shentsize != sizeof(table)) ||
        (file.e_phnum != 0 && file.e_phentsize != sizeof(Elf64_Phdr)) ||
        segments_read(fd, &file, s) < 0) {
        return -ENOEXEC;
    }
    for (uint32_t i = 0; i < file.e_shnum; i++) {
        ret = header_at(fd, &file, i, &table);
        if (ret < 0) {
            return ret;
        }
        if (table.sh_type != SHT_SYMTAB) {
            continue;
        }
        ret = header_at(fd, &file, table.sh_link, &names);
        if (ret == 0) {
            ret = part_read(fd, &table, &s->symbol);
        }
        if (ret == 0) {
            ret = part_read(fd, &names, &s->names);
        }
        s->count = table.sh_size / sizeof(*s->symbol);
        s->names_bytes = names.sh_size;
        return ret;
    }
    return -ENOENT;
}

int symbols_open(const char *path, uint64_t load, struct symbols **out)
{
    struct symbols *s = calloc(1, sizeof(*s));
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), ret = -ENOMEM;

    if (fd < 0) {
        ret = -errno;
    } else if (s != NULL) {
        s->load = load;
        ret = tables_read(fd, s);
    }
    if (fd >= 0) {
        close(fd);
    }
    if (ret < 0) {
        symbols_close(s);
        return ret;
    }
    *out = s;
    return 0;
}

void symbols_close(struct symbols *s)
{
    if (s != NULL) {
        free(s->symbol);
        free(s->names);
    }
    free(s);
}

/* Labels of assembly have no type and often no size. "$x" and the like mark what is code. */
static bool is_code(const struct symbols *s, const Elf64_Sym *symbol)
{
    unsigned type = ELF64_ST_TYPE(symbol->st_info);

    return (type == STT_FUNC || type == STT_NOTYPE) && symbol->st_shndx != SHN_UNDEF &&
           symbol->st_shndx != SHN_ABS && symbol->st_name < s->names_bytes &&
           s->names[symbol->st_name] != 0 && s->names[symbol->st_name] != '$';
}

static bool in_code(const struct symbols *s, uint64_t address)
{
    for (unsigned i = 0; i < s->code_count; i++) {
        if (address >= s->code[i].first && address <= s->code[i].last) {
            return true;
        }
    }
    return false;
}

/* A name from somebody's file, for a terminal and for JSON. */
static void name_copy(const char *name, char *to, size_t size)
{
    snprintf(to, size, "%s", name);
    for (; *to != 0; to++) {
        *to = *to < ' ' || *to > '~' ? '?' : *to;
    }
}

bool symbols_find(const struct symbols *s, uint64_t address, char *to, size_t size)
{
    const Elf64_Sym *best = NULL;
    size_t length;

    if (!in_code(s, address)) {
        address += s->base - s->load;
    }
    if (!in_code(s, address)) {
        return false;
    }
    for (size_t i = 0; i < s->count; i++) {
        const Elf64_Sym *at = &s->symbol[i];

        if (at->st_value <= address &&
            (best == NULL || at->st_value > best->st_value ||
             (at->st_value == best->st_value && at->st_size > best->st_size)) &&
            is_code(s, at)) {
            best = at;
        }
    }
    if (best == NULL || (best->st_size != 0 && address - best->st_value >= best->st_size)) {
        return false;
    }
    name_copy(s->names + best->st_name, to, MIN(size, NAME_BYTES_MAX));
    length = strlen(to);
    snprintf(to + length, size - length, "+0x%" PRIx64, address - best->st_value);
    return true;
}
