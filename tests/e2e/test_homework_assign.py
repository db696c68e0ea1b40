"""布置作业: title, task, files, due and cut-off as teachers write them; a preview, one press, and the class knows."""

import pytest

from harness import Klass, conversation, join


@pytest.fixture
def klass(serve):
    """A class without a syllabus, at ten in the morning of its first day, in its first lesson; people by name."""
    server = serve(classes=[Klass()])
    server.clock.to("2026-03-02T10:00")
    return server, {n: join(server, n) for n in ("张伟", "李娜", "吴老师", "周导师")}


def test_in_one_message(klass):
    server, people = klass
    conversation(server, """
        吴老师> 布置作业 上架三个产品 截止 周五20:00
        < homework.assign_preview ~ /作业《上架三个产品》.*3月6日 周五 20:00 截止，补交到 3月10日 周二 16:30/ [发布] [不发了]
        张伟< nothing homework.*
        吴老师> [发布]
        < homework.published ~ 作业1《上架三个产品》
        张伟< homework.news ~ /作业1《上架三个产品》.*3月6日 周五 20:00 截止/ [交作业]
        张伟> [交作业]
        < homework.bring
        张伟> 三个产品都上架了
        < homework.brought_text
        张伟> [交好了]
        < submit.ontime
        # an old button
        吴老师> [发布]
        < stale
        吴老师> 未交
        < homework.owed ~ 已交 1
        clock 2026-03-05T20:00
        李娜< reminder.homework ~ 作业1
        clock 2026-03-06T20:01
        李娜> 交作业 1 晚了一分钟的作业
        < submit.late
    """, **people)


def test_the_task_the_files_and_the_times_in_pieces(klass):
    server, people = klass
    conversation(server, """
        吴老师> 布置作业
        < homework.assign_how ~ 布置作业 上架三个产品 截止 周五20:00
        吴老师> 店铺装修\\n主图五张，白底
        < homework.assign_when ~ 《店铺装修》 [课后：明天 19:30] [课前：明天 09:00]
        吴老师> 班情
        < digest
        吴老师> 后天晚上8点
        < homework.assign_preview ~ /要求：主图五张，白底.3月4日 周三 20:00 截止/
        吴老师> <file 样例.png sample>
        < homework.assign_preview ~ 附件 1 个
        吴老师> 截止 周五18:00，补交到 周日20:00
        < homework.assign_preview ~ /3月6日 周五 18:00 截止，补交到 3月8日 周日 20:00/
        吴老师> 发布
        < homework.published
    """, **people)
    news = people["张伟"].hears("homework.news", "主图五张，白底")
    assert news.file() == b"sample"
    shown = people["张伟"].says("交作业 1").press("看要求")
    assert shown.key == "homework.task_shown" and "主图五张" in shown.text and shown.last.file() == b"sample"


def test_before_and_after_class_follow_the_timetable(klass):
    server, people = klass
    conversation(server, """
        吴老师> 布置作业 课前 预习店铺注册
        < homework.assign_preview ~ /课前作业《预习店铺注册》.明天 09:00 截止/
        吴老师> [发布]
        < homework.published
        吴老师> 布置作业 平台规则小结
        < homework.assign_when
        吴老师> [课后]
        < homework.assign_preview ~ 明天 19:30 截止
        吴老师> [发布]
        < homework.published ~ 作业2
        吴老师> 调课 3月3日 3月6日 讲师有事
        < sittings.ask
        吴老师> [确定并通知全班]
        < sittings.made
        张伟> 作业
        < homework.list ~ /作业1.*3月6日 周五 09:00 截止/
    """, **people)
    rows = server.db().execute("SELECT kind, datetime(due, 'unixepoch', '+8 hours') FROM homework ORDER BY number").fetchall()
    assert [tuple(r) for r in rows] == [("pre", "2026-03-06 09:00:00"), ("post", "2026-03-03 19:30:00")]


def test_times_that_cannot_be(klass):
    server, people = klass
    conversation(server, """
        吴老师> 布置作业 上架产品 截止 今天9:00
        < homework.assign_past ~ /今天 09:00 已经过去了.*截止 周五20:00/ [课后]
        吴老师> 周五20:00
        < homework.assign_preview ~ 《上架产品》
        吴老师> 截止 2月30日20:00
        < homework.assign_no_time
        吴老师> 截止 周五20:00 补交到 周四20:00
        < homework.assign_cutoff
        吴老师> [不发了]
        < homework.assign_dropped
        张伟> 作业
        < homework.list_empty
        张伟> 布置作业 上架产品 截止 周五20:00
        < not_allowed
        # the due time passes while the teacher thinks
        吴老师> 布置作业 上架产品 截止 今天11:00
        < homework.assign_preview
        clock 2026-03-02T11:30
        吴老师> [发布]
        < homework.assign_past
        吴老师> 今天15:00
        < homework.assign_preview
        吴老师> [发布]
        < homework.published
    """, **people)


def test_no_homework_is_due_after_the_settlement(klass):
    server, people = klass
    conversation(server, """
        吴老师> 布置作业 长期任务 截止 4月30日
        < homework.assign_preview ~ /3月10日 周二 16:30 截止，补交到 3月10日 周二 16:30/
    """, **people)


def test_files_with_the_command_as_their_caption(serve, telegram):
    server = serve(classes=[Klass()], telegram=telegram)
    server.clock.to("2026-03-02T10:00")
    zhang = join(server, "张伟")
    user = telegram.user()
    user.joins(server, "吴老师")
    user.hears("欢迎")
    assert user.sends_photo(caption="布置作业 照样图上架 截止 周五20:00") == 200
    user.hears("附件 1 个")
    user.presses("发布")
    user.hears("已发布")
    assert "作业1《照样图上架》" in zhang.hears("homework.news").text


def test_in_english(klass):
    server, people = klass
    conversation(server, """
        吴老师> /lang en
        < lang.set
        张伟> /lang en
        < lang.set
        吴老师> /assign List three products due friday 20:00
        < homework.assign_preview ~ /Homework “List three products”.*Due .*20:00/
        吴老师> [Publish]
        < homework.published
        张伟< homework.news ~ New homework [Hand in]
    """, **people)
