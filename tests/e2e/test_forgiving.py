"""What people type is understood as they mean it, however they type it; nothing typed is a dead end."""

import pytest

from harness import Server, conversation, join

SIGNIN = ["签到 {c}", "签到{c}", "签到：{c}", "签到，{c}。", "签  到   {c}", "签 到 {c}", "  签到\t{c} ", "簽到 {c}", "/签到 {c}",
          "/signin {c}", "/SignIn {c}", "signin {c}", "sign in {c}", "打卡 {c}", "打卡{c}！", "签个到 {c}", "到 {c}", "到了{c}",
          "我来了 {c}", "我要签到 {c}", "请签到 {c}", "我想签到{c}", "我要打卡：{c}", "{c}", " {c} ", "{wide}", "签到　{wide}", "{c}。",
          "签到\n{c}", "【签到】{c}", "签到({c})", "签到 {half}", "“{c}”", "签到码是{c}"]
SAME = {
    "help": ["帮助", "/help", "菜单", "怎么用", "你好", "在吗", "？", "?", "help", "HELP", "幫助", "帮 助", "帮助！", "/帮助",
             "/start", "请帮助"],
    "today.list": ["今天", "/today", "today"],
    "timetable.list": ["课表", "/timetable", "课程表", "几点上课", "在哪上课", "課表", "我要课表", "课表？"],
    "timetable.tomorrow": ["明天上什么", "明天 上什么？"],
    "homework.list_empty": ["作业", "/homework", "我的作业", "作業", "homework"],
    "survey.none": ["问卷", "/survey", "评课", "满意度", "問卷"],
}


@pytest.fixture(scope="module")
def morning():
    with Server() as s:
        s.teacher, s.trainee = join(s, "吴老师"), join(s, "张伟")
        s.clock.to("2026-03-02T08:50")
        s.trainee.says(f"签到 {s.teacher.says('口令').code()}")
        yield s


@pytest.mark.parametrize("typed", SIGNIN)
def test_signing_in_however_it_is_typed(morning, typed):
    code = morning.teacher.says("口令").code()
    wide = "".join(chr(ord(c) + 0xFEE0) for c in code)
    replies = morning.trainee.says(typed.format(c=code, wide=wide, half=code[:3] + " " + code[3:]))
    assert replies.keys == ["signin.again"], replies


@pytest.mark.parametrize("key, typed", [(k, t) for k, texts in SAME.items() for t in texts])
def test_synonyms(morning, key, typed):
    assert morning.trainee.says(typed).key == key, morning.trainee.last


@pytest.mark.parametrize("typed", ["帮组", "asdf", "签到吧", "我的天", "12", "课", "成绩单", "???", "……", "你是谁", "签到 12345",
                                   "交作业", "/nosuchcommand", "/", "submit", "9" * 40])
def test_nothing_typed_is_a_dead_end(morning, typed):
    replies = morning.trainee.says(typed)
    assert replies and replies[0].text
    if replies.key == "unknown":
        labels = replies[0].labels
        assert labels and len(labels) == len(set(labels)), labels


@pytest.mark.parametrize("typed, meant", [("请价", "请假"), ("签道", "签到"), ("周抱", "周报")])
def test_of_what_is_equally_near_the_word_that_begins_alike_comes_first(morning, typed, meant):
    assert morning.trainee.says(typed)[0].labels[0] == meant


@pytest.mark.parametrize("typed", ["谢谢", "好的", "收到", "谢谢老师！", "OK", "ok"])
def test_thanks_are_left_alone(morning, typed):
    assert morning.trainee.says(typed) == []


def test_a_command_in_the_wrong_place_or_by_the_wrong_person(morning):
    for typed in ("开始签到", "未到", "口令", "结束签到"):
        replies = morning.trainee.says(typed)
        assert replies and replies.key not in ("signin.opened", "missing.list"), replies
    for typed in ("周报 完成：a 问题：b 下周：c", "/report"):
        replies = morning.trainee.says(typed, group="g1")
        assert replies == [] or "report.done" not in replies.keys, replies


def test_an_unbound_account_gets_help_and_nothing_else(morning):
    u = morning.person("stranger")
    for typed in ("签到 123456", "帮助", "作业", "asdf", "未到", "问卷结果"):
        assert u.says(typed).keys == ["help"], typed


def test_help_names_what_this_person_can_do(morning):
    trainee, teacher = morning.trainee.says("帮助"), morning.teacher.says("帮助")
    assert trainee.text != teacher.text and "签到" in trainee.text and "未到" in teacher.text
    assert trainee[0].buttons and teacher[0].buttons


def test_english_for_those_who_chose_it(morning):
    conversation(morning, """
        李娜> 加入 {code}
        < join.* ~ 李娜
        李娜> [是我]
        < join.welcome
        李娜> 语言 en
        < lang.set
        李娜> timetable
        < timetable.list ~ /[A-Za-z]/
        李娜> /lang zh-CN
        < lang.set
        李娜> 课表
        < timetable.list ~ 课表
        """, code=morning.invites()["李娜"]["code"])


def test_a_question_for_a_time_lets_commands_through(server):
    wei, wu = join(server, "张伟"), join(server, "吴老师")
    assert wei.says("我忘记签到了").key == "request.time"
    assert wei.says("课表").key.startswith("timetable")
    assert wei.says("老师好").key == "request.time_again"
    assert [r.key for r in wei.says("周计划")].count("form.ask") == 1
    assert wei.says("取消")[0].key == "form.cancelled"
    wei.says("取消")
    assert wei.says("我的分数怎么这么低").key == "marks.shown"


def test_help_is_short_and_the_rest_is_a_press_away(server):
    wei, wu = join(server, "张伟"), join(server, "吴老师")
    first = wu.says("帮助")
    assert len(first.text.splitlines()) <= 10 and "批改" not in first.text
    rest = first.press("更多")
    assert rest.key == "help_more.rest" and "通知 … — 发给全班" in rest.text and "周报 — 谁交了" in rest.text
    own = wei.says("帮助").press("更多")
    assert "批改" not in own.text and "周报 — 写本周总结" in own.text + wei.says("帮助").text
