"""Every link and code the program gives out: the table in tests/fixtures/links.csv says what each answers to a
classmate, to another class, to a stranger, after use, after its time, after its owner left, was unbound or is
forgotten, and altered by one character. What is refused changes nothing in the store."""

import base64
import csv
import json
import pathlib
import re
import sqlite3

import pytest
import requests

from harness import Klass, Server, eventually, join
from harness.access import rows_of
from harness.upload import UploadPage
from test_screen import Screen

TREE = pathlib.Path(__file__).parents[2]
with open(TREE / "tests/fixtures/links.csv", encoding="utf-8", newline="") as f:
    TABLE = {row["link"]: row for row in csv.DictReader(f)}
SENTENCES = {lang: json.loads((TREE / f"locales/{lang}.json").read_text(encoding="utf-8")) for lang in ("zh-CN", "en")}
OURS = [("1", "张用过", "学员"), ("2", "李离开", "学员"), ("3", "王解绑", "学员"), ("4", "刘删除", "学员"), ("5", "陈过期", "学员"),
        ("6", "赵没来", "学员"), ("7", "杨同学", "学员"), ("m1", "周导师", "导师"), ("t1", "吴老师", "带班老师"), ("o1", "孙主办", "承办")]
THEIRS = [("1", "何别班", "学员"), ("t2", "施别班", "带班老师")]
OWNERS = {"used": "张用过", "left": "李离开", "unbound": "王解绑", "forgotten": "刘删除", "expired": "陈过期"}


class Browser:
    """Somebody's browser; with a cookie when it joined."""

    def __init__(self, server, cookie=None):
        self.server, self.session, self.number = server, requests.Session(), 0
        self.session.trust_env = False
        if cookie:
            self.session.cookies.set("banzhang", cookie)

    def joins(self, code):
        r = self.session.post(f"{self.server.url}/j/{code}", json={"agree": True}, timeout=30)
        assert r.status_code == 200, r.text
        self.cookie = re.match("banzhang=([^;]+)", r.headers["Set-Cookie"])[1]
        return self

    def get(self, path, **headers):
        return self.session.get(self.server.url + path, headers=headers, timeout=30)

    def post(self, path, body):
        return self.session.post(self.server.url + path, json=body, timeout=30)

    def says(self, text="", **body):
        self.number += 1
        r = self.post("/me/messages", {**({"text": text} if text else {}), "id": f"k{self.number}", **body})
        assert r.status_code == 200, r.text
        return r.json()["replies"]

    def presses(self, label):
        for reply in reversed(self.get("/me/messages").json()["messages"]):
            for button in (b for row in reply.get("buttons") or [] for b in row):
                if label in button["text"]:
                    return self.says(action=button["action"])
        raise AssertionError(f"no button {label}")


def sentence(key, lang):
    value = SENTENCES[lang]
    for part in key.split("."):
        value = value[part]
    return value


def outcome(get, wanted):
    """What an address answers, as the table writes it: status and the key of the sentence, which is said in both
    languages; a browser is shown a page with the same status."""
    status, _, key = wanted.partition(" ")
    said = {}
    for lang in ("zh-CN", "en"):
        r = get({"Accept-Language": lang + ",x;q=0.1"})
        assert r.status_code < 500
        if r.status_code >= 400:
            said[lang] = r.json()["error"]
    shown = get({"Accept": "text/html,*/*;q=0.8"})
    assert shown.status_code == r.status_code
    if r.status_code < 400:
        return str(r.status_code)
    assert shown.headers["Content-Type"].startswith("text/html") and "script-src" not in shown.text
    if key and said["zh-CN"] in (sentence(key, "zh-CN"), sentence(key, "en")) and (
            said["en"] == sentence(key, "en") or said["en"] == said["zh-CN"]):
        return f"{r.status_code} {key}"  # in the asker's language, or in the one of whose link it is
    return f"{r.status_code} {said}"


def altered(text):
    """One character of the secret is another one."""
    at = len(text) - 3
    return text[:at] + ("7" if text[at] != "7" else "8") + text[at + 1:]


