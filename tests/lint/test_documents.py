"""The READMEs name only what there is: commands that some handler has, and files that lie in the tree."""

import json
import pathlib
import re

import pytest

TREE = pathlib.Path(__file__).parents[2]
PAGES = ["README.md", "README.zh-CN.md"]


def words_there():
    """The Chinese words of every command that a handler in the tree has."""
    source = "".join(p.read_text(encoding="utf-8") for p in (TREE / "handlers").rglob("*.c"))
    words = json.loads((TREE / "locales/zh-CN.json").read_text(encoding="utf-8"))["commands"]
    return {w for name, known in words.items() if f'.name = "{name}"' in source for w in known}


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_table_is_there(page):
    text = (TREE / page).read_text(encoding="utf-8")
    rows = re.search(r"^\| (?:who|谁) \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.M)[1].splitlines()
    cells = [re.split(r"(?<!\\)\|", row)[2] for row in rows]
    said = [part for cell in cells for part in re.findall(r"`([^`]+)`", cell) or cell.split("·")]
    typed = [part.split()[0] for part in said]
    assert len(typed) > 30
    assert not [t for t in typed if t not in words_there()]


@pytest.mark.parametrize("page", [*PAGES, "docs/classes.md", "docs/classes.zh-CN.md", "docs/operations.md", "docs/adding-a-handler.md", "docs/anonymity.md"])
def test_every_link_leads_somewhere(page):
    path = TREE / page
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
    assert not [link for link in links if "://" not in link and not (path.parent / link).exists()]


def keys_known(source):
    """The keys that the readers of YAML files in this source file allow."""
    text = (TREE / source).read_text(encoding="utf-8")
    lists = re.findall(r"(?:\bkeys|_keys|of_\w+)\[\] = \{([^}]*)\}", text)
    return {k for found in lists for k in re.findall(r'"(\w+)"', found)}


@pytest.mark.parametrize("page", ["docs/classes.md", "docs/classes.zh-CN.md"])
@pytest.mark.parametrize("source", ["class_file.c", "scheme_file.c", "remind_policy.c", "form_file.c"])
def test_every_key_of_an_organisers_file_is_explained(page, source):
    known, said = keys_known(f"bot/school/{source}"), (TREE / page).read_text(encoding="utf-8")
    assert len(known) > 8
    assert not {k for k in known if not re.search(rf"`{k}[`:]", said)}
