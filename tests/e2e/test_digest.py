"""班情: asked for, and at 20:00 of class days to mentors; 课表 and 今天."""

import pytest

from harness import Klass, conversation, join

SYLLABUS = [("速卖通平台介绍", "平台规则", "培训", "作业")]


@pytest.fixture
def klass(serve):
    server = serve(classes=[Klass(syllabus=SYLLABUS)])
    return server, {n: join(server, n) for n in ("张伟", "李娜", "吴老师", "周导师")}


def test_the_digest_comes_at_eight_on_class_days(klass):
    server, people = klass
    conversation(server, """
        clock 2026-03-02T08:40
        吴老师> 开始签到
        < signin.opened ~ /(?P<code>\\d{6})/
        张伟> 签到 {code}
        < signin.ontime
        clock 2026-03-02T12:00
        吴老师> [按默认发布]
        < homework.published
        张伟> 交作业 1 我的作业在这里
        < submit.ontime
        clock 2026-03-02T19:59
        周导师< nothing digest
        clock 2026-03-02T20:00
        周导师< digest ~ /速卖通就业班.*作业1.*已交 1\\/6，未交：李娜、王芳/
        张伟< nothing digest
        周导师> 班情
        < digest ~ 未交：李娜
        张伟> 班情
        < not_allowed
    """, **people)
    text = people["周导师"].last.text
    assert "王芳" in text and "6" in text


def test_over_wecom_it_comes_a_little_after_the_hour(serve, wecom):
    people = [("1", "张伟", "学员"), ("m1", "周导师", "导师", "", "", "ZhouDaoshi"), ("o1", "孙主办", "承办")]
    server = serve(classes=[Klass(people=people)], wecom=wecom)
    mentor = wecom.user("ZhouDaoshi", "周导师")
    server.clock.to("2026-03-02T20:02:59")
    server.settle()
    assert not [d for d in wecom.sent(mentor) if "速卖通就业班" in d.text]
    server.clock.to("2026-03-02T20:12")
    mentor.hears("速卖通就业班")


def test_no_digest_on_days_without_class(klass):
    server, people = klass
    server.clock.to("2026-03-08T23:00")
    digests = [r for r in people["周导师"].history() if r.key == "digest"]
    assert len(digests) == 4, digests


def test_the_timetable_and_today(klass):
    server, people = klass
    conversation(server, """
        张伟> 课表
        < timetable.list ~ /本周.*09:00–12:00 速卖通平台介绍.*店铺装修/
        张伟> 明天上什么
        < timetable.tomorrow ~ 店铺注册
        张伟> 今天
        < today.list ~ 速卖通平台介绍
        clock 2026-03-02T12:00
        吴老师> [按默认发布]
        < homework.published
        张伟> 今天
        < today.list ~ 作业1《速卖通平台介绍》明天 19:30 [交作业]
        吴老师> 今天
        < today.list [班情]
        clock 2026-03-08T12:00
        张伟> 课表
        < timetable.list
        clock 2026-03-28T12:00
        张伟> 课表
        < timetable.free ~ 后面没有课
    """, **people)


def test_a_week_passes_quickly(serve):
    server = serve(classes=[Klass(syllabus=SYLLABUS)])
    join(server, "张伟")
    server.clock.to("2026-04-05T12:00")
    assert server.clock.now.month == 4


def test_open_requests_stand_in_the_digest_until_they_are_decided(klass):
    server, people = klass
    conversation(server, """
        张伟> 请假 明天上午 发烧
        < leave.asked
        张伟> [发送]
        < leave.asked
        周导师> 班情
        < digest ~ /等决定 1 件：张伟/
        吴老师> 同意
        < approval.agreed
        周导师> 班情
        < digest
    """, **people)
    assert "等决定" not in people["周导师"].last.text
