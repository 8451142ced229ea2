# SPDX-License-Identifier: Apache-2.0
"""tools/pack at a shell: what it refuses, how it says so, and that nothing half-made stays behind. No machine is started."""
import json
import os
import subprocess

import pytest
from machine import BUILD, ROOT

PACK = os.path.join(BUILD, os.environ.get("COMPILER", "gcc"), "tools/pack")


@pytest.fixture
def pack(tmp_path):
    """pack(*words) runs pack in a folder that has a kernel and a profile `a.json`; returns the finished process."""
    (tmp_path / "kernel.bin").write_bytes(bytes(5000))
    (tmp_path / "Image").write_bytes(bytes(16) + (8192).to_bytes(8, "little") + bytes(32) + b"ARM\x64" + bytes(8132))
    (tmp_path / "initrd").write_bytes(b"initrd")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large.json").write_text(" " * 1048577)
    (tmp_path / "a.json").write_text(json.dumps({"name": "a", "kernel": "kernel.bin"}))

    def run(*words):
        return subprocess.run([PACK, *words], cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              timeout=60)

    return run


def test_help_goes_to_stdout(pack):
    done = pack("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--mvm-kernel FILE" in done.stdout


def test_whole_bundle_lists_its_members_in_order(pack):
    done = pack("-o", "b", "--mvm-kernel", "Image", "--mvm-initrd", "initrd", "--mvm-cmdline", "quiet", "--mvm-cpus", "0-1,3",
                "--vm", "a.json", "--vm-name", "first", "--vm-ramdisk", "initrd", "--vm-cmdline", "x y", "--vm", "a.json")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = pack("--list", "b")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == [
        "MEMBER", "shyper/config.dtb", "shyper/mvm.dtb", "mvm/kernel", "mvm/ramdisk",
        "vm/first.dtb", "vm/first/kernel", "vm/first/ramdisk", "vm/a.dtb", "vm/a/kernel"]


def test_archive_is_one_that_cpio_reads(pack, tmp_path):
    assert pack("-o", "b", "--vm", "a.json").returncode == 0
    with open(tmp_path / "b", "rb") as archive:
        listed = subprocess.run(["cpio", "--list", "--quiet"], stdin=archive, capture_output=True, text=True, check=True)
    assert [name for name in listed.stdout.split() if name != "shyper/filler"] == [
        "shyper/config.dtb", "vm/a.dtb", "vm/a/kernel"]


@pytest.mark.parametrize("words, status, message", [
    ([], 2, "no output file; give -o BUNDLE"),
    (["-o", "b"], 2, "nothing to pack; give --mvm-kernel or --vm"),
    (["-o", "b", "--vm-name", "x"], 2, "has to follow --vm"),
    (["-o", "b", "--mvm-cmdline", "x", "--vm", "a.json"], 2, "without --mvm-kernel"),
    (["-o", "b", "--mvm-kernel", "Image", "--mvm-cpus", "0-"], 2, "--mvm-cpus wants a list of CPUs below 64 as 0-1,3: 0-"),
    (["-o", "b", "--mvm-kernel", "Image", "--mvm-cpus", "64"], 2, "--mvm-cpus wants"),
    (["-o", "b", "--mvm-kernel", "Image", "--mvm-cpus", "0-8"], 2, "more than 8 CPUs"),
    (["-o", "b", "--mvm-kernel", "Image", "--mvm-heartbeat", "999"], 2,
     "--mvm-heartbeat wants milliseconds, 1000 to 3600000: 999"),
    (["-o", "b", "--mvm-kernel", "Image", "--mvm-heartbeat", "soon"], 2, "--mvm-heartbeat wants"),
    (["-o", "b", "--mvm-kernel", "Image", "--mvm-heartbeat", "4294967297000"], 2, "--mvm-heartbeat wants"),
    (["-o", "b", "--mvm-kernel", "Image", "--mvm-weight", "0"], 2, "--mvm-weight wants a number from 1 to 10000: 0"),
    (["-o", "b", "--mvm-kernel", "Image", "--mvm-weight", "10001"], 2, "--mvm-weight wants"),
    (["-o", "b", "--mvm-weight", "5", "--vm", "a.json"], 2, "without --mvm-kernel"),
    (["-o", "b", "--mvm-heartbeat", "5000", "--vm", "a.json"], 2, "without --mvm-kernel"),
    (["-o", "b", "--vm", "a.json", "--pool", "lots"], 2, "--pool wants a size as 256M: lots"),
    (["-o", "b", "--vm", "a.json", "--vm-name", "../x"], 2, "--vm-name is no name for a VM"),
    (["-o", "b", "--vm", "a.json", "surplus"], 2, "unexpected argument: surplus"),
    (["-o", "b", "--vm", "a.json", "--vm", "a.json"], 1, "a.json: name: another VM of this bundle is called a too"),
    (["-o", "b", "--vm", "missing.json"], 1, "missing.json: No such file or directory"),
    (["-o", "b", "--vm", "a.json", "--vm-kernel", "missing"], 1, "a.json: kernel missing: No such file or directory"),
    (["-o", "b", "--mvm-kernel", "kernel.bin"], 1, "management VM: kernel kernel.bin has no arm64 Image header"),
    (["-o", "b", "--mvm-kernel", "missing"], 1, "management VM: kernel missing: No such file or directory"),
    (["-o", "no/b", "--vm", "a.json"], 1, "no/b: cannot be written: No such file or directory"),
    (["-o", "b", "--vm", "folder"], 1, "folder: is a folder, no regular file"),
    (["-o", "b", "--vm", "/dev/zero"], 1, "/dev/zero: is a device, no regular file"),
    (["-o", "b", "--vm", "pipe"], 1, "pipe: is a pipe, no regular file"),
    (["-o", "b", "--vm", "large.json"], 1, "large.json: is larger than 1048576 bytes"),
    (["-o", "b", "--vm", "a.json", "--vm-name", "x" * 10000], 2, "--vm-name is no name for a VM"),
    (["-o", "b", "--vm", "x" * 10000], 1, "File name too long"),
    (["-o", "b", "--mvm-kernel", "folder"], 1, "management VM: kernel folder is no regular file"),
    (["-o", "b", "--mvm-kernel", "Image", "--mvm-initrd", "pipe"], 1, "management VM: ramdisk pipe is no regular file"),
    (["-o", "b", "--mvm-kernel", "Image", "--mvm-cmdline", "x" * 10000], 2, "--mvm-cmdline is longer than 1023 bytes"),
    (["-o", "folder", "--vm", "a.json"], 1, "folder: is no regular file"),
    (["-o", "pipe", "--vm", "a.json"], 1, "pipe: is no regular file"),
    (["--list", "folder"], 1, "folder: is no regular file"),
    (["--list", "pipe"], 1, "pipe: is no regular file"),
    (["--list", "missing"], 1, "missing: No such file or directory"),
    (["--list", "kernel.bin"], 1, "no cpio entry (newc)"),
])
def test_refusals_name_the_cause_and_leave_nothing(pack, tmp_path, words, status, message):
    before = sorted(os.listdir(tmp_path))
    kinds = [os.lstat(tmp_path / name).st_mode for name in before]
    done = pack(*words)
    assert done.returncode == status
    assert done.stderr.startswith("pack: ") and message in done.stderr
    assert done.stdout == ""
    assert sorted(os.listdir(tmp_path)) == before
    assert [os.lstat(tmp_path / name).st_mode for name in before] == kinds


def test_bad_profile_names_file_place_and_remedy(pack, tmp_path):
    (tmp_path / "bad.json").write_text(json.dumps({
        "name": "a", "kernl": "kernel.bin", "cpus": 9,
        "emulated_device": {"emulated_device_list": [{"type": "EMU_DEVICE_T_VIRTIO_NET"}]}}))
    done = pack("-o", "b", "--vm", "bad.json")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "pack: bad.json: kernl: unknown key; did you mean \"kernel\"?",
        "pack: bad.json: kernel: is missing",
        "pack: bad.json: cpus: is 9; has to be from 1 to 8",
        "pack: bad.json: emulated_device.emulated_device_list[0].type: EMU_DEVICE_T_VIRTIO_NET is not served by this version; "
        "remove this device"]


