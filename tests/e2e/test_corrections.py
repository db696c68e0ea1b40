"""What a teacher puts right by hand, what a trainee may ask for, and how each is taken back."""

import pytest

from harness import Klass, conversation, join

TEAM = ("张伟", "李娜", "王芳", "吴老师")


@pytest.fixture
def klass(serve):
    server = serve()
    return server, {n: join(server, n) for n in TEAM}


def row(server, name):
    """What counts for a trainee at the first sitting: state, minutes, points, minutes and points of leaving early, how."""
    found = server.db().execute(
        "SELECT state, t.minutes, t.points, early_minutes, early_points, how FROM attendance_all t"
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
        < correction.made_up ~ /李娜.*迟到 12 分钟，扣 2 分/
        李娜< correction.told_makeup
    """, **people)
    assert row(server, "张伟") == ("present", 0, 0, 0, 0, "makeup")
    assert row(server, "李娜") == ("present", 12, 2, 0, 0, "makeup")
    assert row(server, "王芳") == ("absent", 0, 7, 0, 0, "closed")
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
    assert row(server, "张伟") == ("absent", 0, 7, 0, 0, "closed")


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
    assert row(server, "张伟") == ("present", 12, 2, 0, 0, "arrived")


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
    assert (found[0], found[3], found[4]) == (state, minutes, points) and found[2] == (7 if state == "absent" else 0)
    conversation(server, """
        吴老师> [撤销]
        < correction.undone
    """, **people)
    assert row(server, "张伟")[:5] == ("present", 0, 0, 0, 0)
