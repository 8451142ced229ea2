# SPDX-License-Identifier: Apache-2.0
"""What Shyper says when it cannot boot, or not all of it: a readable message on the UART, never a silent hang. Boards are
QEMU's own device tree, edited; bundles are good ones, spoilt."""
import json
import os
import subprocess

import pytest
from machine import BUILD
from test_guests import OUT, SHYPER, bundle, program

FOLDER = os.path.join(BUILD, "guests", "boot")
OFF = r"The machine is switched off\."


@pytest.fixture(scope="module")
def good():
    """A bundle whose only VM says hello."""
    return bundle({"vms": "g=hello"}, "boot")


@pytest.fixture
def board():
    """board(gic, smp, edit...) makes a board's tree; an edit is a tuple of arguments of fdtput."""

    def make(gic, smp, *edits):
        path, packed_path = os.path.join(FOLDER, "full.dtb"), os.path.join(FOLDER, "board.dtb")
        quiet = {"check": True, "stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(["qemu-system-aarch64", "-nodefaults", "-M", f"virt,virtualization=on,gic-version={gic},dumpdtb={path}",
                        "-cpu", "cortex-a57", "-smp", str(smp), "-m", "512", "-display", "none"], **quiet)
        for what, *rest in edits:
            subprocess.run(["fdtput", "-r", path, *rest] if what == "remove" else ["fdtput", "-t", "s", path, *rest], **quiet)
        # QEMU doubles the room in a tree it is given, and a tree has to stay below 2 MiB.
        subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dtb", "-o", packed_path, path], **quiet)
        return packed_path

    return make


def ends_with(machine, *messages):
    for message in messages:
        machine.expect(message)
    machine.expect(OFF)
    assert machine.wait_end() == 0


BROKEN_BOARDS = {
    "no_gic": (("remove", "/intc@8000000"), r"interrupt controller"),
    "unknown_gic": (("set", "/intc@8000000", "compatible", "arm,gic-v9"), r"interrupt controller"),
    "no_timer": (("remove", "/timer"), r"timer"),
    "no_cpus": (("remove", "/cpus"), r"/cpus"),
}


@pytest.mark.parametrize("what", BROKEN_BOARDS)
def test_a_board_that_lacks_something_is_named(start, board, good, what):
    edit, words = BROKEN_BOARDS[what]
    machine = start(kernel=SHYPER, initrd=good, gic=3, smp=2, mem=512, qemu=("-dtb", board(3, 2, edit)))
    ends_with(machine, rf"E boot: [^\r\n]*{words}")


def test_cpus_that_do_not_come_up_are_named_and_left_out(start, board, good):
    machine = start(kernel=SHYPER, initrd=good, gic=2, smp=2, mem=512, qemu=("-dtb", board(2, 4)))
    machine.expect(r"CPU 2 \(mpidr 2\): [^\r\n]*going on without")
    machine.expect(r"CPU 3 \(mpidr 3\): [^\r\n]*going on without")
    machine.expect(r"\[g\] done: \d+ passed, 0 failed")
    assert machine.wait_end() == 0


def test_cpus_without_a_redistributor_are_a_broken_board(start, board, good):
    ends_with(start(kernel=SHYPER, initrd=good, gic=3, smp=2, mem=512, qemu=("-dtb", board(3, 4))), r"E boot: [^\r\n]*redistributor")


def test_no_bundle(start):
    ends_with(start(kernel=SHYPER, smp=1, mem=512), r"E boot: no bundle: [^\r\n]*tools/pack")


def spoilt(good, name, change):
    with open(good, "rb") as file:
        data = bytearray(file.read())
    path = os.path.join(FOLDER, name)
    with open(path, "wb") as file:
        file.write(change(data))
    return path


def flipped(data, at):
    data[at] ^= 0x10
    return data


BROKEN_BUNDLES = {
    "garbage": (lambda d: bytes(range(256)) * 64, r"bundle: not an uncompressed cpio"),
    "cut_off": (lambda d: d[:len(d) // 2], r"bundle: cut off"),
    "cut_in_the_first_header": (lambda d: d[:60], r"bundle: cut off"),
    "damaged_configuration": (lambda d: flipped(d, d.index(b"crcs") - 200), r"bundle: [^\r\n]*"),
    "damaged_profile": (lambda d: flipped(d, d.index(b"shyper,profile-1")), r"bundle: a VM's profile: wrong checksum"),
    "damaged_kernel": (lambda d: flipped(d, d.index(b"hello from EL")), r"vm/g\.dtb: [^\r\n]*CRC"),
}


@pytest.mark.parametrize("what", BROKEN_BUNDLES)
def test_a_broken_bundle_is_refused(start, good, what):
    change, message = BROKEN_BUNDLES[what]
    ends_with(start(kernel=SHYPER, initrd=spoilt(good, what, change), smp=1, mem=512), message)


def packed(name, *profiles):
    command = [os.path.join(OUT, "tools/pack"), "-o", os.path.join(FOLDER, name)]
    for profile in profiles:
        path = os.path.join(FOLDER, profile["name"] + ".json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(profile, file)
        command += ["--vm", path]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return os.path.join(FOLDER, name)


REFUSED_VMS = {
    "too_large": ({"memory": "2G"}, r"vm/big\.dtb: memory: "),
    "a_cpu_the_board_has_not": ({"cpu_bitmap": "0b1000"}, r"vm/big\.dtb: cpus: "),
}


@pytest.mark.parametrize("what", REFUSED_VMS)
def test_a_vm_that_cannot_be_made_costs_the_others_nothing(start, good, what):
    more, message = REFUSED_VMS[what]
    vms = packed(what, dict({"name": "big", "kernel": program("hello")}, **more), {"name": "g", "kernel": program("hello")})
    machine = start(kernel=SHYPER, initrd=vms, smp=2, mem=512)
    machine.expect(message)
    machine.expect(r"\[g\] done: \d+ passed, 0 failed")
    assert machine.wait_end() == 0
