# SPDX-License-Identifier: Apache-2.0
"""What a unikernel may meet before its first line: processors in any state, odd trees, little memory, absurd arguments."""
import os
import re
import subprocess

import pytest
from machine import BUILD, ROOT

OUT = os.path.join(BUILD, os.environ.get("COMPILER", "gcc"), "uk")
HELLO = "Hello from Unishyper 💗\r+\n"

# Firmware that leaves whatever it likes behind and enters the image with the tree in x0, at the level it was started at.
FIRMWARE = """
    mrs x9, CurrentEL
    mov x0, #-1
    lsr x1, x0, #8
    cmp x9, #8
    b.ne 1f
    msr cntvoff_el2, x1         // a counter that is far off
    msr cnthctl_el2, xzr        // EL1 may not read it
    msr hstr_el2, x0
    msr vttbr_el2, x1
    msr vmpidr_el2, x0
    mov w2, #0x37ff
    msr cptr_el2, x2            // no FP
    mov w2, #0x0e60
    msr mdcr_el2, x2            // no debug registers, no counters of events
    ldr x2, =0x4ee038           // interrupts and waiting go to EL2
    msr hcr_el2, x2
1:  ldr x2, =0x30d0199a         // everything of SCTLR_EL1 but the MMU
    msr sctlr_el1, x2
    msr ttbr0_el1, x1
    msr ttbr1_el1, x1
    msr tcr_el1, x1
    msr vbar_el1, x1
    msr cntkctl_el1, xzr
    msr cpacr_el1, xzr
    msr tpidr_el1, x0
    msr cntv_tval_el0, xzr
    mov x2, #1
    msr cntv_ctl_el0, x2
    isb
    mov sp, x1
    ldr x0, =TREE
    ldr x2, =IMAGE
    br x2
"""
IMAGE, TREE, ENTRY = 0x40200000, 0x41000000, 0x41100000
AARCH64 = ["qemu-system-aarch64", "-cpu", "cortex-a53"]
LEVELS = {1: "virt", 2: "virt,virtualization=on", 3: "virt,secure=on,virtualization=on"}


def run(*command, text=None):
    return subprocess.run(command, input=text, check=True, stdout=subprocess.PIPE, text=True).stdout


def tree_of(folder, qemu, machine, change):
    """The machine's own tree, as text changed by change(), as a blob."""
    blob = str(folder / "virt.dtb")
    subprocess.run([*qemu, "-M", f"{machine},dumpdtb={blob}", "-m", "64", "-display", "none"], check=True, capture_output=True)
    source = change(run("dtc", "-q", "-I", "dtb", "-O", "dts", blob))
    run("dtc", "-q", "-I", "dts", "-O", "dtb", "-o", blob, text=source)
    return blob


def loaded(folder, blob, image, level=1, mem=64):
    """The command that starts an aarch64 image by a firmware of ours, with this tree."""
    source, obj, firmware = (str(folder / name) for name in ("firmware.S", "firmware.o", "firmware.bin"))
    with open(source, "w", encoding="utf-8") as file:
        file.write(FIRMWARE)
    run("aarch64-linux-gnu-gcc", "-c", f"-DTREE={TREE}", f"-DIMAGE={IMAGE}", source, "-o", obj)
    run("aarch64-linux-gnu-objcopy", "-O", "binary", obj, firmware)
    command = [*AARCH64, "-M", LEVELS[level], "-semihosting", "-m", str(mem), "-nodefaults",
               "-display", "none", "-no-reboot", "-serial", "stdio", "-device", f"loader,file={firmware},addr={ENTRY},force-raw=on,cpu-num=0"]
    for file, at in ((blob, TREE), (os.path.join(OUT, "aarch64", image), IMAGE)):
        command += ["-device", f"loader,file={file},addr={at},force-raw=on"]
    return command


# regression: uk 3
@pytest.mark.parametrize("level", [1, 2])
def test_what_firmware_left_behind_does_not_matter(start, tmp_path, level):
    blob = tree_of(tmp_path, AARCH64, LEVELS[level], lambda text: text)
    machine = start(command=loaded(tmp_path, blob, "bare/bare.img", level))
    machine.expect(r"done: all of it held\r+\n")
    assert machine.wait_end() == 0


# regression: uk 3
def test_entry_at_el3_is_reported(start, tmp_path):
    blob = tree_of(tmp_path, AARCH64, LEVELS[3], lambda text: text)
    machine = start(command=loaded(tmp_path, blob, "hello-bare/hello_world.img", 3))
    machine.expect("PANIC[^\r]*entered at EL3: firmware has to enter at EL2 or EL1")
    assert machine.wait_end() == 70


