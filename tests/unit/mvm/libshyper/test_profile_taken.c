/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/libshyper/profile_parse.c mvm/libshyper/profile_devices.c
// sources: mvm/libshyper/profile_sched.c
// sources: mvm/libshyper/profile_json.c mvm/libshyper/profile_errors.c
// sources: mvm/libshyper/profile_layout.c mvm/libshyper/profile_blob.c mvm/libshyper/guest_dt.c
// sources: mvm/libshyper/fdt_out.c
// sources: mvm/libshyper/number.c hypervisor/core/profile.c lib/fdt_cursor.c libfdt -ljansson
/* The two ends of the blob against each other: what the compiler makes, the hypervisor's decoder
 * takes, with every field as it was meant. Each profile goes both ways, for the CLI and for the
 * bundle. */
#include <stdlib.h>

#include "hypervisor/core/vm.h"
#include "tests/unit/mvm/libshyper/profile_try.h"
#include "tests/unit/mvm/libshyper/template.h"

#define X4(x)     x x x x
#define X15(x)    X4(x) X4(x) X4(x) x x x
#define X63(x)    X15(x) X15(x) X15(x) X15(x) x x x
#define X127(x)   X63(x) X63(x) x
#define LIST(group, list) ", \"" group "\": {\"" list "\": ["
#define GICD "{\"type\": \"EMU_DEVICE_T_GICD\", \"base_ipa\": \"0x8000000\", \"length\": \"0x10000\"}"
#define SHORT(x) "{\"name\": \"a\", \"kernel\": \"k\"" x "}"

static const struct {
    const char *name, *json;
} profiles[] = {
    { "template", TEMPLATE },
    { "shortest", SHORT("") },
    { "with a ramdisk", SHORT(", \"ramdisk\": \"r\"") },
    { "eight CPUs", SHORT(", \"cpus\": 8") },
    { "CPUs by bitmap", SHORT(", \"cpus\": 2, \"cpu_bitmap\": \"0b1010\"") },
    { "a weight", SHORT(", \"weight\": 10000") },
    { "realtime", SHORT(", \"class\": \"realtime\", \"priority\": 31, \"budget_us\": 900000, "
                        "\"period_us\": 1000000") },
    { "realtime in the group", SHORT(", \"cpu\": {\"class\": \"realtime\", \"priority\": 0, "
                                     "\"budget_us\": 1, \"period_us\": 100}") },
    { "exclusive", SHORT(", \"class\": \"exclusive\"") },
    { "bare metal", SHORT(", \"type\": \"VM_T_BARE_MATEL_APP\"") },
    { "no tree", "{\"name\": \"a\", \"image\": {\"kernel_filename\": \"k\", "
                 "\"device_tree_load_ipa\": \"0\"}}" },
    { "two regions",
      SHORT(
          ", \"memory\": {\"region\": [{\"ipa_start\": \"0x40000000\", \"length\": \"0x2000000\"},"
          "{\"ipa_start\": \"0x50000000\", \"length\": \"0x1000\"}]}") },
    { "a name of 31", "{\"name\": \"abcdefghijklmnopqrstuvwxyz01234\", \"kernel\": \"k\"}" },
    { "16 devices", SHORT(LIST("emulated_device", "emulated_device_list") GICD X15(", " GICD) "]}") },
    { "64 interrupts", SHORT(LIST("passthrough_device", "passthrough_device_list")
                             "{\"name\": \"x\", \"irq_list\": [27" X63(", 27") "]}]}") },
    { "128 places", SHORT(LIST("passthrough_device", "passthrough_device_list")
                          "{\"name\": \"x\"}" X127(", {\"name\": \"x\"}") "]}") },
    { "GICv2 only",
      SHORT(", \"dtb_device\": {\"dtb_device_list\": ["
            "{\"type\": \"DTB_DEVICE_T_GICD\", \"addr_region_ipa\": \"0x3881000\"},"
            "{\"type\": \"DTB_DEVICE_T_GICC\", \"addr_region_ipa\": \"0x3882000\"}]}") },
    { "GICv3 only",
      "{\"name\": \"a\", \"memory\": {\"region\": [{\"ipa_start\": \"0x8010000\", \"length\": "
      "\"0x10000\"},"
      "{\"ipa_start\": \"0x40000000\", \"length\": \"0x4000000\"}]},"
      "\"image\": {\"kernel_filename\": \"k\", \"kernel_load_ipa\": \"0x40000000\"}}" },
    { "PL011",
      SHORT(
          ", \"emulated_device\": {\"emulated_device_list\": [{\"type\": \"EMU_DEVICE_T_CONSOLE\","
          "\"base_ipa\": \"0xa000000\", \"length\": \"0x2000\", \"irq_id\": 1019, \"cfg_list\": "
          "[1]}]}") },
};

static void window_is(const struct device_config *d, uint32_t type, const struct profile_window *w,
                      uint32_t irq)
{
    assert_int_equal(d->type, type);
    assert_string_equal(d->name, w->name);
    assert_int_equal(d->ipa, w->ipa);
    assert_int_equal(d->len, w->bytes);
    assert_int_equal(d->irq, irq);
}

