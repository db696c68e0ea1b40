"""The audit trail: everything that decides marks, attendance and roles leaves an act, and whoever changes the store
behind the program's back is found out."""

import csv
import pathlib
import re
import sqlite3

import pytest

from harness import Klass, join

PEOPLE = [("1", "张伟", "学员"), ("2", "李娜", "学员"), ("t1", "吴老师", "带班老师")]


def audit(server, *words):
    """Runs `banzhang audit …` beside the server, or without one: exit code and all that it said."""
    run = server.run("audit", *words, check=False)
    return run.returncode, run.stdout + run.stderr


@pytest.fixture
def klass(serve):
    """A morning on record: one signs in, one is written in by the teacher."""
    server = serve(classes=[Klass(people=PEOPLE)])
    people = {n: join(server, n) for n in ("张伟", "李娜", "吴老师")}
    server.clock.to("2026-03-02T08:50")
    code = people["吴老师"].says("开始签到").code()
    people["张伟"].says(f"签到 {code}")
    server.clock.to("2026-03-02T09:30")
    people["吴老师"].says("补签 李娜 8:55 手机没电")
    return server


def test_what_was_done_and_by_whom_is_on_the_trail(klass):
    exit, said = audit(klass, "list", "500")
    assert exit == 0
    rows = [line.split("\t") for line in said.splitlines()]
    assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))
    signins = [row for row in rows if row[3].startswith("attendance insert")]
    assert [row[2] for row in signins] == ["张伟", "吴老师"]
    assert signins[0][1].startswith("2026-03-02 08:50") and '"how":"makeup"' in signins[1][4]


def unaudited():
    with open(pathlib.Path(__file__).parents[1] / "fixtures/unaudited.csv", encoding="utf-8", newline="") as f:
        return {(row["table"], row["column"]): row["why no act is kept of it"] for row in csv.DictReader(f)}


def test_every_table_and_column_is_on_the_trail_or_has_a_reason_why_not(klass):
    """A table or column that is added is put on the trail, or into tests/fixtures/unaudited.csv with the reason."""
    db, reasons, used = klass.db(), unaudited(), set()
    missing = []
    for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'").fetchall():
        kept = db.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (f"audit_{table}_insert",)).fetchone()
        for (column,) in [(None,)] if not kept else db.execute("SELECT name FROM pragma_table_info(?) WHERE pk = 0", (table,)).fetchall():
            if column and f"NEW.{column}" in kept[0] and f"'{column}'" in kept[0]:
                continue
            used.add((table, column or ""))
            if not reasons.get((table, column or "")):
                missing.append((table, column))
    assert not missing, missing
    kept_by_now = set(reasons) - used
    assert not kept_by_now, kept_by_now


def test_what_a_new_class_file_changes_is_kept_with_what_it_was(serve):
    server = serve(classes=[Klass(people=PEOPLE)])
    before = int(audit(server, "list", "1")[1].split()[0])
    path = Klass(people=PEOPLE, signout="code", class_hour=50, midday="12:00-13:00", default_slot="08:00-11:00",
                 locale="en").write(server.dir / "again")
    server.run("import", path)
    acts = [line.split("\t") for line in audit(server, "list", "500")[1].splitlines()]
    settings = [act for act in acts if int(act[0]) > before and act[3].startswith("class update")]
    said = "; ".join(act[5] for act in settings)
    assert {act[2] for act in settings} == {"(command line)"}, settings
    for change in ('signout: "off" → "code"', "class_hour: 45 → 50", 'midday_to: "13:30" → "13:00"', "slot_from: 540 → 480"):
        assert change in said, said
    assert audit(server, "verify")[0] == 0


def test_an_honest_store_verifies_while_the_server_runs(klass):
    exit, said = audit(klass, "verify")
    assert exit == 0 and " 0 faults" in said, said
    assert re.search(r"head: [0-9a-f]{16}, act \d+ of 2026-03-02 09:30", said)


