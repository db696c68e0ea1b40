"""The pages' own words: the same keys and placeholders in both languages, and none used that is not there."""

import pathlib
import re

WEB = pathlib.Path(__file__).resolve().parents[2] / "web"


def words():
    """{language: {key: text}} as written in words.js and words_*.js."""
    both = {"zh-CN": {}, "en": {}}
    for path in [WEB / "words.js", *sorted(WEB.glob("words_*.js"))]:
        source = path.read_text(encoding="utf-8")
        table = source[source.index("const WORDS"):source.index("\n};")]
        _, chinese, english = re.split(r"'zh-CN': \{|'en': \{", table)
        pair = r"'([\w.]+)':\s*'((?:[^'\\]|\\.)*)'"
        both["zh-CN"].update(re.findall(pair, chinese))
        both["en"].update(re.findall(pair, english))
    return both


def test_both_languages_have_the_same_keys_and_placeholders():
    both = words()
    assert len(both["en"]) > 80
    assert both["zh-CN"].keys() == both["en"].keys()
    for key, text in both["zh-CN"].items():
        chinese, english = (set(re.findall(r"\{(\w+)\}", x)) for x in (text, both["en"][key]))
        assert chinese >= english or key == "day", key


def test_every_word_that_is_used_exists():
    known = words()["en"]
    for path in WEB.glob("*.js"):
        for key in re.findall(r"\bt\('([\w.]+)'[,)]", path.read_text(encoding="utf-8")):
            assert key in known, f"{path.name}: {key}"


def test_pages_carry_no_inline_script_or_style():
    for path in WEB.glob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|https?://", page), path.name
