/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/libshyper/profile_parse.c mvm/libshyper/profile_devices.c
// sources: mvm/libshyper/profile_sched.c
// sources: mvm/libshyper/profile_json.c mvm/libshyper/profile_errors.c
// sources: mvm/libshyper/profile_layout.c mvm/libshyper/profile_blob.c mvm/libshyper/guest_dt.c
// sources: mvm/libshyper/fdt_out.c
// sources: mvm/libshyper/profile_files.c mvm/libshyper/number.c libfdt -ljansson
/* Kernels and ramdisks that are there, missing, of the wrong kind, or cut short. Real files in a
 * folder of the test's own. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/folder.h"
#include "tests/unit/mvm/libshyper/profile_try.h"

static char *path_in(const char *name)
{
    static char path[sizeof folder + 5000];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void file_write(const char *name, const void *data, size_t n)
{
    FILE *f = fopen(path_in(name), "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void put(uint8_t *at, uint64_t v, unsigned n)
{
    for (; n-- > 0; v >>= 8) { *at++ = (uint8_t)v; }
}

/* An Image of n bytes with a PE header whose only section ends at pe_end. */
static void image_write(const char *name, size_t n, uint64_t text_offset, uint64_t image_size,
                        uint64_t flags, uint64_t pe_end)
{
    uint8_t *image = calloc(1, n);

    assert_non_null(image);
    put(image + 8, text_offset, 8);
    put(image + 16, image_size, 8);
    put(image + 24, flags, 8);
    put(image + 56, 0x644d5241, 4);
    if (pe_end > 0) {
        put(image + 60, 64, 4);
        memcpy(image + 64, "PE\0\0", 4);
        put(image + 64 + 6, 1, 2);
        put(image + 64 + 20, 16, 2);
        put(image + 64 + 24 + 16 + 16, pe_end - 1024, 4);
        put(image + 64 + 24 + 16 + 20, 1024, 4);
    }
    file_write(name, image, n);
    free(image);
}

/* Parse JSON and look at its files. */
static int files(const char *json, struct profile *p, struct profile_errors *e)
{
    int err;

    *e = (struct profile_errors){ 0 };
    err = profile_parse(json, strlen(json), p, e);
    return err == 0 ? profile_files(p, folder, e) : err;
}

static void must_refuse(const char *json, const char *reason)
{
    struct profile_errors e;
    struct profile p;

    assert_true(files(json, &p, &e) < 0);
    if (strstr(e.at[0].reason, reason) == NULL) {
        profile_errors_print(&e, "got", stderr);
        fail_msg("wanted %s", reason);
    }
    profile_free(&p);
}

static void image_tells_its_memory(void **state)
{
    struct profile_errors e;
    struct profile p;

    (void)state;
    image_write("Image", 8192, 0x80000, 0x30000, 0xa, 8192);
    assert_int_equal(files("{\"name\": \"a\", \"kernel\": \"Image\"}", &p, &e), 0);
    assert_true(p.has_header);
    assert_int_equal(p.type, SHYPER_VM_TYPE_LINUX);
    assert_int_equal(p.text_offset, 0x80000);
    assert_int_equal(p.image_bytes, 0x30000);
    assert_int_equal(p.kernel.bytes, 8192);
    assert_string_equal(p.kernel.found, path_in("Image"));
    profile_free(&p);
}

static void file_larger_than_it_says_counts(void **state)
{
    struct profile_errors e;
    struct profile p;

    (void)state;
    image_write("Image", 8192, 0, 100, 0xa, 0);
    assert_int_equal(files("{\"name\": \"a\", \"kernel\": \"Image\"}", &p, &e), 0);
    assert_int_equal(p.image_bytes, 8192);
    profile_free(&p);
}

static void raw_file_is_bare_metal(void **state)
{
    struct profile_errors e;
    struct profile p;

    (void)state;
    file_write("raw.bin", "\0\0\0\x14", 4);
    assert_int_equal(files("{\"name\": \"a\", \"kernel\": \"raw.bin\"}", &p, &e), 0);
    assert_false(p.has_header);
    assert_int_equal(p.type, SHYPER_VM_TYPE_BARE_METAL);
    assert_int_equal(p.image_bytes, 4);
    profile_free(&p);
}