def tampered(server, sql):
    """Stops the server and runs SQL on its store as somebody with a shell would, the triggers out of the way."""
    server.stop()
    db = sqlite3.connect(server.data_dir / "banzhang.db")
    triggers = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'audit%'").fetchall()
    for name, _ in triggers:
        db.execute(f"DROP TRIGGER {name}")
    db.executescript(sql)
    for _, create in triggers:
        db.execute(create)
    db.commit()
    db.close()
    return audit(server, "verify")


@pytest.mark.parametrize("sql, found", [
    ("UPDATE attendance SET state = 'present', points = 0 WHERE how = 'makeup'; UPDATE attendance SET at = at - 60",
     r"attendance \d+/\d+ is not as act \d+ left it"),
    ("DELETE FROM attendance WHERE how = 'makeup'", r"attendance \d+/\d+ was taken out without an act"),
    ("INSERT INTO early_leave SELECT sitting, member, at, 5, 1, 0, at FROM attendance LIMIT 1",
     r"early_leave \d+/\d+ was put in without an act"),
    ("UPDATE member SET role = (SELECT max(role) FROM member)", r"member \d+ is not as act \d+ left it"),
    ("UPDATE audit SET at = at - 600 WHERE what = 'attendance'", r"act \d+ \(attendance insert .*\) was changed"),
    ("UPDATE audit SET actor = 1 WHERE id = (SELECT max(id) FROM audit)", r"act \d+ .* was changed or slipped in"),
    ("DELETE FROM audit WHERE id = 7; DELETE FROM audit_content WHERE id = 7", r"acts 7 to 7 are missing"),
    ("UPDATE audit_content SET content = replace(content, 'makeup', 'code')", r"the contents of act \d+ .* were changed"),
    ("DELETE FROM audit_content WHERE id = 9", r"the contents of act 9 were taken away"),
    ("INSERT INTO audit SELECT max(id) + 1, at, actor, what, 'update', subject, digest, mac FROM audit",
     r"act \d+ .* was changed or slipped in"),
])
def test_a_change_behind_the_back_is_found(klass, sql, found):
    exit, said = tampered(klass, sql)
    assert exit == 1 and re.search(found, said), said


def test_switching_the_recording_off_is_found(klass):
    klass.stop()
    db = sqlite3.connect(klass.data_dir / "banzhang.db")
    db.execute("DROP TRIGGER audit_attendance_update")
    db.commit()
    exit, said = audit(klass, "verify")
    assert exit == 1 and "the trigger audit_attendance_update is missing" in said
    for kind in ("insert", "delete"):
        db.execute(f"DROP TRIGGER audit_attendance_{kind}")
    db.execute("UPDATE attendance SET state = 'present'")
    db.commit()
    db.close()
    klass.start()  # puts the triggers back, and says that for a while nothing was recorded
    exit, said = audit(klass, "verify")
    assert exit == 1 and "nothing done to attendance was recorded" in said


NOTHING = "BEGIN SELECT 1; END"


@pytest.mark.parametrize("kind", ["insert", "update", "delete"])
@pytest.mark.parametrize("instead", ["", "CREATE TRIGGER {name} AFTER INSERT ON attendance " + NOTHING])
def test_one_trigger_out_of_the_way_for_a_while_is_found_when_all_is_as_it_was(klass, kind, instead):
    """Taken away or put to sleep, the marks changed, the server started, everything put back: the trail says so."""
    name = f"audit_attendance_{kind}"
    for points in ("points + 5", "points - 5"):
        klass.stop()
        db = sqlite3.connect(klass.data_dir / "banzhang.db")
        if kind != "update":
            db.execute("DROP TRIGGER audit_attendance_update")
        db.executescript(f"DROP TRIGGER {name}; UPDATE attendance SET points = {points}; {instead.format(name=name)}")
        db.close()
        klass.start()
    exit, said = audit(klass, "verify")
    assert exit == 1 and said.count("nothing done to attendance was recorded") == 2 and " 2 faults" in said, said


