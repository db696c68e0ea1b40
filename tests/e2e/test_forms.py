"""Every kind of question, with limits and conditions: a report form of our own in place of the shipped one."""

import pathlib
import shutil

import pytest

from harness import Klass, conversation, join
from harness.server import TREE

FORM = """
id: report
title: {zh-CN: 周报, en: Report}
anonymous: false
questions:
  - {id: shop, kind: yesno, ask: {zh-CN: 店铺开了吗, en: Is the shop open}}
  - id: orders
    kind: number
    ask: {zh-CN: 有几单, en: How many orders}
    words: {zh-CN: [单数], en: [orders]}
    min: 0
    max: 500
    when: {question: shop, is: [1]}
  - {id: first, kind: date, ask: {zh-CN: 第一单是哪天, en: When was the first}, required: false,
     when: {question: shop, is: [1]}}
  - id: help
    kind: many
    ask: {zh-CN: 要哪些帮助, en: Which help}
    required: false
    max: 2
    options:
      - {value: 1, zh-CN: 选品, en: Products}
      - {value: 2, zh-CN: 物流, en: Shipping}
      - {value: 3, zh-CN: 广告, en: Ads}
  - {id: which, kind: text, ask: {zh-CN: 哪家物流, en: Which carrier}, min: 2, max: 20, when: {question: help, is: [2]}}
  - {id: mood, kind: scale, ask: {zh-CN: 心情几分, en: Mood}, min: 0, max: 5}
  - {id: proof, kind: file, ask: {zh-CN: 发一张截图, en: A screenshot}, required: false, max: 2}
"""


@pytest.fixture
def server(serve, tmp_path):
    share = tmp_path / "share"
    for part in ("locales", "web", "config"):
        shutil.copytree(TREE / part, share / part)
    pathlib.Path(share / "config/forms/report.yaml").write_text(FORM, encoding="utf-8")
    return serve(share_dir=share, classes=[Klass()])


def test_every_kind(server):
    conversation(server, """
        张伟> 周报
        < form.ask ~ 店铺开了吗 [是] [否] [取消]
        张伟> 7
        < form.wrong_choice
        张伟> 是
        < form.ask ~ 有几单 [上一步]
        张伟> 好多
        < form.wrong_number
        张伟> 501
        < form.wrong_range ~ 0–500
        张伟> 十二单
        < form.ask ~ 哪天 [跳过]
        张伟> 前几天吧
        < form.wrong_date
        张伟> 3月1日
        < form.ask ~ 要哪些帮助 [选品] [物流] [广告] [完成] [跳过]
        张伟> 1
        < form.ask [✓ 选品]
        张伟> 物流
        < form.ask [✓ 选品] [✓ 物流]
        张伟> 广告
        < form.ask [✓ 广告]
        张伟> 完成
        < form.wrong_many ~ 2
        张伟> 选品
        < form.ask [✓ 物流] [✓ 广告]
        张伟> [完成]
        < form.ask ~ 哪家物流
        张伟> 顺
        < form.wrong_short ~ 2
        张伟> 顺丰
        < form.ask ~ 心情几分 [0] [5]
        张伟> 0
        < form.ask ~ 截图 [完成] [跳过]
        张伟> 我没有截图
        < form.wrong_file
        张伟> <file a.png xx>
        < form.ask ~ 截图
        张伟> 完成
        < form.summary ~ /→ 是.*→ 12.*→ 2026-03-01.*→ 物流、广告.*→ 顺丰.*→ 0.*→ 1 个文件/
        张伟> [提交]
        < report.done
    """, 张伟=join(server, "张伟"))


def test_what_no_condition_asks_for_is_not_kept(server):
    conversation(server, """
        张伟> 周报
        张伟> 是
        张伟> 3
        < form.ask ~ 哪天
        张伟> 上一步
        < form.ask ~ 有几单
        张伟> 上一步
        < form.ask ~ 店铺开了吗
        张伟> 否
        < form.ask ~ 要哪些帮助
        张伟> 完成
        < form.ask ~ 心情几分
        张伟> 上一步
        < form.ask ~ 要哪些帮助
        张伟> 跳过
        < form.ask ~ 心情几分
        张伟> 5
        < form.ask ~ 截图
        张伟> 跳过
        < form.summary
        张伟> 提交
        < report.done ~ /店铺开了吗\\n→ 否\\n要哪些帮助\\n→ （无）\\n心情几分\\n→ 5/
    """, 张伟=join(server, "张伟"))
    with server.db() as db:
        assert "orders" not in db.execute("SELECT answers FROM weekly").fetchone()[0]


def test_a_form_that_is_no_form_any_more(server, tmp_path):
    zhang = join(server, "张伟")
    form = tmp_path / "share/config/forms/report.yaml"
    zhang.says("周报")
    form.write_text("id: report\n", encoding="utf-8")
    assert zhang.says("是").key == "form.ask"
    server.hangup()
    conversation(server, """
        张伟> 取消
        < form.cancelled
        张伟> 周报
        < form.*
    """, 张伟=zhang)
    assert server.get("/healthz").status_code == 200
    form.write_text(FORM, encoding="utf-8")
    assert zhang.says("周报").key == "form.ask"


def test_a_survey_must_be_anonymous(serve):
    server = serve(classes=[Klass(survey="report")], start=False)
    done = server.run("check", check=False)
    assert done.returncode == 1 and 'the form "report" is not anonymous' in done.stdout, done.stdout
