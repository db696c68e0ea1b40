"""WeCom in class: homework with photos, media that die, and what the class's group hears."""

from harness import eventually
from harness.klass import Klass
from harness.telegram_people import PNG

PEOPLE = [("1", "张伟", "学员", "", "", "ZhangWei"), ("2", "李娜", "学员", "", "", "lina"), ("3", "王芳", "学员"),
          ("t1", "吴老师", "带班老师", "", "", "WuLaoshi"), ("m1", "周导师", "导师"), ("o1", "孙主办", "承办")]


def test_homework_is_published_and_handed_in_with_a_photo(serve, wecom):
    syllabus = [("速卖通平台介绍", "平台规则；店铺类型", "培训+课件", "作业")]
    bot = serve(classes=[Klass(people=PEOPLE, syllabus=syllabus)], wecom=wecom)
    wu, zhang = wecom.user("WuLaoshi", "吴老师"), wecom.user("ZhangWei", "张伟")
    bot.clock.to("2026-03-02T12:00:00+08:00")
    wu.presses("按默认发布")
    zhang.hears("新作业")
    zhang.presses("交作业")
    zhang.hears("发完点")
    photo = PNG + b"of a shop window"
    zhang.sends_photo(photo)
    zhang.hears("1 个文件")
    eventually(lambda: any(f.read_bytes() == photo for f in bot.files()),
               what="the photo is fetched at once and lies here")
    zhang.presses("交好了")
    zhang.hears("按时交了")
    offered, news = [next(d for d in wecom.sent(u) if label in d.labels)
                     for u, label in ((wu, "按默认发布"), (zhang, "交作业"))]
    assert isinstance(offered.replaced, str) and isinstance(news.replaced, str)
    assert not wecom.lost()


def test_a_media_handle_that_died_is_not_asked_for_again(serve, wecom):
    syllabus = [("速卖通平台介绍", "平台规则", "培训", "作业")]
    bot = serve(classes=[Klass(people=PEOPLE, syllabus=syllabus)], wecom=wecom)
    wu, zhang = wecom.user("WuLaoshi", "吴老师"), wecom.user("ZhangWei", "张伟")
    bot.clock.to("2026-03-02T12:00:00+08:00")
    wu.presses("按默认发布")
    zhang.presses("交作业")
    zhang.hears("发完点")
    wecom.errcode(40007, next=None, method="media/get")
    zhang.sends_photo()
    eventually(lambda: wecom.called("media/get"))
    zhang.hears("没能取到")
    bot.settle()
    assert len(wecom.called("media/get")) == 1 and bot.alive()


def test_a_class_group_hears_the_digest_from_its_robot(serve, wecom):
    klass = Klass(people=PEOPLE, robot=wecom.robot_url())
    bot = serve(classes=[klass], wecom=wecom)
    bot.clock.to("2026-03-02T20:30:00+08:00")
    key, kind, text, body = wecom.eventually(lambda: wecom.robot_messages, what="the robot speaks")[0]
    assert (key, kind) == ("robot-key-0001", "text") and text
    assert not any("robot-key-0001" in line for line in bot.log())
