"""Whatever an import says in English of a table has its sentence under `imported` in the locales: the chat says no
English to who speaks Chinese."""
import glob
import json
import os
import re

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SOURCES = ["import_people.c", "import_sessions.c", "roster.c", "timetable.c", "cell.c", "csv_file.c", "intake.c",
           *(os.path.basename(p) for p in glob.glob(os.path.join(ROOT, "bot/school/xlsx*.c")))]
LITERALS = re.compile(r'"(?:[^"\\\n]|\\.)*"(?:\s*(?:G_GINT64_FORMAT\s*)?"(?:[^"\\\n]|\\.)*")*')
CONVERSION = re.compile(r"%[-0-9.*]*(?:s|d|u|zu)")
SQL = re.compile(r"\s*(?:SELECT|INSERT|UPDATE|DELETE)\b")
NO_TALK = {"no memory for expat"}  # the end of the program


def sentences(path):
    """Every string of the file that reads as English: two words of letters one after the other."""
    text = re.sub(r"/\*.*?\*/", "", open(path, encoding="utf-8").read(), flags=re.S)
    for found in LITERALS.finditer(text):
        whole = "".join(re.findall(r'"((?:[^"\\\n]|\\.)*)"', found.group()))
        whole = whole.replace('\\"', '"').replace("\\n", "\n")
        if re.search(r"[a-z]{2,} (?:[a-z]+|%)", whole) and not SQL.match(whole):
            yield whole


def patterns():
    """The sentences of the English catalogue that say something besides what they are filled with."""
    with open(os.path.join(ROOT, "locales/en.json"), encoding="utf-8") as f:
        for key, sentence in json.load(f)["imported"].items():
            parts = re.split(r"\{[a-z]+\}", sentence)
            if re.search(r"[a-z]", "".join(parts)):
                yield key, re.compile(".+".join(map(re.escape, parts)), re.S)


def unknown(path):
    """What the file says that no pattern knows."""
    known = list(patterns())
    for said in sentences(path):
        sample = CONVERSION.sub("7", said)
        if said not in NO_TALK and not any(p.fullmatch(sample) for _, p in known):
            yield said


def test_every_sentence_of_an_import_is_in_the_locales():
    said = {source: list(unknown(os.path.join(ROOT, "bot/school", source))) for source in SOURCES}
    assert not {source: lines for source, lines in said.items() if lines}
    assert sum(len(list(sentences(os.path.join(ROOT, "bot/school", s)))) for s in SOURCES) > 50, "it still finds them"


def test_one_that_is_not_there_is_found(tmp_path):
    (tmp_path / "a.c").write_text('FAULT(r, c, "the colour of line %d "\n "is wrong", 7); DOUBT(r, c, "no time");')
    assert list(unknown(tmp_path / "a.c")) == ["the colour of line %d is wrong"]
