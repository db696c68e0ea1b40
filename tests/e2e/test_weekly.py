"""A week's plan and report in hand: ticked off first, with voice, read one after the other, due as the scheme says."""

import pathlib

from harness import Klass, conversation, join

TREE = pathlib.Path(__file__).resolve().parents[2]
TWO_WEEKS = [("2026-03-02", "09:00", "12:00", "平台介绍"), ("2026-03-04", "09:00", "12:00", "选品"),
             ("2026-03-09", "09:00", "12:00", "上架"), ("2026-03-13", "14:00", "17:00", "复盘")]


def two_weeks(serve):
    return serve(classes=[Klass(sessions=TWO_WEEKS)])


def people(server, *names):
    return {name: join(server, name) for name in names}


def test_the_plan_is_ticked_off_before_the_report_is_written(serve):
    server = two_weeks(serve)
    conversation(server, """
        张伟> 周计划 目标：开店 安排：1. 实名认证；2. 装修店铺
        < plan.done
        张伟> 周报
        < items.ask ~ 实名认证 [做完了] [顺延到下周] [不做了] [先写周报]
        < nothing
        张伟> [做完了]
        < items.all ~ ✅ 实名认证
        < items.ask ~ 装修店铺
        张伟> [不做了]
        < items.why
        张伟> 老师说先不装修
        < items.all ~ 老师说先不装修
        < form.ask ~ 1/3
        张伟> 认证做完了
        < form.ask ~ 2/3
        张伟> 跳过
        张伟> 上架
        < form.summary
        张伟> [提交]
        < report.done
        < nothing
        李娜> 周计划 目标：开店 安排：拍主图
        < plan.done
        李娜> 周报
        < items.ask ~ 拍主图
        李娜> [先写周报]
        < form.ask ~ 1/3
        李娜> 还没动手
        李娜> 跳过
        李娜> 下周拍
        李娜> [提交]
        < report.done
        < items.ask ~ 拍主图 [顺延到下周]
        李娜> [顺延到下周]
        < items.all ~ ➡ 拍主图
        < nothing
    """, **people(server, "张伟", "李娜"))


def test_the_digest_leads_from_report_to_report(serve):
    server = two_weeks(serve)
    those = people(server, "张伟", "李娜", "周导师", "孙主办")
    conversation(server, """
        张伟> 周报 完成：开店 下周：上架
        < report.done
        李娜> 周报 完成：选品 下周：拍图
        < report.done
        周导师> 班情
        < digest ~ 第1周计划 [看周报（2份没回复）]
        周导师> [看周报（2份]
        < report.week ~ 已交 2/6 [张伟] [李娜]
        周导师> [张伟]
        < report.of ~ 开店 [回复] [下一份：李娜]
        周导师> [回复]
        < report.say ~ 张伟
        周导师> 开得快
        < report.answered ~ 开得快 [下一份：李娜]
        张伟< report.answer_of ~ 开得快
        周导师> [下一份：李娜]
        < report.of ~ 选品 [回复]
        周导师> 周报
        < report.week [李娜] [✓ 张伟]
        # 改过的要再看
        张伟> 周报 完成：开店和装修
        < report.done
        周导师> 周报
        < report.week [张伟]
        clock 2026-03-08T20:00
        周导师< report.due ~ 已交 2/6 [看周报（2份没回复）]
    """, **those)
    for action in ("report:list:0:1:1", "report:read:1", "report:read:x", "report:list:0:9:1", "report:list:0", "report:list:0:1:0"):
        assert not those["张伟"].send(action=action).key.startswith("report."), action


def test_voice_goes_with_what_is_being_written(serve):
    server = two_weeks(serve)
    those = people(server, "张伟", "李娜", "周导师")
    ogg = b"OggS" + bytes(60)
    zhang, mentor = those["张伟"], those["周导师"]
    zhang.says("周报")
    said = zhang.sends_file("voice.ogg", ogg, "audio/ogg")
    assert said.keys == ["report.attached"] and "1个附件" in said.text
    for text in ("店铺开好了", "没有", "上架"):
        zhang.says(text)
    said = zhang.says("提交")
    assert said[0].key == "report.done" and "附件1个" in said[0].text
    shown = mentor.says("周报 张伟")
    assert "附件1个" in shown.text and shown[0].file() == ogg
    for n in range(4):
        zhang.says("周报")
        said = zhang.sends_file("voice.ogg", ogg + bytes([n]), "audio/ogg")
    assert said.key == "report.attach_full"
    # 取消了就不算
    li = those["李娜"]
    li.says("周报")
    assert li.sends_file("voice.ogg", ogg, "audio/ogg").keys == ["report.attached"]
    li.says("取消")
    said = li.says("周报 完成：选品 下周：上架")
    assert said[0].key == "report.done" and "附件" not in said[0].text


def test_when_they_are_due_is_the_schemes(serve):
    server = two_weeks(serve)
    text = (TREE / "config/schemes/employment.yaml").read_text(encoding="utf-8")
    new = server.dir / "early.yaml"
    new.write_text(text.replace('plan: "20:00"', 'plan: "12:30"').replace("plan_day: first", "plan_day: tuesday")
                   .replace('report: "20:00"', 'report: "18:00"').replace("report_day: sunday", "report_day: friday"),
                   encoding="utf-8")
    server.run("scheme", "apply", "demo", new)
    conversation(server, """
        张伟> 周计划 目标：开店 安排：认证
        < plan.done ~ 明天 12:30
        张伟> 周报 完成：认证 下周：上架
        < report.done ~ /3月6日 .*18:00/
        clock 2026-03-07T09:00
        李娜> 周报 完成：认证 下周：上架
        < report.done ~ 迟交
    """, **people(server, "张伟", "李娜"))
