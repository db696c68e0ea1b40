"""Excel people in chat: the organiser sends a roster or timetable, sees what would change, and confirms."""

import datetime

import pytest

from harness import Klass, eventually, join
from harness.upload import UploadPage
from harness.workbooks import bomb, workbook

PEOPLE = [("1", "张伟", "学员"), ("2", "李娜", "学员"), ("t1", "吴老师", "带班老师"), ("o1", "孙主办", "承办")]
ROSTER = [["学号", "姓名", "角色", "手机"], [1, "张伟", "学员", 13800138001], [2, "李娜", "学员", None],
          [3, "王 芳", "学员", "1380013"], ["t1", "吴老师", "带班老师"], ["o1", "孙主办", "承办"]]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def office(serve):
    server = serve(classes=[Klass(people=PEOPLE)])
    return server, join(server, "孙主办")


def people(server):
    with server.db() as db:
        return {row[0] for row in db.execute("SELECT name FROM person")}


def test_a_roster_is_previewed_with_its_doubts_and_changes_on_a_press(office):
    server, sun = office
    assert sun.sends_file("名单.xlsx", workbook(ROSTER), XLSX)[0].key == "intake.reading"
    asked = sun.hears("intake.preview")
    assert "名单（速卖通就业班（测试））会改 2 处" in asked.text
    assert "新增学员 王芳 3" in asked.text and "张伟 补上了手机号" in asked.text
    assert "第 4 行 B 列：姓名“王 芳”中间有空格，按“王芳”" in asked.text
    assert "第 4 行 D 列：“1380013”：不是 11 位手机号，先不填" in asked.text
    assert "王芳" not in people(server), "nothing changes before it is confirmed"
    asked.press("确认修改")
    assert "改了 2 处" in sun.hears("intake.done").text
    assert "王芳" in people(server)
    assert asked.press("确认修改").key == "stale"
    sun.sends_file("名单.xlsx", workbook(ROSTER), XLSX)
    sun.hears("intake.nothing")


def test_what_is_not_confirmed_changes_nothing(office):
    server, sun = office
    sun.sends_file("名单.xlsx", workbook(ROSTER), XLSX)
    assert sun.hears("intake.preview").press("先不改").key == "intake.dropped"
    assert "王芳" not in people(server)


def test_people_missing_from_the_table_are_named_and_kept(office):
    server, sun = office
    sun.sends_file("名单.csv", "学号,姓名,角色\n1,张伟,学员\n4,赵六,学员\n".encode("gb18030"), "text/csv")
    asked = sun.hears("intake.preview")
    assert "新增学员 赵六 4" in asked.text and "先留着：学员 李娜 2" in asked.text
    asked.press("确认修改")
    sun.hears("intake.done")
    assert {"李娜", "赵六"} <= people(server)


def test_a_timetable_through_the_upload_page(office):
    server, sun = office
    page = UploadPage(server, sun.says("上传").text)
    rows = [["日期", "开始", "结束", "课程"], [datetime.date(2026, 3, 20), datetime.time(9), datetime.time(12), "直播选品"]]
    page.uploads("课表.xlsx", workbook(rows))
    page.hands_over()
    asked = sun.hears("intake.preview")
    assert "课表" in asked.text and "新增课 2026-03-20 09:00-12:00 直播选品" in asked.text
    asked.press("确认修改")
    sun.hears("intake.done")
    with server.db() as db:
        assert db.execute("SELECT count(*) FROM session WHERE title = '直播选品'").fetchone()[0] == 1


def test_a_session_without_a_time_takes_the_class_s_slot(serve):
    server = serve(classes=[Klass(people=PEOPLE, default_slot="18:30-21:00")])
    sun = join(server, "孙主办")
    sun.sends_file("课表.csv", "日期,开始,结束,课程\n2026-03-20,,,直播选品\n".encode(), "text/csv")
    asked = sun.hears("intake.preview")
    assert "18:30-21:00 直播选品（时间待确认）" in asked.text and "session" not in asked.text and "time to" not in asked.text


def test_the_exported_roster_can_be_sent_back(office):
    server, sun = office
    sun.says("导出 名单")
    ready = sun.hears("export.ready")
    sun.sends_file("名单.xlsx", ready.file(), XLSX)
    told = eventually(lambda: [r for r in sun.history() if r.key in ("intake.nothing", "intake.preview", "intake.faulty")])
    assert told[-1].key == "intake.nothing", told[-1].text


@pytest.mark.parametrize("name, make, said", [
    ("名单.xlsx", lambda: bomb(), "解开后大得不像一张表"),
    ("名单.xlsx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "老格式的 Excel"),
    ("名单.xlsx", lambda: b"%PDF-1.7 x", "图片或 PDF"),
    ("名单.xlsx", lambda: workbook(ROSTER)[:900], "坏了"),
    ("名单.xlsx", lambda: workbook([["甲", "乙"], [1, 2]]), "看不出是名单还是课表"),
    ("名单.xlsx", lambda: workbook([["学号", "姓名", "角色"], [1, "张伟", "班长"]]), "第 2 行 C 列：“班长”不是角色"),
    ("名单.xlsx", lambda: workbook([["学号", "姓名", "角色"], [7, "甲", "学员"], [None, "乙", "学员"]], merge=["A2:A3"]), "学号 7 在第 2 行已经有了"),
    ("名单.csv", lambda: "学号,姓名\n1,张伟\n".encode(), "缺“角色”这一列"),
], ids=["bomb", "xls", "pdf", "half", "neither", "role", "merged", "column"])
def test_a_table_that_is_none_is_answered_clearly_and_changes_nothing(office, name, make, said):
    server, sun = office
    before = people(server)
    sun.sends_file(name, make())
    answer = sun.hears("intake.faulty")
    assert said in answer.text and "什么也没有改" in answer.text
    assert people(server) == before


def test_a_document_of_50_mb_is_refused(office):
    server, sun = office
    page = UploadPage(server, sun.says("上传").text)
    refused = page.announce("名单.xlsx", 50 << 20)
    assert refused.status_code == 413 and "最多 40 MB" in refused.json()["error"]


def test_two_tables_at_once_and_a_table_from_somebody_else(office):
    server, sun = office
    wu = join(server, "吴老师")
    assert wu.sends_file("名单.xlsx", workbook(ROSTER), XLSX)[0].key == "nothing_open"


def test_a_crash_between_loses_nothing(office):
    server, sun = office
    sun.sends_file("名单.xlsx", workbook(ROSTER), XLSX)
    asked = sun.hears("intake.preview")
    server.restart(kill=True)
    asked.press("确认修改")
    sun.hears("intake.done")
    assert "王芳" in people(server)


def test_a_file_that_has_to_be_fetched_first_is_read_when_it_is_here(serve, telegram):
    bot = serve(classes=[Klass(people=PEOPLE)], telegram=telegram)
    sun = telegram.user("孙主办")
    sun.says("/join " + bot.invites()["孙主办"]["code"])
    sun.presses("是我，同意")
    sun.sends_document("名单.xlsx", workbook(ROSTER))
    sun.hears("会改 2 处")
    sun.presses("确认修改")
    sun.hears("改了 2 处")
    assert "王芳" in people(bot)