static void relative_names_count_from_here_first(void **state)
{
    struct profile_errors e;
    struct profile p;

    (void)state;
    file_write("raw.bin", "1234", 4);
    file_write("elsewhere.bin", "12345678", 8);
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(mkdir("below", 0700), 0);
    assert_int_equal(rename("raw.bin", "below/raw.bin"), 0);
    assert_int_equal(chdir("below"), 0);
    assert_int_equal(
        files("{\"name\": \"a\", \"kernel\": \"raw.bin\", \"ramdisk\": \"elsewhere.bin\"}", &p, &e),
        0);
    assert_string_equal(p.kernel.found, "raw.bin");
    assert_string_equal(p.ramdisk.found, path_in("elsewhere.bin"));
    assert_int_equal(p.ramdisk.bytes, 8);
    profile_free(&p);
    assert_int_equal(remove("raw.bin"), 0);
    assert_int_equal(chdir(".."), 0);
    assert_int_equal(rmdir("below"), 0);
}

static void names_of_any_length_are_told_whole(void **state)
{
    struct profile_errors e;
    struct profile p;
    char json[5000], *name = path_in("");

    (void)state;
    /* 4000 characters through ./././ are still one file. */
    while (strlen(name) < 4000) { strcat(name, "./"); }
    strcat(name, "raw.bin");
    (void)snprintf(json, sizeof json, "{\"name\": \"a\", \"kernel\": \"%s\"}", name);
    file_write("raw.bin", "1234", 4);
    assert_int_equal(files(json, &p, &e), 0);
    assert_int_equal(p.kernel.bytes, 4);
    profile_free(&p);
}

static void bad_kernels_are_refused_with_the_reason(void **state)
{
    (void)state;
    must_refuse("{\"name\": \"a\", \"kernel\": \"missing\"}",
                "kernel missing: No such file or directory; looked for here and in /tmp");
    must_refuse("{\"name\": \"a\", \"kernel\": \".\"}", "kernel . is no regular file");
    file_write("empty", "", 0);
    must_refuse("{\"name\": \"a\", \"kernel\": \"empty\"}", "is empty");
    file_write("elf", "\177ELF....", 8);
    must_refuse("{\"name\": \"a\", \"kernel\": \"elf\"}",
                "is an ELF file; make a flat one: objcopy -O binary");
    file_write("gz", "\x1f\x8b....", 6);
    must_refuse("{\"name\": \"a\", \"kernel\": \"gz\"}", "compressed by gzip; unpack it first");
    file_write("raw", "....", 4);
    must_refuse("{\"name\": \"a\", \"kernel\": \"raw\", \"type\": \"VM_T_LINUX\"}",
                "no arm64 Image header");
    image_write("be", 4096, 0, 4096, 1, 0);
    must_refuse("{\"name\": \"a\", \"kernel\": \"be\"}", "big-endian");
    image_write("wild", 4096, 0, UINT64_MAX, 0xa, 0);
    must_refuse("{\"name\": \"a\", \"kernel\": \"wild\"}", "damaged Image header");
    image_write("wild", 4096, UINT64_C(1) << 40, 4096, 0xa, 0);
    must_refuse("{\"name\": \"a\", \"kernel\": \"wild\"}", "damaged Image header");
    image_write("cut", 8192, 0, 16384, 0xa, 12000);
    must_refuse("{\"name\": \"a\", \"kernel\": \"cut\"}",
                "is cut short: 8192 of 12000 bytes are there; copy it again");
}

/* Write `own` into the field where Unishyper's images say how long they are. */
static void length_write(const char *name, uint64_t own)
{
    FILE *f = fopen(path_in(name), "r+b");
    uint8_t field[8];

    put(field, own, 8);
    assert_non_null(f);
    assert_int_equal(fseek(f, 48, SEEK_SET), 0);
    assert_int_equal(fwrite(field, 1, 8, f), 8);
    assert_int_equal(fclose(f), 0);
}

static void image_that_says_its_length_is_compared_with_it(void **state)
{
    static const char json[] = "{\"name\": \"a\", \"kernel\": \"uk\"}";
    struct profile_errors e;
    struct profile p;

    (void)state;
    image_write("uk", 4096, 0, 16384, 0xa, 0);
    length_write("uk", 4097);
    must_refuse(json, "is cut short: 4096 of 4097 bytes are there");
    length_write("uk", 4096);
    assert_int_equal(files(json, &p, &e), 0);
    profile_free(&p);
    length_write("uk", 16385); /* more than its memory: some other meaning */
    assert_int_equal(files(json, &p, &e), 0);
    profile_free(&p);
}

static void bad_ramdisks_are_refused(void **state)
{
    (void)state;
    file_write("raw.bin", "1234", 4);
    file_write("empty", "", 0);
    must_refuse("{\"name\": \"a\", \"kernel\": \"raw.bin\", \"ramdisk\": \"missing\"}",
                "ramdisk missing: No such file");
    must_refuse("{\"name\": \"a\", \"kernel\": \"raw.bin\", \"ramdisk\": \"empty\"}", "is empty");
}

