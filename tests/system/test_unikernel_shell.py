# SPDX-License-Identifier: Apache-2.0
"""The unikernel's shell: its line editor and its commands, typed at the console of each ISA."""
import re
import subprocess
import time

import pytest
from machine import Slot
from test_unikernel import SHELL, Terminal
from test_unikernel_isa import EVERY_ISA, boot

UP, LEFT, HOME = "\033[A", "\033[D", "\033[H"


@pytest.fixture
def shell(start):
    """shell(isa, ...) starts an image with a shell and waits for its prompt."""
    def start_shell(isa, image="hello", arguments="", limit_s=60, **options):
        vm = start(limit_s=limit_s, command=boot(isa, image, arguments, **options))
        vm.expect("Type 'help'")
        return vm, Terminal(vm)
    return start_shell


@pytest.fixture
def files(shell):
    """files(isa) starts an image with files and some threads; the directory /d has been made and entered."""
    def start_files(isa, **options):
        vm, run = shell(isa, "background-posix", **options)
        assert run("mkdir /d") == [] and run("cd /d") == []
        return vm, run
    return start_files


def script(isa, image, lines, arguments="", initrd=None):
    """What is printed when a script types these lines, as bytes."""
    command = boot(isa, image, arguments)
    command.insert(1, "--shell")
    slot = Slot()
    try:
        done = subprocess.run(["timeout", "-k", "2", "300", *command, *([] if initrd is None else ["-initrd", str(initrd)])],
                              input="".join(line + "\n" for line in lines).encode(), stdout=subprocess.PIPE, check=False)
    finally:
        slot.release()
    assert done.returncode == 0
    return done.stdout


def typed(vm, keys, answer):
    """Type keys that are not echoed one by one, and wait for the answer and the next prompt."""
    vm.send(keys)
    vm.expect(answer)
    vm.expect(re.escape(SHELL))


@EVERY_ISA
def test_a_line_can_be_edited(shell, isa):
    vm, _ = shell(isa)
    typed(vm, f"cho one two{HOME}e\r", "\none two\r+\n")
    typed(vm, f"{UP}\x17three\r", "\none three\r+\n")
    typed(vm, f"{UP}{UP}{LEFT}{LEFT}\x04\x04\r", "\none t\r+\n")
    typed(vm, "echo nonsense\x15echo x\b\b\b\bo kept\x03", r"\^C\r+\n")
    typed(vm, "echo é€💗\b\bz\r", "\néz\r+\n")
    typed(vm, "echo \033[99~a\033[\033[1;\033O\033[200;7Zb\r", "\nab\r+\n")
    typed(vm, "echo " + "wide " * 30 + "\x02" * 25 + "\x0b\r", "\nwide " + "wide " * 23 + "wide *\r+\n")
    vm.send("exit\r")
    assert vm.wait_end() == 0


# regression: uk 58
@EVERY_ISA
def test_a_line_of_100_kb_does_no_harm(shell, isa):
    vm, run = shell(isa)
    vm.send("echo ")
    for _ in range(100):
        vm.send("x" * 1000)
    vm.send("\r")
    vm.expect("shell: the line does not fit in 1023 bytes: it is not run")
    assert vm.before().count("\a") == 1
    vm.expect(re.escape(SHELL))
    assert run("echo still here") == ["still here"]
    assert run("free")[0].startswith("heap: ")
    vm.send("exit\r")
    assert vm.wait_end() == 0


@EVERY_ISA
def test_nothing_of_a_paste_is_lost(shell, isa):
    vm, _ = shell(isa)
    vm.send("".join(f"echo line {n} of the paste\r" for n in range(300)) + "exit\r")
    for n in range(300):
        vm.expect(f"\nline {n} of the paste\r+\n")
    assert vm.wait_end() == 0


@EVERY_ISA
def test_what_is_wrong_with_a_line_is_said(shell, isa):
    vm, run = shell(isa)
    assert run("echo 'a") == ["shell: a quote is not closed"]
    assert run("echo " + "x " * 32) == ["shell: too many words"]
    assert run("echo >") == ["shell: a file name is missing behind >"]
    assert run("ps > x") == ["ps: only echo can write to a file"]
    assert run("uptime now") == ["uptime: extra operand 'now'", "Try 'help' for more information."]
    assert run("echo 'a  b' c\\ d \"'e'\"") == ["a  b c d 'e'"]
    vm.send("reboot\r")
    assert vm.wait_end() == 0


