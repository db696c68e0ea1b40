"""通知: one press to the whole class, who has read it and who has not, again to those, never at night unasked."""

import re
import zipfile

import pytest

from harness import Klass, conversation, eventually, join
from harness.telegram_people import PNG

NAMES = ("张伟", "李娜", "吴老师", "周导师", "郑讲师")


@pytest.fixture
def klass(serve):
    server = serve()
    return server, {n: join(server, n) for n in NAMES}


def test_a_notice_goes_out_after_one_press_and_is_read(klass):
    server, people = klass
    conversation(server, """
        clock 2026-03-02T10:00
        张伟> 通知 今天不上课
        < not_allowed
        郑讲师> 通知 今天不上课
        < not_allowed
        吴老师> 通知
        < notice.how
        吴老师> 通知 明天上课请带身份证
        < notice.preview ~ /6 位学员.*明天上课请带身份证/ [发送] [不发了]
        张伟< nothing notice.told
        吴老师> [发送]
        < notice.sent ~ /已发给 2 人.*4 人还没加入，收不到：王芳/
        张伟< notice.told ~ /吴老师.*明天上课请带身份证/ [已读]
        李娜< notice.told
        张伟> [已读]
        < notice.noted ~ ✓
        吴老师> 通知
        < notice.list ~ /已读 1\\/6，没读：李娜、王芳/ [再发给第1条没读的]
        周导师> 班情
        < digest ~ 没读：李娜
        吴老师> [再发给第1条没读的]
        < notice.just_sent
        clock 2026-03-02T12:00
        吴老师> [再发给第1条没读的]
        < notice.sent_again ~ 又提醒了 1 人
        李娜< notice.told
    """, **people)
    assert len([r for r in people["张伟"].history() if r.key == "notice.told"]) == 1


def test_it_is_sent_once_however_often_the_button_is_pressed(klass):
    server, people = klass
    server.clock.to("2026-03-02T10:00")
    preview = people["吴老师"].says("通知 停水")
    preview.press("发送")
    assert people["吴老师"].send(action=preview.last.button("发送")["action"]).key == "notice.was_sent"
    assert people["周导师"].send(action=preview.last.button("不发了")["action"]).key == "notice.was_sent"
    assert people["张伟"].send(action=preview.last.button("发送")["action"]).key == "not_allowed"
    assert len([r for r in people["张伟"].history() if r.key == "notice.told"]) == 1
    for args in ("", "999", "x", "-1"):
        assert people["张伟"].send(action=f"notice:read:{args}").key == "stale"
        assert people["吴老师"].send(action=f"notice:send:{args}").key == "stale"


def test_at_night_it_asks_whether_to_wait_for_the_morning(klass):
    server, people = klass
    conversation(server, """
        clock 2026-03-02T23:00
        吴老师> 通知 明早改在二楼
        < notice.preview [早上 7:00 发] [现在就发]
        吴老师> [早上 7:00 发]
        < notice.waits ~ 07:00
        张伟< nothing notice.told
        clock 2026-03-03T07:00
        张伟< notice.told ~ 明早改在二楼
        clock 2026-03-03T23:00
        吴老师> 通知 台风，明天停课
        < notice.preview
        吴老师> [现在就发]
        < notice.sent
        张伟< notice.told ~ 台风
        吴老师> 通知 不发的
        < notice.preview
        吴老师> [早上 7:00 发]
        < notice.waits
        吴老师> [不发了]
        < notice.dropped
        clock 2026-03-04T08:00
        张伟< nothing notice.told
    """, **people)


def test_pictures_and_files_go_with_it(klass):
    server, people = klass
    server.clock.to("2026-03-02T10:00")
    teacher = people["吴老师"]
    teacher.says("通知 座位表见图")
    again = teacher.sends_file("座位.png", PNG + b"seats", "image/png")
    assert again.key == "notice.preview" and "附 1 个文件" in again.text
    for n in range(3):
        teacher.sends_file(f"{n}.png", PNG + bytes([n]), "image/png")
    assert teacher.sends_file("5.png", PNG, "image/png").key == "notice.too_many"
    teacher.presses("发送")
    told = people["张伟"].hears("notice.told")
    assert told.file() == PNG + b"seats" and len(told.files) == 4


def test_below_a_picture_it_is_a_notice_that_has_the_picture(serve, telegram):
    server = serve(telegram=telegram)
    zhang, teacher = join(server, "张伟"), telegram.user("吴老师")
    teacher.says("/join " + server.invites()["吴老师"]["code"])
    teacher.presses("是我，同意")
    server.clock.to("2026-03-02T10:00")
    teacher.sends_photo(caption="通知 座位表见图")
    teacher.hears("附 1 个文件")
    eventually(lambda: server.db().execute("SELECT count(*) FROM file WHERE sha256 IS NOT NULL").fetchone()[0])
    teacher.presses("发送")
    assert len(zhang.hears("notice.told", "座位表见图").files) == 1


def test_its_length_is_bounded(klass):
    _, people = klass
    assert people["吴老师"].says("通知 " + "长" * 1001).key == "notice.too_long"
    assert people["吴老师"].says("通知 " + "长" * 1000).key == "notice.preview"


def test_a_robot_that_takes_pictures_only_gives_the_address_of_another_file(serve, wecom):
    people = [("1", "张伟", "学员"), ("t1", "吴老师", "带班老师")]
    server = serve(classes=[Klass(people=people, robot=wecom.robot_url())], wecom=wecom)
    teacher = join(server, "吴老师")
    server.clock.to("2026-03-02T10:00")
    teacher.says("通知 讲义在这里")
    teacher.sends_file("讲义.pdf", b"%PDF-1.7 words", "application/pdf")
    teacher.sends_file("封面.png", PNG + b"cover", "image/png")
    teacher.presses("发送")
    said = wecom.eventually(lambda: [m for m in wecom.robot_messages if "讲义在这里" in m[2]], what="the group hears it")
    link = re.search(r"/f/\S+", said[0][2]).group()
    assert server.get(link).content == b"%PDF-1.7 words"
    wecom.eventually(lambda: [m for m in wecom.robot_messages if m[1] == "image"], what="and sees the picture")


def test_the_group_and_the_archive_have_it_too(serve, wecom):
    people = [("1", "张伟", "学员"), ("t1", "吴老师", "带班老师", "", "", "WuLaoshi")]
    server = serve(classes=[Klass(people=people, robot=wecom.robot_url())], wecom=wecom)
    teacher = wecom.user("WuLaoshi", "吴老师")
    server.clock.to("2026-03-02T10:00")
    teacher.says("通知 明天带身份证")
    teacher.presses("发送")
    wecom.eventually(lambda: [m for m in wecom.robot_messages if "明天带身份证" in m[2]], what="the group hears it")
    out = server.dir / "a.zip"
    server.run("export", "demo", "-f", "zip", "-o", str(out))
    texts = [zipfile.ZipFile(out).read(n).decode("utf-8", "replace") for n in zipfile.ZipFile(out).namelist()]
    assert any("明天带身份证" in t for t in texts)