def test_old_bundle_survives_a_failed_run(pack, tmp_path):
    assert pack("-o", "b", "--vm", "a.json").returncode == 0
    good = (tmp_path / "b").read_bytes()
    assert pack("-o", "b", "--vm", "a.json", "--vm-kernel", "missing").returncode == 1
    assert (tmp_path / "b").read_bytes() == good


@pytest.mark.parametrize("profile", sorted(os.listdir(os.path.join(ROOT, "mvm/profiles"))))
def test_profiles_we_ship_are_good(pack, profile):
    done = pack("-o", "b", "--vm", os.path.join(ROOT, "mvm/profiles", profile), "--vm-kernel", "kernel.bin")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("missing", [1, 4096])
def test_our_own_image_cut_short_is_refused(pack, tmp_path, missing):
    with open(os.path.join(BUILD, "mvm/hello.bin"), "rb") as image:
        whole = image.read()
    (tmp_path / "cut").write_bytes(whole[:-missing])
    done = pack("-o", "b", "--vm", "a.json", "--vm-kernel", "cut")
    assert done.returncode == 1
    assert f"is cut short: {len(whole) - missing} of {len(whole)} bytes are there; copy it again" in done.stderr
    (tmp_path / "cut").write_bytes(whole)
    assert pack("-o", "b", "--vm", "a.json", "--vm-kernel", "cut").returncode == 0
