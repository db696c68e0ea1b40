"""Leave as trainees and teachers live it: what it covers and costs, one press, the decision, coming back early."""

import pytest

from harness import Klass, conversation, join

# Monday to Thursday; Wednesday is two half-days
TEAM = ("张伟", "李娜", "吴老师", "周导师", "孙主办")


@pytest.fixture
def klass(serve):
    server = serve()
    return server, {n: join(server, n) for n in TEAM}


def states(server, name):
    """(day and hour, state) of everything that counts for a trainee."""
    return [tuple(r) for r in server.db().execute(
        "SELECT strftime('%d %H', t.starts, 'unixepoch', '+8 hours'), t.state FROM attendance_all t"
        " JOIN member m ON m.id = t.member JOIN person p ON p.id = m.person WHERE p.name = ? ORDER BY t.starts", (name,))]


ASKED = """
    张伟> 请假 明天上午 发烧
    < leave.asked ~ /1 个半天.*明天 09:00–12:00 店铺注册.*发烧.*共扣 5 分.*已请 0 次.*还剩 1 次/ [发送] [不请了]
    张伟> [发送]
    < leave.asked ~ 已发给老师 [撤回]
    吴老师< approval.ask ~ /张伟 请假：发烧.*店铺注册/ [同意] [驳回]
"""


def test_asked_granted_and_counted(klass):
    server, people = klass
    conversation(server, ASKED + """
        吴老师> [同意]
        < approval.agreed ~ 张伟
        张伟< leave.granted ~ /吴老师同意.*店铺注册/
        # a second press is stale and says who decided
        吴老师> 同意 1
        < approval.was_agreed ~ 吴老师
        clock 2026-03-02T09:10
        吴老师< reminder.missing_names ~ 请假0
        张伟< reminder.missing ~ 速卖通平台介绍
        clock 2026-03-03T09:10
        吴老师< reminder.missing_names ~ /应到6 实到0 请假1 未到5：李娜/
        张伟< nothing reminder.missing
        吴老师> 未到
        < missing.list ~ /实到0，未到5：.*请假1：张伟/
        clock 2026-03-03T12:00
        吴老师> 班情
        < digest ~ 请假：张伟
    """, **people)
    assert ("03 09", "leave") in states(server, "张伟")
    assert ("03 09", "absent") in states(server, "李娜")


def test_in_english_and_with_numbers(klass):
    server, people = klass
    conversation(server, """
        张伟> /lang en
        张伟> /leave 2026-03-04 am fever
        < leave.asked ~ /1 half-day.*09:00–12:00 选品与上架.*fever.*5 in all.*1 left/ [Send]
        张伟> 1
        < leave.asked ~ has gone to the teacher
        吴老师> 可以吗？
        < approval.which
        吴老师> 可以
        < approval.agreed
        张伟< leave.granted ~ agreed
    """, **people)


def test_a_whole_day_is_two_and_the_third_is_warned_of(klass):
    server, people = klass
    conversation(server, """
        张伟> 请假 周三 家里有事
        < leave.asked ~ /2 个半天.*09:00–12:00.*13:30–16:30.*共扣 10 分.*还剩 0 次/
        张伟> [发送]
        吴老师> 同意
        < approval.agreed
        张伟> 请假 3月5日 看病
        < leave.asked ~ /已请 2 次.*不达标/
        张伟> [不请了]
        < leave.dropped
        张伟> [不请了]
        < stale
        张伟> 请假 3月3日到3月5日 回老家
        < leave.asked ~ /2 个半天.*店铺注册.*店铺装修.*其中 2 节已经请过假/
    """, **people)


def test_refused_with_a_reason(klass):
    server, people = klass
    conversation(server, ASKED + """
        李娜> 请个假 明天
        < leave.asked ~ 没写
        李娜> 牙疼
        < leave.asked ~ 原因：牙疼
        李娜> 发送
        < leave.asked ~ 请假 2
        吴老师> 待办
        < todo.list ~ /【1】张伟.*【2】李娜/ [同意 1] [驳回 2]
        吴老师> 驳回
        < approval.which [驳回 2]
        吴老师> 驳回 2 明天考试
        < approval.refused
        李娜< leave.refused ~ /吴老师没有同意：明天考试/
        吴老师> [驳回]
        < approval.refused ~ 张伟 [写原因]
        张伟< leave.refused
        吴老师> [写原因]
        < approval.why
        吴老师> 人手不够
        < approval.explained
        张伟< approval.because ~ 人手不够
        吴老师> 待办
        < todo.none
        吴老师> 同意
        < approval.none
    """, **people)
    server.clock.to("2026-03-03T12:00")
    assert ("03 09", "absent") in states(server, "张伟")


def test_pending_is_neither_absent_nor_late_until_it_is_decided(klass):
    server, people = klass
    conversation(server, ASKED + "clock 2026-03-03T12:00", **people)
    assert states(server, "张伟")[-1] == ("03 09", "pending")
    conversation(server, """
        吴老师> 班情
        < digest ~ 请假待批：张伟
        吴老师> 驳回 1 没有证明
        < approval.refused
        张伟< leave.refused
    """, **people)
    assert states(server, "张伟")[-1] == ("03 09", "absent")


def test_withdrawn_and_stale_for_the_teacher(klass):
    server, people = klass
    conversation(server, ASKED + """
        张伟> 撤回
        < approval.withdrawn ~ 张伟
        吴老师> [同意]
        < approval.was_withdrawn
        张伟> 撤回
        < approval.nothing_asked
        张伟> 请假 明天上午 还是发烧
        < leave.asked ~ 已请 0 次
    """, **people)


