"""A class whose trainees rate their training, for the tests of the anonymous survey."""

from .klass import Klass
from .sandbox import join, sign_in

TRAINEES = ["张伟", "李娜", "王芳", "刘洋", "陈静", "杨帆", "赵磊", "黄敏", "周杰", "吴霞", "徐强", "孙丽"]
ONE_MORNING = [("2026-03-02", "09:00", "12:00", "速卖通平台介绍", "郑讲师")]
STAFF = [("m1", "周导师", "导师"), ("t1", "吴老师", "带班老师"), ("l1", "郑讲师", "讲师"), ("o1", "孙主办", "承办")]
# A form with every kind of question.
EVERY = """
id: every
title: {zh-CN: 样样都问, en: Everything}
anonymous: true
questions:
  - {id: pick, kind: choice, ask: {zh-CN: 选一个, en: Pick}, measure: satisfaction,
     options: [{value: 2, zh-CN: 好, en: Good}, {value: 1, zh-CN: 差, en: Bad}]}
  - {id: ways, kind: many, ask: {zh-CN: 选几个, en: Some}, required: false,
     options: [{value: 1, zh-CN: 甲, en: A}, {value: 2, zh-CN: 乙, en: B}]}
  - {id: stars, kind: scale, ask: {zh-CN: 打几分, en: Stars}, min: 1, max: 5}
  - {id: again, kind: yesno, ask: {zh-CN: 还来吗, en: Again}}
  - {id: why, kind: text, ask: {zh-CN: 为什么不来, en: Why not}, when: {question: again, is: [0]}}
  - {id: spent, kind: number, ask: {zh-CN: 花了多少钱, en: Spent}, min: 0, max: 99999}
  - {id: day, kind: date, ask: {zh-CN: 哪天最好, en: Best day}, required: false}
"""
OPENS, CLOSES = "2026-03-02T13:00", "2026-03-04T13:00"


def klass(**keys):
    people = [(str(i + 1), name, "学员") for i, name in enumerate(TRAINEES)] + STAFF
    return Klass(people=people, sessions=keys.pop("sessions", ONE_MORNING), **keys)


def after_class(serve, present=7, **keys):
    """A server an hour after the class, with so many trainees who signed in; {name: Person}."""
    share = {"share_dir": keys.pop("share_dir")} if "share_dir" in keys else {}
    server = serve(classes=[klass(**keys)], **share)
    who = {n: join(server, n) for n in [*TRAINEES[:present + 1], "吴老师", "孙主办"]}
    sign_in(server, who["吴老师"], *[who[n] for n in TRAINEES[:present]])
    server.clock.to(OPENS)
    return server, who


def fill(person, choice="1", text=None, send=True):
    """Fills the survey from the start: this option everywhere, this text (or none) in every text question."""
    if person.says("/survey").key == "survey.statement":
        person.send(action=person.last.last.buttons[0][0]["action"])
    for _ in range(30):
        reply = person.last.last
        if reply.key == "form.summary":
            return person.says("1") if send else person.last
        assert reply.key == "form.ask", reply
        if reply.labels[0] in ("跳过", "Skip"):
            person.says(text or reply.labels[0])
        else:
            person.says("1" if len(reply.labels) < 5 else choice)
    raise AssertionError("the survey never ends")


def traces(server, text):
    """In which files of the server and in what it logged these words stand."""
    needle = text.encode()
    found = [str(p.relative_to(server.dir)) for p in server.dir.rglob("*") if p.is_file() and needle in p.read_bytes()]
    return found + ["log" for line in server.log() if text in line]


def rows(server, sql):
    with server.db() as db:
        return [tuple(r) for r in db.execute(sql)]
