# SPDX-License-Identifier: Apache-2.0
"""Programs outside of the tree, with what `make install` puts where DESTDIR says: by CMake, by a plain Makefile, by hand."""
import itertools
import os
import re
import shutil
import subprocess

import pytest
from machine import BUILD, ROOT, Slot

ISAS = ["aarch64", "riscv64", "x86_64"]
PROMPT = "SHELL➜ ".encode()
PARTS = ["none", "fs", "fs-posix", "fs-posix-shell", "fs-shell", "shell"]
FEATURES = ["fs", "posix", "shell", "symbols", "unwind"]
EACH_ISA = pytest.mark.parametrize("isa", ISAS)
SAID = "4 threads, even: 3.1416, 0.0000 away\n"
pytestmark = pytest.mark.alone


def run(*command, folder=None, path=None, **more):
    """Exit status and output of a command, without the variables of a make that runs us and without what firmware says
    and what the kernel warns of."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS", "COMPILER"))}
    if path:
        clean["PATH"] = path
    slot = Slot()
    try:
        done = subprocess.run(["/usr/bin/timeout", "-k", "2", "580", *map(str, command)], cwd=folder, env=clean, stdin=more.pop("stdin", subprocess.DEVNULL),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **more)
    finally:
        slot.release()
    output = done.stdout.decode(errors="replace").replace("\r\n", "\n")
    output = re.sub(r"^\nOpenSBI .*?\nBoot HART MEDELEG [^\n]*\n", "", output, flags=re.DOTALL)
    return done.returncode, re.sub(r"^\[ *\d+\.\d+\]\[W\].*\n", "", output, flags=re.MULTILINE)


def must(*command, **more):
    status, output = run(*command, **more)
    assert status == 0, output
    return output


def install(folder, *words):
    must("make", "-C", ROOT, "install", f"DESTDIR={folder}", *words)


def files(folder):
    return sorted(os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names)


@pytest.fixture(scope="session")
def sdk(tmp_path_factory):
    """Installed for all ISAs, and then moved."""
    first = tmp_path_factory.mktemp("sdk") / "first"
    install(first, "PREFIX=/opt/uk")
    moved = tmp_path_factory.mktemp("moved") / "elsewhere"
    shutil.move(first / "opt/uk", moved)
    return moved


@pytest.fixture
def project(tmp_path):
    return shutil.copytree(os.path.join(ROOT, "tests/sdk"), tmp_path / "project")


@pytest.fixture
def cc(sdk, tmp_path):
    """cc(words) runs uk-cc in a folder with the file a.c"""
    (tmp_path / "a.c").write_text("#include <stdio.h>\nint main(int argc, char **argv) { puts(argv[argc - 1]); return 40 + argc; }\n")
    return lambda *words, **more: run(sdk / "bin/uk-cc", *words, folder=tmp_path, **more)


# regression: uk 59
@EACH_ISA
def test_a_project_of_cmake_is_configured_built_and_tested(sdk, project, isa):
    build = project / "build"
    must("cmake", "-S", project, "-B", build, "--toolchain", sdk / "lib/unishyper/unishyper.cmake", f"-DUNISHYPER_ARCH={isa}",
         "-DUNISHYPER_FEATURES=posix symbols", "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror")
    must("cmake", "--build", build)
    tested = must("ctest", "--test-dir", build)
    assert "100% tests passed, 0 tests failed out of 2" in tested
    assert must(sdk / "bin/uk-run", "--smp=2", build / "outside", "GREETING=good morning", "4") == SAID + "good morning\n"
    status, output = run("cmake", "--build", build, "--target", "wrong")
    assert status != 0 and "wrong.c:2:25: error: " in output
    assert not os.path.exists(build / "wrong")


# regression: uk 59
@EACH_ISA
@pytest.mark.parametrize("features", ["", "fs", "fs,unwind,symbols"])
def test_a_project_with_a_plain_makefile_is_built(sdk, project, isa, features):
    words = [f"CC={sdk}/bin/uk-cc --arch={isa} --features={features}", f"AR={isa}-linux-gnu-ar"]
    must("make", *words, folder=project)
    assert must("make", *words, folder=project) == "make: 'outside' is up to date.\n"
    output = must(sdk / "bin/uk-run", "--mem=64", "outside", "4", folder=project)
    assert output == ("" if features else "no files: No such file or directory\n") + SAID + "no greeting\n"
    status, output = run("make", *words, "wrong", folder=project)
    assert status == 2 and "wrong.c:2:25: error: " in output
    assert not os.path.exists(project / "wrong")


@EACH_ISA
def test_pkg_config_says_what_another_compiler_needs(sdk, tmp_path, cc, isa):
    def ask(*words):
        return must("env", f"PKG_CONFIG_PATH={sdk}/lib/pkgconfig", "pkg-config", *words, f"unishyper-{isa}").split()

    must(f"{isa}-linux-gnu-gcc", "-O2", *ask("--cflags"), "-c", "a.c", "-o", "a.o", folder=tmp_path)
    status, output = run(*ask("--variable=cc"), "--features=", "a.o", *ask("--libs"), "-o", "a.img", folder=tmp_path)
    assert (status, output) == (0, "")
    assert run(*ask("--variable=run"), "a.img", "said", folder=tmp_path) == (42, "said\n")


def run_beside_shell(*command):
    """Exit status and output. The end of input is the end of all, so the shell is kept busy until main has ended."""
    slot = Slot()
    try:
        with subprocess.Popen(["/usr/bin/timeout", "-k", "2", "580", *map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as vm:
            output, asked = b"", 0
            while b"ended with status" not in output:
                piece = os.read(vm.stdout.fileno(), 4096)
                assert piece, output
                output += piece
                for asked in range(asked + 1, output.count(PROMPT) + 1):
                    vm.stdin.write(b"uptime\n")
                    vm.stdin.flush()
            vm.stdin.close()
            output += vm.stdout.read()
    finally:
        slot.release()
    return vm.returncode, output.decode(errors="replace").replace("\r\n", "\n")


# regression: uk 74
@EACH_ISA
@pytest.mark.parametrize("parts", PARTS)
def test_each_set_of_features_has_a_kernel_that_runs(sdk, tmp_path, cc, isa, parts):
    features = "" if parts == "none" else parts.replace("-", ",")
    assert cc(f"--arch={isa}", f"--features={features}", "-O1", "a.c", "-o", "a.img") == (0, "")
    command = sdk / "bin/uk-run", tmp_path / "a.img", "said"
    if "shell" in parts:        # the system stays up, until the shell finds no more input
        status, output = run_beside_shell(*command)
        assert status == 42 and re.search(r"^(☻ SHELL➜ )?said$", output, re.MULTILINE) and output.endswith("shutdown\n")
    else:
        assert run(*command) == (42, "said\n")


# What the program does, its status, and which of two functions of the kernel are in its image: one that sends signals, one for FIFOs
SENDS, FIFOS = "signal_send_as", "fifo_open"
TELLING = {
    "nothing of this": ("return write(1, &c, 0);", 0, set()),
    "its handler": ("signal(SIGUSR1, _exit); return raise(SIGUSR1);", 10, {SENDS}),
    "ended by its own signal": ("kill(getpid(), SIGTERM); pause();", 143, {SENDS}),
    "ended by a timer": ("alarm(1); for (;;);", 142, {SENDS}),
    "the end of a pipe": ("int p[2]; pipe(p); close(p[0]); return write(p[1], &c, 1);", 141, {SENDS, FIFOS}),
    "the end of a FIFO": ('mkfifo("f", 0600); int r = open("f", O_RDWR), w = open("f", O_WRONLY); close(r); return write(w, &c, 1);', 141,
                          {SENDS, FIFOS}),
    "a call known when it runs": ("return syscall(*v ? SYS_getuid : 0);", 0, {SENDS, FIFOS}),
}


@EACH_ISA
def test_signals_and_fifos_are_in_an_image_whose_program_can_tell(sdk, cc, tmp_path, isa):
    for what, (body, status, there) in TELLING.items():
        (tmp_path / "b.c").write_text("#include <fcntl.h>\n#include <signal.h>\n#include <sys/stat.h>\n#include <sys/syscall.h>\n#include <unistd.h>\n"
                                      f"int main(int c, char **v) {{ {body} }}\n")
        assert cc(f"--arch={isa}", "--features=posix", "-D_GNU_SOURCE", "b.c", "-o", "b.img") == (0, ""), what
        names = must(f"{isa}-linux-gnu-nm", tmp_path / "b.elf").split()
        assert {SENDS, FIFOS} & set(names) == there, what
        assert run(sdk / "bin/uk-run", tmp_path / "b.img")[0] == status, what


# regression: uk 74
@pytest.mark.long
@EACH_ISA
def test_every_set_of_features_is_linked_and_runs(sdk, cc, tmp_path, isa):
    for features in itertools.chain.from_iterable(itertools.combinations(FEATURES, n) for n in range(len(FEATURES) + 1)):
        assert cc(f"--arch={isa}", f"--features={','.join(features)}", "a.c", "-o", "a.img") == (0, ""), features
        start = run_beside_shell if "shell" in features else run
        status, output = start(sdk / "bin/uk-run", "--smp=2", tmp_path / "a.img", "said")
        assert status == 42 and "said\n" in output, features


def test_it_is_called_like_gcc(sdk, cc, tmp_path):
    (tmp_path / "b.c").write_text('#include "b.h"\n#ifndef WORD\n#error no WORD\n#endif\nconst char *word = WORD;\n')
    (tmp_path / "inc").mkdir()
    (tmp_path / "inc/b.h").write_text("extern const char *word;\n")
    (tmp_path / "c.c").write_text('#include <b.h>\n#include <stdio.h>\nint main(void) { return puts(word) < 0; }\n')
    assert cc("-Iinc", '-DWORD="two sources"', "b.c", "c.c") == (0, "")
    assert run(sdk / "bin/uk-run", tmp_path / "a.out") == (0, "two sources\n")
    assert {"a.out", "a.out.elf"} < set(os.listdir(tmp_path))

    assert cc("-I", "inc", "-D", 'WORD="an object"', "-c", "b.c", "-o", "b.o", "-MMD", "-MF", "b.d") == (0, "")
    assert (tmp_path / "b.d").read_text() == "b.o: b.c inc/b.h\n"
    (tmp_path / "words").write_text("c.c b.o -Iinc -o by.img")
    assert cc("@words") == (0, "")
    assert run(sdk / "bin/uk-run", tmp_path / "by.img") == (0, "an object\n")
    assert {"by.img", "by.elf"} < set(os.listdir(tmp_path))
    assert cc("-r", "a.c", "b.o", "-o", "both.o") == (0, "")
    assert cc("both.o", "-o", "/dev/null") == (0, "")
    assert not os.path.isfile("/dev/null") and not os.path.exists("/dev/null.elf")
    assert cc("-E", "a.c")[1].count("int main(") == 1


@EACH_ISA
def test_atomics_of_all_sizes_are_there(sdk, cc, tmp_path, isa):
    (tmp_path / "b.c").write_text("#include <stdatomic.h>\nstatic atomic_uchar c; static atomic_ushort s;\n"
                                  "int main(void) { return atomic_fetch_add(&c, 5) + atomic_exchange(&s, 6) + c + s; }\n")
    assert cc(f"--arch={isa}", "--features=", "b.c", "-latomic", "-o", "b.img") == (0, "")
    assert run(sdk / "bin/uk-run", tmp_path / "b.img") == (11, "")


@pytest.mark.parametrize("words,message", [
    ([], "uk-cc: no input files (uk-cc --help)"),
    (["--arch=m68k", "a.c"], "uk-cc: --arch=m68k is not installed; there are: aarch64 riscv64 x86_64"),
    (["--arch", "aarch64", "a.c"], "uk-cc: --arch needs a value: --arch=..."),
    (["--features=fs,warp", "a.c"], "uk-cc: unknown feature warp; there are: fs posix shell symbols unwind"),
    (["--log=loud", "a.c"], "uk-cc: --log=loud is not supported; there are: error warn info debug"),
    (["-shared", "a.c"], "uk-cc: -shared: there are no shared libraries, all of a program is in one image"),
    (["none.c"], "none.c: No such file or directory"),
    (["a.c", "-lnone"], "cannot find -lnone"),
    (["a.c", "-Dputs=missing", "-Wno-error"], "undefined reference to `missing'"),
    (["a.c", "-o", "no/such/folder"], "no/such/folder: No such file or directory"),
])
def test_what_does_not_work_is_told_and_leaves_no_image(cc, tmp_path, words, message):
    status, output = cc(*words)
    assert status == 1 and message in output and "Traceback" not in output
    assert os.listdir(tmp_path) == ["a.c"]


def test_a_missing_compiler_is_named_with_its_package(cc, tmp_path):
    status, output = cc("--arch=riscv64", "a.c", path=str(tmp_path))
    assert status == 1
    assert output == "uk-cc: there is no riscv64-linux-gnu-gcc here; on Debian it is in the package gcc-riscv64-linux-gnu\n"


@pytest.mark.parametrize("words,message", [
    ([], "uk-run: which image? (uk-run --help)"),
    (["a.c"], "uk-run: a.c is no image of Unishyper"),
    (["none"], "uk-run: none: No such file or directory"),
    (["--smp=0", "a.c"], "uk-run: --smp=0 is no number of CPUs"),
    (["--mem=1G", "a.c"], "uk-run: --mem=1G is no number of MiB"),
    (["--fast", "a.c"], "uk-run: unknown option --fast (uk-run --help)"),
    (["--mem", "64", "a.c"], "uk-run: --mem needs a value: --mem=..."),
    (["--machine=pc", "a.img"], "uk-run: --machine=pc is not supported for aarch64; there are: qemu"),
    (["--initrd=none", "a.img"], "uk-run: none: No such file or directory"),
])
def test_uk_run_refuses_what_makes_no_sense_in_one_line(sdk, cc, tmp_path, words, message):
    if "a.img" in words:
        assert cc("a.c", "-o", "a.img") == (0, "")
    assert run(sdk / "bin/uk-run", *words, folder=tmp_path) == (1, message + "\n")


def test_an_archive_and_arguments_reach_the_program(sdk, cc, tmp_path):
    (tmp_path / "cat.c").write_text('#include <stdio.h>\nint main(int c, char **v) { char text[80];\n'
                                    'FILE *f = fopen(v[1], "r");\nreturn f && fgets(text, 80, f) ? fputs(text, stdout) < 0 : 9; }\n')
    (tmp_path / "a file").write_text("from the host\n")
    assert cc("cat.c", "-o", "cat.img") == (0, "")
    must("sh", "-c", "echo 'a file' | cpio --quiet -o -H newc > files.cpio", folder=tmp_path)
    assert run(sdk / "bin/uk-run", "--initrd=files.cpio", "cat.img", "/initrd/a file", folder=tmp_path) == (0, "from the host\n")


def test_lines_are_typed_at_the_shell(sdk, cc, tmp_path):
    assert cc("--features=shell", "a.c", "-o", "a.img") == (0, "")
    (tmp_path / "typed").write_text("ps\n")
    with open(tmp_path / "typed", "rb") as typed:
        status, output = run(sdk / "bin/uk-run", "a.img", folder=tmp_path, stdin=typed)
    assert status == 41 and " [ TID] STATUS PRI NAME\n" in output


@EACH_ISA
def test_what_is_piped_is_read_to_its_end(sdk, cc, tmp_path, isa):
    """Every byte there is, lines longer than a terminal's, no newline at the end; and the end again and again"""
    (tmp_path / "sum.c").write_text("#include <stdio.h>\n#include <termios.h>\nint main(void) { struct termios t; unsigned sum = 5381; int c, n = 0;\n"
                                    "tcgetattr(0, &t); t.c_lflag &= ~ECHO; tcsetattr(0, TCSANOW, &t);\n"
                                    "while ((c = getchar()) != EOF) sum = sum * 33 + (unsigned)c, n++;\n"
                                    'clearerr(stdin); printf("%d %u\\n", n, sum); return getchar() != EOF; }\n')
    assert cc(f"--arch={isa}", "sum.c", "-o", "sum.img") == (0, "")
    content = b"print" + bytes(range(256)) * 3 + b"x" * 5000 + b"\n\n\4"
    total = 5381
    for byte in content:
        total = (total * 33 + byte) % 2**32
    (tmp_path / "piped").write_bytes(content)
    with open(tmp_path / "piped", "rb") as piped:
        status, output = run(sdk / "bin/uk-run", tmp_path / "sum.img", stdin=piped)
    assert status == 0 and output.endswith(f"{len(content)} {total}\n")


