# SPDX-License-Identifier: Apache-2.0
"""What asks the unikernel for another process or program is refused, and says why, once."""
import os
import re

import pytest
from machine import BUILD, ROOT

OUT = os.path.join(BUILD, os.environ.get("COMPILER", "gcc"), "uk")
MACHINES = {
    "aarch64": ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53", "-semihosting"],
    "riscv64": ["qemu-system-riscv64", "-M", "virt"],
    "x86_64": ["qemu-system-x86_64", "-M", "q35", "-cpu", "max"],
}
TOLD = ["fork: there are no processes on Unishyper", "vfork: there are no processes on Unishyper",
        "clone: there are no processes on Unishyper"] + [
    f"{call}: there are no other programs on Unishyper" for call in ("exec", "fexecve", "posix_spawn", "system", "popen")]


@pytest.mark.parametrize("isa", MACHINES)
def test_what_asks_for_a_process_is_refused_in_words(start, isa):
    vm = start(limit_s=120, command=[os.path.join(ROOT, "tools/uk_run.py"), "--", *MACHINES[isa], "-m", "64", "-nodefaults", "-display", "none",
                                     "-no-reboot", "-kernel", os.path.join(OUT, isa, "no_processes/no_processes.img")])
    vm.expect(r"done: 0 failed\r+\n")
    assert re.findall(r"^(\w+: there are no [^:]*):", vm.before(), re.MULTILINE) == TOLD
    assert vm.wait_end() == 0
