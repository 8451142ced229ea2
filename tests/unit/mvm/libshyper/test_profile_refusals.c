/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/libshyper/profile_parse.c mvm/libshyper/profile_devices.c
// sources: mvm/libshyper/profile_sched.c
// sources: mvm/libshyper/profile_json.c mvm/libshyper/profile_errors.c
// sources: mvm/libshyper/profile_layout.c mvm/libshyper/profile_blob.c mvm/libshyper/guest_dt.c
// sources: mvm/libshyper/fdt_out.c
// sources: mvm/libshyper/number.c libfdt -ljansson
/* Every rule of a profile, broken: one line each. A profile is written around the fragment, so that
 * one thing is wrong. */
#include "tests/unit/mvm/libshyper/profile_try.h"

/* Repetition, for what is too long or too many. */
#define X8(x)  x x x x x x x x
#define X16(x) X8(x) X8(x)
#define X32(x) X16(x) X16(x)
#define X64(x) X8(X8(x))

struct refusal {
    const char *name; /* the test's, so that a failure is found */
    const char *json;
    const char *path;
    const char *reason; /* a part of it */
};

#define OK           "\"name\": \"a\", \"kernel\": \"k\""
#define REALTIME_WITH(x) ", \"class\": \"realtime\", " x
#define PRIORITY(x)  "\"priority\": " x
#define BUDGET(x)    "\"budget_us\": " x
#define PERIOD(x)    "\"period_us\": " x
#define REALTIME     REALTIME_WITH(PRIORITY("1") ", " BUDGET("1") ", " PERIOD("100"))
#define IMAGE(x)     "{\"name\": \"a\", \"image\": {\"kernel_filename\": \"k\", " x "}}"
#define REGION(x)    "{" OK ", \"memory\": {\"region\": [" x "]}}"
#define RUN(at, len) "{\"ipa_start\": \"" at "\", \"length\": \"" len "\"}"
#define CPU(x)       "{" OK ", \"cpu\": {" x "}}"
#define EMU(x)       "{" OK ", \"emulated_device\": {\"emulated_device_list\": [" x "]}}"
#define PASS(x)      "{" OK ", \"passthrough_device\": {\"passthrough_device_list\": [" x "]}}"
#define DTB(x)       "{" OK ", \"dtb_device\": {\"dtb_device_list\": [" x "]}}"
#define GICD         "\"type\": \"EMU_DEVICE_T_GICD\", \"base_ipa\": \"0x8000000\", \"length\": \"0x1000\""
#define CONSOLE \
    "\"type\": \"EMU_DEVICE_T_CONSOLE\", \"base_ipa\": \"0x9000000\", \"length\": \"0x1000\""
#define E0 "emulated_device.emulated_device_list[0]"
#define P0 "passthrough_device.passthrough_device_list[0]"
#define D0 "dtb_device.dtb_device_list[0]"

