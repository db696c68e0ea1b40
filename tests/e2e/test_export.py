"""What an organiser takes away: sheets, marks, timetable, archive, by command and in chat, and calendars that
follow the timetable."""

import csv
import io
import re
import subprocess
import zipfile

import openpyxl
import pytest

from harness import Klass, eventually, join
from harness.homework import ONE_THEME
from harness.survey import CLOSES, after_class, fill

PEOPLE = [("001", "张伟", "学员", "13800138000"), ("002", "李娜", "学员"), ("003", "=1+1", "学员"),
          ("10", "@王芳", "学员"), ("m1", "周导师", "导师"), ("t1", "吴老师", "带班老师"), ("o1", "孙主办", "承办"),
          ("b1", "钱科长", "商务局")]
SESSIONS = [("2026-03-02", "09:00", "12:00", "速卖通平台介绍", "郑讲师", "三楼, 301"),
            ("2026-03-03", "09:00", "12:00", "店铺注册"), ("2026-03-04", "09:00", "16:30", "=选品与上架")]


def book(data):
    """The workbook of these bytes."""
    return openpyxl.load_workbook(io.BytesIO(data) if isinstance(data, bytes) else data)


def table(sheet):
    """A sheet from its row of heads on: [{head: cell}]."""
    rows = list(sheet.iter_rows())
    top = next(i for i, row in enumerate(rows) if row[0].value in ("学号", "No."))
    heads = [c.value for c in rows[top]]
    return [dict(zip(heads, row)) for row in rows[top + 1:]]


def row_of(rows, name):
    return next(r for r in rows if r["姓名"].value == name)


def unfolded(data):
    """The content lines of a calendar; the form of each is checked."""
    text = data.decode() if isinstance(data, bytes) else data
    assert text.endswith("END:VCALENDAR\r\n") and "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    return text.replace("\r\n ", "").split("\r\n")


def entries(data):
    """{UID: {name: value}} of a calendar's entries."""
    found, entry = {}, None
    for line in unfolded(data):
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            entry = {}
        elif line == "END:VEVENT":
            assert entry["UID"] not in found
            found[entry["UID"]] = entry
            entry = None
        elif entry is not None:
            entry[name.split(";")[0]] = value
    return found


@pytest.fixture
def klass(serve):
    """A class after its first lesson: one on time, one 12 minutes late, two absent."""
    server = serve(classes=[Klass(people=PEOPLE, sessions=SESSIONS, syllabus=ONE_THEME)])
    people = {n: join(server, n) for n in ("张伟", "李娜", "吴老师", "孙主办", "周导师", "钱科长")}
    server.clock.to("2026-03-02T08:50")
    code = people["吴老师"].says("开始签到").code()
    assert people["张伟"].says(f"签到 {code}").key == "signin.ontime"
    server.clock.to("2026-03-02T09:11:30")
    code = people["吴老师"].says("开始签到").code()
    assert people["李娜"].says(f"签到 {code}").key == "signin.late"
    server.clock.to("2026-03-02T12:00")
    return server, people


def exported(server, tmp_path, fmt, **kw):
    path = tmp_path / f"out.{fmt}"
    server.run("export", "demo", "-f", fmt, "-o", path, **kw)
    return path


def test_the_sign_in_sheet_says_what_was_at_each_sitting(klass, tmp_path):
    server, people = klass
    for _ in range(2):   # while the server runs, and while it does not
        sheet = book(exported(server, tmp_path, "xlsx"))["签到表"]
        assert sheet["A1"].value == "速卖通就业班（测试） 签到表"
        rows = table(sheet)
        heads = list(rows[0])
        assert heads[:3] == ["学号", "姓名", "小组"] and len([h for h in heads if "\n" in h]) == 4
        assert "3月2日 周一" in heads[3] and "09:00" in heads[3] and "速卖通平台介绍" in heads[3]
        assert "3月4日 周三上午" in heads[5] and "3月4日 周三下午" in heads[6]
        first = heads[3]
        zhang, li, formula = row_of(rows, "张伟"), row_of(rows, "李娜"), row_of(rows, "=1+1")
        assert (zhang[first].value, li[first].value, formula[first].value) == ("✓", "迟到12分", "缺勤")
        assert zhang["学号"].value == "001" and zhang["学号"].data_type == "s"
        assert formula["姓名"].data_type == "s" and row_of(rows, "@王芳")["学号"].value == "10"
        assert [zhang[h].value for h in ("按时", "迟到", "缺勤", "到课率")] == [1, 0, 0, 1]
        assert [li[h].value for h in ("按时", "迟到", "缺勤", "到课率")] == [0, 1, 0, 1]
        assert formula["到课率"].value == 0 and zhang[heads[4]].value is None
        totals = {r["姓名"].value: r[first].value for r in rows if r["姓名"].value in ("应到", "实到", "到课率")}
        assert totals == {"应到": 4, "实到": 2, "到课率": .5}
        assert all(c.data_type != "f" for row in sheet.iter_rows() for c in row)
        if server.alive():
            server.stop()