def test_an_upgrade_that_changes_a_table_leaves_no_gap(klass):
    """A column more makes other triggers: the program's own doing, told from somebody's who had a hand in the store."""
    klass.stop()
    db = sqlite3.connect(klass.data_dir / "banzhang.db")
    before = db.execute("SELECT sql FROM sqlite_schema WHERE name = 'audit_attendance_update'").fetchone()
    db.execute("ALTER TABLE attendance ADD COLUMN later INTEGER")
    db.commit()
    for _ in range(2):
        klass.start()
        exit, said = audit(klass, "verify")
        assert exit == 0 and " 0 faults" in said, said
        klass.stop()
    after = db.execute("SELECT sql FROM sqlite_schema WHERE name = 'audit_attendance_update'").fetchone()
    assert before != after and "NEW.later" in after[0]
    assert db.execute("SELECT count(*) FROM audit WHERE what = 'audit' AND how = 'watch'").fetchone()[0] == 2
    db.close()


def test_a_published_head_finds_what_was_cut_off_and_what_was_made_anew(klass):
    exit, said = audit(klass, "head", "2026-03-02")
    head = said.split()[0]
    assert exit == 0 and len(head) == 64
    exit, said = audit(klass, "verify", "--head", f"2026-03-02={head[:16]}")
    assert exit == 0 and "as published" in said
    cut = "CREATE TEMP TABLE top AS SELECT max(id) AS id FROM audit; DELETE FROM audit WHERE id = (SELECT id FROM top);" \
          "DELETE FROM audit_content WHERE id = (SELECT id FROM top);"
    tampered(klass, cut)
    exit, said = audit(klass, "verify", "--head", f"2026-03-02={head[:16]}")
    assert exit == 1 and "is not in the chain" in said


def test_the_organisers_digest_carries_the_days_head_and_it_verifies(serve):
    server = serve(classes=[Klass(people=[*PEOPLE, ("o1", "孙主办", "承办"), ("m1", "周导师", "导师")])])
    people = {n: join(server, n) for n in ("张伟", "吴老师", "孙主办", "周导师")}
    server.clock.to("2026-03-02T08:50")
    people["张伟"].says(f"签到 {people['吴老师'].says('开始签到').code()}")
    server.clock.to("2026-03-02T20:00")
    line = re.search(r"留底 (2026-03-02=[0-9a-f]{16})$", people["孙主办"].hears("digest").text, re.M)
    assert line and "留底" not in people["周导师"].hears("digest").text
    server.clock.to("2026-03-03T08:50")
    people["吴老师"].says("补签 李娜 3月2日 8:55 手机没电")
    exit, said = audit(server, "verify", "--head", line[1])
    assert exit == 0 and "as published" in said
    tampered(server, "CREATE TEMP TABLE cut AS SELECT max(id) - 3 AS id FROM audit WHERE at < 1772467200;"
                     "DELETE FROM audit WHERE id > (SELECT id FROM cut);"
                     "DELETE FROM audit_content WHERE id > (SELECT id FROM cut);")
    exit, said = audit(server, "verify", "--head", line[1])
    assert exit == 1 and "is not in the chain" in said


def test_another_key_verifies_nothing(klass):
    klass.stop()
    key = klass.data_dir / "secret.key"
    key.write_bytes(bytes(32))
    exit, said = audit(klass, "verify")
    assert exit == 1 and "act 1 " in said


@pytest.mark.parametrize("words, exit, said", [
    (["verify", "--head", "yesterday"], 2, "a head is written DAY=HEX"),
    (["verify", "--head", "2026-03-02=zz"], 2, "a head is written DAY=HEX"),
    (["head", "2026-02-30"], 2, "is no day"),
    (["head", "2001-01-01"], 1, "nothing was recorded until then"),
    (["list", "0"], 2, "A number from 1"),
    (["prove"], 2, "usage: banzhang audit"),
])
def test_a_wrong_word_is_answered(klass, words, exit, said):
    got, text = audit(klass, *words)
    assert got == exit and said in text
