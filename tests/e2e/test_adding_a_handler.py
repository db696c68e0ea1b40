"""The example of docs/adding-a-handler.md, taken out of the page, built into the program, and talked with."""

import json
import os
import pathlib
import re
import shutil
import subprocess

from harness import conversation, join
from harness.server import binary

TREE = pathlib.Path(__file__).parents[2]
PAGE = (TREE / "docs/adding-a-handler.md").read_text(encoding="utf-8")


def block(language):
    return re.search(rf"```{language}\n(.*?)```", PAGE, re.S)[1]


def build(folder):
    """A tree with the handler in it, built on top of the objects that are there; gives the program."""
    ready = pathlib.Path(binary()).resolve().parent
    for name in ("bot", "handlers", "locales", "config", "web"):
        shutil.copytree(TREE / name, folder / name)
    for name in ("Makefile", "VERSION"):
        shutil.copy2(TREE / name, folder / name)
    (folder / "handlers/lending.c").write_text(block("c"), encoding="utf-8")
    table = folder / "handlers/table.c"
    text = table.read_text(encoding="utf-8")
    text = text.replace("extern const struct handler", "extern const struct handler lending;\nextern const struct handler", 1)
    table.write_text(text.replace("    NULL,", "    &lending,\n    NULL,"), encoding="utf-8")
    for lang, more in json.loads(block("json")).items():
        path = folder / f"locales/{lang}.json"
        whole = json.loads(path.read_text(encoding="utf-8"))
        whole["commands"].update(more.pop("commands"))
        whole.update(more)
        path.write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
    sanitized = ["SANITIZE=address,undefined"] if "asan" in ready.name else []
    said = subprocess.run(["make", "-s", f"BUILD={ready.relative_to(TREE)}", *sanitized, "link-flags"], cwd=TREE,
                          env={**os.environ, "MAKEFLAGS": ""}, capture_output=True, text=True, check=True).stdout
    compile_flags, objects, link_flags = (line.split() for line in said.splitlines())
    program = folder / "banzhang"
    subprocess.run(["cc", *compile_flags, "handlers/lending.c", "handlers/table.c", *objects, *link_flags, "-o", program],
                   cwd=folder, check=True)
    return program


def test_the_page_is_true(serve, tmp_path, monkeypatch):
    program = build(tmp_path / "tree")
    monkeypatch.setenv("BANZHANG", str(program))
    server = serve(share_dir=str(tmp_path / "tree"))
    people = {name: join(server, name) for name in ("张伟", "李娜", "周导师")}
    script = re.search(r"## 4\. A conversation\n\n```\n(.*?)```", PAGE, re.S)[1]
    conversation(server, script, **people)