@EVERY_ISA
def test_time_and_environment_are_told(shell, isa):
    vm, run = shell(isa, arguments="COLOUR=blue 'SHADE=very dark' one NOT=this")
    assert run("env") == ["COLOUR=blue", "SHADE=very dark", "HOME=/"]
    assert re.fullmatch(r"up 0 days, 00:0\d:\d\d", run("uptime")[0])
    told = time.strptime(run("date")[0], "%a %b %d %H:%M:%S UTC %Y")
    assert abs(time.mktime(told) - time.mktime(time.gmtime())) < 300
    vm.send("exit\r")
    assert vm.wait_end() == 0


NO_FILES = ["[warning] file system is not supported, please enable \"fs\" feature."]
TRY = "Try 'help' for more information."


# regression: uk 58
@EVERY_ISA
def test_commands_of_files_say_that_there_are_none(shell, isa):
    vm, run = shell(isa)
    for command in ("cat", "cat x", "ls", "ls /", "mkdir d", "cd", "cp a b", "hexdump x", "mount", "mv a b", "pwd", "rm x", "echo a > b"):
        assert run(command) == NO_FILES
    vm.send("exit\r")
    assert vm.wait_end() == 0


# regression: uk 58
@EVERY_ISA
def test_files_are_made_shown_moved_and_removed(files, isa):
    vm, run = files(isa)
    assert run("pwd") == ["/d"]
    assert any(line.split()[:2] == ["tmpfs", "/"] for line in run("mount"))
    assert run("echo one 'two  three' > f") == []
    assert run("echo four >> f") == []
    assert run("cat f ignored words") == ["one two  three", "four", ""]
    assert run("mkdir e") == []
    assert run("cp f e") == [] and run("cp f g") == []
    assert run("ls") == ["[  ]:[T] [size]\t[name]", "[ 0]: -      20\tf", "[ 1]: d       0\te", "[ 2]: -      20\tg"]
    assert run("ls e") == ["[  ]:[T] [size]\t[name]", "[ 0]: -      20\tf"]
    assert run("mv g 'a name'") == [] and run("mv a\\ name e") == []
    assert run("cat 'e/a name'") == run("cat f")
    assert run("hexdump f") == ["00000000  6f 6e 65 20 74 77 6f 20  20 74 68 72 65 65 0a 66  |one two  three.f|",
                                "00000010  6f 75 72 0a                                       |our.|", "00000014"]
    assert run("echo > f") == [] and run("hexdump f")[-1] == "00000001"
    assert run("rm f") == [] and run("cat f") == ["cat: f: No such file or directory"]
    assert run("echo nothing > /dev/null") == [] and run("cat /dev/null") == [""]
    vm.send("shutdown\r")
    assert vm.wait_end() == 0


