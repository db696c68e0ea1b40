"""Excel people: rosters and timetables as .xlsx, as they come out of Excel and WPS."""

import datetime
import io
import zipfile

import pytest

from harness import vault
from harness.workbooks import bomb, workbook

ROSTER = [["学号", "姓名", "角色", "手机", "小组"], [1, "张伟", "学员", 13800138001, "一组"],
          [2, "李娜", "学员", 13800138002, None], [3, "王芳", "学员", None, "二组"],
          ["t1", "吴老师", "带班老师"], ["o1", "孙主办", "承办"]]
TIMETABLE = [["日期", "开始", "结束", "课程"],
             [datetime.date(2026, 3, 2), datetime.time(9, 0), datetime.time(12, 0), "速卖通平台介绍"],
             [datetime.date(2026, 3, 3), datetime.time(9, 0), datetime.time(17, 0), "店铺注册"]]


def class_of(folder, roster="roster.xlsx", timetable="timetable.xlsx"):
    """A class file beside these tables."""
    path = folder / "class.yaml"
    path.write_text(f"id: excel\ntitle: 表格班\nkind: employment\nstarts: 2026-03-02\ntimetable: {timetable}\n"
                    f"roster: {roster}\n", encoding="utf-8")
    return str(path)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "roster.xlsx").write_bytes(workbook(ROSTER, merge=["E2:E3"]))
    (tmp_path / "timetable.xlsx").write_bytes(workbook(TIMETABLE))
    return tmp_path


def test_numbers_dates_times_and_merged_cells_are_read_as_shown(server, folder):
    out = server.run("import", class_of(folder)).stdout
    assert "new trainee 张伟 1" in out and "new session 2026-03-03 09:00-17:00 店铺注册" in out
    assert "roster.xlsx:2:5: the merged cells E2:E3" in out
    with server.db() as db:
        phones = vault.phones(db, (server.data_dir / "master.key").read_bytes())
        people = {name: (phones[name], team) for name, team in db.execute(
            "SELECT p.name, m.team FROM member m JOIN person p ON p.id = m.person JOIN class c"
            " ON c.id = m.class WHERE c.slug = 'excel'")}
    assert people["张伟"] == ("13800138001", "一组") and people["李娜"] == ("13800138002", "一组")
    assert people["王芳"] == (None, "二组")
    assert "no change" in server.run("import", class_of(folder)).stdout


def test_a_title_above_the_header_and_a_sheet_of_the_old_epoch(server, folder):
    (folder / "roster.xlsx").write_bytes(workbook([["速卖通就业班名单"], [], *ROSTER], merge=["A1:E1"]))
    (folder / "timetable.xlsx").write_bytes(workbook(TIMETABLE, from_1904=True))
    out = server.run("import", class_of(folder)).stdout
    assert "the line \"速卖通就业班名单\" above the header is not read" in out
    assert "new session 2026-03-02 09:00-12:00" in out


def test_weeks_merged_downwards_count_for_each_row(server, folder):
    rows = [["周次", "星期", "课程", "时间"], ["第一周", "周一", "平台介绍", "09:00-12:00"],
            [None, "周二", "店铺注册", "09:00-12:00"], ["第二周", "周一", "选品", "09:00-12:00"]]
    (folder / "timetable.xlsx").write_bytes(workbook(rows, merge=["A2:A3"]))
    out = server.run("import", class_of(folder)).stdout
    assert "2026-03-03 09:00-12:00 店铺注册" in out and "2026-03-09 09:00-12:00 选品" in out


def test_a_name_merged_over_two_people_is_a_fault_with_its_place(server, folder):
    rows = [ROSTER[0], *ROSTER[1:3]]
    (folder / "roster.xlsx").write_bytes(workbook(rows, merge=["A2:A3"]))
    done = server.run("import", class_of(folder), check=False)
    assert done.returncode == 1 and "roster.xlsx:3:1" in done.stderr and "nothing of it was changed" in done.stderr


def damaged(data):
    return data[:len(data) // 2]


def with_doctype(data):
    """The same workbook whose sheet declares an entity."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name.endswith("sheet1.xml"):
                part = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>' + part[part.find(b"<worksheet"):]
            new.writestr(name, part)
    return out.getvalue()


@pytest.mark.parametrize("make, said", [
    (lambda good: bomb(), "unpacks to more than a table can hold"),
    (damaged, "is damaged"),
    (with_doctype, "document type"),
    (lambda good: good + b"\0" * (50 << 20), "larger than 8 MiB"),
    (lambda good: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel file"),
    (lambda good: b"%PDF-1.7 roster", "a picture or PDF"),
    (lambda good: workbook([["学号", "姓名", "角色"]]), "a header and at least one row"),
    (lambda good: workbook([["甲", "乙"], ["1", "2"]]), "is missing"),
    (lambda good: workbook([["学号", "姓名", "角色", *["x"] * 80], ["1", "张伟", "学员"]]), "too many columns"),
], ids=["bomb", "damaged", "doctype", "50 MB", "xls", "pdf", "header only", "other columns", "wide"])
def test_what_is_no_table_gets_a_clear_answer_and_changes_nothing(server, folder, make, said):
    (folder / "roster.xlsx").write_bytes(make((folder / "roster.xlsx").read_bytes()))
    done = server.run("import", class_of(folder), check=False)
    assert done.returncode == 1 and said in done.stderr, done.stderr
    with server.db() as db:
        assert db.execute("SELECT count(*) FROM class").fetchone()[0] == 1
