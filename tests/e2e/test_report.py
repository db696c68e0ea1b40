"""Weekly plans and reports: a form in chat, question by question or all at once."""

from harness import Klass, conversation, eventually, join

MONDAY = "2026-03-02"
TWO_WEEKS = [("2026-03-02", "09:00", "12:00", "平台介绍"), ("2026-03-04", "09:00", "12:00", "选品"),
             ("2026-03-09", "09:00", "12:00", "上架"), ("2026-03-13", "14:00", "17:00", "复盘")]


def people(server, *names):
    return {name: join(server, name) for name in names}


def two_weeks(serve):
    return serve(classes=[Klass(sessions=TWO_WEEKS)])


def test_question_by_question(serve):
    server = two_weeks(serve)
    conversation(server, """
        张伟> 周报
        < form.ask ~ 1/3 [取消]
        张伟> 店铺开好了
        < form.ask ~ 2/3 [跳过] [上一步] [取消]
        张伟> 跳过
        < form.ask ~ 3/3
        张伟> 上一步
        < form.ask ~ 2/3
        张伟> 类目审核不过
        < form.ask ~ 3/3
        张伟> 上十个产品
        < form.summary ~ 类目审核不过 [提交] [修改]
        张伟> [修改]
        < form.which
        张伟> [这周完成了什么]
        < form.ask ~ 1/3
        张伟> 店铺开好了，装修也做了
        < form.summary ~ 装修也做了 [提交]
        张伟> 1
        < report.done ~ 按时 [修改]
        张伟> 取消
        < dialog.nothing
    """, **people(server, "张伟"))


def test_all_in_one_message(serve):
    server = two_weeks(serve)
    conversation(server, """
        张伟> 周报 完成：开店，认证  问题：无 下周：上架
        < report.done ~ 开店，认证
        # 截止前只改一条，其余照旧
        张伟> 周报 完成: 开店，认证，装修
        < report.done ~ 上架
        陈静> 周报 完成: 只写了这一条
        < form.ask ~ 3/3
        陈静> 取消
        < form.cancelled
        李娜> /report done: shop opened next: ten products
        < report.done ~ shop opened
        王芳> 我要写周报 这周就是看了看后台
        < form.ask ~ 2/3
        王芳> 没有
        < form.ask ~ 3/3
        王芳> 下周继续
        < form.summary ~ 这周就是看了看后台
        王芳> 提交
        < report.done
    """, **people(server, "张伟", "李娜", "王芳", "陈静"))


def test_wrong_answers_say_what_to_type(serve):
    server = two_weeks(serve)
    conversation(server, """
        张伟> 周报
        < form.ask
        张伟> 跳过
        < form.wrong_needed
        张伟> ……
        < form.wrong_empty
        张伟> %s
        < form.wrong_long ~ 1000
        张伟> 完成了选品
        < form.ask ~ 2/3
    """ % ("长" * 1001), **people(server, "张伟"))


def test_a_command_goes_through_and_the_question_comes_back(serve):
    server = two_weeks(serve)
    conversation(server, """
        张伟> 周报
        < form.ask ~ 1/3
        张伟> 班级
        < form.ask ~ 2/3
        张伟> /help
        < help
        < form.ask ~ 2/3
        张伟> 签到 000000
        < signin.*
        < form.ask ~ 2/3
        # 选择题和汇总页不等文字，完整的命令直接通过
        张伟> 跳过
        < form.ask ~ 3/3
        张伟> 继续
        < form.summary
        张伟> 班级
        < classes.*
        < form.summary
    """, **people(server, "张伟"))


def test_the_draft_survives_a_restart_and_is_offered_after_a_pause(serve):
    server = two_weeks(serve)
    who = people(server, "张伟")
    conversation(server, """
        张伟> 周报
        < form.ask ~ 1/3
        张伟> 认证完成
        < form.ask ~ 2/3
    """, **who)
    server.restart(kill=True)
    conversation(server, """
        张伟> 没有问题
        < form.ask ~ 3/3
        clock +40m
        张伟> 班级
        < classes.*
        < dialog.offer [接着填] [不填了]
        张伟> 班级
        < classes.*
        < nothing
        张伟> 上十个产品吧
        < dialog.offer
        张伟> [接着填]
        < form.ask ~ 3/3
        张伟> 上十个产品吧
        < form.summary ~ 认证完成
        张伟> [提交]
        < report.done
    """, **who)


