# SPDX-License-Identifier: Apache-2.0
"""A VM of the bundle that this machine cannot run is named with the reason, and costs the others nothing."""
import json
import os
import subprocess

import pytest
from test_guests import OUT, SHYPER, program

REFUSED = {
    "too_large": ({"memory": "2G"}, r"vm/big\.dtb: memory: "),
    "a_cpu_the_board_has_not": ({"cpu_bitmap": "0b1000"}, r"vm/big\.dtb: cpus: "),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_vm_that_cannot_be_made(start, tmp_path, what):
    more, message = REFUSED[what]
    command = [os.path.join(OUT, "tools/pack"), "-o", str(tmp_path / "bundle")]
    for profile in (dict({"name": "big", "kernel": program("hello")}, **more), {"name": "g", "kernel": program("hello")}):
        path = tmp_path / (profile["name"] + ".json")
        path.write_text(json.dumps(profile))
        command += ["--vm", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    machine = start(kernel=SHYPER, initrd=str(tmp_path / "bundle"), smp=2, mem=512)
    machine.expect(message)
    machine.expect(r"\[g\] done: \d+ passed, 0 failed")
    assert machine.wait_end() == 0
