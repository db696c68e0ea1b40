"""A class whose two trainees leave traces, for the tests of what is held about a person and of how it is forgotten."""

from .sandbox import join, sign_in

PEOPLE = [("001", "张伟", "学员", "13800138000"), ("002", "李娜", "学员", "13900139000"), ("m1", "周导师", "导师"),
          ("t1", "吴老师", "带班老师"), ("o1", "孙主办", "承办"), ("b1", "钱科长", "商务局")]
WRITTEN = ("牙疼得厉害", "不会上架耳机", "这是我写的文案")  # by 张伟


def morning(server):
    """Everybody joins; both sign in; 张伟 asks for leave without sending it, asks for help, and hands in the homework that is
    given. {name: Person}."""
    people = {p[1]: join(server, p[1]) for p in PEOPLE}
    sign_in(server, people["吴老师"], people["张伟"], people["李娜"], at="2026-03-02T08:50")
    server.clock.to("2026-03-02T12:30")
    people["吴老师"].says("布置作业 写文案 截止 周五20:00")
    people["吴老师"].presses("发布")
    for text in ("请假 明天上午 牙疼得厉害", "取消", "卡住了 不会上架耳机", "交作业 1 这是我写的文案"):
        people["张伟"].says(text)
    return people


def ask_deletion(person):
    """Asks to be forgotten; the number of the request."""
    assert "erasure.sure_running" in person.says("删除我的数据").keys
    return person.presses("确认申请删除").text.split("】")[0].lstrip("【")


def holders(server, *texts):
    """In which files of data_dir which of these texts stand."""
    return {(p.name, t) for p in server.data_dir.rglob("*") if p.is_file() for t in texts
            if t.encode() in p.read_bytes()}
