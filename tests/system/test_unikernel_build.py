# SPDX-License-Identifier: Apache-2.0
"""The unikernel as a project: every example is run by a test, what documents say to type works without root's rights, an address
stands in one place, and what comes from elsewhere says under which licence."""
import glob
import os
import re
import subprocess

import pytest
from machine import ROOT, Slot

ISAS = ["aarch64", "riscv64", "x86_64"]
HELLO = "Hello from Unishyper 💗\n"


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


# regression: uk 75
def test_every_example_is_run_by_a_test_that_looks_at_what_it_prints():
    images = {}
    for text in map(read, ["unikernel/build.mk", "tests/bench/build.mk"]):
        for image, app in re.findall(r"\$\(call uk_image,\$\([1a]\),([\w-]+),(\w+),", text):
            images.setdefault(app, set()).add(image)
    tests = "".join(map(read, glob.glob(os.path.join(ROOT, "tests/system/test_*.py")) + glob.glob(os.path.join(ROOT, "tests/bench/*.py"))))
    apps = sorted(os.path.basename(os.path.dirname(path)) for path in glob.glob(os.path.join(ROOT, "apps/*/app.mk")))
    assert len(apps) > 15
    assert not [app for app in apps if not any(re.search(rf"[\"'/]{image}[\"'/]", tests) for image in images.get(app, {app}))]


def commands(path):
    """What stands in blocks of code, without what is remarked and what asks for the exit status."""
    lines = [line for block in re.findall(r"^```(?:sh)?\n(.*?)^```", read(path), re.MULTILINE | re.DOTALL) for line in block.splitlines()]
    return [re.split(r";| {2,}#", line)[0].strip() for line in lines if re.match(r"make .*APP=\w+ .*run\b", line)]


COMMANDS = sorted(set(commands("README.md") + commands("docs/unikernel.md")))


def test_documents_say_how_to_run_an_image_on_each_isa():
    assert any(command == "make ARCH=aarch64 MACHINE=qemu APP=hello_world FEATURES= run" for command in COMMANDS)
    assert {re.search(r"ARCH=(\w+)|$", command).group(1) or "aarch64" for command in COMMANDS} == set(ISAS)


# regression: uk 75
@pytest.mark.alone
@pytest.mark.parametrize("command", COMMANDS)
def test_what_documents_say_to_type_works_without_root_s_rights(command):
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS", "COMPILER"))}
    no_rights = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"] if os.geteuid() == 0 else []
    slot = Slot()
    try:
        done = subprocess.run(["timeout", "-k", "2", "500", *no_rights, "sh", "-c", command], cwd=ROOT, env=clean, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    finally:
        slot.release()
    output = done.stdout.decode(errors="replace").replace("\r\n", "\n")
    if "exit_status" in command:
        status = re.search(r"ARGS=(\d+)", command).group(1)
        assert done.returncode == 2 and f"Error {status}" in output
    else:
        assert done.returncode == 0 and HELLO in output, output


def addresses(isa):
    """{name: address} of all that unikernel/arch/ISA/uk_layout.h says where it is"""
    found = re.findall(r"^#define (\w+)\s+(0x[0-9a-f]+)\b", read(f"unikernel/arch/{isa}/uk_layout.h"), re.MULTILINE)
    return {name: int(value, 16) for name, value in found if not name.endswith("_SIZE")}


# regression: uk 76
@pytest.mark.parametrize("isa", ISAS)
def test_an_address_stands_in_one_place(isa):
    """But for the one the boot loader's file is made with."""
    places = addresses(isa)
    assert {"APP_BASE", "KERNEL_BASE", "LINEAR_BASE", "MMAP_BASE"} < set(places)
    if isa == "x86_64":
        assert places["IMAGE_LMA"] == int(re.search(r"^LOAD = (0x\w+)", read("tools/uk_pvh.py"), re.MULTILINE).group(1), 16)
    others = [other for other in ISAS if other != isa]
    files = [path for pattern in ("unikernel/**/*.[chS]", "unikernel/**/*.mk", "mk/*.mk", "tools/uk_*.py")
             for path in glob.glob(os.path.join(ROOT, pattern), recursive=True)
             if not any(f"/arch/{other}/" in path for other in others) and not path.endswith(("uk_layout.h", "uk_pvh.py"))]
    large = {value: name for name, value in places.items() if value >= 0x400000}
    again = []
    for path in files:
        text = re.sub(r"/\*.*?\*/", "", read(path), flags=re.DOTALL)
        again += [f"{path}: {large[int(number, 16)]}" for number in re.findall(r"\b0x[0-9a-fA-F]+", text) if int(number, 16) in large]
    assert len(files) > 100 and not again


# regression: uk 76
@pytest.mark.parametrize("isa", ISAS)
def test_linked_addresses_are_those_of_the_layout(isa):
    """The linker script has them from the same header."""
    elf = os.path.join(ROOT, "build", os.environ.get("COMPILER", "gcc"), "uk", isa, "hello-bare/hello_world.elf")
    told = subprocess.run([f"{isa}-linux-gnu-nm", elf], check=True, stdout=subprocess.PIPE, text=True).stdout
    at = {name: int(value, 16) for value, _, name in (line.split() for line in told.splitlines() if len(line.split()) == 3)}
    places = addresses(isa)
    assert places["KERNEL_BASE"] <= at["_start"] < places["TABLES_BASE"]
    assert places["APP_BASE"] <= at["main"] < places["MMAP_BASE"]


# regression: uk 77
def test_what_comes_from_elsewhere_is_pinned_and_says_its_licence():
    pinned = [block for block in re.split(r"\n{2,}", read("third_party/manifest")) if re.search(r"^Tree: ", block, re.MULTILINE)]
    assert len(pinned) > 10
    for block in pinned:
        fields = dict(re.findall(r"^(\w+): *(.*)$", block, re.MULTILINE))
        assert {"Licence", "Why", "Upgrade", "Version", "SHA256"} <= set(fields), fields["Tree"]
        assert re.fullmatch(r"[0-9a-f]{64}", fields["SHA256"]) and fields["Licence"], fields["Tree"]
