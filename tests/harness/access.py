"""Two classes with everything in them that can be pressed, and what an act changed in whose rows."""

import collections
import re

from .klass import Klass
from .sandbox import join

ROLES = {"trainee": "学员", "mentor": "导师", "duty-teacher": "带班老师", "school-leader": "带队老师", "lecturer": "讲师",
         "organiser": "承办", "bureau": "商务局"}
OURS = {"trainee": "张小伟", "mentor": "周大导", "duty-teacher": "吴老班", "school-leader": "冯老队", "lecturer": "郑大讲",
        "organiser": "孙主办", "bureau": "钱科长"}
THEIRS = {"trainee": "何别班", "mentor": "吕别班", "duty-teacher": "施别班", "school-leader": "孔别班", "lecturer": "曹别班",
          "organiser": "严别班", "bureau": "华别班"}
CLASSMATE = "李同学"
SYLLABUS = [("速卖通平台介绍", "平台规则", "培训+课件", "作业"), ("店铺注册", "注册", "培训", "作业")]
# What every message leaves behind, whoever says it and whatever it is.
BOOKS = {"inbox", "outbox", "choice", "class_clock", "migration", "push_count", "form_opened", "file",
         "paper_wish", "paper_wish_for", "file_drop"}
# What belongs to one person alone and is that person's to change.
PERSONAL = {"account", "dialog", "dialog_below", "join_try", "signin_guess", "signout_guess", "screen_guess", "brought",
            "brought_file", "remark", "paper_wish", "reminder", "reminder_off", "assignment", "weekly_draft", "upload",
            "calendar_address", "link_code", "group_hint"}


def people(names, extra=()):
    """The roster of a class with one person in each role."""
    return [(f"{role[:2]}{n}", name, ROLES[role]) for n, (role, name) in enumerate([*names.items(), *extra])]


def classes():
    """Ours, where things happen, and theirs, where nothing does."""
    ours = Klass(id="ours", title="本班", people=people(OURS, [("trainee", CLASSMATE), ("trainee", "王同学"),
                                                             ("trainee", "刘同学")]), syllabus=SYLLABUS,
                 signout="code")
    theirs = Klass(id="theirs", title="别班", people=people(THEIRS, [("trainee", "金别班")]),
                   sessions=[("2026-06-01", "09:00", "12:00", "别的课")])
    return [ours, theirs]


def rows_of(db):
    """A store as a multiset of (table, row as pairs), the books left out."""
    tables = [t for (t,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
              if t not in BOOKS and not t.startswith("sqlite_")]
    return collections.Counter((table, tuple(zip(row.keys(), tuple(row)))) for table in tables
                               for row in db.execute(f"SELECT * FROM {table}"))


class World:
    """A server with both classes, everybody joined; `ours`, `theirs`: Persons by role."""

    def __init__(self, serve):
        self.server = serve(classes=classes())
        self.ours = {role: join(self.server, name, "ours") for role, name in OURS.items()}
        self.theirs = {role: join(self.server, name, "theirs") for role, name in THEIRS.items()}
        self.mate = join(self.server, CLASSMATE, "ours")
        self.stranger = self.server.person("stranger")
        self.db = None

    def live(self):
        """A day and a half in which a bit of everything is begun, asked, handed in and left open."""
        me, mate, teacher, mentor, office = (self.ours["trainee"], self.mate, self.ours["duty-teacher"],
                                             self.ours["mentor"], self.ours["organiser"])
        clock = self.server.clock
        clock.to("2026-03-02T08:50")
        code = teacher.says("口令").code()
        me.says(f"签到 {code}")
        mate.says(f"签到 {code}")
        teacher.says("抽查")
        clock.to("2026-03-02T09:20")
        teacher.says("补签 刘同学 8:55 密手机没电")
        teacher.says("点名")
        teacher.says("推迟 9:30 密堵车")
        teacher.says("疑点")
        self.ours["bureau"].says("查班 本班 实到2")
        clock.to("2026-03-02T12:00")
        teacher.presses("按默认发布")
        for text in ("交作业 1", "密作业内容"):
            me.says(text)
        me.presses("交好了")
        mate.says("交作业 1 密另一份")
        mentor.says("批改 1")
        mentor.presses("优秀，想分享")
        clock.to("2026-03-02T14:00")
        def say(person, *texts):
            for text in texts:
                person.says(text)
        say(me, "请假 3月5日下午 密发烧", "退班 密家里有事", "申诉 密昨天到了", "卡住了 密图片太大", "周计划", "密目标", "密上架三款", "跳过")
        me.presses("提交")
        say(me, "周报 完成：密上架 问题：无 下周：密广告", "取消", "上传", "课表", "请假 3月4日上午 密牙疼")
        me.presses("发送")
        say(teacher, "通知 密明天带电脑")
        teacher.presses("发送")
        say(teacher, "通知 密后天不来", "待办", "撤销", "班情", "导出", "未交 1", "作业", "成绩 张小伟")
        teacher.presses("同意")
        say(teacher, "留作业 密标题 截止 周五20:00", "取消", "上传签到表", "取消")
        say(mentor, "评分 张小伟 推进 18", "周评", "取消", "批改 1", "取消", "劝退 王同学 密原因", "班情")
        say(office, "邀请码", "解绑 李同学", "发布问卷", "付款依据", "班情", "查班记录", "评价结果", "问卷结果")
        office.sends_file("名单.csv", "学号,姓名,角色\nx9,新同学,学员\n".encode(), "text/csv")
        office.hears("intake.*")
        say(self.ours["bureau"], "查班", "问卷结果", "评价")
        say(self.ours["lecturer"], "到场", "未交 1")
        say(me, "周报", "取消", "销假", "周计划", "取消", "成绩", "提醒", "作业", "问卷", "取消", "导出 日历")
        clock.to("2026-03-02T20:30")
        assert me.says("请假 3月5日下午 密又发烧").key == "leave.asked", "one is left that was not sent"
        return self

    def seen(self):
        """Every action that anybody of ours has ever been shown: {"handler:verb": {args}}, and by whom."""
        shown = collections.defaultdict(dict)
        for person in [*self.ours.values(), self.mate]:
            for reply in person.history():
                for button in (b for row in reply.buttons for b in row):
                    m = re.match(r"(\w+:\w+)(?::(.*))?$", button["action"])
                    if m:
                        shown[m[1]].setdefault(m[2] or "", set()).add(person.id)
        return shown

    def rows(self):
        """The store as a multiset of (table, row as pairs), the books left out."""
        self.db = self.db or self.server.db()
        return rows_of(self.db)

    def changed(self, before, by=None):
        """What is different now, without what is personal to `by` (a Person)."""
        after = self.rows()
        mine = {("person", self.db.execute("SELECT person FROM account WHERE name = ?", (by.id,)).fetchone()[0]),
                ("account", by.id)} if by and by is not self.stranger else {("account", "stranger")} if by else set()
        members = {("member", m) for (m,) in self.db.execute(
            "SELECT id FROM member WHERE person IN (SELECT person FROM account WHERE name = ?)", (by.id,))} if by else set()
        return [(table, dict(row)) for table, row in ((before - after) + (after - before))
                if not (table in PERSONAL and (mine | members) & set(row)
                        or table == "account" and by and ("name", by.id) in row)]
