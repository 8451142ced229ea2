# SPDX-License-Identifier: Apache-2.0
"""What no guest can make happen on an emulator: the debugger turns an exit of a guest into a fast interrupt that nobody sent. The
guests go on."""
from gdbstub import Gdb
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
        gdb.set_register(32, address_of("trap_irq"))        # where fast interrupts go
    gdb.send("c")
    for name in "ab" * 3:
        machine.expect(rf"\[{name}\] pulse \d+ ")