def test_a_draft_lies_below_what_is_asked_later(serve):
    server = two_weeks(serve)
    conversation(server, """
        张伟> 周报
        < form.ask ~ 周报（1/3）
        张伟> 店铺开好了
        < form.ask ~ 周报（2/3）
        张伟> /plan
        < form.ask ~ 周计划（1/3）
        张伟> 上十个产品
        < form.ask ~ 周计划（2/3）
        张伟> /report
        < form.ask ~ 周报（2/3）
        张伟> 无
        < form.ask ~ 周报（3/3）
        张伟> 继续
        < form.summary ~ 店铺开好了
        张伟> 1
        < report.done
        < form.ask ~ 周计划（2/3）
        张伟> /report
        < form.summary ~ 店铺开好了
        张伟> 取消
        < form.cancelled
        < form.ask ~ 周计划（2/3）
        张伟> 每天两个
        < form.ask ~ 周计划（3/3）
        张伟> 取消
        < form.cancelled
        < nothing
    """, **people(server, "张伟"))


def test_homework_handed_in_between(serve):
    server = serve(classes=[Klass(syllabus=[("速卖通平台介绍", "平台规则", "", "作业")])])
    conversation(server, """
        clock 2026-03-02T12:00
        吴老师> [按默认发布]
        张伟> 周报
        张伟> 店铺开好了
        < form.ask ~ 周报（2/3）
        张伟> <file a.png xx>
        < homework.*
        张伟> /submit 1
        < homework.bring
        张伟> 我的作业在这里
        < homework.*
        张伟> 完成
        < submit.ontime
        < form.ask ~ 周报（2/3）
        张伟> 没有问题
        < form.ask ~ 周报（3/3）
    """, **people(server, "张伟", "吴老师"))


def test_old_buttons_do_no_harm(serve):
    server = two_weeks(serve)
    zhang = join(server, "张伟")
    first = zhang.says("周报").last
    zhang.says("开店")
    assert first.press("取消").key in ("form.ask", "form.cancelled")
    zhang.says("取消")
    assert first.press("取消").key == "stale"


def test_due_times_reminders_and_the_digest(serve):
    server = two_weeks(serve)
    who = people(server, "张伟", "李娜", "周导师")
    conversation(server, """
        张伟> 周计划 目标：开店 安排：认证
        < plan.done ~ 按时
        clock 2026-03-02T14:00
        李娜< reminder.plan ~ 20:00 [写周计划]
        张伟< nothing reminder.plan
        clock 2026-03-03T10:00
        李娜> 周计划 目标：开店 安排：认证
        < plan.done ~ 迟交
        李娜> 周计划
        < plan.locked
        张伟> 周报 完成：开店 下周：上架
        < report.done ~ 按时
        clock 2026-03-08T14:00
        李娜< reminder.report ~ 20:00 [写周报]
        张伟< nothing reminder.report
        张伟> 周报
        < form.summary ~ 开店 [修改]
        张伟> 取消
        < form.cancelled
        周导师> 周报
        < report.week ~ 1/6
        周导师> 周报 张伟
        < report.of ~ 开店
        周导师> 周报 李娜
        < report.nothing_of
        clock 2026-03-08T20:00
        周导师< report.due ~ /已交 1.6，未交：李娜、王芳/
        clock 2026-03-09T09:00
        李娜> 周报 完成：补上 下周：上架
        < report.done ~ 第1周周报已收到，迟交
        李娜> 周报 完成：上架 下周：运营
        < report.done ~ 第2周周报已收到，按时
        # 最后一周：最后一次课开始前截止
        clock 2026-03-13T14:00
        张伟> 周报 完成：上架 下周：运营
        < report.done ~ 按时
        clock 2026-03-13T14:01
        张伟> 周报
        < report.locked
    """, **who)