def test_the_roster_keeps_numbers_and_phones_as_text(klass, tmp_path):
    server, people = klass
    people["孙主办"].says("导出 名单")
    reply = people["孙主办"].hears("export.ready")
    assert reply.files[0]["name"].startswith("demo-名单-2026-03-02") and reply.files[0]["name"].endswith(".xlsx")
    rows = table(book(reply.file())["名单"])
    assert len(rows) == 8
    zhang = row_of(rows, "张伟")
    assert (zhang["学号"].value, zhang["手机"].value, zhang["角色"].value) == ("001", "13800138000", "学员")
    assert zhang["手机"].data_type == zhang["学号"].data_type == "s"


def test_sheets_come_in_chat_to_whom_they_are_for(klass):
    server, people = klass
    organiser = people["孙主办"]
    for other in (people["张伟"], people["钱科长"], people["吴老师"]):
        assert other.says("导出 签到表").key == other.send(action="export:make:roster").key == "not_allowed"
    which = organiser.says("导出")
    assert which.key == "export.which" and {"签到表", "名单"} <= set(which.last.labels)
    assert which.press("签到表").key == "export.making"
    assert "签到表" in book(organiser.hears("export.ready").file()).sheetnames
    assert organiser.says("导出签到表").key == "export.making"
    reply = organiser.hears("export.ready")
    assert row_of(table(book(reply.file())["签到表"]), "张伟")["按时"].value == 1
    # the file is for whom it was made, and nobody else
    assert server.get(reply.files[0]["url"]).status_code in (200, 401, 403, 404)


def test_what_was_asked_for_survives_a_crash(klass):
    server, people = klass
    db = server.db()
    person, = db.execute("SELECT person FROM member m JOIN person p ON p.id = m.person WHERE name = '孙主办'").fetchone()
    db.close()
    server.stop()
    import sqlite3
    with sqlite3.connect(server.data_dir / "banzhang.db") as db:
        db.execute("INSERT INTO paper_wish (person, class, kind, subject) VALUES (?, 1, 3, 0)", (person,))
    db.close()
    server.start()
    assert people["孙主办"].hears("export.ready").files
    assert server.db().execute("SELECT count(*) FROM paper_wish").fetchone()[0] == 0


def words_of(pdf, tmp_path):
    """The text of a PDF as it is laid out."""
    path = tmp_path / "sheet.pdf"
    path.write_bytes(pdf)
    return subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True).stdout


def test_a_sheet_to_print_has_names_and_room_for_signatures(klass, tmp_path):
    server, people = klass
    assert people["孙主办"].says("导出 打印签到表").key == "export.making"
    reply = people["孙主办"].hears("export.ready")
    data = reply.file()
    assert reply.files[0]["name"].endswith(".pdf") and data.startswith(b"%PDF-")
    text = words_of(data, tmp_path)
    for word in ("速卖通就业班（测试） 签到表", "店铺注册", "3月3日", "周二", "09:00–12:00", "应到：4 人", "学号", "签名",
                 "张伟", "=1+1", "001", "带班老师签名", "第 1 页"):
        assert word in re.sub(" +", " ", text), (word, text)


def test_a_large_class_gets_several_pages(serve, tmp_path):
    people = [(str(i), f"学员{i}", "学员") for i in range(1, 101)]
    server = serve(classes=[Klass(people=people)])
    text = words_of(exported(server, tmp_path, "pdf").read_bytes(), tmp_path)
    pages = text.split("\f")
    assert "共 4 页" in text and all(f"学员{i}" in text.split() for i in range(1, 101))
    assert all("签名" in p for p in pages[:4]) and text.count("带班老师签名") == 1