# regression: uk 58
@EVERY_ISA
def test_wrong_and_missing_files_are_told(files, isa):
    vm, run = files(isa)
    for command in ("cat", "mkdir", "cp", "mv", "rm", "hexdump", "cp a"):
        assert run(command) == [f"{command.split()[0]}: missing operand", TRY]
    for command in ("cp a b c", "mv a b c", "rm a c", "hexdump a c", "cd / c"):
        assert run(command) == [f"{command.split()[0]}: extra operand 'c'", TRY]
    for command in ("pwd c", "mount c"):
        assert run(command) == [f"{command.split()[0]}: extra operand 'c'", TRY]
    assert run("echo text > f") == [] and run("mkdir e") == [] and run("echo > e/f") == []
    missing = "No such file or directory"
    assert run("cat x") == [f"cat: x: {missing}"]
    assert run("cat ''") == [f"cat: : {missing}"]
    assert run("cat e") == ["cat: e: Is a directory"]
    assert run("cat f/x") == ["cat: f/x: Not a directory"]
    assert run("ls x") == [f"ls: cannot access 'x': {missing}"]
    assert run("mkdir e") == ["mkdir: cannot create directory 'e'."]
    assert run("mkdir x/y") == ["mkdir: cannot create directory 'x/y'."]
    assert run("rm e") == ["rm: e: Is a directory"]
    assert run("rm x") == [f"rm: x: {missing}"]
    assert run("mv x y") == [f"mv: x: {missing}"]
    assert run("mv f /dev") == ["mv: f: Invalid cross-device link"]
    assert run("cp x y") == [f"cp: x: {missing}"]
    assert run("cp e y") == ["cp: e: Is a directory"]
    assert run("cp f f") == ["cp: 'f' and 'f' are the same file"]
    assert run("cp f /d") == ["cp: 'f' and '/d' are the same file"]
    assert run("cp f x/y") == [f"cp: x/y: {missing}"]
    assert run("cat f") == ["text", ""]
    assert run("cd f") == ["cd: f: Not a directory"]
    assert run("cd x") == [f"cd: x: {missing}"]
    assert run("hexdump x") == [f"hexdump: x: {missing}"]
    assert run("echo a > e") == ["echo: e: Is a directory"]
    assert run("echo a > /dev/full") == ["echo: /dev/full: No space left on device"]
    assert run("cat " + "n" * 300) == [f"cat: {'n' * 300}: File name too long"]
    vm.send("shutdown\r")
    assert vm.wait_end() == 0


# regression: uk 57
@EVERY_ISA
def test_any_bytes_are_printed_as_they_are(isa, tmp_path):
    """A newline becomes CR LF, as on any terminal."""
    content = {"binary": bytes(range(256)) * 3, "cut": b"x" * 127 + "é€💗".encode() * 40, "128": b"y" * 128, "empty": b"",
               "broken": b"\xff\xfe\xc3" * 100}
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    with open(tmp_path / "initrd", "wb") as out:
        subprocess.run(["cpio", "--quiet", "-o", "-H", "newc"], input="\n".join(content).encode(), cwd=tmp_path, stdout=out, check=True)
    printed = script(isa, "background-posix", [f"cat /initrd/{name}" for name in content], "exit", tmp_path / "initrd")
    for name, data in content.items():
        begin = printed.index(f"cat /initrd/{name}\r\n".encode()) + len(f"cat /initrd/{name}\r\n")
        data = data.replace(b"\n", b"\r\n") + b"\r\n"
        assert printed[begin:begin + len(data) + len(SHELL.encode())] == data + SHELL.encode()


# regression: uk 57
@EVERY_ISA
def test_a_file_is_printed_10000_times(files, isa):
    vm, run = files(isa)
    run("echo hello > f")
    run("cat f")
    before = run("free")[0]
    for _ in range(100):
        vm.send("cat f\r" * 100)
        for _ in range(100):
            vm.expect("\nhello\r+\n\r+\n")
    vm.expect(re.escape(SHELL))
    assert run("free")[0] == before
    vm.send("shutdown\r")
    assert vm.wait_end() == 0


@EVERY_ISA
def test_tab_completes_commands_and_paths(files, isa):
    vm, run = files(isa)
    for name in ("alpha", "alphabet", "beta", "with blank", "ä1", "ä2"):
        run(f"echo this is {name} > '{name}'")
    run("mkdir folder")
    run("echo inside > folder/leaf")
    typed(vm, "upt\t\r", "up 0 days")
    typed(vm, "cat be\t\r", "this is beta")
    typed(vm, "cat al\tb\t\r", "this is alphabet")
    typed(vm, "cat wi\t\r", "this is with blank")
    typed(vm, "cat \"wi\t\r", "this is with blank")
    typed(vm, "cat ä\t2\r", "this is ä2")
    typed(vm, "cat fo\tl\t\r", "inside")
    typed(vm, "cat /d/fo\t\t\r", "inside")
    typed(vm, "echo >>be\tmore\r", "")
    assert run("cat beta") == ["this is beta", "more", ""]
    vm.send("cat alpha\t\t")
    vm.expect("alpha  alphabet  \r+\n")
    vm.expect(re.escape(SHELL))
    typed(vm, "\r", "this is alpha\r+\n")
    vm.send("h\t\t")
    vm.expect("help  hexdump  \r+\n")
    typed(vm, "lp\r", "Commands:")
    vm.send("cat nothing\t")
    vm.expect("\a")
    vm.send("\x15shutdown\r")
    assert vm.wait_end() == 0


