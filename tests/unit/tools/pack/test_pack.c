/* SPDX-License-Identifier: Apache-2.0 */
// sources: tools/pack/cpio.c tools/pack/pack.c tools/pack/list.c tools/pack/file.c lib/cpio.c lib/crc32.c
// sources: mvm/libshyper/profile_parse.c mvm/libshyper/profile_devices.c
// sources: mvm/libshyper/profile_sched.c
// sources: mvm/libshyper/profile_json.c mvm/libshyper/profile_errors.c
// sources: mvm/libshyper/profile_layout.c mvm/libshyper/profile_blob.c mvm/libshyper/guest_dt.c
// sources: mvm/libshyper/fdt_out.c
// sources: mvm/libshyper/profile_files.c mvm/libshyper/number.c
// sources: tests/unit/hypervisor/fake/fake_crc32.c hypervisor/core/bundle.c
// sources: hypervisor/core/profile.c lib/fdt_cursor.c libfdt -ljansson
/* Bundles as pack writes them, read back by the hypervisor's own reader and by pack --list; then
 * with every byte damaged. */
#define _GNU_SOURCE /* memmem */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "hypervisor/core/bundle.h"
#include "hypervisor/core/vm.h"
#include "lib/crc32.h"
#include "tests/unit/folder.h"
#include "tools/pack/file.h"
#include "tools/pack/pack.h"


static const char *path_in(const char *name)
{
    static char path[4][64];
    static unsigned turn;
    char *to = path[turn++ % 4];

    (void)snprintf(to, sizeof path[0], "%s/%s", folder, name);
    return to;
}

static void file_write(const char *name, size_t n, char c)
{
    FILE *f = fopen(path_in(name), "wb");

    assert_non_null(f);
    for (size_t i = 0; i < n; i++) { assert_true(fputc(c, f) != EOF); }
    assert_int_equal(fclose(f), 0);
}

/* Add a VM with a raw kernel of n bytes. */
static int vm_add(struct pack *b, const char *name, size_t n, bool ramdisk)
{
    struct profile_errors e = { 0 };
    struct profile p;
    char json[256];
    int err;

    file_write("kernel", n, name[0]);
    file_write("ramdisk", 777, 'r');
    (void)snprintf(json, sizeof json, "{\"name\": \"%s\", \"kernel\": \"kernel\"%s}", name,
                   ramdisk ? ", \"ramdisk\": \"ramdisk\"" : "");
    assert_int_equal(profile_parse(json, strlen(json), &p, &e), 0);
    assert_int_equal(profile_files(&p, folder, &e), 0);
    assert_int_equal(profile_layout(&p, &e), 0);
    err = pack_add(b, &p, &e);
    profile_free(&p);
    return err;
}

static void pack_two(const char *to, struct pack *b)
{
    struct profile_errors e = { 0 };

    *b = (struct pack){ .pool_bytes = 64 * MIB };
    assert_int_equal(vm_add(b, "one", 5001, false), 0);
    assert_int_equal(vm_add(b, "two", 4096, true), 0);
    assert_int_equal(pack_write(b, path_in(to), &e), 0);
}

static void hypervisor_reads_what_pack_writes(void **state)
{
    static const char *const names[] = { "vm/one.dtb", "vm/one/kernel", "vm/two.dtb",
                                         "vm/two/kernel", "vm/two/ramdisk" };
    struct bundle read = { 0 };
    const char *why = "";
    struct pack b;
    uint8_t *archive;
    void *data;
    size_t bytes;

    (void)state;
    pack_two("bundle", &b);
    assert_int_equal(file_read(path_in("bundle"), &data, &bytes), 0);
    archive = data;
    if (bundle_open(&read, archive, bytes, &why) < 0) { fail_msg("refused: %s", why); }
    assert_int_equal(read.pool_bytes, 64 * MIB);
    assert_int_equal(read.vm_count, 2);
    assert_null(read.mvm);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct bundle_member *m = bundle_find(&read, names[i]);

        assert_non_null(m);
        assert_int_equal(m->bytes, b.member[i].bytes);
        assert_memory_equal(m->data, b.member[i].data, m->bytes);
        assert_int_equal(m->crc, crc32(0, m->data, m->bytes));
        if (strstr(names[i], ".dtb") == NULL) {
            assert_int_equal((size_t)((const uint8_t *)m->data - archive) % SHYPER_BUNDLE_ALIGN, 0);
        }
    }
    free(data);
    pack_free(&b);
}

