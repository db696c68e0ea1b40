"""The rulebook's arithmetic by further vectors, through the real binary: the ladder by the second, the limits, the total."""

import pytest

from harness import Klass, conversation, join

PEOPLE = [("1", "张三", "学员"), ("2", "李四", "学员"), ("m1", "周导师", "导师"), ("t1", "吴老师", "带班老师")]
DAYS = [("2026-03-02", "09:00", "12:00", "一"), ("2026-03-03", "09:00", "12:00", "二"), ("2026-03-04", "09:00", "12:00", "三"),
        ("2026-03-05", "09:00", "12:00", "四")]
NINE = 1772413200  # 2026-03-02T09:00+08:00


@pytest.mark.parametrize("seconds, said, cost, state", [
    (-1, "准时", 0, "present"), (0, "准时", 0, "present"), (1, "迟到1分钟", 1, "late"), (59, "迟到1分钟", 1, "late"),
    (600, "迟到10分钟", 1, "late"), (601, "迟到11分钟", 2, "late"), (1800, "迟到30分钟", 3, "late"), (1801, "迟到31分钟", 4, "late"),
    (3599, "迟到60分钟", 6, "late"), (3600, "迟到60分钟", 6, "late"), (3601, "扣7分", 7, "absent")])
def test_the_second_telegram_gives_is_the_one_that_counts(serve, telegram, seconds, said, cost, state):
    server = serve(classes=[Klass(people=PEOPLE, sessions=DAYS)], telegram=telegram)
    teacher = join(server, "吴老师")
    user = telegram.user()
    user.joins(server, "张三")
    user.hears("欢迎")
    server.clock.to("2026-03-02T08:58:00")
    if seconds > 60:
        server.clock.to(f"+{seconds + 115}s")
    code = teacher.says("口令").code()
    server.clock.to("+125s")
    user.says("签到 " + code, date=NINE + seconds)
    user.hears(said)
    assert tuple(server.db().execute("SELECT state, points FROM attendance").fetchone()) == (state, cost)


INDICATORS = [("目标进度", "90/120", "11.3/15"), ("总销售额", "1/3", "5/15"), ("单品销售额", "0/5", "0/10"),
              ("销售增长", "300/100", "10/10"), ("动销率", "1/3", "3.3/10"), ("转化率", "2/3", "6.7/10"), ("好评率", "95/96", "5.9/6"),
              ("退货率", "0/5", "6/6"), ("账号健康", "1/8", "0.8/6"), ("新品数", "7/6", "6/6"), ("团队稳定", "5/7", "4.3/6")]


def test_eleven_indicators_and_their_exact_sum(serve):
    server = serve(classes=[Klass(people=PEOPLE, sessions=DAYS, kind="startup", scheme="startup")])
    mentor, trainee = join(server, "周导师"), join(server, "张三")
    for title, given, _ in INDICATORS:
        assert mentor.says(f"评分 张三 {title} {given}").key == "mark.indicator", title
    text = trainee.says("成绩").text
    for title, given, score in INDICATORS:
        assert f"{title} {score}：2026-03 {given}" in text, text
    assert "企业部分 59.2/100" in text  # 11.25+5+0+10+10/3+20/3+5.9375+6+0.75+6+30/7
    mentor.says("评分 张三 退货率 7/5")
    assert "退货率 4.3/6" in trainee.says("成绩").text
    mentor.says("评分 张三 退货率 2/5")
    assert "退货率 6/6" in trainee.says("成绩").text


TEAMS = [("1", "张三", "学员", "", "甲"), ("2", "李四", "学员", "", "乙"), ("3", "王五", "学员", "", "丙"),
         ("4", "赵六", "学员", "", "丁"), ("5", "钱七", "学员", "", "甲"), ("m1", "周导师", "导师"), ("t1", "吴老师", "带班老师"),
         ("s1", "郑带队", "带队老师")]
SHIFTS = [(f"2026-03-0{d}", "08:00", "14:00", f"早班{d}") for d in (3, 4, 5, 6)]


def test_shifts_prizes_and_who_left(serve):
    server = serve(classes=[Klass(people=TEAMS, sessions=SHIFTS, kind="practical", scheme="practical")])
    people = {p[1]: join(server, p[1]) for p in TEAMS if p[1] != "赵六"}
    spoken = "\n吴老师> 口令\n< signin.spoken ~ /(?P<code>[0-9]{6})/\n"
    conversation(server, "clock 2026-03-03T07:55" + spoken + """
        张三> 签到 {code}
        李四> 签到 {code}
        clock 2026-03-03T08:10:01
        """ + spoken + """
        王五> 签到 {code}
        < signin.late ~ 迟到11分钟
        钱七> 请假 明天 休息
        钱七> [发送]
        周导师> 同意
        吴老师> 同意
        < approval.agreed
        clock 2026-03-04T08:59
        """ + spoken + """
        张三> 签到 {code}
        clock 2026-03-04T09:00:01
        """ + spoken + """
        王五> 签到 {code}
        < signin.late ~ 缺勤
        clock 2026-03-06T15:00
        # 10 × (1 + 0.4) ÷ 4; 10 × 1 ÷ 4; 10 × 0.8 ÷ 4; 批准的休息不算应到: 10 × 0 ÷ 3
        张三> 成绩
        < marks.shown ~ /出勤 3.5.10：3月4日上午迟到59分钟 −0.6；3月5日上午旷训/
        李四> 成绩
        < marks.shown ~ 出勤 2.5/10
        王五> 成绩
        < marks.shown ~ 出勤 2/10
        钱七> 成绩
        < marks.shown ~ 出勤 0/10
        周导师> 周评 指标 张三20 李四25 王五20 赵六25 钱七30
        周导师> 小组
        # 三组并列第一，分前三名的奖金
        < team.list ~ /第1名 甲.*1500 元.*第1名 乙.*1500 元.*第1名 丁.*1500 元.*第4名 丙.*500 元/
        周导师> 劝退 钱七 违反纪律
        周导师> [确认提交]
        吴老师> 同意
        李四> 退班 家里有事
        李四> [确认提交]
        吴老师> 同意
        周导师> 同意
        周导师> 小组
        < team.list ~ /退出 2.5，40%；不算企业退回的 20%/
    """, **people)


