"""What the lint scripts share: the files of a tree, C without comments and strings, the way a fault is told."""
import os
import re
import sys

SKIPPED = {".git", "var", "__pycache__", ".pytest_cache", "node_modules"}


def root(argv):
    """The tree to check: the argument (tests check made-up trees), else the one this file lies in."""
    here = os.path.dirname(os.path.abspath(__file__))
    return os.path.abspath(argv[1]) if len(argv) > 1 else os.path.dirname(os.path.dirname(here))


def files(top, *suffixes):
    """Paths relative to top of all files that end in one of the suffixes, sorted; build folders left out."""
    found = []
    for folder, names, leaves in os.walk(top):
        at_top = folder == top
        names[:] = [n for n in names if n not in SKIPPED and not (at_top and n.startswith("build"))]
        found += [os.path.relpath(os.path.join(folder, n), top) for n in leaves if n.endswith(suffixes)]
    return sorted(found)


def read(top, path):
    """The text of a file; bytes that are no UTF-8 become U+FFFD."""
    with open(os.path.join(top, path), encoding="utf-8", errors="replace") as f:
        return f.read()


TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def bare(text):
    """C with comments and the insides of strings blanked out; every line keeps its number."""
    def blank(m):
        s = m.group()
        return re.sub(r"[^\n]", " ", s) if s[0] == "/" else s[0] + " " * (len(s) - 2) + s[-1]
    return TOKEN.sub(blank, text)


def line_of(text, offset):
    """The 1-based line of an offset."""
    return text.count("\n", 0, offset) + 1


def finish(name, faults):
    """Prints every fault and ends the program: 1 when there was one."""
    for fault in faults:
        print(fault)
    print(f"{name}: {len(faults)} fault{'' if len(faults) == 1 else 's'}" if faults else f"{name}: ok")
    sys.exit(1 if faults else 0)