def everything(browser, code):
    """The links of one trainee who has joined by `code`: {link: its path}."""
    found = {"join": f"/j/{code}", "cookie": "/me/profile"}
    found["bind"] = re.search(r"/j/\w+", browser.says("绑定")[-1]["text"])[0]
    found["upload"] = re.search(r"/u/[\w-]+", browser.says("上传")[-1]["text"])[0]
    browser.says("课表")
    found["calendar"] = re.search(r"/cal/[\w-]+\.ics", browser.presses("订阅")[-1]["text"])[0]
    own = base64.b64encode(browser.cookie.encode()).decode()
    browser.says(files=[{"name": "b.txt", "mime": "text/plain", "base64": own}])
    mine = [m for m in browser.get("/me/messages").json()["messages"] if m.get("files")]
    found["attachment"] = re.search(r"/files/[0-9a-f]{64}", mine[-1]["files"][0]["url"])[0]
    return found


class Links:
    """A server on which every kind of link was given to one person for each fate; what each answered then."""

    def __init__(self):
        day = [("2026-03-02", "09:00", "12:00", "平台介绍"), ("2026-03-03", "09:00", "12:00", "店铺注册")]
        self.server = Server(classes=[Klass(id="ours", title="本班", people=OURS, sessions=day),
                                      Klass(id="theirs", title="别班", people=THEIRS, sessions=day)])
        self.said, self.changed, self.text = {}, {}, {}
        self.staff = {n: join(self.server, n, "ours") for n in ("周导师", "吴老师", "孙主办")}
        codes = {**self.server.invites("ours"), **self.server.invites("theirs")}
        self.codes = {n: row["code"] for n, row in codes.items()}
        self.mate = Browser(self.server).joins(self.codes["杨同学"])
        self.other = Browser(self.server).joins(self.codes["何别班"])
        self.owners = {fate: Browser(self.server).joins(self.codes[n]) for fate, n in OWNERS.items()}
        self.links = {fate: everything(b, self.codes[OWNERS[fate]]) for fate, b in self.owners.items()}
        self.others()
        self.fates()

    def rows(self):
        db = self.server.db()
        rows = {(row, n) for row, n in rows_of(db).items() if row[0] != "join_try"}
        db.close()
        return rows

    def looks(self, link, case, browser, path):
        """Tries a link as it is in that case, and notes what was answered and what that changed."""
        asked, before = path + {"join": "/who", "bind": "/who", "upload": "/state"}.get(link, ""), self.rows()

        def get(headers):
            html = "text/html" in headers.get("Accept", "")
            return browser.get(path if html else asked, **headers)
        self.said[link, case] = said = outcome(get, TABLE[link][case])
        if not said.startswith("200"):
            for r in self.acts(link, case, browser, path):
                assert r.status_code == int(said.split()[0]), (link, case, r.text)
        self.changed[link, case] = self.rows() ^ before

    def acts(self, link, case, browser, path):
        """What may be done by a link besides looking."""
        if link in ("join", "bind"):
            typed = self.server.person(f"stranger-{link}-{case}".replace(" ", "-")).says("加入 " + path.removeprefix("/j/"))
            assert typed.key == "join.refused", (link, case, typed)
            yield browser.post(path, {"agree": True})
        elif link == "upload":
            yield browser.post(path + "/files", {"key": "k", "name": "n", "size": 3})
            yield self.server.http("PUT", path + "/1?at=0", data=b"abc")
            r = browser.post(path + "/send", {})
            if r.json() != {"sent": True}:  # only the answer was lost
                yield r
        elif link == "cookie":
            yield browser.get("/me/messages")
            yield browser.post("/me/messages", {"text": "帮助", "id": "x"})

    def others(self):
        """Before anything ends: a classmate, another class, a stranger, one character."""
        nobody, paths = Browser(self.server), self.links["expired"]
        fresh = {**paths, "join": "/j/" + self.codes["赵没来"]}
        for link, path in fresh.items():
            for case, browser in (("classmate", self.mate), ("other class", self.other), ("stranger", nobody)):
                self.looks(link, case, browser, path)
            if link == "cookie":
                self.looks(link, "altered", Browser(self.server, altered(self.owners["expired"].cookie)), path)
            else:
                self.looks(link, "altered", self.owners["expired"] if link == "attachment" else nobody,
                           altered(path.removesuffix(".ics")) + (".ics" if path.endswith(".ics") else ""))

    def fates(self):
        """Each owner's links after what happened to the owner."""
        server, staff = self.server, self.staff
        used, nobody = self.owners["used"], Browser(self.server)
        Browser(server).joins(self.links["used"]["bind"].removeprefix("/j/"))
        page = UploadPage(server, self.links["used"]["upload"])
        staff["吴老师"].says("布置作业 练习 截止 周五20:00")
        staff["吴老师"].presses("发布")
        page.uploads("作业.txt", b"mine")
        used.says("交作业 1")
        assert page.hands_over().json() == {"sent": True}
        used.presses("换")
        for link in ("join", "bind", "upload", "calendar"):
            self.looks(link, "used", nobody, self.links["used"][link])
        self.leaves()
        staff["孙主办"].says("解绑 王解绑")
        staff["孙主办"].presses("王解绑")
        self.owners["forgotten"].says("删除我的数据")
        number = re.search(r"【(\d+)】", self.owners["forgotten"].presses("确认申请删除")[-1]["text"])[1]
        staff["孙主办"].says(f"同意 {number}")
        eventually(lambda: not server.db().execute("SELECT 1 FROM person WHERE name = '刘删除'").fetchone(), 10, "forgotten")
        for case in ("left", "unbound", "forgotten"):
            for link, path in self.links[case].items():
                if link == "join" and case == "left":
                    path = "/j/" + self.codes["赵没来"]
                browser = self.owners[case] if link in ("cookie", "attachment") else nobody
                self.looks(link, case, browser, path)
        server.clock.to("2026-03-03T09:30")
        for link in ("bind", "upload"):
            self.looks(link, "expired", nobody, self.links["expired"][link])
        self.time_is_over()

    def leaves(self):
        """One asks to leave, another who never joined is sent away."""
        self.owners["left"].says("退班 家里有事")
        self.owners["left"].presses("确认提交")
        self.staff["周导师"].says("劝退 赵没来 没来过")
        self.staff["周导师"].presses("确认提交")
        for _ in range(3):
            for name in ("吴老师", "周导师", "孙主办"):
                for number in re.findall(r"【(\d+)】", self.staff[name].says("待办").text):
                    self.staff[name].says(f"同意 {number}")
        left = [n for (n,) in self.server.db().execute(
            "SELECT p.name FROM member m JOIN person p ON p.id = m.person WHERE m.left IS NOT NULL ORDER BY 1")]
        assert left == ["李离开", "赵没来"], left

    def time_is_over(self):
        """More than half a year after the class; and a cookie of long ago."""
        server = self.server
        server.clock.to("2026-09-01T12:00")
        assert Browser(server).get(self.links["expired"]["calendar"]).status_code == 200
        server.clock.to("2026-09-03T12:00")
        self.codes = {n: row["code"] for n, row in server.invites("ours").items()}
        self.looks("join", "expired", Browser(server), "/j/" + self.codes["王解绑"])
        self.looks("calendar", "expired", Browser(server), self.links["expired"]["calendar"])
        assert "ended" in server.run("invites", "ours").stderr
        assert self.staff["孙主办"].says("邀请码").key == "invites.over"
        cookie = self.owners["expired"].cookie
        assert Browser(server, cookie).get("/me/profile").status_code == 200
        server.stop()
        db = sqlite3.connect(server.data_dir / "banzhang.db")
        db.execute("UPDATE web_browser SET made = made - 401 * 86400")
        db.commit()
        db.close()
        server.start()
        server.clock.to("+1m")  # what fell due meanwhile is done
        self.looks("cookie", "expired", Browser(server, cookie), "/me/profile")