static void whole_way_from_a_file(void **state)
{
    struct profile_errors e = { 0 };
    struct profile p;
    static const char json[] = "{\"name\": \"a\", \"kernel\": \"raw.bin\"}";

    (void)state;
    file_write("raw.bin", "1234", 4);
    file_write("a.json", json, sizeof json - 1);
    assert_int_equal(profile_load(path_in("a.json"), &p, &e), 0);
    assert_int_equal(p.load, 0x40000000);
    assert_int_equal(p.dtb, 0x40001000);
    profile_free(&p);
    assert_int_equal(profile_load(path_in("missing.json"), &p, &e), -2);
    assert_string_equal(e.at[0].reason, "No such file or directory");
    profile_free(&p);
}

/* Reading a pipe would wait, a device may do anything. */
static void what_is_no_regular_file_is_not_read(void **state)
{
    static const struct {
        const char *path, *reason;
    } cases[] = {
        { "/", "is a folder" },
        { "/dev/zero", "is a device" },
        { "/dev/null", "is a device" },
        { "", "is a pipe" },
        { "/proc/self/mem", "cannot be read" },
    };

    assert_int_equal(mkfifo(path_in("pipe"), 0600), 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct profile_errors e = { 0 };
        struct profile p;
        const char *path = cases[i].path[0] != 0 ? cases[i].path : path_in("pipe");

        assert_true(profile_load(path, &p, &e) < 0);
        assert_int_equal(e.count, 1);
        assert_non_null(strstr(e.at[0].reason, cases[i].reason));
        profile_free(&p);
    }
}

static void symbols_have_to_be_an_elf_file(void **state)
{
    struct profile_errors e;
    struct profile p;

    file_write("raw.bin", "1234", 4);
    file_write("short", "\177EL", 3);
    file_write("elf", "\177ELF and more", 13);
    assert_int_equal(files("{\"name\": \"a\", \"kernel\": \"raw.bin\", \"symbols\": \"elf\"}", &p,
                           &e),
                     0);
    assert_int_equal(p.symbols.bytes, 13);
    profile_free(&p);
    must_refuse("{\"name\": \"a\", \"kernel\": \"raw.bin\", \"symbols\": \"raw.bin\"}",
                "is no ELF file");
    must_refuse("{\"name\": \"a\", \"kernel\": \"raw.bin\", \"symbols\": \"short\"}",
                "is no ELF file");
    must_refuse("{\"name\": \"a\", \"kernel\": \"raw.bin\", \"symbols\": \"missing\"}",
                "symbols missing: No such file");
    must_refuse("{\"name\": \"a\", \"kernel\": \"raw.bin\", \"symbols\": \"/dev/zero\"}",
                "no regular file");
}

static void profile_of_a_mebibyte_is_taken(void **state)
{
    static const char json[] = "{\"name\": \"a\", \"kernel\": \"raw.bin\"}";
    struct profile_errors e = { 0 };
    size_t n = 1024 * 1024;
    struct profile p;
    char *text = malloc(n);

    assert_non_null(text);
    memset(text, ' ', n);
    memcpy(text + n - sizeof json + 1, json, sizeof json - 1);
    file_write("raw.bin", "1234", 4);
    file_write("large.json", text, n);
    free(text);
    assert_int_equal(profile_load(path_in("large.json"), &p, &e), 0);
    profile_free(&p);
}

static void profile_too_large_is_refused(void **state)
{
    struct profile_errors e = { 0 };
    size_t n = 1024 * 1024 + 1;
    struct profile p;
    char *text = malloc(n);

    (void)state;
    assert_non_null(text);
    memset(text, ' ', n);
    file_write("large.json", text, n);
    free(text);
    assert_int_equal(profile_load(path_in("large.json"), &p, &e), -22);
    assert_non_null(strstr(e.at[0].reason, "is larger than"));
    profile_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(image_tells_its_memory),
        cmocka_unit_test(file_larger_than_it_says_counts),
        cmocka_unit_test(raw_file_is_bare_metal),
        cmocka_unit_test(relative_names_count_from_here_first),
        cmocka_unit_test(names_of_any_length_are_told_whole),
        cmocka_unit_test(bad_kernels_are_refused_with_the_reason),
        cmocka_unit_test(image_that_says_its_length_is_compared_with_it),
        cmocka_unit_test(bad_ramdisks_are_refused),
        cmocka_unit_test(whole_way_from_a_file),
        cmocka_unit_test(what_is_no_regular_file_is_not_read),
        cmocka_unit_test(symbols_have_to_be_an_elf_file),
        cmocka_unit_test(profile_of_a_mebibyte_is_taken),
        cmocka_unit_test(profile_too_large_is_refused),
    };

    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
