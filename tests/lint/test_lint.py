"""The checks of `make lint` find what they are there to find, in trees made up for it."""
import json
import os
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))


def lint(script, tree, files):
    """Writes the files, runs one check over them; (exit code, what it printed)."""
    for path, text in files.items():
        os.makedirs(os.path.dirname(tree / path), exist_ok=True)
        (tree / path).write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    done = subprocess.run([sys.executable, os.path.join(HERE, script), str(tree)], capture_output=True, text=True)
    return done.returncode, done.stdout


@pytest.mark.parametrize("path, include, said", [
    ("bot/core/a.c", '"bot/school/people.h"', "bot/core must not see bot/school"),
    ("bot/platform/a.c", '"bot/school/people.h"', "bot/platform must not see bot/school"),
    ("bot/school/a.c", '"bot/platform/web.h"', "bot/school must not see bot/platform"),
    ("handlers/signin.c", "<sqlite3.h>", "a handler sees no socket"),
    ("handlers/signin.c", "<curl/curl.h>", "a handler sees no socket"),
    ("handlers/signin.c", '"handlers/homework.h"', "does not see another"),
    ("handlers/signin.c", '"bot/platform/web.h"', "not bot/platform"),
    ("handlers/signin.c", '"store.h"', "whole path"),
    ("handlers/signin.c", '"bot/core/store_private.h"', "private"),
    ("bot/serve.c", '"handlers/signin.h"', "must not see handlers"),
    ("bot/extra/a.c", "<glib.h>", "no layer"),
])
def test_a_breach_of_the_layers(tmp_path, path, include, said):
    code, out = lint("layers.py", tmp_path, {path: f"#include {include}\n"})
    assert code == 1 and said in out


@pytest.mark.parametrize("path, include", [
    ("bot/main.c", '"handlers/table.h"'), ("handlers/table.c", '"handlers/signin.h"'),
    ("handlers/signin.c", '"bot/core/store.h"'), ("handlers/signin_code.c", '"handlers/signin.h"'),
    ("handlers/forms/ask.c", '"handlers/forms/forms.h"'), ("bot/core/store.c", "<sqlite3.h>"),
    ("bot/core/store.c", '"bot/core/store_private.h"'), ("bot/serve.c", '"bot/platform/web.h"'),
])
def test_layers_as_designed(tmp_path, path, include):
    assert lint("layers.py", tmp_path, {path: f"#include {include}\n"}) == (0, "layers: ok\n")


BODY = "/* Says. */\nint f(int x)\n{\n    %s\n}\n"


@pytest.mark.parametrize("path, text, said", [
    ("bot/a.c", BODY % "strcpy(a, b);", "strcpy is banned"),
    ("bot/a.c", BODY % "return atoi (s);", "atoi is banned"),
    ("bot/a.c", BODY % "switch (x) {\n    case A_ONE:\n        break;\n    default:\n        break;\n    }",
     "our own enum"),
    ("bot/a.c", BODY % ("x++;\n" * 80), "a function of 81 lines"),
    ("bot/a.c", BODY % "x++; // NOLINT", "NOLINT without"),
    ("bot/a.c", BODY % "// NOLINTNEXTLINE(bugprone-branch-clone)\n    x++;", "NOLINT without"),
    ("bot/a.c", "int x;\n" * 451, "451 lines"),
    ("tests/unit/a.c", BODY % "usleep(1);", "does not sleep"),
    ("tests/e2e/test_a.py", "import time\ntime.sleep(1)\n", "does not sleep"),
    ("docs/a.md", "TO" "DO: say it\n", "unfinished"),
])
def test_what_is_banned(tmp_path, path, text, said):
    code, out = lint("banned.py", tmp_path, {path: text})
    assert code == 1 and said in out


@pytest.mark.parametrize("path, text", [
    ("bot/a.c", BODY % '/* strcpy(a, b) */ puts("sprintf(");'),
    ("bot/a.c", BODY % "b->system(x); my_popen(x);"),
    ("bot/a.c", BODY % "switch (x) {\n    case SQLITE_OK:\n    default:\n        break;\n    }"),
    ("bot/a.c", BODY % "// NOLINTNEXTLINE(misc-redundant-expression): the second row\n    x++;"),
    ("bot/a.c", "// NOLINTBEGIN(cert-dcl37-c): the linker's names\nint x;\n// NOLINTEND(cert-dcl37-c)\n"),
    ("tests/e2e/harness.py", "import time\ndef eventually(f):\n    time.sleep(0.01)\n"),
])
def test_what_only_looks_banned(tmp_path, path, text):
    assert lint("banned.py", tmp_path, {path: text}) == (0, "banned: ok\n")


def catalogues(zh, en):
    """Both languages as the files of a tree."""
    return {"locales/zh-CN.json": zh, "locales/en.json": en}


@pytest.mark.parametrize("zh, en, said", [
    ({"a": {"b": "好"}}, {"a": {}}, "locales/en.json: lacks «a.b»"),
    ({"a": "{n} 人"}, {"a": "some"}, "«a» uses {n} in one language only"),
    ({"a": "好"}, {"a": "broken {n"}, "brace"),
    ({"a": ""}, {"a": "x"}, "no sentence"),
    ({"commands": {"a": ["签到"], "b": ["签 到"]}}, {"commands": {"a": ["x"], "b": ["y"]}}, "claimed by a and by b"),
    ({"commands": {"a": ["签到"], "b": ["/go"]}}, {"commands": {"a": ["go"], "b": ["y"]}}, "claimed by b and by a"),
    ({"commands": {"a": ["签到"]}}, {"commands": {}}, "lacks words for a"),
    ('{"a": "x", "a": "y"}', {"a": "x"}, "stands twice"),
    ('{"a": ', {"a": "x"}, "locales/zh-CN.json:1"),
])
def test_catalogues_that_differ(tmp_path, zh, en, said):
    code, out = lint("locales.py", tmp_path, catalogues(zh, en))
    assert code == 1 and said in out


def test_catalogues_that_agree(tmp_path):
    zh = {"a": {"left_other": "还有 {n} 天"}, "commands": {"a": ["签到"], "b": ["看"], "c": ["看"]}, "shared_words": ["看"]}
    en = {"a": {"left_one": "one day left", "left_other": "{n} days left"},
          "commands": {"a": ["signin"], "b": ["look"], "c": ["watch"]}}
    assert lint("locales.py", tmp_path, catalogues(zh, en)) == (0, "locales: ok\n")
