"""`make lint` fails on a fault planted for each of its analysers, is silent about what is right, and remembers."""
import os
import subprocess

import pytest

import tree

TREE = tree.root([""])
RIGHT = """#include <glib.h>

int planted(int given);

int planted(int given)
{
    g_autofree int *list = g_new0(int, 4);

    list[0] = given;
    return given > 3 ? list[0] : list[1];
}
"""


def plant(tmp_path, text):
    """A C file with a text, outside the tree."""
    file = tmp_path / "planted.c"
    file.write_text(text)
    return str(file)


def make(tmp_path, target, file):
    """One part of `make lint` over one file: (exit code, what it printed)."""
    done = subprocess.run(["make", "-s", target, f"SRC={file}", f"DEEP={file}", f"BUILD={tmp_path}/build"], cwd=TREE,
                          env={**os.environ, "BANZHANG_DEEP_CACHE": str(tmp_path / "known")}, capture_output=True,
                          text=True)
    return done.returncode, done.stdout + done.stderr


def test_lint_asks_all_three():
    steps = subprocess.run(["make", "-n", "lint"], cwd=TREE, capture_output=True, text=True, check=True).stdout
    assert "cppcheck -q" in steps and "tests/lint/deep.py" in steps


@pytest.mark.parametrize("target, line, said", [
    ("lint-deep", "list[0] = given > 3 ? (g_free(list), list[1]) : 0;", "clang-analyzer-unix.Malloc"),
    ("lint-deep", "int *more = g_new0(int, 2);\n    g_free(more);\n    if (given > 3)\n        g_free(more);",
     "-Wanalyzer-double-free"),
    ("lint-deep", "memset(list, sizeof *list, 0);", "bugprone-suspicious-memset-usage"),
    ("lint-cppcheck", "char few[4];\n    for (int i = 0; i <= 4; i++)\n        few[i] = (char)given;\n    list[1] = few[0];",
     "arrayIndexOutOfBounds"),
])
def test_a_planted_fault(tmp_path, target, line, said):
    file = plant(tmp_path, RIGHT.replace("#include", "#include <string.h>\n#include", 1).replace("list[0] = given;", line))
    code, out = make(tmp_path, target, file)
    assert code != 0 and said in out, out


def test_what_is_right_is_remembered_by_what_the_compiler_sees(tmp_path):
    (tmp_path / "planted.h").write_text("enum { LIMIT = 3 };\n")
    file = plant(tmp_path, RIGHT.replace("#include", '#include "planted.h"\n#include', 1).replace("> 3", "> LIMIT"))
    known = tmp_path / "known"
    assert make(tmp_path, "lint-deep", file) == (0, "deep: ok\n")
    stamps = set(os.listdir(known))
    assert len(stamps) == 2  # one of each tool
    (tmp_path / "planted.h").write_text("/* The same, said longer. */\nenum { LIMIT = 3 };\n")
    assert make(tmp_path, "lint-deep", file) == (0, "deep: ok\n") and set(os.listdir(known)) == stamps
    (tmp_path / "planted.h").write_text("enum { LIMIT = 4 };\n")
    assert make(tmp_path, "lint-deep", file) == (0, "deep: ok\n") and len(os.listdir(known)) == 4


def test_every_exception_of_the_analyser_names_a_file_of_the_tree_and_a_reason():
    reason = ""
    with open(os.path.join(TREE, "tests/lint/analyzer.txt"), encoding="utf-8") as f:
        for line in f:
            if line.startswith("//"):
                reason = line[2:].strip()
            elif not line.strip():
                reason = ""
            else:
                file, function, warning = line.split()
                assert reason and warning.startswith("-Wanalyzer-"), line
                assert function + "(" in tree.read(TREE, file), line
