"""What the bot says by itself: before a sitting, to those missing and their teacher, and of homework."""

import pathlib
import shutil

import pytest

from harness import Klass, conversation, join

TREE = pathlib.Path(__file__).parents[2]
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
        李娜< reminder.missing ~ /迟到 10 分钟，扣1分/ [签到]
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
        张伟< reminder.many ~ /作业1.*作业2/ [交作业1] [交作业2]
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


def test_what_falls_together_is_one_message_that_can_be_put_off(serve):
    sessions = [("2026-03-02", "09:00", "12:00", "平台"), ("2026-03-03", "08:00", "12:00", "注册")]
    server = serve(classes=[Klass(sessions=sessions, syllabus=[("平台", "", "", "作业")])])
    people = {n: join(server, n) for n in ("张伟", "李娜", "吴老师")}
    conversation(server, """
        clock 2026-03-02T12:00
        吴老师> [按默认发布]
        # 作业和明天的早课同时提醒，只发一条
        clock 2026-03-02T20:00
        张伟< reminder.many ~ /08:00 上课：注册[^•]*作业1|作业1[^•]*08:00 上课：注册/ [交作业1] [看课表] [稍后提醒]
        张伟< nothing reminder.homework
        张伟< nothing reminder.tomorrow
        张伟> [稍后提醒]
        < reminders.when [1小时后] [明天早上8点]
        张伟> [1小时后]
        < reminders.put ~ 21:00
        李娜> [稍后提醒]
        李娜> [1小时后]
        < reminders.put
        李娜> 交作业 1 我的作业在这里
        < submit.ontime
        clock 2026-03-02T21:00
        张伟< reminder.many ~ 作业1
        # 刚交了的不再提
        李娜< reminder.tomorrow ~ 08:00
        李娜< nothing reminder.homework
    """, **people)


def test_kinds_are_switched_off_and_on(serve):
    server = serve(classes=[Klass(syllabus=SYLLABUS)])
    people = {n: join(server, n) for n in ("张伟", "李娜", "吴老师", "周导师")}
    conversation(server, """
        张伟> 提醒
        < reminders.list ~ 🔔 作业 [关掉上课前] [关掉作业] [关掉周报] [关掉问卷]
        张伟> [关掉作业]
        < reminders.list ~ 🔕 作业（已关） [打开作业]
        张伟> [关掉上课前]
        < reminders.list ~ 🔕 上课前
        周导师> 提醒
        < reminders.list ~ 每日班情 [关掉每日班情]
        周导师> [关掉每日班情]
        < reminders.list ~ 已关
        clock 2026-03-02T08:40
        李娜< reminder.before
        张伟< nothing reminder.before
        # 没签到的提醒关系到扣分，关不掉
        clock 2026-03-02T12:00
        张伟< reminder.missing
        吴老师> [按默认发布]
        张伟< homework.news
        clock 2026-03-02T20:00
        李娜< reminder.homework
        张伟< nothing reminder.homework
        周导师< nothing digest
        张伟> [打开作业]
        < reminders.list ~ 🔔 作业
        clock 2026-03-03T17:30
        张伟< reminder.homework
    """, **people)


def test_only_what_one_was_sent_is_put_off_and_not_past_its_use(klass):
    server, people = klass
    conversation(server, """
        clock 2026-03-02T12:00
        吴老师> [按默认发布]
        clock 2026-03-03T17:30
        张伟< reminder.homework
        张伟> [稍后提醒]
        < reminders.when [1小时后]
        clock 2026-03-03T18:40
        张伟> [1小时后]
        < reminders.no_time
        clock 2026-03-04T12:00
    """, **people)
    assert [r.key for r in people["张伟"].history()].count("reminder.homework") == 2  # 前一晚和截止前两小时
    for action in ("reminders:put:1:1", "reminders:later:1", "reminders:put:9:1", "reminders:put", "reminders:off:missing",
                   "reminders:off:digest", "reminders:on:", "reminders:later:99999999999999999999"):
        assert people["李娜"].send(action=action).key == "stale", action


POLICY = """id: calm
a_day: 1
quiet: {from: "21:00", to: "08:00"}
evening: "19:00"
sitting: {before: 45, early: "09:30", missing: 15}
homework: {before: 180}
weekly: {before: 120}
"""


def calm(tmp_path, policy=POLICY):
    share = tmp_path / "share"
    for part in ("config", "locales", "web"):
        shutil.copytree(TREE / part, share / part)
    (share / "config/reminders/calm.yaml").write_text(policy, encoding="utf-8")
    return share


def test_a_class_is_reminded_by_the_policy_it_names(serve, tmp_path):
    sessions = [("2026-03-02", "10:00", "12:00", "平台"), ("2026-03-03", "09:20", "12:00", "注册")]
    server = serve(share_dir=calm(tmp_path), classes=[Klass(sessions=sessions, reminders="calm")])
    people = {n: join(server, n) for n in ("张伟",)}
    conversation(server, """
        clock 2026-03-02T09:15
        张伟< reminder.before ~ 10:00
        # 一天最多一条
        clock 2026-03-02T18:59
        张伟< nothing reminder.*
        clock 2026-03-03T12:30
    """, **people)
    assert [r.key for r in people["张伟"].history() if r.key.startswith("reminder.")] == ["reminder.before",
                                                                                        "reminder.missing"]


def test_faults_of_a_policy_are_told_with_their_place(serve, tmp_path):
    share = calm(tmp_path, 'id: calm\na_day: 0\nquiet: {from: "07:00", to: "22:00"}\nsitting: {befor: 5, early: "8.30"}\n'
                           "colour: red\n")
    server = serve(share_dir=share, classes=[Klass(reminders="clam")], start=False)
    told = server.run("check", check=False).stdout
    for place in ("calm.yaml:2:8: ", "calm.yaml:3:8: ", "calm.yaml:4:11: ", "calm.yaml:4:28: ", "calm.yaml:5:1: "):
        assert place in told, (place, told)
    assert "there is no " in told and "clam.yaml" in told