static struct refusal refusals[] = {
    { "empty text", "", "", "line 1" },
    { "no JSON", "{\"name\": }", "", "line 1, column 10" },
    { "text behind", "{\"name\": \"a\"} x", "", "line 1" },
    { "key twice", "{\"name\": \"a\", \"name\": \"b\"}", "", "duplicate" },
    { "lists in lists", X64(X64("[")), "", "maximum parsing depth" },
    { "list", "[]", "", "has to be an object" },
    { "no name", "{\"kernel\": \"k\"}", "name", "is missing" },
    { "null is absent", "{\"name\": null, \"kernel\": \"k\"}", "name", "is missing" },
    { "name a number", "{\"name\": 1, \"kernel\": \"k\"}", "name", "has to be a string" },
    { "name empty", "{\"name\": \"\", \"kernel\": \"k\"}", "name", "has to be 1 to 31" },
    { "name of 32", "{\"name\": \"" X32("n") "\", \"kernel\": \"k\"}", "name",
      "has to be 1 to 31" },
    { "name of 33", "{\"name\": \"" X32("n") "n\", \"kernel\": \"k\"}", "name",
      "has to be 1 to 31" },
    { "name of 1024", "{\"name\": \"" X16(X64("n")) "\", \"kernel\": \"k\"}", "name",
      "has to be 1 to 31" },
    { "name with slash", "{\"name\": \"a/b\", \"kernel\": \"k\"}", "name", "characters of" },
    { "name with space", "{\"name\": \"a b\", \"kernel\": \"k\"}", "name", "characters of" },
    { "name of dots", "{\"name\": \"..\", \"kernel\": \"k\"}", "name", "not begin with" },
    { "name like an option", "{\"name\": \"-a\", \"kernel\": \"k\"}", "name", "not begin with" },
    { "name like an id", "{\"name\": \"12\", \"kernel\": \"k\"}", "name", "not only digits" },
    { "name with zero", "{\"name\": \"a\\u0000b\", \"kernel\": \"k\"}", "", "" },
    { "unknown key, near", "{" OK ", \"memry\": \"64M\"}", "memry", "did you mean \"memory\"" },
    { "unknown key, far", "{" OK ", \"colour_of_paint\": 1}", "colour_of_paint",
      "known here: name, type" },
    { "unknown key in image", IMAGE("\"kernel_fileneme\": \"x\""), "image.kernel_fileneme",
      "did you mean \"kernel_filename\"" },
    { "unknown key in region", REGION("{\"ipa\": \"0\", \"length\": \"0x1000\"}"),
      "memory.region[0].ipa", "unknown key" },
    { "unknown key in device", EMU("{\"base\": 1}"), E0 ".base", "unknown key" },
    { "key with escape sequence", "{" OK ", \"\\u001b[2J\": 1}", "?[2J", "unknown key" },
    { "type unknown", "{" OK ", \"type\": \"VM_T_WINDOWS\"}", "type",
      "\"VM_T_WINDOWS\" is unknown; known: VM_T_LINUX" },
    { "type FreeRTOS", "{" OK ", \"type\": \"VM_T_FREERTOS\"}", "type",
      "VM_T_FREERTOS is not served by this version" },
    { "command line of 1024", "{" OK ", \"cmdline\": \"" X16(X64("x")) "\"}", "cmdline",
      "is 1024 bytes long; at most 1023" },
    { "command line a list", "{" OK ", \"cmdline\": []}", "cmdline", "has to be a string" },
    { "no kernel", "{\"name\": \"a\"}", "kernel", "is missing" },
    { "kernel none", "{\"name\": \"a\", \"kernel\": \"-\"}", "kernel", "names no file" },
    { "image without kernel", "{\"name\": \"a\", \"image\": {}}", "image.kernel_filename",
      "is missing" },
    { "image a string", "{\"name\": \"a\", \"image\": \"k\"}", "image", "has to be an object" },
    { "image and kernel", "{" OK ", \"image\": {\"kernel_filename\": \"k\"}}", "kernel",
      "the group \"image\" says this already" },
    { "image and ramdisk",
      "{\"name\": \"a\", \"ramdisk\": \"r\", \"image\": {\"kernel_filename\": \"k\"}}", "ramdisk",
      "the group \"image\" says this already" },
    { "symbols a number", "{" OK ", \"symbols\": 1}", "symbols", "has to be a string" },
    { "address without 0x", IMAGE("\"kernel_load_ipa\": \"80080000\""), "image.kernel_load_ipa",
      "hexadecimal number as" },
    { "address no number", IMAGE("\"kernel_load_ipa\": \"0x8008zz\""), "image.kernel_load_ipa",
      "hexadecimal number as" },
    { "address of 17 digits", IMAGE("\"kernel_load_ipa\": \"0x10000000000000000\""),
      "image.kernel_load_ipa", "hexadecimal" },
    { "address negative", IMAGE("\"kernel_load_ipa\": -1"), "image.kernel_load_ipa",
      "hexadecimal" },
    { "address all ones", IMAGE("\"kernel_load_ipa\": \"0xffffffffffffffff\""),
      "image.kernel_load_ipa", "hexadecimal" },
    { "overlay", IMAGE("\"device_tree_filename\": \"o.dtbo\""), "image.device_tree_filename",
      "overlays are not served by this version; write \"-\"" },
    { "ramdisk address alone", IMAGE("\"ramdisk_load_ipa\": \"0x41000000\""),
      "image.ramdisk_load_ipa", "there is no ramdisk to put there" },
    { "kernel outside RAM", IMAGE("\"kernel_load_ipa\": \"0x80000000\""), "memory",
      "the kernel takes 1024 KiB from 0x80000000, which is not all RAM" },
    { "kernel over the end of RAM", IMAGE("\"kernel_load_ipa\": \"0x43f80000\""), "memory",
      "which is not all RAM" },
    { "kernel wraps", IMAGE("\"kernel_load_ipa\": \"0xfffffffffffff000\""), "memory",
      "which is not all RAM" },
    { "entry outside the kernel", IMAGE("\"kernel_entry_point\": \"0x40100000\""),
      "image.kernel_entry_point", "no instruction of the kernel" },
    { "entry odd", IMAGE("\"kernel_entry_point\": \"0x40000002\""), "image.kernel_entry_point",
      "no instruction of the kernel" },
    { "tree in the kernel", IMAGE("\"device_tree_load_ipa\": \"0x40080000\""),
      "image.device_tree_load_ipa", "overlaps the kernel" },
    { "tree outside RAM", IMAGE("\"device_tree_load_ipa\": \"0x3ffff000\""),
      "image.device_tree_load_ipa", "not all RAM" },
    { "tree misaligned", IMAGE("\"device_tree_load_ipa\": \"0x40200004\""),
      "image.device_tree_load_ipa", "multiple of 8" },
    { "ramdisk in the kernel",
      IMAGE("\"ramdisk_filename\": \"r\", \"ramdisk_load_ipa\": \"0x400ff000\""),
      "image.ramdisk_load_ipa", "overlaps the kernel" },
    { "ramdisk over the end of RAM",
      IMAGE("\"ramdisk_filename\": \"r\", \"ramdisk_load_ipa\": \"0x43ffe000\""),
      "image.ramdisk_load_ipa", "not all RAM" },
    { "ramdisk in the tree",
      IMAGE("\"ramdisk_filename\": \"r\", \"device_tree_load_ipa\": \"0x41000000\", "
            "\"ramdisk_load_ipa\": \"0x41000000\""),
      "image.ramdisk_load_ipa", "overlaps the other image" },
    { "memory no size", "{" OK ", \"memory\": \"lots\"}", "memory", "has to be a size as" },
    { "memory a bare unit", "{" OK ", \"memory\": \"M\"}", "memory", "has to be a size as" },
    { "memory overflows", "{" OK ", \"memory\": \"17179869184G\"}", "memory",
      "has to be a size as" },
    { "memory negative", "{" OK ", \"memory\": -4096}", "memory", "has to be a size as" },
    { "memory zero", "{" OK ", \"memory\": 0}", "memory",
      "multiples of 0x1000, and the length not 0" },
    { "memory no pages", "{" OK ", \"memory\": 67108863}", "memory", "multiples of 0x1000" },
    { "memory too small", "{" OK ", \"memory\": \"512K\"}", "memory", "raise memory" },
    { "memory too small for the tree", "{" OK ", \"memory\": \"1M\"}", "memory",
      "no room for the device tree" },
    { "memory beyond 48 bits", "{" OK ", \"memory\": \"262144G\"}", "memory", "48-bit" },
    { "no regions", REGION(""), "memory.region", "has 0 regions; 1 to 16" },
    { "regions missing", "{" OK ", \"memory\": {}}", "memory.region", "is missing" },
    { "region without length", REGION("{\"ipa_start\": \"0x40000000\"}"), "memory.region[0].length",
      "is missing" },
    { "region misaligned", REGION(RUN("0x40000800", "0x4000000")), "memory",
      "multiples of 0x1000" },
    { "region wraps", REGION(RUN("0xfffffffffffff000", "0x2000")), "memory", "48-bit" },
    { "regions overlap", REGION(RUN("0x40000000", "0x4000000") ", " RUN("0x43fff000", "0x1000")),
      "memory.region[1]", "overlaps or is below the region before it" },
    { "regions in descending order",
      REGION(RUN("0x50000000", "0x4000000") ", " RUN("0x40000000", "0x1000")), "memory.region[1]",
      "ascending" },
    { "17 regions", REGION(RUN("0", "0x1000") X16(", " RUN("0", "0x1000"))), "memory.region",
      "has 17 regions" },
    { "colours",
      "{" OK ", \"memory\": {\"colors\": \"0-3\", \"region\": [{\"ipa_start\": \"0x40000000\", "
      "\"length\": \"0x4000000\"}]}}",
      "memory.colors", "cache colours are not served by this version" },
    { "budget",
      "{" OK ", \"memory\": {\"budget\": 50, \"region\": [{\"ipa_start\": \"0x40000000\", "
      "\"length\": \"0x4000000\"}]}}",
      "memory.budget", "bandwidth budgets are not served by this version" },
    { "budget above 100",
      "{" OK ", \"memory\": {\"budget\": 101, \"region\": [{\"ipa_start\": \"0x40000000\", "
      "\"length\": \"0x4000000\"}]}}",
      "memory.budget", "is 101; has to be from 0 to 100" },
    { "RAM over the UART", REGION(RUN("0x9000000", "0x4000000")), "console", "lies in RAM" },
    { "RAM over the GIC", REGION(RUN("0x8000000", "0x1000") ", " RUN("0x40000000", "0x4000000")),
      "GICD", "lies in RAM" },
    { "policy unknown", "{" OK ", \"restart\": \"sometimes\"}", "restart",
      "\"never\", \"on-crash\" or" },
    { "policy a number", "{" OK ", \"restart\": 2}", "restart", "has to be a string" },
    { "policy missing", "{" OK ", \"restart\": {}}", "restart.policy", "is missing" },
    { "policy in the group unknown", "{" OK ", \"restart\": {\"policy\": \"\"}}", "restart.policy",
      "\"always\"" },
    { "restart key unknown", "{" OK ", \"restart\": {\"policy\": \"never\", \"delay\": 1}}",
      "restart.delay", "known here: policy, delay_ms" },
    { "restart delay negative", "{" OK ", \"restart\": {\"policy\": \"never\", \"delay_ms\": -1}}",
      "restart.delay_ms", "from 0 to 60000" },
    { "restart delay long", "{" OK ", \"restart\": {\"policy\": \"never\", \"delay_ms\": 60001}}",
      "restart.delay_ms", "from 0 to 60000" },
    { "heartbeat short", "{" OK ", \"heartbeat_ms\": 9}", "heartbeat_ms", "from 10 to 3600000" },
    { "heartbeat long", "{" OK ", \"heartbeat_ms\": 3600001}", "heartbeat_ms",
      "from 10 to 3600000" },
    { "heartbeat a string", "{" OK ", \"heartbeat_ms\": \"5s\"}", "heartbeat_ms",
      "an integer without quotes" },
    { "class unknown", "{" OK ", \"class\": \"idle\"}", "class", "\"fair\", \"realtime\" or" },
    { "class a number", "{" OK ", \"class\": 1}", "class", "has to be a string" },
    { "no weight", "{" OK ", \"weight\": 0}", "weight", "from 1 to 10000" },
    { "weight too large", "{" OK ", \"weight\": 10001}", "weight", "from 1 to 10000" },
    { "weight of a realtime VM", "{" OK REALTIME ", \"weight\": 5}", "weight",
      "belongs to \"class\": \"fair\"" },
    { "weight of an exclusive VM", "{" OK ", \"class\": \"exclusive\", \"weight\": 5}", "weight",
      "belongs to \"class\": \"fair\"" },
    { "priority of a fair VM", "{" OK ", \"priority\": 5}", "priority",
      "belongs to \"class\": \"realtime\"" },
    { "priority missing", "{" OK REALTIME_WITH(BUDGET("90") ", " PERIOD("100")) "}",
      "priority", "is missing" },
    { "budget missing", "{" OK REALTIME_WITH(PRIORITY("31") ", " PERIOD("100")) "}",
      "budget_us", "is missing" },
    { "period missing", "{" OK REALTIME_WITH(PRIORITY("31") ", " BUDGET("90")) "}",
      "period_us", "is missing" },
    { "priority too large", "{" OK REALTIME_WITH(PRIORITY("32") ", " BUDGET("90") ", " PERIOD("100")) "}",
      "priority", "from 0 to 31" },
    { "priority negative", "{" OK REALTIME_WITH(PRIORITY("-1") ", " BUDGET("90") ", " PERIOD("100")) "}",
      "priority", "from 0 to 31" },
    { "period too short", "{" OK REALTIME_WITH(PRIORITY("31") ", " BUDGET("90") ", " PERIOD("99")) "}",
      "period_us", "from 100 to 1000000" },
    { "period too long", "{" OK REALTIME_WITH(PRIORITY("31") ", " BUDGET("90") ", " PERIOD("1000001")) "}",
      "period_us", "from 100 to 1000000" },
    { "no budget", "{" OK REALTIME_WITH(PRIORITY("31") ", " BUDGET("0") ", " PERIOD("100")) "}",
      "budget_us", "is 0" },
    { "budget above what is granted", "{" OK REALTIME_WITH(PRIORITY("31") ", " BUDGET("91") ", " PERIOD("100")) "}",
      "budget_us", "more than 90 % of period_us" },
    { "budget in the group", "{" OK ", \"cpu\": {\"num\": 1, \"budget_us\": 5}}", "cpu.budget_us",
      "belongs to \"class\": \"realtime\"" },
    { "class beside the group", "{" OK ", \"cpu\": {\"num\": 1}, \"class\": \"fair\"}", "class",
      "the group \"cpu\" says this already" },
    { "no CPUs", "{" OK ", \"cpus\": 0}", "cpus", "is 0; has to be from 1 to 8" },
    { "9 CPUs", "{" OK ", \"cpus\": 9}", "cpus", "is 9; has to be from 1 to 8" },
    { "CPUs a string", "{" OK ", \"cpus\": \"2\"}", "cpus", "an integer without quotes" },
    { "CPUs a fraction", "{" OK ", \"cpus\": 1.5}", "cpus", "an integer without quotes" },
    { "bitmap decimal", "{" OK ", \"cpu_bitmap\": \"110\"}", "cpu_bitmap", "bitmap of up to 64" },
    { "bitmap with a 2", "{" OK ", \"cpu_bitmap\": \"0b120\"}", "cpu_bitmap",
      "bitmap of up to 64" },
    { "bitmap of 65", "{" OK ", \"cpu_bitmap\": \"0b1" X64("0") "\"}", "cpu_bitmap",
      "bitmap of up to 64" },
    { "bitmap empty", "{" OK ", \"cpu_bitmap\": \"0b0\"}", "cpu_bitmap", "allows no CPU" },
    { "more CPUs than bits", CPU("\"num\": 3, \"allocate_bitmap\": \"0b0110\""), "cpu.num",
      "is 3, but allocate_bitmap allows 2" },
    { "master outside", CPU("\"allocate_bitmap\": \"0b0110\", \"master\": 0"), "cpu.master",
      "CPU 0 is not in allocate_bitmap" },
    { "master far", CPU("\"master\": 64"), "cpu.master", "has to be from -1 to 63" },
    { "cpu and cpus", "{" OK ", \"cpu\": {\"num\": 1}, \"cpus\": 1}", "cpus",
      "the group \"cpu\" says this already" },
    { "cpu and cpu_bitmap",
      "{" OK ", \"cpu\": {\"num\": 1}, \"cpu_bitmap\": \"0b1\"}", "cpu_bitmap",
      "the group \"cpu\" says this already" },
    { "cpu a number", "{" OK ", \"cpu\": 2}", "cpu", "has to be an object" },
    { "device GPPT", EMU("{\"type\": \"EMU_DEVICE_T_GPPT\"}"), E0 ".type",
      "EMU_DEVICE_T_GPPT is not served by this version; remove this device" },
    { "device VIRTIO_BLK", EMU("{\"type\": \"EMU_DEVICE_T_VIRTIO_BLK\"}"), E0 ".type",
      "EMU_DEVICE_T_VIRTIO_BLK is not served by this version; remove this device" },
    { "device VIRTIO_NET", EMU("{\"type\": \"EMU_DEVICE_T_VIRTIO_NET\"}"), E0 ".type",
      "EMU_DEVICE_T_VIRTIO_NET is not served by this version; remove this device" },
    { "device VIRTIO_CONSOLE", EMU("{\"type\": \"EMU_DEVICE_T_VIRTIO_CONSOLE\"}"), E0 ".type",
      "EMU_DEVICE_T_VIRTIO_CONSOLE is not served by this version; remove this device" },
    { "device SHYPER", EMU("{\"type\": \"EMU_DEVICE_T_SHYPER\"}"), E0 ".type",
      "EMU_DEVICE_T_SHYPER is not served by this version; remove this device" },
    { "device VIRTIO_BLK_MEDIATED", EMU("{\"type\": \"EMU_DEVICE_T_VIRTIO_BLK_MEDIATED\"}"),
      E0 ".type",
      "EMU_DEVICE_T_VIRTIO_BLK_MEDIATED is not served by this version; remove this device" },
    { "device IOMMU", EMU("{\"type\": \"EMU_DEVICE_T_IOMMU\"}"), E0 ".type",
      "EMU_DEVICE_T_IOMMU is not served by this version; remove this device" },
    { "device SRE", EMU("{\"type\": \"EMU_DEVICE_T_SRE\"}"), E0 ".type",
      "EMU_DEVICE_T_SRE is not served by this version; remove this device" },
    { "device SGIR", EMU("{\"type\": \"EMU_DEVICE_T_SGIR\"}"), E0 ".type",
      "EMU_DEVICE_T_SGIR is not served by this version; remove this device" },
    { "device META", EMU("{\"type\": \"EMU_DEVICE_T_META\"}"), E0 ".type",
      "EMU_DEVICE_T_META is not served by this version; remove this device" },
    { "device PLIC", EMU("{\"type\": \"EMU_DEVICE_T_PLIC\"}"), E0 ".type",
      "EMU_DEVICE_T_PLIC is not served by this version; remove this device" },
    { "device APLIC", EMU("{\"type\": \"EMU_DEVICE_T_APLIC\"}"), E0 ".type",
      "EMU_DEVICE_T_APLIC is not served by this version; remove this device" },
    { "device unknown", EMU("{\"type\": \"EMU_DEVICE_T_TOASTER\"}"), E0 ".type",
      "is unknown; served: EMU_DEVICE_T_CONSOLE" },
    { "device without prefix", EMU("{\"type\": \"GICD\"}"), E0 ".type", "is unknown" },
    { "device without type", EMU("{\"name\": \"x\"}"), E0 ".type", "is missing" },
    { "device without address", EMU("{\"type\": \"EMU_DEVICE_T_GICD\"}"), E0 ".base_ipa",
      "is missing" },
    { "device without length", EMU("{\"type\": \"EMU_DEVICE_T_GICD\", \"base_ipa\": \"0\"}"),
      E0 ".length", "is missing" },
    { "device name of 32", EMU("{" GICD ", \"name\": \"" X32("n") "\"}"), E0 ".name",
      "has to be 1 to 31 printable characters" },
    { "device name empty", EMU("{" GICD ", \"name\": \"\"}"), E0 ".name", "has to be 1 to 31" },
    { "device name with a space", EMU("{" GICD ", \"name\": \"a b\"}"), E0 ".name",
      "without spaces" },
    { "devices no list", "{" OK ", \"emulated_device\": {\"emulated_device_list\": {}}}",
      "emulated_device.emulated_device_list", "has to be a list" },
    { "17 devices", EMU("{" GICD "}" X16(", {" GICD "}")), "emulated_device.emulated_device_list",
      "has 17 entries; at most 16" },
    { "17 cfg words", EMU("{" GICD ", \"cfg_list\": [1" X16(", 1") "]}"), E0 ".cfg_list",
      "has 17 entries; at most 16" },
    { "cfg_num wrong", EMU("{" GICD ", \"cfg_num\": 2, \"cfg_list\": [1]}"), E0 ".cfg_num",
      "is 2, but cfg_list has 1 entries" },
    { "cfg no number", EMU("{" GICD ", \"cfg_list\": [\"0xg\"]}"), E0 ".cfg_list",
      "entry 0 has to be a number" },
    { "cfg of 33 bits", EMU("{" GICD ", \"cfg_list\": [4294967296]}"), E0 ".cfg_list",
      "entry 0 has to be a number" },
    { "irq too high", EMU("{" CONSOLE ", \"irq_id\": 1020}"), E0 ".irq_id", "is 1020" },
    { "irq private", EMU("{" CONSOLE ", \"irq_id\": 31}"), E0 ".irq_id",
      "shared interrupt, 32 to 1019" },
    { "console of a third kind", EMU("{" CONSOLE ", \"cfg_list\": [2]}"), E0 ".cfg_list",
      "[0] an SBSA UART or [1] a PL011" },
    { "two GICDs",
      EMU("{" GICD "}, {\"type\": \"EMU_DEVICE_T_GICD\", \"base_ipa\": \"0x9800000\", \"length\": "
          "\"0x1000\"}"),
      "emulated_device.emulated_device_list[1].base_ipa", "make them equal" },
    { "GICR too short",
      EMU("{\"type\": \"EMU_DEVICE_T_GICR\", \"base_ipa\": \"0x80a0000\", \"length\": "
          "\"0x10000\"}"),
      "", "too short, 0x20000 are needed for this number of vCPUs" },
    { "GICR asked for on the GICC",
      EMU("{\"type\": \"EMU_DEVICE_T_GICR\", \"base_ipa\": \"0x8010000\", \"length\": "
          "\"0x20000\"}"),
      "GICR", "overlaps gicc" },
    { "GICR misaligned",
      EMU("{\"type\": \"EMU_DEVICE_T_GICR\", \"base_ipa\": \"0x80a1000\", \"length\": "
          "\"0x20000\"}"),
      "GICR", "multiple of 0x10000" },
    { "GICD misaligned",
      EMU("{\"type\": \"EMU_DEVICE_T_GICD\", \"base_ipa\": \"0x8000800\", \"length\": \"0x1000\"}"),
      "GICD", "multiple of 0x1000" },
    { "GICD on the UART",
      EMU("{\"type\": \"EMU_DEVICE_T_GICD\", \"base_ipa\": \"0x9000000\", \"length\": \"0x1000\"}"),
      "GICD", "overlaps uart" },
    { "GICD wraps",
      EMU("{\"type\": \"EMU_DEVICE_T_GICD\", \"base_ipa\": \"0xfffffffffffff000\", \"length\": "
          "\"0x2000\"}"),
      "GICD", "below 2^48" },
    { "console of length 0",
      EMU("{\"type\": \"EMU_DEVICE_T_CONSOLE\", \"base_ipa\": \"0x9000000\", \"length\": \"0\"}"),
      "console", "pages long" },
    { "passthrough",
      PASS("{\"name\": \"serial@3100000\", \"base_pa\": \"0x3100000\", \"base_ipa\": "
           "\"0x3100000\", \"length\": \"0x1000\"}"),
      P0 ".name", "\"serial@3100000\": device passthrough is not served by this version" },
    { "passthrough irq", PASS("{\"name\": \"x\", \"irq_list\": [27, 40]}"), P0 ".irq_list",
      "interrupt 40: passthrough interrupts are not served" },
    { "passthrough irq_num", PASS("{\"name\": \"x\", \"irq_num\": 1, \"irq_list\": []}"),
      P0 ".irq_num", "is 1, but irq_list has 0" },
    { "passthrough nameless", PASS("{\"length\": \"0x1000\"}"), P0 ".name", "is missing" },
    { "65 irqs", PASS("{\"name\": \"x\", \"irq_list\": [27" X64(", 27") "]}"), P0 ".irq_list",
      "has 65 entries; at most 64" },
    { "129 regions",
      PASS("{\"name\": \"x\"}" X64(", {\"name\": \"x\"}") X64(", {\"name\": \"x\"}")),
      "passthrough_device.passthrough_device_list", "has 129 entries; at most 128" },
    { "stream id", PASS("{\"name\": \"x\", \"smmu_id\": 3}"), P0 ".smmu_id",
      "SMMUs are not served by this version" },
    { "gicv without address", PASS("{\"name\": \"gicv\", \"length\": \"0x2000\"}"), P0 ".base_ipa",
      "is missing" },
    { "gicv too short",
      PASS("{\"name\": \"gicv\", \"base_ipa\": \"0x8010000\", \"length\": \"0x1000\"}"), "",
      "gicc: 0x1000 bytes are too short" },
    { "gicv on the UART",
      PASS("{\"name\": \"gicv\", \"base_ipa\": \"0x9000000\", \"length\": \"0x2000\"}"), "GICC",
      "overlaps uart" },
    { "tree device PLIC", DTB("{\"type\": \"DTB_DEVICE_T_PLIC\"}"), D0 ".type",
      "DTB_DEVICE_T_PLIC is not served by this version" },
    { "tree device unknown", DTB("{\"type\": \"DTB_DEVICE_T_X\"}"), D0 ".type",
      "is unknown; known: DTB_DEVICE_T_CONSOLE" },
    { "tree device without address", DTB("{\"type\": \"DTB_DEVICE_T_GICD\"}"),
      D0 ".addr_region_ipa", "is missing" },
    { "tree console irq private",
      DTB("{\"type\": \"DTB_DEVICE_T_CONSOLE\", \"addr_region_ipa\": \"0x9000000\", \"irq_list\": "
          "[5]}"),
      D0 ".irq_list", "shared interrupt" },
    { "tree console irq too high",
      DTB("{\"type\": \"DTB_DEVICE_T_CONSOLE\", \"addr_region_ipa\": \"0x9000000\", \"irq_list\": "
          "[1020]}"),
      D0 ".irq_list", "is 1020; the console needs a shared interrupt" },
    { "tree disagrees with device",
      "{" OK ", \"emulated_device\": {\"emulated_device_list\": [{\"type\": \"EMU_DEVICE_T_GICD\", "
      "\"base_ipa\": \"0x8000000\", \"length\": \"0x1000\"}]}, \"dtb_device\": "
      "{\"dtb_device_list\": [{\"type\": \"DTB_DEVICE_T_GICD\", \"addr_region_ipa\": "
      "\"0x9800000\"}]}}",
      D0 ".addr_region_ipa", "is 0x9800000, but gicd is at 0x8000000 by another entry" },
};

/* regression: 4, 6, 7, 52, 56, 62, 67 */
static void refused_with_place_and_reason(void **state)
{
    const struct refusal *r = *state;
    struct profile_errors e = { 0 };
    struct profile p;
    bool found = false;

    if (profile_try(r->json, &p, &e) == 0) {
        fail_msg("%s", "was taken");
    }
    for (unsigned i = 0; i < e.count && i < PROFILE_ERROR_MAX; i++) {
        found = found ||
                (strcmp(e.at[i].path, r->path) == 0 && strstr(e.at[i].reason, r->reason) != NULL);
    }
    if (!found) {
        profile_errors_print(&e, "got", stderr);
        fail_msg("%s: wanted \"%s: %s\"", r->name, r->path, r->reason);
    }
    assert_true(e.count >= 1 && e.count <= 2);
    profile_free(&p);
}

int main(void)
{
    static struct CMUnitTest tests[ARRAY_LEN(refusals)];

    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        tests[i] = (struct CMUnitTest){ .name = refusals[i].name,
                                        .test_func = refused_with_place_and_reason,
                                        .initial_state = &refusals[i] };
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