@EVERY_ISA
def test_control_c_ends_a_command(files, isa):
    vm, run = files(isa)
    vm.send("cat /dev/zero\r")
    vm.expect("\0\0\0\0")
    vm.send("\x03")
    vm.expect(r"\^C\r+\n")
    vm.expect(re.escape(SHELL))
    assert run("echo on") == ["on"]
    vm.send("shutdown\r")
    assert vm.wait_end() == 0


def thread_ids(run):
    """Name -> id"""
    return {row.split()[-1]: re.search(r"\d+", row).group() for row in run("ps")[1:]}


def ids_of_all(run):
    """... once main has started them all."""
    for _ in range(100):
        ids = thread_ids(run)
        if {"sleeper", "waiter", "spinner"} <= ids.keys():
            return ids
    raise AssertionError(ids)


def reported(vm, fault, end):
    """The report came, and then the end. On several CPUs the shell's prompt may come in the middle of a line of it: nobody waits for
    another's output then."""
    vm.expect(end)
    text, pattern = (re.sub("[☻ SHEL➜\r\n\ufffd]", "", part) for part in (vm.before(), fault))
    assert re.search(pattern, text), vm.before()


# regression: uk 58
@pytest.mark.parametrize("smp", [1, 4])
@EVERY_ISA
def test_a_thread_can_be_made_to_fault(files, isa, smp):
    """Each fault takes the way of a real one: a report, the cleanup handlers of the thread, its end; the others go on."""
    vm, run = files(isa, smp=smp)
    ids = ids_of_all(run)
    assert run("inject") == ["inject: missing operand", TRY]
    assert run("inject 1 2 3") == ["inject: extra operand '3'", TRY]
    assert run("inject x") == ["inject: illegal thread id 'x'"]
    assert run("inject 9999") == ["inject: no thread with id 9999"]
    assert run("inject 11 read") == ["inject: thread 11 belongs to the kernel"]
    assert run(f"inject {ids['terminal']}") == [f"inject: thread {ids['terminal']} belongs to the kernel"]
    assert run(f"inject {ids['sleeper']} politely") == ["inject: unknown kind of fault 'politely'"]
    for name, kind, what in (("spinner", "illegal", "(undefined|illegal) instruction"), ("sleeper", "", "null pointer: write of address 0x10"),
                             ("waiter", "jump", "null pointer: execution of address 0x10")):
        vm.send(f"inject {ids[name]} {kind}\r")
        reported(vm, rf"FAULT in thread {ids[name]} \({name}\): {what}", f"{name} ends")
    vm.send("\r")
    assert run("echo on") == ["on"]
    assert not {"sleeper", "waiter", "spinner"} & thread_ids(run).keys()
    vm.send(f"inject {ids['main']} read\r")
    reported(vm, rf"FAULT in thread {ids['main']} \(main\): null pointer: read of address 0x10", "backtrace:")
    vm.send(f"run {max(map(int, ids.values()))}\r")     # killed before it began, it keeps the application
    vm.expect("ended with status 139")
    vm.send("\r")
    assert any("[main] ended with status 139" in line for line in run("dmesg"))
    vm.send("exit\r")
    assert vm.wait_end() == 139


@EVERY_ISA
def test_top_tells_who_has_the_cpus(files, isa):
    vm, run = files(isa)
    ids_of_all(run)
    rows = run("top -1")
    assert rows[0] == " [ TID]   CPU NAME"
    share, name = re.fullmatch(r" \[ *\d+\] +(\d+)\.\d% (\S+)", rows[1]).groups()
    assert name == "spinner" and 80 <= int(share) <= 100
    assert run("top now") == ["top: unknown option 'now'"]
    vm.send("top\r")
    vm.expect("spinner")
    vm.expect("spinner")
    vm.send("q")
    vm.expect(re.escape(SHELL))
    vm.send("top\r")
    vm.expect("spinner")
    vm.send("\x03")
    vm.expect(re.escape(SHELL))
    assert run("echo on") == ["on"]
    vm.send("exit\r")
    assert vm.wait_end() == 0