def test_help_is_told(sdk):
    assert must(sdk / "bin/uk-cc", "--help").startswith("usage: uk-cc [OPTION]... FILE...\n")
    assert must(sdk / "bin/uk-run", "--help").startswith("usage: uk-run [OPTION]... IMAGE [ARGUMENT]...\n")


# regression: uk 77
def test_what_is_installed_names_no_place_and_is_the_same_twice(sdk, tmp_path):
    install(tmp_path / "again", "PREFIX=/opt/uk")
    again = tmp_path / "again/opt/uk"
    assert files(again) == files(sdk)
    for name in files(sdk):
        content = (sdk / name).read_bytes()
        assert content == (again / name).read_bytes(), name
        for place in (ROOT, "/opt/uk", str(tmp_path)):
            assert place.encode() not in content, f"{name} holds {place}"


# regression: uk 77
def test_licences_are_installed(sdk):
    licences = sdk / "lib/unishyper/licences"
    assert "Apache License" in (licences / "Unishyper").read_text()
    assert "Permission is hereby granted, free of charge" in (licences / "musl").read_text()
    assert "Runtime Library Exception" in (licences / "README").read_text()


def test_one_isa_can_be_installed_and_all_of_it_removed(tmp_path):
    (tmp_path / "usr/lib").mkdir(parents=True)
    (tmp_path / "usr/lib/mine").write_text("stays")
    install(tmp_path, "PREFIX=/usr", "ARCH=riscv64")
    there = files(tmp_path)
    assert "usr/lib/pkgconfig/unishyper-riscv64.pc" in there and not [name for name in there if "aarch64" in name]
    (tmp_path / "usr/lib/unishyper/riscv64/kernel/none/older").write_text("")
    with open(tmp_path / "usr/lib/unishyper/manifest.riscv64", "a", encoding="utf-8") as manifest:
        manifest.write("lib/unishyper/riscv64/kernel/none/older\n")
    install(tmp_path, "PREFIX=/usr", "ARCH=riscv64")
    assert files(tmp_path) == there
    must("make", "-C", ROOT, "uninstall", f"DESTDIR={tmp_path}", "PREFIX=/usr")
    assert files(tmp_path) == ["usr/lib/mine"]
    assert os.listdir(tmp_path / "usr") == ["lib"]