def marked(server, people, plans, help):
    """张三 in time everywhere, with these weekly marks of 计划 and this one of 互助; what 成绩 shows."""
    teacher, trainee, mentor = people["吴老师"], people["张三"], people["周导师"]
    for day in ("02", "09"):
        server.clock.to(f"2026-03-{day}T08:50")
        trainee.says("签到 " + teacher.says("口令").code())
        trainee.says("周计划 目标：开店 安排：上架")
    server.clock.to("2026-03-09T12:30")
    for week, plan in enumerate(plans, 1):
        assert mentor.says(f"评分 张三 第{week}周 计划 {plan}").key == "mark.done"
    for item, points in (("推进", 20), ("问题", 10), ("互助", help)):
        if points is not None:
            assert mentor.says(f"评分 张三 {item} {points}").key == "mark.done"
    return trainee.says("成绩").text


@pytest.mark.parametrize("plans, help, total, result", [
    (("10", "9.9"), 0, "80", "合格"), (("9.9", "9.8"), 0, "79.9", "不合格"), (("9.9", "10"), 0, "80", "合格"),
    (("9.8", "10"), 0, "79.9", "不合格"), (("10", "10"), None, "80", "还有1项待评")])
def test_the_total_is_rounded_half_up_and_compared_as_shown(serve, plans, help, total, result):
    server = serve(classes=[Klass(people=PEOPLE, sessions=[DAYS[0], ("2026-03-09", "09:00", "12:00", "末")])])
    text = marked(server, {n: join(server, n) for n in ("张三", "周导师", "吴老师")}, plans, help)
    assert f"合计 {total}/100" in text and (f"结果：{result}" in text or result in text and "结果：" not in text), text


@pytest.mark.parametrize("said, sittings, reason", [
    ("请假 明天 病假", ["明天"], "病假"), ("病假 明天", ["明天"], "病假"), ("请假 3月4日 事假", ["3月4日"], "事假"),
    ("请假 今天 明天 发烧", ["今天", "明天"], "发烧"), ("我明天请假一天", ["明天"], None), ("三月四号来不了 家里有事", ["3月4日"], "家里有事"),
    ("请假 3/3-3/5 婚假", ["明天", "3月4日", "3月5日"], "婚假"), ("请假 后天全天 搬家", ["3月4日"], "搬家")])
def test_leave_as_people_type_it(serve, said, sittings, reason):
    server = serve(classes=[Klass(people=PEOPLE, sessions=DAYS)])
    text = join(server, "张三").says(said).text
    assert f"请假 {len(sittings)} 个半天" in text and all(s in text for s in sittings), text
    assert (f"原因：{reason}\n" in text or reason in text) if reason else "没写" in text, text


def test_holidays_are_times_and_a_kind_of_leave_is_a_reason(serve):
    server = serve(classes=[Klass(people=PEOPLE, sessions=DAYS + [("2026-04-06", "09:00", "12:00", "补课")])])
    conversation(server, """
        张三> 请假 元旦
        < leave.refused ~ 4月6日
        张三> 请假 清明节 回家
        < leave.asked ~ /1 个半天.*4月6日.*原因：回家/
        张三> 取消
        张三> 病假
        < leave.when [明天 09:00 二]
        张三> [明天 09:00 二]
        < leave.asked ~ 原因：病假
    """, 张三=join(server, "张三"))


@pytest.mark.parametrize("said, became", [
    ("推迟 30分钟", "09:30–12:00"), ("推迟 半小时 堵车", "09:30–12:00（堵车）"), ("推迟 一个半小时", "10:30–12:00"),
    ("推迟到九点半 停电", "09:30–12:00（停电）"), ("推迟 明天 20分钟 讲师晚点", "09:20–12:00（讲师晚点）"), ("/delay 45 min", "09:45–12:00"),
    ("提前下课 半小时", "09:00–11:30"), ("提前下课 11:20 停水", "09:00–11:20（停水）")])
def test_so_much_later_or_earlier(serve, said, became):
    server = serve(classes=[Klass(people=PEOPLE, sessions=DAYS)])
    asked = join(server, "吴老师").says(said)
    assert asked.key == "sittings.ask" and became in asked.text.replace("今天 ", "").replace("明天 ", ""), asked
