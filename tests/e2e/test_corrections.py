"""What a teacher puts right by hand, what a trainee may ask for, and how each is taken back."""

import pytest

from harness import Klass, conversation, join

TEAM = ("张伟", "李娜", "王芳", "吴老师")


@pytest.fixture
def klass(serve):
    server = serve()
    return server, {n: join(server, n) for n in TEAM}


def row(server, name):
    """What counts for a trainee at the first sitting: state, minutes, minutes of leaving early, how."""
    found = server.db().execute(
        "SELECT state, t.minutes, early_minutes, how FROM attendance_all t"
        " JOIN member m ON m.id = t.member JOIN person p ON p.id = m.person WHERE p.name = ? ORDER BY starts", (name,)).fetchone()
    return tuple(found) if found else None


def test_a_makeup_has_time_and_reason_and_can_be_undone(klass):
    server, people = klass
    conversation(server, """
        clock 2026-03-02T12:00
        吴老师> 补签 张伟 8:55 手机没电
        < correction.made_up ~ /张伟.*08:55.*准时.*手机没电/ [撤销]
        张伟< correction.told_makeup ~ /吴老师给你补签.*08:55 到，准时。原因：手机没电/ [有异议]
        吴老师> /makeup 2 9:12 公交晚点
        < correction.made_up ~ /李娜.*迟到 12 分钟，扣2分/
        李娜< correction.told_makeup
    """, **people)
    assert row(server, "张伟") == ("present", 0, 0, "makeup")
    assert row(server, "李娜") == ("present", 12, 0, "makeup")
    assert row(server, "王芳") == ("absent", 0, 0, "closed")
    kept = server.db().execute("SELECT what, reason, before, after, by IS NOT NULL FROM correction ORDER BY id").fetchone()
    assert kept[0] == "makeup" and kept[1] == "手机没电" and kept[2].startswith("absent ") and kept[3].startswith("present ")
    conversation(server, """
        吴老师> 撤销
        < correction.which [李娜] [张伟]
        吴老师> [张伟]
        < correction.undone ~ 张伟
        张伟< correction.undone_told ~ 补签
        吴老师> [张伟]
        < stale
    """, **people)
    assert row(server, "张伟") == ("absent", 0, 0, "closed")


def test_what_a_makeup_refuses(klass):
    server, people = klass
    conversation(server, """
        clock 2026-03-02T09:30
        吴老师> 补签 张伟 手机没电
        < correction.refused ~ 时间
        吴老师> 补签 张伟 8:55
        < correction.refused ~ 原因
        吴老师> 补签 张伟 11:00 会来
        < correction.refused ~ 还没到
        吴老师> 补签 张伟 昨天 8:55 手机没电
        < correction.refused ~ 没有课
        吴老师> 补签 王小二 8:55 手机没电
        < who.unknown ~ 王小二
        吴老师> 补签
        < correction.makeup_how
    """, **people)


def test_two_of_one_name_are_chosen_by_buttons(serve):
    people = [("1", "张伟", "学员"), ("2", "张伟", "学员"), ("3", "李娜", "学员"), ("t1", "吴老师", "带班老师")]
    server = serve(classes=[Klass(people=people)])
    teacher = join(server, "吴老师")
    conversation(server, """
        clock 2026-03-02T09:30
        吴老师> 补签 张伟 8:55 手机没电
        < who.several [1 张伟] [2 张伟]
        吴老师> [2 张伟]
        < correction.made_up ~ /张伟.*手机没电/
        吴老师> [1 张伟]
        < stale
        吴老师> 补签 1 9:05 堵车
        < correction.made_up ~ 迟到 5 分钟
    """, 吴老师=teacher)
    rows = server.db().execute("SELECT m.number, a.minutes FROM attendance a JOIN member m ON m.id = a.member ORDER BY 1").fetchall()
    assert [tuple(r) for r in rows] == [("1", 5), ("2", 0)]


def test_arrived_now_several_at_once(klass):
    server, people = klass
    conversation(server, """
        吴老师> 到 张伟
        < correction.refused ~ 现在没有课
        clock 2026-03-02T09:12
        吴老师> 到 张伟 李娜、王小二
        < correction.arrived_list ~ /张伟：迟到 12 分钟.*李娜：迟到.*王小二/
        张伟< correction.told_arrived
        吴老师> 到 张伟
        < correction.arrived_list ~ 已经签到过：张伟
    """, **people)
    assert row(server, "张伟") == ("present", 12, 0, "arrived")


@pytest.mark.parametrize("at, minutes, points, state", [("11:59", 1, 1, "present"), ("11:40", 20, 2, "present"),
                                                       ("11:00", 60, 6, "present"), ("10:59", 0, 0, "absent")])
