/* SPDX-License-Identifier: Apache-2.0 */
/* The full template with every group, in its customary layout, as far as this version serves it. */
#pragma once

#define TEMPLATE_HEAD                                                                                                         \
    "{ \"name\": \"guest-os-0\", \"type\": \"VM_T_LINUX\","                                                                    \
    "  \"cmdline\": \"earlycon console=ttyAMA0 root=/dev/vda rw audit=0\","                                                    \
    "  \"image\": { \"kernel_filename\": \"Image\", \"kernel_load_ipa\": \"0x80080000\","                                       \
    "    \"kernel_entry_point\": \"0x80080000\", \"device_tree_filename\": \"-\","                                              \
    "    \"device_tree_load_ipa\": \"0x80000000\", \"ramdisk_filename\": \"initrd.gz\", \"ramdisk_load_ipa\": \"0x84000000\" },"  \
    "  \"memory\": { \"region\": [ { \"ipa_start\": \"0x80000000\", \"length\": \"0x40000000\" } ] },"                          \
    "  \"cpu\": { \"num\": 2, \"allocate_bitmap\": \"0b1100\", \"master\": 3 },"                                                \
    "  \"emulated_device\": { \"emulated_device_list\": ["                                                                    \
    "    { \"name\": \"intc@8000000\", \"base_ipa\": \"0x8000000\", \"length\": \"0x1000\", \"irq_id\": 0, \"cfg_num\": 0,"       \
    "      \"cfg_list\": [], \"type\": \"EMU_DEVICE_T_GICD\" }"

#define TEMPLATE_VIRTIO                                                                                                       \
    "  , { \"name\": \"virtio_blk@a000000\", \"base_ipa\": \"0xa000000\", \"length\": \"0x1000\", \"irq_id\": 48,"               \
    "      \"cfg_num\": 2, \"cfg_list\": [0, 8388608], \"type\": \"EMU_DEVICE_T_VIRTIO_BLK_MEDIATED\" }"                        \
    "  , { \"name\": \"virtio_net@a001000\", \"base_ipa\": \"0xa001000\", \"length\": \"0x1000\", \"irq_id\": 49,"               \
    "      \"cfg_num\": 6, \"cfg_list\": [\"0x74\", \"0x56\", \"0xaa\", \"0x0f\", \"0x47\", \"0xd1\"],"                           \
    "      \"type\": \"EMU_DEVICE_T_VIRTIO_NET\" }"                                                                            \
    "  , { \"name\": \"virtio_console@a002000\", \"base_ipa\": \"0xa002000\", \"length\": \"0x1000\", \"irq_id\": 50,"           \
    "      \"cfg_num\": 2, \"cfg_list\": [0, \"0xa002000\"], \"type\": \"EMU_DEVICE_T_VIRTIO_CONSOLE\" }"

#define TEMPLATE_TAIL                                                                                                         \
    "  ] },"                                                                                                                  \
    "  \"passthrough_device\": { \"passthrough_device_list\": ["                                                              \
    "    { \"name\": \"gicv\", \"base_pa\": \"0x8040000\", \"base_ipa\": \"0x8010000\", \"length\": \"0x2000\", \"irq_num\": 1,"  \
    "      \"irq_list\": [27] } ] },"                                                                                         \
    "  \"dtb_device\": { \"dtb_device_list\": ["                                                                              \
    "    { \"name\": \"gicd\", \"type\": \"DTB_DEVICE_T_GICD\", \"irq_num\": 0, \"irq_list\": [],"                               \
    "      \"addr_region_ipa\": \"0x8000000\", \"addr_region_length\": \"0x10000\" },"                                          \
    "    { \"name\": \"gicc\", \"type\": \"DTB_DEVICE_T_GICC\", \"irq_num\": 0, \"irq_list\": [],"                               \
    "      \"addr_region_ipa\": \"0x8010000\" },"                                                                              \
    "    { \"name\": \"serial\", \"type\": \"DTB_DEVICE_T_CONSOLE\", \"irq_num\": 1, \"irq_list\": [144],"                       \
    "      \"addr_region_ipa\": \"0x3100000\", \"addr_region_length\": \"0x1000\" } ] } }"

#define TEMPLATE TEMPLATE_HEAD TEMPLATE_TAIL
