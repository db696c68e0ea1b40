"""卡住了: a problem is a thing with an age, which somebody sees, answers, closes, or hears of too late."""

from harness import Klass, conversation, join

# A Thursday and two Fridays.
SESSIONS = [("2026-03-05", "09:00", "12:00", "选品"), ("2026-03-06", "09:00", "12:00", "上架"),
            ("2026-03-13", "09:00", "12:00", "复盘")]


def start(serve, *names):
    server = serve(classes=[Klass(sessions=SESSIONS)])
    server.clock.to("2026-03-05T08:00")
    return server, {name: join(server, name) for name in names}


def test_seen_answered_and_closed_by_the_trainee(serve):
    server, people = start(serve, "张伟", "周导师", "吴老师")
    conversation(server, """
        张伟> 卡住了 产品一直审核不过
        < blocked.taken ~ 产品一直审核不过 [已解决]
        周导师< blocked.told ~ 张伟 [回复] [看到了] [已解决]
        吴老师< nothing blocked.*
        周导师> [看到了]
        < blocked.acked ~ 产品一直审核不过 [回复]
        张伟< blocked.seen_by ~ 周导师看到了
        周导师> [回复]
        < blocked.say ~ 张伟 [取消]
        周导师> ……
        < form.wrong_empty
        周导师> 主图去掉水印再提交
        < blocked.answered ~ 主图去掉水印
        张伟< blocked.answer_of ~ 主图去掉水印再提交 [解决了] [还没解决]
        张伟> [还没解决]
        < blocked.again
        周导师< blocked.told ~ 产品一直审核不过
        clock 2026-03-06T07:30
        张伟> 卡住了
        < blocked.open ~ /1天 · 已看到，还没回：产品一直审核不过/
        张伟> [第1个已解决]
        < blocked.closed
        周导师> [回复]
        < blocked.was_closed
        周导师> 卡住了
        < blocked.nobody
        # 解决了就不再惊动别人
        clock 2026-03-11T12:00
        吴老师< nothing blocked.*
    """, **people)


def test_unanswered_it_goes_to_the_duty_teacher_then_the_organiser_over_a_weekend(serve):
    server, people = start(serve, "张伟", "周导师", "吴老师", "孙主办")
    conversation(server, """
        clock 2026-03-06T10:00
        张伟> 卡住了 物流模板不会设
        周导师< blocked.told
        周导师> [看到了]
        clock 2026-03-09T09:59
        吴老师< nothing blocked.*
        clock 2026-03-09T10:00
        吴老师< blocked.raised ~ /张伟.*没人回答.*\\n3天 · 已看到，还没回：物流模板不会设/ [回复]
        孙主办< nothing blocked.*
        clock 2026-03-10T10:00
        孙主办< blocked.raised ~ 物流模板不会设
        clock 2026-03-12T10:00
        吴老师< nothing blocked.*
        孙主办< nothing blocked.*
        吴老师> [回复]
        < blocked.say
        吴老师> 我下午到你座位上看
        < blocked.answered
        张伟< blocked.answer_of ~ 吴老师
        张伟> [解决了]
        < blocked.closed
    """, **people)


def test_holidays_and_made_up_workdays_count_as_the_state_council_says(serve):
    # 2026-05-01 (五) – 05-05 放假，05-09 (六) 上班
    server, people = start(serve, "张伟", "周导师", "吴老师", "孙主办")
    conversation(server, """
        clock 2026-04-30T15:00
        张伟> 卡住了 店铺被限流
        周导师< blocked.told
        clock 2026-05-06T14:59
        吴老师< nothing blocked.*
        clock 2026-05-06T15:00
        吴老师< blocked.raised
    """, **people)
    conversation(server, """
        clock 2026-05-07T15:00
        孙主办< blocked.raised
        clock 2026-05-08T16:00
        张伟> 卡住了 广告开不了
        周导师< blocked.told ~ 广告开不了
        clock 2026-05-09T15:59
        吴老师< nothing blocked.*
        clock 2026-05-09T16:00
        吴老师< blocked.raised ~ 广告开不了
    """, **people)


def test_nobody_is_woken_at_night(serve):
    server, people = start(serve, "张伟", "周导师")
    conversation(server, """
        clock 2026-03-05T22:30
        张伟> 卡住了 后台进不去
        < blocked.taken
        周导师< nothing blocked.*
        clock 2026-03-06T06:59
        周导师< nothing blocked.*
        clock 2026-03-06T07:00
        周导师< blocked.told ~ 后台进不去
        # 天亮前自己解决了，就谁也不说
        clock 2026-03-06T23:10
        张伟> 卡住了 手机号换了
        张伟> [已解决]
        < blocked.closed
        clock 2026-03-09T12:00
        周导师< nothing blocked.*
    """, **people)


def test_named_in_a_report_it_is_told_changed_and_withdrawn(serve):
    server, people = start(serve, "张伟", "李娜", "周导师")
    conversation(server, """
        张伟> 周报 完成：开店 问题：物流太贵 下周：上架
        < report.done ~ 物流太贵
        周导师< blocked.told ~ 物流太贵
        李娜> 卡住了 不会拍照
        周导师< blocked.told ~ 不会拍照
        周导师> 卡住了
        < blocked.list ~ /2 个.*\\n1. 张伟 今天 · 还没人回：物流太贵\\n2. 李娜/ [回复1] [第1个已解决] [回复2]
        周导师> 班情
        < digest ~ /卡住\\n张伟 今天 · 还没人回：物流太贵\\n李娜/
        # 改了写法还是同一个问题，不再说一遍
        张伟> 周报 问题：物流太贵而且慢
        < report.done
        周导师< nothing blocked.*
        周导师> 卡住了 张伟
        < blocked.list ~ /1 个.*物流太贵而且慢/
        张伟> 周报 问题：没有
        < report.done
        周导师> 卡住了
        < blocked.list ~ /1 个.*不会拍照/
        周导师> [第1个已解决]
        < blocked.closed
        李娜< blocked.closed_by ~ 周导师 [还没解决]
    """, **people)


def test_a_long_list_is_leafed_through(serve):
    names = ["张伟", "李娜", "王芳", "刘洋", "陈静", "杨帆"]
    server, people = start(serve, *names, "周导师")
    for name in names:
        people[name].says(f"卡住了 {name}的问题")
    conversation(server, """
        周导师> 卡住了
        < blocked.list ~ 6 个 [回复5] [更多]
        周导师> [更多]
        < blocked.list ~ 6. 杨帆 [回复6]
        张伟> 卡住了 '; DROP TABLE blocker; --
        < blocked.taken
        周导师> 班情
        < digest ~ 还有 4 条
    """, **people)


def test_strangers_and_other_trainees_change_nothing(serve):
    server, people = start(serve, "张伟", "李娜", "周导师")
    people["张伟"].says("卡住了 密码忘了")
    for action in ("blocked:close:1", "blocked:answer:1", "blocked:seen:1", "blocked:again:1", "blocked:close:x",
                   "blocked:answer:99999999999999999999"):
        people["李娜"].send(action=action)
    assert "密码忘了" in people["张伟"].says("卡住了").last.text
