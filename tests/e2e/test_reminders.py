"""What the bot says by itself: before a sitting, to those missing and their teacher, and of homework."""

import pytest

from harness import Klass, conversation, join

SYLLABUS = [("速卖通平台介绍", "平台规则", "培训", "作业"), ("店铺注册", "准备资料", "实操", "作业")]


@pytest.fixture
def klass(serve):
    server = serve(classes=[Klass(syllabus=SYLLABUS)])
    return server, {n: join(server, n) for n in ("张伟", "李娜", "吴老师", "周导师")}


def test_before_a_sitting_and_ten_minutes_after_its_start(klass):
    server, people = klass
    conversation(server, """
        张伟< nothing reminder.*
        clock 2026-03-02T08:40
        张伟< reminder.before ~ /今天 09:00 上课：速卖通平台介绍/ [签到]
        李娜< reminder.before
        吴老师> 开始签到
        < signin.opened ~ /(?P<code>\\d{6})/
        张伟> 签到 {code}
        < signin.ontime
        clock 2026-03-02T09:10
        李娜< reminder.missing ~ /迟到 10 分钟，扣 1 分/ [签到]
        张伟< nothing reminder.*
        吴老师< reminder.missing_names ~ 应到6 实到1 请假0 未到5：李娜、王芳、刘洋、陈静、杨帆
        clock 2026-03-02T21:00
        clock 2026-03-03T08:40
        张伟< reminder.before ~ 店铺注册
    """, **people)


def test_a_first_sitting_before_half_past_eight_is_announced_the_evening_before(serve):
    server = serve(classes=[Klass(sessions=[("2026-03-02", "09:00", "12:00", "平台"), ("2026-03-03", "08:00", "12:00", "注册")])])
    people = {"张伟": join(server, "张伟")}
    conversation(server, """
        clock 2026-03-02T12:30
        张伟< reminder.before
        张伟< reminder.missing
        clock 2026-03-02T19:59
        张伟< nothing reminder.tomorrow
        clock 2026-03-02T20:00
        张伟< reminder.tomorrow ~ 明天 08:00
        clock 2026-03-03T07:59
        张伟< nothing reminder.before
    """, **people)


def test_homework_the_evening_before_and_two_hours_before(klass):
    server, people = klass
    conversation(server, """
        clock 2026-03-02T12:00
        吴老师> [按默认发布]
        < homework.published
        张伟< homework.news
        李娜> 交作业 1 我的作业在这里
        < submit.ontime
        clock 2026-03-02T20:00
        张伟< reminder.homework ~ /作业1.*明天 19:30/ [交作业1]
        李娜< nothing reminder.homework
        clock 2026-03-03T17:30
        张伟< reminder.homework ~ 今天 19:30 [交作业1]
        李娜< nothing reminder.homework
        张伟> [交作业1]
        < homework.bring
    """, **people)


def test_homework_due_at_the_same_moment_is_one_message(serve):
    sessions = [("2026-03-02", "09:00", "10:00", "平台"), ("2026-03-02", "10:00", "11:00", "注册")]
    server = serve(classes=[Klass(sessions=sessions, syllabus=[("平台", "", "", "作业"), ("注册", "", "", "作业")])])
    people = {n: join(server, n) for n in ("张伟", "吴老师")}
    conversation(server, """
        clock 2026-03-02T11:00
        吴老师> 作业
        < homework.list_class [发布作业1] [发布作业2]
        吴老师> [发布作业1]
        < homework.published
        吴老师> [发布作业2]
        < homework.published
        clock 2026-03-03T17:30
        张伟< reminder.homework_many ~ /作业1.*作业2/ [交作业1] [交作业2]
        张伟< nothing reminder.homework*
    """, **people)


def test_a_moved_session_moves_its_reminders(serve):
    klass = Klass(sessions=[("2026-03-02", "09:00", "12:00", "平台"), ("2026-03-03", "09:00", "12:00", "注册")])
    server = serve(classes=[klass])
    person = join(server, "张伟")
    klass.sessions[1] = ("2026-03-03", "14:00", "16:00", "注册")
    klass.write(server.dir / "classes")
    server.run("import", server.settings["classes"][0])
    server.clock.to("2026-03-03T13:39")
    before = [r.text for r in person.history() if r.key == "reminder.before"]
    assert len(before) == 1 and "平台" in before[0], before
    server.clock.to("2026-03-03T20:00")
    before = [r.text for r in person.history() if r.key == "reminder.before"]
    assert len(before) == 2 and "14:00" in before[1], before


def test_at_most_four_reminders_a_day(serve):
    sessions = [("2026-03-02", f"{h:02}:00", f"{h + 1:02}:00", f"课{h}") for h in (9, 11, 14, 16)]
    server = serve(classes=[Klass(sessions=sessions)])
    person = join(server, "张伟")
    server.clock.to("2026-03-02T21:00")
    pushed = [r.key for r in person.history() if r.key.startswith("reminder.")]
    assert len(pushed) == 4, pushed
    assert any("remind.skipped" in line and "why=enough" in line for line in server.log())


def test_nothing_is_said_in_quiet_hours(klass):
    server, people = klass
    conversation(server, """
        clock 2026-03-02T22:30
        吴老师> [按默认发布]
        < homework.published
        张伟< nothing homework.news
        clock 2026-03-03T06:59
        张伟< nothing homework.news
        clock 2026-03-03T07:00
        张伟< homework.news
    """, **people)


def test_a_restart_repeats_nothing_and_loses_nothing(klass):
    server, people = klass
    server.clock.to("2026-03-02T08:40")
    assert people["张伟"].hears("reminder.before")
    server.restart(kill=True)
    server.clock.to("2026-03-02T09:10")
    assert people["张伟"].hears("reminder.missing")
    keys = [r.key for r in people["张伟"].history() if r.key.startswith("reminder.")]
    assert keys == ["reminder.before", "reminder.missing"]