def test_leaving_early_follows_the_ladder(klass, at, minutes, points, state):
    server, people = klass
    conversation(server, f"""
        clock 2026-03-02T09:00
        吴老师> 到 张伟
        clock 2026-03-02T12:00
        吴老师> 早退 张伟 {at}
        < correction.left_early ~ 张伟
        张伟< correction.told_early ~ {at}
        吴老师> 早退 李娜 {at}
        < correction.refused ~ 没有签到
    """, **people)
    found = row(server, "张伟")
    assert (found[0], found[2]) == (state, minutes)
    conversation(server, f"张伟> 成绩\n< marks.shown ~ 考勤 {20 - (points or 7)}/20", **people)
    conversation(server, """
        吴老师> [撤销]
        < correction.undone
    """, **people)
    assert row(server, "张伟")[:3] == ("present", 0, 0)


def test_a_trainee_asks_to_be_signed_in(klass):
    server, people = klass
    conversation(server, """
        clock 2026-03-02T12:00
        张伟> 申请补签 手机没电
        < request.time_again ~ 8:55
        张伟> 8:55
        < request.sent
        吴老师< approval.ask ~ /张伟 申请补签：.*08:55 到。原因：手机没电/ [同意]
        吴老师> [同意]
        < approval.agreed
        张伟< request.made_up ~ 吴老师同意
        张伟> 补签 8:55 手机没电
        < request.had
        李娜> 忘签了
        < request.time*
        李娜> 取消
        李娜> 补签 9:05 堵车
        < request.sent
        吴老师> 驳回 没看到你
        < approval.refused
        李娜< request.refused ~ 没看到你
    """, **people)
    assert row(server, "张伟") == ("present", 0, 0, "makeup")
    assert row(server, "李娜")[0] == "absent"
    assert server.db().execute("SELECT p.name FROM correction c JOIN member m ON m.id = c.by"
                               " JOIN person p ON p.id = m.person").fetchone()[0] == "吴老师"


def test_an_objection(klass):
    server, people = klass
    conversation(server, """
        张伟> 申诉
        < request.appeal_how
        张伟> 3月2日我8:55就到了
        < request.sent
        吴老师< approval.ask ~ /张伟 申诉：3月2日我8:55就到了/
        吴老师> 同意
        张伟< request.appeal_agreed
    """, **people)


def test_the_roll_is_called_and_heads_are_counted(klass):
    server, people = klass
    conversation(server, """
        吴老师> 点名
        < correction.refused
        clock 2026-03-02T09:00
        吴老师> 点名
        < rollcall.list ~ 已到 0 [张伟] [李娜] [杨帆]
        吴老师> [李娜]
        < rollcall.list ~ 已到 1 [张伟]
        李娜< correction.told_arrived ~ 准时
        吴老师> 人数 1
        < headcount.same
        吴老师> 人数 4
        < headcount.more ~ 多了 3
        吴老师> 人数
        < headcount.how
        吴老师> 人数 0
        < headcount.fewer ~ 少了 1 [点名]
    """, **people)


def test_leaving_a_class_takes_both_sides(serve):
    server = serve()
    people = {n: join(server, n) for n in ("张伟", "李娜", "吴老师", "周导师")}
    conversation(server, """
        张伟> 退班
        < quit.how
        张伟> 退班 家里搬走了
        < quit.sure [确认提交] [算了]
        张伟> [确认提交]
        < quit.sent
        张伟> 退班 家里搬走了
        < quit.asked_already
        吴老师< approval.ask ~ 张伟 申请退班
        周导师< nothing approval.*
        吴老师> 同意
        < approval.passed_on
        周导师< approval.ask ~ 家里搬走了
        周导师> [同意]
        < approval.agreed
        张伟< quit.left
        周导师> 劝退 李娜 多次旷训
        < quit.away_sure
        周导师> [确认提交]
        < quit.away_sent
        吴老师> 同意
        李娜< quit.left
        周导师< quit.away_done ~ 李娜
    """, **people)
    gone = server.db().execute("SELECT kind FROM departure_all ORDER BY kind").fetchall()
    assert [g[0] for g in gone] == ["own", "sent"]
    conversation(server, """
        clock 2026-03-02T09:00
        吴老师> 未到
        < missing.list ~ 应到4
        张伟> 签到 123456
        < not_allowed
    """, **people)


def test_an_exception_takes_organiser_and_bureau(serve):
    people = [*Klass().people, ("b1", "钱局", "商务局")]
    server = serve(classes=[Klass(people=people)])
    names = {n: join(server, n) for n in ("张伟", "吴老师", "孙主办", "钱局")}
    conversation(server, """
        吴老师> 特批 张伟
        < exception.how
        吴老师> 特批 张伟 住院
        < exception.sent
        孙主办< approval.ask ~ 张伟 考勤不达标的特批
        孙主办> 同意
        < approval.passed_on
        钱局< approval.ask ~ 住院
        吴老师> 特批 张伟 住院
        < exception.asked_already
        钱局> 待办
        < todo.list ~ 张伟
        钱局> [同意]
        < approval.agreed
        吴老师< exception.granted
        张伟< exception.granted_you ~ 钱局
        孙主办> 特批 李娜 产假
        钱局> 驳回 材料不全
        孙主办< exception.refused ~ 材料不全
    """, **names)
