"""The bureau comes unannounced: what it finds is on record for good, and the organiser answers. And the sheet that
was signed with ink: its photograph, and who differs on it."""

import sqlite3
import zipfile

import pytest

from harness import Klass, conversation, join

PEOPLE = [(str(n), name, "学员") for n, name in enumerate(("张伟", "李娜", "王芳", "刘洋", "陈静"), 1)] + [
    ("t1", "吴老师", "带班老师"), ("o1", "孙主办", "承办"), ("b1", "钱科长", "商务局")]
PHOTO = b"\xff\xd8\xff\xe0" + b"photo" * 500


@pytest.fixture
def klass(serve):
    """A class in its first lesson: two signed in, the others not."""
    server = serve(classes=[Klass(people=PEOPLE)])
    people = {n: join(server, n) for n in ("张伟", "李娜", "吴老师", "孙主办", "钱科长")}
    server.clock.to("2026-03-02T08:50")
    code = people["吴老师"].says("开始签到").code()
    for name in ("张伟", "李娜"):
        assert people[name].says(f"签到 {code}").key == "signin.ontime"
    server.clock.to("2026-03-02T09:30")
    return server, people


def test_an_inspection_is_a_snapshot_with_its_difference(klass):
    server, people = klass
    conversation(server, """
        钱科长> 查班 速卖通 实到26
        < inspect.done ~ /应到 5 人，已签到 2 人.*未到 3 人：王芳、刘洋、陈静.*现场实到 26 人，与签到相差 \\+24 人.*没有超过/
        孙主办< inspect.told ~ 未到 3 人 [写整改说明]
        吴老师< inspect.told ~ 查班人：钱科长
        孙主办> [写整改说明]
        < inspect.answer_ask
        孙主办> 已联系三人，下午补课
        < inspect.answered
        钱科长< inspect.answer_told ~ 已联系三人
        钱科长> 查班记录
        < inspect.record ~ /已联系三人.*签名有效/
        张伟> 查班
        < not_allowed
        孙主办> 查班 速卖通 实到26
        < not_allowed
        吴老师> 查班记录
        < not_allowed
    """, **people)


@pytest.mark.parametrize("said, heads", [("查班 demo 实到2", "实到 2 人，与签到相差 +0"), ("查班", "没有清点"),
                                         ("查班 3人", "实到 3 人，与签到相差 +1"), ("查班 实到 1 人", "相差 -1"),
                                         ("查班 速卖通就业班（测试） 实到二十六人", "实到 26 人"),
                                         ("请 查班 实到：４", "实到 4 人"), ("/inspect demo present 2", "实到 2 人")])
def test_an_inspection_is_understood_as_people_say_it(klass, said, heads):
    server, people = klass
    reply = people["钱科长"].says(said)
    assert reply.key == "inspect.done" and heads in reply.text


def test_more_than_a_fifth_on_leave_counts_as_missed(klass):
    server, people = klass
    server.clock.to("2026-03-02T12:30")
    for name in ("张伟", "李娜"):
        asked = people[name].says("请假 明天 发烧")
        asked.press("发送") if any("发送" in b for b in asked.last.labels) else None
        people["吴老师"].hears("*", name)
        people["吴老师"].says("同意")
    server.clock.to("2026-03-03T09:10")
    reply = people["钱科长"].says("查班 实到3")
    assert reply.key == "inspect.done"
    assert "请假 2 人：张伟、李娜" in reply.text and "超过应到 5 人的 20%" in reply.text and "缺课共 5 人" in reply.text