def test_the_calendar_keeps_its_entries_names(klass, tmp_path):
    server, people = klass
    first = entries(exported(server, tmp_path, "ics").read_bytes())
    assert len(first) == 3
    one = next(e for e in first.values() if e["SUMMARY"] == "速卖通平台介绍")
    assert (one["DTSTART"], one["DTEND"]) == ("20260302T090000", "20260302T120000")
    assert one["LOCATION"] == "三楼\\, 301" and one["DESCRIPTION"] == "讲师：郑讲师"
    assert {e["STATUS"] for e in first.values()} == {"CONFIRMED"} and {e["SEQUENCE"] for e in first.values()} == {"0"}
    lines = unfolded(exported(server, tmp_path, "ics").read_bytes())
    assert "TZID:Asia/Shanghai" in lines and "TZOFFSETTO:+0800" in lines
    moved = [SESSIONS[0], ("2026-03-03", "13:30", "16:30", "店铺注册"), SESSIONS[2],
             ("2026-03-09", "09:00", "12:00", "长" * 60)]
    server.run("import", Klass(people=PEOPLE, sessions=moved, syllabus=ONE_THEME).write(server.dir / "classes"))
    later = entries(exported(server, tmp_path, "ics").read_bytes())
    assert set(first) < set(later) and len(later) == 4
    uid = next(u for u, e in first.items() if e["SUMMARY"] == "店铺注册")
    assert later[uid]["DTSTART"] == "20260303T133000" and int(later[uid]["SEQUENCE"]) > 0
    assert all(later[u]["SEQUENCE"] == "0" for u in later if u != uid)


def test_a_person_follows_the_timetable_under_an_address_of_ones_own(klass):
    server, people = klass
    zhang = people["张伟"]
    reply = zhang.says("课表").press("订阅")
    link = re.search(r"/cal/\S+", reply.text)[0]
    r = server.get(link)
    assert r.status_code == 200 and r.headers["Content-Type"].startswith("text/calendar")
    assert len(entries(r.content)) == 3
    assert "速卖通就业班" in r.text.replace("\r\n ", "")
    other = re.search(r"/cal/\S+", people["李娜"].says("课表").press("订阅").text)[0]
    assert other != link
    flipped = link[:-5] + ("0" if link[-5] != "0" else "1") + ".ics"
    for bad in (flipped, "/cal/", "/cal/1.ics", "/cal/-1-00.ics", link[:-4], link + "x", "/cal/" + "9" * 500 + ".ics"):
        assert server.get(bad).status_code == 404, bad
    new = re.search(r"/cal/\S+", reply.press("换一个地址").text)[0]
    assert new != link and server.get(link).status_code == 404 and server.get(new).status_code == 200


def test_the_archive_names_what_is_missing(klass, tmp_path):
    server, people = klass
    people["吴老师"].hears("homework.offer")
    people["吴老师"].presses("按默认发布")
    people["张伟"].says("交作业 1 https://example.com/shop/1")
    people["李娜"].says("交作业 1")
    people["李娜"].sends_file("../店铺.png", b"\x89PNG\r\n\x1a\n" + b"p" * 3000, "image/png")
    people["李娜"].says("好了")
    with zipfile.ZipFile(exported(server, tmp_path, "zip")) as z:
        assert z.testzip() is None
        names = z.namelist()
        assert {"学员名单.xlsx", "签到表.xlsx", "课表.ics", "归档清单.txt", "作业/作业清单.xlsx",
                "作业/1-速卖通平台介绍/001-张伟.txt"} <= set(names), names
        assert [n for n in names if n.startswith("作业/1-速卖通平台介绍/002-李娜-1-") and n.endswith("店铺.png")]
        assert not [n for n in names if ".." in n.split("/")]
        assert z.read("作业/1-速卖通平台介绍/001-张伟.txt").decode() == "https://example.com/shop/1"
        text = z.read("归档清单.txt").decode("utf-8-sig")
        assert "［有］签到表" in text and "［有］作业" in text and "［缺］开班方案" in text
        assert "［缺］签到表照片" in text and "3月2日 09:00《速卖通平台介绍》" in text
    assert not list(server.data_dir.glob("paper-*"))


