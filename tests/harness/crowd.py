"""Many people on all three platforms who talk at once, and what must be true of everything they were answered."""

import base64
import hashlib
import json
import random
import sqlite3
import threading
from urllib.parse import urlencode

import requests

from .fake import PATIENCE, eventually
from .klass import SESSIONS, Klass
from .sandbox import join
from .store import sound
from .wecom_people import xml

EACH = 8  # people on each platform
WEB, TELEGRAM, WECOM = 0, 1, 2
SITTING = 1772413200  # 2026-03-02T09:00+08:00
TALK = ["帮助", "今天的天气真不错呀", "我的作业", "课表"]
FILE = "a file"  # said on the web: its bytes are file_bytes' of the update's key


def file_bytes(key):
    """What is in the file that is sent under this key; no other has the same."""
    return f"{key} three hats ".encode() * 200


class Sender:
    """One person on one platform. Every update has a key; what is not answered is sent again under it."""

    def __init__(self, server, platform, number):
        self.server, self.platform, self.number, self.count = server, platform, number, 0
        self.signed, self.answers, self.session = None, {}, requests.Session()
        self.session.trust_env = False

    def request(self, key, text):
        """Sends one update; the response, or None when nobody answered."""
        path, body, head = getattr(self, ("on_web", "on_telegram", "on_wecom")[self.platform])(key, text)
        try:
            return self.session.post(self.server.url + path, data=body, headers=head, timeout=20 * PATIENCE)
        except (requests.RequestException, TypeError):  # TypeError: just now it has no address
            return None

    def on_web(self, key, text):
        body = {"from": self.account, "id": str(key), "text": text}
        if text == FILE:
            del body["text"]
            body["files"] = [{"name": "a.txt", "base64": base64.b64encode(file_bytes(key)).decode()}]
        return "/sandbox/messages", json.dumps(body), {"Content-Type": "application/json"}

    def on_telegram(self, key, text):
        user = {"id": self.user.id, "is_bot": False, "first_name": self.user.name}
        chat = {"id": self.user.id, "first_name": self.user.name, "type": "private"}
        message = {"message_id": key, "from": user, "chat": chat, "date": SITTING - 600, "text": text}
        return "/telegram/webhook", json.dumps({"update_id": key, "message": message}), {
            "Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": self.user.fake.secret}

    def on_wecom(self, key, text):
        inner = [("ToUserName", self.user.fake.corp), ("FromUserName", self.user.id), ("CreateTime", SITTING - 600),
                 ("MsgType", "text"), ("Content", text), ("MsgId", key), ("AgentID", self.user.fake.agent)]
        sealed = self.user.seal(xml("xml", inner))
        envelope = xml("xml", [("ToUserName", self.user.fake.corp), ("AgentID", str(self.user.fake.agent)),
                               ("Encrypt", sealed)])
        return "/wecom/callback?" + urlencode(self.user.query(sealed)), envelope, {"Content-Type": "text/xml"}

    def says(self, text, over):
        """Sends until it is answered 200, or until it is over; notes the replies (of the web)."""
        self.count += 1
        key = 50_000_000 + self.number * 100_000 + self.count
        while not over.is_set():
            r = self.request(key, text)
            if r is not None and r.status_code == 200:
                self.answers[key] = (text, r.json()["replies"] if self.platform == WEB else None)
                return
            assert r is None or r.status_code == 503, f"{r.status_code} {r.text}"
            over.wait(.005)

    def inbox_key(self, key):
        if self.platform == WECOM:  # a digest: it does not tell what kind of message it was
            return hashlib.sha256(f"{self.user.fake.corp}\0{key}".encode()).hexdigest()
        return {WEB: f"{getattr(self, 'account', '')}\x1f{key}", TELEGRAM: str(key)}[self.platform]


class Crowd(threading.Thread):
    """Some people who talk in turn, and sign in when so many power cuts have been."""

    def __init__(self, people, code, cuts, dice, kills):
        super().__init__(daemon=True)
        self.people, self.code, self.cuts, self.over, self.fault = people, code, cuts, threading.Event(), None
        self.dice = dice
        for p in people:
            p.signs_at = dice.randrange(kills)

    def run(self):
        try:
            while not self.over.is_set():
                for p in self.people:
                    if p.signed is None and len(self.cuts) >= p.signs_at:
                        p.signed = p.count + 1
                        p.says(f"签到 {self.code}", self.over)
                    p.says(self.dice.choice(TALK if p.platform != WEB else [*TALK, FILE]), self.over)
        except Exception as e:  # shown by the test
            self.fault = e


