# SPDX-License-Identifier: Apache-2.0
"""A management VM with two CPUs, which its default does not show."""
import json
import os
import subprocess

import pytest
from machine import BUILD


@pytest.mark.parametrize("gic", [2, 3])
def test_a_management_vm_with_two_cpus(start, tmp_path, gic):
    bundle = str(tmp_path / "bundle.cpio")
    kernel = os.path.join(BUILD, "third_party/linux/boot/vmlinuz-6.1.0-50-cloud-arm64")
    subprocess.run([os.path.join(BUILD, "gcc/tools/pack"), "-o", bundle, "--mvm-kernel", kernel, "--mvm-initrd",
                    os.path.join(BUILD, "system-test/initramfs.cpio"), "--mvm-cmdline", "console=ttyAMA0 quiet cma=0 rdinit=/init",
                    "--mvm-cpus", "0-1"], check=True)
    machine = start(kernel=os.path.join(BUILD, "gcc/hypervisor/shyper.bin"), initrd=bundle, gic=gic, smp=4, mem=1024, limit_s=120)
    machine.prompt()
    assert machine.sh("nproc").strip() == "2"
    # Two commands at once, on both CPUs; in a shell of their own, which says nothing about its jobs.
    both = ("(while :; do shyper vm list >/dev/null || break; done) & P=$!; shyper vm config /test/greeter.json && "
            "shyper vm boot greeter && shyper vm console greeter </dev/null && shyper vm remove greeter; S=$?; "
            "kill $P; wait $P; exit $S")
    for _ in range(5):
        machine.sh(f"sh -c '{both}'")
    assert [vm["name"] for vm in json.loads(machine.sh("shyper vm list -o json"))] == ["mvm"]
    machine.send("poweroff -f\r")
    assert machine.wait_end() == 0
