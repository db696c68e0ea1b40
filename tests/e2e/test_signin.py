"""签到: codes, moments, lateness, absences, and who is missing; rules.md A1–A3, A5, A12, A13, A17."""

import pytest

from harness import Klass, conversation, join


@pytest.fixture
def klass(server):
    server.people = {n: join(server, n) for n in ("张伟", "李娜", "王芳", "吴老师")}
    return server


def spoken(server):
    return server.people["吴老师"].says("口令").code()


def test_on_time_late_and_twice(klass):
    conversation(klass, """
        clock 2026-03-03T08:40
        吴老师> 开始签到
        < signin.opened ~ /(?P<code>\\d{6})/
        张伟> 签到 {code}
        < signin.ontime ~ 准时
        张伟> 签到 {code}
        < signin.again ~ 08:40
        clock 2026-03-03T09:12
        吴老师> 开始签到
        < signin.opened ~ /(?P<late>\\d{6})/
        李娜> 签到 {late}
        < signin.late ~ /迟到12分钟.*扣2分/
        吴老师> 未到
        < missing.list ~ /应到6，实到2，未到4：王芳/
    """, **klass.people)


@pytest.mark.parametrize("after, points, absent", [(60, 1, 0), (600, 1, 0), (601, 2, 0), (1200, 2, 0), (3540, 6, 0),
                                                   (3600, 6, 0), (3601, 7, 1)])
def test_the_ladder_by_the_second(klass, after, points, absent):
    klass.clock.to(f"2026-03-03T{9 + after // 3600:02}:{after % 3600 // 60:02}:{after % 60:02}")
    said = klass.people["张伟"].says("签到 " + spoken(klass))
    assert said.key == "signin.late" and f"扣{points}分" in said.text, said
    state, cost = klass.db().execute("SELECT state, points FROM attendance WHERE how = 'code'").fetchone()
    assert (state, cost) == ("absent" if absent else "late", points)


def test_a_code_is_good_for_two_minutes_after_the_screen_and_then_old(klass):
    teacher, trainee = klass.people["吴老师"], klass.people["张伟"]
    klass.clock.to("2026-03-03T08:40:00")
    code = teacher.says("开始签到").code()
    klass.clock.to("2026-03-03T08:42:30")
    old = trainee.says("签到 " + code)
    assert old.key == "signin.refused" and "最新" in old.text
    for _ in range(12):
        assert "最新" in trainee.says("签到 " + code).text, "an old code is never a guess"
    klass.clock.to("2026-03-03T08:42:59")
    code = teacher.says("开始签到").code()
    klass.clock.to("2026-03-03T08:44:59")
    assert trainee.says("签到 " + code).key == "signin.ontime"


def test_guesses_are_slowed_for_a_minute_at_most(klass):
    klass.clock.to("2026-03-03T08:40:00")
    good, trainee = spoken(klass), klass.people["张伟"]
    wrong = "123456" if good != "123456" else "654321"
    for _ in range(5):
        assert "不对" in trainee.says("签到 " + wrong).text
    assert "秒后" in trainee.says("签到 " + wrong).text
    assert trainee.says("签到 " + good).key == "signin.ontime", "the right code always works"


def test_a_code_of_another_class_is_wrong_here(serve):
    other = [("1", "赵六", "学员"), ("t9", "钱老师", "带班老师")]
    server = serve(classes=[Klass(), Klass(id="other", title="另一个班", people=other)])
    server.clock.to("2026-03-03T08:40:00")
    code = join(server, "钱老师", "other").says("口令").code()
    assert join(server, "张伟").says("签到 " + code).key == "signin.refused"
    assert join(server, "赵六", "other").says("签到 " + code).key == "signin.ontime"


def test_outside_the_window_it_says_what_comes_next(klass):
    conversation(klass, """
        clock 2026-03-03T08:29:59
        张伟> 签到 123456
        < signin.refused ~ 店铺注册
        吴老师> 开始签到
        < signin.not_open ~ 08:30
        张伟> 签到
        < signin.refused
        clock 2026-03-03T08:30:00
        吴老师> 开始签到
        < signin.opened
    """, **klass.people)


