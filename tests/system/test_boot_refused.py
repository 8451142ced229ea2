# SPDX-License-Identifier: Apache-2.0
"""What Shyper says on the UART when it cannot boot, or not everything: never a silent stop, and what can run does."""
import json
import os
import subprocess

import pytest
from machine import BUILD, Slot

OUT = os.path.join(BUILD, os.environ.get("COMPILER", "gcc"))
HELLO = os.path.join(OUT, "uk/aarch64/hello-bare/hello_world.img")
SWITCHED_OFF = r"The machine is switched off\.\r+\n"


@pytest.fixture
def boot(start):
    """boot(initrd=..., dtb=...) starts the hypervisor on a GICv3 machine with two CPUs."""
    def run(initrd=None, dtb=None, gic=3, el=2):
        options = {} if initrd is None else {"initrd": initrd}
        return start(kernel=os.path.join(OUT, "hypervisor/shyper.bin"), el=el, gic=gic, cpu="cortex-a53", smp=2, mem=512,
                     limit_s=60, qemu=[] if dtb is None else ["-dtb", str(dtb)], **options)
    return run


@pytest.fixture
def bundle(tmp_path):
    """A bundle of two VMs that say hello."""
    command = [os.path.join(OUT, "tools/pack"), "-o", str(tmp_path / "bundle")]
    for name in ("one", "two"):
        (tmp_path / (name + ".json")).write_text(json.dumps({"name": name, "kernel": HELLO}))
        command += ["--vm", str(tmp_path / (name + ".json"))]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return tmp_path / "bundle"


@pytest.fixture
def tree(tmp_path):
    """tree(gic, edits...) is QEMU's own device tree after edits by fdtput, each (its options, what follows the file)."""
    def make(gic, *edits):
        path = tmp_path / "board.dtb"
        slot = Slot()
        try:
            subprocess.run(["timeout", "20", "qemu-system-aarch64", "-nodefaults", "-display", "none", "-cpu", "cortex-a53",
                            "-smp", "2", "-m", "512", "-M", f"virt,virtualization=on,gic-version={gic},dumpdtb={path}"],
                           check=True, stdin=subprocess.DEVNULL, capture_output=True)
        finally:
            slot.release()
        for options, words in edits:
            subprocess.run(["fdtput", *options.split(), str(path), *words.split()], check=True)
        return path
    return make


def damage(path, member):
    """Flip a bit in the middle of a member's data."""
    data = bytearray(path.read_bytes())
    at, length = 0, 0
    while True:
        fields = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        length, name_length = fields[6], fields[11]
        name = bytes(data[at + 110:at + 110 + name_length - 1]).decode()
        start = (at + 110 + name_length + 3) & ~3
        if name == member:
            break
        at = (start + length + 3) & ~3
    data[start + length // 2] ^= 0x20
    path.write_bytes(data)


def ends_with(machine, message):
    machine.expect(message)
    machine.expect(SWITCHED_OFF)
    assert machine.wait_end() == 0


def test_no_bundle(boot):
    ends_with(boot(), r"no bundle: give one as initrd \(made by tools/pack\)")


def test_something_else_than_a_bundle(boot, tmp_path):
    (tmp_path / "rubbish").write_bytes(b"\x1f\x8b\x08" + bytes(5000))
    ends_with(boot(tmp_path / "rubbish"), r"bundle: not an uncompressed cpio archive \(newc\)")


def test_a_bundle_that_was_cut(boot, bundle):
    bundle.write_bytes(bundle.read_bytes()[:-5000])
    ends_with(boot(bundle), "bundle: cut off")


def test_a_bundle_damaged_where_it_describes_itself(boot, bundle):
    damage(bundle, "shyper/config.dtb")
    ends_with(boot(bundle), r"bundle: shyper/config\.dtb: wrong checksum, it is damaged")


@pytest.mark.parametrize("member, message", [
    ("vm/one.dtb", r"vm/one\.dtb: the profile is corrupt"),
    ("vm/one/kernel", r"vm/one\.dtb: an image of the bundle is corrupt"),
], ids=["profile", "kernel"])
def test_a_damaged_vm_stops_itself_only(boot, bundle, member, message):
    damage(bundle, member)
    machine = boot(bundle)
    machine.expect(message)
    machine.expect(r"Hello from Unishyper")
    machine.expect("two exited with status 0")
    assert machine.wait_end() == 0


@pytest.mark.parametrize("member, message", [
    ("mvm/kernel", "an image of the bundle is corrupt"),
    ("mvm/ramdisk", "an image of the bundle is corrupt"),
], ids=["kernel", "ramdisk"])
def test_a_damaged_management_vm_leaves_the_guests_running(boot, bundle, tmp_path, member, message):
    (tmp_path / "image").write_bytes(open(HELLO, "rb").read())
    (tmp_path / "disk").write_bytes(bytes(8192))
    subprocess.run([os.path.join(OUT, "tools/pack"), "-o", str(bundle), "--mvm-kernel", str(tmp_path / "image"), "--mvm-initrd",
                    str(tmp_path / "disk"), "--mvm-cmdline", "quiet", "--vm", str(tmp_path / "one.json")], check=True)
    damage(bundle, member)
    machine = boot(bundle)
    machine.expect(message + ".*going on without a management VM")
    machine.expect("there is no management VM: the machine is switched off")
    assert machine.wait_end() == 0


# regression: 63
@pytest.mark.parametrize("edit, message", [
    (("-r", "/intc@8000000"), "no interrupt controller: the tree has no GICv2 or GICv3 node"),
    (("-r", "/timer"), "no timer: the tree lacks an arm,armv8-timer node"),
    (("-r", "/cpus"), "no CPU: /cpus has no cpu node with status okay"),
    (("-t s", "/cpus/cpu@0 status fail"), "the CPU that boots is not among the first 8 CPUs of the device tree"),
], ids=["gic", "timer", "cpus", "boot-cpu"])
def test_a_device_tree_that_lacks_something(boot, bundle, tree, edit, message):
    ends_with(boot(bundle, tree(3, edit)), message)


def test_a_cpu_that_does_not_come_up_is_left_out(boot, bundle, tree):
    ghost = "/cpus/cpu@7"
    board = tree(2, ("-c", ghost), ("-t s", ghost + " device_type cpu"), ("-t x", ghost + " reg 7"),
                 ("-t s", ghost + " compatible arm,cortex-a53"), ("-t s", ghost + " enable-method psci"))
    machine = boot(bundle, board, gic=2)
    machine.expect(r"CPU 1 \(mpidr 7\): .*going on without")       # libfdt put it in front of the CPU that boots
    for _ in range(2):
        machine.expect(r"(one|two) exited with status 0")
    assert machine.wait_end() == 0


@pytest.mark.parametrize("gic", (2, 3))
def test_entered_at_el1(boot, gic):
    machine = boot(el=1, gic=gic)
    machine.expect(r"Shyper has to be entered at EL2 \(QEMU: virtualization=on\)\.\r+\n")
    assert machine.wait_end() == 0


def test_entered_at_el1_without_a_uart(boot, tree):
    assert boot(el=1, dtb=tree(3, ("-r", "/pl011@9000000"))).wait_end() == 0