# regression: uk 3
def test_caches_are_cleaned_before_translation_begins(start, tmp_path):
    log = str(tmp_path / "instructions")
    command = loaded(tmp_path, tree_of(tmp_path, AARCH64, "virt", lambda text: text), "hello-bare/hello_world.img")
    machine = start(command=[*command, "-d", "in_asm", "-D", log])
    machine.expect(HELLO)
    assert machine.wait_end() == 0
    with open(log, encoding="utf-8", errors="replace") as file:
        words = re.findall(r"^0x[0-9a-f]+: +([0-9a-f]{8})", file.read(), re.MULTILINE)
    mmu = [at for at, word in enumerate(words) if int(word, 16) & ~31 == 0xd5181000]    # msr sctlr_el1: off by the firmware, off, on
    assert len(mmu) >= 3
    before = words[mmu[1]:mmu[2]]
    assert any(int(word, 16) & ~31 == 0xd5087620 for word in before), "dc ivac"
    assert any(int(word, 16) == 0xd508751f for word in before), "ic iallu"


def many_pieces(text, count=40):
    """64 MiB as the first 24 and many pieces of half a MiB with as much between them."""
    node = re.search(r"memory@[0-9a-f]+ \{[^}]*\};", text).group()
    base = int(re.search(r"memory@([0-9a-f]+)", node).group(1), 16)
    pieces = [(base, 24 << 20)] + [(base + (24 << 20) + i * (1 << 20), 1 << 19) for i in range(count)]
    return text.replace(node, "\n".join(f'memory@{at:x} {{ device_type = "memory"; reg = <0 {at:#x} 0 {size:#x}>; }};' for at, size in pieces))


def truncated(text):
    return re.sub(r"(memory@[0-9a-f]+ \{[^}]*reg = <0x0+ 0x[0-9a-f]+ 0x0+) 0x[0-9a-f]+>", r"\1>", text)


TREES = {"many_pieces": (many_pieces, HELLO, 0),
         "truncated": (truncated, "PANIC[^\r]*the device tree describes no memory", 70)}


# regression: uk 9
@pytest.mark.parametrize("kind", TREES)
@pytest.mark.parametrize("isa", ["aarch64", "riscv64"])
def test_memory_as_the_tree_describes_it(start, tmp_path, isa, kind):
    change, said, status = TREES[kind]
    blob = tree_of(tmp_path, AARCH64 if isa == "aarch64" else ["qemu-system-riscv64"], "virt", change)
    if isa == "aarch64":
        command = loaded(tmp_path, blob, "hello-bare/hello_world.img")
    else:
        command = ["qemu-system-riscv64", "-M", "virt", "-m", "64", "-nodefaults", "-display", "none", "-no-reboot", "-serial", "stdio",
                   "-dtb", blob, "-kernel", os.path.join(OUT, "riscv64/hello-bare/hello_world.img")]
    machine = start(command=command)
    machine.expect(said)
    assert machine.wait_end() == status


# ISA -> how QEMU is started; MiB that are enough; MiB that are not
QEMU = {"aarch64": ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53", "-semihosting"], "riscv64": ["qemu-system-riscv64", "-M", "virt"],
        "x86_64": ["qemu-system-x86_64", "-M", "q35", "-cpu", "max"]}
MEMORY = {"aarch64": (6, 4), "riscv64": (6, 4), "x86_64": (4, 2)}
EACH_ISA = pytest.mark.parametrize("isa", QEMU)


def image(isa, name, *words, mem=64):
    return [os.path.join(ROOT, "tools/uk_run.py"), "--", *QEMU[isa], "-m", str(mem), "-nodefaults", "-display", "none", "-no-reboot",
            "-kernel", os.path.join(OUT, isa, name), *words]


# regression: uk 9, 17
@EACH_ISA
def test_little_memory_is_enough(start, isa):
    machine = start(command=image(isa, "threading/threading.img", "-append", "20", mem=8))
    machine.expect("Task yielding tests run OK!\r+\n")
    assert machine.wait_end() == 0
    machine = start(command=image(isa, "hello-bare/hello_world.img", mem=MEMORY[isa][0]))
    machine.expect(HELLO)
    assert machine.wait_end() == 0


@EACH_ISA
def test_less_memory_than_the_image_needs_is_said(start, isa):
    machine = start(command=image(isa, "hello-bare/hello_world.img", mem=MEMORY[isa][1]))
    machine.expect("[Nn]ot? enough (space|memory)")
    assert machine.wait_end() == 1


@EACH_ISA
@pytest.mark.parametrize("arguments,said,status", [
    ("7 " + "x" * 1500, "only the first 1023 characters are taken", 7),
    ("7 " + "x " * 50, "only the first 32 words are taken", 7),
    ("'7 and no end", None, 7), ('"\\', None, 0), ("\x01\x7f\xff\x80", None, 0),
], ids=["long", "many", "open-quote", "backslash", "binary"])
def test_absurd_arguments(start, isa, arguments, said, status):
    machine = start(command=image(isa, "exit_status/exit_status.img", "-append", arguments))
    if said:
        machine.expect(said)
    assert machine.wait_end() == status