static void blobs_of_the_bundle_name_its_members(void **state)
{
    struct bundle read = { 0 };
    struct vm_config c = { 0 };
    const char *why = "";
    void *data, *blob;
    struct pack b;
    size_t bytes;

    (void)state;
    pack_two("bundle", &b);
    assert_int_equal(file_read(path_in("bundle"), &data, &bytes), 0);
    assert_int_equal(bundle_open(&read, data, bytes, &why), 0);
    blob = malloc(read.vm[1]->bytes);
    assert_non_null(blob);
    memcpy(blob, read.vm[1]->data, read.vm[1]->bytes);
    assert_int_equal(profile_decode(blob, read.vm[1]->bytes, &c, &why), 0);
    assert_string_equal(c.name, "two");
    assert_non_null(bundle_find(&read, c.kernel));
    assert_non_null(bundle_find(&read, c.ramdisk));
    free(blob);
    free(data);
    pack_free(&b);
}

static void same_input_makes_the_same_bytes(void **state)
{
    struct pack a, b;
    void *one, *two;
    size_t bytes_one, bytes_two;

    (void)state;
    pack_two("bundle", &a);
    pack_two("bundle2", &b);
    assert_int_equal(file_read(path_in("bundle"), &one, &bytes_one), 0);
    assert_int_equal(file_read(path_in("bundle2"), &two, &bytes_two), 0);
    assert_int_equal(bytes_one, bytes_two);
    assert_memory_equal(one, two, bytes_one);
    free(one);
    free(two);
    pack_free(&a);
    pack_free(&b);
}

/* Whatever the kernel's size, the next member begins where it has to. */
static void every_size_keeps_the_alignment(void **state)
{
    (void)state;
    for (size_t n = 3700; n < 4300; n += 7) {
        struct profile_errors e = { 0 };
        struct bundle read = { 0 };
        struct pack b = { 0 };
        const struct bundle_member *m;
        const char *why = "";
        void *data;
        size_t bytes;

        assert_int_equal(vm_add(&b, "a", n, true), 0);
        assert_int_equal(pack_write(&b, path_in("bundle"), &e), 0);
        assert_int_equal(file_read(path_in("bundle"), &data, &bytes), 0);
        if (bundle_open(&read, data, bytes, &why) < 0) { fail_msg("size %zu refused: %s", n, why); }
        m = bundle_find(&read, "vm/a/ramdisk");
        assert_non_null(m);
        assert_int_equal((size_t)((const uint8_t *)m->data - (uint8_t *)data) % SHYPER_BUNDLE_ALIGN,
                         0);
        free(data);
        pack_free(&b);
    }
}

/* What pack --list says of a file, without the table it prints. */
static int list(const char *name, struct profile_errors *e)
{
    int out = dup(STDOUT_FILENO), err;

    (void)fflush(stdout);
    assert_non_null(freopen("/dev/null", "w", stdout));
    err = pack_list(path_in(name), e);
    (void)fflush(stdout);
    assert_int_equal(dup2(out, STDOUT_FILENO), STDOUT_FILENO);
    (void)close(out);
    return err;
}