def test_stuck(serve):
    server = two_weeks(serve)
    conversation(server, """
        张伟> 卡住了
        < blocked.how
        张伟> 卡住了 产品一直审核不过
        < blocked.taken ~ 产品一直审核不过 [已解决]
        周导师< blocked.told ~ 张伟 [已解决]
        周导师> [已解决]
        < blocked.closed ~ 产品一直审核不过
        张伟< blocked.closed_by ~ 周导师
        张伟> 周报 完成：开店 问题：物流太贵 下周：上架
        < report.done ~ 物流太贵
        张伟> 卡住了
        < blocked.open ~ 物流太贵 [第1个已解决]
    """, **people(server, "张伟", "周导师"))


def test_every_server_survives_hostile_answers(serve):
    server = two_weeks(serve)
    zhang = join(server, "张伟")
    zhang.says("周报")
    for text in ("'; DROP TABLE weekly; --", "{\"a\":1}", "%s%n", "\u202e反着", "😀😀😀"):
        assert zhang.says(text).key.startswith("form."), text
    eventually(lambda: server.get("/healthz").status_code == 200, 5, "health")


def test_no_problem_is_none(serve):
    server = two_weeks(serve)
    those = people(server, "张伟", "周导师")
    conversation(server, """
        张伟> 周报 完成：上架三款 问题：没有问题。 下周：选品
        < report.done
        周导师> 班情
        < digest
    """, **those)
    assert "没解决" not in those["周导师"].last.text


def test_what_was_planned_comes_back_in_the_report(serve):
    server = two_weeks(serve)
    those = people(server, "张伟", "李娜", "周导师")
    conversation(server, """
        张伟> 周计划 目标：开店 安排：1. 实名认证；2. 装修店铺；3. 拍主图
        < plan.done
        张伟> 周报 完成：认证 下周：上架
        < report.done
        < items.ask ~ /实名认证.*3 件/ [做完了] [顺延到下周] [不做了]
        张伟> [做完了]
        < items.all ~ ✅ 实名认证
        < items.ask ~ 装修店铺
        张伟> [顺延到下周]
        < items.all ~ ➡ 装修店铺（顺延）
        < items.ask ~ 拍主图
        张伟> [不做了]
        < items.why [取消]
        张伟> 供应商给图了
        < items.all ~ ✖ 拍主图（不做了：供应商给图了）
        < nothing
        周导师> 周计划 张伟
        < plan.of ~ /✅ 实名认证.*➡ 装修店铺/
        clock 2026-03-09T09:00
        张伟> 周计划
        < items.carried_here ~ 装修店铺（上周顺延）
        < form.ask ~ 1/3
        张伟> 取消
        张伟> 周计划 目标：上架 安排：上十个产品
        < items.carried_here
        < plan.done
        张伟> 周报 完成：上架 下周：运营
        < report.done
        < items.ask ~ /装修店铺.*2 件/
        # 最后一周没有下周可以顺延
        张伟> [做完了]
        < items.all ~ ✅ 装修店铺（上周顺延）
        < items.ask ~ 上十个产品 [做完了] [不做了]
        clock 2026-03-14T09:00
        张伟> [做完了]
        < items.all
    """, **those)
    for action in ("items:done:1", "items:carry:1", "items:drop:1", "items:done:x", "items:drop:"):
        assert those["李娜"].send(action=action).key == "stale", action


def test_a_mentor_answers_a_report_with_one_press(serve):
    server = two_weeks(serve)
    those = people(server, "张伟", "李娜", "周导师")
    conversation(server, """
        张伟> 周报 完成：开店 下周：上架
        < report.done
        周导师> 周报 张伟
        < report.of ~ 开店 [回复]
        周导师> [回复]
        < report.say ~ 张伟 [取消]
        周导师> 标题里加上关键词
        < report.answered ~ 张伟
        张伟< report.answer_of ~ /周导师.*标题里加上关键词/
    """, **those)
    for action in ("answer:to:1", "answer:to:x", "answer:to:99"):
        assert not those["李娜"].send(action=action).key.startswith("report."), action
