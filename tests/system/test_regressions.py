# SPDX-License-Identifier: Apache-2.0
"""docs/regressions.md names a test for every fault that must not come back, and its generator believes no empty promise."""
import os
import subprocess

import pytest
from machine import ROOT

TOOL = os.path.join(ROOT, "tools/gen_regressions.py")
C_TEST = "static void a(void **state)\n{\n}\nrun(a);\n"


def generate(word, folder):
    return subprocess.run([TOOL, word], cwd=folder, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)


@pytest.fixture
def tree(tmp_path):
    """tree({path: text}) is a folder with these files beside a catalogue, a unikernel, two numbers and the page made of them."""
    def write(files):
        base = {"tests/regressions.def": "# comment\n1   One.\n20  Two.\n", "tests/guests/catalogue.cfg": "[hello]\nvms = g=hello\n",
                "unikernel/build.mk": "$(call uk_image,$(1),smoke,posix,symbols)\n", "docs/regressions.md": ""}
        for path, text in {**base, **files}.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        assert generate("doc", tmp_path).returncode == 0
        return tmp_path
    return write


def test_tests_of_every_kind_are_found(tree):
    folder = tree({"tests/unit/test_x.c": "/* regression: 1, 20 */\n/* More words,\n * and more. */\n" + C_TEST,
                   "tests/system/test_y.py": "# regression: 20\n@pytest.mark.parametrize(\n    'a',\n)\ndef test_it(a):\n    pass\n",
                   "tests/guests/hello.c": "/* regression: 1 */\nvoid guest_main(void)\n{\n}\n",
                   "tests/guests/catalogue.cfg": "# regression: 20\n[hello]\nvms = g=hello cpus=2\n"})
    assert generate("check", folder).returncode == 0
    page = (folder / "docs/regressions.md").read_text()
    assert "| 1 | One. | `tests/guests/hello.c`: guest_main; `tests/unit/test_x.c`: a |\n" in page
    assert ("| 20 | Two. | `tests/guests/catalogue.cfg`: hello; `tests/system/test_y.py`: test_it; `tests/unit/test_x.c`: a |\n"
            in page)


APP_TEST = "static void a(void)\n{\n}\n{ a },\n"
NUMBERS = "1   One.\nuk 1  One of the other.\n"


def test_the_unikernel_has_numbers_of_its_own(tree):
    folder = tree({"tests/regressions.def": NUMBERS, "tests/unit/test_x.c": "/* regression: 1 */\n" + C_TEST,
                   "apps/posix/time.c": "/* regression: uk 1 */\n" + APP_TEST,
                   "tests/system/test_unikernel.py": "# regression: uk 1\ndef test_it(uk):\n    uk(\"smoke\")\n"})
    assert generate("check", folder).returncode == 0
    page = (folder / "docs/regressions.md").read_text()
    assert "| 1 | One. | `tests/unit/test_x.c`: a |\n" in page
    assert "| 1 | One of the other. | `apps/posix/time.c`: a; `tests/system/test_unikernel.py`: test_it |\n" in page
    (folder / "apps/posix/time.c").unlink()
    (folder / "tests/system/test_unikernel.py").unlink()
    assert "number uk 1 has no test" in generate("check", folder).stdout


def test_an_application_nobody_starts_covers_nothing(tree):
    done = generate("check", tree({"apps/posix/time.c": "/* regression: uk 1 */\n" + APP_TEST}))
    assert done.returncode == 1
    assert "time.c:1: no system test starts this application" in done.stdout


@pytest.mark.parametrize("path, text, finding", [
    ("tests/unit/test_x.c", "", "number 1 has no test"),
    ("tests/unit/test_x.c", "/* regression: 3 */\n" + C_TEST, "number 3 is not in"),
    ("tests/unit/test_x.c", "/* Also regression: 1 */\n" + C_TEST, "test_x.c:1: stands alone in its line"),
    ("tests/unit/test_x.c", "/* regression: 1 */\nstatic void a(void **state)\n{\n}\n", "test_x.c:1: no test that runs"),
    ("tests/system/test_y.py", "# regression: 1\ndef helper():\n    pass\n", "test_y.py:1: no test that runs"),
    ("tests/guests/other.c", "/* regression: 1 */\nvoid guest_main(void)\n{\n}\n", "other.c:1: no case of the catalogue"),
], ids=["uncovered", "unknown", "inside", "unused", "no_test", "not_run"])
def test_what_covers_nothing_is_found(tree, path, text, finding):
    done = generate("check", tree({path: text}))
    assert done.returncode == 1
    assert finding in done.stdout


def test_a_stale_page_is_found(tree):
    folder = tree({"tests/unit/test_x.c": "/* regression: 1, 20 */\n" + C_TEST})
    with open(folder / "docs/regressions.md", "a", encoding="utf-8") as page:
        page.write("more\n")
    done = generate("check", folder)
    assert done.returncode == 1
    assert "is out of date" in done.stdout


def test_every_number_has_a_test_and_the_page_says_so():
    done = generate("check", ROOT)
    assert done.returncode == 0, done.stdout