static void list_finds_any_damaged_byte_of_a_member(void **state)
{
    struct profile_errors e = { 0 };
    struct pack b;
    uint8_t *at;
    void *data;
    size_t bytes;

    (void)state;
    pack_two("bundle", &b);
    assert_int_equal(list("bundle", &e), 0);
    assert_int_equal(file_read(path_in("bundle"), &data, &bytes), 0);
    at = data;
    for (size_t i = 0; i < b.member_count; i++) {
        uint8_t *found = memmem(at, bytes, b.member[i].data, b.member[i].bytes);
        FILE *f;

        assert_non_null(found);
        found[b.member[i].bytes / 2] ^= 1;
        f = fopen(path_in("bad"), "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(at, 1, bytes, f), bytes);
        assert_int_equal(fclose(f), 0);
        e = (struct profile_errors){ 0 };
        assert_int_equal(list("bad", &e), -22);
        assert_string_equal(e.at[0].path, b.member[i].name);
        assert_string_equal(e.at[0].reason, "its CRC is DAMAGED");
        found[b.member[i].bytes / 2] ^= 1;
    }
    free(data);
    pack_free(&b);
}

static void list_refuses_what_is_no_bundle(void **state)
{
    static const struct {
        size_t bytes;
        char fill;
        const char *reason;
    } files[] = {
        { 0, ' ', "no cpio entry" },
        { 109, '0', "no cpio entry" },
        { 5000, '0', "no cpio entry" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct profile_errors e = { 0 };

        file_write("no", files[i].bytes, files[i].fill);
        assert_int_equal(list("no", &e), -22);
        assert_non_null(strstr(e.at[0].reason, files[i].reason));
    }
    for (int cut = 1; cut < 400; cut += 13) {
        struct profile_errors e = { 0 };
        struct pack b;

        pack_two("cut", &b);
        assert_int_equal(truncate(path_in("cut"), cut), 0);
        assert_int_equal(list("cut", &e), -22);
        pack_free(&b);
    }
}

static void names_are_unique_and_not_the_mvms(void **state)
{
    struct pack b = { 0 };

    (void)state;
    assert_int_equal(vm_add(&b, "a", 8, false), 0);
    assert_int_equal(vm_add(&b, "a", 8, false), -22);
    assert_int_equal(vm_add(&b, "mvm", 8, false), -22);
    pack_free(&b);
}

static void sixteen_vms_fit_and_one_more_is_refused(void **state)
{
    struct profile_errors e = { 0 };
    struct bundle read = { 0 };
    struct pack b = { 0 };
    const char *why = "";
    void *data;
    size_t bytes;

    (void)state;
    for (unsigned i = 0; i <= SHYPER_BUNDLE_VM_MAX; i++) {
        char name[32];

        (void)snprintf(name, sizeof name, "a-name-of-thirty-one-letters-%02u", i);
        assert_int_equal(vm_add(&b, name, 8, true), i < SHYPER_BUNDLE_VM_MAX ? 0 : -22);
    }
    assert_int_equal(pack_write(&b, path_in("bundle"), &e), 0);
    assert_int_equal(file_read(path_in("bundle"), &data, &bytes), 0);
    if (bundle_open(&read, data, bytes, &why) < 0) { fail_msg("refused: %s", why); }
    assert_int_equal(read.vm_count, SHYPER_BUNDLE_VM_MAX);
    free(data);
    pack_free(&b);
}

static void failed_write_leaves_nothing(void **state)
{
    struct profile_errors e = { 0 };
    struct pack b = { 0 };

    (void)state;
    assert_int_equal(vm_add(&b, "a", 8, false), 0);
    assert_int_equal(pack_write(&b, path_in("missing/bundle"), &e), -2);
    assert_non_null(strstr(e.at[0].reason, "cannot be written: No such file"));
    pack_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hypervisor_reads_what_pack_writes),
        cmocka_unit_test(blobs_of_the_bundle_name_its_members),
        cmocka_unit_test(same_input_makes_the_same_bytes),
        cmocka_unit_test(every_size_keeps_the_alignment),
        cmocka_unit_test(names_are_unique_and_not_the_mvms),
        cmocka_unit_test(sixteen_vms_fit_and_one_more_is_refused),
        cmocka_unit_test(failed_write_leaves_nothing),
        cmocka_unit_test(list_refuses_what_is_no_bundle),
        cmocka_unit_test(list_finds_any_damaged_byte_of_a_member),
    };

    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
