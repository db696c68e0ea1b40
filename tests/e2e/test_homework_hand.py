"""Handing in by every road, and what people do wrong: nothing in it, another class's number, two devices, edits."""

import re

import pytest

from harness import Klass, conversation, eventually, join
from harness.homework import PUBLISH, SYLLABUS


@pytest.fixture
def klass(serve):
    """A class with a syllabus, at eight in the morning of its first day; its people by name."""
    server = serve(classes=[Klass(syllabus=SYLLABUS)])
    return server, {n: join(server, n) for n in ("张伟", "李娜", "吴老师", "周导师")}


@pytest.fixture
def phone(serve, telegram):
    """张伟 on Telegram, 吴老师 in the sandbox; homework 1 is published. server, user, teacher."""
    server = serve(classes=[Klass(syllabus=SYLLABUS)], telegram=telegram)
    teacher = join(server, "吴老师")
    conversation(server, PUBLISH, 吴老师=teacher)
    user = telegram.user()
    user.joins(server, "张伟")
    user.hears("欢迎")
    return server, user, teacher


def last(server):
    """The last version of the only trainee who handed in: version, text, number of files."""
    row = server.db().execute("SELECT version, (SELECT text FROM submission s WHERE s.id = e.submission), (SELECT count(*) FROM"
                              " submission_file f WHERE f.submission = e.submission) FROM homework_each e"
                              " WHERE submission IS NOT NULL").fetchone()
    return tuple(row) if row else None


def test_nothing_in_it(klass):
    server, people = klass
    conversation(server, PUBLISH + """
        张伟> 交作业 1 👍👍👍👍👍👍
        < submit.refused ~ 没有内容
        张伟> 交作业 1
        < homework.bring
        张伟> ……
        < homework.brought_text
        张伟> [交好了]
        < homework.nothing_yet
        张伟> 这次真的写了内容
        < homework.brought_text
        张伟> [交好了]
        < submit.ontime
        张伟> [交好了]
        < homework.already_in ~ 今天 12:00
    """, **people)


def test_another_class_s_homework(serve):
    """In two classes at once: the number of the other class's homework is offered with what was brought."""
    other = Klass(id="other", title="直播班", people=[("1", "张伟", "学员", "13800000001"), ("9", "钱进", "学员", ""),
                                                    ("t9", "郑老师", "带班老师", "")],
                  syllabus=[("直播入门", "开播", "实操", "作业")],
                  sessions=[("2026-03-02", "09:00", "11:00", "直播入门"), ("2026-03-09", "09:00", "11:00", "直播复盘")])
    demo = Klass(people=[("1", "张伟", "学员", "13800000001"), ("2", "李娜", "学员", ""), ("t1", "吴老师", "带班老师", "")])
    server = serve(classes=[demo, other])
    zhang, zheng = join(server, "张伟"), join(server, "郑老师", klass="other")
    stranger = join(server, "李娜")
    conversation(server, """
        clock 2026-03-02T12:00
        郑老师> [按默认发布]
        < homework.published
        李娜> 交作业 1 我的作业在这里
        < submit.refused ~ 没有作业1
    """, 郑老师=zheng, 李娜=stranger)
    hw = server.db().execute("SELECT id FROM homework WHERE state = 1").fetchone()[0]
    assert "别的班" in stranger.send(action=f"homework:hand:{hw}").text
    zhang.says("班级")
    zhang.presses("测试")
    said = zhang.says("交作业 1 直播的作业在这里")
    assert said.key == "submit.refused" and "另一个班" in said.text
    assert said.press("直播班").key == "submit.ontime"
    assert last(server) == (1, "直播的作业在这里", 0)


def test_two_devices_at_once(klass):
    server, people = klass
    conversation(server, PUBLISH, **people)
    code = re.search(r"加入 (\w+)", people["张伟"].says("绑定").text)[1]
    second = server.person("zw2")
    second.says(f"加入 {code}").press("是我")
    people["张伟"].says("交作业 1")
    people["张伟"].says("第一台手机写的")
    second.says("第二台手机写的")
    assert people["张伟"].presses("交好了").key == "submit.ontime"
    assert second.presses("交好了").key == "homework.already_in"
    assert server.db().execute("SELECT count(*) FROM submission").fetchone()[0] == 1


def test_a_burst_is_one_question_and_one_hand_in(klass):
    server, people = klass
    conversation(server, PUBLISH + """
        张伟> <file 一.jpg a>
        < homework.meant
        张伟> <file 二.jpg b>
        < nothing
        张伟> [作业1《]
        < submit.ontime ~ 2 个文件
        # the rest of the burst came after the press: nothing of it is lost
        张伟> <file 三.jpg c>
        < homework.meant
        张伟> [作业1《]
        < submit.ontime ~ 3 个文件
    """, **people)
    assert last(server) == (2, "", 3)


def test_voice_and_documents_over_telegram(phone):
    server, user, teacher = phone
    assert user.sends_voice() == 200
    user.hears("这是要交的作业吗")
    user.presses("作业1《")
    user.hears("按时交了")
    user.says("交作业 1")
    user.hears("你已经交过")
    user.sends_voice()
    user.hears("1 个文件")
    user.sends_document("说明.docx", b"PK\x03\x04 words")
    user.hears("2 个文件")
    user.says("说明在文件里")
    user.says("交好了")
    eventually(lambda: last(server) == (2, "说明在文件里", 2))


def test_an_edit_after_the_deadline_changes_nothing(phone):
    server, user, teacher = phone
    user.says("交作业 1 这是截止以前交的")
    user.hears("按时交了")
    server.clock.to("2026-03-03T20:00")
    user.edits("交作业 1 截止以后改成了别的")
    user.hears("按第一次发的算")
    assert last(server) == (1, "这是截止以前交的", 0)
    user.says("作业")
    user.hears("按时")


def test_an_edit_of_what_was_handed_in_is_answered_once(phone):
    server, user, teacher = phone
    user.says("交作业 1")
    user.says("这是我的作业，一共三段")
    user.says("交好了")
    user.hears("按时交了")
    user.edits("这是我的作业，一共四段")
    user.hears("改过的那条我没有算进去")
    assert last(server) == (1, "这是我的作业，一共三段", 0)
    server.settle()
    heard = len(user.fake.sent(user))
    user.edits("这是我的作业，一共五段")
    server.settle()
    assert len(user.fake.sent(user)) == heard
