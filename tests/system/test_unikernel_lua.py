# SPDX-License-Identifier: Apache-2.0
"""Lua's interpreter, unmodified, on the unikernel (apps/lua): scripts print there what Debian's lua5.4 prints on the host.

Host and unikernel have different versions, 5.4.4 and 5.4.7; nothing the scripts print has changed between them.
"""
import os
import re
import subprocess

import pytest
from machine import ROOT
from test_unikernel_files import MACHINES, OUT

SCRIPTS = os.path.join(ROOT, "tests/system/lua")
LANGUAGE = "language libraries files errors"
BENCHMARKS = "nbody fannkuch spectral trees mandelbrot nucleotides"
ISAS = ["aarch64", "riscv64", "q35"]


@pytest.fixture
def lua(start, tmp_path):
    """lua(machine, arguments) starts the interpreter with our scripts in /initrd."""
    def start_lua(machine, arguments, mem=64):
        archive = tmp_path / "initrd"
        with open(archive, "wb") as out:
            subprocess.run("ls *.lua | cpio --quiet -o -H newc", shell=True, cwd=SCRIPTS, stdout=out, check=True)
        isa, qemu = MACHINES[machine]
        return start(limit_s=300, command=[os.path.join(ROOT, "tools/uk_run.py"), "--", *qemu, "-m", str(mem), "-nodefaults", "-display",
                                           "none", "-no-reboot", "-kernel", os.path.join(OUT, isa, "lua", "lua.img"), "-initrd",
                                           str(archive), "-append", arguments])
    return start_lua


def output_of(vm):
    vm.expect("=== begin\r+\n")
    vm.expect("=== end\r+\n")
    return re.sub("\r+\n", "\n", vm.before()).replace("/initrd/run.lua", "run.lua")


def output_on_host(scripts):
    done = subprocess.run(["lua5.4", "run.lua", *scripts.split()], cwd=SCRIPTS, stdout=subprocess.PIPE, check=True, text=True, timeout=60)
    return done.stdout.split("=== begin\n")[1].split("=== end\n")[0]


@pytest.mark.parametrize("scripts", [LANGUAGE, BENCHMARKS], ids=["language", "benchmarks"])
@pytest.mark.parametrize("machine", ISAS)
def test_scripts_print_what_they_print_on_the_host(lua, machine, scripts):
    vm = lua(machine, f"/initrd/run.lua {scripts}")
    ours, host = output_of(vm), output_on_host(scripts)
    assert vm.wait_end() == 0
    assert "FAILED" not in host and [f"=== {name}" in host for name in scripts.split()]
    assert ours == host


@pytest.mark.parametrize("machine", ISAS)
def test_memory_that_ends_is_an_error_and_there_are_no_programs_to_start(lua, machine):
    vm = lua(machine, "/initrd/run.lua limits", mem=16)
    assert output_of(vm) == """=== limits
10	false	not enough memory
1000	false	not enough memory
1000000	false	not enough memory
false	not enough memory
there is some again	1000	1004
false	not enough memory
popen: there are no other programs on Unishyper: make what is wanted a function of this one
nil	ls: Function not implemented	38
system: there are no other programs on Unishyper: make what is wanted a function of this one
nil	Function not implemented	38
"""
    assert vm.wait_end() == 0


@pytest.mark.parametrize("machine", ISAS)
def test_lines_typed_at_the_console_are_run(lua, machine):
    vm = lua(machine, "")
    vm.expect(r"Lua 5\.4\.7  Copyright \(C\) 1994-2024 Lua\.org, PUC-Rio\r+\n> ")
    for line, answer in [("21 * 2", "42\r+\n> "), ("function f(n)", ">> "), ("return n + 1 end return f(1)", "2\r+\n> "),
                         ("error('typed')", "stdin:1: typed\r+\nstack traceback:(.*\r+\n)+> ")]:
        vm.send(line + "\r")
        vm.expect(re.escape(line) + "\r+\n" + answer)
    vm.send("os.exit(7)\r")
    assert vm.wait_end() == 7


@pytest.mark.parametrize("words,status,text", [
    ("LUA_INIT=print(40+2) /initrd/greet.lua", 0, "42\r+\ngreet is loaded as\tnil\r+\n"),
    ("-e error[[end]] /initrd/greet.lua", 1, r"lua: \(command line\):1: end\r+\n"),
    ("/initrd/none.lua", 1, "lua: cannot open /initrd/none.lua: No such file or directory\r+\n"),
    ("-l greet -e print(greet.hello[[you]])", 0, "greet is loaded as\tgreet\r+\nhello you\r+\n"),
])
def test_arguments_and_the_status_are_those_of_the_interpreter(lua, words, status, text):
    vm = lua("aarch64", words)
    vm.expect(text)
    assert vm.wait_end() == status
