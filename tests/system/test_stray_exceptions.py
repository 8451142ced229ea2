# SPDX-License-Identifier: Apache-2.0
"""What no guest can make happen on an emulator: the debugger turns an exit of a guest into a fast interrupt that nobody sent, or
into an SError. The other guests go on."""
import pytest
from gdbstub import PC, Gdb
from test_guests import SHYPER, bundle
from test_panic import address_of


# regression: 16
def test_a_stray_fast_interrupt_harms_nobody(start, tmp_path):
    stub = str(tmp_path / "gdb")
    machine = start(kernel=SHYPER, initrd=bundle({"vms": "a=pulse bitmap=0b1 b=pulse bitmap=0b1"}, "stray"), gic=3, smp=1, mem=512,
                    qemu=["-gdb", f"unix:{stub},server=on,wait=off"])
    machine.expect(r"\[b\] pulse 1 ")
    gdb = Gdb(stub)
    for _ in range(5):
        gdb.run_to(address_of("trap_sync"))
        gdb.set_register(PC, address_of("trap_irq"))        # where fast interrupts go
    gdb.send("c")
    for name in "ab" * 3:
        machine.expect(rf"\[{name}\] pulse \d+ ")


def serror_at_an_exit(gdb, vcpu):
    gdb.set_register(PC, address_of("trap_serror"))


def serror_found_on_leaving(gdb, vcpu):
    """As if one were pending when the vCPU that was just interrupted leaves its core."""
    trap_irq, frame, link = gdb.register(PC), gdb.register(0), gdb.register(30)
    gdb.set_register(0, vcpu)
    gdb.set_register(30, trap_irq)
    gdb.set_register(PC, address_of("serror_take"))
    gdb.run_to(trap_irq)
    gdb.set_register(0, frame)
    gdb.set_register(30, link)


# regression: 16
@pytest.mark.parametrize("gic", [2, 3])
@pytest.mark.parametrize("pend", [serror_at_an_exit, serror_found_on_leaving])
def test_an_serror_comes_back_to_its_vm_and_to_no_other(start, tmp_path, pend, gic):
    """Two VMs share the core and keep SErrors masked through many slices before they look."""
    stub = str(tmp_path / "gdb")
    machine = start(kernel=SHYPER, initrd=bundle({"vms": "a=serror bitmap=0b1 b=serror bitmap=0b1"}, f"serror-gic{gic}"), gic=gic, smp=1,
                    mem=512, qemu=["-gdb", f"unix:{stub},server=on,wait=off"])
    machine.expect(r"\[b\] SErrors: 0")
    gdb = Gdb(stub)
    gdb.run_to(address_of("trap_irq"))
    vcpu = gdb.memory(address_of("cpus"))               # first member: the vCPU that runs
    culprit = gdb.memory(gdb.memory(vcpu), 4)           # the same: its VM, and that one's id
    pend(gdb, vcpu)
    gdb.send("c")
    name, other = ("a", "b") if culprit == 1 else ("b", "a")
    machine.expect(rf"\[{name}\] SErrors: 1\r")
    for who, count in ((other, 0), (name, 1), (other, 0), (name, 1)):
        assert machine.expect(rf"\[{who}\] SErrors: (\d+)\r").group(1) == str(count)
