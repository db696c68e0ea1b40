"""The class's group: tied by a teacher, one board that is edited, no names, personal matters in private."""

import pytest

from harness import Klass, eventually, join

PEOPLE = ("张伟", "李娜", "吴老师", "周导师", "孙主办")


@pytest.fixture
def klass(serve):
    server = serve()
    return server, {n: join(server, n) for n in PEOPLE}


def heard(server, group="g1"):
    """What the group heard, oldest first."""
    return server.get("/sandbox/messages", params={"to": group, "after": 0}).json()["messages"]


def keys(server, group="g1"):
    return [m["key"] for m in heard(server, group)]


def test_a_teacher_ties_the_group_and_the_board_is_edited(klass):
    server, people = klass
    teacher = people["吴老师"]
    assert people["张伟"].says("/group", group="g1").key == "not_allowed"
    assert teacher.says("本群").key == "group.how"
    tied = teacher.says("/group", group="g1")
    assert tied.key == "group.tied" and tied.last.to == "g1" and "个人的事请私聊我" in tied.text
    server.clock.to("2026-03-02T08:36")
    board = heard(server)[-1]
    assert board["key"] == "group.board" and "已到 0/6" in board["text"] and board["edits"] is None
    code = teacher.says("开始签到").code()
    people["张伟"].says(f"签到 {code}")
    edit = heard(server)[-1]
    assert edit["key"] == "group.board" and edit["edits"] == board["id"] and "已到 1/6" in edit["text"]
    people["李娜"].says(f"签到 {code}")
    assert "已到 1/6" in heard(server)[-1]["text"], "not two edits within seconds"
    server.clock.to("2026-03-02T08:37")
    assert "已到 2/6" in heard(server)[-1]["text"]
    server.clock.to("2026-03-02T12:00")
    last = heard(server)[-1]
    assert last["key"] == "group.closed" and "实到 2/6" in last["text"] and last["edits"]
    assert not any(name in m["text"] for m in heard(server) for name in ("张伟", "李娜", "王芳"))
    assert keys(server).count("group.closed") == 1


def test_personal_matters_are_answered_in_private_with_one_hint(klass):
    server, people = klass
    trainee, teacher = people["张伟"], people["吴老师"]
    server.clock.to("2026-03-02T08:50")
    first = trainee.says("周报 完成：a 问题：b 下周：c", group="g1")
    assert [(r.key, r.to) for r in first] == [("group.hint", "g1"), ("only_private", trainee.id)]
    again = trainee.says("/marks", group="g1")
    assert [(r.key, r.to) for r in again] == [("only_private", trainee.id)]
    code = teacher.says("开始签到").code()
    signed = trainee.says(f"/signin {code}", group="g1")
    assert [(r.key, r.to) for r in signed] == [("signin.ontime", trainee.id)]
    assert keys(server) == ["group.hint"]
    stranger = server.person("nobody")
    assert {r.to for r in stranger.says("/homework", group="g1")} == {"g1", "nobody"}
    assert stranger.says("你们吃了吗", group="g1") == []


def test_the_digest_for_the_group_is_a_choice_and_has_no_names(klass):
    server, people = klass
    teacher = people["吴老师"]
    tied = teacher.says("/group", group="g1")
    server.clock.to("2026-03-02T21:00")
    assert "brief.group" not in keys(server)
    assert people["张伟"].send(action=tied.last.button("小结")["action"], group="g1").key == "not_allowed"
    assert "小结" in tied.press("每晚也发小结", group="g1").text
    server.clock.to("2026-03-03T21:00")
    eventually(lambda: "brief.picture" in keys(server), what="the picture in the group")
    text = next(m["text"] for m in heard(server) if m["key"] == "brief.group")
    assert "到课率" in text and "实到0" in text and not any(n in text for n in ("张伟", "李娜", "王芳", "刘洋"))
    teacher.says("本群").press("不再发小结")
    server.clock.to("2026-03-04T21:00")
    assert keys(server).count("brief.group") == 1
    assert teacher.says("本群").press("和群解除").key == "group.untied"
    before = len(heard(server))
    server.clock.to("2026-03-05T21:00")
    assert len(heard(server)) == before


def test_who_teaches_two_classes_says_which(serve):
    boss = ("o1", "孙主办", "承办", "13800000001")
    server = serve(classes=[Klass(people=[("1", "张伟", "学员"), boss]),
                            Klass(id="second", title="第二班", people=[("1", "钱多", "学员"), boss])])
    boss = join(server, "孙主办")
    which = boss.says("/group", group="g2")
    assert which.key == "group.which" and set(which.last.labels) == {"速卖通就业班（测试）", "第二班"}
    assert "第二班" in which.press("第二班", group="g2").text
    server.clock.to("2026-03-02T12:00")
    assert keys(server, "g2").count("group.closed") == 1
    for args in ("", "999", "x"):
        assert boss.send(action=f"group:tie:{args}", group="g2").key == "stale"


def test_a_notice_is_heard_in_the_group_too(klass):
    server, people = klass
    people["吴老师"].says("/group", group="g1")
    server.clock.to("2026-03-02T10:00")
    people["吴老师"].says("通知 明天带身份证").press("发送")
    assert heard(server)[-1]["key"] == "notice.group" and "明天带身份证" in heard(server)[-1]["text"]


def test_on_telegram_the_board_is_one_message_that_changes(serve, telegram):
    server = serve(telegram=telegram)
    eventually(lambda: any("telegram.ready" in line for line in server.log()))
    teacher, group = telegram.user(), telegram.group()
    group.adds_bot(teacher)
    teacher.joins(server, "吴老师")
    teacher.says(f"/group@{telegram.me['username']}", group=group)
    telegram.hears(group, "这个群是")
    server.clock.to("2026-03-02T08:40")
    telegram.hears(group, "已到 0/6")
    zhang = join(server, "张伟")
    teacher.says("开始签到")
    code = teacher.hears("签到口令").text.split("：")[1][:6]
    zhang.says(f"签到 {code}")
    board = telegram.hears(group, "已到 1/6")
    server.clock.to("2026-03-02T12:00")
    closed = telegram.hears(group, "实到 1/6")
    assert closed.id == board.id and len([m for m in telegram.sent(group) if "签到" in m.text]) == 2
    group.kicks_bot(teacher)
    eventually(lambda: not server.db().execute("SELECT 1 FROM class WHERE group_chat IS NOT NULL").fetchall(), what="it is forgotten")


def test_a_robot_posts_once_at_the_start_and_once_at_the_close(serve, wecom):
    people = [("1", "张伟", "学员"), ("t1", "吴老师", "带班老师", "", "", "WuLaoshi")]
    server = serve(classes=[Klass(people=people, robot=wecom.robot_url(), group_digest="off")], wecom=wecom)
    server.clock.to("2026-03-02T08:40")
    wecom.eventually(lambda: wecom.robot_messages, what="the start")
    server.clock.to("2026-03-02T20:30")
    wecom.eventually(lambda: len(wecom.robot_messages) > 1, what="the close")
    server.settle()
    assert ["现在可以签到" in m[2] for m in wecom.robot_messages] == [True, False]
    assert "实到 0/1" in wecom.robot_messages[1][2] and "张伟" not in wecom.robot_messages[1][2]
