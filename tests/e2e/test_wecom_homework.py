"""WeCom at work: homework with voice, photos and media that die, marking, notices, and a digest with more buttons than a
card takes, against a fake that refuses what WeCom refuses."""

import hashlib

import pytest

from harness import eventually
from harness.homework import ONE_THEME
from harness.klass import Klass
from harness.telegram_people import PNG

PEOPLE = [("1", "张伟", "学员", "", "", "ZhangWei"), ("2", "李娜", "学员", "", "", "lina"),
          ("t1", "吴老师", "带班老师", "", "", "WuLaoshi"), ("m1", "周导师", "导师", "", "", "ZhouDaoshi")]


@pytest.fixture
def klass(serve, wecom):
    """Homework 1 is open; bot, teacher, two trainees."""
    bot = serve(classes=[Klass(people=PEOPLE, syllabus=ONE_THEME)], wecom=wecom)
    wu, zhang, li = wecom.user("WuLaoshi", "吴老师"), wecom.user("ZhangWei", "张伟"), wecom.user("lina", "李娜")
    bot.clock.to("2026-03-02T12:00:00+08:00")
    wu.presses("按默认发布")
    zhang.hears("新作业")
    return bot, wu, zhang, li


def lies_here(bot, data):
    sha = hashlib.sha256(data).hexdigest()
    return (bot.data_dir / "files" / sha[:2] / sha).exists()


def test_voice_and_several_photos_are_one_hand_in_and_what_failed_once_is_fetched_again(klass, wecom):
    bot, wu, zhang, li = klass
    zhang.presses("交作业")
    zhang.hears("发完点")
    wecom.errcode(-1, next=1, method="media/get")  # busy once
    zhang.sends_voice()
    zhang.hears("1 个文件")
    photos = [PNG + bytes([n]) * 9 for n in range(3)]
    for photo in photos:
        zhang.sends_photo(photo)
    zhang.hears("4 个文件")
    eventually(lambda: all(lies_here(bot, p) for p in photos), what="the photos are fetched")
    eventually(lambda: lies_here(bot, b"#!AMR\n" + b"\0" * 40), 20, what="the voice is, too")
    zhang.presses("交好了")
    zhang.hears("4 个文件")
    assert not wecom.lost()


def test_photos_out_of_the_blue_of_which_one_died(klass, wecom):
    bot, wu, zhang, li = klass
    wecom.errcode(40007, next=1, method="media/get")
    zhang.sends_photo(PNG + b"first")
    zhang.hears("没能取到")
    zhang.sends_photo(PNG + b"second")
    eventually(lambda: lies_here(bot, PNG + b"second"))
    zhang.presses("作业1《")
    zhang.hears("按时交了")
    wu.says("批改 1")
    assert "张伟" in wu.hears("1 个没能取到").text


def test_marking_by_the_numbers_below_the_text(klass, wecom):
    bot, wu, zhang, li = klass
    shop = PNG + b"my shop window"
    zhang.says("交作业 1 三款帽子，图片和价格都写好了")
    zhang.hears("按时交了")
    li.presses("交作业")
    li.hears("发完点")
    li.sends_photo(shop)
    li.hears("1 个文件")
    eventually(lambda: lies_here(bot, shop))
    li.presses("交好了")
    li.hears("按时交了")
    wu.says("批改 1")
    first = wu.hears("三款帽子")
    assert "1. 100 分" in first.text and not first.buttons, "eight buttons are more than a card takes"
    wu.says("2")
    zhang.hears("90 分")
    wu.hears("李娜")
    wecom.eventually(lambda: [d for d in wecom.sent(wu) if d.kind == "image"], what="the photo comes with it")
    wu.says("退回")
    wu.says("退回 1 李娜 图片看不清，请重拍")
    wu.hears("退回了")
    li.hears("图片看不清")
    assert not wecom.lost()


def test_a_notice_is_sent_and_read_by_cards(klass, wecom):
    bot, wu, zhang, li = klass
    wu.says("通知 明天上课请带身份证")
    wu.sends_photo(PNG + b"seats")
    wu.hears("附 1 个文件")
    eventually(lambda: bot.db().execute("SELECT min(state) FROM file").fetchone()[0] == 1, what="the picture has come")
    wu.presses("发送")
    wu.hears("已发给 2 人")
    zhang.hears("明天上课请带身份证")
    wecom.eventually(lambda: [d for d in wecom.sent(zhang) if d.kind == "image"], what="the picture comes with it")
    zhang.presses("已读")
    zhang.hears("✓")
    wu.says("通知")
    wu.hears("已读 1/2，没读：李娜")
    assert not wecom.lost()


def test_a_digest_with_more_buttons_than_a_card_takes_has_numbers(klass, wecom):
    bot, wu, zhang, li = klass
    for user, words in ((zhang, "这是我的作业内容"), (li, "我也写好了作业")):
        user.says("卡住了 图片传不上去")
        user.hears("图片传不上去")
        user.says("交作业 1 " + words)
        user.hears("按时交了")
        user.says("请假 3月4日上午 发烧")
        user.presses("发送")
        bot.settle()
    bot.clock.to("2026-03-03T20:30:00+08:00")
    wu.says("班情")
    said = wu.hears("批改作业1（2 份）")
    assert "1. " in said.text and "7. " in said.text and not said.buttons, said.text
    number = next(line.split(".")[0] for line in said.text.splitlines() if "批改作业1" in line and line[0].isdigit())
    wu.says(number)
    wu.hears("还有 2 份没批")
    assert not wecom.lost()