static void devices_are(const struct vm_config *c, const struct profile *p)
{
    uint32_t n = 2;

    window_is(&c->device[0], SHYPER_DEV_CONSOLE, &p->uart, p->uart_irq);
    assert_int_equal(c->device[0].cfg_count, 1);
    assert_int_equal(c->device[0].cfg[0], p->uart_model);
    window_is(&c->device[1], SHYPER_DEV_GICD, &p->gicd, 0);
    if (p->gicv2) { window_is(&c->device[n++], SHYPER_DEV_GICC, &p->gicc, 0); }
    if (p->gicv3) { window_is(&c->device[n++], SHYPER_DEV_GICR, &p->gicr, 0); }
    assert_int_equal(c->device_count, n);
}

static void images_are(const struct vm_config *c, const struct profile *p, bool for_bundle)
{
    assert_int_equal(c->entry, p->entry);
    assert_int_equal(c->dtb, p->dtb);
    if (!for_bundle) { return; }
    assert_int_equal(c->load, p->load);
    assert_non_null(c->kernel);
    assert_int_equal(c->ramdisk != NULL, p->ramdisk.path != NULL);
    assert_int_equal(c->ramdisk_load, p->ramdisk_load);
    assert_int_equal(c->dtb_gic[0] != NULL, p->gicv2 && p->dtb != 0);
    assert_int_equal(c->dtb_gic[1] != NULL, p->gicv3 && p->dtb != 0);
    for (int i = 0; i < 2; i++) { assert_true(c->dtb_gic_bytes[i] <= p->dtb_bytes); }
}

/* regression: 7 */
static void decoder_takes_what_the_compiler_makes(void **state)
{
    const char *json = *state;

    for (int for_bundle = 0; for_bundle <= 1; for_bundle++) {
        struct profile_errors e = { 0 };
        struct vm_config c = { 0 };
        const char *why = "";
        struct profile p;
        void *blob;
        size_t bytes;

        profile_must(json, &p);
        assert_int_equal(profile_blob(&p, for_bundle == 1, &blob, &bytes, &e), 0);
        if (profile_decode(blob, (uint32_t)bytes, &c, &why) < 0) { fail_msg("refused: %s", why); }
        assert_string_equal(c.name, p.name);
        assert_int_equal(c.type, p.type);
        assert_string_equal(c.cmdline, p.cmdline);
        assert_int_equal(c.cpu_count, p.cpu_count);
        assert_int_equal(c.cpu_bitmap, p.cpu_bitmap);
        assert_int_equal(c.cpu_master, p.cpu_master);
        assert_int_equal(c.sched.class, p.sched_class);
        assert_int_equal(c.sched.weight, p.weight == 0 ? SHYPER_WEIGHT_DEFAULT : p.weight);
        assert_int_equal(c.sched.priority, p.priority);
        assert_int_equal(c.sched.budget_us, p.budget_us);
        assert_int_equal(c.sched.period_us, p.period_us);
        assert_int_equal(c.memory_count, p.memory_count);
        for (uint32_t i = 0; i < p.memory_count; i++) {
            assert_int_equal(c.memory[i].ipa, p.memory[i].ipa);
            assert_int_equal(c.memory[i].bytes, p.memory[i].bytes);
        }
        devices_are(&c, &p);
        images_are(&c, &p, for_bundle == 1);
        free(blob);
        profile_free(&p);
    }
}

static void mvm_blob_is_taken(void **state)
{
    struct profile p = { .name = "mvm",
                         .type = SHYPER_VM_TYPE_MVM,
                         .cmdline = "quiet",
                         .cpu_count = 2,
                         .cpu_bitmap = 3,
                         .cpu_master = PROFILE_MASTER_LOWEST };
    struct profile_errors e = { 0 };
    struct vm_config c = { 0 };
    char file[] = "Image";
    const char *why = "";
    void *blob;
    size_t bytes;

    (void)state;
    p.kernel.path = p.ramdisk.path = file;
    assert_int_equal(profile_blob(&p, true, &blob, &bytes, &e), 0);
    if (profile_decode(blob, (uint32_t)bytes, &c, &why) < 0) { fail_msg("refused: %s", why); }
    assert_int_equal(c.type, SHYPER_VM_TYPE_MVM);
    assert_string_equal(c.kernel, "mvm/kernel");
    assert_string_equal(c.ramdisk, "mvm/ramdisk");
    assert_int_equal(c.memory_count, 0);
    assert_int_equal(c.device_count, 0);
    free(blob);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(profiles) + 1] = { cmocka_unit_test(mvm_blob_is_taken) };
    static char json[ARRAY_LEN(profiles)][4096];

    for (size_t i = 0; i < ARRAY_LEN(profiles); i++) {
        (void)snprintf(json[i], sizeof json[i], "%s", profiles[i].json);
        tests[i + 1] = (struct CMUnitTest){ .name = profiles[i].name,
                                            .test_func = decoder_takes_what_the_compiler_makes,
                                            .initial_state = json[i] };
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