def test_only_one_decides_and_the_other_is_told_who(serve):
    server = serve(classes=[Klass(people=[*Klass().people, ("t2", "郑老师", "带班老师")])])
    names = {n: join(server, n) for n in ("张伟", "吴老师", "郑老师")}
    conversation(server, ASKED + """
        郑老师< approval.ask
        郑老师> [同意]
        < approval.agreed
        张伟< leave.granted ~ 郑老师同意
        吴老师> [驳回]
        < approval.was_agreed ~ 郑老师已经同意
    """, **names)


def test_a_reminder_and_then_the_substitute(klass):
    server, people = klass
    conversation(server, ASKED + """
        孙主办> 待办
        < todo.none
        孙主办> 同意 1
        < approval.not_yet
        孙主办> 驳回 1 不行
        < approval.not_yet
        clock 2026-03-02T20:00
        吴老师< approval.still ~ 张伟 [同意]
        孙主办> 同意
        < approval.none
        clock 2026-03-03T08:00
        孙主办< approval.instead ~ 张伟
        孙主办> [同意]
        < approval.agreed
        张伟< leave.granted ~ 孙主办
    """, **people)


def test_coming_back_early(klass):
    server, people = klass
    conversation(server, """
        张伟> 请假 3月3日到3月4日 发烧
        张伟> [发送]
        吴老师> 同意
        < approval.agreed
        clock 2026-03-03T08:50
        吴老师> 开始签到
        < signin.opened ~ /(?P<code>\\d{6})/
        张伟> 签到 {code}
        < signin.ontime ~ 假已缩短
        张伟> 销假
        < leave.ended ~ /09:00–12:00.*13:30–16:30/
        吴老师< leave.came_back ~ 张伟
        张伟> 销假
        < leave.back_none
    """, **people)
    assert states(server, "张伟")[-1] == ("03 09", "present")
    assert server.db().execute("SELECT count(*) FROM leave_now").fetchone()[0] == 0


def test_what_cannot_be_asked_for(klass):
    server, people = klass
    conversation(server, """
        张伟> 请假 昨天 发烧
        < leave.refused ~ 已经过去
        张伟> 请假 3月20日 发烧
        < leave.refused ~ 就结束了
        张伟> 请假 周六 发烧
        < leave.refused ~ 就结束了
        张伟> 请假 2月30日
        < leave.impossible
        张伟> 取消
        < leave.dropped
        张伟> 请假
        < leave.when [店铺注册]
        张伟> [店铺注册]
        < leave.asked ~ 店铺注册
        张伟> 发烧
        < leave.asked ~ 原因：发烧
        张伟> [发送]
        < leave.asked ~ 已发给
        张伟> 请假 明天
        < leave.refused ~ 已经请过假
        clock 2026-03-02T09:30
        张伟> 请假 今天上午 闹钟没响
        < leave.refused ~ 已经开始
        吴老师> 请假 明天
        < not_allowed
        张伟> 我后天下午要请假，面试
        < leave.asked ~ /1 个半天.*13:30.*面试/
    """, **people)


def test_a_teacher_gives_leave_afterwards_and_takes_it_back(klass):
    server, people = klass
    conversation(server, """
        clock 2026-03-02T12:00
        吴老师> 补假 张伟 今天上午 住院
        < leave.excused ~ /张伟.*住院/ [撤销]
        张伟< leave.given ~ /吴老师给你补了假.*住院/
    """, **people)
    assert states(server, "张伟") == [("02 09", "leave")]
    assert states(server, "李娜") == [("02 09", "absent")]
    conversation(server, """
        吴老师> 补假 张伟 再补一次
        < leave.excuse_not
        吴老师> 撤销
        < correction.which [张伟]
        吴老师> [张伟]
        < correction.undone
        张伟< correction.undone_told ~ 补假
        吴老师> 补假 王小二 病了
        < who.unknown ~ 王小二
        吴老师> 补假
        < leave.excuse_how
    """, **people)
    assert states(server, "张伟") == [("02 09", "absent")]


def test_practical_training_needs_the_mentor_first(serve):
    server = serve(classes=[Klass(kind="practical", scheme="practical",
                                  sessions=[("2026-03-02", "08:00", "14:00", "早班"), ("2026-03-03", "08:00", "14:00", "早班"),
                                            ("2026-03-04", "08:00", "14:00", "早班")])])
    people = {n: join(server, n) for n in TEAM}
    conversation(server, """
        张伟> 请假 明天 家里有事
        < leave.asked ~ /1 个半天.*旷训/
        张伟> [发送]
        周导师< approval.ask ~ 张伟
        吴老师< nothing approval.*
        吴老师> 同意 1
        < approval.not_yours
        周导师> [同意]
        < approval.passed_on
        吴老师< approval.ask
        张伟< nothing leave.granted
        吴老师> 可以
        < approval.agreed
        张伟< leave.granted
        李娜> 请假 明天 想休息
        李娜> [发送]
        周导师> 驳回 2 不行
        李娜< leave.refused
        clock 2026-03-03T14:00
    """, **people)
    assert states(server, "张伟")[-1] == ("03 08", "leave")
    assert states(server, "李娜")[-1] == ("03 08", "truant")


def test_undoing_what_a_teacher_gave_brings_the_request_back(klass):
    server, people = klass
    conversation(server, ASKED + """
        clock 2026-03-03T12:30
        吴老师> 补假 张伟 3月3日上午 住院
        < leave.excused [撤销]
        吴老师> 待办
        < todo.none
        吴老师> 撤销
        吴老师> [张伟]
        < approval.ask ~ 张伟 请假：发烧
        < correction.undone
    """, **people)
    assert states(server, "张伟")[-1] == ("03 09", "pending")
    conversation(server, """
        吴老师> 同意 1
        < approval.agreed
        张伟< leave.granted
    """, **people)
    assert states(server, "张伟")[-1] == ("03 09", "leave")
