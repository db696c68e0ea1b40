"""The five-minute tour of the README, step by step, on the demo class."""

import pathlib

import pytest

from harness import conversation, join

DEMO = pathlib.Path(__file__).parents[2] / "config/classes/demo.yaml"


@pytest.fixture
def demo(serve):
    return serve(classes=[str(DEMO)])


def test_the_tour(demo):
    people = {"学员": join(demo, "李秀英"), "老师": join(demo, "方敏")}
    conversation(demo, """
        clock 2026-03-03T08:58
        老师> 开始签到
        < signin.opened ~ /(?P<code>\\d{6})/
        学员> 签到 {code}
        < signin.ontime ~ 准时
        老师> 未到
        < missing.list ~ 实到1
        学员> 请假 明天上午 发烧
        < leave.asked ~ /扣 ?5 ?分/
        学员> [发送]
        < leave.asked ~ 已发给老师
        老师> [同意]
        < approval.agreed
        学员< leave.granted
        clock 2026-03-05T20:15
        老师> [按默认发布]
        < homework.published
        学员> 交作业 1 三款帽子：https://shop.example/1
        < submit.ontime
        学员> 周报 完成：上架三款 问题：图片太大 下周：学广告
        < report.done
    """, **people)
    mentor = join(demo, "沈丽华")
    digest = mentor.says("班情")
    assert digest.key == "digest" and "作业1" in digest.text
    assert people["学员"].says("成绩").key == "marks.shown"
