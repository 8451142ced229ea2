# SPDX-License-Identifier: Apache-2.0
"""tools/checks finds what it is there to find."""
import os
import subprocess

import pytest
from machine import ROOT


@pytest.fixture
def tree(tmp_path):
    """tree({path: text}) puts files under version control; checks(words) runs tools/checks on them."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)

    def write(files):
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        subprocess.run(["git", "add", "-A"], cwd=tmp_path, check=True)
        return lambda *words: subprocess.run([os.path.join(ROOT, "tools/checks"), *words], cwd=tmp_path, text=True,
                                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return write


SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"


@pytest.mark.parametrize("path, text, finding", [
    ("lib/a.c", "int a;\n", "lib/a.c:1: names no licence"),
    ("lib/a.c", SPDX + "int a;", "lib/a.c:2: does not end with a newline"),
    ("lib/a.c", SPDX + "int a; \n", "lib/a.c:2: ends with a blank"),
    ("lib/a.c", SPDX + "\tint a;\n", "lib/a.c:2: holds a tab"),
    ("lib/a.c", SPDX + "/* TO" + "DO: later */\n", "lib/a.c:2: holds"),
    ("hypervisor/core/a.c", SPDX + "#ifdef __aarch64__\n#endif\n", "hypervisor/core/a.c:2: portable code asks for the ISA"),
], ids=["licence", "newline", "blank", "tab", "owed", "isa"])
def test_text_is_found(tree, path, text, finding):
    done = tree({path: text})("text")
    assert done.returncode == 1
    assert finding in done.stdout


@pytest.mark.parametrize("user, used", [
    ("hypervisor/core/vm.c", "unikernel/kernel/thread.h"),
    ("unikernel/kernel/thread.c", "hypervisor/core/vm.h"),
    ("lib/fmt.c", "hypervisor/core/log.h"),
    ("mvm/driver/main.c", "lib/list.h"),
    ("hypervisor/core/vm.c", "tests/unit/fake.h"),
    ("unikernel/kernel/main.c", "unikernel/mm/mmu/table.h"),
    ("unikernel/mm/user.c", "unikernel/mm/mmu/attr.h"),
])
def test_an_arrow_that_points_the_wrong_way_is_found(tree, user, used):
    checks = tree({"build/gcc/x.d": f"build/gcc/x.o: {user} \\\n abi/vm.h \\\n {used}\n{used}:\n"})
    done = checks("depends", "build/gcc")
    assert done.returncode == 1
    assert f"{user}:1: includes {used}" in done.stdout


def test_right_arrows_and_clean_text_pass(tree):
    checks = tree({"build/gcc/x.d": "x.o: hypervisor/core/vm.c hypervisor/core/vm.h lib/list.h abi/vm.h arch/aarch64/x.h\n",
                   "lib/a.c": SPDX + "int a;\n"})
    assert checks("depends", "build/gcc").returncode == 0
    assert checks("text").returncode == 0


def test_a_header_that_needs_another_first_is_found(tree):
    done = tree({"lib/a.h": SPDX + "#pragma once\nuint8_t a(void);\n"})("headers")
    assert done.returncode == 1
    assert "lib/a.h:1: does not compile alone" in done.stdout


@pytest.mark.parametrize("what", ["text", "headers"])
def test_this_tree_passes(what):
    done = subprocess.run([os.path.join(ROOT, "tools/checks"), what], cwd=ROOT, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout
