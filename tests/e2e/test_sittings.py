"""推迟 提前下课 停课 调课 确认时间 结束签到: announced, counted anew, on record (rules.md A12, A17, A18)."""

import pytest

from harness import Klass, conversation, join


@pytest.fixture
def klass(server):
    server.people = {n: join(server, n) for n in ("张伟", "李娜", "吴老师")}
    return server


def rows(server, day):
    """name → (state, minutes, how) of a day's attendance, of sessions that are held."""
    return {r[0]: tuple(r[1:]) for r in server.db().execute(
        "SELECT p.name, a.state, a.minutes, a.how FROM attendance a JOIN member m ON m.id = a.member"
        " JOIN person p ON p.id = m.person JOIN sitting s ON s.id = a.sitting JOIN session n ON n.id = s.session"
        " WHERE n.day = ? AND n.state = 'on'", (day,))}


def test_a_delay_is_announced_and_lateness_counted_anew(klass):
    conversation(klass, """
        clock 2026-03-03T09:12
        吴老师> 口令
        < signin.spoken ~ /(?P<code>\\d{6})/
        张伟> 签到 {code}
        < signin.late ~ 迟到12分钟
        吴老师> 推迟 9:30 老师堵车
        < sittings.ask ~ /店铺注册.*09:00–12:00 改为 .*09:30–12:00（老师堵车）.*1条签到/ [确定并通知全班] [不改了]
        张伟< nothing sittings.*
        吴老师> [确定并通知全班]
        < sittings.made
        张伟< sittings.announced ~ 老师堵车
        李娜< sittings.announced
        吴老师> [确定并通知全班]
        < stale
        clock 2026-03-03T09:35
        吴老师> 口令
        < signin.spoken ~ /(?P<later>\\d{6})/
        李娜> 签到 {later}
        < signin.late ~ 迟到5分钟
    """, **klass.people)
    assert rows(klass, "2026-03-03") == {"张伟": ("present", 0, "code"), "李娜": ("late", 5, "code")}


def test_an_early_end_closes_the_sitting_then(klass):
    conversation(klass, """
        clock 2026-03-03T10:00
        吴老师> 提前下课 11:00 停电
        < sittings.ask ~ 停电
        吴老师> [确定并通知全班]
        < sittings.made
        clock 2026-03-03T11:00
    """, **klass.people)
    assert rows(klass, "2026-03-03")["张伟"] == ("absent", 0, "closed")


def test_a_cancelled_session_takes_its_absences_back_and_keeps_its_sign_ins(klass):
    conversation(klass, """
        clock 2026-03-03T08:50
        吴老师> 口令
        < signin.spoken ~ /(?P<code>\\d{6})/
        张伟> 签到 {code}
        < signin.ontime
        clock 2026-03-03T18:00
        吴老师> 停课 3月3日 讲师没来
        < sittings.ask
        吴老师> [确定并通知全班]
        < sittings.made
        李娜< sittings.announced ~ 停课
    """, **klass.people)
    assert rows(klass, "2026-03-03") == {}
    kept = klass.db().execute("SELECT a.how FROM attendance a JOIN sitting s ON s.id = a.sitting JOIN session n"
                              " ON n.id = s.session WHERE n.day = '2026-03-03'").fetchall()
    assert [r[0] for r in kept] == ["code"]
    change = klass.db().execute("SELECT kind, reason, made IS NOT NULL FROM timetable_change").fetchone()
    assert tuple(change) == ("cancel", "讲师没来", 1)


def test_a_moved_session_is_held_on_its_new_day_only(klass):
    conversation(klass, """
        clock 2026-03-02T18:00
        吴老师> 调课 3月3日 3月6日 讲师有事
        < sittings.ask ~ /3月3日|明天/
        吴老师> [确定并通知全班]
        < sittings.made ~ 3月6日
        clock 2026-03-03T12:30
    """, **klass.people)
    assert rows(klass, "2026-03-03") == {}
    klass.clock.to("2026-03-06T12:00")
    assert rows(klass, "2026-03-06")["张伟"] == ("absent", 0, "closed")


def test_moving_what_was_signed_in_to_keeps_that_on_record(klass):
    conversation(klass, """
        clock 2026-03-03T08:50
        吴老师> 口令
        < signin.spoken ~ /(?P<code>\\d{6})/
        张伟> 签到 {code}
        < signin.ontime
        吴老师> 调课 今天 3月6日 14:00-16:00 停电
        < sittings.ask ~ 14:00–16:00
        吴老师> [确定并通知全班]
        < sittings.made
        clock 2026-03-06T16:00
    """, **klass.people)
    assert rows(klass, "2026-03-06")["张伟"] == ("absent", 0, "closed")
    assert klass.db().execute("SELECT count(*) FROM attendance WHERE how = 'code'").fetchone()[0] == 1


def test_a_confirmed_time_counts_what_is_there_already(serve):
    server = serve(classes=[Klass(sessions=[("2026-03-03", "", "", "开班仪式")])])
    people = {n: join(server, n) for n in ("吴老师", "张伟", "李娜")}
    conversation(server, """
        clock 2026-03-03T09:50
        吴老师> 口令
        < signin.spoken ~ /(?P<code>\\d{6})/
        张伟> 签到 {code}
        < signin.ontime
        clock 2026-03-03T18:00
        吴老师> 确认时间 9:40
        < sittings.refused ~ 两个时间
        吴老师> 确认时间 9:40-12:00
        < sittings.ask
        吴老师> [确定并通知全班]
        < sittings.made
        吴老师> 确认时间 9:40-12:00
        < sittings.refused ~ 没有待确认
    """, **people)
    found = rows(server, "2026-03-03")
    assert found["张伟"] == ("late", 10, "code") and found["李娜"] == ("absent", 0, "closed")


def test_wrong_input_gets_what_to_type(klass):
    conversation(klass, """
        clock 2026-03-03T08:40
        吴老师> 推迟
        < sittings.refused ~ 例如：推迟 9:30
        吴老师> 推迟 8:30 早点
        < sittings.refused ~ 要比原来晚
        吴老师> 提前下课 13:00
        < sittings.refused ~ 原来下课之前
        吴老师> 停课 3月8日 周日
        < sittings.refused ~ 没有课
        吴老师> 调课 3月3日 3月4日
        < sittings.refused ~ 已经有课
        吴老师> 调课 3月3日
        < sittings.refused ~ 哪一天
        吴老师> 推迟 25:00
        < sittings.refused
        吴老师> 停课 台风
        < sittings.ask ~ 台风
        吴老师> [不改了]
        < sittings.dropped
        张伟> 停课
        < not_allowed
    """, **klass.people)
    assert klass.db().execute("SELECT count(*) FROM timetable_change").fetchone()[0] == 0


def test_ending_sign_in_only_hides_the_code(klass):
    conversation(klass, """
        吴老师> 结束签到
        < sittings.none_open
        clock 2026-03-03T09:05
        吴老师> 结束签到
        < sittings.code_hidden [念的口令]
        吴老师> [念的口令]
        < signin.spoken ~ /(?P<code>\\d{6})/
        张伟> 签到 {code}
        < signin.late ~ 迟到5分钟
    """, **klass.people)


def test_only_the_afternoon_is_delayed(klass):
    conversation(klass, """
        clock 2026-03-04T08:50
        吴老师> 口令
        < signin.spoken ~ /(?P<code>\\d{6})/
        张伟> 签到 {code}
        < signin.ontime
        clock 2026-03-04T12:30
        吴老师> 推迟 下午 14:00 停电
        < sittings.ask ~ /选品与上架·下午.*13:30–16:30 改为 .*14:00–16:30（停电）/
        吴老师> [确定并通知全班]
        < sittings.made
        张伟< sittings.announced ~ 下午
        clock 2026-03-04T13:59
        吴老师> 口令
        < signin.spoken ~ /(?P<later>\\d{6})/
        张伟> 签到 {later}
        < signin.ontime
        clock 2026-03-04T14:05
        李娜> 签到 {later}
        < signin.late ~ 迟到5分钟
        吴老师> 提前下课 16:00 讲完了
        < sittings.ask ~ /下午.*14:00–16:30 改为 .*14:00–16:00/
        吴老师> [确定并通知全班]
        < sittings.made
        clock 2026-03-04T16:00
        张伟> 成绩
        < marks.shown ~ /考勤 6.20：3月2日上午缺勤 −7；3月3日上午缺勤 −7\\n/
    """, **klass.people)
    found = klass.db().execute("SELECT s.part, a.state, a.minutes FROM attendance a JOIN sitting s ON s.id = a.sitting"
                               " JOIN member m ON m.id = a.member JOIN person p ON p.id = m.person"
                               " WHERE p.name = '李娜' AND s.class = m.class ORDER BY s.starts DESC LIMIT 2").fetchall()
    assert [tuple(r) for r in found] == [(2, "late", 5), (1, "absent", 0)]


def test_the_morning_ends_early_and_the_afternoon_stays_or_not(klass):
    conversation(klass, """
        clock 2026-03-04T10:00
        吴老师> 提前下课 11:00 消防演习
        < sittings.ask ~ /上午.*09:00–12:00 改为 .*09:00–11:00/ [下午也不上了]
        吴老师> [确定并通知全班]
        < sittings.made
        clock 2026-03-04T11:00
    """, **klass.people)
    times = "SELECT part, time(starts, 'unixepoch', '+8 hours'), time(ends, 'unixepoch', '+8 hours') FROM sitting" \
            " WHERE session = 3 AND ends > starts ORDER BY starts"
    assert [tuple(r) for r in klass.db().execute(times)] == [(1, "09:00:00", "11:00:00"), (2, "13:30:00", "16:30:00")]
    assert klass.db().execute("SELECT count(*) FROM sitting WHERE closed IS NOT NULL AND session = 3").fetchone()[0] == 1


def test_the_rest_of_the_day_goes_too(klass):
    conversation(klass, """
        clock 2026-03-04T10:00
        吴老师> 提前下课 11:00 停电
        < sittings.ask
        吴老师> [下午也不上了]
        < sittings.ask ~ /“选品与上架”提前下课：.*09:00–16:30 改为 .*09:00–11:00/
        吴老师> [确定并通知全班]
        < sittings.made
        clock 2026-03-04T17:00
    """, **klass.people)
    assert rows(klass, "2026-03-04")["张伟"] == ("absent", 0, "closed")
    assert klass.db().execute("SELECT count(*) FROM attendance_all WHERE member = 1 AND starts > 1772582400"
                              ).fetchone()[0] == 1


def test_a_cancelled_morning_leaves_the_afternoon_as_it_was(klass):
    conversation(klass, """
        clock 2026-03-03T20:00
        吴老师> 停课 明天上午 停水
        < sittings.ask ~ /选品与上架·上午”停课：.*09:00–12:00（停水）/
        吴老师> [确定并通知全班]
        < sittings.made
        clock 2026-03-04T13:20
        吴老师> 口令
        < signin.spoken ~ /(?P<code>\\d{6})/
        张伟> 签到 {code}
        < signin.ontime
        clock 2026-03-04T16:30
        吴老师> 课程变动
        < sittings.past ~ /吴老师：“选品与上架·上午”停课.*停水/
        张伟> 课程变动
        < not_allowed
    """, **klass.people)
    assert rows(klass, "2026-03-04")["张伟"] == ("present", 0, "code")