def test_a_day_is_two_sittings_with_a_sign_in_each(klass):
    trainee = klass.people["张伟"]
    klass.clock.to("2026-03-04T08:50:00")
    assert trainee.says("签到 " + spoken(klass)).key == "signin.ontime"
    klass.clock.to("2026-03-04T12:01:00")
    assert trainee.says("签到 123456").key == "signin.refused"
    klass.clock.to("2026-03-04T13:20:00")
    assert trainee.says("签到 " + spoken(klass)).key == "signin.ontime"
    klass.clock.to("2026-03-04T17:00:00")
    rows = klass.db().execute("SELECT count(*) FROM attendance a JOIN sitting s ON s.id = a.sitting"
                              " JOIN session n ON n.id = s.session WHERE n.day = '2026-03-04' AND a.state = 'present'")
    assert rows.fetchone()[0] == 2


def test_absences_are_written_when_a_sitting_closes_whatever_the_server_was_doing(klass):
    klass.clock.to("2026-03-03T08:50:00")
    klass.people["张伟"].says("签到 " + spoken(klass))
    klass.restart(kill=True)
    klass.clock.to("2026-03-03T12:00:00")
    states = dict(klass.db().execute("SELECT p.name, a.state FROM attendance a JOIN member m ON m.id = a.member"
                                     " JOIN person p ON p.id = m.person JOIN sitting s ON s.id = a.sitting"
                                     " JOIN session n ON n.id = s.session WHERE n.day = '2026-03-03'"))
    assert states == {"张伟": "present", **{n: "absent" for n in ("李娜", "王芳", "刘洋", "陈静", "杨帆")}}
    klass.restart()
    assert klass.db().execute("SELECT count(*) FROM attendance a JOIN sitting s ON s.id = a.sitting JOIN session n"
                              " ON n.id = s.session WHERE n.day = '2026-03-03'").fetchone()[0] == 6


def test_a_guessed_time_counts_against_nobody(serve):
    server = serve(classes=[Klass(sessions=[("2026-03-03", "", "", "开班仪式")])])
    teacher, trainee = join(server, "吴老师"), join(server, "张伟")
    server.clock.to("2026-03-03T09:50:00")
    assert trainee.says("签到 " + teacher.says("口令").code()).key == "signin.ontime"
    server.clock.to("2026-03-03T18:00:00")
    assert server.db().execute("SELECT count(*) FROM attendance WHERE state = 'absent'").fetchone()[0] == 0


def test_the_platforms_own_time_counts(serve, telegram):
    server = serve(telegram=telegram)
    teacher = join(server, "吴老师")
    user = telegram.user()
    user.joins(server, "张伟")
    user.hears("欢迎")
    server.clock.to("2026-03-03T08:58:00")
    code = teacher.says("口令").code()
    server.clock.to("2026-03-03T09:05:00")
    user.says("签到 " + code, date=1772499570)  # 08:59:30: our outage costs nobody a point
    user.hears("准时")


def test_only_trainees_sign_in_and_only_teachers_open(klass):
    klass.clock.to("2026-03-03T08:50:00")
    assert klass.people["吴老师"].says("签到 123456").key == "not_allowed"
    assert klass.people["张伟"].says("开始签到").key == "not_allowed"
    assert klass.people["张伟"].says("口令").key == "not_allowed"


@pytest.mark.parametrize("kind, scheme, cost", [("employment", "employment", "扣2分"), ("practical", "practical", "这一班少记0.2"),
                                                ("intermediate", "county", "只记录，不扣分")])
def test_what_lateness_costs_is_said_as_the_scheme_counts_it(serve, kind, scheme, cost):
    server = serve(classes=[Klass(kind=kind, scheme=scheme)])
    trainee, teacher, other = join(server, "张伟"), join(server, "吴老师"), join(server, "李娜")
    server.clock.to("2026-03-02T09:10:00")
    assert other.hears("reminder.missing").text.count("扣") == ("扣" in cost)
    server.clock.to("2026-03-02T09:12:00")
    late = trainee.says(f"签到 {teacher.says('开始签到').code()}")
    assert late.key == "signin.late" and f"迟到12分钟，{cost}。" in late.text
    assert f"迟到 12 分钟，{cost}" in teacher.says("补签 李娜 9:12 公交晚点").text