def test_a_record_cannot_be_changed(klass, tmp_path):
    server, people = klass
    people["钱科长"].says("查班 实到2")
    assert people["钱科长"].sends_file("room.jpg", PHOTO, "image/jpeg").key == "inspect.photo_kept"
    people["孙主办"].says("整改 已整改完毕")
    server.run("export", "demo", "-f", "zip", "-o", tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as z:
        text = z.read("查班记录.txt").decode()
        assert "现场实到 2 人" in text and "已整改完毕" in text and text.count("HMAC-SHA256: ") == 3
        assert [z.read(n) for n in z.namelist() if n.startswith("查班记录/")] == [PHOTO]
    (server.data_dir / "paper-left00").write_bytes(b"by a crash")
    server.stop()
    db = sqlite3.connect(server.data_dir / "banzhang.db")
    for table in ("inspection", "inspection_note"):  # the trail would refuse too, since it is no business of a shell
        for act in ("update", "delete"):
            db.execute(f"DROP TRIGGER audit_{table}_{act}")
    for sql in ("UPDATE inspection SET record = 'x'", "DELETE FROM inspection", "UPDATE inspection_note SET text = 'x'",
                "DELETE FROM inspection_note"):
        with pytest.raises(sqlite3.IntegrityError):
            db.execute(sql)
    # whoever removes the triggers is found out by the signature
    db.execute("DROP TRIGGER inspection_note_kept")
    db.execute("UPDATE inspection_note SET text = replace(text, '已整改', '未整改')")
    db.commit()
    db.close()
    server.start()
    shown = people["钱科长"].says("查班记录")
    assert not (server.data_dir / "paper-left00").exists()
    assert shown.key == "inspect.record_broken" and "改动过" in shown.text


def test_outside_a_lesson_and_of_a_class_that_is_not_theirs(klass, serve):
    server, people = klass
    assert people["钱科长"].says("查班 烹饪班 实到3").key == "inspect.unknown"
    server.clock.to("2026-03-02T20:00")
    assert people["钱科长"].says("查班").key == "inspect.no_sitting"
    assert people["钱科长"].says("查班记录").key == "inspect.none"
    assert people["孙主办"].says("整改 没有").key == "inspect.none"


def test_two_classes_are_told_apart_by_name_or_button(serve):
    other = Klass(id="other", title="创业班（第二期）", people=[("1", "赵敏", "学员"), ("b9", "周处", "商务局", "13900001111")])
    first = Klass(people=PEOPLE + [("b9", "周处", "商务局", "13900001111")])
    server = serve(classes=[first, other])
    bureau = join(server, "周处")
    server.clock.to("2026-03-02T09:05")
    reply = bureau.says("查班 实到1")
    assert reply.key == "inspect.which"
    reply = reply.press("创业班")
    assert reply.key == "inspect.done" and "创业班（第二期）" in reply.text and "实到 1 人" in reply.text
    assert "速卖通就业班" in bureau.says("查班 速卖通 实到1").text


def test_the_bureau_reads_and_changes_nothing(klass):
    server, people = klass
    for said in ("开始签到", "停课 台风", "补签 张伟 8:55 没电", "结束签到", "导出 签到表", "邀请码", "上传签到表", "整改 好"):
        assert people["钱科长"].says(said).key in ("not_allowed", "unknown"), said


def test_the_signed_sheet_is_photographed_and_who_differs_is_noted(klass):
    server, people = klass
    teacher = people["吴老师"]
    asked = teacher.says("上传签到表")
    assert asked.key == "sheet_photo.ask" and "速卖通平台介绍" in asked.text
    assert teacher.says("什么照片").key == "sheet_photo.wait"
    kept = teacher.sends_file("sheet.jpg", PHOTO, "image/jpeg")
    assert kept.key == "sheet_photo.kept" and "没有出入" in kept.last.labels
    assert "2 张" in teacher.sends_file("sheet2.jpg", PHOTO + b"2", "image/jpeg").text
    assert teacher.says("王芳 不存在的人").key == "who.unknown"
    noted = teacher.says("王芳、张伟")
    assert noted.key == "sheet_photo.noted" and "王芳（系统：没有记录）" in noted.text and "张伟（系统：到课）" in noted.text
    rows = server.db().execute("SELECT count(*), (SELECT count(*) FROM sheet_photo) FROM sheet_mismatch").fetchone()
    assert tuple(rows) == (2, 2)
    teacher.says("上传签到表")
    assert teacher.sends_file("sheet3.jpg", PHOTO + b"3", "image/jpeg").press("没有出入").key == "sheet_photo.thanks"
    assert people["张伟"].says("上传签到表").key == "not_allowed"