def test_all_sessions_of_a_day_are_cancelled_together(serve):
    sessions = [("2026-03-05", "09:00", "10:30", "规则"), ("2026-03-05", "10:40", "12:00", "注册"),
                ("2026-03-05", "13:30", "16:30", "选品"), ("2026-03-06", "09:00", "12:00", "上架")]
    people = [("1", "张伟", "学员"), ("t1", "吴老师", "带班老师"), ("b1", "商科员", "商务局")]
    server = serve(classes=[Klass(sessions=sessions, people=people)])
    talk = conversation(server, """
        clock 2026-03-04T20:00
        吴老师> 停课 3月5日 台风
        < sittings.ask ~ /规则.*注册.*选品.*台风/
        吴老师> [确定并通知全班]
        < sittings.made
        张伟< sittings.announced ~ /规则.*选品/
        商科员> 课程变动
        < sittings.past ~ /吴老师：.*规则.*注册.*选品.*台风/
        clock 2026-03-05T17:00
        张伟> 成绩
        < marks.shown ~ 考勤 还没计入
    """, **{n: join(server, n) for n in ("吴老师", "张伟", "商科员")})
    assert talk
    states = [r[0] for r in server.db().execute("SELECT state FROM session ORDER BY starts")]
    assert states == ["cancelled"] * 3 + ["on"]


def test_what_is_counted_anew_is_said_also_of_what_a_teacher_wrote(klass):
    """The moment a teacher wrote stands; what it costs follows the new time, and the teacher reads so."""
    conversation(klass, """
        clock 2026-03-03T09:40
        吴老师> 补签 张伟 9:25 手机没电
        < correction.made_up ~ 迟到 25 分钟
        吴老师> 口令
        < signin.spoken ~ /(?P<code>\\d{6})/
        李娜> 签到 {code}
        < signin.late ~ 迟到40分钟
        吴老师> 推迟 9:30 老师堵车
        < sittings.ask
        吴老师> [确定并通知全班]
        < sittings.made ~ /2人的记录变了：张伟（老师补录）准时、李娜 迟到10分钟/
    """, **klass.people)
    assert rows(klass, "2026-03-03") == {"张伟": ("present", 0, "makeup"), "李娜": ("late", 10, "code")}
    assert klass.db().execute("SELECT at FROM attendance WHERE how = 'makeup'").fetchone()[0] % 86400 == 5100


def test_a_file_imported_again_finds_what_was_moved(klass):
    """A session that was signed in to and moved is the file's session; a file that moves it on moves that one."""
    path = klass.dir / "classes/demo.yaml"
    conversation(klass, """
        clock 2026-03-03T08:50
        吴老师> 口令
        < signin.spoken ~ /(?P<code>\\d{6})/
        张伟> 签到 {code}
        < signin.ontime
        吴老师> 调课 今天 3月9日 停电
        < sittings.ask
        吴老师> [确定并通知全班]
        < sittings.made
    """, **klass.people)
    assert "demo: no change" in klass.run("import", path).stdout
    days = ["2026-03-02", "2026-03-07", "2026-03-04", "2026-03-05"]
    times = [("09:00", "12:00", "速卖通平台介绍"), ("09:00", "12:00", "店铺注册"), ("09:00", "16:30", "选品与上架"),
             ("13:30", "16:30", "店铺装修")]
    Klass(sessions=[(d, *t) for d, t in zip(days, times)]).write(path.parent)
    klass.run("import", path)
    held = klass.db().execute("SELECT day FROM session WHERE title = '店铺注册' AND state = 'on'").fetchall()
    assert [r[0] for r in held] == ["2026-03-07"]


def test_at_night_only_what_is_urgent_wakes_the_class(klass):
    conversation(klass, """
        clock 2026-03-02T23:00
        吴老师> 推迟 3月4日 10:00 讲师赶火车
        吴老师> [确定并通知全班]
        < sittings.made_at_night ~ 明天 07:00 通知全班
        张伟< nothing sittings.*
        吴老师> 停课 明天 台风
        吴老师> [确定并通知全班]
        < sittings.made ~ 已通知
        张伟< sittings.announced ~ 台风
        李娜< sittings.announced ~ 台风
        张伟< nothing sittings.*
        clock 2026-03-03T07:00
        张伟< sittings.announced ~ /讲师赶火车.*吴老师/
        李娜< sittings.announced ~ 讲师赶火车
        吴老师< nothing sittings.announced
    """, **klass.people)
    assert "10:00" in klass.people["张伟"].says("课表").text