@pytest.fixture(scope="module")
def links(request):
    made = Links()
    yield made
    made.server.close(check=not request.session.testsfailed)


CASES = [(link, case) for link in ("join", "bind", "cookie", "attachment", "upload", "calendar")
         for case in ("classmate", "other class", "stranger", "used", "expired", "left", "unbound", "forgotten", "altered")
         if TABLE[link][case] != "-"]


@pytest.mark.parametrize("link, case", CASES)
def test_a_link_answers_as_the_table_says_and_changes_nothing(links, link, case):
    wanted = TABLE[link][case]
    assert links.said[link, case] == wanted.removesuffix(" other"), wanted
    assert not links.changed[link, case], links.changed[link, case]


def test_somebody_elses_cookie_shows_somebody_else(links):
    assert TABLE["cookie"]["classmate"] == "200 other"
    for browser, name in ((links.mate, "杨同学"), (links.other, "何别班")):
        r = browser.get("/me/profile")
        assert r.status_code == 401, "all cookies are of long ago"


def test_every_link_has_fifty_bits_or_says_why_not():
    for row in TABLE.values():
        assert row["bits"] in ("-", "13", "20") and row["why"].startswith(("contract", "the page")) or int(row["bits"]) >= 50


# --- the classroom ----------------------------------------------------------------------------------------------


