"""延期: until when, for whom and why; and what follows from it for lists, reminders, marks and the cut-off."""

import pytest

from harness import Klass, conversation, join
from harness.homework import PUBLISH, SYLLABUS


@pytest.fixture
def klass(serve):
    """A class with a syllabus, at eight in the morning of its first day; its people by name."""
    server = serve(classes=[Klass(syllabus=SYLLABUS)])
    return server, {n: join(server, n) for n in ("张伟", "李娜", "吴老师", "周导师")}


def test_one_trainee_gets_longer(klass):
    server, people = klass
    conversation(server, PUBLISH + """
        吴老师> 延期 1 张伟 3月5日20:00 住院
        < homework.extended ~ /张伟的作业1.*延到 3月5日 周四 20:00（原因：住院）/
        张伟< homework.extended_told ~ /作业1.*3月5日 周四 20:00（原因：住院）/ [交作业]
        李娜< nothing homework.extended*
        张伟> 作业
        < homework.list ~ /作业1.*3月5日 周四 20:00 截止/
        吴老师> 未交 1
        < homework.owed ~ 张伟（延到 3月5日 周四 20:00）、李娜
        clock 2026-03-03T19:31
        # the evening before the class's due time is not this one's
        张伟< nothing reminder.homework
        李娜< reminder.homework
        李娜> 交作业 1 晚了一分钟的作业
        < submit.late
        吴老师> 催交 1
        < homework.nudged
        张伟< reminder.nudge ~ 3月5日 周四 20:00 截止
        clock 2026-03-05T18:30
        张伟< reminder.homework ~ 今天 20:00
        clock 2026-03-05T19:59
        张伟> 交作业 1 出院了，补上这份作业
        < submit.ontime
        张伟> 成绩
        < marks.shown
        clock 2026-03-05T20:01
        张伟> 交作业 1 又改了一遍这份作业
        < homework.replace_late
    """, **people)
    row = server.db().execute("SELECT until, reason, giver IS NOT NULL FROM extension").fetchall()
    assert [r["reason"] for r in row] == ["住院"]


def test_an_extension_given_afterwards_makes_a_late_one_timely(klass):
    server, people = klass
    conversation(server, PUBLISH + """
        clock 2026-03-03T20:00
        张伟> 交作业 1 迟交的一份作业
        < submit.late
        张伟> 成绩
        < marks.shown ~ 迟交
        吴老师> /extend 1 张伟 2026-03-03 21:00 停电
        < homework.extended_ontime ~ 算按时
        张伟> 成绩
        < marks.shown
    """, **people)
    assert "迟交" not in people["张伟"].last.text


def test_after_the_cut_off_the_extended_one_may_still_hand_in(klass):
    server, people = klass
    conversation(server, PUBLISH + """
        clock 2026-03-10T12:00
        吴老师> 延期 张伟 1 今天16:00
        < homework.extended
        clock 2026-03-10T15:59
        张伟> 交作业 1 补上了这份作业
        < submit.ontime
    """, **people)


def test_the_whole_class_gets_longer(klass):
    server, people = klass
    conversation(server, PUBLISH + """
        张伟> 交作业 1 我已经交了这份作业
        < submit.ontime
        吴老师> 延期 1 全班 3月4日20:00 机房停电
        < homework.extended_all ~ /3月4日 周三 20:00（原因：机房停电）/
        李娜< homework.extended_told ~ 3月4日 周三 20:00
        张伟< nothing homework.extended_told
        clock 2026-03-03T20:00
        李娜> 交作业 1 不算晚的一份作业
        < submit.ontime
    """, **people)


def test_what_cannot_be_is_answered_with_what_to_type(klass):
    server, people = klass
    conversation(server, PUBLISH + """
        吴老师> 延期
        < homework.extend_how ~ 延期 3 张三
        吴老师> 延期 1 赵六 周五20:00
        < who.unknown ~ 赵六
        吴老师> 延期 1 张伟
        < homework.extend_how
        吴老师> 延期 1 张伟 3月1日20:00
        < homework.extend_* ~ 请写
        吴老师> 延期 1 张伟 今天13:00
        < homework.extend_early ~ 明天 19:30
        吴老师> 延期 9 张伟 周五20:00
        < homework.no_such ~ 没有发布过作业9
        吴老师> 延期 1 张伟 2月30日20:00
        < homework.no_such_time
        张伟> 延期 1 张伟 周五20:00
        < not_allowed
        李娜< nothing homework.extended*
    """, **people)


def test_no_extension_passes_the_settlement(klass):
    """The last sitting ends on Thursday 16:30; results are settled on Tuesday at that hour."""
    server, people = klass
    conversation(server, PUBLISH + """
        吴老师> 延期 1 张伟 4月20日
        < homework.extended ~ 延到 3月10日 周二 16:30
        张伟> 作业
        < homework.list ~ 3月10日 周二 16:30
    """, **people)


def test_one_of_two_of_a_name_is_chosen(serve):
    people = [("1", "张伟", "学员"), ("2", "张伟", "学员"), ("t1", "吴老师", "带班老师")]
    server = serve(classes=[Klass(people=people, syllabus=SYLLABUS)])
    conversation(server, PUBLISH + """
        吴老师> 延期 1 张伟 3月5日20:00 住院
        < who.several [2 张伟]
        吴老师> [2 张伟]
        < homework.extended ~ 住院
    """, 吴老师=join(server, "吴老师"))
    rows = server.db().execute("SELECT m.number FROM extension e JOIN member m ON m.id = e.member").fetchall()
    assert [r["number"] for r in rows] == ["2"]
