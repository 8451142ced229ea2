# SPDX-License-Identifier: Apache-2.0
"""Debian's kernel as an ordinary guest, without a management VM: interrupts, timer, PSCI, UART and memory as Linux uses them."""
import json
import os
import re
import subprocess

import pytest
from machine import BUILD
from test_guests import OUT, SHYPER, setting


@pytest.fixture
def pack(linux, request):
    """pack(name=settings, ...) makes a bundle of Linux guests; a setting is one of the catalogue's, as in `cpus=2`."""
    folder = os.path.join(BUILD, "guests", request.node.name)       # two tests run at a time

    def make(**vms):
        os.makedirs(folder, exist_ok=True)
        command = [os.path.join(OUT, "tools/pack"), "-o", os.path.join(folder, "bundle")]
        for name, words in vms.items():
            profile = {"name": name, "kernel": linux["kernel"], "ramdisk": linux["initrd"], "memory": "192M", "cmdline": linux["append"]}
            for word in words.split():
                profile.update(setting(*word.split("=", 1)))
            path = os.path.join(folder, name + ".json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(profile, file)
            command += ["--vm", path]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return os.path.join(folder, "bundle")

    return make


def prompt(machine, name):
    machine.expect(rf"\[{name}\] mvm:\S*# ")


def sh(machine, name, command):
    """What a command printed, one string, without the [name] in front of the lines."""
    machine.send(f"{command}; echo status=$?\r")
    machine.expect(r"echo status=\$\?\r*\n")
    machine.expect(r"status=(\d+)\r*\n")
    assert machine.child.match.group(1) == "0", f"{command}: {machine.before()}"
    said = machine.before()
    prompt(machine, name)
    return re.sub(rf"(?m)^\[{name}\] |\r", "", said)


@pytest.mark.parametrize("gic, uart", (("2", "pl011"), ("3", "sbsa")))
def test_linux_runs_reboots_and_ends(start, pack, gic, uart):
    bundle = pack(linux="cpus=2" + (" pl011=0x9000000" if uart == "pl011" else ""))
    machine = start(kernel=SHYPER, initrd=bundle, gic=gic, smp=2, mem=1024)
    prompt(machine, "linux")
    assert sh(machine, "linux", "nproc") == "2\n"
    interrupts = sh(machine, "linux", "cat /proc/interrupts")
    for cpu_counts in re.findall(r"(\d+) +(\d+) .*arch_timer", interrupts):
        assert int(cpu_counts[0]) > 0 and int(cpu_counts[1]) > 0
    assert re.search(r"[1-9]\d* .*uart-pl011", interrupts)
    # A vCPU goes off and comes back.
    sh(machine, "linux", "echo 0 > /sys/devices/system/cpu/cpu1/online")
    assert sh(machine, "linux", "nproc") == "1\n"
    sh(machine, "linux", "echo 1 > /sys/devices/system/cpu/cpu1/online")
    assert sh(machine, "linux", "nproc") == "2\n"
    # A long output through the transmit interrupt arrives whole.
    assert len(sh(machine, "linux", "seq 1 2000").split()) == 2000
    machine.send("reboot -f\r")
    machine.expect("linux asked for a reset")
    prompt(machine, "linux")
    machine.send("poweroff -f\r")
    machine.expect("linux powered itself off")
    assert machine.wait_end() == 0


def test_two_linux_guests_share_one_core(start, pack):
    bundle = pack(one="bitmap=0b1", two="bitmap=0b1")
    machine = start(kernel=SHYPER, initrd=bundle, gic=3, smp=1, mem=1024, limit_s=120)
    prompt(machine, "one")
    machine.send("\x1d2\r")
    prompt(machine, "two")
    prompt(machine, "two")
    assert sh(machine, "two", "echo $((6 * 7))") == "42\n"
    machine.send("poweroff -f\r")
    machine.expect("two powered itself off")
    machine.send("\x1d1\r")
    prompt(machine, "one")
    prompt(machine, "one")
    assert sh(machine, "one", "uname -s") == "Linux\n"
    machine.send("poweroff -f\r")
    assert machine.wait_end() == 0
