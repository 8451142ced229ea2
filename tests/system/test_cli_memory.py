# SPDX-License-Identifier: Apache-2.0
"""Memory of VMs made by the command: in several pieces, large images, nothing lost after many VMs, limits."""
import json
import re

from test_cli import ended, passed, vms

MIB = 1 << 20


def config(machine, profile, status=0):
    machine.sh(f"printf '%s' '{json.dumps(profile)}' > /tmp/x.json")
    return machine.sh("shyper vm config /tmp/x.json", status=status)


def info(machine):
    return json.loads(machine.sh("shyper system info -o json"))


def filled(machine, name, size):
    machine.sh(f"/test/guestmem - {name} {size}")


def test_ram_in_several_pieces_is_one_for_guest_and_command(mvm):
    machine = mvm(smp=2, mem=512)
    kernel = "/test/memory.bin"
    for name, size in (("a", "60M"), ("b", "4M"), ("c", "60M"), ("d", "4M")):
        config(machine, {"name": name, "kernel": kernel, "memory": size})
    machine.sh("shyper vm remove a; shyper vm remove c")
    free = info(machine)["pool_free_bytes"]
    size = free // (4 * MIB) * 4
    config(machine, {"name": "big", "kernel": kernel, "memory": f"{size}M"})
    number = vms(machine)["big"]["id"]
    machine.sh("insmod /test/brd.ko rd_nr=1 rd_size=1024")
    said = machine.sh(f"/test/guestmem {number}", status=None)
    assert int(re.search(r"pieces: (\d+)", said).group(1)) > 1 and "done: 0 failed" in said, said
    border = re.findall(r"piece (0x\w+)", said)[1]
    machine.sh("shyper vm remove big")
    config(machine, {"name": "big", "kernel": kernel, "memory": f"{size}M"})
    machine.sh("shyper vm boot big")
    assert passed(ended(machine, "big"))
    machine.sh("shyper vm remove big")

    # An image that lies across the border of two pieces.
    filled(machine, "/tmp/ramdisk", 9 * MIB + 123)
    at = hex(int(border, 16) - 5 * MIB)
    config(machine, {"name": "big", "memory": f"{size}M",
                     "image": {"kernel_filename": "/test/hello.bin", "ramdisk_filename": "/tmp/ramdisk", "ramdisk_load_ipa": at}})
    number = vms(machine)["big"]["id"]
    assert f"same {9 * MIB + 123} bytes" in machine.sh(f"/test/guestmem {number} /tmp/ramdisk {at}")
    machine.sh("shyper vm boot big")
    assert passed(ended(machine, "big"))
    machine.sh("for vm in b d big; do shyper vm remove $vm; done")
    assert info(machine)["pool_free_bytes"] == info(machine)["pool_bytes"]


# regression: 66
def test_large_images_arrive_whole(mvm):
    machine = mvm(smp=2, mem=1024)
    for size in (32 * MIB, 33 * MIB + 1, 100 * MIB):
        filled(machine, "/tmp/ramdisk", size)
        config(machine, {"name": "large", "memory": "160M",
                         "image": {"kernel_filename": "/test/hello.bin", "ramdisk_filename": "/tmp/ramdisk",
                                   "ramdisk_load_ipa": "0x41000000"}})
        assert f"same {size} bytes" in machine.sh("/test/guestmem 1 /tmp/ramdisk 0x41000000")
        machine.sh("shyper vm remove large")


def test_many_lives_leave_nothing_behind(mvm):
    machine = mvm(smp=2, mem=512)
    life = "shyper vm config /test/pair.json && shyper vm boot pair && shyper vm remove pair"
    machine.sh(f"({life}) >/dev/null")
    before = info(machine)
    machine.sh(f"for i in $(seq 40); do {life} || exit; done >/dev/null")
    after = info(machine)
    for what in ("pool_free_bytes", "hyp_free_bytes", "vms"):
        assert after[what] == before[what], what


# regression: 50, 80
def test_one_vm_too_many_is_refused_and_the_others_stay(mvm):
    machine = mvm(smp=2, mem=1024)
    most = info(machine)["vms_max"]
    machine.sh(f"for i in $(seq {most - 1}); do "
               "echo '{\"name\": \"v'$i'\", \"kernel\": \"/test/hello.bin\", \"memory\": \"1M\"}' > /tmp/v.json; "
               "shyper vm config /tmp/v.json >/dev/null || exit; done")
    said = config(machine, {"name": "more", "kernel": "/test/hello.bin", "memory": "1M"}, status=1)
    assert "VMs" in said and "remove" in said, said
    assert len(vms(machine)) == most - 1
    machine.sh("for i in $(seq 2 10); do shyper vm boot v$i || exit; done")
    for number in range(2, 11):         # each has a console of its own
        assert passed(ended(machine, f"v{number}"))
    machine.sh(f"for i in $(seq {most - 1}); do shyper vm remove v$i >/dev/null || exit; done")
    assert vms(machine) == {} and info(machine)["pool_free_bytes"] == info(machine)["pool_bytes"]