def test_export_says_what_is_wrong(klass, tmp_path):
    server, people = klass
    for args, code, word in ((("export", "nosuch", "-f", "xlsx", "-o", tmp_path / "x"), 1, "nosuch"),
                             (("export", "demo", "-f", "doc", "-o", tmp_path / "x"), 2, "doc"),
                             (("export", "demo", "-f", "xlsx"), 2, "usage"),
                             (("export", "demo", "-f", "ics", "-o", tmp_path / "no" / "x"), 1, "no")):
        done = server.run(*args, check=False)
        assert done.returncode == code and word in done.stderr, done
    eventually(lambda: not list(tmp_path.iterdir()), 2, "no file left behind")


def test_the_mark_sheet_has_every_item_who_gave_it_and_why(klass, tmp_path):
    server, people = klass
    marked = people["周导师"].says("评分 张伟 推进 18")
    assert marked.key.startswith("mark."), marked
    sheet = book(exported(server, tmp_path, "xlsx"))["成绩表"]
    rows = table(sheet)
    heads = [h.replace("\n", " ") for h in rows[0]]
    assert heads[:3] == ["学号", "姓名", "小组"] and heads[-3:] == ["合计 （满分100）", "结果", "说明"]
    assert any(h.startswith("考勤 （20分，自动）") for h in heads) and any(h.endswith("推进 评分人") for h in heads), heads
    by_head = {h.replace("\n", " "): h for h in rows[0]}
    li, zhang = row_of(rows, "李娜"), row_of(rows, "张伟")
    attendance = by_head["考勤 （20分，自动）"]
    assert zhang[attendance].value == 20 and li[attendance].value == 18
    assert "迟到12分钟" in li["说明"].value and zhang["结果"].value == "未出结果"
    given = next(h for h in rows[0] if h.endswith("评分人") and "推进" in h)
    assert zhang[given].value == "周导师" and li[given].value is None
    text = exported(server, tmp_path, "csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    assert len(lines) == 4 and lines[0]["学号"] in ("001", "10")
    names = {line["姓名"] for line in lines}
    assert "'=1+1" in names and "'@王芳" in names and "张伟" in names
    line = next(x for x in lines if x["姓名"] == "李娜")
    assert line["考勤 （20分，自动）"] == "18"
    people["孙主办"].says("导出 成绩")
    assert "成绩表" in book(people["孙主办"].hears("export.ready").file()).sheetnames
    with zipfile.ZipFile(exported(server, tmp_path, "zip")) as z:
        assert "成绩表.xlsx" in z.namelist() and "［有］成绩表" in z.read("归档清单.txt").decode()


def test_on_telegram_and_wecom_a_sheet_comes_as_a_document(serve, telegram, wecom):
    people = PEOPLE[:6] + [("o1", "孙主办", "承办", "", "", "SunZhuban"), ("o2", "周主办", "承办")]
    server = serve(classes=[Klass(people=people, sessions=SESSIONS)], telegram=telegram, wecom=wecom)
    user = telegram.user("周主办")
    user.joins(server, "周主办")
    user.says("导出 名单")
    sent = telegram.eventually(lambda: telegram.called("sendDocument"), what="the document is sent")
    name, mime, data = sent[-1].files["document"]
    assert name.startswith("demo-名单") and "spreadsheetml" in mime and "名单" in book(data).sheetnames
    sun = wecom.user("SunZhuban", "孙主办")
    sun.says("导出 名单")
    uploaded = wecom.eventually(lambda: wecom.called("media/upload"), what="the file is uploaded")
    name, mime, data = uploaded[-1].files["media"]
    assert name.endswith(".xlsx") and "名单" in book(data).sheetnames


def test_the_archive_has_the_surveys_result_only_when_it_may_be_known(serve, tmp_path):
    server, who = after_class(serve)
    klass_id = server.db().execute("SELECT slug FROM class").fetchone()[0]
    for name in ("张伟", "李娜"):
        fill(who[name])
    server.clock.to(CLOSES)
    path = tmp_path / "a.zip"
    server.run("export", klass_id, "-f", "zip", "-o", path)
    with zipfile.ZipFile(path) as z:
        text = z.read("满意度调查结果.txt").decode()
    assert "超过预期" not in text and "2" in text
