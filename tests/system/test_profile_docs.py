# SPDX-License-Identifier: Apache-2.0
"""docs/profile.md and docs/profile.schema.json against the compiler: the examples are taken, and both know the same keys."""
import json
import os
import re
import subprocess

import pytest
from machine import BUILD, ROOT

PACK = os.path.join(BUILD, os.environ.get("COMPILER", "gcc"), "tools/pack")


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


def pack(folder, profile, *more):
    path = folder / "profile.json"
    path.write_text(profile)
    for name in ("kernel.bin", "initrd"):
        (folder / name).write_bytes(bytes(4096))
    return subprocess.run([PACK, "-o", folder / "b", "--vm", path, *more], cwd=folder, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)


@pytest.mark.parametrize("number", range(len(re.findall("^```json$", read("docs/profile.md"), re.MULTILINE))))
def test_example_is_taken(tmp_path, number):
    example = re.findall("^```json\n(.*?)^```$", read("docs/profile.md"), re.MULTILINE | re.DOTALL)[number]
    done = pack(tmp_path, example, "--vm-kernel", "kernel.bin")
    assert (done.returncode, done.stderr) == (0, "")


SCHEMA = json.loads(read("docs/profile.schema.json"))
GROUPS = {
    "": SCHEMA,
    "image": SCHEMA["properties"]["image"],
    "memory": SCHEMA["properties"]["memory"]["oneOf"][2],
    "memory.region": SCHEMA["properties"]["memory"]["oneOf"][2]["properties"]["region"]["items"],
    "cpu": SCHEMA["properties"]["cpu"],
    "restart": SCHEMA["properties"]["restart"]["oneOf"][1],
}
for kind in ("emulated", "passthrough", "dtb"):
    group = SCHEMA["properties"][f"{kind}_device"]
    GROUPS[f"{kind}_device"] = group
    GROUPS[f"{kind}_device.{kind}_device_list"] = group["properties"][f"{kind}_device_list"]["items"]


@pytest.mark.parametrize("place", GROUPS, ids=lambda place: place or "top")
def test_schema_knows_the_compilers_keys(tmp_path, place):
    """A key like no other makes the compiler list those it knows."""
    inner = {"zzzzzzzzzzzzzzzzzzzzzzzz": 1}
    for key in reversed(place.split(".") if place else []):
        inner = {key: [inner] if key.endswith("_list") or key == "region" else inner}
    done = pack(tmp_path, json.dumps({"name": "a", "kernel": "kernel.bin", **inner}))
    known = re.search(r"zzzz: unknown key; known here: (.*)", done.stderr)
    assert known, done.stderr
    assert sorted(known.group(1).split(", ")) == sorted(GROUPS[place]["properties"])


def test_board_sample_is_taken_as_published(tmp_path):
    done = pack(tmp_path, read("boards/qemu-virt/guest-linux.json"), "--vm-kernel", "kernel.bin", "--vm-ramdisk", "initrd")
    # A page of zeros is no Linux: that, and nothing else, is wrong.
    assert done.returncode == 1
    assert re.fullmatch(r"pack: \S+: type: kernel kernel.bin has no arm64 Image header.*\n", done.stderr)