@pytest.fixture
def room(serve):
    """A sitting that is open, in a class with a neighbour."""
    day = [("2026-03-02", "09:00", "12:00", "平台介绍")]
    server = serve(classes=[Klass(id="ours", title="本班", people=OURS, sessions=day),
                            Klass(id="theirs", title="别班", people=THEIRS, sessions=[("2026-06-01", "09:00", "12:00", "以后")])])
    server.who = {n: join(server, n, k) for n, k in (("张用过", "ours"), ("杨同学", "ours"), ("王解绑", "ours"), ("吴老师", "ours"),
                                                     ("孙主办", "ours"), ("何别班", "theirs"))}
    server.clock.to("2026-03-02T08:50")
    return server


def test_the_screen_and_its_number(room):
    row, teacher, screen = TABLE["screen"], room.who["吴老师"], Screen(room)
    number = screen.opens()
    pair = f"投屏 {number}"
    wrong = f"投屏 {9999 - int(number) if 9999 - int(number) >= 1000 else 1000 + int(number) // 9}"
    assert room.who["杨同学"].says(pair).key == TABLE["pairing"]["classmate"]
    assert room.person("stranger").says(pair).key == TABLE["pairing"]["stranger"]
    assert teacher.says(wrong).key == TABLE["pairing"]["altered"]
    assert teacher.says(pair).key == "screen.paired"
    assert teacher.says(pair).key == TABLE["pairing"]["used"]
    for case in ("classmate", "other class", "stranger"):
        get = lambda headers: requests.get(room.url + "/screen/state", headers={"X-Screen": screen.token, **headers}, timeout=10)
        assert outcome(get, row[case]) == row[case]
    ours = lambda token: lambda headers: screen.session.get(room.url + "/screen/state", headers={"X-Screen": token, **headers}, timeout=10)
    assert outcome(ours(altered(screen.token)), row["altered"]) == row["altered"]
    late = Screen(room)
    waiting = late.opens()
    room.clock.to("2026-03-02T09:01")
    assert teacher.says(f"投屏 {waiting}").key == TABLE["pairing"]["expired"]
    room.clock.to("2026-03-02T12:01")
    assert outcome(ours(screen.token), row["expired"]) == row["expired"]


def test_the_code_on_the_screen(room):
    row, who = TABLE["sign-in"], room.who
    code = who["吴老师"].says("开始签到").code()
    assert room.person("stranger").says(f"签到 {code}").key == row["stranger"]
    assert who["何别班"].says(f"签到 {code}").key == row["other class"]
    assert who["张用过"].says("签到 " + altered(code)).key == row["altered"]
    assert who["杨同学"].says(f"签到 {code}").key == row["classmate"]
    assert who["杨同学"].says(f"签到 {code}").key == row["used"]
    who["孙主办"].says("解绑 王解绑")
    who["孙主办"].presses("王解绑")
    assert who["王解绑"].says(f"签到 {code}").key == row["unbound"]
    room.clock.to("2026-03-02T08:53")
    assert who["张用过"].says(f"签到 {code}").key == row["expired"]
    assert [n for (n,) in room.db().execute("SELECT count(*) FROM attendance")] == [1]


def test_the_page_that_the_qr_opens(room):
    row = TABLE["scan"]
    for case in ("classmate", "other class", "stranger"):
        assert outcome(lambda headers: Browser(room).get("/s/483920", **headers), row[case]) == row[case]
    for wrong in ("/s/ABC", "/s/48392", "/s/4839200", "/s/", "/s/483920/x"):
        assert outcome(lambda headers: Browser(room).get(wrong, **headers), row["altered"]) == row["altered"]
