"""Practical training: early and late shifts of six hours by team, rotation, rest days, 旷训 (rules.md A5, A11; §2)."""

import io
import re
import subprocess

import openpyxl
import pytest

from harness import Klass, conversation, join

PEOPLE = [("1", "张三", "学员", "", "甲组"), ("2", "李四", "学员", "", "乙组"), ("3", "王五", "学员", "", "甲组"),
          ("m1", "周导师", "导师"), ("t1", "吴老师", "带班老师"), ("o1", "孙主办", "承办")]
# First 甲 early, 乙 late; then the other way round; then 甲 rests; then all come.
SHIFTS = [("2026-03-03", "08:00", "14:00", "早班", "", "", "", "甲组"), ("2026-03-03", "14:00", "20:00", "晚班", "", "", "", "乙组"),
          ("2026-03-04", "08:00", "14:00", "早班", "", "", "", "乙组"), ("2026-03-04", "14:00", "20:00", "晚班", "", "", "", "甲组"),
          ("2026-03-05", "08:00", "14:00", "早班", "", "", "", "乙组"),
          ("2026-03-06", "08:00", "14:00", "早班", "", "", "", "甲组/乙组")]


@pytest.fixture
def shifts(serve):
    server = serve(classes=[Klass(kind="practical", scheme="practical", people=PEOPLE, sessions=SHIFTS)])
    server.people = {p[1]: join(server, p[1]) for p in PEOPLE}
    return server


def counted(server, name):
    """day and hour with state of all that counts for somebody."""
    return [tuple(r) for r in server.db().execute(
        "SELECT strftime('%d %H', t.starts, 'unixepoch', '+8 hours'), t.state FROM attendance_all t"
        " JOIN member m ON m.id = t.member JOIN person p ON p.id = m.person WHERE p.name = ? ORDER BY t.starts", (name,))]


def test_everybody_is_expected_at_the_own_teams_shifts_only(shifts):
    conversation(shifts, """
        clock 2026-03-03T07:50
        吴老师> 口令
        < signin.spoken ~ /早班.*?(?P<early>\\d{6})/
        张三> 签到 {early}
        < signin.ontime
        李四> 签到 {early}
        < signin.refused ~ /晚班.*14:00/
        吴老师> 未到
        < missing.list ~ /应到2.*王五/
        李四> 课表
        < timetable.list ~ /本周.3月3日 周二 14:00–20:00 晚班/
        clock 2026-03-03T13:50
        吴老师> 口令
        < signin.spoken ~ /晚班.*?(?P<late>\\d{6})/
        李四> 签到 {late}
        < signin.ontime
        张三> 签到 {late}
        < signin.*
        clock 2026-03-03T20:00
        李四> 请假 3月4日 家里有事
        < leave.asked ~ /1 个半天.*08:00–14:00 早班/
        李四> [发送]
        < leave.asked
        周导师< approval.ask ~ 李四
        吴老师< nothing approval.*
        周导师> [同意]
        < approval.passed_on
        吴老师> [同意]
        < approval.agreed
        李四< leave.granted
        张三> 请假 3月5日 想休息
        < leave.refused
        clock 2026-03-06T14:00
        李四> 成绩
        < marks.shown ~ /出勤 3.33.10/
        张三> 成绩
        < marks.shown ~ /出勤 3.33.10.*旷训/
    """, **shifts.people)
    assert counted(shifts, "张三") == [("03 08", "present"), ("04 14", "truant"), ("06 08", "truant")]
    assert counted(shifts, "李四") == [("03 14", "present"), ("04 08", "leave"), ("05 08", "truant"), ("06 08", "truant")]
    assert counted(shifts, "王五") == [("03 08", "truant"), ("04 14", "truant"), ("06 08", "truant")]


def test_a_shift_may_be_imported_again_and_unknown_teams_are_named(shifts):
    path = shifts.dir / "classes/demo.yaml"
    assert "demo: no change" in shifts.run("import", path).stdout
    rotated = [(*s[:7], {"甲组": "乙组", "乙组": "甲组"}.get(s[7], s[7])) for s in SHIFTS]
    Klass(kind="practical", scheme="practical", people=PEOPLE, sessions=rotated).write(path.parent)
    assert "2026-03-05 08:00-14:00 早班" in shifts.run("import", path).stdout
    assert shifts.db().execute("SELECT count(*) FROM session").fetchone()[0] == len(SHIFTS)
    assert shifts.db().execute("SELECT team FROM session WHERE day = '2026-03-05'").fetchone()[0] == "甲组"
    Klass(kind="practical", scheme="practical", people=PEOPLE, sessions=[(*SHIFTS[0][:7], "丙组")]).write(path.parent)
    assert 'demo-timetable.csv:2:1: no trainee is in the team "丙组"' in str(shifts.run("import", path))


def test_sheets_and_calendars_have_the_own_teams_shifts_only(shifts, tmp_path):
    feed = {}
    for name in ("张三", "李四", "周导师"):
        link = re.search(r"/cal/\S+", shifts.people[name].says("课表").press("订阅").text)[0]
        feed[name] = shifts.get(link).text.count("BEGIN:VEVENT")
    assert feed == {"张三": 3, "李四": 4, "周导师": 6}
    organiser = shifts.people["孙主办"]
    shifts.clock.to("2026-03-03T07:50")
    organiser.says("导出 打印签到表")
    page = tmp_path / "blank.pdf"
    page.write_bytes(organiser.hears("export.ready").file())
    text = subprocess.run(["pdftotext", "-layout", page, "-"], capture_output=True, check=True, text=True).stdout
    assert "张三" in text and "王五" in text and "李四" not in text and "2 人" in text, text
    shifts.clock.to("2026-03-06T15:00")
    out = tmp_path / "marks.xlsx"
    shifts.run("export", "demo", "-f", "xlsx", "-o", out)
    sheet = openpyxl.load_workbook(io.BytesIO(out.read_bytes()))["签到表"]
    expected = next([c.value for c in row] for row in sheet.iter_rows() if "应到" in [c.value for c in row][:3])
    assert [v for v in expected if isinstance(v, (int, float))][:6] == [2, 1, 1, 2, 1, 3], expected