def test_anybody_can_use_it(sdk, tmp_path_factory):
    """As nobody, who may write in one folder only"""
    folder = tmp_path_factory.mktemp("theirs")
    (folder / "a.c").write_text("int main(void) { return 7; }\n")
    for at in [folder, *folder.parents[:2], *sdk.parents[:2]]:
        os.chmod(at, 0o755)
    shutil.chown(folder, "nobody")
    as_nobody = ["setpriv", "--reuid=nobody", "--clear-groups"]
    must(*as_nobody, sdk / "bin/uk-cc", "a.c", "-o", "a.img", folder=folder)
    assert run(*as_nobody, sdk / "bin/uk-run", "a.img", folder=folder) == (7, "")


def test_an_image_is_the_one_the_tree_makes(sdk):
    """Flags have one source. On aarch64 the linker puts its ways from one half to the other in an order of its own."""
    out = os.path.join(BUILD, os.environ.get("COMPILER", "gcc"), "uk")
    made = sdk.parent / "exit_status.img"
    for isa in ISAS:
        must(sdk / "bin/uk-cc", f"--arch={isa}", "--features=", "-O2", "-g", "-std=gnu11", "apps/exit_status/main.c", "-o", made, folder=ROOT)
        with open(os.path.join(out, isa, "exit_status/exit_status.img"), "rb") as file:
            image = file.read()
        assert len(image) == made.stat().st_size
        if isa != "aarch64":
            assert image == made.read_bytes(), isa
