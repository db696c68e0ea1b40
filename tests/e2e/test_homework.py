"""Homework as trainees and teachers live it: the draft after the lesson, handing in, the list, who still owes."""

import pytest

from harness import Klass, conversation, eventually, join

SYLLABUS = [("速卖通平台介绍", "平台规则；店铺类型", "培训+课件", "作业"), ("店铺注册", "准备资料；提交注册", "实操", "作业"),
            ("选品与上架", "站内选品；产品上架", "实操", "作业")]


@pytest.fixture
def klass(serve):
    """A class with a syllabus, at eight in the morning of its first day; its people by name."""
    server = serve(classes=[Klass(syllabus=SYLLABUS)])
    return server, {n: join(server, n) for n in ("张伟", "李娜", "吴老师", "周导师")}


PUBLISH = """
    clock 2026-03-02T12:00
    吴老师< homework.offer ~ 速卖通平台介绍 [按默认发布] [写要求] [不留]
    吴老师> [按默认发布]
    < homework.published ~ 作业1《速卖通平台介绍》
    张伟< homework.news ~ /作业1.*平台规则.*明天 19:30/ [交作业]
"""


def test_a_draft_is_offered_after_the_lesson_and_published_by_a_press(klass):
    server, people = klass
    conversation(server, """
        张伟> 交作业 1 https://example.com/a
        < submit.refused ~ 还没有发布
        吴老师< nothing homework.*
    """ + PUBLISH + """
        吴老师> [按默认发布]
        < homework.already_published
        张伟> 作业
        < homework.list ~ /作业1.*明天 19:30.*还没交/ [交作业1]
        张伟> 交作业 1 https://example.com/shop/1
        < submit.ontime ~ /作业1《速卖通平台介绍》按时/
        张伟> 作业
        < homework.list ~ 按时
        吴老师> 未交 1
        < homework.owed ~ /应交 6，已交 1，未交 5：李娜、王芳、刘洋、陈静、杨帆/
        周导师> 谁没交
        < homework.owed ~ 李娜
        张伟> 未交 1
        < not_allowed
    """, **people)


def test_those_who_owe_it_are_told_once_more(klass):
    server, people = klass
    conversation(server, PUBLISH + """
        张伟> 交作业 1 我的作业在这里
        < submit.ontime
        吴老师> 未交 1
        < homework.owed ~ 李娜 [催一下]
        吴老师> [催一下]
        < homework.nudged ~ 5 人没交，已提醒 1 人
        李娜< reminder.nudge ~ 作业1 [交作业]
        张伟< nothing reminder.nudge
        吴老师> 催交 1
        < homework.nudge_again
        clock 2026-03-02T22:30
        周导师> 催一下
        < not_allowed
        吴老师> 催一下
        < homework.nudge_quiet
    """, **people)


def test_the_teacher_may_write_the_task_or_leave_it_out(klass):
    server, people = klass
    conversation(server, """
        clock 2026-03-02T12:00
        吴老师< homework.offer
        吴老师> [写要求]
        < homework.write_now
        吴老师> 上架三个产品，截图交上来
        < homework.published
        张伟< homework.news ~ 上架三个产品
        clock 2026-03-03T12:00
        吴老师< homework.offer ~ 店铺注册
        吴老师> [不留]
        < homework.left_out ~ 作业2
        张伟> 交作业 2 做完了做完了
        < submit.refused ~ 不留 [交作业1]
    """, **people)


def test_on_time_late_and_too_late(klass):
    server, people = klass
    conversation(server, PUBLISH + """
        clock 2026-03-03T19:30
        张伟> 交作业 1 准时交的一份作业
        < submit.ontime
        clock 2026-03-03T19:31
        李娜> 作业一 晚了一分钟的作业
        < submit.late ~ 截止是 今天 19:30
        # what was on time is not thrown away by accident
        张伟> 交作业 1 又改了一遍的作业
        < homework.replace_late [保留按时那份] [换成新的]
        张伟> [保留按时那份]
        < homework.dropped
        吴老师> 未交 1
        < homework.owed ~ 已交 2
        张伟> 交作业 1 又改了一遍的作业
        < homework.replace_late
        张伟> [换成新的]
        < submit.late
        clock 2026-03-10T19:31
        李娜> 交作业 1 太晚了的一份作业
        < submit.refused ~ 已经关闭
    """, **people)


