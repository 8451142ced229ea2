# SPDX-License-Identifier: Apache-2.0
"""shyper.ko against a hypervisor made of arrays (tests/system/driver), on Debian's kernel on the bare machine: every refusal,
mappings, direct I/O, events, removal and unloading, without waiting for what a real VM does."""
import os

import pytest
from machine import BUILD


# regression: 10, 70
@pytest.mark.parametrize("smp", [1, 2])
def test_driver_on_a_fake_hypervisor(start, linux, smp):
    options = dict(linux, initrd=os.path.join(BUILD, "system-test/initramfs.cpio"))
    machine = start(**options, el=1, smp=smp, mem=512)
    machine.prompt()
    machine.sh("insmod /test/brd.ko rd_nr=1 rd_size=1024 && insmod /test/shyper-fake.ko")
    assert "crw-------" in machine.sh("ls -l /dev/shyper")
    for program in "exercise_memory", "exercise":       # which unloads the module
        said = machine.sh(f"/test/{program}", status=None)
        assert "done: 0 failed" in said, said
    kernel = machine.sh("dmesg")
    assert "WARNING" not in kernel and "BUG" not in kernel and "Bad page" not in kernel
    machine.send("poweroff -f\r")
    assert machine.wait_end() == 0
