# SPDX-License-Identifier: Apache-2.0
"""The management VM's userland on the bare machine: what it is made of works before a hypervisor is below it."""
import pytest


@pytest.mark.parametrize("gic", [2, 3])
def test_boots_to_a_root_shell_that_takes_control_c(start, linux, gic):
    mvm = start(**linux, el=1, gic=gic, smp=2, mem=512)
    mvm.prompt()
    assert "uid=0" in mvm.sh("id")
    assert mvm.sh("tty").strip() == "/dev/ttyAMA0"
    modules = mvm.sh("cut -d' ' -f1 /proc/modules").split()
    assert {"virtio_mmio", "virtio_blk", "virtio_net", "virtio_console"} <= set(modules)
    mvm.send("sh -c 'echo rea\"\"dy; exec sleep 1000'\r")
    mvm.expect("[\r\n]ready")
    mvm.send("\x03")
    mvm.expect(r"mvm:\S*# ")            # behind the echo of control-C, if the shell was quicker
    mvm.send("poweroff -f\r")
    assert mvm.wait_end() == 0


def test_shell_comes_back_after_exit(start, linux):
    mvm = start(**linux, el=1, smp=1, mem=256)
    mvm.prompt()
    first = mvm.sh("echo $$").strip()
    mvm.send("exit\r")
    mvm.prompt()
    assert mvm.sh("echo $$").strip() != first
    mvm.send("poweroff\r")
    assert mvm.wait_end() == 0
