# SPDX-License-Identifier: Apache-2.0
"""What the management VM's Linux can do with devices, seen from its /dev/mem: an SMMU is out of its reach, and a device it
started is stopped before it is started again, on whatever bus."""
import pytest
from test_boot_mvm_restart import at_prompt, boot  # noqa: F401, a fixture

SMMU = 0x9050000
CLOCK = 0x9010000
ECAM = 0x4010000000
MASTER = 4


def read16(machine, at):
    return int(machine.sh(f"devmem {at:#x} 16"), 16)


def test_an_smmu_is_hidden_from_the_management_vm(boot):      # noqa: F811
    machine = boot("mvm-smmu", "a=pulse", append=" iomem=relaxed", qemu=["-machine", "iommu=smmuv3"])
    machine.sh("find /proc/device-tree | grep -i smmu", status=1)
    machine.sh("ls /proc/device-tree | grep pcie")
    machine.sh(f"devmem {CLOCK:#x} 32")
    assert "Bus error" in machine.sh(f"devmem {SMMU:#x} 32", status=135)
    machine.send("poweroff -f\r")
    assert machine.wait_end() == 0


@pytest.fixture
def with_two_roots():
    """A bus 64 that hangs on the host itself, on it a port, behind which a device waits for its bus to get a number."""
    return ["-device", "pxb-pcie,id=second,bus=pcie.0,bus_nr=64", "-device", "pcie-root-port,id=behind,bus=second,chassis=1",
            "-device", "virtio-rng-pci,bus=behind,romfile="]


def test_a_device_on_another_root_bus_is_stopped_before_the_restart(boot, with_two_roots):    # noqa: F811
    machine = boot("mvm-pxb", "a=pulse", append=" iomem=relaxed", qemu=with_two_roots)
    port, device = ECAM + (64 << 20), ECAM + (65 << 20)
    machine.sh(f"devmem {port + 0x18:#x} 32 0x414140")          # primary 64, secondary and subordinate 65
    assert read16(machine, device) == 0x1af4
    for function in (port, device):
        machine.sh(f"devmem {function + 4:#x} 16 {MASTER}")
        assert read16(machine, function + 4) & MASTER
    machine.send("echo c > /proc/sysrq-trigger\r")
    machine.expect(r"mvm asked for a reset")
    at_prompt(machine)
    assert read16(machine, device) == 0x1af4
    for function in (port, device):
        assert not read16(machine, function + 4) & MASTER
    machine.send("poweroff -f\r")
    assert machine.wait_end() == 0