def crowd(serve, telegram, wecom, **keys):
    """A server with eight bound trainees on each platform; they, and the teacher."""
    roster = [(str(n), f"学员{n:02}", "学员", "", "", f"w{n}" if n >= 2 * EACH else "") for n in range(3 * EACH)]
    server = serve(classes=[Klass(people=[*roster, ("t1", "吴老师", "带班老师")],
                                  sessions=[s for s in SESSIONS if s[1] == "09:00"])],
                   telegram=telegram, wecom=wecom, limits={"per_minute": 0}, **keys)
    teacher, invites = join(server, "吴老师"), server.invites()
    people = [Sender(server, n // EACH, n) for n in range(3 * EACH)]
    for n, p in enumerate(people):
        name = f"学员{n:02}"
        if p.platform == WEB:
            p.account = join(server, name).id
        elif p.platform == TELEGRAM:
            p.user = telegram.user(name)
            assert p.user.starts("j_" + invites[name]["code"]) == 200
            p.user.hears(name)
            assert p.user.presses("是我") == 200
        else:
            p.user = wecom.user(f"w{n}", name)
    return server, teacher, people


class Talkers:
    """The crowd in some threads, until over()."""

    def __init__(self, people, code, seed, kills):
        self.people, self.cuts = people, []
        self.crowds = [Crowd(people[n::6], code, self.cuts, random.Random(seed + n), kills) for n in range(6)]
        for c in self.crowds:
            c.start()

    def answered(self):
        """How many updates were answered; what went wrong in a thread goes wrong here."""
        assert not any(c.fault for c in self.crowds), [c.fault for c in self.crowds]
        return sum(len(p.answers) for p in self.people)

    def until_signed_in(self):
        """Waits until each has signed in and been answered."""
        eventually(lambda: self.answered() and all(p.signed and p.count > p.signed for p in self.people), 30,
                   "all signed in")

    def end(self):
        """Lets them stop."""
        for c in self.crowds:
            c.over.set()
        for c in self.crowds:
            c.join(30)


def quietly(act):
    """Does something that a power cut may interrupt."""
    try:
        act()
    except (requests.RequestException, AssertionError, TypeError):
        pass


def again(people):
    """What is sent once more under its key is answered as it was, and changes nothing (see check)."""
    for p in people:
        for key in [k for k in (min(p.answers), max(p.answers), 50_000_000 + p.number * 100_000 + p.signed)
                    if k in p.answers]:
            r = p.request(key, p.answers[key][0])
            assert r is not None and r.status_code == 200, r
            assert p.answers[key][1] is None or r.json()["replies"] == p.answers[key][1]


def check(path, people):
    """Every answered update once in the inbox and with one reply (of a file: its file on record), each sign-in once,
    each push once, all whole."""
    db = sqlite3.connect(path)
    sound(db)
    assert db.execute("SELECT count(*) FROM inbox WHERE failed").fetchone() == (0,)
    replies = dict(db.execute("SELECT cause, count(*) FROM outbox WHERE lane = 0 AND cause <> 0 GROUP BY cause"))
    kept = {(platform, key): id for id, platform, key in db.execute("SELECT id, platform, key FROM inbox")}
    files = {sha for sha, in db.execute("SELECT sha256 FROM file")}
    for p in people:
        for key in [k for k, (text, _) in p.answers.items() if text == FILE]:
            assert (p.platform, p.inbox_key(key)) in kept, (p.account, key)
            assert hashlib.sha256(file_bytes(key)).hexdigest() in files, (p.account, key)
        for key in [k for k, (text, _) in p.answers.items() if text != FILE]:
            assert replies.get(kept.get((p.platform, p.inbox_key(key)))) == 1, (p.platform, key, p.answers[key][0])
        chat = p.account if p.platform == WEB else str(p.user.id)
        said = db.execute("SELECT count(*) FROM outbox WHERE platform = ? AND chat = ? AND key = 'signin.ontime'",
                          (p.platform, chat)).fetchone()
        assert said == (1,), f"{chat} signed in {said[0]} times"
    rows = db.execute("SELECT a.member, a.state, count(*) FROM attendance a JOIN sitting s ON s.id = a.sitting"
                      " WHERE s.starts = ? GROUP BY a.member", (SITTING,)).fetchall()
    assert len(rows) == len(people) and all(r[1:] == ("present", 1) for r in rows), rows
    twice = db.execute("SELECT platform, chat, key, count(*) FROM outbox WHERE key LIKE 'reminder.%' OR key = 'digest'"
                       " GROUP BY platform, chat, key, text HAVING count(*) > 1").fetchall()
    assert not twice, twice
    db.close()
