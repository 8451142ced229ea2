# SPDX-License-Identifier: Apache-2.0
"""Profiles all the way: JSON, packed, decoded by the hypervisor, and the generated device tree read by Debian's unmodified
Linux as a boot-time guest without a management VM. The guest's userland is the one made for the management VM."""
import json
import os
import subprocess

import pytest
from machine import BUILD, ROOT

OUT = os.path.join(BUILD, os.environ.get("COMPILER", "gcc"))
PACK = os.path.join(OUT, "tools/pack")
SHYPER = os.path.join(OUT, "hypervisor/shyper.bin")


def template(linux):
    """Every group of the full template, in its customary layout and with a UART and interrupt of another board."""
    return {
        "name": "guest-os-0", "type": "VM_T_LINUX", "cmdline": "earlycon console=ttyAMA0 audit=0 rdinit=/init",
        "image": {"kernel_filename": linux["kernel"], "kernel_load_ipa": "0x80080000", "kernel_entry_point": "0x80080000",
                  "device_tree_filename": "-", "device_tree_load_ipa": "0x80000000",
                  "ramdisk_filename": linux["initrd"], "ramdisk_load_ipa": "0"},
        "memory": {"region": [{"ipa_start": "0x80000000", "length": "0x10000000"}]},
        "cpu": {"num": 2, "allocate_bitmap": "0b0110", "master": 2},
        "emulated_device": {"emulated_device_list": [
            {"name": "intc@8000000", "base_ipa": "0x8000000", "length": "0x1000", "irq_id": 0, "cfg_num": 0, "cfg_list": [],
             "type": "EMU_DEVICE_T_GICD"}]},
        "passthrough_device": {"passthrough_device_list": [
            {"name": "gicv", "base_pa": "0x8040000", "base_ipa": "0x8010000", "length": "0x2000", "irq_num": 1,
             "irq_list": [27]}]},
        "dtb_device": {"dtb_device_list": [
            {"name": "gicd", "type": "DTB_DEVICE_T_GICD", "irq_num": 0, "irq_list": [], "addr_region_ipa": "0x8000000"},
            {"name": "gicc", "type": "DTB_DEVICE_T_GICC", "irq_num": 0, "irq_list": [], "addr_region_ipa": "0x8010000"},
            {"name": "serial", "type": "DTB_DEVICE_T_CONSOLE", "irq_num": 1, "irq_list": [144],
             "addr_region_ipa": "0x3100000"}]},
    }


def short(linux):
    """The same guest in as few words as possible, but with memory in the defaults' place."""
    return {"name": "short", "kernel": linux["kernel"], "ramdisk": linux["initrd"], "memory": "256M", "cpus": 2,
            "cmdline": "console=ttyAMA0 rdinit=/init"}


def board(linux):
    """The profile published for this board."""
    with open(os.path.join(ROOT, "boards/qemu-virt/guest-linux.json"), encoding="utf-8") as file:
        profile = json.load(file)
    profile["image"].update(kernel_filename=linux["kernel"], ramdisk_filename=linux["initrd"])
    return profile


def regions(linux):
    """RAM in three pieces, one of which is small and far away."""
    return {**short(linux), "name": "regions", "memory": {"region": [
        {"ipa_start": "0x40000000", "length": "0x8000000"}, {"ipa_start": "0x60000000", "length": "0x4000000"},
        {"ipa_start": "0x1000000000", "length": "0x200000"}]}}


# regression: 63, 71
@pytest.mark.parametrize("form, uart, ram", [(template, "3100000.uart", "80000000"), (short, "9000000.uart", "40000000"),
                                             (board, "9000000.uart", "80000000"), (regions, "9000000.uart", "1000000000")],
                         ids=["template", "short", "board", "regions"])
@pytest.mark.parametrize("gic", [2, 3])
def test_linux_boots_from_its_profile(start, linux, tmp_path, form, uart, ram, gic):
    profile, bundle = tmp_path / "profile.json", tmp_path / "bundle"
    profile.write_text(json.dumps(form(linux)))
    subprocess.run([PACK, "-o", bundle, "--vm", profile], check=True, stdin=subprocess.DEVNULL)
    machine = start(kernel=SHYPER, initrd=bundle, gic=gic, smp=4, mem=1024)

    def ask(command, answer):
        machine.expect(r"mvm:\S*# ")
        machine.send(command + "\r")
        machine.expect(answer)

    ask("nproc", r"\n\S+ 2\r")
    ask("cat /proc/device-tree/model", "Shyper guest")
    ask("readlink -f /sys/class/tty/ttyAMA0/device", uart)
    ask("grep -i 'system ram' /proc/iomem", ram)
    ask("ls /proc/device-tree/hypervisor", "compatible")


def test_memory_beyond_the_machine_is_refused(start, linux, tmp_path):
    """How far stage 2 reaches depends on the CPU, so only the hypervisor can say."""
    profile, bundle = tmp_path / "profile.json", tmp_path / "bundle"
    profile.write_text(json.dumps({**short(linux), "name": "wide", "memory": {"region": [
        {"ipa_start": "0x40000000", "length": "0x8000000"}, {"ipa_start": "0x800000000000", "length": "0x200000"}]}}))
    subprocess.run([PACK, "-o", bundle, "--vm", profile], check=True, stdin=subprocess.DEVNULL)
    machine = start(kernel=SHYPER, initrd=bundle, smp=1, mem=512)
    machine.expect("wide.*memory or devices: an address is beyond what this machine's stage 2 translates")