def test_a_number_that_is_not_there_gets_the_open_ones(klass):
    server, people = klass
    conversation(server, PUBLISH + """
        张伟> 交作业 9 https://example.com
        < submit.refused ~ 没有作业9 [交作业1]
        吴老师> 未交 9
        < homework.owed_unknown [作业1]
        吴老师> [作业1]
        < homework.owed
    """, **people)


def test_text_and_files_in_several_messages(klass):
    server, people = klass
    conversation(server, PUBLISH + """
        张伟> 交作业
        < homework.bring [交好了] [先不交]
        张伟> [交好了]
        < homework.nothing_yet
        张伟> 这是我的店铺截图
        < homework.brought_text
        张伟> <file 截图.png picture>
        < homework.brought_files ~ 1 个文件 [交好了]
        张伟> [交好了]
        < submit.ontime ~ 1 个文件
        张伟> [交好了]
        < homework.already_in
        # numbers do what buttons do
        李娜> 交作业 1
        < homework.bring
        李娜> <file 截图.png picture>
        < homework.brought_files
        李娜> 1
        < submit.ontime
        吴老师> 未交
        < homework.owed ~ 已交 2
    """, **people)
    rows = server.db().execute("SELECT s.text, e.late FROM submission s JOIN homework_each e ON e.submission = s.id ORDER BY s.id").fetchall()
    assert [tuple(r) for r in rows] == [("这是我的店铺截图", 0), ("", 0)]
    assert server.db().execute("SELECT count(*) FROM submission_file").fetchone()[0] == 2


def test_photos_over_telegram(serve, telegram):
    """A caption says which homework; an album is one hand-in; a bare photo is asked about."""
    server = serve(classes=[Klass(syllabus=SYLLABUS)], telegram=telegram)
    conversation(server, PUBLISH.replace("张伟<", "王芳<"), **{n: join(server, n) for n in ("吴老师", "王芳")})
    user = telegram.user()
    user.joins(server, "张伟")
    user.hears("欢迎")
    assert user.sends_photo(caption="交作业 1") == 200
    assert "按时交了" in user.hears("1 个文件").text
    assert user.sends_photo() == 200
    user.hears("这是要交的作业吗")
    user.presses("作业1《")
    user.hears("按时交了")
    eventually(lambda: server.db().execute("SELECT max(version) FROM submission").fetchone()[0] == 2)


def test_in_english(klass):
    server, people = klass
    conversation(server, PUBLISH + """
        张伟> /lang en
        < lang.set
        张伟> /homework
        < homework.list ~ /Homework 1.*not handed in yet/ [Hand in 1]
        张伟> /submit 1 https://example.com/shop/1
        < submit.ontime ~ on time
        李娜> /lang en
        < lang.set
        clock 2026-03-02T20:00
        李娜< reminder.homework ~ not handed in yet [Hand in 1]
        周导师> /lang en
        < lang.set
        周导师> /digest
        < digest ~ 1 of 6 in, missing: 李娜, 王芳
    """, **people)


def test_a_bare_photo_or_link_is_offered_to_the_open_homework(klass):
    server, people = klass
    conversation(server, PUBLISH + """
        张伟> <file 一.jpg a>
        < homework.meant [作业1] [不是作业]
        张伟> <file 二.jpg b>
        < nothing
        张伟> [作业1《]
        < submit.ontime ~ 2 个文件
        李娜> https://example.com/shop/2
        < homework.meant
        李娜> [不是作业]
        < homework.dropped
        李娜> 作业
        < homework.list ~ 还没交
    """, **people)


