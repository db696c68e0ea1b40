"""A small class to put a server in front of: the class file, timetable and roster as an organiser writes them."""

import csv
import pathlib

import yaml

PEOPLE = [("1", "张伟", "学员"), ("2", "李娜", "学员"), ("3", "王芳", "学员"), ("4", "刘洋", "学员"),
          ("5", "陈静", "学员"), ("6", "杨帆", "学员"), ("m1", "周导师", "导师"), ("t1", "吴老师", "带班老师"),
          ("l1", "郑讲师", "讲师"), ("o1", "孙主办", "承办")]

SESSIONS = [("2026-03-02", "09:00", "12:00", "速卖通平台介绍"), ("2026-03-03", "09:00", "12:00", "店铺注册"),
            ("2026-03-04", "09:00", "16:30", "选品与上架"), ("2026-03-05", "13:30", "16:30", "店铺装修")]


class Klass:
    """A class file in the making. `keys` are further keys of the class file (None leaves a default one out)."""

    def __init__(self, id="demo", title="速卖通就业班（测试）", people=PEOPLE, sessions=SESSIONS, syllabus=None, **keys):
        self.id, self.title, self.people, self.sessions, self.syllabus = id, title, people, sessions, syllabus
        self.keys = keys

    def write(self, folder):
        """Writes class file and tables into the folder; returns the class file's path."""
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        whole = {"id": self.id, "title": self.title, "kind": "employment", "starts": "2026-03-02",
                 "timetable": f"{self.id}-timetable.csv", "roster": f"{self.id}-roster.csv",
                 "scheme": "employment", "survey": "course-evaluation", "survey_unit": "training",
                 "default_slot": "09:00-12:00", "midday": "12:00-13:30", "signout": "off"}
        if self.syllabus:
            whole["syllabus"] = f"{self.id}-syllabus.csv"
            _table(folder / whole["syllabus"], ["课程主题", "大纲", "实施模式", "考核"], self.syllabus)
        whole.update(self.keys)
        head = ["学号", "姓名", "角色", "手机", "小组", "企业微信账号"][:max([3, *map(len, self.people)])]
        _table(folder / f"{self.id}-roster.csv", head, self.people)
        head = ["date", "start", "end", "title", "lecturer", "place", "kind", "小组"][:max([4, *map(len, self.sessions)])]
        _table(folder / f"{self.id}-timetable.csv", head, self.sessions)
        path = folder / f"{self.id}.yaml"
        path.write_text(yaml.safe_dump({k: v for k, v in whole.items() if v is not None},
                                       allow_unicode=True, sort_keys=False), encoding="utf-8")
        return path


def _table(path, head, rows):
    with open(path, "w", encoding="utf-8", newline="") as f:
        w = csv.writer(f)
        w.writerow(head)
        w.writerows(row + ("",) * (len(head) - len(row)) for row in map(tuple, rows))
