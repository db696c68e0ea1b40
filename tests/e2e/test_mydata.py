"""我的数据: whoever asks gets everything that is held about oneself, and nothing about anybody else. What belongs to
whom is found here by walking the schema, so that a new table is in it or this fails."""

import datetime
import io
import json
import sqlite3
import zoneinfo

import openpyxl
import pytest

from harness import Klass, Person, eventually, join, sign_in
from harness.morning import PEOPLE
from harness.server import TREE

# Columns that name a person or a membership without being the one whom the row is about.
ENTERED = {"by", "giver", "closed_by", "acked_by", "undone_by", "teller", "asker"}
MIXED = {("blocker_event", "person"), ("remark", "person"), ("weekly_draft", "person")}
# What changes by the asking itself.
MOVES = {"account", "outbox", "inbox", "choice", "dialog", "paper_wish", "file", "audit_content", "push_count"}


@pytest.fixture
def klass(serve):
    """A morning of a class in which the two trainees have left traces everywhere."""
    server = serve(classes=[Klass(people=PEOPLE)])
    people = {p[1]: join(server, p[1]) for p in PEOPLE}
    sign_in(server, people["吴老师"], people["张伟"], at="2026-03-02T08:50")
    for name, reason in (("张伟", "牙疼得厉害"), ("李娜", "接孩子放学")):
        people[name].says(f"请假 明天上午 {reason}")
        people[name].says("卡住了 不会上架" + ("耳机" if name == "张伟" else "雨伞"))
    people["张伟"].says("退班 家里搬走了")
    people["张伟"].presses("确认提交")
    server.clock.to("2026-03-02T09:30")
    people["吴老师"].says("补签 李娜 8:55 手机没电")
    return server, people


def rows_of(db, table, where, *args):
    cursor = db.execute(f'SELECT * FROM "{table}" WHERE {where}', args)
    heads = [c[0] for c in cursor.description]
    return [dict(zip(heads, row)) for row in cursor]


def belongs(server, name):
    """{table: rows} that carry this person or one of the person's memberships or accounts."""
    db = sqlite3.connect(server.data_dir / "banzhang.db")
    person = db.execute("SELECT id FROM person WHERE name = ?", (name,)).fetchone()[0]
    members = {m for m, in db.execute("SELECT id FROM member WHERE person = ?", (person,))}
    accounts = {a for a, in db.execute("SELECT name FROM account WHERE person = ?", (person,))}
    found = {"person": rows_of(db, "person", "id = ?", person)}
    for table, in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        for row in rows_of(db, table, "1"):
            mine = row.get("person") == person and (table, "person") not in MIXED or row.get("member") in members or \
                row.get("account") in accounts or row.get("chat") in accounts or \
                table == "approval" and row["asker"] in members or \
                table == "flag" and {int(m) for m in row["members"].split(",") if m} & members
            if mine:
                found.setdefault(table, []).append(row)
    db.close()
    return found


def dossier(person):
    """What is said, and the workbook that follows: {title of the sheet: [[cell, …], …]} from its heads on."""
    said = person.says("我的数据")
    file = person.hears("export.ready", "我的数据")
    assert file.files[0]["name"].endswith(".xlsx")
    sheets = openpyxl.load_workbook(io.BytesIO(file.file()))
    return said, {s.title: [["" if c is None else str(c) for c in row] for row in s.iter_rows(values_only=True)]
                  for s in sheets}


def titles():
    """{table: the title of its sheet}."""
    words = json.loads((TREE / "locales/zh-CN.json").read_text(encoding="utf-8"))["sheet"]
    return {k[5:-6]: v for k, v in words.items() if k.startswith("mine_") and k.endswith("_sheet")}


def shown(value):
    """How a value stands in the file; None where it is not readable there."""
    if isinstance(value, bytes):
        return None
    if isinstance(value, int) and 10**9 <= value < 4 * 10**9:
        return f"{datetime.datetime.fromtimestamp(value, zoneinfo.ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M:%S}"
    return "" if value is None else str(value)


def test_everything_of_the_person_is_in_the_file_and_nothing_of_another(klass):
    server, people = klass
    mine, theirs = belongs(server, "张伟"), belongs(server, "李娜")
    assert {"attendance", "leave", "leave_sitting", "approval", "blocker", "departure", "inbox", "outbox"} <= set(mine)
    said, sheets = dossier(people["张伟"])
    assert "mydata.summary" in said.keys and "考勤" in said.text and "匿名问卷的答案不在里面" in said.text
    names = titles()
    for table, rows in mine.items():
        sheet = sheets[names.get(table, table)]
        for row in rows if table not in MOVES else []:
            want = [shown(v) for k, v in row.items() if k != "members"]
            assert any(all(w is None or w == h for w, h in zip(want, have)) for have in sheet
                       if table != "flag"), (table, row)
        if table in ("inbox", "outbox"):
            cells = {c for row in sheet for c in row}
            assert {r["text"] for r in rows if r["text"]} <= cells
    whole = "\n".join(c for sheet in sheets.values() for row in sheet for c in row)
    assert "13800138000" in whole and "牙疼得厉害" in whole and "上架耳机" in whole
    for secret in ("李娜", "13900139000", "接孩子放学", "上架雨伞"):
        assert secret not in whole
    others = {t: {r["id"] for r in rows if isinstance(r.get("id"), int)} for t, rows in theirs.items()}
    for table, ids in others.items():
        have = {row[0] for row in sheets.get(names.get(table, table), [])}
        assert not have & {str(i) for i in ids - {r.get("id") for r in mine.get(table, [])}}, table


def test_what_hangs_on_a_record_belongs_to_it_and_what_one_entered_about_others_does_not(klass):
    server, people = klass
    _, mine = dossier(people["张伟"])
    assert len(mine[titles()["approval_step"]]) > 2
    _, teachers = dossier(people["吴老师"])
    whole = "\n".join(c for title, sheet in teachers.items() if title != titles()["outbox"] and title != titles()["inbox"]
                      for row in sheet for c in row)
    assert "接孩子放学" not in whole and "上架雨伞" not in whole and "13900139000" not in whole
    overview = {row[0]: row for row in teachers["总览"]}
    assert int(overview["更正"][3]) >= 1 and overview["更正"][2] == "0"


def test_whoever_is_not_bound_learns_nothing_and_english_is_spoken(klass):
    server, people = klass
    assert Person(server, "路人").says("我的数据").key == "help"
    people["孙主办"].says("语言 English")
    assert people["孙主办"].says("/mydata").key == "mydata.summary"
    assert "Everything recorded" in str(openpyxl.load_workbook(io.BytesIO(
        people["孙主办"].hears("export.ready").file()))["Overview"]["A1"].value)


def test_only_the_newest_copy_lies_here(klass):
    server, people = klass
    lying = len(server.files())
    for n in range(1, 4):
        people["张伟"].says("我的数据")
        eventually(lambda: [r.key for r in people["张伟"].history()].count("export.ready") == n)
    eventually(lambda: len(server.files()) == lying + 1)


def test_every_column_that_names_somebody_is_known_as_subject_or_as_who_entered_it(server):
    """A new table that names people under another word would be forgotten by the file: then this fails."""
    db = server.db()
    for table, in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        keys = {r[3]: r[2] for r in db.execute(f'PRAGMA foreign_key_list("{table}")')}
        for column in [r[1] for r in db.execute(f'PRAGMA table_info("{table}")')]:
            if keys.get(column) in ("person", "member"):
                assert column in {"person", "member"} | ENTERED, f"{table}.{column}"