def test_very_little_is_asked_once(klass):
    server, people = klass
    conversation(server, PUBLISH + """
        张伟> 交作业 1 好
        < homework.short [就这样交] [再补充]
        张伟> 1
        < submit.ontime
        李娜> 交作业 1 嗯
        < homework.short
        李娜> [再补充]
        < homework.brought_text [交好了]
        李娜> 我的店铺已经注册好了
        < homework.brought_text
        李娜> 交好了
        < submit.ontime
    """, **people)


def test_importing_again_changes_no_number_and_asks_nothing_twice(klass):
    server, people = klass
    conversation(server, PUBLISH, **people)
    before = [tuple(r) for r in server.db().execute("SELECT number, title, due, state FROM homework ORDER BY number")]
    assert [r[:2] for r in before] == [(1, "速卖通平台介绍"), (2, "店铺注册"), (3, "选品与上架")]
    server.run("import", server.settings["classes"][0])
    server.restart()
    after = [tuple(r) for r in server.db().execute("SELECT number, title, due, state FROM homework ORDER BY number")]
    assert after == before
    conversation(server, """
        clock 2026-03-03T12:00
        吴老师< homework.offer ~ 店铺注册
        吴老师< nothing homework.*
    """, **people)


def test_a_theme_over_several_sessions_is_due_after_its_last(serve):
    sessions = [("2026-03-03", "09:00", "17:00", "速卖通简介及产品上架"), ("2026-03-04", "09:00", "17:00", "运费模板设置指导"),
                ("2026-03-05", "09:00", "17:00", "产品上架指导"), ("2026-03-06", "09:00", "12:00", "实操+答疑"),
                ("2026-03-09", "09:00", "12:00", "选品"), ("2026-03-10", "09:00", "12:00", "选品")]
    syllabus = [("速卖通简介及产品上架", "速卖通平台介绍；速卖通运费模板设置；产品上架", "培训", "作业"), ("选品", "站内选品", "", "作业")]
    server = serve(classes=[Klass(sessions=sessions, syllabus=syllabus)])
    due = server.db().execute("SELECT datetime(due, 'unixepoch', '+8 hours') FROM homework ORDER BY number").fetchall()
    assert [d[0] for d in due] == ["2026-03-06 19:30:00", "2026-03-11 19:30:00"]


def test_what_the_syllabus_calls_pre_class_is_offered_before_and_due_at_the_start(serve):
    rows = [("速卖通平台介绍", "平台规则", "培训", "作业"), ("店铺注册", "准备资料", "实操", "课前作业"), ("选品与上架", "", "实操（pre-class）", "作业")]
    server = serve(classes=[Klass(syllabus=rows)])
    conversation(server, """
        clock 2026-03-02T12:00
        吴老师< homework.offer ~ 作业1《速卖通平台介绍》
        吴老师< homework.offer_pre ~ /作业2《店铺注册》是课前作业.*明天 09:00/ [按默认发布]
        吴老师> [按默认发布]
        < homework.published ~ /作业2.*明天 09:00/
        张伟< homework.news ~ 作业2
        张伟> 交作业 2 资料都准备好了
        < submit.ontime
        # 改了时间，截止跟着走
        吴老师> 推迟 3月3日 9:30 堵车
        吴老师> [确定并通知全班]
        clock 2026-03-03T09:20
        李娜> 交作业 2 资料也准备好了
        < submit.ontime
        clock 2026-03-03T09:40
        王芳> 交作业 2 资料晚了一点
        < submit.late
        clock 2026-03-03T12:00
        吴老师< homework.offer_pre ~ /作业3《选品与上架》.*明天 09:00/
        clock 2026-03-04T12:00
        吴老师> 作业
        < homework.*
    """, **{n: join(server, n) for n in ("张伟", "李娜", "王芳", "吴老师")})
